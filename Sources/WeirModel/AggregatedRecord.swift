import Crypto
import NIOCore
import WeirBytes

/// Several user records in one record of a stream, as the Kinesis Producer Library packs them:
/// `F3 89 9A C2`, a Protocol Buffers message, and the MD5 of that message.
///
/// https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md
public struct AggregatedRecord: Hashable, Sendable {
    /// What a producer put as one record.
    public struct UserRecord: Hashable, Sendable {
        /// Its partition key.
        public var partitionKey: String
        /// The hash key that its producer named instead of the partition key's own.
        public var explicitHashKey: HashKey?
        /// Its data.
        public var data: ByteBuffer

        /// A user record from its parts.
        public init(partitionKey: String, explicitHashKey: HashKey? = nil, data: ByteBuffer) {
            self.partitionKey = partitionKey
            self.explicitHashKey = explicitHashKey
            self.data = data
        }

        /// The hash key that decides which shard it belongs to.
        public var hashKey: HashKey { explicitHashKey ?? HashKey(partitionKey: partitionKey) }
    }

    /// The user records. The place of each is its sub-sequence number.
    public var records: [UserRecord]

    /// An aggregate of these records.
    public init(_ records: [UserRecord]) { self.records = records }

    // MARK: Reading

    private static let magic: [UInt8] = [0xF3, 0x89, 0x9A, 0xC2]
    private static let checksumSizeInBytes = 16

    /// Whether data begins as an aggregate does. Other data may, too.
    public static func isLikely(_ data: ByteBuffer) -> Bool {
        data.readableBytes > magic.count + checksumSizeInBytes && data.readableBytesView.starts(with: magic)
    }

    /// The aggregate in the data of a record; nil when it does not begin as one. Throws when it does and is none.
    public init?(decoding data: ByteBuffer) throws(AggregationError) {
        guard Self.isLikely(data) else { return nil }
        var rest = data
        rest.moveReaderIndex(forwardBy: Self.magic.count)
        guard let message = rest.readSlice(length: rest.readableBytes - Self.checksumSizeInBytes),
            Self.checksum(message).elementsEqual(rest.readableBytesView)
        else { throw .wrongChecksum }
        var contents = Contents()
        do throws(ProtobufError) {
            try contents.read(message)
        } catch {
            throw .malformed(error)
        }
        guard let records = contents.records else { throw .invalid }
        self.records = records
    }

    private static func checksum(_ message: ByteBuffer) -> Insecure.MD5Digest {
        message.withUnsafeReadableBytes { bytes in
            var hasher = Insecure.MD5()
            hasher.update(bufferPointer: bytes)
            return hasher.finalize()
        }
    }

    // MARK: Writing

    /// The aggregate as the data of a record. Keys that occur more than once are written once.
    public var encoded: ByteBuffer { Self.data(message) }

    /// The message between the first bytes and the checksum.
    package var message: ByteBuffer {
        var (keys, hashKeys) = (KeyTable(), KeyTable())
        var body = ByteBuffer()
        for record in records {
            var entry = ByteBuffer()
            entry.writeProtobuf(1, integer: keys.index(of: record.partitionKey))
            if let hashKey = record.explicitHashKey {
                entry.writeProtobuf(2, integer: hashKeys.index(of: hashKey.description))
            }
            entry.writeProtobuf(3, bytes: record.data)
            body.writeProtobuf(3, bytes: entry)
        }
        var message = ByteBuffer()
        for key in keys.texts { message.writeProtobuf(1, bytes: ByteBuffer(string: key)) }
        for key in hashKeys.texts { message.writeProtobuf(2, bytes: ByteBuffer(string: key)) }
        message.writeImmutableBuffer(body)
        return message
    }

    /// The data of a record with this message.
    package static func data(_ message: ByteBuffer) -> ByteBuffer {
        var data = ByteBuffer(bytes: magic)
        data.writeImmutableBuffer(message)
        data.writeBytes(checksum(message))
        return data
    }

    private struct KeyTable {
        private(set) var texts: [String] = []
        private var indices: [String: UInt64] = [:]

        mutating func index(of text: String) -> UInt64 {
            if let known = indices[text] { return known }
            let index = UInt64(texts.count)
            indices[text] = index
            texts.append(text)
            return index
        }
    }
}

/// Why data that begins as an aggregate does is none.
public enum AggregationError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The MD5 at the end is not that of the message.
    case wrongChecksum
    /// The message cannot be read.
    case malformed(ProtobufError)
    /// A user record names a key that the message does not hold, or lacks a key or data, or a key is none.
    case invalid

    public var description: String {
        switch self {
        case .wrongChecksum: "the checksum does not match"
        case .malformed(let error): "the message cannot be read (\(error))"
        case .invalid: "a user record has no valid key or no data"
        }
    }
}

/// The message of an aggregate while it is read. The tables may come after the records that refer to them.
private struct Contents {
    private struct Entry {
        var keyIndex: UInt64?
        var hashKeyIndex: UInt64?
        var data: ByteBuffer?
    }

    private var keys: [String?] = []
    private var hashKeys: [HashKey?] = []
    private var entries: [Entry] = []

    /// Fields that are not known, or hold something else than they should, are passed over, as every reader of the format
    /// does.
    mutating func read(_ message: ByteBuffer) throws(ProtobufError) {
        var reader = ProtobufReader(message)
        while let (number, value) = try reader.next() {
            guard case .bytes(let bytes) = value else { continue }
            switch number {
            case 1: keys.append(String(validating: bytes.readableBytesView, as: UTF8.self))
            case 2: hashKeys.append(HashKey(String(buffer: bytes)))
            case 3: entries.append(try Self.entry(bytes))
            default: break
            }
        }
    }

    private static func entry(_ message: ByteBuffer) throws(ProtobufError) -> Entry {
        var entry = Entry()
        var reader = ProtobufReader(message)
        while let (number, value) = try reader.next() {
            switch (number, value) {
            case (1, .integer(let index)): entry.keyIndex = index
            case (2, .integer(let index)): entry.hashKeyIndex = index
            case (3, .bytes(let bytes)): entry.data = bytes
            default: break
            }
        }
        return entry
    }

    /// The user records; nil when one is not whole.
    var records: [AggregatedRecord.UserRecord]? {
        var records: [AggregatedRecord.UserRecord] = []
        records.reserveCapacity(entries.count)
        for entry in entries {
            guard let keyIndex = entry.keyIndex, let data = entry.data, let key = Self.element(keyIndex, of: keys)
            else {
                return nil
            }
            var record = AggregatedRecord.UserRecord(partitionKey: key, data: data)
            if let index = entry.hashKeyIndex {
                guard let hashKey = Self.element(index, of: hashKeys) else { return nil }
                record.explicitHashKey = hashKey
            }
            records.append(record)
        }
        return records
    }

    private static func element<Element>(_ index: UInt64, of table: [Element?]) -> Element? {
        index < UInt64(table.count) ? table[Int(index)] : nil
    }
}
