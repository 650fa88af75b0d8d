/// Where the entries of a sealed segment stand.
enum SealedIndex: Equatable, Sendable {
    /// In frames, in the order of indexes.
    case frames(SegmentIndex)
    /// In blocks, by lane.
    case blocks(PackedIndex)

    /// Where the footer begins.
    var endOfData: Int64 {
        switch self {
        case .frames(let index): index.endOfData
        case .blocks(let index): index.endOfData
        }
    }

    /// The index after the last entry's.
    var nextIndex: UInt64 {
        switch self {
        case .frames(let index): index.nextIndex
        case .blocks(let index): index.nextIndex
        }
    }

    /// Of the last entry.
    var newestTimestamp: Int64 {
        switch self {
        case .frames(let index): index.newestTimestamp
        case .blocks(let index): index.newestTimestamp
        }
    }

    /// In ascending order of lane.
    var lanes: [SegmentIndex.Lane] {
        get {
            switch self {
            case .frames(let index): index.lanes
            case .blocks(let index): index.lanes
            }
        }
        set {
            switch self {
            case .frames(var index):
                index.lanes = newValue
                self = .frames(index)
            case .blocks(var index):
                index.lanes = newValue
                self = .blocks(index)
            }
        }
    }

    /// Whether `lanes` also tells of the lanes that have no entry here. It does not after a footer was lost.
    var isComplete: Bool {
        switch self {
        case .frames(let index): index.isComplete
        case .blocks(let index): index.isComplete
        }
    }

    /// Bytes of memory, about.
    var sizeInMemory: Int {
        switch self {
        case .frames(let index): index.sizeInMemory
        case .blocks(let index): index.sizeInMemory
        }
    }

    /// The footer and its trailer, as they stand at `endOfData`.
    func encodedFooter(checksumSeed: UInt32) -> [UInt8] {
        switch self {
        case .frames(let index): index.encodedFooter(checksumSeed: checksumSeed)
        case .blocks(let index): index.encodedFooter(checksumSeed: checksumSeed)
        }
    }
}
