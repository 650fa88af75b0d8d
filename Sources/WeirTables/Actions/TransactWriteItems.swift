import WeirModel
import WeirRuntime
import WeirStore
import WeirWire

extension TableService {
    /// Changes many items, all or none, each under its own condition.
    func transactWriteItems(
        _ request: TransactWriteItems.Request
    ) async throws(ServiceError) -> TransactWriteItems.Response {
        try validate(request)
        let steps = request.transactItems ?? []
        var plans: [TransactionStepPlan] = []
        for step in steps {
            if let item = step.put?.item { try checkSize(of: item) }
            plans.append(try TransactionStepPlan(step))
        }
        guard let token = request.clientRequestToken else { return try await perform(request, plans) }
        // The same call again, maybe because its answer was lost, must not do it again.
        let now = time.monotonicNanoseconds
        guard try transactions.begin(token, request.transactItems ?? [], at: now) else {
            return TransactWriteItems.Response(consumedCapacity: consumed(request.returnConsumedCapacity, [:]))
        }
        do throws(ServiceError) {
            let response = try await perform(request, plans)
            transactions.end(token, isDone: true)
            return response
        } catch {
            transactions.end(token, isDone: false)
            throw error
        }
    }

    private func validate(_ request: TransactWriteItems.Request) throws(ServiceError) {
        var validator = Validator()
        validator.text(
            "clientRequestToken",
            request.clientRequestToken,
            length: 1...Limits.maximumTransactionTokenLength
        )
        validator.capacity(request.returnConsumedCapacity)
        validator.collectionMetrics(request.returnItemCollectionMetrics)
        validator.require("transactItems", request.transactItems != nil)
        validator.count("transactItems", request.transactItems?.count, 1...Limits.maximumTransactionCount)
        for (place, step) in (request.transactItems ?? []).enumerated() {
            TransactionStepPlan.check(step, at: "transactItems.\(place + 1).member", &validator)
        }
        try validator.finish()
    }

    private func perform(
        _ request: TransactWriteItems.Request,
        _ plans: [TransactionStepPlan]
    ) async throws(ServiceError) -> TransactWriteItems.Response {
        var changes: [ItemChange] = []
        var failures: [ServiceError?] = []
        for plan in plans {
            let table = try await table(try tableName(plan.tableName))
            let (change, failure) = try plan.change(of: table)
            changes.append(change)
            failures.append(failure)
        }
        guard Set(changes.map(\.item)).count == changes.count else {
            throw ServiceError(
                .validation,
                "Transaction request cannot include multiple operations on one item"
            )
        }
        guard failures.allSatisfy({ $0 == nil }) else { throw canceled(failures) }
        do throws(ServiceError) {
            switch try await store.update(changes) {
            case .refused(let errors): throw canceled(errors)
            case .applied(let versions):
                var units: [String: Double] = [:]
                for (change, versions) in zip(changes, versions) {
                    units[change.item.table, default: 0] += 2 * CapacityUnits.write(versions.old, versions.new)
                }
                return TransactWriteItems.Response(
                    consumedCapacity: consumed(request.returnConsumedCapacity, units)
                )
            }
        } catch {
            throw itemError(error)
        }
    }

    /// The error of a transaction some of whose steps failed.
    private func canceled(_ errors: [ServiceError?]) -> ServiceError {
        let reasons = errors.map { error -> TransactionFailure.Reason in
            switch error?.code {
            case nil: .init(code: "None")
            case .conditionalCheckFailed?:
                .init(
                    code: "ConditionalCheckFailed",
                    message: error?.message,
                    item: (error?.cause as? ConditionFailure)?.item
                )
            default: .init(code: "ValidationError", message: error?.message)
            }
        }
        return ServiceError(
            .transactionCanceled,
            """
            Transaction cancelled, please refer cancellation reasons for specific reasons \
            [\(reasons.map(\.code).joined(separator: ", "))]
            """,
            cause: TransactionFailure(reasons: reasons)
        )
    }
}
