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
        #expect(machine.written() == .none)
        machine.answered(isWritable: true)
        #expect(!machine.isBusy)
        #expect(machine.timeout == .idle, "the next request has more time than the first")
        machine.bytesArrived()
        #expect(machine.timeout == .requestHead)
        #expect(machine.headArrived(declaredBodyBytes: nil, expectsContinue: false, keepsAlive: true) == .none)
        #expect(machine.timeout == .requestBody)
        #expect(machine.endArrived() == .perform)
    }

    @Test func aRequestThatBeganWhileTheLastOneWasPerformedMustGoOnSoon() {
        for isWritable in [true, false] {
            var machine = performing()
            machine.bytesArrived()
            #expect(machine.timeout == nil)
            #expect(machine.beginAnswer() == false)
            #expect(machine.written() == .none)
            machine.answered(isWritable: isWritable)
            machine.becameWritable()
            #expect(machine.timeout == .requestHead)
            #expect(machine.headArrived(declaredBodyBytes: nil, expectsContinue: false, keepsAlive: true) == .none)
            #expect(machine.endArrived() == .perform)
            #expect(machine.beginAnswer() == false)
            #expect(machine.written() == .none)
            machine.answered(isWritable: true)
            #expect(machine.timeout == .idle, "nothing came since")
        }
    }

    @Test func theFirstRequestMustComeSoon() {
        var machine = machine()
        #expect(machine.timeout == .requestHead)
        #expect(machine.timedOut() == .close)
        #expect(machine.timeout == nil)
    }

    @Test func aConnectionThatIsNotUsedIsClosed() {
        var machine = performing()
        #expect(machine.beginAnswer() == false)
        #expect(machine.written() == .none)
        machine.answered(isWritable: true)
        #expect(machine.timedOut() == .close)
        #expect(machine.timeout == nil)
    }

    @Test func aBodyThatTheServerHoldsBackIsToldToComeAgain() {
        var machine = machine()
        _ = machine.headArrived(declaredBodyBytes: 5, expectsContinue: false, keepsAlive: true)
        #expect(machine.timedOut(isHeld: true) == .refuse(.overloaded))
        #expect(machine.written() == .linger, "what was not read is read before the connection is closed")
    }

    @Test func slowRequestsAreRefused() {
        var head = machine()
        head.bytesArrived()
        #expect(head.timedOut() == .refuse(.timedOut))
        #expect(head.written() == .close)

        var body = machine()
        _ = body.headArrived(declaredBodyBytes: 5, expectsContinue: false, keepsAlive: true)
        #expect(body.timedOut() == .refuse(.timedOut))
        #expect(body.written() == .close)
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
        #expect(machine.written() == .linger)
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
        #expect(machine.written() == .linger)
        for _ in 0..<1000 { #expect(machine.bodyArrived(count: 1 << 20) == .drop) }
    }

    @Test func lingeringEnds() {
        var machine = machine()
        #expect(machine.couldNotParse(.malformed) == .refuse(.malformed))
        #expect(machine.couldNotParse(.malformed) == .none, "one answer is enough")
        #expect(machine.written() == .linger)
        #expect(machine.timedOut() == .close)
    }

    @Test func theLastAnswerEndsTheConnection() {
        var machine = performing(keepsAlive: false)
        #expect(machine.beginAnswer() == true)
        machine.answered(isWritable: true)
        #expect(machine.timeout == .responseWrite)
        #expect(machine.written() == .close)
    }

    @Test func aClientThatSendsNoMoreStillGetsItsAnswer() {
        var machine = performing()
        #expect(machine.inputClosed() == .none)
        #expect(machine.beginAnswer() == true)
        machine.answered(isWritable: true)
        #expect(machine.written() == .close)
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
        machine.becameWritable()
        #expect(!machine.isBusy)
        #expect(machine.timeout == .responseWrite, "the rest of the answer is still on its way")
        #expect(machine.written() == .none)
        #expect(machine.timeout == .idle)

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
        #expect(second.written() == .none)
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
        #expect(machine.written() == .close)

        var receiving = self.machine()
        _ = receiving.headArrived(declaredBodyBytes: 5, expectsContinue: false, keepsAlive: true)
        #expect(receiving.shutDown() == .none)
        #expect(receiving.endArrived() == .perform)
        #expect(receiving.beginAnswer() == true)
    }

    /// What ends a connection from outside.
    enum Ending: CaseIterable {
        case shutDown
        case inputClosed

        func end(_ machine: inout Machine) -> Machine.Action {
            switch self {
            case .shutDown: machine.shutDown()
            case .inputClosed: machine.inputClosed()
            }
        }
    }

    @Test(arguments: Ending.allCases, [true, false])
    func anAnswerIsWrittenWholeBeforeTheConnectionIsClosed(ending: Ending, isWritable: Bool) {
        var machine = performing()
        #expect(machine.beginAnswer() == false)
        machine.answered(isWritable: isWritable)
        #expect(ending.end(&machine) == .none)
        #expect(!machine.isBusy)
        #expect(machine.timeout == .responseWrite)
        machine.becameWritable()
        #expect(machine.timeout == .responseWrite)
        #expect(machine.headArrived(declaredBodyBytes: 1, expectsContinue: false, keepsAlive: true) == .none)
        #expect(machine.written() == .close)

        var stuck = performing()
        #expect(stuck.beginAnswer() == false)
        stuck.answered(isWritable: isWritable)
        #expect(ending.end(&stuck) == .none)
        #expect(stuck.timedOut() == .close)
    }

    @Test func theLastOfSeveralAnswersEndsTheConnection() {
        var machine = performing()
        #expect(machine.beginAnswer() == false)
        machine.answered(isWritable: true)
        #expect(machine.couldNotParse(.malformed) == .refuse(.malformed))
        #expect(machine.written() == .none, "the error is still to be written")
        #expect(machine.written() == .linger)
    }

    // MARK: Answers that are made while they are read

    /// A machine that writes such an answer, whose head has reached the socket.
    private func streaming(keepsAlive: Bool = true) -> Machine {
        var machine = performing(keepsAlive: keepsAlive)
        #expect(machine.beginStream(endsWithConnection: false) == !keepsAlive)
        #expect(machine.timeout == .responseWrite, "the head must be read")
        #expect(machine.written() == .none)
        return machine
    }

    @Test func aStreamHasAllTheTimeItWantsBetweenPieces() {
        var machine = streaming()
        #expect(machine.isBusy)
        #expect(machine.timeout == nil)
        #expect(!machine.mustEndStream)
        machine.partHandedOver()
        #expect(machine.timeout == .responseWrite)
        #expect(machine.written() == .none)
        #expect(machine.timeout == nil)
        machine.endedStream(isWritable: true)
        #expect(!machine.isBusy)
        #expect(machine.timeout == .responseWrite)
        #expect(machine.written() == .none)
        #expect(machine.timeout == .idle)
    }

    @Test func theNextRequestWaitsForAClientThatIsSlowToReadAStream() {
        var machine = streaming()
        machine.endedStream(isWritable: false)
        #expect(machine.isBusy)
        machine.becameWritable()
        #expect(!machine.isBusy)
    }

    @Test(arguments: [true, false])
    func aStreamMayBeTheLastAnswer(endsWithConnection: Bool) {
        var machine = performing(keepsAlive: endsWithConnection)
        #expect(machine.beginStream(endsWithConnection: endsWithConnection) == true)
        #expect(machine.written() == .none)
        machine.endedStream(isWritable: true)
        #expect(machine.timeout == .responseWrite)
        #expect(machine.written() == .close)
    }

    @Test func aReaderOfAStreamThatDoesNotReadIsLeft() {
        var machine = streaming()
        machine.partHandedOver()
        #expect(machine.timedOut() == .close)
        machine.endedStream(isWritable: true)
        #expect(machine.written() == .none)
        #expect(machine.timeout == nil)
    }

    @Test(arguments: Ending.allCases)
    func aStreamIsEndedBeforeItsEnd(ending: Ending) {
        var machine = streaming()
        #expect(ending.end(&machine) == .endStream)
        #expect(machine.mustEndStream)
        machine.endedStream(isWritable: true)
        #expect(machine.written() == .close)

        // One that begins too late.
        var late = performing()
        #expect(ending.end(&late) == .none)
        #expect(late.beginStream(endsWithConnection: false) == true)
        #expect(late.mustEndStream)
    }

    @Test func nothingHappensOnAClosedConnection() {
        var machine = performing()
        machine.closed()
        #expect(machine.beginAnswer() == true)
        #expect(machine.beginStream(endsWithConnection: false) == true)
        #expect(!machine.mustEndStream)
        machine.endedStream(isWritable: true)
        machine.answered(isWritable: true)
        machine.becameWritable()
        #expect(machine.written() == .none)
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
