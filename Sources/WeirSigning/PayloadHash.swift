import Crypto

/// The SHA-256 of a request's body, as the canonical request names it.
public struct PayloadHash: Hashable, Sendable {
    /// 64 hexadecimal digits, or a fixed word of the protocol.
    public let text: String

    /// The hash of a body.
    public init(of body: UnsafeRawBufferPointer) {
        var hasher = SHA256()
        hasher.update(bufferPointer: body)
        text = hexadecimal(hasher.finalize())
    }

    /// The hash of a body.
    public init(of body: [UInt8]) {
        self = body.withUnsafeBytes { PayloadHash(of: $0) }
    }

    /// Stands for the hash of a body that the signature does not cover.
    static let unsigned = PayloadHash(text: SignatureVerifier.unsignedPayload)

    private init(text: String) { self.text = text }

    /// The hash of no bytes.
    public static let empty = PayloadHash(of: [])
}
