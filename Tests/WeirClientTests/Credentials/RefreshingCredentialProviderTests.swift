import Logging
import MetricsTestKit
import Synchronization
import Testing
import WeirModel
import WeirSigning

@testable import WeirClient

private let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })

/// Gives credentials named by a number, for an hour, as soon as it is let.
private final class NumberedSource: CredentialSource {
    private struct State {
        var fetches = 0
        var failure: ServiceError?
        var gate: AsyncStream<Void>?
    }

    private let state = Mutex(State())
    let name = "the test"
    let outlastsOutages: Bool

    init(outlasts: Bool = false, gate: AsyncStream<Void>? = nil) {
        outlastsOutages = outlasts
        state.withLock { $0.gate = gate }
    }

    var fetches: Int { state.withLock(\.fetches) }

    func fail(_ error: ServiceError?) { state.withLock { $0.failure = error } }

    func fetch() async throws(ServiceError) -> FetchedCredentials {
        let (number, failure, gate) = state.withLock { state -> (Int, ServiceError?, AsyncStream<Void>?) in
            state.fetches += 1
            return (state.fetches, state.failure, state.gate)
        }
        if let gate { for await _ in gate { break } }
        if let failure { throw failure }
        let credentials = Credentials(accessKeyID: "\(number)", secretAccessKey: "s")
        return .found(TemporaryCredentials(credentials: credentials, lifetime: .seconds(3600)))
    }
}

@Suite(.timeLimit(.minutes(5))) struct RefreshingCredentialProviderTests {
    private func provider(_ source: NumberedSource, _ time: VirtualTime) -> RefreshingCredentialProvider {
        RefreshingCredentialProvider(source, seams: ClientSeams(time: time, jitter: { 0 }), logger: quiet)
    }

    private func key(_ provider: RefreshingCredentialProvider) async throws -> String? {
        try await provider.credentials().signingCredentials()?.accessKeyID
    }

    @Test func oneFetchServesAllWhoWait() async throws {
        let (gate, opener) = AsyncStream<Void>.makeStream()
        let source = NumberedSource(gate: gate)
        let provider = provider(source, VirtualTime())
        try await withThrowingTaskGroup(of: String?.self) { group in
            for _ in 0..<20 { group.addTask { try await key(provider) } }
            while source.fetches == 0 { await Task.yield() }
            opener.finish()
            for try await key in group { #expect(key == "1") }
        }
        #expect(source.fetches == 1)
    }

    @Test func whatWasFetchedIsCounted() async throws {
        let metrics = TestMetrics()
        let (source, time) = (NumberedSource(), VirtualTime())
        var seams = ClientSeams(time: time, jitter: { 0 })
        seams.metricsFactory = metrics
        let provider = RefreshingCredentialProvider(source, seams: seams, logger: quiet)
        source.fail(ServiceError(.timeout, "late"))
        await #expect(throws: ServiceError.self) { try await key(provider) }
        source.fail(nil)
        for _ in 0..<3 { #expect(try await key(provider) == "2") }
        func total(_ outcome: String) -> Int64 {
            let label = "weir.client.credentials.refreshes"
            return metrics.counterTotal(label: label, dimensions: [("outcome", outcome)])
        }
        #expect(["ok", "failed", "absent"].map(total) == [1, 1, 0])
        #expect(try metrics.expectTimer("weir.client.credentials.refresh.time").values.count == 2)
    }

    @Test func whoIsCancelledDoesNotWait() async throws {
        let (gate, opener) = AsyncStream<Void>.makeStream()
        let source = NumberedSource(gate: gate)
        let provider = provider(source, VirtualTime())
        let call = Task { try await key(provider) }
        while source.fetches == 0 { await Task.yield() }
        call.cancel()
        let error = await #expect(throws: ServiceError.self) { try await call.value }
        #expect(error?.code == .cancelled)
        // The fetch goes on for others.
        opener.finish()
        #expect(try await key(provider) == "1")
        #expect(source.fetches == 1)
    }

    @Test func freshOnesAreThereBeforeTheOldOnesExpire() async throws {
        let (source, time) = (NumberedSource(), VirtualTime())
        let provider = provider(source, time)
        #expect(try await key(provider) == "1")
        try await time.sleep(for: .seconds(44 * 60))
        #expect(try await key(provider) == "1")
        #expect(source.fetches == 1)
        try await time.sleep(for: .seconds(7 * 60))
        #expect(try await key(provider) == "2")
        #expect(source.fetches == 2)
    }

    @Test func beforeThatTheyAreFetchedWhileCallsGoOn() async throws {
        let (source, time) = (NumberedSource(), VirtualTime())
        let provider = provider(source, time)
        #expect(try await key(provider) == "1")
        try await time.sleep(for: .seconds(46 * 60))
        #expect(try await key(provider) == "1")
        while try await key(provider) != "2" { await Task.yield() }
        #expect(source.fetches == 2)
    }

    @Test func anOutageIsOutlastedUntilTheyExpire() async throws {
        let (source, time) = (NumberedSource(), VirtualTime())
        let provider = provider(source, time)
        #expect(try await key(provider) == "1")
        source.fail(ServiceError(.connectionFailure, "gone"))
        try await time.sleep(for: .seconds(51 * 60))
        #expect(try await key(provider) == "1")
        #expect(source.fetches == 2)
        try await time.sleep(for: .seconds(10 * 60))
        let error = await #expect(throws: ServiceError.self) { try await key(provider) }
        #expect(error?.code == .connectionFailure)
        source.fail(nil)
        #expect(try await key(provider) == "4")
    }

    @Test func anInstancesCredentialsOutlastTheirEnd() async throws {
        let (source, time) = (NumberedSource(outlasts: true), VirtualTime())
        let provider = provider(source, time)
        #expect(try await key(provider) == "1")
        source.fail(ServiceError(.connectionFailure, "gone"))
        try await time.sleep(for: .seconds(100 * 60))
        #expect(try await key(provider) == "1")
        #expect(source.fetches == 2)
        source.fail(nil)
        try await time.sleep(for: .seconds(60))
        while try await key(provider) != "3" { await Task.yield() }
    }
}
