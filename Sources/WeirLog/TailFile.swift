import WeirRuntime

/// The file of the tail segment, as its writer sees it.
struct TailFile {
    var file: any File
    var path: String
    var header: SegmentHeader
    /// Where the next frame goes: everything before is shown to readers.
    var endOfData: Int64
    /// Where the file ends: up to there are zeros that were written ahead, or what a recycled file held.
    var endOfFile: Int64
    /// Whether the footer was written and synced: no more frames fit.
    var isSealed = false
    /// Whether the file was another segment's.
    var isRecycled = false

    /// The file for readers.
    var segmentFile: SegmentFile { SegmentFile(file: file, path: path, checksumSeed: header.checksumSeed) }

    /// Whether it holds no entry.
    var isEmpty: Bool { endOfData == Int64(LogFormat.headerPageSize) }

    /// Gives up what was written behind the data, and makes the data durable.
    mutating func truncateToData() throws(FileError) {
        endOfFile = endOfData
        try file.truncate(to: endOfData)
        try file.sync()
    }
}
