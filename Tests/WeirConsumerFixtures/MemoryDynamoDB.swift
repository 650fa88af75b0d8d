import Synchronization
import WeirClient
import WeirModel
import WeirWire

/// A DynamoDB in memory, as far as lease tables need it, with faults on demand.
public final class MemoryDynamoDB: DynamoDBCalling {
    private struct State {
        var tables: [String: MemoryTable] = [:]
        var failure: (@Sendable (String) -> ServiceError?)?
        var losesAnswer: (@Sendable (String) -> Bool)?
        var watchFailure: ServiceError?
        var watchCount = 0
    }

    private let state = Mutex(State())

    public init() {}

    /// Answers calls of an action, named by the argument, with an error, before they take effect; nil: none.
    public func fail(_ failure: (@Sendable (String) -> ServiceError?)?) { state.withLock { $0.failure = failure } }

    /// Loses the answers of calls of an action, named by the argument, after they took effect; nil: none.
    public func loseAnswers(_ isLost: (@Sendable (String) -> Bool)?) { state.withLock { $0.losesAnswer = isLost } }

    /// Answers watches of tables with an error from now on. Without that they are not supported.
    public func failWatches(_ error: ServiceError) { state.withLock { $0.watchFailure = error } }

    /// How many watches were asked for.
    public var watchCount: Int { state.withLock(\.watchCount) }

    public func watchTable(_ name: String) -> TableChangeSequence {
        let failure = state.withLock { state in
            state.watchCount += 1
            return state.watchFailure
        }
        return TableChangeSequence(failing: failure ?? ServiceError(.notSupported, "The fixture tells of no changes."))
    }

    public func items(_ table: String) -> [Item] { state.withLock { $0.tables[table]?.allItems ?? [] } }

    public var tableNames: [String] { state.withLock { $0.tables.keys.sorted() } }

    /// Changes a table behind the workers' backs.
    public func change(_ table: String, _ change: (inout MemoryTable) throws -> Void) rethrows {
        try state.withLock { try change(&$0.tables[table, default: MemoryTable()]) }
    }

    public func call<A: DynamoDBAction>(
        _ action: A.Type,
        _ request: A.Request
    ) async throws(ServiceError) -> A.Response {
        if Task.isCancelled { throw ServiceError(.cancelled, "") }
        let result = state.withLock { state -> Result<any Sendable, ServiceError> in
            do throws(ServiceError) {
                if let error = state.failure?(A.name) { throw error }
                let response = try Self.perform(request, &state.tables)
                guard state.losesAnswer?(A.name) != true else {
                    throw ServiceError(.connectionFailure, "The answer was lost")
                }
                return .success(response)
            } catch {
                return .failure(error)
            }
        }
        let response = try result.get()
        guard let response = response as? A.Response else {
            throw ServiceError(.unknownOperation, A.name)
        }
        return response
    }

    private static func perform(
        _ request: any Sendable,
        _ tables: inout [String: MemoryTable]
    ) throws(ServiceError) -> any Sendable {
        switch request {
        case let request as CreateTable.Request:
            let name = request.tableName ?? ""
            guard tables[name] == nil else { throw ServiceError(.resourceInUse, "Table already exists: \(name)") }
            tables[name] = MemoryTable()
            return CreateTable.Response(tableDescription: description(name))
        case let request as DescribeTable.Request:
            _ = try table(request.tableName, tables)
            return DescribeTable.Response(table: description(request.tableName ?? ""))
        case let request as Scan.Request:
            let items = try table(request.tableName, tables).allItems
            return Scan.Response(items: items, count: items.count, scannedCount: items.count)
        case let request as GetItem.Request:
            return GetItem.Response(item: try table(request.tableName, tables).item(request.key))
        case let request as PutItem.Request:
            var table = try table(request.tableName, tables)
            try table.put(request)
            tables[request.tableName ?? ""] = table
            return PutItem.Response()
        case let request as UpdateItem.Request:
            var table = try table(request.tableName, tables)
            try table.update(request)
            tables[request.tableName ?? ""] = table
            return UpdateItem.Response()
        case let request as DeleteItem.Request:
            var table = try table(request.tableName, tables)
            try table.delete(request)
            tables[request.tableName ?? ""] = table
            return DeleteItem.Response()
        default:
            throw ServiceError(.unknownOperation, "\(type(of: request))")
        }
    }

    private static func table(_ name: String?, _ tables: [String: MemoryTable]) throws(ServiceError) -> MemoryTable {
        guard let table = tables[name ?? ""] else {
            throw ServiceError(.resourceNotFound, "Requested resource not found: Table: \(name ?? "") not found")
        }
        return table
    }

    private static func description(_ name: String) -> TableDescriptionShape {
        TableDescriptionShape(
            tableName: name,
            tableStatus: "ACTIVE",
            tableARN: "arn:aws:dynamodb:us-east-1:000000000000:table/\(name)",
            keySchema: [KeySchemaElement(attributeName: "leaseKey", keyType: "HASH")],
            attributeDefinitions: [AttributeDefinition(attributeName: "leaseKey", attributeType: "S")],
            creationDateTime: Timestamp(millisecondsSinceEpoch: 0),
            itemCount: 0,
            tableSizeBytes: 0
        )
    }
}
