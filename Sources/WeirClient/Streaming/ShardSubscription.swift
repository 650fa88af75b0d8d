import AsyncHTTPClient
import Synchronization
import WeirModel
import WeirWire

/// The events of a subscription to a shard, as they come: what
/// ``KinesisClient/subscribeToShard(consumerARN:shardID:position:)`` gives.
///
/// The sequence ends when the service ends the subscription, after five minutes. Subscribe again then, after the
/// `continuationSequenceNumber` of the last event. An event without one is the last of a shard that was split or merged; its
/// `childShards` tell which shards to read on.
///
/// It throws what the service reports in the stream: `resourceInUse` when the consumer subscribed to the shard again
/// elsewhere, `resourceNotFound` when the consumer or the stream is gone, `internalFailure`; `connectionFailure` or `timeout`
/// when the connection is lost or silent (the service sends an event every five seconds, if need be without records),
/// `malformedResponse` when what came is no event stream or was damaged, `clientShutDown`, and `cancelled` when the task
/// is cancelled. After an error it is over.
///
/// Events are taken from the connection as they are asked for. A reader that is slow holds the service back, which buffers
/// nothing for it. The subscription holds a connection of its own until the sequence ends or is let go. It can be read once:
/// a second iterator throws ``WeirModel/ServiceError/Code/alreadyRunning``.
public struct ShardSubscription: AsyncSequence, Sendable {
    public typealias Element = SubscribeToShardEvent
    public typealias Failure = ServiceError

    /// Gives one event after the other; nil at the end.
    public typealias Source = @Sendable () async throws(ServiceError) -> SubscribeToShardEvent?

    private enum Origin: Sendable {
        case body(HTTPClientResponse.Body)
        case source(Source)
    }

    private final class Once: Sendable {
        private let origin: Mutex<Origin?>

        init(_ origin: Origin) { self.origin = Mutex(origin) }

        func take() -> Origin? { origin.withLock { $0.take() } }
    }

    private let once: Once

    /// The events in the body of an answer.
    init(_ body: HTTPClientResponse.Body) { once = Once(.body(body)) }

    /// The events of a service of your own: for ``KinesisCalling`` in tests and within one process.
    public init(_ source: @escaping Source) { once = Once(.source(source)) }

    public func makeAsyncIterator() -> AsyncIterator {
        switch once.take() {
        case .body(let body): AsyncIterator(.open(EventStreamBody(body)))
        case .source(let source): AsyncIterator(.source(source))
        case nil: AsyncIterator(.taken)
        }
    }

    /// Reads a subscription.
    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate enum State {
            case open(EventStreamBody)
            case source(Source)
            case taken
            case over
        }

        private var state: State

        fileprivate init(_ state: State) { self.state = state }

        /// The next event; nil at the end of the subscription. Throws what the sequence throws.
        public mutating func next() async throws(ServiceError) -> SubscribeToShardEvent? {
            switch take() {
            case .open(var messages):
                guard let event = try await Self.nextEvent(of: &messages) else { return nil }
                state = .open(messages)
                return event
            case .source(let source):
                guard let event = try await source() else { return nil }
                state = .source(source)
                return event
            case .taken: throw ServiceError(.alreadyRunning, "The subscription is being read already.")
            case .over: return nil
            }
        }

        /// After an error, or the end, the connection is let go.
        private mutating func take() -> State {
            defer { state = .over }
            return state
        }

        private static func nextEvent(
            of messages: inout EventStreamBody
        ) async throws(ServiceError) -> SubscribeToShardEvent? {
            while let message = try await messages.next() {
                switch try known(message) {
                case .event(let event): return event
                case .exception(let error): throw ServiceError(inStream: error)
                case .initialResponse, nil: continue
                }
            }
            return nil
        }

        private static func known(_ message: EventStreamMessage) throws(ServiceError) -> SubscriptionMessage? {
            do {
                return try SubscriptionMessage(message, format: .json)
            } catch {
                throw ServiceError(
                    .malformedResponse,
                    "An event of the subscription could not be understood: \(error.message)",
                    cause: error
                )
            }
        }
    }
}

extension StartingPosition {
    /// The position as the wire has it.
    var shape: StartingPositionShape {
        switch self {
        case .trimHorizon: StartingPositionShape(type: "TRIM_HORIZON")
        case .latest: StartingPositionShape(type: "LATEST")
        case .atSequenceNumber(let number): StartingPositionShape(type: "AT_SEQUENCE_NUMBER", sequenceNumber: number)
        case .afterSequenceNumber(let number):
            StartingPositionShape(type: "AFTER_SEQUENCE_NUMBER", sequenceNumber: number)
        case .atTimestamp(let timestamp): StartingPositionShape(type: "AT_TIMESTAMP", timestamp: timestamp)
        }
    }
}
