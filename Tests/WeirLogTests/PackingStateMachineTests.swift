import Synchronization
import Testing

@testable import WeirLog

@Suite struct PackingStateMachineTests {
    private func machine(_ compression: LogCompression = .zstd) -> PackingStateMachine {
        PackingStateMachine(compression: compression, pause: 100)
    }

    @Test func oneTurnIsTakenAtATimeUntilNothingIsLeft() {
        var machine = machine()
        #expect(machine.didOpen() == .takeTurn)
        #expect(!machine.isIdle)
        #expect(machine.didSeal() == .none, "it waits for a turn already")
        #expect(machine.begin() == true)
        #expect(machine.end(.settled, at: 1) == .takeTurn)
        #expect(machine.begin() == true)
        #expect(machine.end(.nothingLeft, at: 2) == .none)
        #expect(machine.isIdle)
        #expect(machine.didSeal() == .takeTurn)
    }

    @Test func whatIsSealedDuringATurnIsNotForgotten() {
        var machine = machine()
        #expect(machine.didOpen() == .takeTurn)
        #expect(machine.begin() == true)
        #expect(machine.didSeal() == .none)
        #expect(machine.end(.nothingLeft, at: 1) == .takeTurn)
    }

    @Test func afterAFailureItWaits() {
        var machine = machine()
        #expect(machine.didOpen() == .takeTurn)
        #expect(machine.begin() == true)
        #expect(machine.end(.failed, at: 5) == .setTimer(105))
        #expect(machine.isIdle)
        #expect(machine.didSeal() == .none, "on a full disk another segment helps nobody")
        #expect(machine.timerRang(77) == .none)
        #expect(machine.timerRang(105) == .takeTurn)
        #expect(machine.begin() == true)
        #expect(machine.end(.failed, at: .max) == .setTimer(.max))
    }

    @Test func nothingIsDoneWhereNothingIsToBePacked() {
        var machine = machine(.none)
        #expect(machine.didOpen() == .none)
        #expect(machine.didSeal() == .none)
        #expect(machine.setCompression(.none) == .none)
        #expect(machine.setCompression(.zstd) == .takeTurn, "what was sealed before is packed too")
        #expect(machine.compression == .zstd)
    }

    @Test func switchedOffItGivesItsTurnUp() {
        var machine = machine()
        #expect(machine.didOpen() == .takeTurn)
        #expect(machine.setCompression(.none) == .none)
        #expect(!machine.isWanted)
        #expect(machine.begin() == false)
        #expect(machine.end(nil, at: 1) == .none)
        #expect(machine.isIdle)
        #expect(machine.setCompression(.zstd) == .takeTurn)
        // In the middle of one.
        #expect(machine.begin() == true)
        #expect(machine.setCompression(.none) == .none)
        #expect(machine.end(nil, at: 2) == .none)
        #expect(machine.setCompression(.zstd) == .takeTurn)
    }

    @Test func stoppedItDoesNothingMore() {
        var machine = machine()
        #expect(machine.didOpen() == .takeTurn)
        machine.stop()
        #expect(machine.begin() == false)
        #expect(machine.end(nil, at: 1) == .none)
        #expect(machine.didSeal() == .none)
        #expect(machine.setCompression(.none) == .none)
        #expect(machine.setCompression(.zstd) == .none)
        var failed = self.machine()
        #expect(failed.didOpen() == .takeTurn)
        #expect(failed.begin() == true)
        failed.stop()
        #expect(failed.end(.failed, at: 1) == .none)
    }

    @Test func turnsPassOnInTheirOrderAndOverThoseThatAreNotUsed() {
        let turns = PackingTurns()
        let begun = Mutex<[Int]>([])
        for number in 0..<5 {
            turns.take {
                begun.withLock { $0.append(number) }
                return number != 2
            }
        }
        #expect(begun.withLock(\.self) == [0])
        turns.giveBack()
        #expect(begun.withLock(\.self) == [0, 1])
        turns.giveBack()
        #expect(begun.withLock(\.self) == [0, 1, 2, 3])
        turns.giveBack()
        turns.giveBack()
        #expect(begun.withLock(\.self) == [0, 1, 2, 3, 4])
        // One that is not used leaves the next free.
        turns.take { false }
        turns.take {
            begun.withLock { $0.append(9) }
            return true
        }
        #expect(begun.withLock(\.self).last == 9)
    }
}
