/// The bytes of a file of a ``MemoryDisk``, however it is named.
struct DiskContent {
    /// What a reader sees: the page cache.
    var bytes: [UInt8] = []
    /// What is on the disk.
    var durable: [UInt8] = []
    /// What a sync would bring there, in order.
    var unsynced: [DiskChange] = []
    /// Whether a reader may see something that is neither on the disk nor waits for a sync: after a sync that failed.
    var hasDiverged = false

    mutating func change(_ change: DiskChange) {
        change.apply(to: &bytes)
        unsynced.append(change)
    }

    mutating func sync() {
        if hasDiverged {
            for change in unsynced { change.apply(to: &durable) }
        } else {
            durable = bytes
        }
        unsynced = []
    }

    /// Brings there what is within the size that the file has on the disk; what is behind it waits for another sync.
    mutating func syncWithinSize() {
        let size = durable.count
        guard !hasDiverged, bytes.count > size else { return sync() }
        durable = Array(bytes[..<size])
        unsynced = [.write(offset: size, bytes: Array(bytes[size...]))]
    }

    /// The system tried to write and could not: any part of it arrived, and it believes that there is nothing left to write.
    mutating func failSync(_ tearing: DiskTearing, old: [UInt8], _ random: inout SeededRandom) {
        tear(tearing, old, &random)
        hasDiverged = true
    }

    /// The pages that wait for no sync are read from the disk again.
    mutating func evict() {
        bytes = durable
        for change in unsynced { change.apply(to: &bytes) }
        hasDiverged = false
    }

    /// `old` is what another file holds, whose blocks this one may have been given.
    mutating func losePower(_ tearing: DiskTearing, old: [UInt8], _ random: inout SeededRandom) {
        tear(tearing, old, &random)
        bytes = durable
        hasDiverged = false
    }

    mutating func loseAllUnsynced() {
        unsynced = []
        bytes = durable
        hasDiverged = false
    }

    /// The disk could not write a sector, and what stood there is gone.
    mutating func damageSector(at offset: Int) {
        let start = offset / DiskChange.sectorSize * DiskChange.sectorSize
        for place in start..<start + DiskChange.sectorSize {
            if place < bytes.count { bytes[place] = 0xFF }
            if place < durable.count { durable[place] = 0xFF }
        }
    }

    private mutating func tear(_ tearing: DiskTearing, _ old: [UInt8], _ random: inout SeededRandom) {
        let old = tearing.showsOldBlocks ? old.dropFirst(durable.count) : []
        for change in unsynced { change.applyTorn(tearing, old: old, to: &durable, using: &random) }
        unsynced = []
    }
}

/// What is left of writes that were not synced.
package struct DiskTearing: Sendable {
    /// Whether a write may end or begin in the middle of a sector of 512 bytes; else a sector's part of it is there or not.
    package var isInsideSectors = false
    /// Whether the blocks by which a file grew may hold what some file held before.
    package var showsOldBlocks = false
    /// Whether writing a part of a sector may destroy its other bytes, which no disk is known to do.
    package var destroysNeighbours = false

    package init() {}
}

/// A change of a file that waits for a sync.
enum DiskChange {
    case write(offset: Int, bytes: [UInt8])
    case truncate(Int)

    static let sectorSize = 512

    func apply(to bytes: inout [UInt8]) {
        switch self {
        case .truncate(let size): bytes.resize(size)
        case .write(let offset, let written): bytes.put(written[...], at: offset)
        }
    }

    /// Applies some sectors of a write, or all or nothing of a truncation.
    func applyTorn(
        _ tearing: DiskTearing,
        old: ArraySlice<UInt8>,
        to bytes: inout [UInt8],
        using random: inout SeededRandom
    ) {
        guard case .write(let offset, let written) = self else {
            if random.once(in: 2) { apply(to: &bytes) }
            return
        }
        var start = 0
        while start < written.count {
            let end = min(written.count, ((offset + start) / Self.sectorSize + 1) * Self.sectorSize - offset)
            var piece = written[start..<end]
            if random.once(in: 2) {
                if tearing.isInsideSectors, random.once(in: 4) {
                    let cut = random.below(piece.count)
                    piece = random.once(in: 2) ? piece.dropFirst(cut) : piece.dropLast(cut)
                }
                bytes.put(piece, at: offset + piece.startIndex)
            } else if old.startIndex <= offset + start, offset + start < old.endIndex, random.once(in: 4) {
                bytes.put(old[offset + start..<min(old.endIndex, offset + end)], at: offset + start)
            }
            if tearing.destroysNeighbours { destroy(before: offset + start, &bytes) }
            start = end
        }
    }

    private func destroy(before offset: Int, _ bytes: inout [UInt8]) {
        let sector = offset / Self.sectorSize * Self.sectorSize
        for place in sector..<offset where place < bytes.count { bytes[place] = 0xFF }
    }
}

extension [UInt8] {
    fileprivate mutating func resize(_ size: Int) {
        if size < count { removeLast(count - size) } else { append(contentsOf: repeatElement(0, count: size - count)) }
    }

    fileprivate mutating func put(_ written: ArraySlice<UInt8>, at offset: Int) {
        let end = offset + written.count
        if count < offset { resize(offset) }
        if count < end {
            // The part within, then the rest.
            let within = count - offset
            replaceSubrange(offset..<count, with: written.prefix(within))
            append(contentsOf: written.dropFirst(within))
        } else {
            replaceSubrange(offset..<end, with: written)
        }
    }
}
