/// The name of a shard inside its stream: `shardId-` and twelve digits. A child's number is greater than its parents'.
public struct ShardID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number, from 0 in order of creation.
    public let number: UInt32

    /// A shard ID by its number.
    public init(_ number: UInt32) { self.number = number }

    /// A shard ID as text; nil when it is not one of ours.
    public init?(_ text: String) {
        let digits = text.dropFirst(Self.prefix.count)
        guard text.hasPrefix(Self.prefix), digits.utf8.count == 12 else { return nil }
        guard digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let number = UInt32(digits) else { return nil }
        self.number = number
    }

    public var description: String {
        let digits = String(number)
        return Self.prefix + String(repeating: "0", count: 12 - digits.utf8.count) + digits
    }

    public static func < (left: ShardID, right: ShardID) -> Bool { left.number < right.number }

    private static let prefix = "shardId-"
}
