import NIOCore
import Testing
import WeirModel
import WeirTestTools
import WeirWire

@Suite struct UpdateShardCountTests {
    private static let arn = StreamSettingsTests.arn

    @Test func theStreamIsNamedInAnyWay() async throws {
        try await withService { test in
            try await test.createStream(shards: 2)
            let id = StreamID(try await test.store.stream(name: "s")).description
            for (request, count) in [
                (UpdateShardCount.Request(streamName: "s", targetShardCount: 3), 2),
                (.init(targetShardCount: 4, streamARN: Self.arn), 3),
                (.init(targetShardCount: 8, streamID: id), 4),
                (.init(streamName: "s", targetShardCount: 5, streamARN: Self.arn), 8),
            ] {
                var request = request
                request.scalingType = "UNIFORM_SCALING"
                let answer = try await test.call(UpdateShardCount.self, request)
                #expect(answer.streamName == "s" && answer.streamARN == Self.arn)
                #expect(answer.currentShardCount == count)
                #expect(answer.targetShardCount == request.targetShardCount)
                let summary = try await test.call(DescribeStreamSummary.self, .init(streamName: "s"))
                #expect(summary.streamDescriptionSummary.openShardCount == request.targetShardCount)
            }
        }
    }

    @Test(arguments: [
        (#"{"StreamName":"s","TargetShardCount":2}"#, "Value null at 'scalingType'"),
        (
            #"{"StreamName":"s","TargetShardCount":2,"ScalingType":"X"}"#,
            "Member must satisfy enum value set: [UNIFORM_SCALING]"
        ),
        (#"{"StreamName":"s","ScalingType":"UNIFORM_SCALING"}"#, "Value null at 'targetShardCount'"),
        (
            #"{"StreamName":"s","TargetShardCount":0,"ScalingType":"UNIFORM_SCALING"}"#,
            "Member must have value greater than or equal to 1"
        ),
        (#"{"TargetShardCount":2,"ScalingType":"UNIFORM_SCALING"}"#, "Value null at 'streamName'"),
    ])
    func whatIsNotValidIsRefused(body: String, reason: String) async throws {
        try await withService { test in
            try await test.createStream(shards: 2)
            let error = await test.refusal("UpdateShardCount", body)
            #expect(error?.code == .validation)
            #expect(error?.message.contains(reason) == true, "\(error.map { "\($0)" } ?? "")")
        }
    }

    @Test func anAbsentStreamIsNotFound() async throws {
        try await withService { test in
            let body = #"{"StreamName":"absent","TargetShardCount":2,"ScalingType":"UNIFORM_SCALING"}"#
            let error = await test.refusal("UpdateShardCount", body)
            #expect(error?.code == .resourceNotFound)
            #expect(error?.message == "Stream absent under account 000000000000 not found.")
        }
    }

    /// A reader that knows only what closed shards tell of their children reads every record, those of a key in order.
    @Test func closedShardsLeadToTheirChildren() async throws {
        try await withService { test in
            try await test.createStream(shards: 3)
            var expected: [String: [String]] = [:]
            for (round, target) in [5, 3, 6, 4].enumerated() {
                for number in 0..<40 {
                    let (key, text) = ("key-\(number % 10)", "\(round)-\(number)")
                    try await test.put(text, key: key)
                    expected[key, default: []].append(text)
                }
                test.time.advance(milliseconds: 1000)
                _ = try await test.call(
                    UpdateShardCount.self,
                    .init(streamName: "s", targetShardCount: target, scalingType: "UNIFORM_SCALING")
                )
            }
            let first = try await test.call(
                ListShards.self,
                .init(streamName: "s", shardFilter: .init(type: "AT_TRIM_HORIZON"))
            ).shards
            #expect(first.map(\.shardID) == (0..<3).map { ShardID($0).description })
            let latest = try await test.call(
                ListShards.self,
                .init(streamName: "s", shardFilter: .init(type: "AT_LATEST"))
            ).shards
            #expect(latest.count == 4)

            var read: [String: [String]] = [:]
            // Of a shard with two parents, both must have been read.
            var waiting = Set(first.map(\.shardID))
            var parents: [String: [String]] = [:]
            var ended: Set<String> = []
            while let shard = waiting.first(where: { Set(parents[$0] ?? []).isSubset(of: ended) }) {
                waiting.remove(shard)
                var iterator: String? = try await test.iterator(shard: Int(try #require(ShardID(shard)).number))
                while let place = iterator {
                    let answer = try await test.read(place, limit: 9)
                    for record in answer.records {
                        read[record.partitionKey, default: []].append(String(buffer: record.data))
                    }
                    iterator = answer.records.isEmpty ? nil : answer.nextShardIterator
                    guard answer.nextShardIterator == nil else { continue }
                    ended.insert(shard)
                    let children = answer.childShards ?? []
                    #expect((1...2).contains(children.count))
                    for child in children {
                        parents[child.shardID] = child.parentShards
                        waiting.insert(child.shardID)
                    }
                }
            }
            #expect(waiting.isEmpty)
            #expect(read == expected)
        }
    }
}
