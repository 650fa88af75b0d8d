import NIOCore
import Testing
import WeirBytes
import WeirTestTools

private func written(_ write: (inout ByteBuffer) -> Void) -> String {
    var buffer = ByteBuffer()
    write(&buffer)
    return String(buffer: buffer)
}

@Suite struct JSONWriterTests {
    @Test(arguments: [
        ("", #""""#), ("plain", #""plain""#), ("a\"b\\c/d", #""a\"b\\c/d""#), ("\u{8}\t\n\u{C}\r", #""\b\t\n\f\r""#),
        ("\u{0}\u{1F}\u{7F}", "\"\\u0000\\u001f\u{7F}\""), ("é漢🎉", #""é漢🎉""#), ("12345678\"", #""12345678\"""#),
        ("1234567890123456", #""1234567890123456""#),
    ])
    func `strings are escaped where they must be`(string: String, expected: String) {
        #expect(written { $0.writeJSONString(string) } == expected)
    }

    @Test func `any string reads back`() throws {
        var generator = SeededGenerator(seed: 4)
        let scalars = (0..<0x100).compactMap { Unicode.Scalar($0 as UInt32) } + ["漢", "🎉", "\"", "\\"]
        for count in 0..<300 {
            var string = String.UnicodeScalarView()
            for _ in 0..<count { string.append(scalars.randomElement(using: &generator) ?? "a") }
            var buffer = ByteBuffer()
            buffer.writeJSONString(String(string))
            let read = try JSONScanner.read(buffer, maximumDepth: 1) { (scanner) throws(JSONError) in
                let token = try scanner.readString()
                try scanner.finish()
                return scanner.string(token)
            }
            #expect(Array(read.utf8) == Array(String(string).utf8))
        }
    }

    @Test(arguments: [0, 1, -1, 9, 10, 1_234_567_890, Int64.max, .min])
    func `integers are written in decimal`(integer: Int64) {
        #expect(written { $0.writeJSONInteger(integer) } == String(integer))
    }

    @Test(
        arguments: [
            (0, 0, "0"), (0, 3, "0"), (5, 3, "0.005"), (-5, 3, "-0.005"), (50, 3, "0.05"), (500, 3, "0.5"),
            (5000, 3, "5"),
            (-12_345, 3, "-12.345"), (.max, 3, "9223372036854775.807"), (.min, 3, "-9223372036854775.808"),
            (7, 25, "0.0000000000000000000000007"),
        ] as [(Int64, Int, String)]
    )
    func `decimals are written without superfluous zeros`(number: Int64, places: Int, expected: String) {
        #expect(written { $0.writeJSONDecimal(number, places: places) } == expected)
    }

    @Test func `a value stands behind its name`() {
        let text = written { sink in
            sink.writeJSONString("x\n", after: JSONMemberName("first", isFirst: true))
            sink.writeJSONInteger(-1, after: JSONMemberName("b", isFirst: false))
            Array("foo".utf8).withUnsafeBytes { foo in
                sink.writeJSONBase64(foo, after: JSONMemberName("c", isFirst: false))
            }
            sink.writeJSONName(JSONMemberName("d", isFirst: false))
            sink.writeStaticString("[]}")
        }
        #expect(text == #"{"first":"x\n","b":-1,"c":"Zm9v","d":[]}"#)
    }

    @Test(arguments: [
        (0.0, "0"), (5.0, "5"), (-2.5, "-2.5"), (0.1, "0.1"), (1e300, "1e+300"), (.infinity, "null"), (.nan, "null"),
        (9_007_199_254_740_992, "9007199254740992.0"),
    ])
    func `doubles are written in their shortest form`(double: Double, expected: String) {
        #expect(written { $0.writeJSONDouble(double) } == expected)
    }
}
