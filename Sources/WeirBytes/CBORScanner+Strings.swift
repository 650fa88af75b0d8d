import NIOCore

extension CBORScanner {
    /// The text as such.
    public func string(_ text: CBORString) -> String {
        guard text.isChunked else { return String(decoding: content(text.range), as: UTF8.self) }
        var joined: [UInt8] = []
        forEachChunk(text) { joined.append(contentsOf: $0) }
        return String(decoding: joined, as: UTF8.self)
    }

    /// Whether the text is `other`.
    public func matches(_ text: CBORString, _ other: StaticString) -> Bool {
        guard !text.isChunked else { return string(text) == other.description }
        guard text.range.count == other.utf8CodeUnitCount else { return false }
        let start = other.utf8Start
        for index in 0..<text.range.count where bytes[text.range.lowerBound + index] != start[index] { return false }
        return true
    }

    /// Appends the content of a string to `target`, and gives the number of its bytes.
    public func copy(_ string: CBORString, to target: inout ByteBuffer) -> Int {
        guard string.isChunked else { return target.writeBytes(content(string.range)) }
        var length = 0
        forEachChunk(string) { length += target.writeBytes($0) }
        return length
    }

    // MARK: Parts

    /// Takes a text of fewer than 24 bytes, all of them ASCII: what nearly all names are. Nil, and nothing is taken, when something
    /// else comes; ``readItem()`` finds out what.
    mutating func readShortText() -> CBORString? {
        guard position < count else { return nil }
        let length = Int(bytes[position]) - Int(CBORMajorType.text.rawValue << 5)
        let range = position + 1..<position + 1 + max(0, length)
        guard (0..<24).contains(length), range.upperBound <= count, isASCII(range), takeItem() else { return nil }
        position = range.upperBound
        return CBORString(range: range, isChunked: false)
    }

    /// Takes the content of a string whose head was read.
    mutating func readString(_ head: Head, _ start: Int) throws(CBORError) -> CBORString {
        if let length = head.argument {
            return CBORString(range: try readContent(length, start, head.type), isChunked: false)
        }
        let contentStart = position
        while true {
            guard position < count else { throw CBORError(.unexpectedEnd, at: count) }
            if bytes[position] == Self.breakByte {
                defer { position += 1 }
                return CBORString(range: contentStart..<position + 1, isChunked: true)
            }
            let chunkStart = position
            let chunk = try readHead()
            guard chunk.type == head.type, let length = chunk.argument else {
                throw CBORError(.malformedChunk, at: chunkStart)
            }
            _ = try readContent(length, chunkStart, chunk.type)
        }
    }

    private mutating func readContent(
        _ length: UInt64,
        _ start: Int,
        _ type: CBORMajorType
    ) throws(CBORError) -> Range<Int> {
        guard length <= UInt64(count - position) else { throw CBORError(.unexpectedEnd, at: count) }
        let range = position..<position + Int(length)
        if type == .text, !isUTF8(range) { throw CBORError(.malformedUTF8, at: start) }
        position = range.upperBound
        return range
    }

    /// Calls `body` with each part of a chunked string, whose heads ``readString(_:_:)`` has checked.
    private func forEachChunk(_ string: CBORString, _ body: (UnsafeRawBufferPointer) -> Void) {
        var index = string.range.lowerBound
        while index < string.range.upperBound, bytes[index] != Self.breakByte {
            let information = bytes[index] & 0x1F
            index += 1
            var length = Int(information)
            if information >= 24 {
                let width = 1 << Int(information - 24)
                length = bytes[index..<index + width].reduce(0) { $0 << 8 | Int($1) }
                index += width
            }
            body(content(index..<index + length))
            index += length
        }
    }

    private func content(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[range])
    }

    private func isUTF8(_ range: Range<Int>) -> Bool {
        if isASCII(range) { return true }
        return content(range).withMemoryRebound(to: UInt8.self) { units in
            do {
                _ = try UTF8Span(validating: units.span)
                return true
            } catch {
                return false
            }
        }
    }

    private func isASCII(_ range: Range<Int>) -> Bool {
        var seen: UInt64 = 0
        var index = range.lowerBound
        // Eight bytes a step.
        while index + 8 <= range.upperBound {
            seen |= bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            index += 8
        }
        while index < range.upperBound {
            seen |= UInt64(bytes[index])
            index += 1
        }
        return seen & ByteWord.highBits == 0
    }
}
