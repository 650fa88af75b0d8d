import Testing
import WeirSigning

@testable import WeirClient

private let old = Credentials(accessKeyID: "OLD", secretAccessKey: "s", sessionToken: "t")
private let new = Credentials(accessKeyID: "NEW", secretAccessKey: "s", sessionToken: "t")

private func minutes(_ number: Double) -> Duration { .seconds(number * 60) }

@Suite struct CredentialRefreshStateMachineTests {
    /// A machine that got credentials at time zero.
    func machine(lifetime: Duration?, outlasts: Bool = false, jitter: Double = 0) -> CredentialRefreshStateMachine {
        var machine = CredentialRefreshStateMachine(outlastsOutages: outlasts)
        #expect(machine.requested(now: .zero) == .refresh)
        let fetched = TemporaryCredentials(credentials: old, lifetime: lifetime)
        #expect(machine.refreshed(fetched, now: .zero, jitter: jitter) == old)
        return machine
    }

    @Test func theFirstCallFetchesAndTheOthersWait() {
        var machine = CredentialRefreshStateMachine(outlastsOutages: false)
        #expect(machine.requested(now: .zero) == .refresh)
        #expect(machine.requested(now: .zero) == .wait)
        #expect(machine.refreshed(.init(credentials: old, lifetime: minutes(60)), now: .zero, jitter: 0) == old)
        #expect(machine.requested(now: .zero) == .use(old))
    }

    @Test func credentialsOfAnHourAreFetchedAnewInTheBackgroundAQuarterOfAnHourBefore() {
        var machine = machine(lifetime: minutes(60))
        #expect(machine.requested(now: minutes(45) - .nanoseconds(1)) == .use(old))
        #expect(machine.requested(now: minutes(45)) == .useAndRefresh(old))
        #expect(machine.requested(now: minutes(46)) == .use(old))
        #expect(machine.requested(now: minutes(50)) == .wait)
        #expect(machine.refreshed(.init(credentials: new, lifetime: minutes(60)), now: minutes(50), jitter: 0) == new)
        #expect(machine.requested(now: minutes(94)) == .use(new))
    }

    @Test func tenMinutesBeforeTheEndEverybodyWaits() {
        var machine = machine(lifetime: minutes(60))
        #expect(machine.requested(now: minutes(50)) == .refresh)
        #expect(machine.requested(now: minutes(50)) == .wait)
    }

    @Test func theMomentIsSpreadOverFiveMinutes() {
        var machine = machine(lifetime: minutes(60), jitter: 0.5)
        #expect(machine.requested(now: minutes(47.5) - .nanoseconds(1)) == .use(old))
        #expect(machine.requested(now: minutes(47.5)) == .useAndRefresh(old))
    }

    @Test func longLivesHaveTheSameWindowsAndShortOnesShorterOnes() {
        var long = machine(lifetime: minutes(360))
        #expect(long.requested(now: minutes(344)) == .use(old))
        #expect(long.requested(now: minutes(345)) == .useAndRefresh(old))
        var short = machine(lifetime: minutes(12))
        #expect(short.requested(now: minutes(8.9)) == .use(old))
        #expect(short.requested(now: minutes(9)) == .useAndRefresh(old))
        #expect(short.requested(now: minutes(10)) == .wait)
    }

    @Test func credentialsWithoutAnEndAreKept() {
        var machine = machine(lifetime: nil)
        #expect(machine.requested(now: minutes(1_000_000)) == .use(old))
    }

    @Test func afterAFailureTheOldOnesAreUsedWithBackOffAndNobodyWaits() {
        var machine = machine(lifetime: minutes(60))
        #expect(machine.requested(now: minutes(50)) == .refresh)
        #expect(machine.failed(now: minutes(50), jitter: 0) == old)
        // Half a second to one second, then twice that.
        #expect(machine.requested(now: minutes(50) + .milliseconds(499)) == .use(old))
        #expect(machine.requested(now: minutes(50) + .milliseconds(500)) == .useAndRefresh(old))
        #expect(machine.failed(now: minutes(51), jitter: 0.5) == old)
        #expect(machine.requested(now: minutes(51) + .milliseconds(1499)) == .use(old))
        #expect(machine.requested(now: minutes(51) + .milliseconds(1500)) == .useAndRefresh(old))
        for _ in 0..<20 { _ = machine.failed(now: minutes(52), jitter: 0.999) }
        #expect(machine.requested(now: minutes(53) - .seconds(1)) == .use(old))
        #expect(machine.requested(now: minutes(53)) == .useAndRefresh(old))
    }

    @Test func expiredCredentialsAreNotUsed() {
        var machine = machine(lifetime: minutes(60))
        #expect(machine.requested(now: minutes(59)) == .refresh)
        #expect(machine.failed(now: minutes(59.99), jitter: 0) == old)
        #expect(machine.requested(now: minutes(60)) == .refresh)
        #expect(machine.requested(now: minutes(60)) == .wait)
        #expect(machine.failed(now: minutes(60), jitter: 0) == nil)
        // There is nothing to wait with: the next call tries again.
        #expect(machine.requested(now: minutes(60)) == .refresh)
    }

    @Test func duringAnOutageOfAnInstancesMetadataExpiredCredentialsAreUsed() {
        var machine = machine(lifetime: minutes(60), outlasts: true)
        #expect(machine.requested(now: minutes(61)) == .refresh)
        #expect(machine.failed(now: minutes(61), jitter: 0) == old)
        #expect(machine.requested(now: minutes(61)) == .use(old))
        #expect(machine.requested(now: minutes(62)) == .useAndRefresh(old))
        #expect(machine.requested(now: minutes(62)) == .use(old))
        #expect(machine.refreshed(.init(credentials: new, lifetime: minutes(60)), now: minutes(62), jitter: 0) == new)
        #expect(machine.requested(now: minutes(62)) == .use(new))
    }

    @Test(arguments: [(0, 2), (0.5, 6)])
    func expiredCredentialsFromAnInstancesMetadataAreAskedForAgainAfterMinutes(jitter: Double, wait: Double) {
        var machine = machine(lifetime: .zero, outlasts: true, jitter: jitter)
        #expect(machine.requested(now: minutes(wait) - .nanoseconds(1)) == .use(old))
        #expect(machine.requested(now: minutes(wait)) == .useAndRefresh(old))
    }

    @Test func expiredCredentialsFromElsewhereAreAFailure() {
        var machine = CredentialRefreshStateMachine(outlastsOutages: false)
        #expect(machine.requested(now: .zero) == .refresh)
        let expired = TemporaryCredentials(credentials: new, lifetime: .zero)
        #expect(machine.refreshed(expired, now: .zero, jitter: 0) == nil)
        var holding = self.machine(lifetime: minutes(60))
        #expect(holding.requested(now: minutes(50)) == .refresh)
        #expect(holding.refreshed(expired, now: minutes(50), jitter: 0) == old)
    }
}
