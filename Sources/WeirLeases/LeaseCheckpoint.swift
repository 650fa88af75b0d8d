/// How far an application has read a shard: the value of a lease's `checkpoint` and `checkpointSubSequenceNumber`.
///
/// Ordered as the KCL orders them: AT_TIMESTAMP, TRIM_HORIZON, LATEST, sequence numbers by value, SHARD_END.
public enum LeaseCheckpoint: Hashable, Sendable {
    /// Nothing was read; reading begins at the time that the application's configuration names.
    case atTimestamp
    /// Nothing was read; reading begins at the oldest record.
    case trimHorizon
    /// Nothing was read; reading begins after the newest record.
    case latest
    /// Everything up to and including this record was processed. The sub-sequence number tells the user records of an
    /// aggregated record apart; 0 for a plain one.
    case sequenceNumber(String, subSequenceNumber: Int64 = 0)
    /// The shard is closed and everything in it was processed.
    case shardEnd

    /// A checkpoint from its attributes. Nil when the text is neither a name nor a decimal number.
    public init?(_ text: String, subSequenceNumber: Int64 = 0) {
        switch text {
        case "AT_TIMESTAMP": self = .atTimestamp
        case "TRIM_HORIZON": self = .trimHorizon
        case "LATEST": self = .latest
        case "SHARD_END": self = .shardEnd
        default:
            guard !text.isEmpty, text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
            self = .sequenceNumber(text, subSequenceNumber: subSequenceNumber)
        }
    }

    /// The value of the attribute `checkpoint`.
    public var text: String {
        switch self {
        case .atTimestamp: "AT_TIMESTAMP"
        case .trimHorizon: "TRIM_HORIZON"
        case .latest: "LATEST"
        case .sequenceNumber(let number, _): number
        case .shardEnd: "SHARD_END"
        }
    }

    /// The value of the attribute `checkpointSubSequenceNumber`.
    public var subSequenceNumber: Int64 {
        if case .sequenceNumber(_, let subSequenceNumber) = self { subSequenceNumber } else { 0 }
    }

    /// Whether one decimal number is smaller than another, of any length. Leading zeros do not count.
    public static func isSequenceNumber(_ left: String, before right: String) -> Bool {
        let left = left.utf8.drop { $0 == 0x30 }
        let right = right.utf8.drop { $0 == 0x30 }
        let (leftCount, rightCount) = (left.count, right.count)
        return leftCount == rightCount ? left.lexicographicallyPrecedes(right) : leftCount < rightCount
    }

    private var rank: Int {
        switch self {
        case .atTimestamp: 0
        case .trimHorizon: 1
        case .latest: 2
        case .sequenceNumber: 3
        case .shardEnd: 4
        }
    }
}

extension LeaseCheckpoint: Comparable {
    public static func < (left: LeaseCheckpoint, right: LeaseCheckpoint) -> Bool {
        guard case .sequenceNumber(let leftNumber, let leftSub) = left,
            case .sequenceNumber(let rightNumber, let rightSub) = right
        else { return left.rank < right.rank }
        if isSequenceNumber(leftNumber, before: rightNumber) { return true }
        return !isSequenceNumber(rightNumber, before: leftNumber) && leftSub < rightSub
    }
}

extension LeaseCheckpoint: CustomStringConvertible {
    public var description: String { subSequenceNumber == 0 ? text : "\(text)/\(subSequenceNumber)" }
}
