import NIOCore
import Testing
import WeirModel
import WeirRuntime

@testable import WeirStore

/// What must hold of a store whose process ended or whose disk failed between any two steps: what was acknowledged is there, once,
/// under its number; no record is in a shard that there is not; closed shards take none; numbers grow.
struct StoreOracle: Sendable {
    enum Presence { case there, gone, either }

    private struct Record: Sendable {
        var text: String
        /// nil when its put was not answered, or with an error.
        var number: SequenceNumber?
    }

    private var presence: [String: Presence] = [:]
    private var records: [String: [Record]] = [:]
    /// Streams of which records may have aged out.
    private var aged: Set<String> = []

    /// A stream is about to be made or deleted.
    mutating func willChange(_ stream: String) { presence[stream] = .either }

    /// It was.
    mutating func didChange(_ stream: String, to new: Presence) {
        presence[stream] = new
        if new == .gone { records[stream] = nil }
    }

    mutating func willAge(_ stream: String) { aged.insert(stream) }

    mutating func willPut(_ texts: [String], to stream: String) {
        records[stream, default: []] += texts.map { Record(text: $0) }
    }

    mutating func didPut(_ texts: [String], to stream: String, _ numbers: [SequenceNumber]) {
        for (text, number) in zip(texts, numbers) {
            guard let place = records[stream]?.firstIndex(where: { $0.text == text }) else { continue }
            records[stream]?[place].number = number
        }
    }

    /// Checks a folder that was opened anew, and uses it.
    func check(_ folder: DataFolder, path: String, _ comment: Comment) async throws {
        let names = Set(try await folder.streams.streamNames(after: nil, limit: 100))
        for (name, presence) in presence where presence != .either {
            #expect(names.contains(name) == (presence == .there), "\(comment): \(name)")
        }
        #expect(names.isSubset(of: presence.keys), comment)
        var ids: Set<String> = []
        for name in names.sorted() {
            let stream = try await folder.streams.stream(name: name)
            ids.insert("\(stream.id)")
            try await check(stream, folder.streams, comment)
        }
        #expect(Set(try SystemFileSystem().list("\(path)/streams")) == ids, comment)
    }

    private func check(_ stream: StreamDescription, _ store: EmbeddedStreamStore, _ comment: Comment) async throws {
        let known = records[stream.name] ?? []
        var found: [String: SequenceNumber] = [:]
        var newest: SequenceNumber?
        for shard in stream.shards {
            for record in try await read(shard.id, of: stream, store) {
                let text = String(buffer: record.data)
                #expect(known.contains { $0.text == text }, "\(comment): \(text) was never put")
                #expect(found.updateValue(record.sequenceNumber, forKey: text) == nil, "\(comment): \(text) twice")
                #expect(record.sequenceNumber.shard == shard.id.number, comment)
                newest = max(newest ?? record.sequenceNumber, record.sequenceNumber)
            }
        }
        for record in known {
            guard let number = record.number else { continue }
            let there = found[record.text]
            #expect(there == number || (there == nil && aged.contains(stream.name)), "\(comment): \(record.text)")
        }
        // Open shards cover all hash keys, and take records; closed ones do not.
        var next: UInt128 = 0
        for shard in stream.openShardsByHashKey {
            #expect(shard.hashKeyRange.starting.value == next, comment)
            next = shard.hashKeyRange.ending.value &+ 1
        }
        #expect(next == 0, comment)
        for shard in stream.shards {
            let put = NewRecord(shard: shard.id, partitionKey: "after", data: ByteBuffer(string: "after"))
            let result = try await store.append([put], stream: stream)
            switch result[0] {
            case .appended(let number):
                #expect(shard.isOpen, "\(comment): shard \(shard.id) is closed")
                #expect(number.index > newest?.index ?? 0, comment)
            default: #expect(!shard.isOpen, "\(comment): shard \(shard.id) is open")
            }
        }
    }

    private func read(
        _ shard: ShardID,
        of stream: StreamDescription,
        _ store: EmbeddedStreamStore
    ) async throws -> [StoredRecord] {
        var position = try await store.position(.trimHorizon, shard: shard, stream: stream)
        var records: [StoredRecord] = []
        while true {
            let read = try await store.read(
                from: position,
                shard: shard,
                stream: stream,
                maximumCount: 100,
                maximumBytes: 1 << 20
            )
            records += read.records
            guard let next = read.next, !read.records.isEmpty || read.millisBehindLatest > 0 else { return records }
            position = next
        }
    }
}
