import NIOCore

/// An entry to append.
public struct NewLogEntry: Sendable {
    /// The lane that takes it.
    public var lane: UInt32
    /// Milliseconds since 1970. One earlier than the entry before it in the log is raised to that entry's.
    public var timestamp: Int64
    /// How many of the append's prefixes' bytes the stored payload begins with; 0 where ``payload`` is all of it. Those of the
    /// entries before come first.
    public var prefixSize: Int
    /// The readable bytes behind the prefix: nobody needs to copy the two together before.
    public var payload: ByteBuffer

    /// An entry for a lane.
    public init(lane: UInt32, timestamp: Int64, prefixSize: Int = 0, payload: ByteBuffer) {
        self.lane = lane
        self.timestamp = timestamp
        self.prefixSize = prefixSize
        self.payload = payload
    }

    /// Bytes that are stored.
    var payloadSize: Int { prefixSize + payload.readableBytes }

    /// Copies what is stored to a place of ``payloadSize`` bytes. `prefixes` begins with the entry's.
    func copyPayload(to target: UnsafeMutableRawBufferPointer, prefixes: UnsafeRawBufferPointer) {
        if prefixSize > 0 { target.copyMemory(from: UnsafeRawBufferPointer(rebasing: prefixes[..<prefixSize])) }
        payload.withUnsafeReadableBytes {
            UnsafeMutableRawBufferPointer(rebasing: target[prefixSize...]).copyMemory(from: $0)
        }
    }
}

/// An entry as the log holds it.
public struct LogEntry: Sendable {
    /// Its place in the log: 1 for the first entry ever, then consecutive over all lanes.
    public var index: UInt64
    /// The lane that holds it.
    public var lane: UInt32
    /// Milliseconds since 1970. Never less than that of the entry before it in the log.
    public var timestamp: Int64
    /// What was appended; a slice of the buffer that was read from disk.
    public var payload: ByteBuffer

    /// An entry from its parts.
    public init(index: UInt64, lane: UInt32, timestamp: Int64, payload: ByteBuffer) {
        self.index = index
        self.lane = lane
        self.timestamp = timestamp
        self.payload = payload
    }
}

/// What one read of a lane gave.
public struct LaneRead: Sendable {
    /// The entries, in order. Empty only at the tip, or when none was asked for.
    public var entries: LogEntries
    /// Where to read on. It may lie past the last entry's successor when the lane holds nothing between.
    public var nextIndex: UInt64
    /// Whether the lane holds nothing at or after `nextIndex`.
    public var isAtTip: Bool

    /// What one read of a lane gave.
    public init(entries: LogEntries, nextIndex: UInt64, isAtTip: Bool) {
        self.entries = entries
        self.nextIndex = nextIndex
        self.isAtTip = isAtTip
    }
}
