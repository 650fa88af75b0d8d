import AsyncHTTPClient
import NIOCore
import Synchronization
import Testing
import WeirModel
import WeirWire

@testable import WeirClient

/// What a subscription makes of the bytes that come in.
@Suite(.timeLimit(.minutes(5))) struct ShardSubscriptionTests {
    private func event(_ number: Int, size: Int = 3) -> SubscribeToShardEvent {
        SubscribeToShardEvent(
            records: [
                Record(
                    sequenceNumber: "\(number)",
                    approximateArrivalTimestamp: Timestamp(millisecondsSinceEpoch: 1_700_000_000_000),
                    data: ByteBuffer(repeating: UInt8(number), count: size),
                    partitionKey: "k\(number)"
                )
            ],
            continuationSequenceNumber: "\(number)",
            millisBehindLatest: number
        )
    }

    private func bytes(_ messages: SubscriptionMessage...) -> ByteBuffer {
        var body = ByteBuffer()
        for message in messages { message.write(to: &body, format: .json) }
        return body
    }

    private func subscription(_ bytes: ByteBuffer) -> ShardSubscription { ShardSubscription(.bytes(bytes)) }

    private func subscription(_ pieces: [ByteBuffer], pulled: PullCount = PullCount()) -> ShardSubscription {
        ShardSubscription(.stream(Pieces(pieces: pieces, pulled: pulled)))
    }

    /// The events, and the code of the error after them.
    private func read(_ subscription: ShardSubscription) async -> ([SubscribeToShardEvent], ServiceError.Code?) {
        var events: [SubscribeToShardEvent] = []
        do throws(ServiceError) {
            for try await event in subscription { events.append(event) }
            return (events, nil)
        } catch {
            return (events, error.code)
        }
    }

    @Test(arguments: [1, 2, 3, 7, 16, 100, 1000])
    func eventsComeWholeHoweverTheBytesAreCut(size: Int) async {
        var rest = bytes(.initialResponse, .event(event(1)), .event(event(2, size: 500)), .event(event(3, size: 0)))
        var pieces: [ByteBuffer] = []
        while let piece = rest.readSlice(length: min(size, rest.readableBytes)), piece.readableBytes > 0 {
            pieces.append(piece)
        }
        let (events, error) = await read(subscription(pieces))
        #expect(events == [event(1), event(2, size: 500), event(3, size: 0)])
        #expect(error == nil)
    }

    @Test func aStreamThatEndsInTheMiddleOfAMessageIsNotTakenForItsEnd() async {
        let whole = bytes(.initialResponse, .event(event(1)), .event(event(2)))
        let first = bytes(.initialResponse, .event(event(1))).readableBytes
        for length in (first + 1)..<whole.readableBytes {
            let (events, error) = await read(subscription(whole.getSlice(at: 0, length: length) ?? ByteBuffer()))
            #expect(events == [event(1)])
            #expect(error == .malformedResponse)
        }
    }

    @Test func aFlippedBitAnywhereInAMessageIsFound() async {
        let before = bytes(.initialResponse, .event(event(1)))
        let whole = bytes(.initialResponse, .event(event(1)), .event(event(2)))
        for place in before.readableBytes..<whole.readableBytes {
            var damaged = whole
            damaged.setInteger((whole.getInteger(at: place, as: UInt8.self) ?? 0) ^ 0x10, at: place)
            let (events, error) = await read(subscription(damaged))
            #expect(events == [event(1)])
            #expect(error == .malformedResponse)
        }
    }

    @Test func aMessageThatIsTooLongIsRefusedBeforeItIsRead() async {
        let pulled = PullCount()
        var long = ByteBuffer()
        long.writeEventStreamMessage(headers: [EventStreamHeader(":message-type", "event")]) { payload in
            payload.writeRepeatingByte(0, count: Limits.maximumEventStreamMessageSizeInBytes)
        }
        let head = long.readSlice(length: 64) ?? ByteBuffer()
        let (events, error) = await read(subscription([head, long], pulled: pulled))
        #expect(events.isEmpty)
        #expect(error == .malformedResponse)
        #expect(pulled.count == 1)
    }

    @Test func whatIsNoEventStreamIsRefused() async {
        let (events, error) = await read(subscription(ByteBuffer(string: "<html><body>Bad gateway</body></html>")))
        #expect(events.isEmpty)
        #expect(error == .malformedResponse)
    }

    @Test(arguments: [
        ("ResourceInUseException", ServiceError.Code.resourceInUse), ("ResourceNotFoundException", .resourceNotFound),
        ("InternalFailureException", .internalFailure),
        ("KMSAccessDeniedException", .init(rawValue: "KMSAccessDeniedException")),
    ])
    func anExceptionInTheStreamIsThrown(name: String, code: ServiceError.Code) async throws {
        let exception = ServiceError(.init(rawValue: name), "no more")
        var events = subscription(bytes(.initialResponse, .event(event(1)), .exception(exception), .event(event(2))))
            .makeAsyncIterator()
        #expect(try await events.next() == event(1))
        let error = await #expect(throws: ServiceError.self) { try await events.next() }
        #expect(error?.code == code)
        #expect(error?.message == "no more")
        // What stands behind it is not read.
        #expect(try await events.next() == nil)
    }

    @Test func anErrorThatTheModelDoesNotKnowIsThrown() async {
        var body = bytes(.initialResponse)
        body.writeEventStreamMessage(headers: [
            EventStreamHeader(":message-type", "error"), EventStreamHeader(":error-code", "Odd"),
            EventStreamHeader(":error-message", "what"),
        ]) { _ in }
        let (_, error) = await read(subscription(body))
        #expect(error?.rawValue == "Odd")
    }

    @Test func eventsOfAnUnknownKindArePassedOver() async {
        var body = bytes(.initialResponse)
        body.writeEventStreamMessage(headers: [
            EventStreamHeader(":message-type", "event"), EventStreamHeader(":event-type", "News"),
        ]) { $0.writeString("{}") }
        body.writeImmutableBuffer(bytes(.event(event(1))))
        let (events, error) = await read(subscription(body))
        #expect(events == [event(1)])
        #expect(error == nil)
    }

    @Test func anEventWithoutItsMembersIsMalformed() async {
        var body = bytes(.initialResponse)
        body.writeEventStreamMessage(headers: [
            EventStreamHeader(":message-type", "event"), EventStreamHeader(":event-type", "SubscribeToShardEvent"),
        ]) { $0.writeString("{}") }
        let (_, error) = await read(subscription(body))
        #expect(error == .malformedResponse)
    }

    @Test func noMoreIsTakenThanIsAskedFor() async throws {
        let pulled = PullCount()
        let pieces = [bytes(.initialResponse)] + (1...50).map { bytes(.event(event($0))) }
        var events = subscription(pieces, pulled: pulled).makeAsyncIterator()
        for number in 1...50 {
            #expect(try await events.next() == event(number))
            #expect(pulled.count == number + 1)
        }
        #expect(try await events.next() == nil)
    }

    @Test func itIsReadOnce() async {
        let subscription = subscription(bytes(.initialResponse, .event(event(1))))
        #expect(await read(subscription).0 == [event(1)])
        #expect(await read(subscription).1 == .alreadyRunning)
    }

    // MARK: Support

    private final class PullCount: Sendable {
        private let value = Mutex(0)

        var count: Int { value.withLock(\.self) }

        func add() { value.withLock { $0 += 1 } }
    }

    /// The pieces of a body, and how many were taken.
    private struct Pieces: AsyncSequence, Sendable {
        typealias Element = ByteBuffer

        let pieces: [ByteBuffer]
        let pulled: PullCount

        func makeAsyncIterator() -> Iterator { Iterator(rest: pieces[...], pulled: pulled) }

        struct Iterator: AsyncIteratorProtocol {
            var rest: ArraySlice<ByteBuffer>
            let pulled: PullCount

            mutating func next() async throws -> ByteBuffer? {
                guard let piece = rest.popFirst() else { return nil }
                pulled.add()
                return piece
            }
        }
    }
}
