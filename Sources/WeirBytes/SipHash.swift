/// SipHash-2-4 with 128 bits: authenticates short messages with a secret key, in some ten nanoseconds.
///
/// Source: J.-P. Aumasson and D. J. Bernstein, "SipHash: a fast short-input PRF" (https://www.aumasson.jp/siphash/siphash.pdf), and the
/// authors' code for 128 bits (https://github.com/veorq/SipHash).
public struct SipHash: Sendable {
    /// What authenticates a message.
    public struct Tag: Hashable, Sendable {
        /// The first eight bytes, as a little-endian number.
        public var low: UInt64
        /// The last eight bytes, as a little-endian number.
        public var high: UInt64

        /// A tag from its parts.
        public init(low: UInt64, high: UInt64) {
            self.low = low
            self.high = high
        }

        /// Whether two tags are the same, in a time that does not tell where they differ.
        public static func == (left: Tag, right: Tag) -> Bool {
            (left.low ^ right.low) | (left.high ^ right.high) == 0
        }
    }

    private let key: (low: UInt64, high: UInt64)

    /// A key of 16 bytes, as two little-endian numbers. It must be secret, and of no other use.
    public init(key: (low: UInt64, high: UInt64)) { self.key = key }

    /// The tag of a message.
    public func tag(of message: UnsafeRawBufferPointer) -> Tag {
        var state = State(
            v0: key.low ^ 0x736f_6d65_7073_6575,
            v1: key.high ^ 0x646f_7261_6e64_6f6d ^ 0xee,
            v2: key.low ^ 0x6c79_6765_6e65_7261,
            v3: key.high ^ 0x7465_6462_7974_6573
        )
        var place = 0
        while place + 8 <= message.count {
            state.take(UInt64(littleEndian: message.loadUnaligned(fromByteOffset: place, as: UInt64.self)))
            place += 8
        }
        // The last word: the bytes that are left, and the length of all.
        var last = UInt64(truncatingIfNeeded: message.count) << 56
        for (offset, byte) in message[place...].enumerated() { last |= UInt64(byte) << (8 * UInt64(offset)) }
        state.take(last)
        state.v2 ^= 0xee
        for _ in 0..<4 { state.round() }
        let low = state.v0 ^ state.v1 ^ state.v2 ^ state.v3
        state.v1 ^= 0xdd
        for _ in 0..<4 { state.round() }
        return Tag(low: low, high: state.v0 ^ state.v1 ^ state.v2 ^ state.v3)
    }

    private struct State {
        var v0, v1, v2, v3: UInt64

        @inline(__always)
        mutating func take(_ word: UInt64) {
            v3 ^= word
            round()
            round()
            v0 ^= word
        }

        @inline(__always)
        mutating func round() {
            v0 &+= v1
            v1 = v1 << 13 | v1 >> 51
            v1 ^= v0
            v0 = v0 << 32 | v0 >> 32
            v2 &+= v3
            v3 = v3 << 16 | v3 >> 48
            v3 ^= v2
            v0 &+= v3
            v3 = v3 << 21 | v3 >> 43
            v3 ^= v0
            v2 &+= v1
            v1 = v1 << 17 | v1 >> 47
            v1 ^= v2
            v2 = v2 << 32 | v2 >> 32
        }
    }
}
