import Synchronization
import WeirModel

/// The wait of a call for something to answer with: a client of GetRecords asks for it, so that it need not ask again and
/// again. It ends with a record, with its time, or when nobody waits for the answer any more.
///
/// A client asks by the header `x-weir-wait-milliseconds`. The header `x-weir-waited-milliseconds` of an answer says that the
/// service waits, and how long it did; without it the service does not know of waiting, or has no room for it now.
public final class CallWait: Sendable {
    /// The header by which a client asks: milliseconds, 1 or more.
    public static let requestHeader = "x-weir-wait-milliseconds"
    /// The header of the answer: whole milliseconds, rounded up.
    public static let responseHeader = "x-weir-waited-milliseconds"

    /// How long the call may wait.
    public let longest: Duration
    private let end = ReplyStreamEnd<Void>()
    /// How long it waited, in nanoseconds; negative while no service has let it wait.
    private let nanoseconds = Atomic<Int64>(-1)

    /// A call that may wait so long, but no longer than a service lets it.
    public init(longest: Duration) {
        self.longest = min(longest, .seconds(Limits.maximumReadWaitInSeconds))
    }

    /// What a client asked for in a header's value; nil when it is none that asks for a wait.
    public convenience init?(header: String) {
        guard header.utf8.count <= 18, let milliseconds = Int64(header), milliseconds > 0 else { return nil }
        self.init(longest: .milliseconds(milliseconds))
    }

    /// How long the call waited; nil when the service does not wait.
    public var waited: Duration? {
        let nanoseconds = nanoseconds.load(ordering: .acquiring)
        return nanoseconds < 0 ? nil : .nanoseconds(nanoseconds)
    }

    /// How long the call waited, in nanoseconds; 0 also when the service does not wait.
    public var waitedNanoseconds: UInt64 { UInt64(max(0, nanoseconds.load(ordering: .acquiring))) }

    /// The value of the header of the answer; nil when the service does not wait.
    public var responseValue: String? {
        let nanoseconds = nanoseconds.load(ordering: .acquiring)
        return nanoseconds < 0 ? nil : String((nanoseconds + 999_999) / 1_000_000)
    }

    /// There is something to answer with already.
    public func isNotNeeded() { nanoseconds.store(0, ordering: .releasing) }

    /// Nobody waits for the answer any more, or the server stops: the call is answered with what there is.
    public func cancel() { end.end(()) }

    /// Waits until `isReady` returns or throws, the time is over, or nobody needs the answer any more. Throws what `isReady`
    /// threw, when that came first.
    ///
    /// - Parameters:
    ///   - isReady: Returns when there is something to answer with, and when it is cancelled.
    ///   - sleep: Returns when the time is over, and throws when it is cancelled.
    ///   - monotonicNanoseconds: The clock by which the wait is measured.
    public func wait(
        until isReady: @escaping @Sendable () async throws(ServiceError) -> Void,
        sleep: @escaping @Sendable (Duration) async throws -> Void,
        monotonicNanoseconds: () -> UInt64
    ) async throws(ServiceError) {
        let began = monotonicNanoseconds()
        let longest = longest
        let failure = await end.wait(or: isReady) { try await sleep(longest) }
        nanoseconds.store(Int64(clamping: monotonicNanoseconds() - began), ordering: .releasing)
        if let failure { throw failure }
    }
}
