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

    private final class Once: Sendable {
        private let body: Mutex<HTTPClientResponse.Body?>

        init(_ body: HTTPClientResponse.Body) { self.body = Mutex(body) }

        func take() -> HTTPClientResponse.Body? { body.withLock { $0.take() } }
    }

    private let body: Once

    /// The events in the body of an answer.
    init(_ body: HTTPClientResponse.Body) { self.body = Once(body) }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(body.take().map(EventStreamBody.init)) }

    /// Reads a subscription.
    public struct AsyncIterator: AsyncIteratorProtocol {
        private enum State {
            case open(EventStreamBody)
            case taken
            case over
        }

        private var state: State

        init(_ body: EventStreamBody?) { state = body.map(State.open) ?? .taken }

        /// The next event; nil at the end of the subscription. Throws what the sequence throws.
        public mutating func next() async throws(ServiceError) -> SubscribeToShardEvent? {
            switch take() {
            case .open(var messages):
                guard let event = try await Self.nextEvent(of: &messages) else { return nil }
                state = .open(messages)
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
