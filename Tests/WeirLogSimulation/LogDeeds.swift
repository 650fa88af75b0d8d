/// What a log does in few places, as its operations on the disk show it: a history in which it does not happen says nothing of it.
struct LogDeeds: Sendable {
    /// Bytes of a group commit from which on no zeros are written behind it.
    let leastSizeWithoutZeros: Int
    /// Group commits of that size and more that made the file of their segment larger.
    private(set) var growthCount = 0
    /// Losses of power after such a commit was begun to be written, and before it was synced.
    private(set) var lostGrowthCount = 0
    /// Files of trimmed and packed segments that became a segment's again.
    private(set) var recycledCount = 0
    /// Files made ahead of time that became a segment's.
    private(set) var preparedCount = 0
    /// The files that grew so and were not synced since.
    private var grown: Set<String> = []

    init(leastSizeWithoutZeros: Int) { self.leastSizeWithoutZeros = leastSizeWithoutZeros }

    /// Whether a file has grown by such commits since it was synced.
    func hasGrown(_ path: String) -> Bool { grown.contains(path) }

    mutating func note(_ operation: MemoryDisk.Operation, _ verdict: MemoryDisk.Verdict) {
        var isDone = false
        if case .proceed = verdict { isDone = true }
        switch operation.kind {
        case .write, .directWrite:
            // The header page of a new segment makes its file larger too, and so does a copy of the log.
            guard operation.grows, operation.offset >= 4096, operation.count >= leastSizeWithoutZeros,
                operation.path.hasPrefix("/log/"), operation.path.hasSuffix(".segment")
            else { return }
            if isDone { growthCount += 1 }
            grown.insert(operation.path)
        case .dataSync, .sync:
            if isDone { grown.remove(operation.path) }
        case .rename:
            guard isDone, operation.path.hasSuffix(".segment"), let old = operation.oldPath, old.hasSuffix(".spare")
            else { return }
            // The number of a file that is made ahead is that of no segment.
            let digits = old.split(separator: "/").last?.prefix { $0.isWholeNumber } ?? ""
            if UInt64(digits) ?? 0 < 1 << 63 { recycledCount += 1 } else { preparedCount += 1 }
        default: break
        }
    }

    /// The log is opened anew.
    mutating func end(losesPower: Bool) {
        if losesPower, !grown.isEmpty { lostGrowthCount += 1 }
        grown = []
    }
}
