import NIOCore
import WeirRuntime

/// Reads frames of one segment file by their places, and checks them.
struct FrameReader {
    /// Bytes of frames read into one buffer, at most (at least one frame). Each payload is a slice of it, so a
    /// payload that is kept keeps no more than this.
    private static let maximumBufferSize = 1 << 20
    /// A gap between two frames is read over when it is not larger than the frame after it, and than this.
    private static let maximumGap = 64 << 10

    let file: SegmentFile
    let lane: UInt32

    /// Appends the entries at some places, ascending, to others, until their payloads would exceed `remainingBytes`.
    /// Answers whether it took them all.
    ///
    /// When one cannot be read and there are entries before it, it stops there: the next read begins with it, and
    /// throws.
    func read(
        _ locations: [FrameLocation],
        remainingBytes: inout Int,
        into entries: inout LogEntries
    ) throws(LogError) -> Bool {
        var start = 0
        while start < locations.count {
            var end = start
            var size = 0
            repeat {
                size += locations[end].size
                end += 1
            } while end < locations.count && size + locations[end].size <= Self.maximumBufferSize
            do throws(LogError) {
                let complete = try readChunk(locations[start..<end], size, &remainingBytes, &entries)
                if !complete { return false }
            } catch {
                if entries.isEmpty { throw error }
                return false
            }
            start = end
        }
        return true
    }

    /// Reads one entry.
    func entry(at location: FrameLocation) throws(LogError) -> LogEntry {
        var entries = LogEntries(lane: lane)
        var remainingBytes = Int.max
        _ = try readChunk([location], location.size, &remainingBytes, &entries)
        return entries[0]
    }

    private func readChunk(
        _ locations: ArraySlice<FrameLocation>,
        _ size: Int,
        _ remainingBytes: inout Int,
        _ entries: inout LogEntries
    ) throws(LogError) -> Bool {
        var next = locations.startIndex
        while next < locations.endIndex {
            let runStart = next
            var runEnd = locations[next].offset + Int64(locations[next].size)
            next += 1
            while next < locations.endIndex, isNear(locations[next], to: runEnd) {
                runEnd = locations[next].offset + Int64(locations[next].size)
                next += 1
            }
            let offset = locations[runStart].offset
            // A buffer of its own for each run: the payloads share it, so that it must not be written to again.
            var buffer = ByteBufferAllocator().buffer(capacity: Int(runEnd - offset))
            do throws(FileError) {
                _ = try file.file.read(Int(runEnd - offset), at: offset, into: &buffer)
            } catch {
                // A place of the disk that cannot be read costs the frame that lies there, and no other.
                let run = locations[runStart..<next]
                if run.count == 1 {
                    throw LogError(
                        .io,
                        "\(error): entry \(run[runStart].index)",
                        cause: error,
                        corruptIndex: run[runStart].index
                    )
                }
                for location in run where try !readChunk([location], location.size, &remainingBytes, &entries) {
                    return false
                }
                continue
            }
            let number = entries.add(buffer)
            for location in locations[runStart..<next] {
                let place = Int(location.offset - offset)
                let header = try check(location, in: buffer, at: place)
                if header.payloadSize > remainingBytes, !entries.isEmpty { return false }
                remainingBytes -= header.payloadSize
                let start = place + FrameHeader.size
                entries.append(header.index, header.timestamp, number, at: start, size: header.payloadSize)
            }
        }
        return true
    }

    private func isNear(_ location: FrameLocation, to end: Int64) -> Bool {
        location.offset - end <= min(Int64(location.size), Int64(Self.maximumGap))
    }

    /// The header of a frame in a buffer, if the frame is what was written.
    private func check(_ location: FrameLocation, in buffer: ByteBuffer, at place: Int) throws(LogError) -> FrameHeader
    {
        let header = buffer.withUnsafeReadableBytes { bytes -> FrameHeader? in
            guard place + location.size <= bytes.count else { return nil }
            let frame = UnsafeRawBufferPointer(rebasing: bytes[place..<place + location.size])
            guard FrameHeader.isIntact(frame, checksumSeed: file.checksumSeed) else { return nil }
            return FrameHeader.read(frame.baseAddress!)
        }
        guard let header, header.index == location.index, header.lane == lane, header.frameSize == location.size
        else {
            throw LogError(
                .corrupt,
                "\(file.path): offset \(location.offset): the frame of entry \(location.index) is damaged",
                corruptIndex: location.index
            )
        }
        return header
    }
}
