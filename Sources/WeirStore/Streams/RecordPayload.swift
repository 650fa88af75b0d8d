import NIOCore

/// The payload of a log entry that holds one record in the clear: format 1 of `docs/formats/record.md`.
enum RecordPayload {
    /// The first byte of every payload.
    static let format: UInt8 = 1
    /// Bytes before the partition key: the format, and the key's length as a big-endian 16-bit number.
    static let headerSizeInBytes = 3
    /// Bytes of a partition key, at most: 256 characters of up to 4 bytes are far below it.
    static let maximumPartitionKeySizeInBytes = Int(UInt16.max)

    /// The payloads of records, in their order. They share one buffer, so that a batch costs one allocation.
    static func encode(_ records: some Collection<NewRecord>) -> [ByteBuffer] {
        let total = records.reduce(0) { $0 + size(of: $1) }
        var shared = ByteBufferAllocator().buffer(capacity: total)
        for record in records {
            let keySize = record.partitionKey.utf8.count
            precondition(keySize <= maximumPartitionKeySizeInBytes, "a partition key is checked before it is appended")
            shared.writeInteger(format)
            shared.writeInteger(UInt16(keySize))
            shared.writeString(record.partitionKey)
            shared.writeImmutableBuffer(record.data)
        }
        return records.map { record in
            // The bytes were written above, so that the slice is there.
            shared.readSlice(length: size(of: record)) ?? ByteBuffer()
        }
    }

    /// The partition key and the data of a payload; nil when it is not one.
    static func decode(_ payload: ByteBuffer) -> (partitionKey: String, data: ByteBuffer)? {
        var rest = payload
        guard rest.readInteger(as: UInt8.self) == format,
            let keySize = rest.readInteger(as: UInt16.self),
            let partitionKey = rest.readString(length: Int(keySize))
        else { return nil }
        return (partitionKey, rest)
    }

    /// Bytes of partition key and data in a payload of either format.
    static func contentSize(of payload: ByteBuffer) -> Int {
        let overhead = SealedPayload.keyNumber(of: payload) == nil ? headerSizeInBytes : SealedPayload.overheadInBytes
        return max(0, payload.readableBytes - overhead)
    }

    private static func size(of record: NewRecord) -> Int {
        headerSizeInBytes + record.partitionKey.utf8.count + record.data.readableBytes
    }
}
