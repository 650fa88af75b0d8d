import Testing
import WeirModel
import WeirStore
import WeirWire

@testable import WeirTables

@Suite struct TableWatchStateMachineTests {
    private static let limits = TableWatchStateMachine.Limits(lifetime: 100, heartbeat: 10)
    private let cursor = TableCursor("c")
    private let change = ChangedItem(key: ["k": .string("a")], newImage: nil)

    private func machine(_ first: TableChanges? = nil) -> TableWatchStateMachine {
        TableWatchStateMachine(first ?? .scanAgain(next: cursor), at: 0, limits: Self.limits)
    }

    private func isInitialResponse(_ step: TableWatchStateMachine.Step) -> Bool {
        if case .message(.initialResponse) = step { true } else { false }
    }

    private func isFinish(_ step: TableWatchStateMachine.Step) -> Bool {
        if case .finish = step { true } else { false }
    }

    @Test func whatTheFirstReadHasFoundIsTold() {
        var machine = machine(.changes([change], next: cursor))
        #expect(isInitialResponse(machine.next(at: 0, ending: nil)))
        guard case .message(.changes(let event)) = machine.next(at: 0, ending: nil) else {
            Issue.record("no changes")
            return
        }
        #expect(event == WatchTable.Event(cursor: "c", changes: [change]))
        guard case .read(cursor) = machine.next(at: 0, ending: nil) else {
            Issue.record("no read")
            return
        }
    }

    @Test func aFirstReadWithoutChangesWaits() {
        var machine = machine(.changes([], next: cursor))
        #expect(isInitialResponse(machine.next(at: 3, ending: nil)))
        guard case .wait(cursor, nanoseconds: 7) = machine.next(at: 3, ending: nil) else {
            Issue.record("no wait")
            return
        }
    }

    @Test func theWaitEndsWithTheNextHeartbeatOrTheLifetime() {
        var machine = machine()
        _ = machine.next(at: 0, ending: nil)
        _ = machine.next(at: 5, ending: nil)
        guard case .wait(cursor, nanoseconds: 10) = machine.didRead(.changes([], next: cursor), at: 5),
            case .wait(cursor, nanoseconds: 1) = machine.didRead(.changes([], next: cursor), at: 14),
            case .message(.heartbeat(let event)) = machine.didRead(.changes([], next: cursor), at: 15)
        else {
            Issue.record("no wait and heartbeat")
            return
        }
        #expect(event == WatchTable.Event(cursor: "c"))
        // A message puts the next heartbeat off.
        _ = machine.didRead(.changes([change], next: cursor), at: 92)
        guard case .wait(cursor, nanoseconds: 7) = machine.didRead(.changes([], next: cursor), at: 93) else {
            Issue.record("no wait")
            return
        }
        #expect(isFinish(machine.next(at: 100, ending: nil)))
        #expect(isFinish(machine.next(at: 0, ending: nil)))
    }

    @Test(arguments: [TableWatchEnding.serverStopped, .cancelled])
    func anEndingEndsIt(ending: TableWatchEnding) {
        var machine = machine()
        _ = machine.next(at: 0, ending: nil)
        #expect(isFinish(machine.next(at: 0, ending: ending)))
        #expect(isFinish(machine.next(at: 0, ending: nil)))
    }

    @Test func anErrorIsTheLastMessage() {
        var machine = machine()
        guard case .message(.exception(let error)) = machine.didFail(ServiceError(.resourceNotFound, "gone")) else {
            Issue.record("no exception")
            return
        }
        #expect(error.message == "gone")
        #expect(isFinish(machine.next(at: 0, ending: nil)))
        var closed = self.machine()
        #expect(isFinish(closed.didFail(ServiceError(.serviceUnavailable, "closed"))))
    }
}
