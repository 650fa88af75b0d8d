/// What the oracle knows of a shard. Records that a checkpoint has passed, or may pass, are *done*: processed, put to the dead
/// letters, or skipped.
struct OracleShard {
    var parents: [String] = []
    var isClosed = false
    /// The user records in order: their keys, and what is to happen to them.
    var records: [SimulatedRecord] = []
    /// The place of each user record.
    var places: [String: Int] = [:]
    /// The places of those that are done, and how many are done without a gap.
    var done: Set<Int> = []
    var doneCount = 0
    /// The first record at which the failure policy stopped the shard.
    var haltedAt: Int?

    var isComplete: Bool { isClosed && doneCount == records.count }

    func isDone(_ place: Int) -> Bool { place < doneCount || done.contains(place) }

    mutating func finish(_ place: Int) {
        guard !isDone(place) else { return }
        done.insert(place)
        while done.remove(doneCount) != nil { doneCount += 1 }
    }
}
