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

    /// The letters that the stream holds now and that were not dealt with, oldest shard first, each shard's in order. Parts of a large record are
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
            for record in page.records { collector.add(record.data) }
            iterator = page.records.isEmpty && page.millisBehindLatest == 0 ? nil : page.nextShardIterator
        }
    }
}

/// Joins the parts of large dead letters, among which those of other workers may lie.
struct DeadLetterCollector {
    /// The whole letters that were not dealt with, in the order in which they were completed.
    var letters: [DeadLetter] { whole.filter { !handled.contains($0.id) } }

    private var whole: [DeadLetter] = []
    private var partial: [DeadLetterID: DeadLetter] = [:]
    private var handled: Set<DeadLetterID> = []

    /// Takes the data of a record. What is neither a letter nor a receipt is left out.
    mutating func add(_ data: ByteBuffer) {
        if let letter = try? DeadLetter(decoding: data) { return add(letter) }
        if let receipt = try? DeadLetterReceipt(wire: data, format: .json) { handled.insert(receipt.letter) }
    }

    mutating func add(_ letter: DeadLetter) {
        guard let part = letter.part else { return whole.append(letter) }
        let key = letter.id
        guard part.number > 1 else { return partial[key] = letter }
        guard var joined = partial[key], joined.part?.number == part.number - 1 else { return }
        joined.data.writeImmutableBuffer(letter.data)
        joined.part = part
        guard part.number == part.count else { return partial[key] = joined }
        joined.part = nil
        partial[key] = nil
        whole.append(joined)
    }
}
