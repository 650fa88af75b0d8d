import WeirModel
import WeirStore

/// A store of queues during one call: as ``GatedStreamStore``.
struct GatedQueueStore: QueueStore {
    let store: any QueueStore
    let gate: CallGate

    private func admit(_ resourceID: String) throws(ServiceError) {
        try gate.admit(queue: resourceID, policy: store.heldPolicy(queue: resourceID))
    }

    func createQueue(
        _ queue: NewQueue,
        maximumConsumerCount: Int
    ) async throws(ServiceError) -> QueueDescription {
        // There is no queue yet: whoever may make one on the stream may.
        try gate.admit(stream: queue.stream.name)
        return try await store.createQueue(queue, maximumConsumerCount: maximumConsumerCount)
    }

    func queue(_ resourceID: String) async throws(ServiceError) -> QueueDescription {
        try admit(resourceID)
        return try await store.queue(resourceID)
    }

    func queues(
        after name: String?,
        limit: Int,
        ofStream stream: String?
    ) async throws(ServiceError) -> [QueueDescription] {
        try gate.admitAccount()
        return try await store.queues(after: name, limit: limit, ofStream: stream)
    }

    func updateQueue(
        _ resourceID: String,
        to attributes: QueueAttributes
    ) async throws(ServiceError) -> QueueDescription {
        try admit(resourceID)
        return try await store.updateQueue(resourceID, to: attributes)
    }

    func deleteQueue(_ resourceID: String) async throws(ServiceError) {
        try admit(resourceID)
        try await store.deleteQueue(resourceID)
    }

    func receive(_ receive: QueueReceive, from resourceID: String) async throws(ServiceError) -> [QueueDelivery] {
        try admit(resourceID)
        let deliveries = try await store.receive(receive, from: resourceID)
        // Another policy may have been attached while it waited.
        do throws(ServiceError) {
            try gate.readmit(queue: resourceID, policy: store.heldPolicy(queue: resourceID))
        } catch {
            // Others may have them at once.
            _ = try? await store.changeVisibility(deliveries.map { ($0.receipt, 0) }, in: resourceID)
            throw error
        }
        return deliveries
    }

    func acknowledge(_ receipts: [QueueReceipt], in resourceID: String) async throws(ServiceError) -> [Bool] {
        try admit(resourceID)
        return try await store.acknowledge(receipts, in: resourceID)
    }

    func changeVisibility(
        _ changes: [(receipt: QueueReceipt, seconds: Int)],
        in resourceID: String
    ) async throws(ServiceError) -> [Bool] {
        try admit(resourceID)
        return try await store.changeVisibility(changes, in: resourceID)
    }

    func restore(_ receipts: [QueueReceipt], in resourceID: String) async throws(ServiceError) -> [Bool] {
        try admit(resourceID)
        return try await store.restore(receipts, in: resourceID)
    }

    func changeTags(
        queue resourceID: String,
        setting tags: [String: String],
        removing keys: Set<String>,
        maximumCount: Int
    ) async throws(ServiceError) {
        try admit(resourceID)
        try await store.changeTags(queue: resourceID, setting: tags, removing: keys, maximumCount: maximumCount)
    }

    func policy(queue resourceID: String) async throws(ServiceError) -> String? {
        try admit(resourceID)
        return try await store.policy(queue: resourceID)
    }

    func setPolicy(_ policy: String?, queue resourceID: String) async throws(ServiceError) -> Bool {
        try admit(resourceID)
        return try await store.setPolicy(policy, queue: resourceID)
    }

    func figures() async throws(ServiceError) -> [QueueFigures] {
        try gate.admitAccount()
        return try await store.figures()
    }

    func heldPolicy(queue resourceID: String) -> String? { store.heldPolicy(queue: resourceID) }

    func endQueueWaits() { store.endQueueWaits() }
}
