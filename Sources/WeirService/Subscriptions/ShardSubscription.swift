import NIOCore
import Synchronization
import WeirMetrics
import WeirModel
import WeirRuntime
import WeirStore
import WeirWire

/// A subscription: the body of an answer to SubscribeToShard. The shell of ``SubscriptionStateMachine``.
///
/// An event is read and written when the client has room for it, so that a slow client holds at most the one that is being
/// sent; and only when the server has memory for it.
final class ShardSubscription: ReplyStream {
    /// What is read, and how it is written.
    struct Source: Sendable {
        let store: any StreamStore
        let time: any TimeSource
        let stream: StreamDescription
        let shard: ShardID
        let format: WireFormat
        /// Counts the events.
        let replies: ReplyMemory
        /// Is told of each event.
        let count: @Sendable (StreamMeter.Read) -> Void
    }

    private let source: Source
    private let end: SubscriptionRegistry.End
    private let leave: @Sendable () -> Void
    private let machine: Mutex<SubscriptionStateMachine>

    /// A subscription that has its place. `leave` gives the place up; it may be called more than once.
    init(
        _ source: Source,
        machine: SubscriptionStateMachine,
        end: SubscriptionRegistry.End,
        leave: @escaping @Sendable () -> Void
    ) {
        self.source = source
        self.end = end
        self.leave = leave
        self.machine = Mutex(machine)
    }

    deinit { leave() }

    var contentType: String { EventStreamMessage.contentType }

    func cancel() { end.end(.cancelled) }

    func next() async -> ReplyPiece? {
        var step = machine.withLock { $0.next(at: source.time.monotonicNanoseconds, ending: ending) }
        var allowance: ReplyAllowance?
        while true {
            switch step {
            case .initialResponse: return ReplyPiece(write(.initialResponse))
            case .read(let position):
                allowance = await room()
                step = await read(position, allowance)
            case .wait(let position, let nanoseconds):
                allowance = nil
                step = await wait(position, nanoseconds)
            case .event(let read):
                do throws(ServiceError) {
                    let bytes = write(.event(try await event(read)))
                    allowance?.made(bytes: bytes.readableBytes)
                    return ReplyPiece(bytes, allowance: allowance)
                } catch {
                    step = machine.withLock { $0.didFail(error) }
                }
            case .exception(let error):
                leave()
                return ReplyPiece(write(.exception(error)))
            case .finish:
                leave()
                return nil
            }
        }
    }

    private var ending: SubscriptionEnding? { end.reason ?? (Task.isCancelled ? .cancelled : nil) }

    /// The server's memory for the next event: waits until there is some. Nil when the subscription has to end before.
    private func room() async -> ReplyAllowance? {
        let most = Limits.maximumSubscriptionEventSizeInBytes
        let largestRecord = source.stream.settings.maximumRecordSizeInBytes
        let replies = source.replies
        if let allowance = replies.pieceAtOnce(most: most, largestRecord: largestRecord) { return allowance }
        let found = Mutex<ReplyAllowance?>(nil)
        _ = await end.wait {
            let allowance = await replies.piece(most: most, largestRecord: largestRecord)
            found.withLock { $0 = allowance }
        } sleep: { [source] in
            try await source.time.sleep(for: .seconds(Limits.subscriptionLifetimeInSeconds))
        }
        return found.withLock(\.self)
    }

    private func read(
        _ position: ShardPosition,
        _ allowance: ReplyAllowance?
    ) async -> SubscriptionStateMachine.Step {
        guard let allowance else {
            return machine.withLock { $0.next(at: source.time.monotonicNanoseconds, ending: ending) }
        }
        do throws(ServiceError) {
            let read = try await source.store.read(
                from: position,
                shard: source.shard,
                stream: source.stream,
                maximumCount: Limits.maximumSubscriptionEventCount,
                maximumBytes: allowance.room
            )
            return machine.withLock { $0.didRead(read, at: source.time.monotonicNanoseconds) }
        } catch {
            return machine.withLock { $0.didFail(error) }
        }
    }

    /// Waits for a record, for the end of the subscription, or for some time to pass, whatever comes first.
    private func wait(_ position: ShardPosition, _ nanoseconds: UInt64) async -> SubscriptionStateMachine.Step {
        let failure = await end.wait { [source] () async throws(ServiceError) in
            try await source.store.waitForRecords(from: position, shard: source.shard, stream: source.stream)
        } sleep: { [source] in
            try await source.time.sleep(for: .nanoseconds(Int64(clamping: nanoseconds)))
        }
        return machine.withLock { machine in
            if let failure { return machine.didFail(failure) }
            return machine.next(at: source.time.monotonicNanoseconds, ending: ending)
        }
    }

    private func event(_ read: ShardRead) async throws(ServiceError) -> SubscribeToShardEvent {
        var event = SubscribeToShardEvent(
            records: RecordList(read.records),
            millisBehindLatest: Int(read.millisBehindLatest)
        )
        if let next = read.next {
            event.continuationSequenceNumber =
                SequenceNumber(
                    before: next,
                    shard: source.shard,
                    stream: source.stream
                ).description
        } else {
            // The shard was closed after the subscription began.
            let stream = try await source.store.stream(name: source.stream.name)
            guard stream.id == source.stream.id else {
                throw ServiceError(.resourceNotFound, "Stream \(stream.name) was deleted.")
            }
            event.childShards = stream.children(of: source.shard).map(ChildShard.init)
            leave()
        }
        source.count(StreamMeter.Read(read, shard: source.shard))
        return event
    }

    private func write(_ message: SubscriptionMessage) -> ByteBuffer {
        var body = ByteBuffer()
        message.write(to: &body, format: source.format)
        return body
    }
}
