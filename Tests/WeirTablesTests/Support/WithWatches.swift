import Logging
import NIOCore
import Testing
import WeirModel
import WeirStore
import WeirTables
import WeirTestTools
import WeirWire

/// A table service with a table `leases`, by a clock that a test moves.
struct WatchTest: Sendable {
    let service: TableService
    let time: SteppedTime
    let folder: DataFolder

    /// Watches a table, and gives the messages.
    func watch(
        _ table: String = "leases",
        after cursor: String? = nil,
        caller: (any ActionCaller)? = nil,
        replies: ReplyMemory = ReplyMemory()
    ) async throws(ServiceError) -> Watch {
        var body = ByteBuffer()
        WatchTable.Request(tableName: table, cursor: cursor).write(to: &body, format: .json)
        let call = ActionCall(
            WatchTable.name,
            body: CallBody(body),
            format: .json,
            caller: caller,
            replyMemory: replies
        )
        guard case .stream(let stream) = try await service.perform(call) else {
            throw ServiceError(.internalFailure, "WatchTable has answered with a message.")
        }
        return Watch(stream: stream)
    }

    /// The error with which a watch is refused; nil when it is not.
    func refusal(_ table: String = "leases", after cursor: String? = nil) async -> ServiceError? {
        do throws(ServiceError) {
            try await watch(table, after: cursor).stream.cancel()
            return nil
        } catch {
            return error
        }
    }

    func put(_ key: String, _ counter: Int) async throws {
        try await folder.tables.update(table: "leases", key: ["k": .string(key)]) { _ in
            ["k": .string(key), "n": .number("\(counter)")]
        }
    }

    /// Waits until so many sleep, and moves the clock.
    func advance(seconds: Int, whenAsleep count: Int = 1) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while time.sleeperCount < count, ContinuousClock.now < deadline { await Task.yield() }
        try #require(time.sleeperCount == count)
        time.advance(seconds: seconds)
    }
}

/// The messages of a watch.
struct Watch: Sendable {
    let stream: any ReplyStream

    /// The next message; nil at the end. Each piece of the body must be one message.
    func next() async throws -> TableWatchMessage? {
        guard let piece = await stream.next()?.bytes else { return nil }
        var decoder = EventStreamDecoder()
        decoder.append(piece)
        let message = try #require(try decoder.next())
        try decoder.finish()
        let known: TableWatchMessage = try #require(try TableWatchMessage(message))
        return known
    }

    /// The next message, which has to tell of changes.
    func changes() async throws -> WatchTable.Event {
        guard case .changes(let event)? = try await next() else { throw UnexpectedMessage() }
        return event
    }

    func heartbeat() async throws -> WatchTable.Event {
        guard case .heartbeat(let event)? = try await next() else { throw UnexpectedMessage() }
        return event
    }

    /// The first message, which has to be the response.
    func begin() async throws {
        guard case .initialResponse? = try await next() else { throw UnexpectedMessage() }
    }

    /// The first two messages of a watch that knows nothing yet. Returns the cursor.
    func scanAgain() async throws -> String {
        try await begin()
        guard case .scanAgain(let event)? = try await next() else { throw UnexpectedMessage() }
        return event.cursor
    }

    /// The next message, which has to be an exception, after which nothing comes.
    func exception() async throws -> ServiceError {
        guard case .exception(let error)? = try await next() else { throw UnexpectedMessage() }
        #expect(try await next() == nil)
        return error
    }
}

/// Another message came than the test is about.
struct UnexpectedMessage: Error {}

/// Runs `body` with a service that has a table `leases`.
func withWatches(_ body: (WatchTest) async throws -> Void) async throws {
    let path = try makeTemporaryFolder()
    defer { removeFolder(path) }
    let time = SteppedTime()
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    try await DataFolder.withDataFolder(path: path, time: time, logger: logger) { folder in
        let service = TableService(store: folder.tables, time: time, logger: logger)
        try await TestTables(service: service, time: ManualTime()).createTable()
        try await body(WatchTest(service: service, time: time, folder: folder))
    }
}
