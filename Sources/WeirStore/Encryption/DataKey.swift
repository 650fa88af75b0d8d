import Crypto
import FoundationEssentials
import WeirModel

/// A key of 256 bits that encrypts records of one stream.
struct DataKey: Sendable {
    /// Its number: the keys of a stream are counted from 1 on.
    let number: UInt32
    /// The key as the client named it that asked for the encryption.
    let keyID: String
    let key: SymmetricKey
}

/// A data key as the catalogue holds it: encrypted with a master key.
struct WrappedDataKey: Sendable {
    let stream: Int64
    let number: UInt32
    let keyID: String
    /// Which master key it is encrypted with.
    let master: MasterKey.Fingerprint
    /// Nonce, ciphertext and tag of AES-256-GCM.
    let wrapped: [UInt8]
    let createdAt: Timestamp

    /// A row from its columns.
    init(
        stream: Int64,
        number: UInt32,
        keyID: String,
        master: MasterKey.Fingerprint,
        wrapped: [UInt8],
        createdAt: Timestamp
    ) {
        self.stream = stream
        self.number = number
        self.keyID = keyID
        self.master = master
        self.wrapped = wrapped
        self.createdAt = createdAt
    }

    /// Encrypts a data key of a stream. The nonce is random: a master key wraps one key for each run of the server and
    /// encrypted stream, far fewer than the 2³² that random nonces are good for.
    init(_ key: DataKey, stream: Int64, master: MasterKey, at now: Timestamp) throws(ServiceError) {
        let box: AES.GCM.SealedBox
        do {
            box = try AES.GCM.seal(
                key.key.withUnsafeBytes { Array($0) },
                using: master.key,
                authenticating: Self.context(stream: stream, number: key.number, keyID: key.keyID)
            )
        } catch {
            throw ServiceError(.internalFailure, "A data key cannot be encrypted.", cause: error)
        }
        self.init(
            stream: stream,
            number: key.number,
            keyID: key.keyID,
            master: master.fingerprint,
            wrapped: Array(box.nonce) + Array(box.ciphertext) + Array(box.tag),
            createdAt: now
        )
    }

    /// The key; nil when the row was changed or the master is another.
    func unwrapped(by master: MasterKey) -> DataKey? {
        guard let box = try? AES.GCM.SealedBox(combined: wrapped),
            let bytes = try? AES.GCM.open(
                box,
                using: master.key,
                authenticating: Self.context(stream: stream, number: number, keyID: keyID)
            )
        else { return nil }
        return DataKey(number: number, keyID: keyID, key: SymmetricKey(data: bytes))
    }

    /// What the key belongs to: a row that is moved to another stream, number or name is refused.
    private static func context(stream: Int64, number: UInt32, keyID: String) -> [UInt8] {
        Array("weir data key \(stream) \(number) \(keyID)".utf8)
    }
}
