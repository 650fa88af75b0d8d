import WeirTracing
import WeirWire

/// A request that puts records: what its span tells.
protocol TracedPut {
    /// The stream as the request names it.
    var streamText: String { get }
    /// How many records it puts.
    var recordCount: Int { get }
}

extension TracedPut {
    var attributes: [(String, SpanValue)] {
        [
            ("messaging.system", .text("kinesis")),
            ("messaging.operation.type", .text("send")),
            ("messaging.destination.name", .text(streamText)),
            ("messaging.batch.message_count", .number(recordCount)),
        ]
    }
}

extension PutRecord.Request: TracedPut {
    var streamText: String { streamName ?? streamARN ?? "" }
    var recordCount: Int { 1 }
}

extension PutRecords.Request: TracedPut {
    var streamText: String { streamName ?? streamARN ?? "" }
    var recordCount: Int { records?.count ?? 0 }
}
