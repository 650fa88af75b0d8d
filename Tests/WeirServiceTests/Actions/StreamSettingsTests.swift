import NIOCore
import Testing
import WeirModel
import WeirStore
import WeirTestTools
import WeirWire

@Suite struct StreamSettingsTests {
    static let arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s"
    static let all = ShardLevelMetric.allCases.map(\.rawValue)

    private func summary(_ test: TestService) async throws -> StreamDescriptionSummary {
        try await test.call(DescribeStreamSummary.self, .init(streamName: "s")).streamDescriptionSummary
    }

    private func commit(_ test: TestService) async throws {
        let input = MinimumThroughputBillingCommitmentInput(status: "ENABLED")
        _ = try await test.call(UpdateAccountSettings.self, .init(minimumThroughputBillingCommitment: input))
    }

    private func createOnDemand(_ test: TestService) async throws {
        let mode = StreamModeDetails(streamMode: "ON_DEMAND")
        _ = try await test.call(CreateStream.self, .init(streamName: "s", streamModeDetails: mode))
    }

    private func setMode(_ mode: StreamMode, _ test: TestService) async throws {
        let details = StreamModeDetails(streamMode: mode.rawValue)
        _ = try await test.call(UpdateStreamMode.self, .init(streamARN: Self.arn, streamModeDetails: details))
    }

    @Test func aNewStreamHasTheDefaults() async throws {
        try await withService { test in
            try await test.createStream()
            let summary = try await summary(test)
            #expect(summary.streamModeDetails?.streamMode == "PROVISIONED")
            #expect(summary.maxRecordSizeInKiB == 1024)
            #expect(summary.encryptionType == "NONE")
            #expect(summary.keyID == nil)
            #expect(summary.enhancedMonitoring == [EnhancedMonitoring(shardLevelMetrics: [])])
            #expect(summary.warmThroughput == nil)
            #expect(summary.recordDistributionStrategy == nil)
        }
    }

    @Test func theModeIsChangedTwiceADay() async throws {
        try await withService { test in
            try await test.createStream(shards: 3)
            try await setMode(.onDemand, test)
            let onDemand = try await summary(test)
            #expect(onDemand.streamModeDetails?.streamMode == "ON_DEMAND")
            #expect(onDemand.recordDistributionStrategy == "USER_PARTITION_KEY")
            #expect(onDemand.openShardCount == 3)
            // What changes nothing does not count.
            try await setMode(.onDemand, test)
            test.time.advance(milliseconds: 3_600_000)
            try await setMode(.provisioned, test)

            let error = await #expect(throws: ServiceError.self) { try await setMode(.onDemand, test) }
            #expect(error?.code == .limitExceeded)
            #expect(
                error?.message == """
                    Rate exceeded for stream s under account 000000000000. You cannot update the capacity mode of your \
                    data stream more than twice within 24 hours.
                    """
            )
            test.time.advance(milliseconds: 23 * 3_600_000 - 1)
            await #expect(throws: ServiceError.self) { try await setMode(.onDemand, test) }
            test.time.advance(milliseconds: 1)
            try await setMode(.onDemand, test)
            await #expect(throws: ServiceError.self) { try await setMode(.provisioned, test) }
        }
    }

    @Test func encryptionIsSwitchedOnAndOff() async throws {
        try await withService { test in
            try await test.createStream()
            #expect(try await test.put("plain").encryptionType == nil)
            _ = try await test.call(
                StartStreamEncryption.self,
                .init(streamName: "s", encryptionType: "KMS", keyID: "alias/aws/kinesis")
            )
            let described = try await test.call(DescribeStream.self, .init(streamName: "s")).streamDescription
            #expect(described.encryptionType == "KMS")
            #expect(described.keyID == "alias/aws/kinesis")
            #expect(try await summary(test).keyID == "alias/aws/kinesis")
            #expect(try await test.put("secret").encryptionType == "KMS")
            let batch = try await test.call(
                PutRecords.self,
                .init(records: [.init(data: ByteBuffer(string: "x"), partitionKey: "k")], streamName: "s")
            )
            #expect(batch.encryptionType == "KMS")

            _ = try await test.call(
                StopStreamEncryption.self,
                .init(encryptionType: "KMS", keyID: "alias/aws/kinesis", streamARN: Self.arn)
            )
            #expect(try await summary(test).encryptionType == "NONE")
            #expect(try await test.put("plain again").encryptionType == nil)

            // Each record says how it is stored, whatever the stream does now.
            let iterator = try await test.call(
                GetShardIterator.self,
                .init(streamName: "s", shardID: "shardId-000000000000", shardIteratorType: "TRIM_HORIZON")
            ).shardIterator
            let records = try await test.call(GetRecords.self, .init(shardIterator: iterator ?? "")).records
            #expect(records.map { String(buffer: $0.data) } == ["plain", "secret", "x", "plain again"])
            #expect(records.map(\.encryptionType) == [nil, "KMS", "KMS", nil])
        }
    }

    @Test func encryptionIsStartedTwentyFiveTimesADay() async throws {
        try await withService { test in
            try await test.createStream()
            func start(_ key: Int) async throws {
                let request = StartStreamEncryption.Request(
                    streamName: "s",
                    encryptionType: "KMS",
                    keyID: "alias/key-\(key)"
                )
                _ = try await test.call(StartStreamEncryption.self, request)
            }
            for key in 0..<Limits.maximumEncryptionChangesPerDay { try await start(key) }
            let error = await #expect(throws: ServiceError.self) { try await start(99) }
            #expect(error?.code == .limitExceeded)
            #expect(try await summary(test).keyID == "alias/key-24")
        }
    }

    @Test func metricsAreSwitchedOnAndOff() async throws {
        try await withService { test in
            try await test.createStream()
            func enable(_ names: [String]) async throws -> EnhancedMonitoringOutput {
                try await test.call(
                    EnableEnhancedMonitoring.self,
                    .init(streamName: "s", shardLevelMetrics: names)
                )
            }
            let first = try await enable(["OutgoingBytes", "IncomingBytes"])
            #expect(first.streamName == "s")
            #expect(first.streamARN == Self.arn)
            #expect(first.currentShardLevelMetrics == [])
            #expect(first.desiredShardLevelMetrics == ["IncomingBytes", "OutgoingBytes"])
            let second = try await enable(["ALL"])
            #expect(second.currentShardLevelMetrics == ["IncomingBytes", "OutgoingBytes"])
            #expect(second.desiredShardLevelMetrics == Self.all)
            let described = try await test.call(DescribeStream.self, .init(streamName: "s")).streamDescription
            #expect(described.enhancedMonitoring == [EnhancedMonitoring(shardLevelMetrics: Self.all)])

            let third = try await test.call(
                DisableEnhancedMonitoring.self,
                .init(shardLevelMetrics: ["IncomingRecords"], streamARN: Self.arn)
            )
            #expect(third.currentShardLevelMetrics == Self.all)
            #expect(third.desiredShardLevelMetrics == Self.all.filter { $0 != "IncomingRecords" })
            let last = try await test.call(
                DisableEnhancedMonitoring.self,
                .init(streamName: "s", shardLevelMetrics: ["ALL"])
            )
            #expect(last.desiredShardLevelMetrics == [])
            #expect(try await summary(test).enhancedMonitoring == [EnhancedMonitoring(shardLevelMetrics: [])])
        }
    }

    @Test func onDemandSettingsGoWithTheMode() async throws {
        try await withService { test in
            try await createOnDemand(test)
            try await commit(test)
            let answer = try await test.call(
                UpdateStreamWarmThroughput.self,
                .init(streamName: "s", warmThroughputMiBps: 2)
            )
            #expect(answer.streamARN == Self.arn)
            #expect(answer.warmThroughput?.targetMiBps == 2)
            _ = try await test.call(
                UpdateStreamRecordDistributionStrategy.self,
                .init(streamARN: Self.arn, recordDistributionStrategy: "AUTO")
            )
            let onDemand = try await summary(test)
            #expect(onDemand.warmThroughput == WarmThroughput(targetMiBps: 2, currentMiBps: 4))
            #expect(onDemand.recordDistributionStrategy == "AUTO")

            try await setMode(.provisioned, test)
            let provisioned = try await summary(test)
            #expect(provisioned.warmThroughput == nil)
            #expect(provisioned.recordDistributionStrategy == nil)
            try await setMode(.onDemand, test)
            #expect(try await summary(test).recordDistributionStrategy == "USER_PARTITION_KEY")
        }
    }

    @Test func aStreamIsMadeWithItsSettings() async throws {
        try await withService { test in
            try await commit(test)
            _ = try await test.call(
                CreateStream.self,
                .init(
                    streamName: "s",
                    streamModeDetails: StreamModeDetails(streamMode: "ON_DEMAND"),
                    warmThroughputMiBps: 3,
                    maxRecordSizeInKiB: 2048,
                    recordDistributionStrategy: "AUTO"
                )
            )
            let summary = try await summary(test)
            #expect(summary.warmThroughput?.targetMiBps == 3)
            #expect(summary.maxRecordSizeInKiB == 2048)
            #expect(summary.recordDistributionStrategy == "AUTO")
        }
    }

    @Test func recordsAreSpreadEvenlyWhateverTheirKeys() async throws {
        try await withService { test in
            try await createOnDemand(test)
            _ = try await test.call(
                UpdateStreamRecordDistributionStrategy.self,
                .init(streamARN: Self.arn, recordDistributionStrategy: "AUTO")
            )
            let records = (0..<40).map { number in
                PutRecordsRequestEntry(
                    data: ByteBuffer(string: "\(number)"),
                    explicitHashKey: number % 2 == 0 ? "0" : nil,
                    partitionKey: number % 3 == 0 ? nil : "same"
                )
            }
            let answer = try await test.call(PutRecords.self, .init(records: records, streamName: "s"))
            #expect(answer.failedRecordCount == 0)
            let counts = Dictionary(grouping: answer.records.compactMap(\.shardID)) { $0 }.mapValues(\.count)
            #expect(counts.count == 4)
            #expect(counts.values.allSatisfy { $0 == 10 })
            var keys: [String] = []
            for shard in 0..<4 {
                keys += try await test.read(try await test.iterator(shard: shard)).records.map(\.partitionKey)
            }
            #expect(keys.count { $0.isEmpty } == 14)
            #expect(keys.count { $0 == "same" } == 26)
            _ = try await test.call(PutRecord.self, .init(streamName: "s", data: ByteBuffer(string: "alone")))
        }
    }

    @Test func aPartitionKeyIsNeededWhereItChoosesTheShard() async throws {
        try await withService { test in
            try await test.createStream()
            let one = await test.refusal("PutRecord", #"{"StreamName":"s","Data":"eA=="}"#)
            #expect(
                one?.message == """
                    1 validation error detected: Value null at 'partitionKey' failed to satisfy constraint: Member must \
                    not be null
                    """
            )
            let batch = await test.refusal("PutRecords", #"{"StreamName":"s","Records":[{"Data":"eA=="}]}"#)
            #expect(
                batch?.message == """
                    1 validation error detected: Value null at 'records.1.member.partitionKey' failed to satisfy \
                    constraint: Member must not be null
                    """
            )
        }
    }
}
