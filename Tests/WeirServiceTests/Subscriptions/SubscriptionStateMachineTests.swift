import NIOCore
import Testing
import WeirModel
import WeirStore

@testable import WeirService

@Suite struct SubscriptionStateMachineTests {
    private let second: UInt64 = 1_000_000_000

    private func machine(at now: UInt64 = 0) -> SubscriptionStateMachine {
        SubscriptionStateMachine(
            from: ShardPosition(index: 5),
            at: now,
            limits: .init(lifetime: 300 * second, heartbeat: 5 * second),
            takenOver: ServiceError(.resourceInUse, "taken"),
            consumerNotFound: ServiceError(.resourceNotFound, "gone")
        )
    }

    private func read(_ count: Int, next: UInt64?) -> ShardRead {
        let record = StoredRecord(
            sequenceNumber: SequenceNumber(streamEpoch: 0, shard: 0, index: 5),
            partitionKey: "k",
            data: ByteBuffer(),
            approximateArrival: Timestamp(millisecondsSinceEpoch: 0)
        )
        return ShardRead(
            records: StoredRecords(repeatElement(record, count: count)),
            next: next.map { ShardPosition(index: $0) },
            millisBehindLatest: 0
        )
    }

    /// What a step is, in short.
    private func text(_ step: SubscriptionStateMachine.Step) -> String {
        switch step {
        case .initialResponse: "initial"
        case .read(let position): "read \(position.index)"
        case .wait(let position, let nanoseconds): "wait \(position.index) \(nanoseconds / second)s"
        case .event(let read): "event \(read.records.count)\(read.next == nil ? " end" : "")"
        case .exception(let error): "exception \(error.code)"
        case .finish: "finish"
        }
    }

    @Test func itBeginsWithAResponseAndAnEvent() {
        var machine = machine(at: 7)
        #expect(text(machine.next(at: 7, ending: nil)) == "initial")
        #expect(text(machine.next(at: 7, ending: nil)) == "read 5")
        // Without records too, so that the reader knows where to go on.
        #expect(text(machine.didRead(read(0, next: 9), at: 7)) == "event 0")
        #expect(text(machine.next(at: 7, ending: nil)) == "read 9")
        #expect(text(machine.didRead(read(2, next: 11), at: 7)) == "event 2")
        #expect(text(machine.next(at: 7, ending: nil)) == "read 11")
    }

    @Test func anEmptyEventComesEveryFewSeconds() {
        var machine = machine()
        _ = machine.next(at: 0, ending: nil)
        _ = machine.didRead(read(1, next: 6), at: 10 * second)
        #expect(text(machine.didRead(read(0, next: 8), at: 12 * second)) == "wait 8 3s")
        // Woken without a record, and again.
        #expect(text(machine.next(at: 13 * second, ending: nil)) == "read 8")
        #expect(text(machine.didRead(read(0, next: 8), at: 14 * second)) == "wait 8 1s")
        #expect(text(machine.didRead(read(0, next: 8), at: 15 * second)) == "event 0")
        #expect(text(machine.didRead(read(0, next: 8), at: 15 * second)) == "wait 8 5s")
        #expect(text(machine.didRead(read(3, next: 12), at: 16 * second)) == "event 3")
        #expect(text(machine.didRead(read(0, next: 12), at: 16 * second)) == "wait 12 5s")
    }

    @Test func itEndsAfterItsLifetime() {
        var machine = machine(at: second)
        _ = machine.next(at: second, ending: nil)
        _ = machine.didRead(read(1, next: 6), at: 299 * second)
        #expect(text(machine.next(at: 301 * second - 1, ending: nil)) == "read 6")
        #expect(text(machine.didRead(read(0, next: 6), at: 299 * second)) == "wait 6 2s")
        #expect(text(machine.next(at: 301 * second, ending: nil)) == "finish")
        #expect(text(machine.next(at: 301 * second, ending: .takenOver)) == "finish")
    }

    /// A read that was begun before the lifetime ended, and ended after it.
    @Test func aLateReadDoesNotWait() {
        var machine = machine()
        _ = machine.next(at: 0, ending: nil)
        _ = machine.didRead(read(1, next: 6), at: 298 * second)
        #expect(text(machine.didRead(read(0, next: 6), at: 301 * second)) == "wait 6 0s")
        #expect(text(machine.next(at: 301 * second, ending: nil)) == "finish")
    }

    @Test(arguments: [
        (SubscriptionEnding.takenOver, "exception ResourceInUseException"),
        (.consumerDeregistered, "exception ResourceNotFoundException"), (.serverStopped, "finish"),
        (.cancelled, "finish"),
    ])
    func itEndsWhenItIsTold(ending: SubscriptionEnding, expected: String) {
        for stepsBefore in 0..<3 {
            var machine = machine()
            for _ in 0..<stepsBefore { _ = machine.next(at: 0, ending: nil) }
            #expect(text(machine.next(at: 0, ending: ending)) == expected)
            #expect(text(machine.next(at: 0, ending: ending)) == "finish")
        }
    }

    @Test(arguments: [0, 2]) func itEndsWithTheShard(count: Int) {
        var machine = machine()
        _ = machine.next(at: 0, ending: nil)
        #expect(text(machine.didRead(read(1, next: 6), at: 0)) == "event 1")
        #expect(text(machine.didRead(read(count, next: nil), at: 0)) == "event \(count) end")
        #expect(text(machine.next(at: 0, ending: nil)) == "finish")
    }

    @Test(arguments: [
        (ServiceError.Code.resourceNotFound, "ResourceNotFoundException"), (.resourceInUse, "ResourceInUseException"),
        (.serviceUnavailable, "InternalFailureException"), (.internalFailure, "InternalFailureException"),
        (.invalidArgument, "InternalFailureException"),
    ])
    func anErrorEndsIt(code: ServiceError.Code, name: String) {
        var machine = machine()
        _ = machine.next(at: 0, ending: nil)
        guard case .exception(let error) = machine.didFail(ServiceError(code, "why")) else {
            Issue.record("No exception.")
            return
        }
        #expect(error.code.rawValue == name)
        #expect(error.message == "why")
        #expect(text(machine.next(at: 0, ending: nil)) == "finish")
    }
}
