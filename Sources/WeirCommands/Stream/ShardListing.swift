import WeirClient
import WeirModel
import WeirRuntime
import WeirWire

/// The shards of a stream, page by page.
enum ShardListing {
    /// All shards, by ascending ID.
    static func all(of stream: String, kinesis: some KinesisCalling) async throws(ServiceError) -> [Shard] {
        var answer = try await kinesis.call(ListShards.self, .init(streamName: stream))
        var shards = answer.shards
        while let token = answer.nextToken {
            answer = try await kinesis.call(ListShards.self, .init(nextToken: token))
            shards += answer.shards
        }
        return shards
    }

    /// The open shards in order of their hash keys.
    static func open(of stream: String, kinesis: some KinesisCalling) async throws(ServiceError) -> [Shard] {
        try await all(of: stream, kinesis: kinesis)
            .filter { $0.sequenceNumberRange.endingSequenceNumber == nil }
            .sorted { startingHashKey($0) < startingHashKey($1) }
    }

    /// The hash key that divides a range into halves; nil when the range is no pair of decimals.
    static func middle(of range: HashKeyRangeShape) -> String? {
        guard let low = HashKey(range.startingHashKey), let high = HashKey(range.endingHashKey), low <= high else {
            return nil
        }
        return (low.value + (high.value - low.value) / 2 + 1).description
    }

    private static func startingHashKey(_ shard: Shard) -> HashKey {
        HashKey(shard.hashKeyRange.startingHashKey) ?? .minimum
    }
}

/// Waits until a stream is ready.
enum StreamReadiness {
    /// Returns when the stream is active. Throws `timeout` when it is not so in time.
    static func wait(
        for stream: String,
        kinesis: some KinesisCalling,
        time: some TimeSource = SystemTime(),
        within seconds: Int = 120
    ) async throws {
        try await Readiness.wait(orSay: "Stream \(stream) is not active", time: time, within: seconds) {
            let answer = try await kinesis.call(DescribeStreamSummary.self, .init(streamName: stream))
            return answer.streamDescriptionSummary.streamStatus == StreamStatus.active.rawValue
        }
    }
}
