import Crypto
import FoundationEssentials
import NIOCore
import WeirBytes

/// Encrypts and authenticates the opaque texts that the API hands out: shard iterators and pagination tokens.
///
/// A token is the base64 of an AES-GCM box (nonce, ciphertext, tag). The purpose is authenticated with it, so that a
/// token of one kind is not taken for one of another.
struct TokenSealer: Sendable {
    private let key: SymmetricKey

    init(key: SymmetricKey) { self.key = key }

    /// The token that holds the bytes.
    func seal(_ bytes: [UInt8], purpose: StaticString) -> String? {
        let purpose = purpose.withUTF8Buffer { Array($0) }
        guard let box = try? AES.GCM.seal(bytes, using: key, authenticating: purpose) else { return nil }
        return box.combined.map { Base64.encode($0) }
    }

    /// The bytes of a token; nil when it was not made by ``seal(_:purpose:)`` with this key and purpose.
    func open(_ token: String, purpose: StaticString) -> ByteBuffer? {
        let purpose = purpose.withUTF8Buffer { Array($0) }
        guard let combined = try? Base64.decode(token),
            let box = try? AES.GCM.SealedBox(combined: Array(combined.readableBytesView)),
            let bytes = try? AES.GCM.open(box, using: key, authenticating: purpose)
        else { return nil }
        return ByteBuffer(bytes: bytes)
    }
}
