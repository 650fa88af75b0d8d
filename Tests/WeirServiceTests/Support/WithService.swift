import Crypto
import Logging
import NIOCore
import Testing
import WeirModel
import WeirRuntime
import WeirService
import WeirStore
import WeirTestTools
import WeirWire

/// A service over a data folder, called as the server calls it: by bodies.
struct TestService: Sendable {
    let service: KinesisService
    let store: InterceptedStreamStore
    let time: ManualTime
    let key: SymmetricKey

    /// Performs an action.
    func call<A: KinesisAction>(
        _ action: A.Type,
        _ request: A.Request,
        caller: (any ActionCaller)? = nil
    ) async throws(ServiceError) -> A.Response {
        var body = ByteBuffer()
        request.write(to: &body, format: .json)
        let reply = try await service.perform(ActionCall(A.name, body: CallBody(body), format: .json, caller: caller))
        return try A.Response(wire: reply.message ?? ByteBuffer(), format: .json)
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

    /// The same service after a restart, or with another key.
    func restarted(key: SymmetricKey? = nil) -> TestService {
        let service = KinesisService(store: store, tokenKey: key ?? self.key, time: time, logger: quiet)
        return TestService(service: service, store: store, time: time, key: key ?? self.key)
    }

    func createStream(_ name: String = "s", shards: Int = 1) async throws {
        _ = try await call(CreateStream.self, .init(streamName: name, shardCount: shards))
    }

    @discardableResult
    func put(_ data: String, key: String = "k", explicit: String? = nil, to stream: String = "s") async throws
        -> PutRecord.Response
    {
        try await call(
            PutRecord.self,
            .init(
                streamName: stream,
                data: ByteBuffer(string: data),
                partitionKey: key,
                explicitHashKey: explicit
            )
        )
    }

    func iterator(
        _ type: String = "TRIM_HORIZON",
        shard: Int = 0,
        number: String? = nil,
        timestamp: Timestamp? = nil,
        stream: String = "s"
    ) async throws -> String {
        let answer = try await call(
            GetShardIterator.self,
            .init(
                streamName: stream,
                shardID: ShardID(UInt32(shard)).description,
                shardIteratorType: type,
                startingSequenceNumber: number,
                timestamp: timestamp
            )
        )
        return try #require(answer.shardIterator)
    }

    func read(_ iterator: String, limit: Int? = nil) async throws -> GetRecords.Response {
        try await call(GetRecords.self, .init(shardIterator: iterator, limit: limit))
    }
}

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Runs a service over an empty data folder for the duration of a scope.
func withService(limits: LimitEnforcement = .off, _ body: (TestService) async throws -> Void) async throws {
    let path = try makeTemporaryFolder()
    defer { removeFolder(path) }
    let time = ManualTime()
    try await DataFolder.withDataFolder(path: path, time: time, logger: quiet) { folder in
        let store = InterceptedStreamStore(folder.streams)
        let service = KinesisService(
            store: store,
            queues: folder.queues,
            tokenKey: folder.secretKey,
            limits: limits,
            time: time,
            logger: quiet
        )
        try await body(TestService(service: service, store: store, time: time, key: folder.secretKey))
    }
}
