import Logging
import NIOCore
import WeirModel
import WeirRuntime
import WeirStore
import WeirWire

/// The part of the DynamoDB API that the lease tables of consumer applications need, over a ``TableStore``.
///
/// Tables have a hash key and no range key. Conditions and changes come in the legacy members `Expected` and
/// `AttributeUpdates`, as the Kinesis Client Library 1.x and 2.x send them; requests that hold condition or update
/// expressions are refused rather than performed without them.
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

    private func performAction(_ call: ActionCall) async throws(ServiceError) -> ActionReply {
        // The calls that workers repeat come first.
        switch call.action {
        case "UpdateItem": .message(try await call.answer(updateItem))
        case "GetItem": .message(try await call.answer(getItem))
        case "Scan": .message(try await call.answer(scan))
        case "PutItem": .message(try await call.answer(putItem))
        case "DeleteItem": .message(try await call.answer(deleteItem))
        case "DescribeTable": .message(try await call.answer(describeTable))
        case "CreateTable": .message(try await call.answer(createTable))
        case "DeleteTable": .message(try await call.answer(deleteTable))
        case "ListTables": .message(try await call.answer(listTables))
        default: throw ServiceError(.unknownOperation, "")
        }
    }
}
