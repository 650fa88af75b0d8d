import NIOCore
import WeirModel
import WeirWire

/// The bodies of requests, as whatever action takes them: the first thing that an attacker reaches.
///
/// The first byte of the input tells the action, and whether the body is JSON or CBOR; the rest is the body.
public enum RequestTarget: FuzzTarget {
    public static let name = "Request"

    public static func check(_ input: ByteBuffer) throws(FuzzFinding) {
        var body = input
        guard let choice = body.readInteger(as: UInt8.self) else { return }
        let (service, message) = messages[Int(choice & 0x7F) % messages.count]
        let isCBOR = choice & 0x80 != 0 && service == .kinesis
        try check(message, service, body, isCBOR ? .cbor : .json)
    }

    /// Every action, in the order of their names: a corpus keeps its meaning as long as this list stays as it is.
    static let actions: [any WireAction.Type] = [
        AddTagsToStream.self, CreateStream.self, DecreaseStreamRetentionPeriod.self, DeleteResourcePolicy.self,
        DeleteStream.self, DeregisterStreamConsumer.self, DescribeAccountSettings.self, DescribeLimits.self,
        DescribeStream.self, DescribeStreamConsumer.self, DescribeStreamSummary.self, DisableEnhancedMonitoring.self,
        EnableEnhancedMonitoring.self, GetRecords.self, GetResourcePolicy.self, GetShardIterator.self,
        IncreaseStreamRetentionPeriod.self, ListShards.self, ListStreamConsumers.self, ListStreams.self,
        ListTagsForResource.self, ListTagsForStream.self, MergeShards.self, PutRecord.self, PutRecords.self,
        PutResourcePolicy.self, RegisterStreamConsumer.self, RemoveTagsFromStream.self, SplitShard.self,
        StartStreamEncryption.self, StopStreamEncryption.self, TagResource.self, UntagResource.self,
        UpdateAccountSettings.self, UpdateMaxRecordSize.self, UpdateStreamMode.self,
        UpdateStreamRecordDistributionStrategy.self, UpdateStreamWarmThroughput.self,
        BatchGetItem.self, BatchWriteItem.self, CreateTable.self, DeleteItem.self, DeleteTable.self,
        DescribeContinuousBackups.self, DescribeTable.self, DescribeTimeToLive.self, GetItem.self, ListTables.self,
        ListTagsOfResource.self, PutItem.self, Query.self, Scan.self, TagTable.self, TransactGetItems.self,
        TransactWriteItems.self, UntagTable.self, UpdateContinuousBackups.self, UpdateItem.self, UpdateTable.self,
        UpdateTimeToLive.self,
    ]

    /// The inputs of all actions, and behind them what a client reads of the data plane. New ones come at the end.
    private static let messages: [(WireService, any WireMessage.Type)] =
        actions.map { ($0.service, $0.input) } + [
            (.kinesis, SubscribeToShard.Request.self), (.kinesis, SubscribeToShardEvent.self),
            (.kinesis, GetRecords.Response.self), (.kinesis, PutRecord.Response.self),
            (.kinesis, PutRecords.Response.self), (.kinesis, ListShards.Response.self),
            (.dynamoDB, Scan.Response.self),
        ]

    private static func check<Message: WireMessage>(
        _ type: Message.Type,
        _ service: WireService,
        _ body: ByteBuffer,
        _ format: WireFormat
    ) throws(FuzzFinding) {
        let message: Message
        do {
            message = try Message(wire: body, format: format)
        } catch {
            let codes: [ServiceError.Code] = [.serialization, .validation]
            return try require(codes.contains(error.code), "a body is refused with \(error)")
        }
        if format == .cbor || !hasDistantTime(message) { try checkRoundTrip(message, format) }
        // DynamoDB's messages have one form.
        guard service == .kinesis else { return }
        if format == .json || !hasDistantTime(message) {
            try checkRoundTrip(message, format == .json ? .cbor : .json)
        }
    }

    /// Whether a time of the message is beyond the year 9999 or as far back. JSON has times as floating-point seconds, which
    /// do not tell all milliseconds apart there.
    private static func hasDistantTime(_ message: some WireMessage) -> Bool {
        (try? WireValue(cbor: write(message, .cbor)))?.hasDistantTime ?? false
    }

    /// What is written for a message is read as a message for which the same is written.
    private static func checkRoundTrip<Message: WireMessage>(
        _ message: Message,
        _ format: WireFormat
    ) throws(FuzzFinding) {
        let written = write(message, format)
        let again: Message
        do {
            again = try Message(wire: written, format: format)
        } catch {
            throw FuzzFinding("\(error) in what was written for \(message)")
        }
        let writtenAgain = write(again, format)
        if written == writtenAgain { return }
        // The members of a map come in any order.
        try require(ordered(written, format) == ordered(writtenAgain, format), "\(message) is read back as \(again)")
    }

    private static func ordered(_ body: ByteBuffer, _ format: WireFormat) -> WireValue? {
        (format == .json ? try? WireValue(json: body) : try? WireValue(cbor: body))?.ordered
    }

    private static func write(_ message: some WireMessage, _ format: WireFormat) -> ByteBuffer {
        var body = ByteBuffer()
        message.write(to: &body, format: format)
        return body
    }
}

extension WireAction {
    fileprivate static var input: any WireMessage.Type { Request.self }
}

extension WireValue {
    /// The value with the members of all maps in the order of their names.
    fileprivate var ordered: WireValue {
        switch self {
        case .array(let elements): .array(elements.map(\.ordered))
        case .map(let map):
            .map(WireMap(map.members.map { WireMember($0.name, $0.value.ordered) }.sorted { $0.name < $1.name }))
        default: self
        }
    }

    fileprivate var hasDistantTime: Bool {
        switch self {
        case .timestamp(let time): time.millisecondsSinceEpoch.magnitude > 253_402_300_799_999
        case .array(let elements): elements.contains(where: \.hasDistantTime)
        case .map(let map): map.members.contains(where: \.value.hasDistantTime)
        default: false
        }
    }
}
