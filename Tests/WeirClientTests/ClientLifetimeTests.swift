import Testing
import WeirModel

@testable import WeirClient

@Suite struct ClientLifetimeTests {
    @Test func drainingWaitsForTheCallsUnderWay() {
        var machine = ClientLifetimeStateMachine()
        #expect(machine.callBegan())
        #expect(machine.callBegan())
        #expect(machine.drain())
        #expect(!machine.callBegan())
        #expect(!machine.callEnded())
        #expect(machine.callEnded())
    }

    @Test func drainingWithoutCallsIsDone() {
        var machine = ClientLifetimeStateMachine()
        #expect(machine.callBegan())
        #expect(!machine.callEnded())
        #expect(!machine.drain())
        #expect(!machine.callBegan())
        #expect(machine.close())
        #expect(!machine.drain())
    }

    @Test func closesOnceAndTakesNoCallsAfter() {
        var machine = ClientLifetimeStateMachine()
        #expect(machine.close())
        #expect(!machine.close())
        #expect(!machine.callBegan())
    }

    @Test func runsOnce() {
        var machine = ClientLifetimeStateMachine()
        #expect(machine.runBegan())
        #expect(!machine.runBegan())
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
