import WeirRuntime

/// The settings of a log.
public struct LogOptions: Sendable {
    /// Bytes at which a segment is sealed and the next one begun, until it is set otherwise. Default 64 MiB, at most 4 GiB.
    ///
    /// Trimming drops whole segments. A group commit larger than this makes a larger segment.
    public var segmentSizeInBytes = 64 << 20
    /// Bytes of one entry's payload, at most. Default 16 MiB, at most 256 MiB.
    public var maximumPayloadSizeInBytes = 16 << 20
    /// Bytes on disk of one append call, at most. Default 64 MiB, at most 1 GiB.
    public var maximumAppendSizeInBytes = 64 << 20
    /// Bytes of one group commit. A single larger append still makes one. Default 8 MiB.
    public var maximumBatchSizeInBytes = 8 << 20
    /// Bytes of appends taken for writing but not yet acknowledged; beyond it appends wait for their turn. Default 32 MiB.
    public var maximumPendingSizeInBytes = 32 << 20
    /// Append calls that wait for their turn, at most; beyond it they throw `.overloaded`. Default 100,000.
    public var maximumWaitingCount = 100_000
    /// Bytes of zeros by which the tail is extended first; each later extension doubles. Default 64 KiB.
    public var minimumExtensionSizeInBytes = 64 << 10
    /// Bytes of zeros by which the tail is extended at most. Default 4 MiB.
    public var maximumExtensionSizeInBytes = 4 << 20
    /// Bytes of a group commit from which on no zeros are written behind it: a disk that is kept busy by large ones takes more when it
    /// does not write every byte twice, and to make a new file size durable is little beside so much. Default 512 KiB.
    public var minimumBatchSizeWithoutZerosInBytes = 512 << 10
    /// Files of trimmed segments that are kept to be written over by new ones, at most. Default 2; 0 removes them all.
    public var maximumSpareCount = 2
    /// Within how many seconds half of a segment must be filled, for a spare file to be made for the one after it ahead of time.
    /// Default 60; 0 makes none.
    public var preparesSparesWithinSeconds = 60
    /// Whether what is synced at once is written around the system's page cache, where the file system can. Default true.
    ///
    /// It costs less than half the processor time, and the sync has less to wait for. What is read again after it left
    /// ``LogWriterPool``'s memory of the newest entries comes from the disk then, at least once.
    public var usesDirectIO = true
    /// When an append is acknowledged, until it is set otherwise. Default: when it is synced.
    public var durability = LogDurability.always
    /// Whether sealed segments are packed, until it is set otherwise. Default: they are not.
    public var compression = LogCompression.none
    /// Bytes of frames that are compressed together. Default 64 KiB.
    ///
    /// A larger block becomes a little smaller; reading one entry decompresses a block, and damage costs one.
    public var packedBlockSizeInBytes = 64 << 10
    /// Nanoseconds from a failure to pack a segment to the next attempt. Default: a minute.
    public var packingPauseInNanoseconds: UInt64 = 60_000_000_000
    /// Tells the time at which a segment was created.
    public var time: any TimeSource = SystemTime()
    /// Makes the identity of a new segment, with which its checksums are salted. Random by default.
    public var makeIdentity: @Sendable () -> UInt64 = { UInt64.random(in: .min ... .max) }

    /// The default settings.
    public init() {}

    /// The same settings, within what the format can hold: places in a file are 32-bit numbers of 8 bytes.
    func withinFormat() -> LogOptions {
        var options = self
        options.segmentSizeInBytes = LogFormat.segmentSize(segmentSizeInBytes)
        options.maximumPayloadSizeInBytes = min(maximumPayloadSizeInBytes, LogFormat.maximumPayloadSize)
        options.maximumAppendSizeInBytes = min(maximumAppendSizeInBytes, LogFormat.maximumAppendSize)
        options.maximumBatchSizeInBytes = min(maximumBatchSizeInBytes, LogFormat.maximumAppendSize)
        return options
    }
}
