import Foundation
import NIOCore
import Testing
import WeirBytes
import WeirTestTools

/// Skips one value of the text, and checks that nothing follows.
private func check(_ bytes: ByteBuffer, maximumDepth: Int = 64) throws(JSONError) {
    try JSONScanner.read(bytes, maximumDepth: maximumDepth) { (scanner) throws(JSONError) in
        try scanner.skipValue()
        try scanner.finish()
    }
}

private func readString(_ text: String) throws(JSONError) -> String {
    try JSONScanner.read(ByteBuffer(string: text), maximumDepth: 1) { (scanner) throws(JSONError) in
        let token = try scanner.readString()
        try scanner.finish()
        return scanner.string(token)
    }
}

private func readNumber(_ text: String) throws(JSONError) -> JSONNumber {
    try JSONScanner.read(ByteBuffer(string: text), maximumDepth: 1) { (scanner) throws(JSONError) in
        let number = try scanner.readNumber()
        try scanner.finish()
        return number
    }
}

@Suite struct JSONScannerTests {
    @Test(arguments: [
        "{}", "[]", "0", "-0", "1.5", "1e5", "1E+5", "1e-5", "-1.25E-7", "123456789012345678901234567890", #""""#,
        #""a""#, "true", "false", "null", " [ ] ", "\t\n\r {} \n", #"{"a":1}"#, #"{"a":{"b":[1,2,{"c":null}]}}"#,
        "[1, 2 ,3]", #""\"\\\/\b\f\n\r\t\u0041""#, #""\uD834\uDD1E""#, #""é漢🎉""#, #"{"a":1,"a":2}"#, #"{"":0}"#,
        "[[],[[]],{}]", #""\u0000""#, "\"\u{7F}\"",
    ])
    func `what the RFC allows is taken`(text: String) throws { try check(ByteBuffer(string: text)) }

    @Test(arguments: [
        ("", JSONError.Reason.unexpectedEnd), ("  ", .unexpectedEnd), ("{", .unexpectedEnd), ("[", .unexpectedEnd),
        ("[1", .unexpectedEnd), ("[1,", .unexpectedEnd), (#"{"a""#, .unexpectedEnd), (#"{"a":"#, .unexpectedEnd),
        (#"{"a":1"#, .unexpectedEnd), (#""a"#, .unexpectedEnd), (#""\"#, .unexpectedEnd), (#""\u12"#, .unexpectedEnd),
        ("tru", .unexpectedEnd), ("-", .unexpectedEnd), ("1.", .unexpectedEnd), ("1e", .unexpectedEnd),
        ("1e+", .unexpectedEnd),
        ("[1,]", .unexpectedByte), (#"{"a":1,}"#, .unexpectedByte), ("{,}", .unexpectedByte), ("[,1]", .unexpectedByte),
        ("{1:2}", .unexpectedByte), ("{a:1}", .unexpectedByte), ("{'a':1}", .unexpectedByte),
        ("[1 2]", .unexpectedByte),
        (#"{"a" 1}"#, .unexpectedByte), ("[}", .unexpectedByte), ("{]", .unexpectedByte), ("nul1", .unexpectedByte),
        ("True", .unexpectedByte), ("NaN", .unexpectedByte), ("Infinity", .unexpectedByte), ("+1", .unexpectedByte),
        (".5", .unexpectedByte), ("// c\n1", .unexpectedByte), ("\u{FEFF}1", .unexpectedByte),
        ("\u{0B}1", .unexpectedByte),
        ("01", .malformedNumber), ("-01", .malformedNumber), ("1.e5", .malformedNumber), ("-a", .malformedNumber),
        ("1.a", .malformedNumber), ("1ee5", .malformedNumber), ("[00]", .malformedNumber),
        ("{}{}", .trailingBytes), ("1 1", .trailingBytes), ("[]]", .trailingBytes), ("{}\u{0}", .trailingBytes),
        ("0x10", .trailingBytes), ("truefalse", .trailingBytes),
        ("\"\n\"", .controlCharacter), ("\"\u{0}\"", .controlCharacter), ("\"1234567\u{1F}\"", .controlCharacter),
        ("\"\t\"", .controlCharacter),
        (#""\x41""#, .malformedEscape), (#""\'""#, .malformedEscape), (#""\u00G0""#, .malformedEscape),
        (#""\uD800""#, .malformedEscape), (#""\uDC00""#, .malformedEscape), (#""\uD800\uD800""#, .malformedEscape),
        (#""\uD800x12345""#, .malformedEscape), (#""\U0041""#, .malformedEscape),
    ])
    func `anything else is refused`(text: String, reason: JSONError.Reason) {
        let error = #expect(throws: JSONError.self) { try check(ByteBuffer(string: text)) }
        #expect(error?.reason == reason)
    }

    @Test(
        arguments: [
            [0x80], [0xC0, 0x80], [0xC3], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xFF],
            [0xF0, 0x80, 0x80, 0x80], [0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0xC3, 0x28],
        ] as [[UInt8]]
    )
    func `a string that is not UTF-8 is refused, wherever it stands`(bytes: [UInt8]) {
        let quoted = [UInt8(ascii: "\"")] + bytes + [UInt8(ascii: "\"")]
        for text in [
            quoted, Array("{\"a\":".utf8) + quoted + Array("}".utf8), Array("{".utf8) + quoted + Array(":1}".utf8),
        ] {
            let error = #expect(throws: JSONError.self) { try check(ByteBuffer(bytes: text)) }
            #expect(error?.reason == .malformedUTF8)
        }
    }

    @Test func `an error tells the byte where it shows`() {
        #expect(throws: JSONError(.unexpectedByte, at: 7)) { try check(ByteBuffer(string: #"{"a":1 "b":2}"#)) }
        #expect(JSONError(.tooDeep, at: 3).description == "nested too deep at byte 3")
    }

    @Test func `nesting is refused beyond the limit and not at it`() throws {
        func nested(_ depth: Int) -> ByteBuffer {
            ByteBuffer(string: String(repeating: "[", count: depth) + String(repeating: "]", count: depth))
        }
        try check(nested(5), maximumDepth: 5)
        #expect(throws: JSONError(.tooDeep, at: 5)) { try check(nested(6), maximumDepth: 5) }
        // Siblings do not add up.
        try check(ByteBuffer(string: "[[],[],[],[[]]]"), maximumDepth: 3)
    }

    @Test(arguments: [
        (#""""#, ""), (#""a""#, "a"), (#""a\/b\\c\"d""#, "a/b\\c\"d"), (#""\b\f\n\r\t""#, "\u{8}\u{C}\n\r\t"),
        (#""\u0041\u00e9\u6f22""#, "Aé漢"), (#""\uD83C\uDF89!""#, "🎉!"), (#""\ud83c\udf89""#, "🎉"),
        (#""12345678\u0000é""#, "12345678\u{0}é"), (#""1234567é90123456漢""#, "1234567é90123456漢"),
    ])
    func `strings are unescaped`(text: String, expected: String) throws { #expect(try readString(text) == expected) }

    @Test(arguments: [
        ("0", JSONNumber.integer(0)), ("-0", .integer(0)), ("9223372036854775807", .integer(.max)),
        ("-9223372036854775808", .integer(.min)), ("9223372036854775808", .double(0x1p63)),
        ("-9223372036854775809", .double(-0x1p63)), ("18446744073709551616", .double(0x1p64)),
        ("5.0", .double(5)), ("0.1", .double(0.1)), ("-0.25", .double(-0.25)), ("1e3", .double(1000)),
        ("1373705700.123", .double(1_373_705_700.123)), ("1.7976931348623157e308", .double(.greatestFiniteMagnitude)),
        ("1e999", .double(.infinity)), ("4.9e-324", .double(.leastNonzeroMagnitude)),
        ("0.1234567890123456789012345678901234567890", .double(0.123456789012345678901234567890)),
    ])
    func `numbers are exact`(text: String, expected: JSONNumber) throws { #expect(try readNumber(text) == expected) }

    @Test func `doubles are read as the standard library reads them`() throws {
        var generator = SeededGenerator(seed: 2)
        for _ in 0..<5000 {
            let digits = String(UInt64.random(in: 0...UInt64.max, using: &generator))
            let point = digits.index(digits.startIndex, offsetBy: Int.random(in: 1...digits.count, using: &generator))
            let text = "\(digits[..<point]).\(digits[point...])1"
            #expect(try readNumber(text) == .double(try #require(Double(text))))
        }
    }

    @Test func `base64 is taken with and without escapes, and left where it is not base64`() throws {
        let text = #"["Zm9v\/+8=","Zm9v","Zm9","Zm\u0039v","",1]"#
        try JSONScanner.read(ByteBuffer(string: text), maximumDepth: 1) { (scanner) throws(JSONError) in
            var buffer = ByteBuffer()
            try scanner.beginArray()
            #expect(try scanner.nextElement())
            #expect(try scanner.readBase64(into: &buffer) == .success(5))
            #expect(try scanner.nextElement())
            #expect(try scanner.readBase64(into: &buffer) == .success(3))
            #expect(try scanner.nextElement())
            #expect(try scanner.readBase64(into: &buffer) == .failure(.length(3)))
            #expect(scanner.string(try scanner.readString()) == "Zm9")
            #expect(try scanner.nextElement())
            #expect(try scanner.readBase64(into: &buffer) == .success(3))
            #expect(try scanner.nextElement())
            #expect(try scanner.readBase64(into: &buffer) == .success(0))
            #expect(try scanner.nextElement())
            #expect(throws: JSONError.self) { try scanner.readBase64(into: &buffer) }
            #expect(Array(buffer: buffer) == Array("foo".utf8) + [0xFF, 0xEF] + Array("foofoo".utf8))
        }
    }

    @Test func `base64 of any length is taken in one pass, whatever room there is for it`() throws {
        var generator = SeededGenerator(seed: 5)
        for count in Array(0...140) + [1024, 1025] {
            let bytes = generator.bytes(count)
            let text = ByteBuffer(string: "[\"\(Base64.encode(bytes))\",7]")
            for capacity in [0, count / 2, count, count + 64] {
                var target = ByteBufferAllocator().buffer(capacity: capacity)
                target.writeString("<")
                try JSONScanner.read(text, maximumDepth: 1) { (scanner) throws(JSONError) in
                    try scanner.beginArray()
                    #expect(try scanner.nextElement())
                    #expect(try scanner.readBase64(into: &target) == .success(count))
                    #expect(try scanner.nextElement())
                    #expect(try scanner.readNumber() == .integer(7))
                    #expect(try !scanner.nextElement())
                }
                #expect(Array(buffer: target) == Array("<".utf8) + bytes)
            }
        }
    }

    @Test(arguments: ["!", "=", "\\u002f", "é"])
    func `what is no base64 behind much that is leaves nothing behind`(part: String) throws {
        let text = String(repeating: "QUJD", count: 20) + part + String(repeating: "QUJD", count: 20)
        let json = ByteBuffer(string: "\"\(text)\"")
        var target = ByteBuffer(string: "<")
        target.reserveCapacity(minimumWritableBytes: 500)
        try JSONScanner.read(json, maximumDepth: 1) { (scanner) throws(JSONError) in
            let result = try scanner.readBase64(into: &target)
            guard case .failure = result else {
                Issue.record("\(result)")
                return
            }
            #expect(String(buffer: target) == "<")
            #expect(scanner.string(try scanner.readString()) == text.replacing("\\u002f", with: "/"))
        }
    }

    @Test func `names are compared without their escapes`() throws {
        try JSONScanner.read(ByteBuffer(string: #"["Data","D\u0061ta","Dat","Date"]"#), maximumDepth: 1) {
            (scanner) throws(JSONError) in
            try scanner.beginArray()
            for expected in [true, true, false, false] {
                #expect(try scanner.nextElement())
                let token = try scanner.readString()
                #expect(scanner.matches(token, "Data") == expected)
            }
            #expect(try !scanner.nextElement())
            try scanner.finish()
        }
    }

    @Test func `random bytes never crash, and what is taken Foundation takes too`() {
        var generator = SeededGenerator(seed: 3)
        let alphabet = Array(#"{}[],:"\/0123456789.eE+-truefalsn u"#.utf8) + [0xC3, 0xA9, 0x00, 0x0A]
        var accepted = 0
        for _ in 0..<15_000 {
            let count = Int.random(in: 0...12, using: &generator)
            let bytes = (0..<count).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
            guard (try? check(ByteBuffer(bytes: bytes))) != nil else { continue }
            accepted += 1
            do {
                _ = try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
            } catch {
                // Foundation refuses numbers beyond the range of doubles, which JSON allows.
                #expect("\(error)".contains("is not representable"), "\(String(decoding: bytes, as: UTF8.self))")
            }
        }
        #expect(accepted > 100)
    }
}
