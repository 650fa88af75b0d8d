import Testing
import WeirModel

@testable import WeirStore

@Suite struct AccountTests {
    @Test func aCommitmentAndPoliciesOutliveTheProcess() async throws {
        try await withTemporaryPath { path in
            let time = ManualTime()
            let (commitment, usage) = try await DataFolder.withDataFolder(path: path, time: time, logger: quiet) {
                folder in
                _ = try await folder.streams.makeStream(shards: 2)
                try await folder.streams.createStream(
                    name: "demand",
                    shardCount: 4,
                    settings: StreamSettings(mode: .onDemand),
                    tags: [:]
                )
                try await folder.streams.setPolicy("{1}", of: PolicyResource(stream: "flights"))
                let consumer = try await folder.streams.registerConsumer(
                    "c",
                    stream: "flights",
                    tags: [:],
                    maximumCount: 5
                )
                try await folder.streams.setPolicy(
                    "{2}",
                    of: PolicyResource(stream: "flights", consumer: consumer.policyName)
                )
                let commitment = try await folder.streams.setThroughputCommitment(isEnabled: true)
                return (commitment, try await folder.streams.usage())
            }
            #expect(usage.openShardCount == 6)
            #expect(usage.onDemandStreamCount == 1)
            try await DataFolder.withDataFolder(path: path, time: time, logger: quiet) { folder in
                #expect(try await folder.streams.throughputCommitment() == commitment)
                #expect(try await folder.streams.usage() == usage)
                #expect(try await folder.streams.policy(of: PolicyResource(stream: "flights")) == "{1}")
                let consumer = PolicyResource(stream: "flights", consumer: "c:\(ManualTime.start / 1000)")
                #expect(try await folder.streams.policy(of: consumer) == "{2}")
                var existed: [Bool] = []
                for _ in 0..<2 { existed.append(try await folder.streams.setPolicy(nil, of: consumer)) }
                #expect(existed == [true, false])
            }
        }
    }

    @Test func onDemandStreamsAreCountedToTheirLimit() async throws {
        var configuration = DataFolder.Configuration()
        configuration.maximumOnDemandStreamCount = 2
        configuration.dailyChangeLimits = .none
        try await withNewFolder(configuration: configuration) { folder in
            let onDemand = StreamSettings(mode: .onDemand)
            func create(_ name: String, _ settings: StreamSettings) async -> ServiceError? {
                await serviceError { () async throws(ServiceError) in
                    try await folder.streams.createStream(name: name, shardCount: 1, settings: settings, tags: [:])
                }
            }
            func setMode(_ mode: StreamMode, _ name: String) async -> ServiceError? {
                await serviceError { () async throws(ServiceError) in
                    _ = try await folder.streams.changeSettings(of: name, .mode(mode, warmThroughputMiBps: nil))
                }
            }
            #expect(await create("a", onDemand) == nil)
            #expect(await create("b", StreamSettings()) == nil)
            #expect(await setMode(.onDemand, "b") == nil)
            let full = await create("c", onDemand)
            #expect(full?.code == .limitExceeded)
            #expect(
                full?.message == """
                    This request would exceed the limit of on-demand data streams for the account 000000000000 in \
                    us-east-1. Current on-demand data stream count for the account: 2. Limit: 2.
                    """
            )
            #expect(await create("c", StreamSettings()) == nil)
            #expect(await setMode(.onDemand, "c")?.code == .limitExceeded)
            #expect(await setMode(.provisioned, "a") == nil)
            #expect(await setMode(.onDemand, "c") == nil)
            try await folder.streams.deleteStream(name: "c")
            #expect(await create("d", onDemand) == nil)
        }
    }
}
