import ArgumentParser
import NIOCore
import Synchronization
import WeirClient
import WeirConsumer
import WeirModel
import WeirRuntime
import WeirWire

/// Where `tail` and `consume` begin.
enum StartOption: String, ExpressibleByArgument, CaseIterable {
    case trimHorizon = "trim-horizon"
    case latest
}

/// How a record is printed.
enum RecordFormat: String, ExpressibleByArgument, CaseIterable {
    /// The data alone.
    case data
    /// A JSON object with shard, sequence number, partition key, arrival time, and the data as text or in base64.
    case json
}

/// `weir tail`: prints what is and what comes.
struct TailCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail",
        abstract: "Print the records of a stream, shard by shard in order, as they come; children after their parents.",
        discussion: "It keeps no checkpoint: for shared, resumable reading see 'weir consume'."
    )

    @Argument(help: "The name or the ARN of the stream.") var stream: String
    @Option(help: "Where to begin: trim-horizon or latest.") var from: StartOption = .latest
    @Option(help: "Only this shard.") var shard: String?
    @Option(help: "Stop after this many records.") var limit: Int?
    @Flag(help: "Stop at the tip of every shard instead of waiting for more.") var noFollow = false
    @Option(help: "How records are printed: data or json.") var format: RecordFormat = .data
    @Flag(help: "Print records that a producer packed together as they are, not the user records in them.")
    var raw = false
    @OptionGroup var client: ClientOptions

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit must be at least 1") }
    }

    func run() async throws {
        try await client.regional(to: stream).withKinesis { kinesis in
            let tail = StreamTail(stream: stream, kinesis: kinesis, follow: !noFollow, isRaw: raw, printer: printer)
            var shards = try await ShardListing.all(of: stream, kinesis: kinesis)
            if let shard {
                shards = shards.filter { $0.shardID == shard }
                guard !shards.isEmpty else { throw CommandFailure("\(stream) has no shard \(shard)") }
            }
            if from == .latest { shards = shards.filter { $0.sequenceNumberRange.endingSequenceNumber == nil } }
            try await tail.run(shards: shards, start: from, followChildren: shard == nil)
        }
    }

    private var printer: RecordPrinter { RecordPrinter(format: format, limit: limit) }
}

/// Prints records up to a limit.
final class RecordPrinter: Sendable {
    private let format: RecordFormat
    private let remaining: Mutex<Int>

    init(format: RecordFormat, limit: Int?) {
        self.format = format
        remaining = Mutex(limit ?? .max)
    }

    /// Prints a record. Returns false when the limit is reached and nothing more is to be printed.
    func print<Line: WireMessage>(_ line: @autoclosure () -> Line, data: ByteBuffer) throws -> Bool {
        let left = remaining.withLock { remaining in
            remaining -= 1
            return remaining
        }
        guard left >= 0 else { return false }
        switch format {
        case .data: try Console.standard.print(data)
        case .json:
            var text = ByteBuffer()
            line().write(to: &text, format: .json)
            try Console.standard.print(text)
        }
        return left > 0
    }
}

/// Reads the shards of a stream side by side.
struct StreamTail<Kinesis: KinesisCalling> {
    let stream: String
    let kinesis: Kinesis
    let follow: Bool
    /// Whether records that a producer packed together are printed as they are.
    let isRaw: Bool
    let printer: RecordPrinter

    private enum End {
        case shardEnded(id: String, children: [ChildShard])
        case tip
        case limit
    }

    /// Reads until the limit, the tip (when it does not follow) or cancellation.
    func run(shards: [Shard], start: StartOption, followChildren: Bool) async throws {
        var order = ShardOrder()
        for shard in shards {
            order.add(shard.shardID, parents: [shard.parentShardID, shard.adjacentParentShardID].compactMap { $0 })
        }
        let listed = Set(shards.map(\.shardID))
        let roots = listed.filter { order.hasNoParents($0) }
        try await withThrowingTaskGroup(of: End.self) { group in
            func beginWhatIsReady() {
                for id in order.takeReady() {
                    // Children begin where their parents end.
                    group.addTask { try await read(id, roots.contains(id) ? start : .trimHorizon) }
                }
            }
            beginWhatIsReady()
            while let end = try await group.next() {
                switch end {
                case .limit: group.cancelAll(); return
                case .tip: break
                case .shardEnded(let id, let children):
                    if followChildren {
                        for child in children { order.add(child.shardID, parents: child.parentShards) }
                    }
                    order.end(id)
                    beginWhatIsReady()
                }
            }
        }
    }

    private func read(_ shardID: String, _ start: StartOption) async throws -> End {
        let type = start == .latest ? "LATEST" : "TRIM_HORIZON"
        var iterator = try await kinesis.call(
            GetShardIterator.self,
            .init(streamName: stream, shardID: shardID, shardIteratorType: type)
        ).shardIterator
        var children: [ChildShard] = []
        var isAtTip = false
        while let current = iterator {
            let answer: GetRecords.Response
            let waited: Duration?
            let request = GetRecords.Request(shardIterator: current, streamARN: StreamARN(stream)?.description)
            do throws(ServiceError) {
                // At the tip a Weir server waits for the next record.
                let wait: Duration = isAtTip ? .seconds(10) : .zero
                let records = try await kinesis.getRecords(request, waitingUpTo: wait)
                (answer, waited) = (records.response, records.waited)
            } catch {
                guard error.code == .cancelled || Task.isCancelled else { throw error }
                return .limit
            }
            for record in answer.records.flatMap({ userRecords(of: $0, shardID) }) {
                guard try printer.print(RecordLine(record), data: record.data) else { return .limit }
            }
            children = answer.childShards ?? []
            iterator = answer.nextShardIterator
            isAtTip = follow && answer.millisBehindLatest ?? 0 == 0
            guard iterator != nil, answer.records.isEmpty, (answer.millisBehindLatest ?? 0) == 0 else { continue }
            guard follow else { return .tip }
            guard waited ?? .zero == .zero else { continue }
            do { try await Task.sleep(for: .milliseconds(200)) } catch { return .limit }
        }
        return .shardEnded(id: shardID, children: children)
    }

    /// What is printed of a record. One that begins as an aggregate and is none is printed as it is.
    private func userRecords(of record: Record, _ shardID: String) -> [ConsumerRecord] {
        let whole = ConsumerRecord(record, shardID: shardID)
        guard !isRaw, let aggregate = try? AggregatedRecord(decoding: record.data) else { return [whole] }
        return whole.taking(apart: aggregate)
    }
}
