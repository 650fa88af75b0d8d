import Crypto
import FoundationEssentials
import NIOCore
import WeirModel

/// The payload of a log entry that holds one encrypted record: format 2 of `docs/formats/record.md`.
enum SealedPayload {
    /// The first byte of every payload.
    static let format: UInt8 = 2
    /// Bytes of the nonce.
    static let nonceSizeInBytes = 12
    /// Bytes of the authentication tag.
    static let tagSizeInBytes = 16
    /// Bytes before the ciphertext: the format, the key's number and the nonce.
    static let headerSizeInBytes = 1 + 4 + nonceSizeInBytes
    /// Bytes of a payload that are neither partition key nor data: the key's length is a part of the ciphertext.
    static let overheadInBytes = headerSizeInBytes + 2 + tagSizeInBytes

    /// A data key, and nonces that nothing else is encrypted with under it.
    struct Nonces: Sendable {
        let key: DataKey
        /// The first of them; the others follow.
        let first: UInt64
    }

    /// The payloads of records of a stream, in their order. They share one buffer.
    static func encode(
        _ records: some Collection<NewRecord>,
        stream: StreamIdentity,
        _ nonces: Nonces
    ) throws -> [ByteBuffer] {
        let total = records.reduce(0) { $0 + size(of: $1) }
        var shared = ByteBufferAllocator().buffer(capacity: total)
        var plain = ByteBuffer()
        var counter = nonces.first
        for record in records {
            plain.clear()
            plain.writeInteger(UInt16(record.content.partitionKeySize ?? 0))
            record.content.withPartitionKeyBytes { _ = plain.writeBytes($0) }
            record.content.withDataBytes { _ = plain.writeBytes($0) }
            let nonce = nonceBytes(counter)
            let box = try plain.withUnsafeReadableBytes { bytes in
                try AES.GCM.seal(
                    bytes,
                    using: nonces.key.key,
                    nonce: AES.GCM.Nonce(data: nonce),
                    authenticating: stream.context(shard: record.shard.number, key: nonces.key.number)
                )
            }
            shared.writeInteger(format)
            shared.writeInteger(nonces.key.number)
            shared.writeBytes(nonce)
            // Nonce, ciphertext and tag lie in one piece of memory, and iterating `Data` is slow.
            box.ciphertext.withUnsafeBytes { _ = shared.writeBytes($0) }
            box.tag.withUnsafeBytes { _ = shared.writeBytes($0) }
            counter += 1
        }
        return records.map { record in
            // The bytes were written above, so that the slice is there.
            shared.readSlice(length: size(of: record)) ?? ByteBuffer()
        }
    }

    /// The number of the key that a payload of this format is encrypted with; nil when it is none.
    static func keyNumber(of payload: UnsafeRawBufferPointer) -> UInt32? {
        guard payload.count >= overheadInBytes, payload[0] == format else { return nil }
        return UInt32(bigEndian: payload.loadUnaligned(fromByteOffset: 1, as: UInt32.self))
    }

    /// The bytes of partition key and data, and where each is; nil when the payload was changed, or belongs to another stream or
    /// shard.
    static func open(
        _ payload: ByteBuffer,
        shard: UInt32,
        stream: StreamIdentity,
        key: DataKey
    ) -> (bytes: ByteBuffer, content: RecordContentPlace)? {
        let context = stream.context(shard: shard, key: key.number)
        let opened = payload.withUnsafeReadableBytes { bytes -> Data? in
            guard bytes.count >= overheadInBytes else { return nil }
            // What AES.GCM calls combined: nonce, ciphertext, tag.
            let combined = UnsafeRawBufferPointer(rebasing: bytes[(1 + 4)...])
            guard let box = try? AES.GCM.SealedBox(combined: combined) else { return nil }
            return try? AES.GCM.open(box, using: key.key, authenticating: context)
        }
        guard let opened else { return nil }
        var plain = ByteBufferAllocator().buffer(capacity: opened.count)
        opened.withUnsafeBytes { _ = plain.writeBytes($0) }
        return plain.withUnsafeReadableBytes { RecordContentPlace(in: $0, start: 2) }.map { (plain, $0) }
    }

    private static func size(of record: NewRecord) -> Int {
        overheadInBytes + record.content.size
    }

    /// Four zeros, then the counter, big-endian.
    private static func nonceBytes(_ counter: UInt64) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: nonceSizeInBytes) { space, count in
            for place in 0..<4 { space[place] = 0 }
            for place in 0..<8 { space[4 + place] = UInt8(truncatingIfNeeded: counter >> UInt64(56 - 8 * place)) }
            count = nonceSizeInBytes
        }
    }
}

/// What of a stream its encrypted records are bound to.
struct StreamIdentity: Hashable, Sendable {
    /// The ID of the stream in its data folder.
    let id: Int64
    /// When it was made, in milliseconds since 1970.
    let epoch: Int64

    /// The additional authenticated data of a record: all that its payload and its place say in the clear.
    func context(shard: UInt32, key: UInt32) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(1 + 4 + 8 + 8 + 4)
        bytes.append(SealedPayload.format)
        append(UInt64(key), width: 4, to: &bytes)
        append(UInt64(bitPattern: id), width: 8, to: &bytes)
        append(UInt64(bitPattern: epoch), width: 8, to: &bytes)
        append(UInt64(shard), width: 4, to: &bytes)
        return bytes
    }

    /// Appends the lowest bytes of a number, big-endian.
    private func append(_ number: UInt64, width: Int, to bytes: inout [UInt8]) {
        for place in (0..<width).reversed() { bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(8 * place))) }
    }
}
