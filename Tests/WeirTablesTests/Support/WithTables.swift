import Logging
import NIOCore
import WeirModel
import WeirRuntime
import WeirStore
import WeirTables
import WeirTestTools
import WeirWire

/// A table service over a data folder, called as the server calls it: by bodies.
struct TestTables: Sendable {
    let service: TableService
    let time: ManualTime

    func call<A: DynamoDBAction>(_ action: A.Type, _ request: A.Request) async throws(ServiceError) -> A.Response {
        var body = ByteBuffer()
        request.write(to: &body, format: .json)
        let reply = try await service.perform(ActionCall(A.name, body: CallBody(body), format: .json))
        return try A.Response(wire: reply.message ?? ByteBuffer(), format: .json)
    }

    /// The answer to a body, as text.
    func answer(_ action: String, _ body: String) async throws(ServiceError) -> String {
        let reply = try await service.perform(
            ActionCall(action, body: CallBody(ByteBuffer(string: body)), format: .json)
        )
        return String(buffer: reply.message ?? ByteBuffer())
    }

    /// The error with which a request is refused; nil when it is not.
    func refusal(_ action: String, _ body: String, caller: (any ActionCaller)? = nil) async -> ServiceError? {
        do throws(ServiceError) {
            let call = ActionCall(action, body: CallBody(ByteBuffer(string: body)), format: .json, caller: caller)
            _ = try await service.perform(call)
            return nil
        } catch {
            return error
        }
    }

    /// The answer to a body, as a tree.
    func value(_ action: String, _ body: String) async throws -> WireValue {
        try WireValue(json: ByteBuffer(string: try await answer(action, body)))
    }

    /// Makes a table with the hash key `k` of type `S`.
    func createTable(_ name: String = "leases") async throws {
        _ = try await call(
            CreateTable.self,
            .init(
                tableName: name,
                attributeDefinitions: [.init(attributeName: "k", attributeType: "S")],
                keySchema: [.init(attributeName: "k", keyType: "HASH")],
                billingMode: "PAY_PER_REQUEST"
            )
        )
    }

    func item(_ key: String) async throws -> Item? {
        try await call(GetItem.self, .init(tableName: "leases", key: ["k": .string(key)])).item
    }
}

/// Runs a table service over an empty data folder for the duration of a scope.
func withTables(_ body: (TestTables) async throws -> Void) async throws {
    let path = try makeTemporaryFolder()
    defer { removeFolder(path) }
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    try await DataFolder.withDataFolder(path: path, logger: logger) { folder in
        let time = ManualTime()
        let service = TableService(store: folder.tables, time: time, logger: logger)
        try await body(TestTables(service: service, time: time))
    }
}
