import Synchronization

/// Hands out the requests of a measurement: when each is due, and when there are no more.
///
/// With a rate the load is open: requests are due at fixed times whether the server keeps up or not, and one that begins
/// late because all connections were busy counts from when it was due. So a server that stalls cannot hide it. Without a rate
/// each connection sends one request after the other (closed loop).
final class LoadSchedule: Sendable {
    /// One request.
    struct Ticket: Equatable {
        /// From 0.
        var number: Int
        /// When it is due, in nanoseconds of the monotonic clock; nil when at once.
        var due: UInt64?
    }

    private let start: UInt64
    /// Nanoseconds from one request to the next.
    private let interval: Double?
    private let maximumCount: Int
    private let end: UInt64
    private let issued = Atomic(0)

    /// A schedule.
    ///
    /// - Parameters:
    ///   - start: When the first request is due, in nanoseconds of the monotonic clock.
    ///   - rate: Requests a second; nil for a closed loop.
    ///   - maximumCount: Requests, at most.
    ///   - duration: Nanoseconds after which none begins; nil for no end.
    init(start: UInt64, rate: Double?, maximumCount: Int?, duration: UInt64?) {
        self.start = start
        interval = rate.map { 1e9 / $0 }
        self.maximumCount = maximumCount ?? .max
        end = duration.map { start + $0 } ?? .max
    }

    /// The next request; nil when there are no more.
    func next(now: UInt64) -> Ticket? {
        let number = issued.add(1, ordering: .relaxed).oldValue
        guard number < maximumCount else { return nil }
        guard let interval else { return now < end ? Ticket(number: number) : nil }
        let due = start + UInt64(Double(number) * interval)
        return due < end ? Ticket(number: number, due: due) : nil
    }

    /// From when a request counts whose connection was free at `free` and that was sent at `sent`: a connection that waited
    /// for the time to come wakes up a little late, which is not the server's fault.
    static func beginning(of ticket: Ticket, free: UInt64, sent: UInt64) -> UInt64 {
        guard let due = ticket.due, due < free else { return sent }
        return due
    }
}
