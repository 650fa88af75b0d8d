import NIOCore
import WeirModel
import WeirWire

extension KinesisCalling {
    /// Puts one record and waits until the service has it.
    ///
    /// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecord.html
    ///
    /// - Parameters:
    ///   - data: With the partition key at most 1 MiB.
    ///   - stream: The name of the stream.
    ///   - partitionKey: 1 to 256 characters; records of one key go to one shard.
    ///   - explicitHashKey: A decimal number below 2^128 that chooses the shard instead of the partition key.
    ///   - sequenceNumberForOrdering: The number of a record that this one must come after.
    public func putRecord(
        _ data: ByteBuffer,
        stream: String,
        partitionKey: String,
        explicitHashKey: String? = nil,
        sequenceNumberForOrdering: String? = nil
    ) async throws(ServiceError) -> PutRecord.Response {
        try await call(
            PutRecord.self,
            PutRecord.Request(
                streamName: stream,
                data: data,
                partitionKey: partitionKey,
                explicitHashKey: explicitHashKey,
                sequenceNumberForOrdering: sequenceNumberForOrdering
            )
        )
    }
}
