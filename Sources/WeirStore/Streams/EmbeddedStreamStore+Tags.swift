import Logging
import Synchronization
import WeirLog
import WeirModel

extension EmbeddedStreamStore {
    public func changeTags(
        stream: String,
        setting tags: [String: String],
        removing keys: Set<String>,
        maximumCount: Int
    ) async throws(ServiceError) {
        let live = try live(stream)
        try await lifetime.change { [self] () async throws(ServiceError) in
            try await live.changes.withGate { () async throws(ServiceError) in
                try live.refuse([.creating, .deleting])
                let changed = live.description.tags.filter { !keys.contains($0.key) }.merging(tags) { $1 }
                guard changed.count <= max(maximumCount, live.description.tags.count) else {
                    throw errors.tooManyTags(stream, maximumCount: maximumCount)
                }
                try await catalogue.setTags(changed, stream: live.id)
                live.withMachine { $0.setTags(changed) }
                await setDurability(of: live, by: changed)
            }
        }
    }

    /// Lets a stream's log acknowledge as the stream's tags say from now on.
    private func setDurability(of live: LiveStream, by tags: [String: String]) async {
        let durability = durability(by: tags, stream: live.name)
        guard durability != live.log.durability else { return }
        live.log.durability = durability
        logger.info(
            "durability changed",
            metadata: [
                "stream.name": "\(live.name)", "stream.durability": "\(tags[Durability.tagKey] ?? "as the server's")",
            ]
        )
        // Whoever asked for more is answered when what was acknowledged before is synced. A log that fails says so itself, and
        // to those who append; the tag is set.
        if durability == .always { _ = try? await live.log.barrier() }
    }

    /// When a stream with these tags acknowledges.
    func durability(by tags: [String: String], stream: String) -> LogDurability {
        guard let value = tags[Durability.tagKey] else { return logs.options.durability }
        guard let durability = Durability(value) else {
            logger.warning(
                "a tag is not understood, and not followed",
                metadata: ["stream.name": "\(stream)", "tag.key": "\(Durability.tagKey)", "tag.value": "\(value)"]
            )
            return logs.options.durability
        }
        return LogDurability(durability)
    }
}

extension LogDurability {
    /// The setting of a server or a stream, for a log.
    public init(_ durability: Durability) {
        switch durability {
        case .always: self = .always
        case .interval(let milliseconds): self = .interval(nanoseconds: UInt64(max(0, milliseconds)) * 1_000_000)
        }
    }
}
