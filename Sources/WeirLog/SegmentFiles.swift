import Logging
import NIOCore
import WeirRuntime

/// The segment files of one log: makes them, opens them, reads their headers and footers.
struct SegmentFiles: Sendable {
    let directory: String
    let fileSystem: any FileSystem
    let options: LogOptions
    /// Bytes at which a segment is sealed: the options' until it is set otherwise.
    let segmentSize: LogSegmentSize
    let logger: Logger

    init(directory: String, fileSystem: any FileSystem, options: LogOptions, logger: Logger) {
        self.directory = directory
        self.fileSystem = fileSystem
        self.options = options
        segmentSize = LogSegmentSize(options.segmentSizeInBytes)
        self.logger = logger
    }

    /// The path of the segment file of a base index.
    func path(baseIndex: UInt64) -> String { "\(directory)/\(LogFormat.segmentName(baseIndex: baseIndex))" }

    /// The base indexes of the segment files in the folder, ascending.
    func baseIndexes() throws(LogError) -> [UInt64] {
        try withLogErrors { () throws(FileError) in
            try fileSystem.list(directory).compactMap(LogFormat.baseIndex(ofName:)).sorted()
        }
    }

    /// Makes the folder, durably. Where a segment is in it, its name is durable: none is made before.
    func makeFolder() throws(LogError) {
        try withLogErrors { () throws(FileError) in
            let names: [String]
            do throws(FileError) {
                names = try fileSystem.list(directory)
            } catch {
                guard error.isNotFound else { throw error }
                names = []
            }
            if !names.contains(where: { LogFormat.baseIndex(ofName: $0) != nil }) {
                try fileSystem.makeDirectory(directory)
            }
        }
    }

    /// Makes an empty segment, durably. A file of that name is replaced: the caller knows that it holds nothing.
    func create(baseIndex: UInt64, leastTimestamp: Int64, previousEnd: UInt64? = nil) throws(LogError) -> TailFile {
        let path = path(baseIndex: baseIndex)
        let header = newHeader(baseIndex: baseIndex, leastTimestamp: leastTimestamp, previousEnd: previousEnd)
        let file = try withLogErrors { () throws(FileError) in
            let file = try fileSystem.open(path, .create)
            try file.write(header.encoded()[...], at: 0)
            return file
        }
        do throws(FileError) {
            try file.sync()
        } catch {
            throw LogError(.failed, "a new segment could not be made durable: \(error)", cause: error)
        }
        try makeNameDurable()
        let end = Int64(LogFormat.headerPageSize)
        return TailFile(file: file, path: path, header: header, endOfData: end, endOfFile: end)
    }

    /// The header of a segment that begins now.
    func newHeader(baseIndex: UInt64, leastTimestamp: Int64, previousEnd: UInt64? = nil) -> SegmentHeader {
        SegmentHeader(
            baseIndex: baseIndex,
            identity: options.makeIdentity(),
            created: options.time.wallMilliseconds,
            leastTimestamp: leastTimestamp,
            previousEnd: previousEnd
        )
    }

    /// Makes the name of a new segment durable.
    func makeNameDurable() throws(LogError) {
        do throws(FileError) {
            try fileSystem.syncDirectory(directory)
        } catch {
            throw LogError(.failed, "a new segment could not be made durable: \(error)", cause: error)
        }
    }

    /// Reads the header of a segment, which must be valid.
    func header(of file: any File, path: String) throws(LogError) -> SegmentHeader {
        switch try headerReading(of: file, path: path) {
        case .valid(let header):
            if header.baseIndex == LogFormat.baseIndex(ofPath: path) { return header }
            throw LogError(.corrupt, "\(path): offset 0: the header is of another segment")
        case .invalid:
            throw LogError(.corrupt, "\(path): offset 0: the segment header is damaged")
        case .newerFormat(let version):
            throw LogError(
                .unsupportedFormat,
                "\(path) has format version \(version); this program reads up to \(LogFormat.version)"
            )
        }
    }

    /// Reads what stands where the header should.
    func headerReading(of file: any File, path: String) throws(LogError) -> SegmentHeader.Reading {
        var buffer = ByteBuffer()
        _ = try withLogErrors { () throws(FileError) in try file.read(LogFormat.headerSize, at: 0, into: &buffer) }
        return buffer.withUnsafeReadableBytes { SegmentHeader.read($0) }
    }

    /// The trailer at the end of a file; nil when it does not end in a valid one.
    func trailer(of file: any File, header: SegmentHeader) throws(FileError) -> SegmentTrailer? {
        let fileSize = try file.size()
        let offset = fileSize - Int64(LogFormat.trailerSize)
        guard offset >= Int64(LogFormat.headerPageSize) else { return nil }
        var buffer = ByteBuffer()
        _ = try file.read(LogFormat.trailerSize, at: offset, into: &buffer)
        return buffer.withUnsafeReadableBytes { SegmentTrailer.read($0, fileSize: fileSize, header: header) }
    }

    /// Opens a sealed segment by its footer; when that is damaged, by a scan of its frames or blocks.
    func open(_ segment: Segment) throws(LogError) -> OpenSegment {
        let id = segment.id
        let file = try withLogErrors { () throws(FileError) in try fileSystem.open(segment.path, .read) }
        let header = try header(of: file, path: segment.path)
        // A footer that the disk cannot read is as a damaged one.
        let stored = try? storedIndex(of: file, header: header)
        let index: SealedIndex
        if let stored {
            index = stored
        } else {
            logger.warning(
                "The footer of a log segment is damaged; scanning it",
                metadata: ["log.segment": "\(segment.path)"]
            )
            index = try scannedIndex(of: file, header: header, segment: segment)
        }
        if index.nextIndex != segment.nextIndex {
            // The next one may have skipped some.
            let end = try end(beforeSegment: segment.nextIndex)
            if index.nextIndex != end {
                throw LogError(
                    .corrupt,
                    "\(segment.path): offset \(index.endOfData): entries \(index.nextIndex) to \(end - 1) are missing"
                )
            }
        }
        segment.newestTimestamp = index.newestTimestamp
        let segmentFile = SegmentFile(file: file, path: segment.path, checksumSeed: header.checksumSeed)
        return OpenSegment(file: segmentFile, index: index, of: segment, id: id)
    }

    /// The timestamp of a sealed segment's newest entry. The header of the segment after it carries it.
    func newestTimestamp(of segment: Segment) throws(LogError) -> Int64 {
        if let known = segment.newestTimestamp { return known }
        let path = path(baseIndex: segment.nextIndex)
        let file = try withLogErrors { () throws(FileError) in try fileSystem.open(path, .read) }
        let newest = try header(of: file, path: path).leastTimestamp
        segment.newestTimestamp = newest
        return newest
    }

    /// Writes the footer of a segment anew: its own was damaged, or may not be on disk.
    func repairFooter(of segment: Segment, index: SealedIndex, checksumSeed: UInt32) throws(LogError) {
        try withLogErrors { () throws(FileError) in
            let file = try fileSystem.open(segment.path, .readWrite)
            try file.writeFooter(index.encodedFooter(checksumSeed: checksumSeed), at: index.endOfData)
            try file.sync()
        }
    }

    private func storedIndex(of file: any File, header: SegmentHeader) throws(FileError) -> SealedIndex? {
        guard let trailer = try trailer(of: file, header: header) else { return nil }
        return try storedIndex(of: file, trailer: trailer, header: header)
    }

    /// Reads the footer that a trailer describes; nil when it is not what was written.
    func storedIndex(
        of file: any File,
        trailer: SegmentTrailer,
        header: SegmentHeader
    ) throws(FileError) -> SealedIndex? {
        var footer = ByteBuffer()
        _ = try file.read(trailer.footerSize, at: trailer.endOfData, into: &footer)
        let seed = header.checksumSeed
        return footer.withUnsafeReadableBytes { bytes in
            header.isPacked
                ? PackedIndex(footer: bytes, trailer: trailer, checksumSeed: seed).map(SealedIndex.blocks)
                : SegmentIndex(footer: bytes, trailer: trailer, checksumSeed: seed).map(SealedIndex.frames)
        }
    }

    private func scannedIndex(
        of file: any File,
        header: SegmentHeader,
        segment: Segment
    ) throws(LogError) -> SealedIndex {
        if header.isPacked {
            return .blocks(
                try withLogErrors { () throws(FileError) in try PackedIndex(walking: file, header: header) }
            )
        }
        var contents = TailIndex(baseIndex: header.baseIndex)
        let limit = try likelyEnd(beforeSegment: segment.nextIndex)
        let end = try withLogErrors { () throws(FileError) in
            try SegmentScanner(file: file, header: header).scan(limit: limit) { frame, offset in
                contents.add(frame, at: offset)
            }
        }
        guard end.nextIndex == limit else {
            throw LogError(
                .corrupt,
                "\(segment.path): offset \(end.offset): the footer and the frame of entry \(end.nextIndex) are damaged",
                corruptIndex: end.nextIndex
            )
        }
        var index = contents.sealed(from: 0)
        index.isComplete = false
        return .frames(index)
    }
}

extension LogFormat {
    /// The base index in the path of a segment file.
    static func baseIndex(ofPath path: String) -> UInt64? {
        baseIndex(ofName: String(path.suffix(segmentNameDigits + segmentSuffix.utf8.count)))
    }
}

extension File {
    /// Writes all bytes at an offset.
    func write(_ bytes: ArraySlice<UInt8>, at offset: Int64) throws(FileError) {
        let result = bytes.withUnsafeBytes { bytes in
            Result { () throws(FileError) in try write(bytes, at: offset) }
        }
        try result.get()
    }

    /// Writes the readable bytes of a buffer at an offset.
    func write(_ buffer: ByteBuffer, at offset: Int64) throws(FileError) {
        let result = buffer.withUnsafeReadableBytes { bytes in
            Result { () throws(FileError) in try write(bytes, at: offset) }
        }
        try result.get()
    }

    /// Ends the file with a footer. Not durable until it is synced.
    func writeFooter(_ footer: [UInt8], at offset: Int64) throws(FileError) {
        try truncate(to: offset + Int64(footer.count))
        try write(footer[...], at: offset)
    }
}
