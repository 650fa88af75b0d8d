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

    public func perform(
        _ action: String,
        body: ByteBuffer,
        format: WireFormat
    ) async throws(ServiceError) -> ByteBuffer {
        // One line an action; the calls that workers repeat come first.
        switch action {
        case "UpdateItem": return write(try await updateItem(try .init(wire: body, format: format)), format)
        case "GetItem": return write(try await getItem(try .init(wire: body, format: format)), format)
        case "Scan": return write(try await scan(try .init(wire: body, format: format)), format)
        case "PutItem": return write(try await putItem(try .init(wire: body, format: format)), format)
        case "DeleteItem": return write(try await deleteItem(try .init(wire: body, format: format)), format)
        case "DescribeTable": return write(try await describeTable(try .init(wire: body, format: format)), format)
        case "CreateTable": return write(try await createTable(try .init(wire: body, format: format)), format)
        case "DeleteTable": return write(try await deleteTable(try .init(wire: body, format: format)), format)
        case "ListTables": return write(try await listTables(try .init(wire: body, format: format)), format)
        default: throw ServiceError(.unknownOperation, "")
        }
    }

    private func write(_ response: some WireMessage, _ format: WireFormat) -> ByteBuffer {
        var body = ByteBuffer()
        response.write(to: &body, format: format)
        return body
    }
}
