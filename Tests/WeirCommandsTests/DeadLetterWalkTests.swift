import Testing
import WeirModel
import WeirWire

@testable import WeirCommands

/// Walks over the dead letters of a service that fails.
@Suite struct DeadLetterWalkTests {
    private static let ids = (0..<35).map { "r\($0)" }
    private static let all = DeadLetterWalkStateMachine.Goal.matching(maximumCount: .max, isFiltered: false) { _ in true
    }
    private static let giveBack = "UpdateDeadLetterQueueRecordsVisibility"
    private static let receive = "ReceiveDeadLetterQueueRecords"
    private static let refused = ServiceError(.accessDenied, "no")

    private struct Unprintable: Error {}

    private let service = DeadLetterService(Self.ids)
    private let interruption = OneTimeFlag()

    private var walk: DeadLetterWalk {
        DeadLetterWalk(arn: "arn", kinesis: service, waitSeconds: 1, time: service.time)
    }

    @Test func whoCannotPrintGivesBackWhatItHolds() async {
        var shown = 0
        let outcome = await walk.run(Self.all, interruption: interruption) { records in
            shown += records.count
            if shown > 10 { throw Unprintable() }
            return []
        }
        #expect(outcome.failure is Unprintable)
        #expect(outcome.leftCount == 0)
        #expect(service.left.visibleCount == 35)
        #expect(service.calls.filter { $0 == Self.receive }.count == 2)
    }

    @Test func anInterruptionEndsTheWalkAfterTheCallInHand() async {
        let outcome = await walk.run(Self.all, interruption: interruption) { [interruption] _ in
            interruption.set()
            return []
        }
        #expect(outcome.isInterrupted)
        #expect(outcome.machine.foundCount == 10)
        #expect(service.left.visibleCount == 35)
        #expect(service.calls == [Self.receive, Self.giveBack])
    }

    @Test func anInterruptionAfterTheEndIsNone() async {
        let outcome = await walk.run(.records(["r1"]), interruption: interruption) { [interruption] records in
            defer { interruption.set() }
            return Set((try await walk.acknowledge(records)).successful.map(\.receiptHandle))
        }
        #expect(!outcome.isInterrupted)
        #expect(service.left.ids.count == 34)
        #expect(service.left.visibleCount == 34)
    }

    @Test func aReceiveThatFailsEndsTheWalk() async {
        let outcome = await walk.run(Self.all, interruption: interruption) { [service] _ in
            service.fail(Self.receive, .failure(Self.refused))
            return []
        }
        #expect((outcome.failure as? ServiceError)?.code == .accessDenied)
        #expect(service.left.visibleCount == 35)
    }

    @Test func whatCannotBeGivenBackIsTold() async {
        service.fail(Self.giveBack, .failure(Self.refused))
        let outcome = await walk.run(Self.all, interruption: interruption) { _ in [] }
        #expect((outcome.failure as? ServiceError)?.code == .accessDenied)
        #expect(outcome.leftCount == 35)
        #expect(outcome.leftSeconds == 60)
        #expect(service.left.visibleCount == 0)
    }

    @Test func aRateThatIsReachedDelaysTheReturn() async {
        let throttled = DeadLetterService.Mishap.failure(ServiceError(.throttling, "slowly"))
        service.fail(Self.giveBack, throttled, throttled, throttled)
        let outcome = await walk.run(Self.all, interruption: interruption) { _ in [] }
        #expect(outcome.leftCount == 0)
        #expect(service.left.visibleCount == 35)
        let hopeless = DeadLetterService(Self.ids)
        for _ in 0..<20 { hopeless.fail(Self.giveBack, throttled) }
        let end = await DeadLetterWalk(arn: "arn", kinesis: hopeless, waitSeconds: 1, time: hopeless.time)
            .run(Self.all, interruption: interruption) { _ in [] }
        #expect(end.leftCount == 35)
        #expect(hopeless.calls.filter { $0 == Self.giveBack }.count == 6)
    }

    @Test func entriesThatFailedForAMomentAreSentAgain() async throws {
        let action = "RestoreDeadLetterQueueRecords"
        service.fail(action, .entries(code: "ThrottlingException"), .entries(code: "InternalFailureException"))
        let outcome = await walk.run(Self.all, interruption: interruption) { records in
            let entries = try await walk.restore(records)
            #expect(entries.failed.isEmpty)
            return Set(entries.successful.map(\.receiptHandle))
        }
        #expect(outcome.failure == nil)
        #expect(outcome.machine.settledCount == 35)
        #expect(service.left.ids.isEmpty)
        #expect(service.calls.filter { $0 == action }.count == 4 + 2)
    }

    @Test func entriesThatFailForGoodAreGivenBack() async {
        service.fail("AcknowledgeDeadLetterQueueRecords", .entries(code: "InvalidArgumentException"))
        let outcome = await walk.run(Self.all, interruption: interruption) { records in
            Set((try await walk.acknowledge(records)).successful.map(\.receiptHandle))
        }
        #expect(outcome.failure == nil)
        #expect(outcome.machine.foundCount == 35)
        #expect(outcome.machine.settledCount == 25)
        #expect(service.left.ids.count == 10)
        #expect(service.left.visibleCount == 10)
    }
}
