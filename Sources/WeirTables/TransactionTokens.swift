import Synchronization
import WeirModel
import WeirWire

/// Remembers which transactions were done lately, so that one that is sent again is done once.
///
/// Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
struct TransactionTokensStateMachine {
    private struct Transaction {
        /// Stands for the steps, which may be large; keyed anew in each process, so that nobody can aim at one.
        let hash: Int
        let begun: UInt64
        var isDone = false
    }

    /// What is to be done with a transaction.
    enum Decision: Equatable {
        /// It is new, or failed before: do it, and tell how it went.
        case perform
        /// It was done: answer again.
        case answer
        /// It is being done by another call.
        case inProgress
        /// The token was used for another one.
        case mismatch
    }

    private var transactions: [String: Transaction] = [:]
    /// Tokens in the order in which they were first used.
    private var order: [String] = []

    /// How many tokens are known.
    var count: Int { transactions.count }

    /// A call with a token at a time, in nanoseconds.
    mutating func begin(_ token: String, _ steps: [TransactWriteItem], at now: UInt64) -> Decision {
        forget(at: now)
        if let known = transactions[token] {
            guard known.hash == steps.hashValue else { return .mismatch }
            return known.isDone ? .answer : .inProgress
        }
        transactions[token] = Transaction(hash: steps.hashValue, begun: now)
        order.append(token)
        return .perform
    }

    /// The transaction of a token was done, or failed.
    mutating func end(_ token: String, isDone: Bool) {
        guard isDone else {
            transactions[token] = nil
            order.removeAll { $0 == token }
            return
        }
        transactions[token]?.isDone = true
    }

    private mutating func forget(at now: UInt64) {
        let lifetime = UInt64(Limits.transactionTokenLifetimeInSeconds) * 1_000_000_000
        let old = order.prefix { token in
            guard let transaction = transactions[token] else { return true }
            return transaction.isDone && now >= transaction.begun + lifetime
        }.count
        let excess = order.count + 1 - Limits.maximumTransactionTokenCount
        let count = max(old, excess)
        guard count > 0 else { return }
        for token in order.prefix(count) { transactions[token] = nil }
        order.removeFirst(count)
    }
}

/// ``TransactionTokensStateMachine`` for many callers.
final class TransactionTokens: Sendable {
    private let machine = Mutex(TransactionTokensStateMachine())

    /// Whether the transaction is to be done; false when it was done. Throws when it is being done, or is another one.
    func begin(_ token: String, _ steps: [TransactWriteItem], at now: UInt64) throws(ServiceError) -> Bool {
        switch machine.withLock({ $0.begin(token, steps, at: now) }) {
        case .perform: return true
        case .answer: return false
        case .inProgress:
            throw ServiceError(
                .transactionInProgress,
                "Transaction is in progress for the specified idempotent token"
            )
        case .mismatch:
            throw ServiceError(
                .idempotentParameterMismatch,
                "Idempotent parameters mismatch for the specified idempotent token"
            )
        }
    }

    /// The transaction was done, or failed.
    func end(_ token: String, isDone: Bool) { machine.withLock { $0.end(token, isDone: isDone) } }
}
