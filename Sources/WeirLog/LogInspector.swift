import Logging
import WeirRuntime

/// Something that is not as it was written.
public struct LogDamage: Hashable, Sendable, CustomStringConvertible {
    /// The segment file.
    public var path: String
    /// Where in the file.
    public var offset: Int64
    /// The entry that is lost by it; nil when none is, or it is not known which.
    public var index: UInt64?
    /// For people.
    public var message: String

    public var description: String {
        "\(path): offset \(offset): \(index.map { "entry \($0): " } ?? "")\(message)"
    }
}

/// What stands in one segment file.
public struct SegmentReport: Hashable, Sendable {
    /// The file.
    public var path: String
    /// The index of its first entry.
    public var baseIndex: UInt64
    /// The index after its last entry.
    public var nextIndex: UInt64
    /// Entries that can be read.
    public var entryCount = 0
    /// Bytes of the frames of those entries.
    public var frameBytes: Int64 = 0
    /// Bytes of the file.
    public var fileBytes: Int64 = 0
    /// Whether its frames are compressed.
    public var isPacked = false
    /// The times of the first and the last of them, in milliseconds since 1970; nil when there is none.
    public var timestamps: ClosedRange<Int64>?
    /// Whether it has its footer and takes no more entries.
    public var isSealed = false
    /// Where bytes begin, behind the last whole frame of a segment that is not sealed, that are no frame: an append that
    /// was never acknowledged, or that is being written now. Opening the log cuts them off.
    public var tornTailOffset: Int64?
    /// What is damaged.
    public var damages: [LogDamage] = []
}

/// Reads the files of a log as they are on disk and changes nothing; a server may have the log open.
///
/// It checks what `docs/formats/log.md` says of them: the header, footer and trailer of each segment, every frame's
/// checksum and index, and that the segments follow one another without a gap. A damaged frame costs itself alone.
public struct LogInspector: Sendable {
    private let files: SegmentFiles

    /// An inspector of the log in a folder.
    public init(directory: String, fileSystem: any FileSystem = SystemFileSystem()) {
        let logger = Logger(label: "weir.log", factory: { _ in SwiftLogNoOpLogHandler() })
        files = SegmentFiles(directory: directory, fileSystem: fileSystem, options: LogOptions(), logger: logger)
    }

    /// Reads all segments, oldest first, and gives each entry that is whole to a closure, in order, until it returns false.
    ///
    /// Throws `.io` when a file cannot be read. What is damaged, or written by a newer version, is in the reports. A segment
    /// that is removed meanwhile, because its entries aged out, is left out.
    public func inspect(
        visit: (LogEntry) -> Bool = { _ in true }
    ) throws(LogError) -> [SegmentReport] {
        let bases = try files.baseIndexes()
        var reports: [SegmentReport] = []
        var goesOn = true
        for (place, base) in bases.enumerated() where goesOn {
            let end = place + 1 < bases.count ? try files.likelyEnd(beforeSegment: bases[place + 1]) : nil
            // An empty one whose place the next took, just when the process ended.
            if let end, end <= base { continue }
            let inspection = SegmentInspection(files: files, baseIndex: base, end: end)
            guard
                let report = try inspection.run(visit: { entry in
                    if goesOn { goesOn = visit(entry) }
                    return goesOn
                })
            else { continue }
            reports.append(report)
        }
        return reports
    }
}
