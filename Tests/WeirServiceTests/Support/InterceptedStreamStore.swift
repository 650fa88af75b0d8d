import Synchronization
import WeirModel
import WeirStore

/// A store with which a test does something between two steps of a request.
final class InterceptedStreamStore: StreamStore {
    typealias Step = @Sendable () async throws -> Void

    let inner: any StreamStore
    private let beforeAppend = Mutex<[Step]>([])
    private let beforeRead = Mutex<[Step]>([])
    private let beforeWait = Mutex<[Step]>([])
    private let reads = Mutex(0)

    init(_ inner: any StreamStore) { self.inner = inner }

    /// Does something once, before the next append that has nothing to do yet.
    func onceBeforeAppend(_ step: @escaping Step) { beforeAppend.withLock { $0.append(step) } }

    /// Does something once, before the next read that has nothing to do yet.
    func onceBeforeRead(_ step: @escaping Step) { beforeRead.withLock { $0.append(step) } }

    /// Does something once, before the next wait that has nothing to do yet.
    func onceBeforeWait(_ step: @escaping Step) { beforeWait.withLock { $0.append(step) } }

    /// How many reads there were.
    var readCount: Int { reads.withLock { $0 } }

    private func take(_ steps: borrowing Mutex<[Step]>) -> Step? {
        steps.withLock { $0.isEmpty ? nil : $0.removeFirst() }
    }

    private func perform(_ step: Step?) async throws(ServiceError) {
        do {
            try await step?()
        } catch let error as ServiceError {
            throw error
        } catch {
            throw ServiceError(.internalFailure, "\(error)")
        }
    }

    func append(_ records: [NewRecord], stream: StreamDescription) async throws(ServiceError) -> [AppendResult] {
        try await perform(take(beforeAppend))
        return try await inner.append(records, stream: stream)
    }

    func read(
        from position: ShardPosition,
        shard: ShardID,
        stream: StreamDescription,
        maximumCount: Int,
        maximumBytes: Int
    ) async throws(ServiceError) -> ShardRead {
        reads.withLock { $0 += 1 }
        try await perform(take(beforeRead))
        return try await inner.read(
            from: position,
            shard: shard,
            stream: stream,
            maximumCount: maximumCount,
            maximumBytes: maximumBytes
        )
    }

    func createStream(
        name: String,
        shardCount: Int,
        settings: StreamSettings,
        tags: [String: String]
    ) async throws(ServiceError) {
        try await inner.createStream(name: name, shardCount: shardCount, settings: settings, tags: tags)
    }

    func changeSettings(
        of stream: String,
        _ change: StreamSettingsChange
    ) async throws(ServiceError) -> StreamSettingsUpdate {
        try await inner.changeSettings(of: stream, change)
    }

    func deleteStream(name: String, deletingConsumers: Bool) async throws(ServiceError) {
        try await inner.deleteStream(name: name, deletingConsumers: deletingConsumers)
    }

    func removeStream(name: String) async throws(ServiceError) { try await inner.removeStream(name: name) }

    func updateShardCount(of stream: String, to target: Int) async throws(ServiceError) -> Int {
        try await inner.updateShardCount(of: stream, to: target)
    }

    func performUpkeep() async throws(ServiceError) { try await inner.performUpkeep() }

    func consumer(
        _ name: String,
        registeredIn second: Int64?,
        stream: String
    ) async throws(ServiceError) -> StreamConsumer {
        try await inner.consumer(name, registeredIn: second, stream: stream)
    }

    func stream(name: String) async throws(ServiceError) -> StreamDescription { try await inner.stream(name: name) }

    func stream(id: Int64) async throws(ServiceError) -> StreamDescription { try await inner.stream(id: id) }

    func streamNames(after name: String?, limit: Int) async throws(ServiceError) -> [String] {
        try await inner.streamNames(after: name, limit: limit)
    }

    func position(
        _ start: ShardStart,
        shard: ShardID,
        stream: StreamDescription
    ) async throws(ServiceError) -> ShardPosition {
        try await inner.position(start, shard: shard, stream: stream)
    }

    func splitShard(stream: String, shard: ShardID, newStartingHashKey: HashKey) async throws(ServiceError) {
        try await inner.splitShard(stream: stream, shard: shard, newStartingHashKey: newStartingHashKey)
    }

    func mergeShards(stream: String, shard: ShardID, adjacent: ShardID) async throws(ServiceError) {
        try await inner.mergeShards(stream: stream, shard: shard, adjacent: adjacent)
    }

    func setRetention(stream: String, hours: Int) async throws(ServiceError) {
        try await inner.setRetention(stream: stream, hours: hours)
    }

    func changeTags(
        stream: String,
        setting tags: [String: String],
        removing keys: Set<String>,
        maximumCount: Int
    ) async throws(ServiceError) {
        try await inner.changeTags(stream: stream, setting: tags, removing: keys, maximumCount: maximumCount)
    }

    func usage() async throws(ServiceError) -> StoreUsage { try await inner.usage() }

    func throughputCommitment() async throws(ServiceError) -> ThroughputCommitment {
        try await inner.throughputCommitment()
    }

    func setThroughputCommitment(isEnabled: Bool) async throws(ServiceError) -> ThroughputCommitment {
        try await inner.setThroughputCommitment(isEnabled: isEnabled)
    }

    func policy(of resource: PolicyResource) async throws(ServiceError) -> String? {
        try await inner.policy(of: resource)
    }

    func setPolicy(_ policy: String?, of resource: PolicyResource) async throws(ServiceError) -> Bool {
        try await inner.setPolicy(policy, of: resource)
    }

    func enforceRetention() async throws(ServiceError) { try await inner.enforceRetention() }

    func registerConsumer(
        _ name: String,
        stream: String,
        tags: [String: String],
        maximumCount: Int
    ) async throws(ServiceError) -> ConsumerDescription {
        try await inner.registerConsumer(name, stream: stream, tags: tags, maximumCount: maximumCount)
    }

    func deregisterConsumer(_ consumer: ConsumerDescription, stream: StreamDescription) async throws(ServiceError) {
        try await inner.deregisterConsumer(consumer, stream: stream)
    }

    func changeTags(
        consumer: ConsumerDescription,
        stream: StreamDescription,
        setting tags: [String: String],
        removing keys: Set<String>,
        maximumCount: Int
    ) async throws(ServiceError) {
        try await inner.changeTags(
            consumer: consumer,
            stream: stream,
            setting: tags,
            removing: keys,
            maximumCount: maximumCount
        )
    }

    func waitForRecords(
        from position: ShardPosition,
        shard: ShardID,
        stream: StreamDescription
    ) async throws(ServiceError) {
        try await perform(take(beforeWait))
        try await inner.waitForRecords(from: position, shard: shard, stream: stream)
    }
}
