/// Looks at eight bytes at once, in a word loaded little-endian.
///
/// The tests for a byte subtract from all eight lanes together; a borrow only runs upward from a lane that truly
/// matches, so the lowest bit set is always right, and zero means that no byte matches.
enum ByteWord {
    static let highBits: UInt64 = 0x8080_8080_8080_8080
    private static let ones: UInt64 = 0x0101_0101_0101_0101

    /// The high bits of the bytes that are `"`.
    @inline(__always)
    static func quotes(_ word: UInt64) -> UInt64 { zeros(word ^ (ones &* 0x22)) }

    /// The high bits of the bytes that are `"`, `\` or a control character.
    @inline(__always)
    static func specialInJSON(_ word: UInt64) -> UInt64 {
        let controls = (word &- ones &* 0x20) & ~word & highBits
        return controls | quotes(word) | zeros(word ^ (ones &* 0x5C))
    }

    @inline(__always)
    private static func zeros(_ word: UInt64) -> UInt64 { (word &- ones) & ~word & highBits }
}
