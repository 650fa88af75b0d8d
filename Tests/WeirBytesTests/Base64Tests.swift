import CWeirBytes
import Foundation
import NIOCore
import Testing
import WeirBytes
import WeirTestTools

@Suite struct Base64Tests {
    // RFC 4648, section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func `the vectors of the RFC hold both ways`(plain: String, text: String) throws {
        #expect(Base64.encode(plain.utf8) == text)
        #expect(try Base64.decode(text) == ByteBuffer(string: plain))
    }

    @Test func `any bytes are written as Foundation writes them and read back`() throws {
        var generator = SeededGenerator(seed: 1)
        for count in Array(0...200) + [1023, 1024, 1025, 65_536] {
            let bytes = generator.bytes(count)
            let text = Base64.encode(bytes)
            #expect(text == Data(bytes).base64EncodedString())
            #expect(Array(buffer: try Base64.decode(text)) == bytes)
            #expect(text.utf8.count == Base64.encodedCount(count))
        }
    }

    @Test func `every text of four characters is read or refused as Foundation does`() {
        let characters = Array("AQw/_=\n".utf8) + [0xC3]
        for first in characters {
            for second in characters {
                for third in characters {
                    for fourth in characters {
                        let text = [first, second, third, fourth]
                        var buffer = ByteBuffer(string: "x")
                        let result = text.withUnsafeBytes { buffer.writeDecodedBase64($0) }
                        // Foundation lets bits pass that the padding cuts off: those texts do not write back the same.
                        let expected = Data(base64Encoded: Data(text)).flatMap {
                            $0.base64EncodedData() == Data(text) ? Array($0) : nil
                        }
                        if let expected {
                            #expect(result == .success(expected.count))
                        } else if case .success = result {
                            Issue.record("\(text) was read as \(buffer)")
                        }
                        #expect(Array(buffer: buffer) == Array("x".utf8) + (expected ?? []))
                    }
                }
            }
        }
    }

    @Test(arguments: [
        ("A", Base64Error.length(1)), ("AB", .length(2)), ("ABC", .length(3)), ("Zm9vY", .length(5)),
        ("Zm8", .length(3)),  // without its padding
        ("=+/=", .byte(UInt8(ascii: "="))), ("Zg==Zg==", .byte(UInt8(ascii: "="))), ("Zm=v", .byte(UInt8(ascii: "="))),
        ("Zm9-", .byte(UInt8(ascii: "-"))), ("Zm 9", .byte(UInt8(ascii: " "))), ("*m9vZm9v", .byte(UInt8(ascii: "*"))),
        ("+/+=", .lastCharacter), ("Zh==", .lastCharacter), ("Z===", .lastCharacter), ("====", .lastCharacter),
    ])
    func `what is wrong is told`(text: String, error: Base64Error) {
        #expect(throws: error) { try Base64.decode(text) }
    }

    @Test(arguments: [40, 64, 132])
    func `a byte outside the alphabet is found wherever it stands`(count: Int) {
        let text = [UInt8](repeating: UInt8(ascii: "A"), count: count)
        for place in text.indices {
            for byte in [0x80, UInt8(ascii: "-"), UInt8(ascii: "\""), 0x00, 0xAF] {
                var broken = text
                broken[place] = byte
                var buffer = ByteBuffer()
                #expect(broken.withUnsafeBytes { buffer.writeDecodedBase64($0) } == .failure(.byte(byte)))
                #expect(buffer.readableBytes == 0)
            }
        }
    }

    @Test func `every byte is taken or refused among many as it is among few`() {
        for byte in UInt8.min ... .max {
            let few = [byte, byte, byte, byte]
            var one = ByteBuffer()
            var many = ByteBuffer()
            let expected = few.withUnsafeBytes { one.writeDecodedBase64($0) }
            let text = [UInt8](repeating: byte, count: 96)
            let result = text.withUnsafeBytes { many.writeDecodedBase64($0) }
            if case .success = expected {
                #expect(result == .success(72))
                #expect(Array(buffer: many) == Array(repeating: Array(buffer: one), count: 24).flatMap { $0 })
            } else if case .success = result {
                Issue.record("\(byte) was taken among many")
            }
        }
    }

    @Test func `blocks write nothing beyond the memory that they are given`() {
        let text = [UInt8](repeating: UInt8(ascii: "Z"), count: 128)
        for capacity in 0...120 {
            var memory = [UInt8](repeating: 0xEE, count: 160)
            let taken = memory.withUnsafeMutableBytes { memory in
                weir_base64_decode_blocks(text, text.count, memory.baseAddress, capacity)
            }
            #expect(taken % 4 == 0 && taken / 4 * 3 <= capacity)
            #expect(memory[capacity...].allSatisfy { $0 == 0xEE })
        }
        for count in 0...120 {
            let size = Base64.encodedCount(count)
            var memory = [UInt8](repeating: 0xEE, count: 200)
            let taken = memory.withUnsafeMutableBytes { weir_base64_encode_blocks(text, count, $0.baseAddress) }
            #expect(taken % 3 == 0 && taken <= count)
            #expect(memory[size...].allSatisfy { $0 == 0xEE })
        }
    }

    @Test func `a text is decoded into memory where that has room`() {
        withUnsafeTemporaryAllocation(byteCount: 6, alignment: 1) { bytes in
            #expect(Base64.decode("AAECAwQ=", into: bytes) == 5)
            #expect(Array(bytes[..<5]) == [0, 1, 2, 3, 4])
            #expect(Base64.decode("BQYHCAkK", into: bytes) == 6)
            #expect(Array(bytes) == [5, 6, 7, 8, 9, 10])
            #expect(Base64.decode("AAECAwQFBgcI", into: bytes) == nil, "there is no room")
            #expect(Base64.decode("AAEC!wQF", into: bytes) == nil)
            #expect(Base64.decode("AAE", into: bytes) == nil)
            #expect(Base64.decode("", into: bytes) == 0)
        }
    }

    @Test func `blobs are appended behind what is there`() {
        var buffer = ByteBuffer(string: "<")
        buffer.writeBase64(ByteBuffer(string: "fo"))
        buffer.writeString(">")
        #expect(String(buffer: buffer) == "<Zm8=>")
    }
}
