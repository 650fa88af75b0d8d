import WeirModel
import WeirWire

/// The changes of a table's items, as they are made: what `watchTable` gives.
///
/// The sequence connects when it is first read, and again, with back-off, whenever its connection is lost; it then goes on
/// where it was. It does not end by itself. It throws `notSupported` where the service does not tell of changes (then scan
/// now and then), `resourceNotFound` when the table is gone, `accessDenied`, `limitExceeded` when the server has too many
/// watches, `clientShutDown`, and `cancelled` when the task is cancelled. After an error it is over.
///
/// Each iteration is a watch of its own, and holds a connection of the client.
public struct TableChangeSequence: AsyncSequence, Sendable {
    public typealias Element = TableChangeEvent
    public typealias Failure = ServiceError

    enum Source: Sendable {
        case service(ServiceClient, table: String)
        case events(AsyncStream<TableChangeEvent>)
        case failure(ServiceError)
    }

    private let source: Source

    init(_ client: ServiceClient, table: String) { source = .service(client, table: table) }

    /// The events of a stream, which stands for a service in tests.
    package init(_ events: AsyncStream<TableChangeEvent>) { source = .events(events) }

    /// A sequence that fails at once.
    package init(failing error: ServiceError) { source = .failure(error) }

    public func makeAsyncIterator() -> AsyncIterator {
        switch source {
        case .service(let client, let table): AsyncIterator(.watch(TableChangeWatch(client, table: table)))
        case .events(let events): AsyncIterator(.events(events.makeAsyncIterator()))
        case .failure(let error): AsyncIterator(.failure(error))
        }
    }

    /// Reads a sequence.
    public struct AsyncIterator: AsyncIteratorProtocol {
        enum State {
            case watch(TableChangeWatch)
            case events(AsyncStream<TableChangeEvent>.Iterator)
            case failure(ServiceError)
            case over
        }

        private var state: State

        init(_ state: State) { self.state = state }

        /// The next event. Throws what the sequence throws.
        public mutating func next() async throws(ServiceError) -> TableChangeEvent? {
            switch state {
            case .watch(var watch):
                state = .over
                let event = try await watch.next()
                state = .watch(watch)
                return event
            case .events(var events):
                let event = await events.next()
                state = .events(events)
                return event
            case .failure(let error):
                state = .over
                throw error
            case .over: return nil
            }
        }
    }
}

/// One watch of a table. The shell of ``TableChangeSequenceStateMachine``.
struct TableChangeWatch {
    private let client: ServiceClient
    private let table: String
    private var machine: TableChangeSequenceStateMachine
    private var action: TableChangeSequenceStateMachine.Action
    private var connection: TableWatchConnection?

    init(_ client: ServiceClient, table: String) {
        self.client = client
        self.table = table
        machine = TableChangeSequenceStateMachine(policy: client.retryPolicy)
        action = machine.begin()
    }

    /// The next event. After an error it must not be called again.
    mutating func next() async throws(ServiceError) -> TableChangeEvent {
        while true {
            switch action {
            case .connect(let cursor, let pause):
                connection = nil
                try await client.pause(pause)
                await connect(cursor)
            case .read: await read()
            case .give(let event):
                action = .read
                return event
            case .fail(let error): throw error
            }
        }
    }

    private mutating func connect(_ cursor: String?) async {
        do throws(ServiceError) {
            connection = try await client.watch(WatchTable.Request(tableName: table, cursor: cursor))
            action = .read
        } catch {
            action = machine.failed(error, jitter: client.jitter())
        }
    }

    private mutating func read() async {
        do throws(ServiceError) {
            if let message = try await connection?.next() {
                action = machine.received(message, jitter: client.jitter())
            } else {
                action = machine.ended(jitter: client.jitter())
            }
        } catch {
            action = machine.failed(error, jitter: client.jitter())
        }
    }
}
