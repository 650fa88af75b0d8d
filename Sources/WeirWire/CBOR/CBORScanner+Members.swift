import NIOCore
import WeirBytes
import WeirModel

extension CBORScanner: MessageScanner {
    /// Runs `read` on a body, an empty one read as an empty map, and checks that nothing follows.
    static func readMessage<T>(
        _ body: ByteBuffer,
        _ read: (inout CBORScanner) throws(ServiceError) -> T
    ) throws(ServiceError) -> T {
        try CBORScanner.read(
            body.readableBytes > 0 ? body : emptyMap,
            maximumDepth: Limits.maximumMessageDepth,
            maximumItemCount: Limits.maximumMessageValueCount
        ) { (scanner) throws(ServiceError) -> T in
            let message = try read(&scanner)
            try scanner.end()
            return message
        }
    }

    @discardableResult
    mutating func readStructure(
        _ member: (inout CBORScanner, CBORString) throws(ServiceError) -> Bool
    ) throws(ServiceError) -> Bool {
        let isMessage = position == 0
        let item = try item()
        guard case .map(var members) = item else {
            // `null` alone is no message.
            if isMessage, case .null = item { throw WireType.structure.mismatch(.null) }
            return try isNotNull(item, .structure)
        }
        while let name = try memberName(&members) {
            if try !member(&self, name) {
                do { try skipValue() } catch { throw WireType.malformedBody(error) }
            }
        }
        return true
    }

    mutating func readList(
        _ element: (inout CBORScanner, Int) throws(ServiceError) -> Void
    ) throws(ServiceError) -> Bool {
        let item = try item()
        guard case .array(var elements) = item else { return try isNotNull(item, .list) }
        var index = 0
        while try hasElement(&elements) {
            try element(&self, index)
            index += 1
        }
        return true
    }

    mutating func readStringMember() throws(ServiceError) -> String? {
        let item = try item()
        if case .text(let text) = item { return string(text) }
        return try absent(item, .string)
    }

    mutating func readTextMember(_ scratch: inout BlobScratch) throws(ServiceError) -> BlobScratch.Place? {
        let item = try item()
        guard case .text(let text) = item else { return try absent(item, .string) }
        return place(of: text, in: &scratch)
    }

    mutating func readIntegerMember() throws(ServiceError) -> Int? {
        let item = try item()
        switch item {
        case .integer(let integer): return Int(clamping: integer)
        case .double(let double): return Int(saturating: double)
        default: return try absent(item, .integer)
        }
    }

    mutating func readTimestampMember() throws(ServiceError) -> Timestamp? {
        let item = try item()
        guard case .null = item else {
            return try value(item).timestamp(.cbor)
        }
        return nil
    }

    mutating func readBlobMember(_ scratch: inout BlobScratch) throws(ServiceError) -> BlobScratch.Place? {
        let item = try item()
        guard case .bytes(let bytes) = item else { return try absent(item, .blob) }
        return place(of: bytes, in: &scratch)
    }

    mutating func readMember<T: Decodable>(_ type: T.Type) throws(ServiceError) -> T? {
        let item = try item()
        if case .null = item { return nil }
        return try WireDecoder.decode(type, from: value(item), format: .cbor)
    }

    // MARK: Parts

    private static let emptyMap = ByteBuffer(bytes: [CBORMajorType.map.rawValue << 5])

    /// Where the content of a string is: it is copied only where it came in chunks.
    private func place(of string: CBORString, in scratch: inout BlobScratch) -> BlobScratch.Place {
        guard string.isChunked else { return scratch.place(inBody: string.range) }
        return scratch.decode { copy(string, to: &$0) }
    }

    private mutating func end() throws(ServiceError) {
        do { try finish() } catch { throw WireType.malformedBody(error) }
    }

    private mutating func item() throws(ServiceError) -> CBORItem {
        do { return try readItem() } catch { throw WireType.malformedBody(error) }
    }

    private mutating func memberName(_ members: inout CBORSequence) throws(ServiceError) -> CBORString? {
        do { return try nextName(&members) } catch { throw WireType.malformedBody(error) }
    }

    private mutating func hasElement(_ elements: inout CBORSequence) throws(ServiceError) -> Bool {
        do { return try nextElement(&elements) } catch { throw WireType.malformedBody(error) }
    }

    private mutating func value(_ item: CBORItem) throws(ServiceError) -> WireValue {
        do { return try WireValue(&self, item) } catch { throw WireType.malformedBody(error) }
    }

    /// Nil for a null; any other item is not of the type.
    private mutating func absent<T>(_ item: CBORItem, _ type: WireType) throws(ServiceError) -> T? {
        if case .null = item { return nil }
        throw type.mismatch(try value(item).found)
    }

    private mutating func isNotNull(_ item: CBORItem, _ type: WireType) throws(ServiceError) -> Bool {
        let none: Never? = try absent(item, type)
        return none != nil
    }
}
