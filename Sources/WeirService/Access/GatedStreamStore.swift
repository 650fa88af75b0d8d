import NIOCore
import WeirModel
import WeirStore

/// A store during one call: nothing of it is reached before the ``CallGate`` has let the call through, so that no action
/// can forget to ask.
struct GatedStreamStore: StreamStore {
    let store: any StreamStore
    let gate: CallGate

    // MARK: Streams

    func createStream(
        name: String,
        shardCount: Int,
        settings: StreamSettings,
        tags: [String: String]
    ) async throws(ServiceError) {
        try gate.admit(stream: name)
        try await store.createStream(name: name, shardCount: shardCount, settings: settings, tags: tags)
    }

    func deleteStream(name: String, deletingConsumers: Bool) async throws(ServiceError) {
        try gate.admit(stream: name)
        try await store.deleteStream(name: name, deletingConsumers: deletingConsumers)
    }

    func removeStream(name: String) async throws(ServiceError) {
        try gate.admit(stream: name)
        try await store.removeStream(name: name)
    }

    func stream(name: String) async throws(ServiceError) -> StreamDescription {
        try gate.admit(stream: name)
        return try await store.stream(name: name)
    }

    func stream(id: Int64) async throws(ServiceError) -> StreamDescription {
        let stream = try await store.stream(id: id)
        // The name leads to a consumer, and nothing is told before that was asked for.
        if gate.isOnConsumer { return stream }
        do throws(ServiceError) {
            // The policies speak of names.
            try gate.admit(stream: stream.name)
        } catch {
            guard error.code == .accessDenied else { throw error }
            // Who may not see the stream learns neither its name nor that there is one.
            throw ServiceError(.resourceNotFound, "There is no such stream.", cause: error)
        }
        return stream
    }

    func streamNames(after name: String?, limit: Int) async throws(ServiceError) -> [String] {
        try gate.admitAccount()
        return try await store.streamNames(after: name, limit: limit)
    }

    func splitShard(stream: String, shard: ShardID, newStartingHashKey: HashKey) async throws(ServiceError) {
        try gate.admit(stream: stream)
        try await store.splitShard(stream: stream, shard: shard, newStartingHashKey: newStartingHashKey)
    }

    func mergeShards(stream: String, shard: ShardID, adjacent: ShardID) async throws(ServiceError) {
        try gate.admit(stream: stream)
        try await store.mergeShards(stream: stream, shard: shard, adjacent: adjacent)
    }

    func updateShardCount(of stream: String, to target: Int) async throws(ServiceError) -> Int {
        try gate.admit(stream: stream)
        return try await store.updateShardCount(of: stream, to: target)
    }

    func setRetention(stream: String, hours: Int) async throws(ServiceError) {
        try gate.admit(stream: stream)
        try await store.setRetention(stream: stream, hours: hours)
    }

    func changeTags(
        stream: String,
        setting tags: [String: String],
        removing keys: Set<String>,
        maximumCount: Int
    ) async throws(ServiceError) {
        try gate.admit(stream: stream)
        try await store.changeTags(stream: stream, setting: tags, removing: keys, maximumCount: maximumCount)
    }

    func changeSettings(
        of stream: String,
        _ change: StreamSettingsChange
    ) async throws(ServiceError) -> StreamSettingsUpdate {
        try gate.admit(stream: stream)
        return try await store.changeSettings(of: stream, change)
    }

    func policy(of resource: PolicyResource) async throws(ServiceError) -> String? {
        try admit(resource)
        return try await store.policy(of: resource)
    }

    func setPolicy(_ policy: String?, of resource: PolicyResource) async throws(ServiceError) -> Bool {
        try admit(resource)
        return try await store.setPolicy(policy, of: resource)
    }

    private func admit(_ resource: PolicyResource) throws(ServiceError) {
        if let consumer = resource.consumer {
            try gate.admit(consumer: consumer, stream: resource.stream)
        } else {
            try gate.admit(stream: resource.stream)
        }
    }

    // MARK: Account

    func usage() async throws(ServiceError) -> StoreUsage {
        try gate.admitAccountOnTheWay()
        return try await store.usage()
    }

    func throughputCommitment() async throws(ServiceError) -> ThroughputCommitment {
        try gate.admitAccountOnTheWay()
        return try await store.throughputCommitment()
    }

    func setThroughputCommitment(isEnabled: Bool) async throws(ServiceError) -> ThroughputCommitment {
        try gate.admitAccount()
        return try await store.setThroughputCommitment(isEnabled: isEnabled)
    }

    func enforceRetention() async throws(ServiceError) {
        try gate.admitAccount()
        try await store.enforceRetention()
    }

    func performUpkeep() async throws(ServiceError) {
        try gate.admitAccount()
        try await store.performUpkeep()
    }

    // MARK: Consumers

    func registerConsumer(
        _ name: String,
        stream: String,
        tags: [String: String],
        maximumCount: Int
    ) async throws(ServiceError) -> ConsumerDescription {
        try gate.admit(stream: stream)
        return try await store.registerConsumer(name, stream: stream, tags: tags, maximumCount: maximumCount)
    }

    func consumer(
        _ name: String,
        registeredIn second: Int64?,
        stream: String
    ) async throws(ServiceError) -> StreamConsumer {
        if let second {
            try gate.admit(consumer: "\(name):\(second)", stream: stream)
            return try await store.consumer(name, registeredIn: second, stream: stream)
        }
        do throws(ServiceError) {
            let found = try await store.consumer(name, registeredIn: nil, stream: stream)
            try gate.admit(consumer: found.consumer.policyName, stream: stream)
            return found
        } catch  where error.code == .resourceNotFound || error.code == .accessDenied {
            // Only who may use such a consumer learns whether there is one: the refusals are the same.
            try gate.admit(consumer: "\(name):0", stream: stream)
            throw error
        }
    }

    func deregisterConsumer(_ consumer: ConsumerDescription, stream: StreamDescription) async throws(ServiceError) {
        try gate.admit(consumer: consumer.policyName, stream: stream.name)
        try await store.deregisterConsumer(consumer, stream: stream)
    }

    func changeTags(
        consumer: ConsumerDescription,
        stream: StreamDescription,
        setting tags: [String: String],
        removing keys: Set<String>,
        maximumCount: Int
    ) async throws(ServiceError) {
        try gate.admit(consumer: consumer.policyName, stream: stream.name)
        try await store.changeTags(
            consumer: consumer,
            stream: stream,
            setting: tags,
            removing: keys,
            maximumCount: maximumCount
        )
    }

    // MARK: Records

    func append(_ records: [NewRecord], stream: StreamDescription) async throws(ServiceError) -> [AppendResult] {
        try gate.admit(stream: stream.name)
        guard let limiter = gate.limiter else { return try await store.append(records, stream: stream) }
        let isAdmitted = limiter.decide { machine, now in
            records.map { record in
                machine.admitWrite(
                    .init(streamID: stream.id, shard: record.shard),
                    bytes: record.content.size,
                    at: now
                )
            }
        }
        let admitted = zip(records, isAdmitted).filter(\.1).map(\.0)
        var results = admitted.isEmpty ? [] : try await store.append(admitted, stream: stream)
        guard admitted.count < records.count else { return results }
        // Put together with what was not let through, in the order of the records.
        results.reverse()
        return isAdmitted.map { isAdmitted in isAdmitted ? results.popLast() ?? .throttled : .throttled }
    }

    func position(
        _ start: ShardStart,
        shard: ShardID,
        stream: StreamDescription
    ) async throws(ServiceError) -> ShardPosition {
        try gate.admit(stream: stream.name)
        if gate.action == "GetShardIterator" {
            try require(shard, stream) { $0.admitIterator($1, at: $2) }
        }
        return try await store.position(start, shard: shard, stream: stream)
    }

    func read(
        from position: ShardPosition,
        shard: ShardID,
        stream: StreamDescription,
        maximumCount: Int,
        maximumBytes: Int
    ) async throws(ServiceError) -> ShardRead {
        try gate.admit(stream: stream.name)
        let isPolling = gate.action == "GetRecords"
        if isPolling { try require(shard, stream) { $0.admitRead($1, at: $2) } }
        let read = try await store.read(
            from: position,
            shard: shard,
            stream: stream,
            maximumCount: maximumCount,
            maximumBytes: maximumBytes
        )
        if isPolling, let limiter = gate.limiter {
            let bytes = read.records.contentSize
            limiter.decide { $0.read(.init(streamID: stream.id, shard: shard), bytes: bytes, at: $1) }
        }
        return read
    }

    func waitForRecords(
        from position: ShardPosition,
        shard: ShardID,
        stream: StreamDescription
    ) async throws(ServiceError) {
        try gate.admit(stream: stream.name)
        try await store.waitForRecords(from: position, shard: shard, stream: stream)
    }

    /// Asks the limits of a shard. Throws `provisionedThroughputExceeded`.
    private func require(
        _ shard: ShardID,
        _ stream: StreamDescription,
        _ admit: (inout ThroughputStateMachine, ThroughputStateMachine.ShardKey, UInt64) -> Bool
    ) throws(ServiceError) {
        guard let limiter = gate.limiter else { return }
        let key = ThroughputStateMachine.ShardKey(streamID: stream.id, shard: shard)
        guard limiter.decide({ admit(&$0, key, $1) }) else {
            throw gate.throughputExceeded(shard, stream: stream.name)
        }
    }
}
