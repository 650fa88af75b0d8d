import NIOCore
import Testing
import WeirBytes

@Suite struct ProtobufReaderTests {
    private func fields(_ bytes: [UInt8]) throws(ProtobufError) -> [(Int, ProtobufReader.Value)] {
        var reader = ProtobufReader(ByteBuffer(bytes: bytes))
        var fields: [(Int, ProtobufReader.Value)] = []
        while let (number, value) = try reader.next() { fields.append((number, value)) }
        return fields
    }

    /// The examples of https://protobuf.dev/programming-guides/encoding/.
    @Test func theExamplesOfTheSpecificationAreRead() throws {
        let number = try fields([0x08, 0x96, 0x01])
        #expect(number.map(\.0) == [1] && number.map(\.1) == [.integer(150)])
        let text = try fields([0x12, 0x07, 0x74, 0x65, 0x73, 0x74, 0x69, 0x6E, 0x67])
        #expect(text.map(\.0) == [2] && text.map(\.1) == [.bytes(ByteBuffer(string: "testing"))])
        let message = try fields([0x1A, 0x03, 0x08, 0x96, 0x01])
        #expect(message.map(\.0) == [3] && message.map(\.1) == [.bytes(ByteBuffer(bytes: [0x08, 0x96, 0x01]))])
    }

    @Test(arguments: [0, 1, 127, 128, 300, 1 << 63, UInt64.max])
    func whatIsWrittenIsRead(number: UInt64) throws {
        var message = ByteBuffer()
        message.writeProtobuf(1, integer: number)
        message.writeProtobuf(15, bytes: ByteBuffer(repeating: 7, count: Int(number % 1000)))
        message.writeProtobuf(16, integer: 0)
        let read = try fields(Array(message.readableBytesView))
        #expect(read.map(\.0) == [1, 15, 16])
        let bytes = ByteBuffer(repeating: 7, count: Int(number % 1000))
        #expect(read.map(\.1) == [.integer(number), .bytes(bytes), .integer(0)])
    }

    @Test func fixedFieldsArePassedOver() throws {
        let read = try fields([0x09, 1, 2, 3, 4, 5, 6, 7, 8, 0x15, 1, 2, 3, 4, 0x08, 5])
        #expect(read.map(\.0) == [1, 2, 1])
        #expect(read.map(\.1) == [.fixed, .fixed, .integer(5)])
    }

    @Test(
        arguments: [
            ([0x08], .truncated), ([0x08, 0x80], .truncated), ([0x12, 0x02, 0x00], .truncated),
            ([0x09, 1, 2, 3, 4, 5, 6, 7], .truncated), ([0x0D, 1, 2, 3], .truncated),
            // A length that no memory has, and one above that of any integer of the machine.
            ([0x12, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], .truncated),
            ([0x12, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], .truncated),
            ([0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02], .numberTooLarge),
            ([0x08, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x80], .numberTooLarge),
            ([0x00, 0x01], .invalidFieldNumber), ([0x80, 0x80, 0x80, 0x80, 0x10, 0x01], .invalidFieldNumber),
            ([0x0B], .unknownWireType), ([0x0C], .unknownWireType), ([0x0E], .unknownWireType),
        ] as [([UInt8], ProtobufError)]
    )
    func whatIsNoMessageIsRefused(bytes: [UInt8], error: ProtobufError) {
        #expect(throws: error) { try fields(bytes) }
    }
}
