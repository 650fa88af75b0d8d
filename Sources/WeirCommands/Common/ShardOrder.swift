/// Which shards may be read when: each once, after those of its parents that are read at all.
struct ShardOrder {
    private var parents: [String: [String]] = [:]
    /// In the order in which they were added.
    private var waiting: [String] = []
    private var ended: Set<String> = []

    /// A shard is to be read. Does nothing when it was added before.
    mutating func add(_ id: String, parents: [String]) {
        guard self.parents[id] == nil else { return }
        self.parents[id] = parents
        waiting.append(id)
    }

    /// A shard was read to its end.
    mutating func end(_ id: String) { ended.insert(id) }

    /// Whether none of the shard's parents is to be read.
    func hasNoParents(_ id: String) -> Bool { parents[id, default: []].allSatisfy { parents[$0] == nil } }

    /// The shards that may be read now and were not given before.
    mutating func takeReady() -> [String] {
        let ready = waiting.filter { id in
            parents[id, default: []].allSatisfy { parents[$0] == nil || ended.contains($0) }
        }
        waiting.removeAll { ready.contains($0) }
        return ready
    }
}
