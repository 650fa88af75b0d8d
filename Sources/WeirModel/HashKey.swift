import WeirBytes

/// A position in the hash key space 0 … 2^128 − 1, to which MD5 maps partition keys.
///
/// Source: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_HashKeyRange.html
public struct HashKey: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number.
    public let value: UInt128

    /// A hash key by its number.
    public init(_ value: UInt128) { self.value = value }

    /// The MD5 of the key's UTF-8 bytes, read as a big-endian number.
    public init(partitionKey: String) {
        var key = partitionKey
        value = key.withUTF8 { MD5.number(of: UnsafeRawBufferPointer($0)) }
    }

    /// The hash keys of so many partition keys, in their order: less work than one by one.
    ///
    /// - Parameter partitionKey: calls `hash` once with the UTF-8 of the key of that place, or not at all: then its hash key is 0.
    public static func ofPartitionKeys(
        _ count: Int,
        _ partitionKey: (_ place: Int, _ hash: MD5.Hash) -> Void
    ) -> [HashKey] {
        MD5.numbers(of: count, partitionKey).map(HashKey.init)
    }

    /// A decimal number as in `ExplicitHashKey`: `0` or digits without a leading zero, below 2^128; otherwise nil.
    public init?(_ text: String) {
        let digits = text.utf8
        guard digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), digits.count <= 39 else { return nil }
        guard digits.first != 0x30 || digits.count == 1, let value = UInt128(text) else { return nil }
        self.value = value
    }

    /// 0.
    public static let minimum = HashKey(0)
    /// 2^128 − 1.
    public static let maximum = HashKey(.max)

    public var description: String { String(value) }

    public static func < (left: HashKey, right: HashKey) -> Bool { left.value < right.value }
}

/// A range of hash keys, inclusive at both ends: what a shard serves.
public struct HashKeyRange: Hashable, Sendable {
    /// The first hash key.
    public let starting: HashKey
    /// The last hash key.
    public let ending: HashKey

    /// The range from `starting` to `ending`, both inclusive. `starting` must not be greater.
    public init(starting: HashKey, ending: HashKey) {
        precondition(starting <= ending)
        self.starting = starting
        self.ending = ending
    }

    /// All hash keys.
    public static let all = HashKeyRange(starting: .minimum, ending: .maximum)

    /// Whether the key lies in the range.
    public func contains(_ key: HashKey) -> Bool { starting <= key && key <= ending }

    /// Whether the two ranges touch without a gap and without overlap.
    public func isAdjacent(to other: HashKeyRange) -> Bool {
        (ending != .maximum && ending.value + 1 == other.starting.value)
            || (other.ending != .maximum && other.ending.value + 1 == starting.value)
    }

    /// The hash key space cut into `count` ranges of equal size (the last takes the remainder), in order.
    public static func uniform(count: Int) -> [HashKeyRange] {
        precondition(count > 0)
        guard count > 1 else { return [.all] }
        // ⌊2^128 / count⌋, as Amazon divides: 2^128 itself is one more than fits.
        let (quotient, remainder) = UInt128.max.quotientAndRemainder(dividingBy: UInt128(count))
        let width = remainder == UInt128(count) - 1 ? quotient + 1 : quotient
        return (0..<count).map { index in
            let start = width * UInt128(index)
            let end = index == count - 1 ? UInt128.max : width * UInt128(index + 1) - 1
            return HashKeyRange(starting: HashKey(start), ending: HashKey(end))
        }
    }
}
