import NIOCore

/// Records of a shard, in order: places in buffers that many of them share, so that to read thousands and to send them makes
/// no object and no text for each.
public struct StoredRecords: Sendable {
    /// Where a record is, and what else there is to know of it.
    public struct Place: BitwiseCopyable, Sendable {
        /// Its number.
        public let sequenceNumber: SequenceNumber
        /// When the server took it.
        public let approximateArrival: Timestamp
        /// The number of its buffer.
        @usableFromInline let buffer: UInt32
        /// Where its partition key begins in the readable bytes of that; the data follows.
        @usableFromInline let start: UInt32
        @usableFromInline let partitionKeySize: UInt32
        @usableFromInline let dataSize: UInt32
        /// Whether it is encrypted on disk.
        public let isEncrypted: Bool

        /// Bytes of its partition key and its data.
        @inlinable
        public var contentSize: Int { Int(partitionKeySize) + Int(dataSize) }
    }

    /// The records' places, in order.
    public private(set) var places: [Place] = []
    @usableFromInline private(set) var buffers: [ByteBuffer]

    /// No records, until some are appended that lie in these buffers.
    package init(in buffers: [ByteBuffer] = []) { self.buffers = buffers }

    /// Copies of records.
    package init(_ records: some Sequence<StoredRecord>) {
        var shared = ByteBuffer()
        buffers = []
        for record in records {
            let start = shared.readableBytes
            let keySize = shared.writeString(record.partitionKey)
            shared.writeImmutableBuffer(record.data)
            append(
                record.sequenceNumber,
                record.approximateArrival,
                isEncrypted: record.isEncrypted,
                in: 0,
                at: start,
                partitionKeySize: keySize,
                dataSize: record.data.readableBytes
            )
        }
        buffers = [shared]
    }

    /// Takes in a buffer, whose number is given: records may be appended that lie in it.
    package mutating func add(_ buffer: ByteBuffer) -> Int {
        buffers.append(buffer)
        return buffers.count - 1
    }

    /// Makes room for more records.
    package mutating func reserve(_ more: Int) { places.reserveCapacity(places.count + more) }

    /// Appends a record: its partition key, and behind it its data, lie at a place in the readable bytes of a buffer.
    package mutating func append(
        _ sequenceNumber: SequenceNumber,
        _ approximateArrival: Timestamp,
        isEncrypted: Bool,
        in buffer: Int,
        at start: Int,
        partitionKeySize: Int,
        dataSize: Int
    ) {
        places.append(
            Place(
                sequenceNumber: sequenceNumber,
                approximateArrival: approximateArrival,
                buffer: UInt32(buffer),
                start: UInt32(start),
                partitionKeySize: UInt32(partitionKeySize),
                dataSize: UInt32(dataSize),
                isEncrypted: isEncrypted
            )
        )
    }

    /// Calls `body` with the partition key, in UTF-8, and the data of a record.
    @inlinable
    public func withContent<Result>(
        of place: Place,
        _ body: (_ partitionKey: UnsafeRawBufferPointer, _ data: UnsafeRawBufferPointer) -> Result
    ) -> Result {
        buffers.span[Int(place.buffer)].withUnsafeReadableBytes { bytes in
            let start = Int(place.start)
            let middle = start + Int(place.partitionKeySize)
            let end = middle + Int(place.dataSize)
            return body(
                UnsafeRawBufferPointer(rebasing: bytes[start..<middle]),
                UnsafeRawBufferPointer(rebasing: bytes[middle..<end])
            )
        }
    }

    /// Some of the records, in the same buffers.
    package func part(_ range: Range<Int>) -> StoredRecords {
        var part = StoredRecords(in: buffers)
        part.places = Array(places[range])
        return part
    }

    /// Bytes of their partition keys and data.
    public var contentSize: Int { places.reduce(0) { $0 + $1.contentSize } }
}

extension StoredRecords: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { places.count }

    public subscript(position: Int) -> StoredRecord {
        let place = places[position]
        var data = buffers[Int(place.buffer)]
        data.moveReaderIndex(forwardBy: Int(place.start))
        // A place lies in its buffer, so that both are there.
        return StoredRecord(
            sequenceNumber: place.sequenceNumber,
            partitionKey: data.readString(length: Int(place.partitionKeySize)) ?? "",
            data: data.readSlice(length: Int(place.dataSize)) ?? ByteBuffer(),
            approximateArrival: place.approximateArrival,
            isEncrypted: place.isEncrypted
        )
    }
}
