import Crypto
import NIOCore
import Testing
import WeirModel

@testable import WeirStore

@Suite struct SealedPayloadTests {
    static let stream = StreamIdentity(id: 7, epoch: 1_720_000_000_000)
    static let key = DataKey(number: 3, keyID: "alias/a", key: SymmetricKey(size: .bits256))

    func seal(_ records: [(String, String)], shard: UInt32 = 2, first: UInt64 = 0) throws -> [ByteBuffer] {
        try SealedPayload.encode(
            records.map { NewRecord(shard: ShardID(shard), partitionKey: $0.0, data: ByteBuffer(string: $0.1)) },
            stream: Self.stream,
            SealedPayload.Nonces(key: Self.key, first: first)
        )
    }

    func open(
        _ payload: ByteBuffer,
        shard: UInt32 = 2,
        stream: StreamIdentity = Self.stream,
        key: DataKey = Self.key
    ) -> (partitionKey: String, data: ByteBuffer)? {
        SealedPayload.open(payload, shard: shard, stream: stream, key: key).map { opened in
            var bytes = opened.bytes
            bytes.moveReaderIndex(to: opened.content.start)
            return (bytes.readString(length: opened.content.partitionKeySize) ?? "", bytes)
        }
    }

    @Test func recordsComeBack() throws {
        let records = [("N14228", "one"), ("é\u{301}日本", ""), (String(repeating: "😀", count: 256), "three")]
        let payloads = try seal(records)
        #expect(payloads.count == 3)
        for (payload, record) in zip(payloads, records) {
            #expect(SealedPayload.keyNumber(of: payload) == 3)
            #expect(RecordPayload.decode(payload) == nil)
            #expect(
                payload.withUnsafeReadableBytes({ RecordPayload.contentSize(of: $0, isSealed: true) }) == record.0.utf8
                    .count + record.1.utf8.count
            )
            let (key, data) = try #require(open(payload))
            #expect(Array(key.utf8) == Array(record.0.utf8))
            #expect(String(buffer: data) == record.1)
        }
    }

    @Test func theBytesAreAsWrittenDown() throws {
        let payloads = try seal([("ab", "c"), ("ab", "c")], first: 0x0102)
        for (place, payload) in payloads.enumerated() {
            let header: [UInt8] = [2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2 + UInt8(place)]
            #expect(Array(payload.readableBytesView.prefix(17)) == header)
            #expect(payload.readableBytes == 17 + 2 + 3 + 16)
            let box = try AES.GCM.SealedBox(combined: Array(payload.readableBytesView.dropFirst(5)))
            let context: [UInt8] =
                [2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 7] + [0, 0, 1, 0x90, 0x77, 0xFD, 0x30, 0] + [0, 0, 0, 2]
            let plain = try AES.GCM.open(box, using: Self.key.key, authenticating: context)
            #expect(Array(plain) == [0, 2, 0x61, 0x62, 0x63])
        }
    }

    @Test func aFlippedBitAnywhereIsRefused() throws {
        let payload = try #require(try seal([("key", "data")]).first)
        // The format and the key's number choose how it is decrypted: StreamVault looks the key up by them.
        for place in 5..<payload.readableBytes {
            var bytes = Array(payload.readableBytesView)
            bytes[place] ^= 0x10
            #expect(open(ByteBuffer(bytes: bytes)) == nil, "byte \(place)")
        }
        for length in 0..<payload.readableBytes {
            #expect(open(ByteBuffer(bytes: Array(payload.readableBytesView.prefix(length)))) == nil)
        }
    }

    @Test func itIsBoundToItsPlaceAndKey() throws {
        let payload = try #require(try seal([("key", "data")]).first)
        #expect(open(payload, shard: 3) == nil)
        #expect(open(payload, stream: StreamIdentity(id: 8, epoch: Self.stream.epoch)) == nil)
        #expect(open(payload, stream: StreamIdentity(id: 7, epoch: Self.stream.epoch + 1)) == nil)
        #expect(open(payload, key: DataKey(number: 4, keyID: "alias/a", key: Self.key.key)) == nil)
        #expect(open(payload, key: DataKey(number: 3, keyID: "alias/a", key: SymmetricKey(size: .bits256))) == nil)
        #expect(open(payload) != nil)
    }

    @Test func aDataKeyIsBoundToItsRow() throws {
        let master = MasterKey.random()
        let now = Timestamp(millisecondsSinceEpoch: 5)
        let row = try WrappedDataKey(Self.key, stream: 7, master: master, at: now)
        func opened(stream: Int64 = 7, number: UInt32 = 3, keyID: String = "alias/a", wrapped: [UInt8]? = nil) -> Bool {
            let moved = WrappedDataKey(
                stream: stream,
                number: number,
                keyID: keyID,
                master: row.master,
                wrapped: wrapped ?? row.wrapped,
                createdAt: now
            )
            return moved.unwrapped(by: master)?.key == Self.key.key
        }
        #expect(opened())
        #expect(!opened(stream: 8))
        #expect(!opened(number: 4))
        #expect(!opened(keyID: "alias/b"))
        #expect(!opened(wrapped: Array(row.wrapped.dropLast())))
        #expect(row.unwrapped(by: .random()) == nil)
    }
}
