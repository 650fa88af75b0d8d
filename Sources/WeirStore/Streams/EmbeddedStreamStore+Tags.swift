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
                setCompression(of: live, by: changed)
                setSegmentSize(of: live, by: changed)
            }
        }
    }

    /// Lets a stream's log acknowledge as the stream's tags say from now on.
    private func setDurability(of live: LiveStream, by tags: [String: String]) async {
        let durability = durability(by: tags, stream: live.name)
        guard durability != live.log.durability else { return }
        live.log.durability = durability
        tell("durability changed", "stream.durability", tags[Durability.tagKey], live)
        // Whoever asked for more is answered when what was acknowledged before is synced. A log that fails says so itself, and
        // to those who append; the tag is set.
        if durability == .always { _ = try? await live.log.barrier() }
    }

    /// When a stream with these tags acknowledges.
    func durability(by tags: [String: String], stream: String) -> LogDurability {
        setting(Durability.tagKey, { Durability($0) }, by: tags, stream: stream).map { LogDurability($0) }
            ?? logs.options.durability
    }

    /// Lets a stream's log be packed, or not, as the stream's tags say from now on.
    private func setCompression(of live: LiveStream, by tags: [String: String]) {
        let compression = compression(by: tags, stream: live.name)
        guard compression != live.log.compression else { return }
        live.log.compression = compression
        tell("compression changed", "log.compression", tags[Compression.tagKey], live)
    }

    /// Whether the log of a stream with these tags is packed.
    func compression(by tags: [String: String], stream: String) -> LogCompression {
        setting(Compression.tagKey, { Compression($0) }, by: tags, stream: stream).map { LogCompression($0) }
            ?? logs.options.compression
    }

    /// Lets the files of a stream's log end where the stream's tags say, from the next put on.
    private func setSegmentSize(of live: LiveStream, by tags: [String: String]) {
        let size = segmentSize(by: tags, stream: live.name)
        guard size != live.log.segmentSizeInBytes else { return }
        live.log.segmentSizeInBytes = size
        tell("segment size changed", "log.segment.size", tags[SegmentSize.tagKey], live)
    }

    /// Bytes at which a segment of the log of a stream with these tags is ended.
    func segmentSize(by tags: [String: String], stream: String) -> Int {
        setting(SegmentSize.tagKey, { SegmentSize($0) }, by: tags, stream: stream)?.bytes
            ?? logs.options.segmentSizeInBytes
    }

    /// Logs what a stream's tag, or its absence, has changed.
    private func tell(_ message: Logger.Message, _ key: String, _ value: String?, _ live: LiveStream) {
        logger.info(message, metadata: ["stream.name": "\(live.name)", key: "\(value ?? "as the server's")"])
    }

    /// What a tag says, if it is there and understood.
    private func setting<Setting>(
        _ key: String,
        _ parse: (String) -> Setting?,
        by tags: [String: String],
        stream: String
    ) -> Setting? {
        guard let value = tags[key] else { return nil }
        if let setting = parse(value) { return setting }
        logger.warning(
            "a tag is not understood, and not followed",
            metadata: ["stream.name": "\(stream)", "tag.key": "\(key)", "tag.value": "\(value)"]
        )
        return nil
    }
}

extension LogCompression {
    /// The setting of a server or a stream, for a log.
    public init(_ compression: Compression) {
        switch compression {
        case .none: self = .none
        case .zstd: self = .zstd
        }
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
