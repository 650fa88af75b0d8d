import Synchronization
import WeirModel

/// The meters of the streams of one region, by their names.
///
/// Their number is bounded: streams beyond it are counted together.
public final class StreamMeters: Sendable {
    /// What stands for all streams, or consumers, that have no meter of their own; no name has parentheses.
    public static let others = "(other)"

    private let meters = Mutex<[String: StreamMeter]>([:])
    private let maximumCount: Int

    /// Meters of so many streams, at most.
    public init(maximumCount: Int = Limits.maximumMeteredStreamCount) { self.maximumCount = maximumCount }

    /// The meter of a stream that there is; it is made when it is first asked for.
    public func meter(of stream: String) -> StreamMeter {
        meters.withLock { meters in
            if let meter = meters[stream] { return meter }
            let others = meters[Self.others] == nil ? 0 : 1
            let name = meters.count - others < maximumCount ? stream : Self.others
            if let meter = meters[name] { return meter }
            let meter = StreamMeter(isShared: name == Self.others)
            meters[name] = meter
            return meter
        }
    }

    /// Forgets the streams that are not among those that there are.
    public func keep(_ streams: Set<String>) {
        meters.withLock { meters in meters = meters.filter { streams.contains($0.key) || $0.key == Self.others } }
    }

    /// The meters of streams that have one of their own.
    public var ofStreams: [(stream: String, meter: StreamMeter)] {
        meters.withLock { $0 }.filter { $0.key != Self.others }.map { ($0.key, $0.value) }
    }

    /// What was counted, by ascending names.
    public var snapshot: [(stream: String, counts: StreamCounts)] {
        meters.withLock { $0 }.sorted { $0.key < $1.key }.map { ($0.key, $0.value.snapshot) }
    }
}
