import Foundation
import NIOCore
import Testing
import WeirBytes

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

    @Test func `a byte outside the alphabet is found wherever it stands`() {
        let text = [UInt8](repeating: UInt8(ascii: "A"), count: 40)
        for place in text.indices {
            var broken = text
            broken[place] = 0x80
            var buffer = ByteBuffer()
            #expect(broken.withUnsafeBytes { buffer.writeDecodedBase64($0) } == .failure(.byte(0x80)))
            #expect(buffer.readableBytes == 0)
        }
    }

    @Test func `blobs are appended behind what is there`() {
        var buffer = ByteBuffer(string: "<")
        buffer.writeBase64(ByteBuffer(string: "fo"))
        buffer.writeString(">")
        #expect(String(buffer: buffer) == "<Zm8=>")
    }
}
