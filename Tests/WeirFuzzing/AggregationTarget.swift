import NIOCore
import WeirModel

/// Records that a producer packed together: what is read is written and read again, and comes to the same.
public enum AggregationTarget: FuzzTarget {
    public static let name = "Aggregation"

    public static func check(_ input: ByteBuffer) throws(FuzzFinding) {
        // As the data of a record, whose checksum bytes that were made up will not have, and as the message within.
        if let aggregate = try? AggregatedRecord(decoding: input) { try check(aggregate, input) }
        guard let aggregate = try? AggregatedRecord(decoding: AggregatedRecord.data(input)) else { return }
        try check(aggregate, input)
    }

    private static func check(_ aggregate: AggregatedRecord, _ input: ByteBuffer) throws(FuzzFinding) {
        let size = aggregate.records.reduce(0) { $0 + $1.data.readableBytes }
        try require(size <= input.readableBytes, "\(size) bytes of data came out of \(input.readableBytes)")
        let again = try? AggregatedRecord(decoding: aggregate.encoded)
        // An aggregate of nothing is written as what is no aggregate.
        guard !aggregate.records.isEmpty else { return try require(again == nil, "nothing was written as something") }
        try require(again == aggregate, "what was written is read as something else")
    }
}
