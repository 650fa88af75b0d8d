import NIOCore
import WeirConsumer
import WeirModel
import WeirRuntime
import WeirWire

extension QueueRecord {
    /// Characters of the data that a row shows.
    static let previewLength = 40

    /// The record as a row of a table.
    var row: [String] {
        [
            recordID, approximateArrivalTimestamp.iso8601, firstReceiveTimestamp.iso8601, "\(receiveCount)",
            (partitionKey ?? "").escapingControls(), preview,
        ]
    }

    /// The beginning of the data on one line.
    private var preview: String {
        guard let text = String(validating: data.readableBytesView, as: UTF8.self) else { return noText }
        let beginning = text.prefix(Self.previewLength)
        return String(beginning).escapingControls() + (beginning.endIndex == text.endIndex ? "" : "…")
    }

    private var noText: String { "\(data.readableBytes) bytes that are no text" }

    /// The record as lines for people.
    var lines: [String] {
        var table = TextTable(["record ID", recordID])
        if let partitionKey { table.add(["partition key", partitionKey.escapingControls()]) }
        table.add(["arrived at", approximateArrivalTimestamp.iso8601])
        table.add(["first received at", firstReceiveTimestamp.iso8601])
        table.add(["receives", "\(receiveCount)"])
        let text = String(validating: data.readableBytesView, as: UTF8.self)
        table.add(["data", text?.escapingControls(except: ["\n", "\t"]) ?? "\(noText) (see --data)"])
        return table.lines + [""]
    }
}

extension String {
    /// The text with control characters as escapes: a producer chose it, and it must neither break the line nor speak to the
    /// terminal.
    func escapingControls(except kept: Set<Unicode.Scalar> = []) -> String {
        var text = ""
        for scalar in unicodeScalars {
            let isControl = scalar.properties.generalCategory == .control && !kept.contains(scalar)
            text += isControl ? scalar.escaped(asASCII: true) : String(scalar)
        }
        return text
    }
}

/// A dead letter of a queue as a line of JSON: a ``DeadLetter`` with the queue's ARN and the time of the first receive.
struct QueueDeadLetterLine: WireMessage, Codable, Hashable {
    /// What is told of the queue.
    struct Source: Hashable {
        var arn: String
        var name: String
        var stream: String

        init(_ queue: QueueDescriptionShape) {
            arn = queue.queueARN
            name = queue.queueName
            stream = queue.streamConfigurationList.first?.streamARN.map(QueueLookup.shortName) ?? ""
        }
    }

    private enum CodingKeys: String, CodingKey {
        case queueARN = "queueArn"
        case firstReceive = "firstReceiveTimestamp"
    }

    var letter: DeadLetter
    var queueARN: String
    var firstReceive: String

    /// A queue tells neither the shard, nor who failed and why, nor when it gave the record up: the letter says so, with the time
    /// at which it was made. A record without a key gets its ID for one, with which it can be put again.
    init(
        _ record: QueueRecord,
        of source: Source,
        at now: Timestamp = Timestamp(millisecondsSinceEpoch: SystemTime().wallMilliseconds)
    ) {
        let reason = "received \(record.receiveCount) times and never acknowledged"
        letter = DeadLetter(
            application: source.name,
            stream: source.stream,
            record: ConsumerRecord(
                shardID: "",
                sequenceNumber: record.recordID,
                partitionKey: record.partitionKey ?? record.recordID,
                data: record.data,
                approximateArrival: record.approximateArrivalTimestamp
            ),
            attempts: record.receiveCount,
            firstError: reason,
            lastError: reason,
            workerID: "",
            failedAt: now
        )
        queueARN = source.arn
        firstReceive = record.firstReceiveTimestamp.iso8601
    }

    init(from decoder: any Decoder) throws {
        letter = try DeadLetter(from: decoder)
        let members = try decoder.container(keyedBy: CodingKeys.self)
        queueARN = try members.decode(String.self, forKey: .queueARN)
        firstReceive = try members.decode(String.self, forKey: .firstReceive)
    }

    func encode(to encoder: any Encoder) throws {
        try letter.encode(to: encoder)
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(queueARN, forKey: .queueARN)
        try members.encode(firstReceive, forKey: .firstReceive)
    }

    /// The line, without its line feed.
    var encoded: ByteBuffer {
        var body = ByteBuffer()
        write(to: &body, format: .json)
        return body
    }
}
