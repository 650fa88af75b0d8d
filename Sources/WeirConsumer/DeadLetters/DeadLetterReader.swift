import NIOCore
import WeirClient
import WeirModel
import WeirWire

/// Lists the letters of a dead letter stream.
public struct DeadLetterReader: Sendable {
    private let kinesis: any KinesisCalling
    private let streamName: String

    /// A reader of the dead letter stream of that name.
    public init(streamName: String, kinesis: any KinesisCalling) {
        self.streamName = streamName
        self.kinesis = kinesis
    }

    /// The letters that the stream holds now, oldest shard first, each shard's in order. Parts of a large record are
    /// joined. Records that are no dead letters are left out.
    ///
    /// Throws `resourceNotFound` when there is no such stream.
    public func list() async throws(ServiceError) -> [DeadLetter] {
        var collector = DeadLetterCollector()
        for shard in try await ShardList(streamName: streamName, kinesis: kinesis).shards() {
            try await read(shard.shardID, &collector)
        }
        return collector.letters
    }

    /// Reads a shard up to its tip.
    private func read(_ shardID: String, _ collector: inout DeadLetterCollector) async throws(ServiceError) {
        let start = GetShardIterator.Request(
            streamName: streamName,
            shardID: shardID,
            shardIteratorType: "TRIM_HORIZON"
        )
        var iterator = try await kinesis.call(GetShardIterator.self, start).shardIterator
        while let current = iterator {
            let page = try await kinesis.call(GetRecords.self, GetRecords.Request(shardIterator: current))
            for record in page.records {
                if let letter = try? DeadLetter(decoding: record.data) { collector.add(letter) }
            }
            iterator = page.records.isEmpty && page.millisBehindLatest == 0 ? nil : page.nextShardIterator
        }
    }
}

/// Joins the parts of large dead letters, among which those of other workers may lie.
struct DeadLetterCollector {
    private struct Key: Hashable {
        let stream: String
        let shardID: String
        let sequenceNumber: String
        let subSequenceNumber: Int64
        let failedAt: Timestamp
    }

    /// The whole letters, in the order in which they were completed.
    private(set) var letters: [DeadLetter] = []
    private var partial: [Key: DeadLetter] = [:]

    mutating func add(_ letter: DeadLetter) {
        guard let part = letter.part else { return letters.append(letter) }
        let key = Key(
            stream: letter.stream,
            shardID: letter.shardID,
            sequenceNumber: letter.sequenceNumber,
            subSequenceNumber: letter.subSequenceNumber,
            failedAt: letter.failedAt
        )
        guard part.number > 1 else { return partial[key] = letter }
        guard var whole = partial[key], whole.part?.number == part.number - 1 else { return }
        whole.data.writeImmutableBuffer(letter.data)
        whole.part = part
        guard part.number == part.count else { return partial[key] = whole }
        whole.part = nil
        partial[key] = nil
        letters.append(whole)
    }
}
