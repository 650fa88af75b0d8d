import Crypto
import NIOCore
import Synchronization
import WeirModel
import WeirRuntime

/// The data keys of one stream: encrypts its records and decrypts them.
///
/// A data key encrypts only in the run of the server that made it, under a counter that begins with 0. So no nonce comes
/// twice under one key, whatever a crash loses, and also when a copy of the folder is served: each makes a key of its own.
final class StreamVault: Sendable {
    private struct State {
        var keys: [UInt32: DataKey]
        /// The keys that encrypt now, by their names, and how many nonces of each were given out. While the name changes,
        /// appends of the old and of the new one are under way side by side.
        var current: [String: (key: DataKey, used: UInt64)] = [:]
    }

    /// Records that one key encrypts, at most; then the next key is made.
    static let maximumRecordsPerKey: UInt64 = 1 << 32
    /// Batches of more bytes are encrypted and decrypted on a thread that serves no connections.
    static let maximumBytesOnCallersThread = 128 << 10

    private let stream: StreamIdentity
    private let name: String
    private let masters: MasterKeys
    private let catalogue: Catalogue
    private let time: any TimeSource
    private let maximumRecordsPerKey: UInt64
    private let state: Mutex<State>
    private let makingKey = AsyncGate()

    /// The vault of a stream that has these keys.
    init(
        _ stream: StreamDescription,
        keys: [DataKey],
        masters: MasterKeys,
        catalogue: Catalogue,
        time: any TimeSource,
        maximumRecordsPerKey: UInt64 = StreamVault.maximumRecordsPerKey
    ) {
        self.stream = StreamIdentity(id: stream.id, epoch: stream.createdAt.millisecondsSinceEpoch)
        name = stream.name
        self.masters = masters
        self.catalogue = catalogue
        self.time = time
        self.maximumRecordsPerKey = maximumRecordsPerKey
        state = Mutex(State(keys: Dictionary(keys.map { ($0.number, $0) }) { first, _ in first }))
    }

    // MARK: Encrypt

    /// Sees to it that there is a key to encrypt with: what can fail, fails now and not at the first put.
    func prepare(keyID: String) async throws(ServiceError) { _ = try await nonces(1, keyID: keyID) }

    /// The payloads of records, encrypted.
    func seal(_ records: [NewRecord], keyID: String) async throws(ServiceError) -> [ByteBuffer] {
        let nonces = try await nonces(UInt64(records.count), keyID: keyID)
        let size = records.reduce(0) { $0 + ($1.content.dataSize ?? 0) }
        do {
            guard size > Self.maximumBytesOnCallersThread else {
                return try SealedPayload.encode(records, stream: stream, nonces)
            }
            return try await withTaskExecutorPreference(globalConcurrentExecutor) {
                try SealedPayload.encode(records, stream: stream, nonces)
            }
        } catch {
            throw ServiceError(.internalFailure, "The records of stream \(name) cannot be encrypted.", cause: error)
        }
    }

    private func nonces(_ count: UInt64, keyID: String) async throws(ServiceError) -> SealedPayload.Nonces {
        if let nonces = takeNonces(count, keyID: keyID) { return nonces }
        return try await makingKey.withGate { [self] () async throws(ServiceError) in
            // Another append may have made it meanwhile.
            if let nonces = takeNonces(count, keyID: keyID) { return nonces }
            try await makeKey(keyID: keyID)
            guard let nonces = takeNonces(count, keyID: keyID) else {
                throw ServiceError(.invalidArgument, "Too many records for one append to stream \(name).")
            }
            return nonces
        }
    }

    /// Nonces of the current key of that name; nil when there is none or it has not so many left.
    private func takeNonces(_ count: UInt64, keyID: String) -> SealedPayload.Nonces? {
        state.withLock { state in
            guard let (key, used) = state.current[keyID], count <= maximumRecordsPerKey - used else { return nil }
            state.current[keyID]?.used = used + count
            return SealedPayload.Nonces(key: key, first: used)
        }
    }

    /// The key is in the catalogue before anything is encrypted with it: after a crash, what the log has can be read.
    private func makeKey(keyID: String) async throws(ServiceError) {
        let master = try await masters.forWrapping()
        let newest = state.withLock { $0.keys.keys.max() ?? 0 }
        let key = DataKey(number: newest + 1, keyID: keyID, key: SymmetricKey(size: .bits256))
        let now = Timestamp(millisecondsSinceEpoch: time.wallMilliseconds)
        try await catalogue.insert(try WrappedDataKey(key, stream: stream.id, master: master, at: now))
        state.withLock { state in
            state.keys[key.number] = key
            state.current[keyID] = (key, 0)
        }
    }

    // MARK: Decrypt

    /// The bytes of partition key and data of a payload of format 2, and where each is. Throws when it cannot be decrypted.
    func open(
        _ payload: ByteBuffer,
        keyNumber: UInt32,
        shard: UInt32,
        index: UInt64
    ) throws(ServiceError) -> (bytes: ByteBuffer, content: RecordContentPlace) {
        guard let key = state.withLock({ $0.keys[keyNumber] }) else {
            throw ServiceError(
                .internalFailure,
                "Entry \(index) of the log of stream \(name) is encrypted with key \(keyNumber), which is not there."
            )
        }
        guard let content = SealedPayload.open(payload, shard: shard, stream: stream, key: key) else {
            throw ServiceError(
                .internalFailure,
                """
                Entry \(index) of the log of stream \(name) cannot be decrypted: it was changed, or belongs to another \
                stream or shard.
                """
            )
        }
        return content
    }
}
