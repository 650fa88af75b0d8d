import Logging
import NIOCore
import WeirModel
import WeirRuntime
import WeirStore
import WeirWire

/// The part of the DynamoDB API that the lease tables of consumer applications need, over a ``TableStore``.
///
/// It knows every type of attributes, the legacy conditions and updates by attribute, all expressions, global secondary
/// indexes, batches, transactions, expiry and tags, and an action of Weir's own, ``WatchTable``. It has no local secondary
/// indexes, streams, backups or PartiQL.
public struct TableService: ActionService {
    public var service: WireService { .dynamoDB }

    /// The account that owns the tables: twelve digits.
    public let account: String
    /// The region in which the tables say they are.
    public let region: String

    let store: any TableStore
    let time: any TimeSource
    let logger: Logger
    /// Who calls, and which action; nil where nobody is asked.
    private(set) var authorization: (caller: any ActionCaller, action: String)?
    let transactions = TransactionTokens()
    let watches = TableWatches()

    /// A service over a store.
    public init(
        store: any TableStore,
        account: String = "000000000000",
        region: String = "us-east-1",
        time: any TimeSource = SystemTime(),
        logger: Logger
    ) {
        self.store = store
        self.account = account
        self.region = region
        self.time = time
        self.logger = logger
    }

    public func perform(_ call: ActionCall) async throws(ServiceError) -> ActionReply {
        guard let caller = call.caller else { return try await performAction(call) }
        // The service of this one call.
        var service = self
        service.authorization = (caller, call.action)
        return try await service.performAction(call)
    }

    public func maintain() async throws(ServiceError) { try await deleteExpiredItems() }

    public func endReplyStreams() { watches.stop() }

    private func performAction(_ call: ActionCall) async throws(ServiceError) -> ActionReply {
        // The calls that workers repeat come first.
        switch call.action {
        case "UpdateItem": .message(try await call.answer(updateItem))
        case "GetItem": .message(try await call.answer(getItem))
        case "Query": .message(try await call.answer(query))
        case "Scan": .message(try await call.answer(scan))
        case "PutItem": .message(try await call.answer(putItem))
        case "DeleteItem": .message(try await call.answer(deleteItem))
        case "BatchGetItem": .message(try await call.answer(batchGetItem))
        case "BatchWriteItem": .message(try await call.answer(batchWriteItem))
        case "TransactGetItems": .message(try await call.answer(transactGetItems))
        case "TransactWriteItems": .message(try await call.answer(transactWriteItems))
        default: try await performOnTables(call)
        }
    }

    private func performOnTables(_ call: ActionCall) async throws(ServiceError) -> ActionReply {
        switch call.action {
        case WatchTable.name: .stream(try await watchTable(call))
        case "DescribeTable": .message(try await call.answer(describeTable))
        case "CreateTable": .message(try await call.answer(createTable))
        case "UpdateTable": .message(try await call.answer(updateTable))
        case "DeleteTable": .message(try await call.answer(deleteTable))
        case "ListTables": .message(try await call.answer(listTables))
        case "UpdateTimeToLive": .message(try await call.answer(updateTimeToLive))
        case "DescribeTimeToLive": .message(try await call.answer(describeTimeToLive))
        case "UpdateContinuousBackups": .message(try await call.answer(updateContinuousBackups))
        case "DescribeContinuousBackups": .message(try await call.answer(describeContinuousBackups))
        case "TagResource": .message(try await call.answer(tagTable))
        case "UntagResource": .message(try await call.answer(untagTable))
        case "ListTagsOfResource": .message(try await call.answer(listTagsOfResource))
        default: throw ServiceError(.unknownOperation, "")
        }
    }
}
