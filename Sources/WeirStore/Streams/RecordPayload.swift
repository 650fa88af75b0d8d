import NIOCore
import WeirModel

/// The payload of a log entry that holds one record in the clear: format 1 of `docs/formats/record.md`.
enum RecordPayload {
    /// The first byte of every payload.
    static let format: UInt8 = 1
    /// Bytes before the partition key: the format, and the key's length as a big-endian 16-bit number.
    static let headerSizeInBytes = 3
    /// Bytes of a partition key, at most: 256 characters of up to 4 bytes are far below it.
    static let maximumPartitionKeySizeInBytes = Int(UInt16.max)

    /// Bytes of the prefix of a record: what its payload has before the data.
    static func prefixSize(of record: borrowing NewRecord) -> Int {
        headerSizeInBytes + (record.content.partitionKeySize ?? 0)
    }

    /// The prefixes of records, one behind the other: a payload is its prefix and the data of the record.
    static func prefixes(of records: [NewRecord]) -> ByteBuffer {
        let records = records.span
        var total = 0
        for index in records.indices { total += prefixSize(of: records[index]) }
        var prefixes = ByteBufferAllocator().buffer(capacity: total)
        prefixes.writeWithUnsafeMutableBytes(minimumWritableBytes: total) { space in
            var end = 0
            for index in records.indices {
                let start = end
                end += prefixSize(of: records[index])
                writePrefix(
                    of: records[index],
                    to: UnsafeMutableRawBufferPointer(rebasing: space[start..<end])
                )
            }
            return end
        }
        return prefixes
    }

    /// Fills the bytes of a prefix.
    private static func writePrefix(of record: borrowing NewRecord, to space: UnsafeMutableRawBufferPointer) {
        record.content.withPartitionKeyBytes { key in
            precondition(
                key.count <= maximumPartitionKeySizeInBytes,
                "a partition key is checked before it is appended"
            )
            space[0] = format
            space[1] = UInt8(truncatingIfNeeded: key.count >> 8)
            space[2] = UInt8(truncatingIfNeeded: key.count)
            UnsafeMutableRawBufferPointer(rebasing: space[headerSizeInBytes...])
                .copyMemory(from: key)
        }
    }

    /// The partition key and the data of a payload; nil when it is not one.
    static func decode(_ payload: ByteBuffer) -> (partitionKey: String, data: ByteBuffer)? {
        guard let content = payload.withUnsafeReadableBytes({ content(of: $0) }) else { return nil }
        var data = payload
        data.moveReaderIndex(forwardBy: content.start)
        return data.readString(length: content.partitionKeySize).map { ($0, data) }
    }

    /// Where the partition key and the data are in the bytes of a payload; nil when it is not one.
    static func content(of payload: UnsafeRawBufferPointer) -> RecordContentPlace? {
        guard let first = payload.first, first == format else { return nil }
        return RecordContentPlace(in: payload, start: headerSizeInBytes)
    }

    /// Bytes of partition key and data in a payload of either format.
    static func contentSize(of payload: UnsafeRawBufferPointer, isSealed: Bool) -> Int {
        let overhead = isSealed ? SealedPayload.overheadInBytes : headerSizeInBytes
        return max(0, payload.count - overhead)
    }
}
