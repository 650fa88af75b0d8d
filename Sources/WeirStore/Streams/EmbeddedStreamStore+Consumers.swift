import Logging
import WeirModel

extension EmbeddedStreamStore {
    public func registerConsumer(
        _ name: String,
        stream: String,
        tags: [String: String],
        maximumCount: Int
    ) async throws(ServiceError) -> ConsumerDescription {
        let live = try live(stream)
        return try await changing(live) { [self] () async throws(ServiceError) in
            try live.refuse([.creating, .deleting])
            let description = live.description
            guard description.consumer(name) == nil else { throw errors.consumerExists(name, stream: stream) }
            guard description.consumers.count + live.queues.count < maximumCount else {
                throw errors.tooManyConsumers(stream, maximumCount: maximumCount)
            }
            let now = live.now
            let createdAt = live.withMachine { $0.creationTime(ofConsumer: name, at: now) }
            let consumer = ConsumerDescription(name: name, createdAt: createdAt, tags: tags)
            try await catalogue.insert(consumer, stream: live.id)
            let end = live.transitionEnd
            live.withMachine { machine in
                machine.register(consumer)
                if let end { machine.enter(.creating, consumer.id, until: end) }
            }
            logger.info(
                "consumer registered",
                metadata: ["stream.name": "\(stream)", "consumer.name": "\(name)"]
            )
            return live.description.consumer(name) ?? consumer
        }
    }

    public func consumer(
        _ name: String,
        registeredIn second: Int64?,
        stream: String
    ) async throws(ServiceError) -> StreamConsumer {
        let description = try live(stream).withMachine { $0.visibleDescription }
        guard let consumer = description.consumer(name), second ?? consumer.creationSecond == consumer.creationSecond
        else { throw errors.consumerNotFound(name) }
        return StreamConsumer(stream: description, consumer: consumer)
    }

    public func deregisterConsumer(
        _ consumer: ConsumerDescription,
        stream: StreamDescription
    ) async throws(ServiceError) {
        let live = try live(stream)
        try await changing(live) { [self] () async throws(ServiceError) in
            // Whoever asks a second time gets what was asked for.
            guard try require(consumer, of: live).status != .deleting else { return }
            try await catalogue.delete(consumer, stream: live.id)
            let now = live.now
            let end = live.transitionEnd
            live.withMachine { $0.deregister(consumer.name, at: now, until: end) }
            logger.info(
                "consumer deregistered",
                metadata: ["stream.name": "\(stream.name)", "consumer.name": "\(consumer.name)"]
            )
        }
    }

    public func changeTags(
        consumer: ConsumerDescription,
        stream: StreamDescription,
        setting tags: [String: String],
        removing keys: Set<String>,
        maximumCount: Int
    ) async throws(ServiceError) {
        let live = try live(stream)
        try await changing(live) { [self] () async throws(ServiceError) in
            try live.refuse([.creating, .deleting])
            let found = try require(consumer, of: live)
            guard found.status != .deleting else { throw errors.consumerNotFound(consumer.name) }
            let current = found.tags
            let changed = current.filter { !keys.contains($0.key) }.merging(tags) { $1 }
            guard changed.count <= max(maximumCount, current.count) else {
                throw errors.tooManyTags(consumer: consumer.name, stream.name, maximumCount: maximumCount)
            }
            try await catalogue.setTags(changed, consumer: consumer.name, stream: live.id)
            live.withMachine { $0.setTags(changed, consumer: consumer.name) }
        }
    }

    /// Runs a change of a stream that is there, to its end, while no other runs.
    private func changing<Result: Sendable>(
        _ live: LiveStream,
        _ body: @escaping @Sendable () async throws(ServiceError) -> Result
    ) async throws(ServiceError) -> Result {
        try await lifetime.change { [self] () async throws(ServiceError) in
            try await live.changes.withGate { () async throws(ServiceError) in
                guard !live.withMachine({ $0.isDeleted }) else { throw errors.streamNotFound(live.name) }
                return try await body()
            }
        }
    }

    /// The consumer as it is now. One that was registered again under the name is another.
    private func require(
        _ consumer: ConsumerDescription,
        of live: LiveStream
    ) throws(ServiceError) -> ConsumerDescription {
        guard let found = live.description.consumer(consumer.name), found.createdAt == consumer.createdAt else {
            throw errors.consumerNotFound(consumer.name)
        }
        return found
    }
}
