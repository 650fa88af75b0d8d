import Testing

@testable import WeirLog

@Suite struct SyncStateMachineTests {
    private static let interval = LogDurability.interval(nanoseconds: 100)

    @Test func deadlineIsThatOfTheFirstWrite() {
        var machine = SyncStateMachine(durability: Self.interval)
        step(machine.didWrite(at: 10), .setTimer(110))
        step(machine.didWrite(at: 60), .none, "a later one does not move it")
        step(machine.timerRang(110, at: 110), .sync)
        step(machine.didWrite(at: 115), .none, "the sync is to come, and covers it")
        machine.didSync()
        step(machine.didWrite(at: 120), .setTimer(220))
    }

    @Test func timerOfAnEarlierSyncSetsTheNext() {
        var machine = SyncStateMachine(durability: Self.interval)
        step(machine.didWrite(at: 0), .setTimer(100))
        machine.didSync()
        step(machine.didWrite(at: 50), .none, "one timer is enough")
        step(machine.timerRang(100, at: 101), .setTimer(150))
        step(machine.timerRang(150, at: 150), .sync)
    }

    @Test func timerThatRingsEarlyOrForNothingDoesNoHarm() {
        var machine = SyncStateMachine(durability: Self.interval)
        _ = machine.didWrite(at: 0)
        step(machine.timerRang(100, at: 99), .setTimer(100))
        machine.didSync()
        step(machine.timerRang(100, at: 100), .none)
        step(machine.timerRang(100, at: 100), .none)
    }

    @Test func shorterIntervalHoldsForWhatIsOutstanding() {
        var machine = SyncStateMachine(durability: Self.interval)
        _ = machine.didWrite(at: 0)
        step(machine.setDurability(.interval(nanoseconds: 20), at: 5), .setTimer(20))
        step(machine.timerRang(20, at: 20), .sync)
        machine.didSync()
        step(machine.timerRang(100, at: 100), .none, "another took its place")
        _ = machine.didWrite(at: 200)
        step(machine.setDurability(.interval(nanoseconds: 5), at: 210), .sync)
    }

    @Test func longerIntervalPutsTheTimerOff() {
        var machine = SyncStateMachine(durability: Self.interval)
        _ = machine.didWrite(at: 0)
        step(machine.setDurability(.interval(nanoseconds: 300), at: 5), .none)
        step(machine.timerRang(100, at: 100), .setTimer(300))
        step(machine.setDurability(.interval(nanoseconds: .max), at: 5), .none, "no overflow")
    }

    @Test func alwaysSyncsAtOnce() {
        var machine = SyncStateMachine(durability: Self.interval)
        _ = machine.didWrite(at: 0)
        step(machine.setDurability(.always, at: 1), .sync)
        step(machine.setDurability(.always, at: 2), .none)
        step(machine.didWrite(at: 3), .none, "an append that was under way: the sync is to come")
        machine.didSync()
        step(machine.timerRang(100, at: 100), .none)
    }

    @Test func stoppedLogSyncsNoMore() {
        var machine = SyncStateMachine(durability: Self.interval)
        _ = machine.didWrite(at: 0)
        machine.stop()
        step(machine.timerRang(100, at: 100), .none)
        step(machine.setDurability(.always, at: 100), .none)
    }

    private func step(_ action: SyncStateMachine.Action, _ expected: SyncStateMachine.Action, _ comment: Comment? = nil)
    {
        #expect(action == expected, comment)
    }
}
