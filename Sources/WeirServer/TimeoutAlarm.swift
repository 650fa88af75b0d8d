import NIOCore

/// The one timer of a connection or of a stream: rings when what is waited for has not come in time.
///
/// An alarm that is set is left alone unless it would ring too late: setting one anew for each request costs more than
/// one that rings for nothing now and then.
struct TimeoutAlarm<Kind: Hashable> {
    private var awaited: (kind: Kind, deadline: NIODeadline)?
    private var scheduled: (deadline: NIODeadline, task: Scheduled<Void>)?

    /// An alarm that is not set. What is waited for first may have a deadline that was set before.
    init(_ kind: Kind? = nil, deadline: NIODeadline? = nil) {
        if let kind, let deadline { awaited = (kind, deadline) }
    }

    /// Notes what is waited for now. Something else than before has its whole time from now on; the same goes on.
    mutating func update(
        _ kind: Kind?,
        on eventLoop: any EventLoop,
        amount: (Kind) -> TimeAmount,
        ring: @escaping () -> Void
    ) {
        if awaited?.kind != kind { awaited = kind.map { ($0, .now() + amount($0)) } }
        if let deadline = awaited?.deadline { schedule(deadline, on: eventLoop, ring) }
    }

    /// Gives what is waited for its whole time again, from the next ``update(_:on:amount:ring:)`` on, if it is this: there
    /// was progress.
    mutating func renew(_ kind: Kind) {
        if awaited?.kind == kind { awaited = nil }
    }

    /// To be called when the alarm rings. Returns whether what was waited for is late; otherwise the alarm is set again.
    mutating func isLate(on eventLoop: any EventLoop, ring: @escaping () -> Void) -> Bool {
        scheduled = nil
        guard let deadline = awaited?.deadline else { return false }
        guard deadline <= .now() else {
            schedule(deadline, on: eventLoop, ring)
            return false
        }
        awaited = nil
        return true
    }

    /// Rings no more.
    mutating func cancel() {
        awaited = nil
        scheduled?.task.cancel()
        scheduled = nil
    }

    private mutating func schedule(_ deadline: NIODeadline, on eventLoop: any EventLoop, _ ring: @escaping () -> Void) {
        if let scheduled, scheduled.deadline <= deadline { return }
        scheduled?.task.cancel()
        scheduled = (deadline, eventLoop.assumeIsolated().scheduleTask(deadline: deadline, ring))
    }
}
