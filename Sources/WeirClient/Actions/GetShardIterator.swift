import WeirModel
import WeirWire

/// Where in a shard reading begins.
///
/// Source: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_StartingPosition.html
public enum StartingPosition: Hashable, Sendable {
    /// At the oldest record that is kept.
    case trimHorizon
    /// After the newest record.
    case latest
    /// At the record of this number.
    case atSequenceNumber(String)
    /// After the record of this number.
    case afterSequenceNumber(String)
    /// At the first record that arrived at this time or later.
    case atTimestamp(Timestamp)
}

extension KinesisCalling {
    /// An iterator, which is where GetRecords begins; it is good for five minutes.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetShardIterator.html
    public func getShardIterator(
        stream: String,
        shardID: String,
        position: StartingPosition
    ) async throws(ServiceError) -> String {
        var request = GetShardIterator.Request(streamName: stream, shardID: shardID)
        switch position {
        case .trimHorizon: request.shardIteratorType = "TRIM_HORIZON"
        case .latest: request.shardIteratorType = "LATEST"
        case .atSequenceNumber(let number):
            request.shardIteratorType = "AT_SEQUENCE_NUMBER"
            request.startingSequenceNumber = number
        case .afterSequenceNumber(let number):
            request.shardIteratorType = "AFTER_SEQUENCE_NUMBER"
            request.startingSequenceNumber = number
        case .atTimestamp(let timestamp):
            request.shardIteratorType = "AT_TIMESTAMP"
            request.timestamp = timestamp
        }
        guard let iterator = try await call(GetShardIterator.self, request).shardIterator else {
            throw ServiceError(.malformedResponse, "The answer to GetShardIterator has no iterator.")
        }
        return iterator
    }
}
