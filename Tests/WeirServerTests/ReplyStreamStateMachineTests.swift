import NIOCore
import Testing
import WeirModel

@testable import WeirServer

@Suite struct ReplyStreamStateMachineTests {
    typealias Machine = ReplyStreamStateMachine

    /// A machine that waits for its first piece.
    private func pulling() -> Machine {
        var machine = Machine()
        #expect(machine.begin() == .pull)
        return machine
    }

    @Test func onePieceIsAskedForAfterTheOther() {
        var machine = pulling()
        for _ in 0..<3 {
            #expect(machine.handedOver() == .none, "one is asked for already")
            #expect(machine.pieceArrived(bytes: 10) == true)
            #expect(machine.handedOver() == .pull)
            #expect(machine.written(bytes: 10) == .none)
        }
        #expect(machine.endArrived() == .finish)
        #expect(machine.endArrived() == .none)
    }

    @Test func aPieceThatIsWrittenAtOnceMayBeFollowedAtOnce() {
        var machine = pulling()
        #expect(machine.pieceArrived(bytes: 10) == true)
        #expect(machine.written(bytes: 10) == .pull)
        #expect(machine.handedOver() == .none)
    }

    @Test func nothingIsAskedForWhileTheClientHasNotRead() {
        var machine = pulling()
        #expect(machine.pieceArrived(bytes: Limits.maximumUnreadStreamBytes) == true)
        #expect(machine.handedOver() == .pull, "it is at the limit")
        #expect(machine.pieceArrived(bytes: 1) == true)
        #expect(machine.handedOver() == .none, "it is over the limit")
        #expect(machine.written(bytes: 1) == .pull)
    }

    @Test(arguments: [true, false])
    func aBodyIsEndedBeforeItsEnd(isPulling: Bool) {
        var machine = isPulling ? pulling() : Machine()
        #expect(machine.end() == .cancelAndFinish)
        // What was asked for is of no use any more.
        #expect(machine.pieceArrived(bytes: 1) == false)
        #expect(machine.endArrived() == .none)
        #expect(machine.end() == .none)
        #expect(machine.abandon() == .none)
        #expect(machine.begin() == .none)
    }

    @Test func aClientThatHasGoneEndsTheStreamWithoutAWord() {
        var machine = pulling()
        #expect(machine.pieceArrived(bytes: 10) == true)
        #expect(machine.abandon() == .cancel)
        #expect(machine.written(bytes: 10) == .none)
        #expect(machine.handedOver() == .none)
        #expect(machine.end() == .none)
        #expect(machine.abandon() == .none)
    }

    @Test(arguments: [0, 1, 262_144, 262_145, 600_000])
    func theBytesAreWrittenInParts(count: Int) {
        var rest = ByteBuffer(repeating: 1, count: count)
        var sizes: [Int] = []
        while let part = rest.readPart() { sizes.append(part.readableBytes) }
        #expect(sizes.reduce(0, +) == count)
        #expect(sizes.allSatisfy { $0 > 0 && $0 <= 262_144 })
        #expect(sizes.count == (count + 262_143) / 262_144)
    }
}
