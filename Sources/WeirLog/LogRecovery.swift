import Logging
import NIOCore
import WeirRuntime

/// Opens the files of a log after a clean stop or a crash. The steps are those of `docs/formats/log.md`, *Recovery*.
struct LogRecovery {
    /// What is left to build a log from.
    struct Recovered {
        var index: LogIndex
        var tail: TailFile
        var newestTimestamp: Int64
    }

    /// What there is, durably.
    struct Found {
        /// The sealed segments, oldest first.
        var sealed: [Segment]
        var tail: TailFile
        var contents: TailIndex
        var newestTimestamp: Int64
    }

    let files: SegmentFiles

    /// Recovers the log in the folder; makes an empty one when there is none.
    func recover() throws(LogError) -> Recovered {
        try files.makeFolder()
        try files.removeLeftOvers()
        let isMarked = try files.isMarkedUnsynced()
        if isMarked {
            // An earlier process may not have made it durable, and the segment that skips indexes is understood only with it.
            try withLogErrors { () throws(FileError) in try files.fileSystem.syncDirectory(files.directory) }
        }
        var found = try find(try files.baseIndexes(), isMarked: isMarked)
        if isMarked {
            try skipIndexes(&found)
            files.removeUnsyncedMark()
        }
        return Recovered(
            index: LogIndex(sealed: found.sealed, tailFile: found.tail.segmentFile, tail: found.contents),
            tail: found.tail,
            newestTimestamp: found.newestTimestamp
        )
    }

    private func find(_ bases: [UInt64], isMarked: Bool) throws(LogError) -> Found {
        guard let last = bases.last else {
            let tail = try files.create(baseIndex: LogFormat.firstIndex, leastTimestamp: .min)
            return try found(sealed: [], emptyTail: tail)
        }
        let path = files.path(baseIndex: last)
        let file = try withLogErrors { () throws(FileError) in try files.fileSystem.open(path, .readWrite) }
        if try files.headerReading(of: file, path: path).isUnfinished(baseIndex: last) {
            try checkCreationUnfinished(file: file, path: path)
            // It may be one that skips indexes; then the one before it tells from where on.
            if isMarked, bases.count > 1 {
                try files.removeDurably(path)
                return try find(bases.dropLast(), isMarked: isMarked)
            }
            let sealed = segments(bases)
            let tail = try files.create(baseIndex: last, leastTimestamp: try newestTimestamp(of: sealed))
            return try found(sealed: sealed, emptyTail: tail)
        }
        let header = try files.header(of: file, path: path)
        let kept = try removeReplaced(bases, by: header, file)
        return try findLast(file: file, path: path, header: header, sealed: segments(kept))
    }

    /// The segments of some base indexes, but for the last.
    private func segments(_ bases: [UInt64]) -> [Segment] {
        zip(bases, bases.dropFirst()).map { base, next in
            Segment(path: files.path(baseIndex: base), baseIndex: base, nextIndex: next)
        }
    }

    private func findLast(
        file: any File,
        path: String,
        header: SegmentHeader,
        sealed: [Segment]
    ) throws(LogError) -> Found {
        if let trailer = try withLogErrors({ () throws(FileError) in try files.trailer(of: file, header: header) }) {
            let last = Segment(path: path, baseIndex: header.baseIndex, nextIndex: trailer.nextIndex)
            let least = trailer.newestTimestamp
            let all = sealed + [last]
            // Opened before the next segment is made: a file with a damaged frame stays the last one.
            let opened = try files.open(last)
            // The footer may not have been synced, unless it is a packed segment's. One that is damaged is made anew below.
            if opened.index.isComplete, !header.isPacked {
                try files.repairFooter(of: last, index: opened.index, checksumSeed: header.checksumSeed)
            }
            let tail = try files.create(baseIndex: trailer.nextIndex, leastTimestamp: least)
            return try found(sealed: all, emptyTail: tail)
        }
        if header.isPacked {
            // Another segment stood behind it when it was packed.
            throw LogError(
                .corrupt,
                "\(path): the end of a packed segment is damaged, and the segment after it is missing"
            )
        }
        return try findTail(file: file, path: path, header: header, sealed: sealed)
    }

    /// A segment without a valid header was being made when the crash came, unless something stands behind the header.
    private func checkCreationUnfinished(file: any File, path: String) throws(LogError) {
        let content = try withLogErrors { () throws(FileError) in
            try FileWindow(file: file).firstNonZero(from: Int64(LogFormat.headerPageSize))
        }
        if content == nil { return }
        throw LogError(.corrupt, "\(path): offset 0: the segment header is damaged")
    }

    private func newestTimestamp(of sealed: [Segment]) throws(LogError) -> Int64 {
        guard let last = sealed.last else { return .min }
        return try files.open(last).index.newestTimestamp
    }

    private func found(sealed: [Segment], emptyTail tail: TailFile) throws(LogError) -> Found {
        var contents = TailIndex(baseIndex: tail.header.baseIndex)
        try addEarlierLanes(sealed, to: &contents)
        return Found(sealed: sealed, tail: tail, contents: contents, newestTimestamp: tail.header.leastTimestamp)
    }

    private func findTail(
        file: any File,
        path: String,
        header: SegmentHeader,
        sealed: [Segment]
    ) throws(LogError) -> Found {
        var contents = TailIndex(baseIndex: header.baseIndex)
        let (scanner, end) = try withLogErrors { () throws(FileError) in
            let scanner = try SegmentScanner(file: file, header: header)
            return (scanner, try scanner.scan { frame, offset in contents.add(frame, at: offset) })
        }
        let tail = try settle(path: path, scanner: scanner, end: end, file: file)
        try addEarlierLanes(sealed, to: &contents)
        return Found(
            sealed: sealed,
            tail: tail,
            contents: contents,
            newestTimestamp: max(header.leastTimestamp, contents.newestTimestamp)
        )
    }

    /// Decides what the bytes behind the last whole frame are, and makes the tail durable as it was read.
    private func settle(
        path: String,
        scanner: SegmentScanner,
        end: SegmentScanner.End,
        file: any File
    ) throws(LogError) -> TailFile {
        var tail = TailFile(
            file: file,
            path: path,
            header: scanner.header,
            endOfData: end.offset,
            endOfFile: scanner.window.fileSize
        )
        let (garbage, later) = try withLogErrors { () throws(FileError) in
            (try scanner.window.firstNonZero(from: end.offset), try scanner.offsetOfFrameAfterSync(after: end))
        }
        if let later {
            throw LogError(
                .corrupt,
                "\(path): offset \(end.offset): the frame of entry \(end.nextIndex) is damaged: "
                    + "a frame of after its sync stands at offset \(later), so it was acknowledged",
                corruptIndex: end.nextIndex
            )
        }
        try withLogErrors { () throws(FileError) in
            if garbage != nil {
                files.logger.warning(
                    "Cutting off what stands behind the last whole entry of a log",
                    metadata: [
                        "log.segment": "\(path)", "log.offset": "\(end.offset)", "log.index": "\(end.nextIndex)",
                    ]
                )
                try tail.truncateToData()
            }
            if tail.isEmpty {
                // Nor may the header have been synced, or the name, when the segment was being made.
                try rewrite(file, from: 0, to: end.offset)
                try files.fileSystem.syncDirectory(files.directory)
            } else {
                try rewrite(file, from: end.firstUnsyncedOffset, to: end.offset)
            }
        }
        return tail
    }

    /// Writes what may not have been synced again and syncs it. After a sync that failed its pages may be in memory, marked as written, without being on disk.
    func rewrite(_ file: any File, from start: Int64, to end: Int64) throws(FileError) {
        if start == end { return }
        var offset = start
        while offset < end {
            var buffer = ByteBuffer()
            let read = try file.read(Int(min(end - offset, 1 << 20)), at: offset, into: &buffer)
            if read == 0 { break }
            try file.write(buffer, at: offset)
            offset += Int64(read)
        }
        try file.dataSync()
    }

    /// Adds the newest entries of the lanes in sealed segments, as the last footer tells; when that was lost, from the
    /// footers before it, and writes it anew.
    private func addEarlierLanes(_ sealed: [Segment], to contents: inout TailIndex) throws(LogError) {
        guard let first = sealed.first, let last = sealed.last else { return }
        let opened = try files.open(last)
        contents.add(opened.index.lanes, from: first.baseIndex)
        if opened.index.isComplete { return }
        var rows = opened.index.lanes
        for segment in sealed.dropLast().reversed() {
            let index = try files.open(segment).index
            contents.add(index.lanes, from: first.baseIndex)
            let known = Set(rows.map(\.lane))
            rows += index.lanes.filter { !known.contains($0.lane) }.map(\.withoutEntries)
            if index.isComplete { break }
        }
        var repaired = opened.index
        repaired.lanes = rows.sorted { $0.lane < $1.lane }
        try files.repairFooter(of: last, index: repaired, checksumSeed: opened.file.checksumSeed)
    }
}

extension SegmentHeader.Reading {
    /// Whether a segment of that name was being made when the power went: its header is not there, or what stands in its
    /// place is an old one, in blocks that the file system did not clear.
    fileprivate func isUnfinished(baseIndex: UInt64) -> Bool {
        switch self {
        case .invalid: true
        case .valid(let header): header.baseIndex != baseIndex
        case .newerFormat: false
        }
    }
}

extension SegmentIndex.Lane {
    /// The row of the same lane in the footer of a later segment that has no entry of it.
    fileprivate var withoutEntries: Self {
        var row = self
        row.count = 0
        row.firstTimestamp = newestTimestamp
        return row
    }
}
