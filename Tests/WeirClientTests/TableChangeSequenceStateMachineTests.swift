import Testing
import WeirModel
import WeirWire

@testable import WeirClient

@Suite struct TableChangeSequenceStateMachineTests {
    private typealias Machine = TableChangeSequenceStateMachine

    private let change = ChangedItem(key: ["k": .string("a")], newImage: nil)

    private func machine() -> Machine { Machine(policy: RetryPolicy()) }

    private func connection(_ action: Machine.Action) -> (cursor: String?, pause: Duration)? {
        guard case .connect(let cursor, let pause) = action else { return nil }
        return (cursor, pause)
    }

    private func event(_ action: Machine.Action) -> TableChangeEvent? {
        guard case .give(let event) = action else { return nil }
        return event
    }

    private func isRead(_ action: Machine.Action) -> Bool { if case .read = action { true } else { false } }

    private func error(_ action: Machine.Action) -> ServiceError? {
        guard case .fail(let error) = action else { return nil }
        return error
    }

    @Test func itBeginsWithoutACursorAndGoesOnWithTheLast() throws {
        var machine = machine()
        let first = try #require(connection(machine.begin()))
        #expect(first.cursor == nil)
        #expect(first.pause == .zero)
        #expect(isRead(machine.received(.initialResponse, jitter: 0.5)))
        #expect(event(machine.received(.scanAgain(.init(cursor: "a")), jitter: 0.5)) == .scanAgain)
        let told = machine.received(.changes(.init(cursor: "b", changes: [change])), jitter: 0.5)
        #expect(event(told) == .changes([change]))
        #expect(isRead(machine.received(.heartbeat(.init(cursor: "c")), jitter: 0.5)))
        // The server's time was up: there is no reason to wait.
        let next = try #require(connection(machine.ended(jitter: 0.5)))
        #expect(next.cursor == "c")
        #expect(next.pause == .zero)
    }

    @Test func aServerThatIsAwayIsAskedLessAndLessOften() throws {
        var machine = machine()
        _ = machine.received(.heartbeat(.init(cursor: "c")), jitter: 1)
        _ = machine.ended(jitter: 1)
        var pauses: [Duration] = []
        for number in 0..<20 {
            // Also one that takes connections and ends them without a word.
            let action =
                number.isMultiple(of: 2)
                ? machine.failed(ServiceError(.connectionFailure, ""), jitter: 1) : machine.ended(jitter: 1)
            let (cursor, pause) = try #require(connection(action))
            #expect(cursor == "c")
            pauses.append(pause)
        }
        #expect(pauses == pauses.sorted())
        #expect(pauses[0] > .zero)
        #expect(pauses[19] == RetryPolicy().maximumDelay)
        // A message that says something ends the row of failures.
        _ = machine.received(.initialResponse, jitter: 1)
        #expect(connection(machine.failed(ServiceError(.timeout, ""), jitter: 1))?.pause == RetryPolicy().maximumDelay)
        _ = machine.received(.heartbeat(.init(cursor: "d")), jitter: 1)
        #expect(connection(machine.failed(ServiceError(.timeout, ""), jitter: 1))?.pause == RetryPolicy().baseDelay)
    }

    @Test(arguments: [
        ServiceError.Code.resourceNotFound, .accessDenied, .validation, .limitExceeded, .cancelled, .clientShutDown,
        .notSupported,
    ])
    func whatDoesNotPassEndsIt(code: ServiceError.Code) {
        var machine = machine()
        #expect(error(machine.failed(ServiceError(code, ""), jitter: 1))?.code == code)
        #expect(error(machine.received(.exception(ServiceError(code, "")), jitter: 1))?.code == code)
    }

    @Test func aServiceThatDoesNotKnowTheActionDoesNotSupportIt() {
        var machine = machine()
        #expect(error(machine.failed(ServiceError(.unknownOperation, ""), jitter: 1))?.code == .notSupported)
    }

    @Test(arguments: [ServiceError.Code.internalFailure, .throttling, .malformedResponse, .serviceUnavailable])
    func whatMayPassIsTriedAgain(code: ServiceError.Code) {
        var machine = machine()
        #expect(connection(machine.failed(ServiceError(code, ""), jitter: 1)) != nil)
        #expect(connection(machine.received(.exception(ServiceError(code, "")), jitter: 1)) != nil)
    }
}
