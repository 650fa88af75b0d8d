import Crypto

/// The secret by which a server knows its own shard iterators and pagination tokens again: 32 bytes.
public struct TokenKey: Sendable {
    /// Bytes of a key.
    public static let length = 32

    let bytes: [UInt8]

    /// A key from its bytes; nil unless there are 32.
    public init?(bytes: [UInt8]) {
        guard bytes.count == Self.length else { return nil }
        self.bytes = bytes
    }

    /// A new random key.
    public init() {
        bytes = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
    }
}
