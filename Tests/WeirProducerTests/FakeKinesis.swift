import NIOCore
import Synchronization
import WeirClient
import WeirModel
import WeirWire

/// A stream in memory that answers PutRecords; each call may be made to go wrong.
final class FakeKinesis: KinesisCalling {
    /// What becomes of a call.
    enum Fault: Sendable {
        case none
        /// The call fails; nothing is taken.
        case fail(ServiceError.Code)
        /// The call is performed, then its answer is lost.
        case loseAnswer
        /// The entries at these positions fail.
        case refuse(Set<Int>, ServiceError.Code)
        /// The call is not answered until its task is cancelled or the gate opens.
        case hang
    }

    private struct State {
        var calls: [[String]] = []
        var taken: [(key: String, text: String)] = []
        var onTheirWay = 0
        var greatestOnTheirWay = 0
    }

    private let state = Mutex(State())
    private let fault: @Sendable (_ call: Int, _ texts: [String]) -> Fault
    /// Lets the calls go on that hang.
    let gate = OneShotGate()

    /// `fault` is asked with the number of the call, from 0, and the texts of its records.
    init(fault: @escaping @Sendable (_ call: Int, _ texts: [String]) -> Fault = { _, _ in .none }) {
        self.fault = fault
    }

    /// The texts of the records of each call.
    var calls: [[String]] { state.withLock { $0.calls } }
    /// The records taken, in order.
    var taken: [(key: String, text: String)] { state.withLock { $0.taken } }
    var texts: [String] { taken.map(\.text) }
    var greatestOnTheirWay: Int { state.withLock { $0.greatestOnTheirWay } }

    func call<A: KinesisAction>(_ action: A.Type, _ request: A.Request) async throws(ServiceError) -> A.Response {
        guard let request = request as? PutRecords.Request, let response = try await put(request) as? A.Response else {
            throw ServiceError(.unknownOperation, A.name)
        }
        return response
    }

    private func put(_ request: PutRecords.Request) async throws(ServiceError) -> PutRecords.Response {
        let entries = request.records ?? []
        let texts = entries.map { $0.data.map { String(buffer: $0) } ?? "" }
        let number = state.withLock { state -> Int in
            state.calls.append(texts)
            state.onTheirWay += 1
            state.greatestOnTheirWay = max(state.greatestOnTheirWay, state.onTheirWay)
            return state.calls.count - 1
        }
        defer { state.withLock { $0.onTheirWay -= 1 } }
        // Other calls come between.
        await Task.yield()
        switch fault(number, texts) {
        case .none:
            return take(entries, without: [], code: .internalFailure)
        case .fail(let code):
            throw ServiceError(code, "injected")
        case .loseAnswer:
            _ = take(entries, without: [], code: .internalFailure)
            throw ServiceError(.timeout, "injected")
        case .refuse(let positions, let code):
            return take(entries, without: positions, code: code)
        case .hang:
            guard await gate.wait() else { throw ServiceError(.cancelled, "cancelled") }
            return take(entries, without: [], code: .internalFailure)
        }
    }

    private func take(
        _ entries: [PutRecordsRequestEntry],
        without refused: Set<Int>,
        code: ServiceError.Code
    ) -> PutRecords.Response {
        state.withLock { state in
            var results: [PutRecordsResultEntry] = []
            for (position, entry) in entries.enumerated() {
                if refused.contains(position) {
                    results.append(PutRecordsResultEntry(errorCode: code.rawValue, errorMessage: "injected"))
                    continue
                }
                let text = entry.data.map { String(buffer: $0) } ?? ""
                state.taken.append((entry.partitionKey ?? "", text))
                let number = "\(state.taken.count)"
                results.append(PutRecordsResultEntry(sequenceNumber: number, shardID: "shardId-000000000000"))
            }
            return PutRecords.Response(failedRecordCount: refused.count, records: results)
        }
    }
}
