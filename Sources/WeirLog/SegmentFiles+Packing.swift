import Logging
import WeirRuntime

/// The files to which segments are packed.
extension SegmentFiles {
    /// Where a segment is packed to, before it takes the segment's place.
    func packingPath(of segment: Segment) -> String {
        "\(directory)/\(LogFormat.packingName(baseIndex: segment.baseIndex))"
    }

    /// Gives the packed file of a segment, which is durable, the segment's name; calls `didReplace` when it has it. The other file
    /// becomes a spare one, or is gone when its last reader is done.
    ///
    /// After a crash the name leads to one of the two files, and both hold the same entries; so does it when the folder cannot
    /// be synced.
    func replace(
        _ segment: Segment,
        spares: SpareSegments,
        didReplace: () -> Void
    ) throws(LogError) {
        let spare = linkSpare(segment, in: spares)
        do throws(FileError) {
            try fileSystem.rename(packingPath(of: segment), to: segment.path)
        } catch {
            if let spare { discard(spare, in: spares) }
            throw LogError(error)
        }
        didReplace()
        do throws(FileError) {
            try fileSystem.syncDirectory(directory)
            // Before this the segment's name may lead to it after a crash.
            if let spare { spares.keep(spare) }
        } catch {
            if let spare { discard(spare, in: spares) }
            logger.notice(
                "After a crash a packed log segment may have to be packed again",
                metadata: ["log.segment": "\(segment.path)", "error.message": "\(error)"]
            )
        }
    }

    /// Removes a file that was begun. One that stays is written over, or removed when the log is opened.
    func removePackingFile(of segment: Segment) { try? fileSystem.remove(packingPath(of: segment)) }
}
