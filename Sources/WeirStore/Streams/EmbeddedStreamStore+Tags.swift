import Synchronization
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
            }
        }
    }
}
