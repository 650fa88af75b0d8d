import NIOCore

extension JSONScanner {
    /// Takes a string, and checks its escapes and its UTF-8.
    public mutating func readString() throws(JSONError) -> JSONText {
        skipWhitespace()
        try take(UInt8(ascii: "\""))
        let start = position
        var index = start
        var hasEscapes = false
        var beyondASCII: UInt64 = 0
        while true {
            // Eight bytes a step while none of them needs a look.
            while index + 8 <= count {
                let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
                beyondASCII |= word & ByteWord.highBits
                let special = ByteWord.specialInJSON(word)
                if special != 0 {
                    index += special.trailingZeroBitCount / 8
                    break
                }
                index += 8
            }
            guard index < count else { throw JSONError(.unexpectedEnd, at: count) }
            let byte = bytes[index]
            if byte == UInt8(ascii: "\"") { break }
            if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                index = try endOfEscape(at: index)
                continue
            }
            guard byte >= 0x20 else { throw JSONError(.controlCharacter, at: index) }
            beyondASCII |= UInt64(byte & 0x80)
            index += 1
        }
        let text = JSONText(range: start..<index, hasEscapes: hasEscapes)
        if beyondASCII != 0, !isUTF8(text.range) { throw JSONError(.malformedUTF8, at: start) }
        position = index + 1
        return text
    }

    /// The string as such, unescaped.
    public func string(_ text: JSONText) -> String {
        guard text.hasEscapes else {
            return String(decoding: UnsafeRawBufferPointer(rebasing: bytes[text.range]), as: UTF8.self)
        }
        return String(unsafeUninitializedCapacity: text.range.count) { target in
            unescape(text, to: UnsafeMutableRawBufferPointer(target))
        }
    }

    /// Appends the string, unescaped, to `target`, and gives the number of its bytes.
    public func copy(_ text: JSONText, to target: inout ByteBuffer) -> Int {
        guard text.hasEscapes else { return target.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[text.range])) }
        return target.writeWithUnsafeMutableBytes(minimumWritableBytes: text.range.count) { unescape(text, to: $0) }
    }

    /// Whether the string is `other`.
    public func matches(_ text: JSONText, _ other: StaticString) -> Bool {
        guard !text.hasEscapes else { return string(text) == other.description }
        guard text.range.count == other.utf8CodeUnitCount else { return false }
        let start = other.utf8Start
        for index in 0..<text.range.count where bytes[text.range.lowerBound + index] != start[index] { return false }
        return true
    }

    /// Takes a string in base64, and appends the bytes that it stands for to `target`.
    ///
    /// - Returns: how many bytes were appended, or what is wrong with the base64; then nothing is appended and the
    ///   string is not taken: ``readString()`` gives it.
    public mutating func readBase64(into target: inout ByteBuffer) throws(JSONError) -> Result<Int, Base64Error> {
        skipWhitespace()
        if let count = takeBase64(into: &target) { return .success(count) }
        let start = position
        let text = try readString()
        let result: Result<Int, Base64Error>
        if text.hasEscapes {
            let unescaped = [UInt8](unsafeUninitializedCapacity: text.range.count) { buffer, count in
                count = unescape(text, to: UnsafeMutableRawBufferPointer(buffer))
            }
            result = unescaped.withUnsafeBytes { target.writeDecodedBase64($0) }
        } else {
            result = target.writeDecodedBase64(UnsafeRawBufferPointer(rebasing: bytes[text.range]))
        }
        if case .failure = result { position = start }
        return result
    }

    // MARK: Parts

    /// Takes a string of nothing but base64, as nearly all are, in one pass: what decodes holds nothing that a JSON string
    /// must not. Nil when it is another; then nothing is appended, and the string is not taken.
    private mutating func takeBase64(into target: inout ByteBuffer) -> Int? {
        guard position < count, bytes[position] == UInt8(ascii: "\"") else { return nil }
        let start = position + 1
        let end = target.writerIndex
        var taken = 0
        target.writeWithUnsafeMutableBytes(minimumWritableBytes: 0) { space in
            taken = Base64.decodeBlocks(UnsafeRawBufferPointer(rebasing: bytes[start...]), to: space)
            return taken / 4 * 3
        }
        if let length = distanceToQuote(from: start + taken) {
            let rest = start + taken..<start + taken + length
            if case .success = target.writeDecodedBase64(UnsafeRawBufferPointer(rebasing: bytes[rest])) {
                position = rest.upperBound + 1
                return target.writerIndex - end
            }
        }
        target.moveWriterIndex(to: end)
        return nil
    }

    private func isUTF8(_ range: Range<Int>) -> Bool {
        UnsafeRawBufferPointer(rebasing: bytes[range]).withMemoryRebound(to: UInt8.self) { units in
            do {
                _ = try UTF8Span(validating: units.span)
                return true
            } catch {
                return false
            }
        }
    }

    /// Checks the escape at `index` and gives the index behind it.
    private func endOfEscape(at index: Int) throws(JSONError) -> Int {
        guard index + 1 < count else { throw JSONError(.unexpectedEnd, at: count) }
        switch bytes[index + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return index + 2
        case UInt8(ascii: "u"):
            let unit = try hexadecimal(at: index + 2)
            if UTF16.isTrailSurrogate(unit) { throw JSONError(.malformedEscape, at: index) }
            guard UTF16.isLeadSurrogate(unit) else { return index + 6 }
            guard index + 7 < count, bytes[index + 6] == UInt8(ascii: "\\"), bytes[index + 7] == UInt8(ascii: "u"),
                UTF16.isTrailSurrogate(try hexadecimal(at: index + 8))
            else { throw JSONError(.malformedEscape, at: index) }
            return index + 12
        default:
            throw JSONError(.malformedEscape, at: index)
        }
    }

    private func hexadecimal(at index: Int) throws(JSONError) -> UInt16 {
        guard index + 4 <= count else { throw JSONError(.unexpectedEnd, at: count) }
        var value: UInt16 = 0
        for byte in bytes[index..<index + 4] {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: throw JSONError(.malformedEscape, at: index)
            }
            value = value << 4 | UInt16(digit)
        }
        return value
    }

    /// Writes the string without its escapes, which ``readString()`` has checked, and gives its length: never more than
    /// the length of `text.range`.
    private func unescape(_ text: JSONText, to target: UnsafeMutableRawBufferPointer) -> Int {
        var length = 0
        func append(_ byte: UInt8) {
            target[length] = byte
            length += 1
        }
        var index = text.range.lowerBound
        while index < text.range.upperBound {
            let byte = bytes[index]
            guard byte == UInt8(ascii: "\\") else {
                append(byte)
                index += 1
                continue
            }
            switch bytes[index + 1] {
            case UInt8(ascii: "b"): append(0x08)
            case UInt8(ascii: "f"): append(0x0C)
            case UInt8(ascii: "n"): append(0x0A)
            case UInt8(ascii: "r"): append(0x0D)
            case UInt8(ascii: "t"): append(0x09)
            case UInt8(ascii: "u"):
                let (scalar, escapeLength) = escapedScalar(at: index)
                for unit in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter { append(unit) }
                index += escapeLength
                continue
            case let other: append(other)
            }
            index += 2
        }
        return length
    }

    /// The character of a checked `\u` escape, and the length of the escape or of the pair of them.
    private func escapedScalar(at index: Int) -> (Unicode.Scalar, Int) {
        guard let unit = try? hexadecimal(at: index + 2) else { return ("\u{FFFD}", 6) }
        if let scalar = Unicode.Scalar(unit) { return (scalar, 6) }
        guard let trail = try? hexadecimal(at: index + 8) else { return ("\u{FFFD}", 12) }
        let value = 0x10000 + (UInt32(unit & 0x3FF) << 10 | UInt32(trail & 0x3FF))
        return (Unicode.Scalar(value) ?? "\u{FFFD}", 12)
    }

    private func distanceToQuote(from start: Int) -> Int? {
        var index = start
        while index + 8 <= count {
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            let quotes = ByteWord.quotes(word)
            if quotes != 0 { return index + quotes.trailingZeroBitCount / 8 - start }
            index += 8
        }
        while index < count {
            if bytes[index] == UInt8(ascii: "\"") { return index - start }
            index += 1
        }
        return nil
    }
}
