import Testing
import WeirRuntime

@testable import WeirConsumer

@Suite(.timeLimit(.minutes(1))) struct AlarmTests {
    @Test func aRingBeforeTheWaitEndsItAtOnceAndOnlyThatOne() async {
        let time = SystemTime()
        let alarm = Alarm(time: time)
        alarm.ring()
        await alarm.wait(until: .max)
        let start = time.monotonicNanoseconds
        await alarm.wait(until: start + 20_000_000)
        #expect(time.monotonicNanoseconds >= start + 20_000_000)
    }

    @Test func aRingEndsAWait() async {
        let alarm = Alarm(time: SystemTime())
        let waiting = Task { await alarm.wait(until: .max) }
        await Task.yield()
        alarm.ring()
        await waiting.value
    }

    @Test func cancellationEndsAWait() async {
        let alarm = Alarm(time: SystemTime())
        let waiting = Task { await alarm.wait(until: .max) }
        waiting.cancel()
        await waiting.value
    }
}
