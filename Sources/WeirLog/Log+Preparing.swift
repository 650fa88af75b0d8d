import Logging
import Synchronization
import WeirRuntime

// A log that grows fast and has no trimmed segments to write over makes the file of its next segment ahead of time, full of
// zeros: its group commits then need no zeros written before them, which their syncs would have to wait for.
extension Log {
    /// Makes a spare file for the segment after the tail, a piece at a time, unless there is one.
    func prepareSpare(tailBaseIndex: UInt64) {
        let size = files.segmentSize.value
        guard spares.count == 0, spares.reserve(size, maximumCount: files.options.maximumSpareCount) else { return }
        let name = LogFormat.preparedSpareName(tailBaseIndex: tailBaseIndex)
        let path = "\(files.directory)/\(name)"
        write(SparePreparation(path: path, size: size, isDirect: files.options.usesDirectIO))
    }

    private func write(_ preparation: SparePreparation) {
        pool.help { [self] isActive in
            var preparation = preparation
            let isUnderWay = spares.preparation.withLock { isStopped in
                if isActive, !isStopped { return advance(&preparation) }
                // Opening the log removes what was made of it.
                spares.abandon(preparation.size)
                return false
            }
            if isUnderWay { write(preparation) }
        }
    }

    /// Writes the next piece. Whether there is more to write.
    private func advance(_ preparation: inout SparePreparation) -> Bool {
        do throws(FileError) {
            if try preparation.advance(in: files.fileSystem) { return true }
        } catch {
            files.logger.notice(
                "A log segment could not be prepared",
                metadata: ["log.segment": "\(preparation.path)", "error.message": "\(error)"]
            )
            spares.abandon(preparation.size)
            // Opening the log removes it otherwise.
            try? files.fileSystem.remove(preparation.path)
            return false
        }
        if let file = preparation.file {
            spares.keep(SpareSegments.Spare(file: file, path: preparation.path, size: preparation.size))
        }
        return false
    }
}

/// A spare file that is being made.
struct SparePreparation: Sendable {
    let path: String
    let size: Int64
    private(set) var file: (any File)?
    private let isDirect: Bool
    private var direct: DirectWriter?
    private var written: Int64 = 0

    /// Few enough bytes that a group commit's sync, which waits for them on the disk, takes little longer.
    private static let pieceSize: Int64 = 512 << 10
    /// What goes around the page cache is on its way at once, and need not be synced piece by piece.
    private static let directPieceSize: Int64 = 128 << 10

    init(path: String, size: Int64, isDirect: Bool) {
        self.path = path
        self.size = size
        self.isDirect = isDirect
    }

    /// Makes the file and writes a piece of it. It is synced in the end, if not with each piece. Whether there is more to write.
    mutating func advance(in fileSystem: any FileSystem) throws(FileError) -> Bool {
        if file == nil {
            let made = try fileSystem.open(path, .create)
            file = made
            if isDirect { direct = DirectWriter(made, path: path, in: fileSystem) }
        }
        guard let file else { return false }
        let end = min(written + (direct == nil ? Self.pieceSize : Self.directPieceSize), size)
        try writeZeros(written..<end, to: file)
        if direct == nil || end == size { try file.sync() }
        written = end
        return written < size
    }

    private mutating func writeZeros(_ places: Range<Int64>, to file: any File) throws(FileError) {
        if let direct, places.upperBound == direct.endOfBlock(places.upperBound) {
            do throws(FileError) {
                return try direct.writeZeros(places)
            } catch {
                guard error.isUnsupported else { throw error }
                self.direct = nil
            }
        }
        try file.writeZeros(places)
    }
}
