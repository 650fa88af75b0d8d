/// The name of a shard inside its stream: `shardId-` and twelve digits. A child's number is greater than its parents'.
public struct ShardID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number, from 0 in order of creation.
    public let number: UInt32

    /// A shard ID by its number.
    public init(_ number: UInt32) { self.number = number }

    /// A shard ID as text; nil when it is not one of ours.
    public init?(_ text: String) {
        let prefix = Self.prefix.description
        let digits = text.dropFirst(prefix.count)
        guard text.hasPrefix(prefix), digits.utf8.count == 12 else { return nil }
        guard digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let number = UInt32(digits) else { return nil }
        self.number = number
    }

    /// Characters of a shard ID.
    public static let length = 20

    public var description: String {
        String(unsafeUninitializedCapacity: Self.length) { buffer in
            write(to: UnsafeMutableRawBufferPointer(buffer))
            return Self.length
        }
    }

    /// Writes the 20 characters in ASCII to the start of `bytes`, which must hold at least as many.
    public func write(to bytes: UnsafeMutableRawBufferPointer) {
        bytes.copyBytes(
            from: UnsafeRawBufferPointer(start: Self.prefix.utf8Start, count: Self.prefix.utf8CodeUnitCount)
        )
        bytes.writeDigits(UInt64(number), in: Self.prefix.utf8CodeUnitCount..<Self.length)
    }

    public static func < (left: ShardID, right: ShardID) -> Bool { left.number < right.number }

    private static let prefix: StaticString = "shardId-"
}
