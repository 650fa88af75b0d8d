import NIOCore

/// Entries of one lane, in order: places in buffers that many of them share, so that to read thousands makes no object for
/// each.
public struct LogEntries: Sendable {
    /// Where an entry is.
    @usableFromInline
    struct Place: BitwiseCopyable, Sendable {
        @usableFromInline let index: UInt64
        @usableFromInline let timestamp: Int64
        /// The number of its buffer.
        @usableFromInline var buffer: UInt32
        /// Where its payload begins in the readable bytes of that.
        @usableFromInline var start: UInt32
        /// Bytes of its payload.
        @usableFromInline let size: UInt32
    }

    /// The lane that holds them.
    public private(set) var lane: UInt32 = 0
    /// What their payloads are places in.
    public private(set) var buffers: [ByteBuffer] = []
    @usableFromInline private(set) var places: [Place] = []

    /// No entries of a lane, until some are appended.
    init(lane: UInt32) { self.lane = lane }

    /// Entries of one lane.
    public init(_ entries: some Sequence<LogEntry>) {
        for entry in entries {
            lane = entry.lane
            let buffer = add(entry.payload)
            append(entry.index, entry.timestamp, buffer, at: 0, size: entry.payload.readableBytes)
        }
    }

    // MARK: Reading

    /// The index of an entry in the log.
    @inlinable
    public func index(at position: Int) -> UInt64 { places[position].index }

    /// The timestamp of an entry.
    @inlinable
    public func timestamp(at position: Int) -> Int64 { places[position].timestamp }

    /// The place of an entry's payload: the number of its buffer, and where it begins and how long it is in the readable bytes of
    /// that.
    @inlinable
    public func payloadPlace(at position: Int) -> (buffer: Int, start: Int, size: Int) {
        let place = places[position]
        return (Int(place.buffer), Int(place.start), Int(place.size))
    }

    /// Calls `body` with the payload of an entry.
    @inlinable
    public func withPayload<Result>(at position: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        let place = places[position]
        return buffers.span[Int(place.buffer)].withUnsafeReadableBytes { bytes in
            let start = Int(place.start)
            return body(UnsafeRawBufferPointer(rebasing: bytes[start..<start + Int(place.size)]))
        }
    }

    /// The index of the last entry in the log; nil when there is none.
    var lastIndex: UInt64? { places.last?.index }

    // MARK: Appending

    /// Takes in a buffer, whose number is given: payloads may be appended that lie in it.
    mutating func add(_ buffer: ByteBuffer) -> UInt32 {
        buffers.append(buffer)
        return UInt32(buffers.count - 1)
    }

    /// Makes room for more entries.
    mutating func reserve(_ more: Int) { places.reserveCapacity(places.count + more) }

    /// Appends an entry whose payload lies in a buffer that was added.
    mutating func append(_ index: UInt64, _ timestamp: Int64, _ buffer: UInt32, at start: Int, size: Int) {
        places.append(
            Place(index: index, timestamp: timestamp, buffer: buffer, start: UInt32(start), size: UInt32(size))
        )
    }

    /// Copies the payloads from an entry on, all of which lie in the buffer that was added last, into a smaller one that
    /// takes its place: who keeps one of them does not keep all that was read.
    mutating func copyPayloads(from first: Int) {
        guard let shared = buffers.popLast() else { return }
        let size = places[first...].reduce(0) { $0 + Int($1.size) }
        var copy = ByteBufferAllocator().buffer(capacity: size)
        shared.withUnsafeReadableBytes { bytes in
            for position in first..<places.count {
                let start = Int(places[position].start)
                places[position].start = UInt32(copy.readableBytes)
                copy.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[start..<start + Int(places[position].size)]))
            }
        }
        buffers.append(copy)
    }
}

extension LogEntries: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { places.count }

    public subscript(position: Int) -> LogEntry {
        let place = places[position]
        let buffer = buffers[Int(place.buffer)]
        let start = buffer.readerIndex + Int(place.start)
        // A place lies in its buffer, so that the slice is there.
        let payload = buffer.getSlice(at: start, length: Int(place.size)) ?? ByteBuffer()
        return LogEntry(index: place.index, lane: lane, timestamp: place.timestamp, payload: payload)
    }
}
