import Crypto

/// The key of 256 bits that the data keys of streams are wrapped with.
///
/// `docs/decisions/0052-encryption-at-rest.md` says what is encrypted with what.
public struct MasterKey: Sendable {
    /// Bytes of a key.
    public static let sizeInBytes = 32
    /// Tells masters apart without saying anything of them.
    typealias Fingerprint = [UInt8]

    let key: SymmetricKey
    let fingerprint: Fingerprint

    private static let fingerprintSizeInBytes = 8

    /// A key from its bytes; nil unless there are 32.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.sizeInBytes else { return nil }
        self.init(SymmetricKey(data: Array(bytes)))
    }

    private init(_ key: SymmetricKey) {
        self.key = key
        let code = HMAC<SHA256>.authenticationCode(for: Array("weir master key".utf8), using: key)
        fingerprint = Array(Array(code).prefix(Self.fingerprintSizeInBytes))
    }

    /// A new random key.
    static func random() -> MasterKey { MasterKey(SymmetricKey(size: .bits256)) }

    /// The bytes to write into a file.
    var bytes: [UInt8] { key.withUnsafeBytes { Array($0) } }
}
