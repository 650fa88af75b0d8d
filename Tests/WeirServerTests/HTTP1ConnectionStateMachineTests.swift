import Testing

@testable import WeirServer

@Suite struct HTTP1ConnectionStateMachineTests {
    typealias Machine = HTTP1ConnectionStateMachine

    private func machine(maximumBodyBytes: Int = 100) -> Machine { Machine(maximumBodyBytes: maximumBodyBytes) }

    /// A machine whose first request is being performed.
    private func performing(keepsAlive: Bool = true) -> Machine {
        var machine = machine()
        machine.bytesArrived()
        _ = machine.headArrived(declaredBodyBytes: 2, expectsContinue: false, keepsAlive: keepsAlive)
        _ = machine.bodyArrived(count: 2)
        #expect(machine.endArrived() == .perform)
        return machine
    }

    @Test func requestsFollowOneAnother() {
        var machine = performing()
        #expect(machine.isBusy)
        #expect(machine.timeout == nil)
        #expect(machine.beginAnswer() == false)
        machine.answered(isWritable: true)
        #expect(!machine.isBusy)
        #expect(machine.timeout == nil, "an idle connection may stay")
        machine.bytesArrived()
        #expect(machine.timeout == .requestHead)
        #expect(machine.headArrived(declaredBodyBytes: nil, expectsContinue: false, keepsAlive: true) == .none)
        #expect(machine.timeout == .requestBody)
        #expect(machine.endArrived() == .perform)
    }

    @Test func theFirstRequestMustComeSoon() {
        var machine = machine()
        #expect(machine.timeout == .requestHead)
        #expect(machine.timedOut() == .close)
        #expect(machine.timeout == nil)
    }

    @Test func slowRequestsAreRefused() {
        var head = machine()
        head.bytesArrived()
        #expect(head.timedOut() == .refuse(.timedOut))
        #expect(head.finished() == .close)

        var body = machine()
        _ = body.headArrived(declaredBodyBytes: 5, expectsContinue: false, keepsAlive: true)
        #expect(body.timedOut() == .refuse(.timedOut))
        #expect(body.finished() == .close)
    }

    @Test func continueIsSentOnlyForBodiesThatWillBeTaken() {
        var machine = machine()
        #expect(machine.headArrived(declaredBodyBytes: 100, expectsContinue: true, keepsAlive: true) == .sendContinue)
        var other = self.machine()
        #expect(
            other.headArrived(declaredBodyBytes: 101, expectsContinue: true, keepsAlive: true)
                == .refuse(.bodyTooLarge(maximumBytes: 100))
        )
    }

    @Test(arguments: [[100], [50, 50], [99, 1]])
    func bodiesUpToTheLimitAreTaken(parts: [Int]) {
        var machine = machine()
        _ = machine.headArrived(declaredBodyBytes: nil, expectsContinue: false, keepsAlive: true)
        for part in parts { #expect(machine.bodyArrived(count: part) == .keep) }
        #expect(machine.endArrived() == .perform)
    }

    @Test(arguments: [[101], [50, 51], [100, 1]])
    func bodiesOverTheLimitAreRefusedAndTheRestIsDropped(parts: [Int]) {
        var machine = machine()
        _ = machine.headArrived(declaredBodyBytes: nil, expectsContinue: false, keepsAlive: true)
        let actions = parts.map { machine.bodyArrived(count: $0) }
        #expect(actions.last == .refuse(.bodyTooLarge(maximumBytes: 100)))
        #expect(machine.timeout == .responseWrite)
        #expect(machine.bodyArrived(count: 1000) == .drop, "while the answer is written")
        #expect(machine.endArrived() == .none)
        #expect(machine.headArrived(declaredBodyBytes: 0, expectsContinue: false, keepsAlive: true) == .none)
        #expect(machine.finished() == .linger)
        #expect(machine.timeout == .linger)
        #expect(machine.bodyArrived(count: 1000) == .drop, "while the client has not noticed")
        #expect(machine.inputClosed() == .close)
        #expect(machine.bodyArrived(count: 1000) == .drop, "once closed")
    }

    @Test func theBodyOfARequestThatIsRefusedByItsHeadIsDropped() {
        var machine = machine()
        let refusal = RequestRefusal.bodyTooLarge(maximumBytes: 100)
        #expect(
            machine.headArrived(declaredBodyBytes: 8_000_000_000, expectsContinue: false, keepsAlive: true)
                == .refuse(refusal)
        )
        #expect(machine.bodyArrived(count: 50) == .drop)
        #expect(machine.finished() == .linger)
        for _ in 0..<1000 { #expect(machine.bodyArrived(count: 1 << 20) == .drop) }
    }

    @Test func lingeringEnds() {
        var machine = machine()
        #expect(machine.couldNotParse(.malformed) == .refuse(.malformed))
        #expect(machine.couldNotParse(.malformed) == .none, "one answer is enough")
        #expect(machine.finished() == .linger)
        #expect(machine.timedOut() == .close)
    }

    @Test func theLastAnswerEndsTheConnection() {
        var machine = performing(keepsAlive: false)
        #expect(machine.beginAnswer() == true)
        machine.answered(isWritable: true)
        #expect(machine.timeout == .responseWrite)
        #expect(machine.finished() == .close)
    }

    @Test func aClientThatSendsNoMoreStillGetsItsAnswer() {
        var machine = performing()
        #expect(machine.inputClosed() == .none)
        #expect(machine.beginAnswer() == true)
        machine.answered(isWritable: true)
        #expect(machine.finished() == .close)
    }

    @Test func aClientThatSendsNoMoreBetweenRequestsIsLeft() {
        var idle = machine()
        #expect(idle.inputClosed() == .close)
        var receiving = machine()
        _ = receiving.headArrived(declaredBodyBytes: 5, expectsContinue: false, keepsAlive: true)
        #expect(receiving.inputClosed() == .close)
    }

    @Test func aSlowReaderHoldsBackTheNextRequestForALimitedTime() {
        var machine = performing()
        #expect(machine.beginAnswer() == false)
        machine.answered(isWritable: false)
        #expect(machine.isBusy)
        #expect(machine.timeout == .responseWrite)
        #expect(machine.becameWritable() == .none)
        #expect(!machine.isBusy)

        var stuck = performing()
        #expect(stuck.beginAnswer() == false)
        stuck.answered(isWritable: false)
        #expect(stuck.timedOut() == .close)
    }

    @Test func aShutdownClosesIdleConnectionsAtOnce() {
        var idle = machine()
        #expect(idle.shutDown() == .close)
        var second = performing()
        #expect(second.beginAnswer() == false)
        second.answered(isWritable: true)
        #expect(second.shutDown() == .close)
        var beginning = machine()
        beginning.bytesArrived()
        #expect(beginning.shutDown() == .close)
    }

    @Test func aShutdownWaitsForTheRequestInFlight() {
        var machine = performing()
        #expect(machine.shutDown() == .none)
        #expect(machine.beginAnswer() == true)
        machine.answered(isWritable: true)
        #expect(machine.finished() == .close)

        var receiving = self.machine()
        _ = receiving.headArrived(declaredBodyBytes: 5, expectsContinue: false, keepsAlive: true)
        #expect(receiving.shutDown() == .none)
        #expect(receiving.endArrived() == .perform)
        #expect(receiving.beginAnswer() == true)

        var writing = performing()
        #expect(writing.beginAnswer() == false)
        writing.answered(isWritable: false)
        #expect(writing.shutDown() == .none)
        #expect(writing.becameWritable() == .close)
    }

    @Test func nothingHappensOnAClosedConnection() {
        var machine = performing()
        machine.closed()
        #expect(machine.beginAnswer() == true)
        machine.answered(isWritable: true)
        #expect(machine.becameWritable() == .none)
        #expect(machine.finished() == .none)
        #expect(machine.inputClosed() == .none)
        #expect(machine.shutDown() == .none)
        #expect(machine.timedOut() == .none)
        #expect(machine.couldNotParse(.malformed) == .none)
        #expect(machine.bodyArrived(count: 1) == .drop)
        #expect(machine.endArrived() == .none)
        #expect(machine.headArrived(declaredBodyBytes: nil, expectsContinue: true, keepsAlive: true) == .none)
        #expect(machine.timeout == nil)
    }
}
