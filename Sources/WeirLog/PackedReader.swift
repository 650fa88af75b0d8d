import NIOCore
import WeirBytes
import WeirRuntime

/// Reads the blocks of one lane of a packed segment, and checks them.
struct PackedReader {
    /// Bytes that are read at a time, at most (at least one block).
    private static let maximumReadSize = 1 << 20

    let file: SegmentFile

    /// Appends the entries of some blocks, which follow one another, from an index on to others: until there are `maximumCount`,
    /// or their payloads would exceed `remainingBytes`. Answers whether it took them all.
    ///
    /// When a block cannot be read and there are entries before it, it stops there: the next read begins with it, and throws.
    func read(
        _ blocks: ArraySlice<PackedBlock>,
        from index: UInt64,
        maximumCount: Int,
        remainingBytes: inout Int,
        into entries: inout LogEntries
    ) throws(LogError) -> Bool {
        let decoder = try makeDecoder()
        var next = blocks.startIndex
        while next < blocks.endIndex {
            guard entries.count < maximumCount, remainingBytes > 0 || entries.isEmpty else { return false }
            let run = run(of: blocks[next...], count: maximumCount - entries.count, bytes: remainingBytes)
            do throws(LogError) {
                for (block, bytes) in try storedTogether(run) {
                    var frames = try frames(of: block, bytes, decoder)
                    guard try take(&frames, from: index, maximumCount, &remainingBytes, &entries) else { return false }
                    next += 1
                }
            } catch {
                if entries.isEmpty { throw error }
                return false
            }
        }
        return true
    }

    /// The index of the first entry of some blocks of a lane that has a timestamp or a later one; nil when none has. The
    /// entries of a damaged block count as reached, so that nothing is passed over.
    func firstIndex(atOrAfter timestamp: Int64, in blocks: ArraySlice<PackedBlock>) throws(LogError) -> UInt64? {
        let place = blocks.firstPlace { $0.lastTimestamp >= timestamp }
        guard place < blocks.endIndex else { return nil }
        let block = blocks[place]
        if block.firstTimestamp >= timestamp { return block.firstIndex }
        do throws(LogError) {
            var frames = try frames(of: block)
            while let next = frames.next {
                if next.timestamp >= timestamp { return next.index }
                frames.skip()
            }
        } catch {
            guard error.code == .corrupt else { throw error }
        }
        return block.firstIndex
    }

    /// The frames of one block.
    func frames(of block: PackedBlock) throws(LogError) -> PackedFrames {
        let stored = try stored([block])[0]
        return try frames(of: block, stored.bytes, try makeDecoder())
    }

    private func makeDecoder() throws(LogError) -> ZstandardDecoder {
        do throws(ZstandardError) {
            return try ZstandardDecoder()
        } catch {
            throw LogError(.io, "\(file.path): there is no memory to decompress it", cause: error)
        }
    }

    /// The first blocks that are read together: as many as are likely to be taken, and no more than may be read at a time.
    private func run(of blocks: ArraySlice<PackedBlock>, count: Int, bytes: Int) -> ArraySlice<PackedBlock> {
        var end = blocks.startIndex
        var (count, bytes, size) = (count, bytes, 0)
        repeat {
            let block = blocks[end]
            count -= block.count
            bytes -= block.framesSize - block.count * (FrameHeader.size + LogFormat.alignment)
            size += LogFormat.blockHeaderSize + block.size
            end += 1
        } while end < blocks.endIndex && count > 0 && bytes > 0
            && size + LogFormat.blockHeaderSize + blocks[end].size <= Self.maximumReadSize
        return blocks[..<end]
    }

    /// What some blocks store, which follow one another; of the first alone when they cannot be read together: a place of the
    /// disk that cannot be read costs the block that lies there, and no other.
    private func storedTogether(
        _ run: ArraySlice<PackedBlock>
    ) throws(LogError) -> [(block: PackedBlock, bytes: ByteBuffer)] {
        guard run.count > 1 else { return try stored(run) }
        do throws(LogError) {
            return try stored(run)
        } catch {
            return try stored(run.prefix(1))
        }
    }

    private func stored(_ run: ArraySlice<PackedBlock>) throws(LogError) -> [(block: PackedBlock, bytes: ByteBuffer)] {
        guard let first = run.first, let last = run.last else { return [] }
        let size = Int(last.end - first.start)
        var buffer = ByteBufferAllocator().buffer(capacity: size)
        do throws(FileError) {
            _ = try file.file.read(size, at: first.start, into: &buffer)
        } catch {
            throw LogError(
                .io,
                "\(error): \(first.title)",
                cause: error,
                corruptIndex: first.lastIndex,
                corruptCount: first.count
            )
        }
        // What the file is too short for is damaged.
        return run.map { block in
            (block, buffer.getSlice(at: Int(block.start - first.start), length: block.size) ?? ByteBuffer())
        }
    }

    private func frames(
        of block: PackedBlock,
        _ stored: ByteBuffer,
        _ decoder: ZstandardDecoder
    ) throws(LogError) -> PackedFrames {
        if let frames = try PackedFrames(block, stored: stored, of: file, decoder: decoder) { return frames }
        throw LogError(
            .corrupt,
            "\(file.path): offset \(block.offset): \(block.title) is damaged",
            corruptIndex: block.lastIndex,
            corruptCount: block.count
        )
    }

    /// Appends the entries of a block from an index on. Answers whether it took them all.
    private func take(
        _ frames: inout PackedFrames,
        from index: UInt64,
        _ maximumCount: Int,
        _ remainingBytes: inout Int,
        _ entries: inout LogEntries
    ) throws(LogError) -> Bool {
        let first = entries.count
        let buffer = entries.add(frames.buffer)
        var taken = 0
        var isComplete = true
        while let next = frames.next {
            if next.index < index {
                frames.skip()
                continue
            }
            guard entries.count < maximumCount, next.payloadSize <= remainingBytes || entries.isEmpty else {
                isComplete = false
                break
            }
            guard let start = frames.takePayload() else {
                if entries.isEmpty { throw damage(to: next, in: frames.block) }
                isComplete = false
                break
            }
            remainingBytes -= next.payloadSize
            taken += next.payloadSize
            entries.append(next.index, next.timestamp, buffer, at: start, size: next.payloadSize)
        }
        // A few that are kept do not keep the whole block.
        if taken * 2 < frames.buffer.readableBytes { entries.copyPayloads(from: first) }
        return isComplete
    }

    private func damage(to frame: FrameHeader, in block: PackedBlock) -> LogError {
        LogError(
            .corrupt,
            "\(file.path): offset \(block.offset): in the block, the frame of entry \(frame.index) is damaged",
            corruptIndex: frame.index
        )
    }
}

extension PackedBlock {
    /// For people.
    var title: String {
        count == 1
            ? "the block of entry \(firstIndex), of lane \(lane),"
            : "the block of \(count) entries of lane \(lane), from \(firstIndex) to \(lastIndex),"
    }
}
