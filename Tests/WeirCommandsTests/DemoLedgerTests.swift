import Testing

@testable import WeirCommands

@Suite struct DemoLedgerTests {
    static func delivery(_ number: Int, at time: UInt64, by worker: String = "a", accepted: Bool = true)
        -> DemoLedger.Delivery
    {
        .init(
            worker: worker,
            shardID: "s",
            sequenceNumber: "\(number)",
            nanoseconds: time,
            isAccepted: accepted
        )
    }

    static func ledger(keys: [String]) -> DemoLedger {
        var ledger = DemoLedger()
        for (index, key) in keys.enumerated() {
            ledger.read(line: index + 1)
            ledger.put(line: index + 1, key: key, shardID: "s", sequenceNumber: "\(index + 1)")
        }
        return ledger
    }

    @Test func aRecordThatNobodyTookIsLost() {
        var ledger = Self.ledger(keys: ["x", "x", "y"])
        ledger.deliver(Self.delivery(1, at: 1))
        ledger.deliver(Self.delivery(2, at: 2, accepted: false))
        #expect(ledger.lostCount == 2)
        ledger.deadLetter(sequenceNumber: "2")
        #expect(ledger.lostCount == 1)
        ledger.deliver(Self.delivery(3, at: 3))
        #expect(ledger.lostCount == 0)
        #expect(ledger.processedCount == 2)
        #expect(ledger.deliveredCount == 3)
        #expect(ledger.refusedLines == [2])
    }

    @Test func orderIsJudgedOnFirstDeliveriesOfAKey() {
        var ledger = Self.ledger(keys: ["x", "y", "x", "x"])
        ledger.deliver(Self.delivery(1, at: 10))
        ledger.deliver(Self.delivery(3, at: 20))
        // A repetition by the worker that took over, and another key, change nothing.
        ledger.deliver(Self.delivery(1, at: 30, by: "b"))
        ledger.deliver(Self.delivery(2, at: 40, by: "b"))
        ledger.deliver(Self.delivery(4, at: 50, by: "b"))
        #expect(ledger.keysOutOfOrder.isEmpty)
        #expect(ledger.repeatedCount == 1)
        #expect(ledger.deliveriesByWorker == ["a": 2, "b": 3])
    }

    @Test func aLaterRecordFirstIsOutOfOrder() {
        var ledger = Self.ledger(keys: ["x", "x"])
        ledger.deliver(Self.delivery(2, at: 1))
        ledger.deliver(Self.delivery(1, at: 2))
        #expect(ledger.keysOutOfOrder == ["x"])
    }
}
