/// The number of a record inside its shard: 56 decimal digits of fixed width, so that text order is number order.
///
/// From the most significant digit:
///
/// | digits | what | why there |
/// |---|---|---|
/// | 2 | `49` | no leading zero; the same length for ever |
/// | 13 | the stream's creation time, ms since 1970 | a stream made again under its name goes on above the old one |
/// | 10 | the shard's number | a child's number is greater than its parents', and so are all its records |
/// | 20 | index in the log | order inside the shard |
/// | 11 | position inside an entry that holds several records; 0 in the embedded store | for chunked stores |
///
/// The layout is the server's own affair: clients treat the number as opaque text.
public struct SequenceNumber: Hashable, Comparable, Sendable, BitwiseCopyable, CustomStringConvertible {
    /// The stream's creation time in milliseconds since 1970, below 10^13.
    public let streamEpoch: Int64
    /// The shard's number.
    public let shard: UInt32
    /// The index in the log.
    public let index: UInt64
    /// The position inside an entry that holds several records.
    public let position: UInt32

    /// A sequence number from its parts.
    public init(streamEpoch: Int64, shard: UInt32, index: UInt64, position: UInt32 = 0) {
        precondition(streamEpoch >= 0 && streamEpoch < 10_000_000_000_000)
        self.streamEpoch = streamEpoch
        self.shard = shard
        self.index = index
        self.position = position
    }

    /// A sequence number as text; nil when it is not one of ours.
    public init?(_ text: String) {
        let digits = Array(text.utf8)
        guard digits.count == Self.length, digits[0] == 0x34, digits[1] == 0x39 else { return nil }
        func number(_ range: Range<Int>) -> UInt64? {
            var value: UInt64 = 0
            for digit in digits[range] {
                guard digit >= 0x30, digit <= 0x39 else { return nil }
                let (product, overflow) = value.multipliedReportingOverflow(by: 10)
                let (sum, overflowAgain) = product.addingReportingOverflow(UInt64(digit - 0x30))
                guard !overflow, !overflowAgain else { return nil }
                value = sum
            }
            return value
        }
        guard let epoch = number(2..<15), let shard = number(15..<25).flatMap(UInt32.init(exactly:)),
            let index = number(25..<45), let position = number(45..<56).flatMap(UInt32.init(exactly:))
        else { return nil }
        self.init(streamEpoch: Int64(epoch), shard: shard, index: index, position: position)
    }

    /// Digits of a sequence number.
    public static let length = 56

    public var description: String {
        String(unsafeUninitializedCapacity: Self.length) { buffer in
            write(to: UnsafeMutableRawBufferPointer(buffer))
            return Self.length
        }
    }

    /// Writes the 56 digits in ASCII to the start of `bytes`, which must hold at least as many.
    public func write(to bytes: UnsafeMutableRawBufferPointer) {
        bytes[0] = 0x34
        bytes[1] = 0x39
        bytes.writeDigits(UInt64(streamEpoch), in: 2..<15)
        bytes.writeDigits(UInt64(shard), in: 15..<25)
        bytes.writeDigits(index, in: 25..<45)
        bytes.writeDigits(UInt64(position), in: 45..<56)
    }

    public static func < (left: SequenceNumber, right: SequenceNumber) -> Bool {
        (left.streamEpoch, left.shard, left.index, left.position)
            < (right.streamEpoch, right.shard, right.index, right.position)
    }
}

extension UnsafeMutableRawBufferPointer {
    /// Writes the last decimal digits of a number, as many as the range has places, with zeros before them.
    func writeDigits(_ number: UInt64, in range: Range<Int>) {
        var rest = number
        var place = range.upperBound
        // Two at a time: it is the divisions that cost.
        while rest >= 10, place - range.lowerBound >= 2 {
            place -= 2
            let (quotient, pair) = rest.quotientAndRemainder(dividingBy: 100)
            let (tens, ones) = UInt32(truncatingIfNeeded: pair).quotientAndRemainder(dividingBy: 10)
            self[place] = 0x30 + UInt8(truncatingIfNeeded: tens)
            self[place + 1] = 0x30 + UInt8(truncatingIfNeeded: ones)
            rest = quotient
        }
        if rest > 0, place > range.lowerBound {
            place -= 1
            self[place] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
        }
        for zero in range.lowerBound..<place { self[zero] = 0x30 }
    }
}
