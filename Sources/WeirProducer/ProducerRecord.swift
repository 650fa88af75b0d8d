import NIOCore
import WeirModel
import WeirWire

/// A record as it was given to a producer, within the limits of the service.
struct ProducerRecord: Sendable {
    let entry: PutRecordsRequestEntry
    let partitionKey: String
    /// Bytes that count towards the limits of a record and of a call.
    let sizeInBytes: Int

    /// What is counted for each record beside its data and keys.
    static let bookkeepingSizeInBytes = 256

    /// Bytes that count towards the producer's bound.
    var bufferedSizeInBytes: Int {
        sizeInBytes + (entry.explicitHashKey?.utf8.count ?? 0) + Self.bookkeepingSizeInBytes
    }

    /// Throws `invalidRecord` when the service would refuse the record.
    init(data: ByteBuffer, partitionKey: String, explicitHashKey: String?) throws(ProducerError) {
        let keySize = partitionKey.utf8.count
        // A key of few bytes cannot have too many characters; most need no count.
        guard keySize > 0,
            keySize <= Limits.maximumPartitionKeyLength
                || partitionKey.unicodeScalars.count <= Limits.maximumPartitionKeyLength
        else {
            throw ProducerError(
                .invalidRecord,
                "A partition key has 1 to \(Limits.maximumPartitionKeyLength) characters."
            )
        }
        sizeInBytes = data.readableBytes + keySize
        guard sizeInBytes <= Limits.maximumRecordSizeInBytes else {
            throw ProducerError(
                .invalidRecord,
                "Data and partition key have \(sizeInBytes) bytes, more than \(Limits.maximumRecordSizeInBytes)."
            )
        }
        if let explicitHashKey, HashKey(explicitHashKey) == nil {
            throw ProducerError(.invalidRecord, "'\(explicitHashKey)' is not a hash key: a decimal number below 2^128.")
        }
        self.partitionKey = partitionKey
        entry = PutRecordsRequestEntry(data: data, explicitHashKey: explicitHashKey, partitionKey: partitionKey)
    }
}
