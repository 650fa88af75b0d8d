import NIOCore
import WeirRuntime

/// Reads one segment file as it is on disk: see ``LogInspector``.
struct SegmentInspection {
    let files: SegmentFiles
    let path: String
    /// The index after its last entry, as the segment behind it says; nil for the last one.
    let end: UInt64?
    let baseIndex: UInt64

    init(files: SegmentFiles, baseIndex: UInt64, end: UInt64?) {
        self.files = files
        self.baseIndex = baseIndex
        self.end = end
        path = files.path(baseIndex: baseIndex)
    }

    /// The report, nil when the file is not there any more. Entries go to `visit` until it returns false; then the rest is not
    /// read.
    func run(visit: (LogEntry) -> Bool) throws(LogError) -> SegmentReport? {
        var last: UInt64 = 0
        let visitNew: (LogEntry) -> Bool = { entry in
            if entry.index <= last { return true }
            last = entry.index
            return visit(entry)
        }
        do throws(FileError) {
            let report = try inspect(try files.fileSystem.open(path, .read), visitNew)
            if report.damages.isEmpty || report.isPacked { return report }
            // The file of a segment that was trimmed or packed meanwhile may hold another one.
            let file = try files.fileSystem.open(path, .read)
            return try isPacked(file) ? inspect(file, visitNew) : report
        } catch {
            if error.isNotFound { return nil }
            throw LogError(error)
        }
    }

    private func isPacked(_ file: any File) throws(FileError) -> Bool {
        var buffer = ByteBuffer()
        _ = try file.read(LogFormat.headerSize, at: 0, into: &buffer)
        guard case .valid(let header) = buffer.withUnsafeReadableBytes({ SegmentHeader.read($0) }) else { return false }
        return header.isPacked
    }

    private func inspect(_ file: any File, _ visit: (LogEntry) -> Bool) throws(FileError) -> SegmentReport {
        var report = SegmentReport(path: path, baseIndex: baseIndex, nextIndex: end ?? baseIndex)
        guard let header = try header(of: file, &report) else { return report }
        report.fileBytes = try file.size()
        if header.isPacked {
            try readPacked(file, header, &report, visit)
        } else {
            try readFrames(file, header, &report, visit)
        }
        if let end, report.nextIndex != end, report.damages.isEmpty {
            damage(&report, report.fileBytes, "entries \(report.nextIndex) to \(end - 1) are missing")
        }
        return report
    }

    private func readFrames(
        _ file: any File,
        _ header: SegmentHeader,
        _ report: inout SegmentReport,
        _ visit: (LogEntry) -> Bool
    ) throws(FileError) {
        let window = try FileWindow(file: file)
        if let trailer = try files.trailer(of: file, header: header) {
            report.isSealed = true
            report.nextIndex = trailer.nextIndex
            if case .frames(let index) = try files.storedIndex(of: file, trailer: trailer, header: header) {
                try readSealed(window, header, index, &report, visit)
            } else {
                damage(
                    &report,
                    trailer.endOfData,
                    "the footer is damaged; it is made anew from the frames when it is read"
                )
                try scan(file, header, to: trailer.nextIndex, &report, visit)
            }
        } else {
            // Only the last segment may be without: it takes entries.
            if end != nil {
                damage(
                    &report,
                    max(0, window.fileSize - Int64(LogFormat.trailerSize)),
                    "the trailer is damaged or missing; the index is made anew from the frames when it is read"
                )
            }
            try scan(file, header, to: end, &report, visit)
        }
    }

    private func header(of file: any File, _ report: inout SegmentReport) throws(FileError) -> SegmentHeader? {
        var buffer = ByteBuffer()
        _ = try file.read(LogFormat.headerSize, at: 0, into: &buffer)
        switch buffer.withUnsafeReadableBytes({ SegmentHeader.read($0) }) {
        case .valid(let header) where header.baseIndex == baseIndex: return header
        case .valid: damage(&report, 0, "the header is of another segment")
        case .newerFormat(let version):
            damage(&report, 0, "format version \(version); this program reads up to \(LogFormat.version)")
        case .invalid:
            // A segment that was being made when the power went holds nothing, and is made anew.
            let window = try FileWindow(file: file)
            let hasContent = try window.firstNonZero(from: Int64(LogFormat.headerPageSize)) != nil
            if end == nil, !hasContent {
                report.tornTailOffset = 0
            } else {
                damage(&report, 0, "the segment header is damaged")
            }
        }
        return nil
    }

    /// Reads the frames where the footer says that they are: a damaged one does not keep the next from being found.
    private func readSealed(
        _ window: FileWindow,
        _ header: SegmentHeader,
        _ index: SegmentIndex,
        _ report: inout SegmentReport,
        _ visit: (LogEntry) -> Bool
    ) throws(FileError) {
        let layout = index.layout
        for ordinal in index.offsets.indices {
            let location = layout.location(ordinal: UInt32(ordinal))
            guard location.size >= FrameHeader.size,
                let frame = try window.bytes(at: location.offset, count: location.size),
                FrameHeader.isIntact(frame, checksumSeed: header.checksumSeed), let base = frame.baseAddress
            else {
                damage(&report, location.offset, "the frame is damaged", index: location.index)
                continue
            }
            let frameHeader = FrameHeader.read(base)
            guard frameHeader.index == location.index, frameHeader.frameSize == location.size else {
                damage(&report, location.offset, "another frame stands where the footer says", index: location.index)
                continue
            }
            guard take(frame, &report, visit) else { return }
        }
    }

    /// Reads the frames one behind the other, as recovery does.
    private func scan(
        _ file: any File,
        _ header: SegmentHeader,
        to limit: UInt64?,
        _ report: inout SegmentReport,
        _ visit: (LogEntry) -> Bool
    ) throws(FileError) {
        let scanner = try SegmentScanner(file: file, header: header)
        var goesOn = true
        let end = try scanner.scan(limit: limit ?? .max) { frame, _ in
            if goesOn { goesOn = take(frame, &report, visit) }
        }
        guard let limit else { return try scanTail(file, scanner, end, &report, goesOn ? visit : { _ in false }) }
        if end.nextIndex < limit {
            let message =
                "the frame is damaged, and without a footer those behind it, to entry \(limit - 1), are not found"
            damage(&report, end.offset, message, index: end.nextIndex)
        }
        report.nextIndex = limit
    }

    /// Goes on where the first scan of the tail ended. A server may have written on since: only what still is no frame when
    /// it is read anew is damaged or torn.
    private func scanTail(
        _ file: any File,
        _ first: SegmentScanner,
        _ firstEnd: SegmentScanner.End,
        _ report: inout SegmentReport,
        _ visit: (LogEntry) -> Bool
    ) throws(FileError) {
        var scanner = first
        var end = firstEnd
        var goesOn = true
        while let later = try scanner.offsetOfFrameAfterSync(after: end) {
            let fresh = try SegmentScanner(file: file, header: scanner.header)
            let next = try fresh.scan(from: end) { frame, _ in
                if goesOn { goesOn = take(frame, &report, visit) }
            }
            report.nextIndex = next.nextIndex
            if next.offset == end.offset {
                let message =
                    "the frame is damaged; the frame at offset \(later), of after its sync, proves that it was acknowledged"
                return damage(&report, end.offset, message, index: end.nextIndex)
            }
            (scanner, end) = (fresh, next)
        }
        report.nextIndex = end.nextIndex
        if try scanner.window.firstNonZero(from: end.offset) != nil { report.tornTailOffset = end.offset }
    }

    private func take(
        _ frame: UnsafeRawBufferPointer,
        _ report: inout SegmentReport,
        _ visit: (LogEntry) -> Bool
    ) -> Bool {
        guard let base = frame.baseAddress else { return true }
        let header = FrameHeader.read(base)
        let start = FrameHeader.size
        let payload = ByteBuffer(bytes: UnsafeRawBufferPointer(rebasing: frame[start..<start + header.payloadSize]))
        let entry = LogEntry(index: header.index, lane: header.lane, timestamp: header.timestamp, payload: payload)
        return take(entry, &report, visit)
    }

    /// Counts an entry that is whole, and gives it away.
    func take(_ entry: LogEntry, _ report: inout SegmentReport, _ visit: (LogEntry) -> Bool) -> Bool {
        report.entryCount += 1
        report.frameBytes += Int64(FrameHeader.frameSize(payloadSize: entry.payload.readableBytes))
        let first = report.timestamps?.lowerBound ?? entry.timestamp
        report.timestamps = min(first, entry.timestamp)...max(first, entry.timestamp)
        return visit(entry)
    }

    /// Takes down what is damaged.
    func damage(
        _ report: inout SegmentReport,
        _ offset: Int64,
        _ message: String,
        index: UInt64? = nil
    ) {
        report.damages.append(LogDamage(path: path, offset: offset, index: index, message: message))
    }
}
