import Logging
import WeirRuntime

/// The files to which segments are packed.
extension SegmentFiles {
    /// Where a segment is packed to, before it takes the segment's place.
    func packingPath(of segment: Segment) -> String {
        "\(directory)/\(LogFormat.packingName(baseIndex: segment.baseIndex))"
    }

    /// Gives the packed file of a segment, which is durable, the segment's name.
    ///
    /// After a crash the name leads to one of the two files, and both hold the same entries; so does it when the folder cannot
    /// be synced.
    func replace(_ segment: Segment) throws(LogError) {
        try withLogErrors { () throws(FileError) in
            try fileSystem.rename(packingPath(of: segment), to: segment.path)
        }
        do throws(FileError) {
            try fileSystem.syncDirectory(directory)
        } catch {
            logger.notice(
                "After a crash a packed log segment may have to be packed again",
                metadata: ["log.segment": "\(segment.path)", "error": "\(error)"]
            )
        }
    }

    /// Removes a file that was begun. One that stays is written over, or removed when the log is opened.
    func removePackingFile(of segment: Segment) { try? fileSystem.remove(packingPath(of: segment)) }
}
