import Testing

@testable import WeirProducer

@Suite struct OneShotTests {
    @Test func everyWaiterGetsTheFirstValue() async {
        let shot = OneShot<Int>()
        #expect(!shot.isResolved)
        await withTaskGroup(of: Int?.self) { group in
            for _ in 0..<20 { group.addTask { await shot.value() } }
            shot.resolve(1)
            shot.resolve(2)
            for await value in group { #expect(value == 1) }
        }
        #expect(shot.isResolved)
        #expect(await shot.value() == 1)
    }

    @Test func aCancelledWaiterGetsNothingAndTheOthersWait() async {
        let shot = OneShot<Int>()
        let cancelled = Task { await shot.value() }
        let patient = Task { await shot.value() }
        cancelled.cancel()
        #expect(await cancelled.value == nil)
        shot.resolve(7)
        #expect(await patient.value == 7)
    }

    @Test func aTaskThatIsCancelledAlreadyDoesNotWait() async {
        let shot = OneShot<Int>()
        let value = await Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await shot.value()
        }.value
        #expect(value == nil)
    }
}
