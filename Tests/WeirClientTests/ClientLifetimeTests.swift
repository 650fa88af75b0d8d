import Testing
import WeirModel

@testable import WeirClient

@Suite struct ClientLifetimeTests {
    @Test func drainingWaitsForTheCallsUnderWay() {
        var machine = ClientLifetimeStateMachine()
        #expect(machine.callBegan() == true)
        #expect(machine.callBegan() == true)
        #expect(machine.drain() == true)
        #expect(machine.callBegan() == false)
        #expect(machine.callEnded() == false)
        #expect(machine.callEnded() == true)
    }

    @Test func drainingWithoutCallsIsDone() {
        var machine = ClientLifetimeStateMachine()
        #expect(machine.callBegan() == true)
        #expect(machine.callEnded() == false)
        #expect(machine.drain() == false)
        #expect(machine.callBegan() == false)
        #expect(machine.close() == true)
        #expect(machine.drain() == false)
    }

    @Test func closesOnceAndTakesNoCallsAfter() {
        var machine = ClientLifetimeStateMachine()
        #expect(machine.close() == true)
        #expect(machine.close() == false)
        #expect(machine.callBegan() == false)
    }

    @Test func runsOnce() {
        var machine = ClientLifetimeStateMachine()
        #expect(machine.runBegan() == true)
        #expect(machine.runBegan() == false)
    }

    @Test func theShellWaitsForTheLastCall() async throws {
        let lifetime = ClientLifetime()
        try lifetime.beginCall()
        let drained = Task { await lifetime.drain() }
        // New calls are refused as soon as it drains.
        while (try? lifetime.beginCall()) != nil {
            lifetime.endCall()
            await Task.yield()
        }
        lifetime.endCall()
        await drained.value
        #expect(lifetime.close())
    }

    @Test func aCancelledDrainDoesNotWait() async throws {
        let lifetime = ClientLifetime()
        try lifetime.beginCall()
        let drained = Task { await lifetime.drain() }
        drained.cancel()
        await drained.value
    }
}
