import Testing
import WeirModel

@testable import WeirServer

@Suite struct HTTP2ConnectionStateMachineTests {
    typealias Machine = HTTP2ConnectionStateMachine

    @Test func theFirstRequestMustComeSoonAndTheNextHaveMoreTime() {
        var machine = Machine()
        #expect(machine.timeout == .firstRequest)
        machine.streamOpened()
        machine.streamOpened()
        #expect(machine.timeout == nil)
        #expect(machine.streamClosed() == .none)
        #expect(machine.timeout == nil)
        #expect(machine.streamClosed() == .none)
        #expect(machine.timeout == .idle)
    }

    /// What begins the end of a connection that can be told of it.
    enum Occasion: CaseIterable {
        case shutDown
        case timedOut

        func end(_ machine: inout Machine) -> Machine.Action {
            switch self {
            case .shutDown: machine.shutDown()
            case .timedOut: machine.timedOut()
            }
        }
    }

    @Test(arguments: Occasion.allCases, [true, false])
    func aConnectionWithoutStreamsEndsAtOnce(occasion: Occasion, isNoticed: Bool) {
        var machine = Machine()
        #expect(occasion.end(&machine) == .goAwayAndCloseOutput)
        #expect(machine.isEnding)
        #expect(machine.timeout == .linger)
        #expect((isNoticed ? machine.inputClosed() : machine.timedOut()) == .close)
        #expect(machine.timeout == nil)
    }

    @Test func aShutdownDoesNotWaitForAClientThatWasToldBefore() {
        var machine = Machine()
        #expect(machine.timedOut() == .goAwayAndCloseOutput)
        #expect(machine.shutDown() == .close)
        #expect(machine.shutDown() == .none)
    }

    @Test(arguments: [true, false])
    func aShutdownWaitsForTheStreamsInFlight(isNoticed: Bool) {
        var machine = Machine()
        machine.streamOpened()
        machine.streamOpened()
        #expect(machine.shutDown() == .goAway)
        #expect(machine.shutDown() == .none, "once is enough")
        #expect(machine.timeout == nil)
        #expect(machine.timedOut() == .none)
        #expect(machine.streamClosed() == .none)
        #expect(machine.streamClosed() == .closeOutput)
        #expect(machine.timeout == .linger)
        #expect((isNoticed ? machine.inputClosed() : machine.timedOut()) == .close)
    }

    @Test(arguments: [true, false])
    func aClientThatSendsNoMoreGetsItsAnswers(isEnding: Bool) {
        var machine = Machine()
        machine.streamOpened()
        if isEnding { _ = machine.shutDown() }
        #expect(machine.inputClosed() == .none)
        #expect(machine.broken() == .none)
        #expect(machine.streamClosed() == .close)
    }

    @Test func aClientThatSendsNoMoreIsLeftWhenNothingIsInFlight() {
        var machine = Machine()
        #expect(machine.inputClosed() == .close)
        #expect(machine.inputClosed() == .none)
    }

    @Test(arguments: [0, 2])
    func aClientThatCannotBeUnderstoodGetsItsAnswersAndTimeToReadThem(streams: Int) {
        var machine = Machine()
        for _ in 0..<streams { machine.streamOpened() }
        var action = machine.broken()
        for _ in 0..<streams {
            #expect(action == .none)
            #expect(machine.timeout == .lastAnswers)
            #expect(machine.broken() == .none)
            action = machine.streamClosed()
        }
        #expect(action == .closeOutput)
        #expect(machine.timeout == .linger)
        #expect(machine.broken() == .none)
        #expect(machine.timedOut() == .close)
    }

    @Test func aClientThatCannotBeUnderstoodIsNotWaitedForLong() {
        var machine = Machine()
        machine.streamOpened()
        #expect(machine.broken() == .none)
        #expect(machine.timedOut() == .close)
        #expect(machine.streamClosed() == .none)
    }

    @Test func nothingHappensOnAClosedConnection() {
        var machine = Machine()
        machine.streamOpened()
        machine.closed()
        #expect(machine.streamClosed() == .none)
        #expect(machine.shutDown() == .none)
        #expect(machine.timedOut() == .none)
        #expect(machine.inputClosed() == .none)
        #expect(machine.broken() == .none)
        #expect(machine.timeout == nil)
    }
}

@Suite struct HTTP2StreamStateMachineTests {
    typealias Machine = HTTP2StreamStateMachine

    private func machine() -> Machine { Machine(maximumBodyBytes: 100) }

    private func performing() -> Machine {
        var machine = machine()
        #expect(machine.headArrived(HTTP2RequestHead(), endsRequest: true) == .perform)
        return machine
    }

    @Test func aRequestIsPerformedWhenItIsComplete() {
        var machine = machine()
        #expect(machine.timeout == nil)
        #expect(machine.headArrived(HTTP2RequestHead(declaredBodyBytes: 5), endsRequest: false) == .none)
        #expect(machine.timeout == .requestBody)
        #expect(machine.bodyArrived(count: 3) == .keep)
        #expect(machine.bodyArrived(count: 2) == .keep)
        #expect(machine.endArrived() == .perform)
        #expect(machine.timeout == nil)
        #expect(machine.beginAnswer() == true)
        #expect(machine.timeout == .responseWrite)
        #expect(machine.written() == .none)
        #expect(machine.timeout == nil)
    }

    @Test func trailersEndARequest() {
        var machine = machine()
        #expect(machine.headArrived(HTTP2RequestHead(), endsRequest: false) == .none)
        #expect(machine.headArrived(HTTP2RequestHead(), endsRequest: true) == .perform)
    }

    @Test func continueIsSentOnlyForBodiesThatWillBeTaken() {
        var machine = machine()
        let taken = HTTP2RequestHead(declaredBodyBytes: 100, expectsContinue: true)
        #expect(machine.headArrived(taken, endsRequest: false) == .sendContinue)
        var other = self.machine()
        let refused = HTTP2RequestHead(declaredBodyBytes: 101, expectsContinue: true)
        #expect(other.headArrived(refused, endsRequest: false) == .refuse(.bodyTooLarge(maximumBytes: 100)))
        var none = self.machine()
        #expect(none.headArrived(HTTP2RequestHead(expectsContinue: true), endsRequest: true) == .perform)
    }

    @Test(arguments: [
        ([100], Machine.BodyAction.keep), ([99, 1], .keep), ([101], .refuse(.bodyTooLarge(maximumBytes: 100))),
    ])
    func bodiesUpToTheLimitAreTaken(parts: [Int], last: Machine.BodyAction) {
        var machine = machine()
        _ = machine.headArrived(HTTP2RequestHead(), endsRequest: false)
        let actions = parts.map { machine.bodyArrived(count: $0) }
        #expect(actions.last == last)
    }

    @Test func theRestOfARefusedRequestIsDroppedAndStopped() {
        var machine = machine()
        _ = machine.headArrived(HTTP2RequestHead(), endsRequest: false)
        #expect(machine.bodyArrived(count: 101) == .refuse(.bodyTooLarge(maximumBytes: 100)))
        #expect(machine.timeout == .responseWrite)
        #expect(machine.bodyArrived(count: 1) == .drop)
        #expect(machine.written() == .none)
        // Some clients look at the answer only when they have sent all.
        #expect(machine.timeout == .linger)
        #expect(machine.bodyArrived(count: 1) == .drop)
        #expect(machine.headArrived(HTTP2RequestHead(), endsRequest: false) == .none)
        #expect(machine.timedOut() == .stopRequest)
        #expect(machine.bodyArrived(count: 1) == .drop)
        #expect(machine.timeout == nil)
    }

    @Test func theRestOfARefusedRequestMayCome() {
        var machine = machine()
        _ = machine.headArrived(HTTP2RequestHead(declaredBodyBytes: 101), endsRequest: false)
        #expect(machine.written() == .none)
        #expect(machine.endArrived() == .none)
        #expect(machine.timeout == nil)
    }

    @Test func aRefusedRequestThatHasEndedNeedNotBeStopped() {
        var machine = machine()
        _ = machine.headArrived(HTTP2RequestHead(), endsRequest: false)
        #expect(machine.bodyArrived(count: 101) == .refuse(.bodyTooLarge(maximumBytes: 100)))
        #expect(machine.endArrived() == .none)
        #expect(machine.written() == .none)
    }

    @Test(arguments: [
        (Limits.maximumRequestHeaderCount, Limits.maximumRequestHeaderSizeInBytes, Machine.Action.perform),
        (Limits.maximumRequestHeaderCount + 1, 1, .refuse(.headTooLarge)),
        (1, Limits.maximumRequestHeaderSizeInBytes + 1, .refuse(.headTooLarge)),
    ])
    func headersUpToTheLimitsAreTaken(count: Int, size: Int, action: Machine.Action) {
        var machine = machine()
        #expect(machine.headArrived(HTTP2RequestHead(headerCount: count, size: size), endsRequest: true) == action)
        if action == .perform { return }
        #expect(machine.written() == .none)
    }

    @Test func aBodyThatTheServerHoldsBackIsToldToComeAgain() {
        var machine = machine()
        _ = machine.headArrived(HTTP2RequestHead(), endsRequest: false)
        #expect(machine.timedOut(isHeld: true) == .refuse(.overloaded))
        #expect(machine.timeout == .responseWrite)
    }

    @Test func aSlowBodyIsRefused() {
        var machine = machine()
        _ = machine.headArrived(HTTP2RequestHead(), endsRequest: false)
        #expect(machine.timedOut() == .refuse(.timedOut))
        #expect(machine.written() == .none)
        #expect(machine.timeout == .linger)
        #expect(machine.inputEnded() == .stopRequest)
    }

    @Test func aClientThatDoesNotReadIsLeft() {
        var machine = performing()
        #expect(machine.beginAnswer() == true)
        #expect(machine.timedOut() == .close)
        #expect(machine.written() == .none)
    }

    @Test func whatIsIncompleteWhenTheClientSendsNoMoreIsGivenUp() {
        var machine = machine()
        _ = machine.headArrived(HTTP2RequestHead(), endsRequest: false)
        #expect(machine.inputEnded() == .close)
        var complete = performing()
        #expect(complete.inputEnded() == .none)
        #expect(complete.beginAnswer() == true)
        #expect(complete.inputEnded() == .none)
    }

    /// A machine that writes an answer which is made while it is read, whose head has reached the socket.
    private func streaming() -> Machine {
        var machine = performing()
        #expect(machine.beginStream() == true)
        #expect(machine.timeout == .responseWrite, "the head must be read")
        #expect(machine.written() == .none)
        return machine
    }

    @Test func aStreamHasAllTheTimeItWantsBetweenPieces() {
        var machine = streaming()
        #expect(machine.timeout == nil)
        #expect(machine.isWritten)
        machine.partHandedOver()
        #expect(machine.timeout == .responseWrite)
        #expect(!machine.isWritten)
        #expect(machine.written() == .none)
        #expect(machine.timeout == nil)
        machine.endedStream()
        #expect(machine.timeout == .responseWrite)
        #expect(machine.written() == .none)
        #expect(machine.timeout == nil)
        #expect(machine.isWritten)
    }

    @Test func aStreamIsEndedBeforeItsEnd() {
        var stopping = streaming()
        #expect(stopping.shutDown() == .endStream)
        stopping.endedStream()
        #expect(stopping.shutDown() == .none)
        var left = streaming()
        #expect(left.inputEnded() == .endStream)
        var other = performing()
        #expect(other.shutDown() == .none)
    }

    @Test func aReaderOfAStreamThatDoesNotReadIsLeft() {
        var machine = streaming()
        machine.partHandedOver()
        #expect(machine.timedOut() == .close)
        machine.endedStream()
        #expect(machine.written() == .none)
        #expect(machine.timeout == nil)
    }

    @Test func nothingHappensOnAClosedStream() {
        var machine = performing()
        machine.closed()
        #expect(machine.beginAnswer() == false)
        #expect(machine.beginStream() == false)
        #expect(machine.shutDown() == .none)
        machine.partHandedOver()
        #expect(machine.written() == .none)
        #expect(machine.timedOut() == .none)
        #expect(machine.inputEnded() == .none)
        #expect(machine.endArrived() == .none)
        #expect(machine.bodyArrived(count: 1) == .drop)
        #expect(machine.timeout == nil)
    }
}
