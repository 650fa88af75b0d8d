import Testing
import WeirModel

@testable import WeirWire

@Suite struct ReplyMemoryStateMachineTests {
    typealias Machine = ReplyMemoryStateMachine

    private let limit = Limits.maximumReplyMemoryInBytes
    private let most = Limits.maximumGetRecordsSizeInBytes
    private let least = Limits.minimumReplyRoomInBytes
    private let event = Limits.maximumSubscriptionEventSizeInBytes

    @Test func thereIsRoomForAllThatMayBeAskedForUntilThreeQuartersAreNear() {
        #expect(Machine.room(held: 0, limit: limit, most: most) == most)
        #expect(Machine.room(held: limit - 4 * most, limit: limit, most: most) == most)
        #expect(Machine.room(held: limit - 4 * most + 4, limit: limit, most: most) == most - 1)
    }

    @Test func thereIsAlwaysSomeRoomForAnAnswer() {
        #expect(Machine.room(held: limit - 4 * least - 4, limit: limit, most: most) == least + 1)
        #expect(Machine.room(held: limit - 4 * least, limit: limit, most: most) == least)
        #expect(Machine.room(held: limit, limit: limit, most: most) == least)
        #expect(Machine.room(held: 2 * limit, limit: limit, most: most) == least)
    }

    @Test func anAnswerCountsTwiceUntilItIsKnown() {
        var machine = Machine(limit: limit)
        #expect(machine.begin(most: most) == .init(room: most, bytes: 2 * most))
        #expect(machine.held == 2 * most)
        #expect(machine.changed(by: -2 * most).isEmpty)
        #expect(machine.held == 0)
    }

    @Test func aPieceCountsForTheLargestRecord() {
        var machine = Machine(limit: limit)
        #expect(machine.beginPiece(most: event, largestRecord: 10 * event) == .init(room: event, bytes: 20 * event))
        _ = machine.changed(by: limit - 4 * least - machine.held)
        #expect(machine.beginPiece(most: event, largestRecord: 1) == .init(room: least, bytes: 2 * least))
    }

    @Test func piecesWaitAtTheLimitAndGoOnInTheirOrder() {
        var machine = Machine(limit: 1000)
        _ = machine.changed(by: 999)
        #expect(machine.beginPiece(0, most: 10, largestRecord: 0) == .begun(.init(room: 10, bytes: 20)))
        #expect(machine.held == 1019)
        for id: UInt64 in 1...4 { #expect(machine.beginPiece(id, most: 10, largestRecord: 0) == .waits) }
        #expect(machine.beginPiece(most: 10, largestRecord: 0) == nil)
        #expect(machine.changed(by: -19).isEmpty, "nothing is left yet")
        machine.withdraw(2)
        machine.withdraw(2)
        machine.withdraw(7)
        #expect(machine.waitingCount == 3)
        // One byte is left, then twenty are missing.
        #expect(machine.changed(by: -1).map(\.id) == [1])
        #expect(machine.held == 1019)
        let begun = machine.changed(by: -1019)
        #expect(begun.map(\.id) == [3, 4])
        #expect(begun.map(\.share) == [.init(room: 10, bytes: 20), .init(room: 10, bytes: 20)])
        #expect(machine.held == 40)
        #expect(machine.waitingCount == 0)
    }

    @Test func nobodyPassesThoseWhoWait() {
        var machine = Machine(limit: 1000)
        _ = machine.changed(by: 1000)
        #expect(machine.beginPiece(1, most: 600, largestRecord: 0) == .waits)
        // An answer of its own takes what was left, and does not wait.
        #expect(machine.begin(most: 10) == .init(room: 10, bytes: 20))
        #expect(machine.beginPiece(2, most: 10, largestRecord: 0) == .waits)
        #expect(machine.changed(by: -100).map(\.id) == [1])
        #expect(machine.beginPiece(most: 10, largestRecord: 0) == nil, "the second one waits")
    }

    @Test func aThousandPiecesHoldNoMoreThanThereIs() {
        var machine = Machine(limit: limit)
        var begun = 0
        for id: UInt64 in 0..<1000 {
            if case .begun = machine.beginPiece(id, most: event, largestRecord: event) { begun += 1 }
        }
        #expect(begun == limit / (2 * event))
        #expect(machine.held == limit)
        // Each becomes an event of JSON that nobody reads.
        let json = event / 3 * 4
        var most = 0
        for _ in 0..<1000 where begun > 0 {
            begun += machine.changed(by: json - 2 * event).count - 1
            most = max(most, machine.held)
        }
        #expect(most < limit + 2 * event)
        #expect(machine.waitingCount > 1000 - limit / json - 2)
    }

    @Test func thoseThatLeaveAreForgotten() {
        var machine = Machine(limit: 10)
        _ = machine.changed(by: 10)
        for id: UInt64 in 0..<1000 {
            _ = machine.beginPiece(id, most: 10, largestRecord: 0)
            if id > 0 { machine.withdraw(id) }
        }
        #expect(machine.waitingCount == 1)
        #expect(machine.rememberedCount < 100)
    }
}
