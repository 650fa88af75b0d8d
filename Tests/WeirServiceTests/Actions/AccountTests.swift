import Testing
import WeirModel
import WeirStore
import WeirTestTools
import WeirWire

@Suite struct AccountTests {
    private func commitment(_ test: TestService) async throws -> MinimumThroughputBillingCommitmentOutput {
        let answer = try await test.call(DescribeAccountSettings.self, .init())
        return try #require(answer.minimumThroughputBillingCommitment)
    }

    private func setCommitment(_ status: String, _ test: TestService) async throws {
        let input = MinimumThroughputBillingCommitmentInput(status: status)
        let answer = try await test.call(
            UpdateAccountSettings.self,
            .init(minimumThroughputBillingCommitment: input)
        )
        let described = try await commitment(test)
        #expect(answer.minimumThroughputBillingCommitment == described)
    }

    private static let onDemand = StreamModeDetails(streamMode: "ON_DEMAND")

    @Test func limitsTellWhatIsUsed() async throws {
        try await withService { test in
            func limits() async throws -> [Int] {
                let answer = try await test.call(DescribeLimits.self, .init())
                #expect(answer.shardLimit == Limits.maximumShardCount)
                #expect(answer.onDemandStreamCountLimit == Limits.maximumOnDemandStreamCount)
                return [answer.openShardCount, answer.onDemandStreamCount]
            }
            #expect(try await limits() == [0, 0])
            try await test.createStream(shards: 3)
            #expect(try await limits() == [3, 0])
            _ = try await test.call(CreateStream.self, .init(streamName: "t", streamModeDetails: Self.onDemand))
            #expect(try await limits() == [7, 1])
            _ = try await test.call(
                SplitShard.self,
                .init(streamName: "s", shardToSplit: "shardId-000000000000", newStartingHashKey: "1000")
            )
            _ = try await test.call(
                UpdateStreamMode.self,
                .init(streamARN: StreamSettingsTests.arn, streamModeDetails: Self.onDemand)
            )
            #expect(try await limits() == [8, 2])
            _ = try await test.call(DeleteStream.self, .init(streamName: "s"))
            #expect(try await limits() == [4, 1])
        }
    }

    @Test func aCommitmentIsGivenAndGivenUp() async throws {
        try await withService { test in
            #expect(try await commitment(test) == .init(status: "DISABLED"))
            let start = Timestamp(millisecondsSinceEpoch: test.time.wallMilliseconds)
            let end = Timestamp(
                millisecondsSinceEpoch: start.millisecondsSinceEpoch + Limits.minimumCommitmentMilliseconds
            )
            try await setCommitment("ENABLED", test)
            #expect(
                try await commitment(test) == .init(status: "ENABLED", startedAt: start, earliestAllowedEndAt: end)
            )
            try await setCommitment("DISABLED", test)
            #expect(try await commitment(test).status == "ENABLED_UNTIL_EARLIEST_ALLOWED_END")
            test.time.advance(milliseconds: Limits.minimumCommitmentMilliseconds)
            #expect(try await commitment(test) == .init(status: "DISABLED", startedAt: start, endedAt: end))
        }
    }

    @Test(arguments: [
        (
            "{}",
            "Value null at 'minimumThroughputBillingCommitment' failed to satisfy constraint: Member must not be null"
        ),
        (
            #"{"MinimumThroughputBillingCommitment":{}}"#,
            "Value null at 'minimumThroughputBillingCommitment.status' failed to satisfy constraint: Member must not be null"
        ),
        (
            #"{"MinimumThroughputBillingCommitment":{"Status":"ON"}}"#,
            """
            Value 'ON' at 'minimumThroughputBillingCommitment.status' failed to satisfy constraint: Member must satisfy \
            enum value set: [ENABLED, DISABLED]
            """
        ),
    ])
    func aBadCommitmentIsRefused(body: String, reason: String) async throws {
        try await withService { test in
            let error = await test.refusal("UpdateAccountSettings", body)
            #expect(error?.code == .validation)
            #expect(error?.message == "1 validation error detected: \(reason)")
            let status = try await commitment(test).status
            #expect(status == "DISABLED")
        }
    }

    @Test func warmThroughputNeedsACommitment() async throws {
        try await withService { test in
            _ = try await test.call(CreateStream.self, .init(streamName: "s", streamModeDetails: Self.onDemand))
            let body = #"{"StreamName":"s","WarmThroughputMiBps":1}"#
            let error = await test.refusal("UpdateStreamWarmThroughput", body)
            #expect(error?.code == .invalidArgument)
            #expect(
                error?.message == """
                    WarmThroughputMiBps is only supported for accounts that have MinimumThroughputBillingCommitment \
                    enabled. It is not enabled for account 000000000000.
                    """
            )
            try await setCommitment("ENABLED", test)
            #expect(await test.refusal("UpdateStreamWarmThroughput", body) == nil)
            try await setCommitment("DISABLED", test)
            #expect(await test.refusal("UpdateStreamWarmThroughput", body) == nil)
            test.time.advance(milliseconds: Limits.minimumCommitmentMilliseconds)
            #expect(await test.refusal("UpdateStreamWarmThroughput", body)?.code == .invalidArgument)
        }
    }
}
