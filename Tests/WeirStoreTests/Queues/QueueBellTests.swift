import Testing

@testable import WeirStore

@Suite struct QueueBellTests {
    /// A bell at which some wait until their deadlines.
    private func parked(until deadlines: [UInt64]) -> QueueBellStateMachine {
        var bell = QueueBellStateMachine()
        for (id, deadline) in zip(UInt64(1)..., deadlines) {
            let wake = bell.park(id, since: 0, until: deadline, at: 0)
            #expect(wake == nil)
        }
        return bell
    }

    @Test func `each ring wakes the one who has waited for longest`() {
        var bell = parked(until: [100, 50])
        #expect(bell.waitingCount == 2 && bell.isWaitedFor)
        let woken = [bell.ring(), bell.ring(), bell.ring()]
        #expect(woken == [1, 2, nil])
        #expect(!bell.isWaitedFor)
    }

    @Test func `who looked before a ring looks again`() {
        var bell = QueueBellStateMachine()
        _ = bell.ring()
        let (late, early) = (bell.park(1, since: 0, until: 100, at: 0), bell.park(1, since: 1, until: 100, at: 0))
        #expect(late == .rung && early == nil)
        let over = bell.park(2, since: 1, until: 40, at: 40)
        #expect(over == .timedOut)
    }

    @Test func `those whose time is over go, and no others`() {
        var bell = parked(until: [30, 10, 20, 10])
        #expect(bell.nextDeadline == 10)
        let none = bell.expire(at: 9)
        let first = bell.expire(at: 10)
        #expect(none.isEmpty && first == [2, 4])
        #expect(bell.nextDeadline == 20)
        let rest = bell.expire(at: 40)
        #expect(rest == [1, 3])
        #expect(bell.nextDeadline == nil)
        let wake = bell.park(5, since: 0, until: 90, at: 40)
        #expect(wake == nil && bell.nextDeadline == 90)
    }

    @Test func `the deadline of one who has gone is looked at once`() throws {
        var bell = parked(until: [10, 20])
        let cancelled = [bell.cancel(1), bell.cancel(1)]
        #expect(cancelled == [true, false])
        // The alarm may ring for it; then it is forgotten.
        #expect(try #require(bell.nextDeadline) <= 20)
        let over = bell.expire(at: 10)
        #expect(over.isEmpty)
        #expect(bell.nextDeadline == 20)
        let closed = bell.close()
        #expect(closed == [2] && bell.nextDeadline == nil)
        let wake = bell.park(3, since: 0, until: 90, at: 10)
        #expect(wake == .timedOut)
    }
}
