import NIOCore
import WeirBytes
import WeirModel

extension JSONScanner: MessageScanner {
    /// Runs `read` on a body, an empty one read as `{}`, and checks that nothing follows.
    static func readMessage<T>(
        _ body: ByteBuffer,
        _ read: (inout JSONScanner) throws(ServiceError) -> T
    ) throws(ServiceError) -> T {
        let text = body.readableBytes > 0 ? body : ByteBuffer(staticString: "{}")
        return try JSONScanner.read(text, maximumDepth: Limits.maximumMessageDepth) {
            (scanner) throws(ServiceError) -> T in
            guard try scanner.kind() != .null else { throw WireType.structure.mismatch(.null) }
            let message = try read(&scanner)
            try scanner.end()
            return message
        }
    }

    @discardableResult
    mutating func readStructure(
        _ member: (inout JSONScanner, JSONText) throws(ServiceError) -> Bool
    ) throws(ServiceError) -> Bool {
        guard try begins(.object, .structure) else { return false }
        do { try beginObject() } catch { throw WireType.malformedBody(error) }
        while let name = try memberName() {
            if try !member(&self, name) {
                do { try skipValue() } catch { throw WireType.malformedBody(error) }
            }
        }
        return true
    }

    mutating func readList(
        _ element: (inout JSONScanner, Int) throws(ServiceError) -> Void
    ) throws(ServiceError) -> Bool {
        guard try begins(.array, .list) else { return false }
        do { try beginArray() } catch { throw WireType.malformedBody(error) }
        var index = 0
        while try hasElement() {
            try element(&self, index)
            index += 1
        }
        return true
    }

    mutating func readStringMember() throws(ServiceError) -> String? {
        guard try begins(.string, .string) else { return nil }
        do { return string(try readString()) } catch { throw WireType.malformedBody(error) }
    }

    mutating func readTextMember(_ scratch: inout BlobScratch) throws(ServiceError) -> BlobScratch.Place? {
        guard try begins(.string, .string) else { return nil }
        let text: JSONText
        do { text = try readString() } catch { throw WireType.malformedBody(error) }
        guard text.hasEscapes else { return scratch.place(inBody: text.range) }
        return scratch.decode { copy(text, to: &$0) }
    }

    mutating func readIntegerMember() throws(ServiceError) -> Int? {
        guard try begins(.number, .integer) else { return nil }
        switch try number() {
        case .integer(let integer): return Int(clamping: integer)
        case .double(let double): return Int(saturating: double)
        }
    }

    mutating func readTimestampMember() throws(ServiceError) -> Timestamp? {
        guard try begins(.number, .timestamp) else { return nil }
        guard let timestamp = Timestamp(secondsSinceEpoch: try number()) else {
            throw WireType.timestamp.mismatch(.number)
        }
        return timestamp
    }

    mutating func readBlobMember(_ scratch: inout BlobScratch) throws(ServiceError) -> BlobScratch.Place? {
        guard try begins(.string, .blob) else { return nil }
        return try scratch.decode { (target) throws(ServiceError) in try readBlob(into: &target) }
    }

    /// Appends the bytes of a blob to `target`, and gives their number.
    private mutating func readBlob(into target: inout ByteBuffer) throws(ServiceError) -> Int {
        let result: Result<Int, Base64Error>
        do { result = try readBase64(into: &target) } catch { throw WireType.malformedBody(error) }
        switch result {
        case .success(let count): return count
        case .failure(let error): throw WireType.malformedBlob(try readStringMember() ?? "", error)
        }
    }

    mutating func readMember<T: Decodable>(_ type: T.Type) throws(ServiceError) -> T? {
        guard try !skipsNull() else { return nil }
        let value: WireValue
        do { value = try WireValue(&self) } catch { throw WireType.malformedBody(error) }
        return try WireDecoder.decode(type, from: value, format: .json)
    }

    // MARK: Parts

    private mutating func end() throws(ServiceError) {
        do { try finish() } catch { throw WireType.malformedBody(error) }
    }

    private mutating func kind() throws(ServiceError) -> JSONKind {
        do { return try peek() } catch { throw WireType.malformedBody(error) }
    }

    private mutating func number() throws(ServiceError) -> JSONNumber {
        do { return try readNumber() } catch { throw WireType.malformedBody(error) }
    }

    private mutating func memberName() throws(ServiceError) -> JSONText? {
        do { return try nextName() } catch { throw WireType.malformedBody(error) }
    }

    private mutating func hasElement() throws(ServiceError) -> Bool {
        do { return try nextElement() } catch { throw WireType.malformedBody(error) }
    }

    /// Takes a null if one comes.
    private mutating func skipsNull() throws(ServiceError) -> Bool {
        guard try kind() == .null else { return false }
        do { try readNull() } catch { throw WireType.malformedBody(error) }
        return true
    }

    /// Whether a value of the kind comes; takes a null, and refuses any other kind.
    private mutating func begins(_ expected: JSONKind, _ type: WireType) throws(ServiceError) -> Bool {
        let kind = try kind()
        if kind == expected { return true }
        if kind == .null {
            do { try readNull() } catch { throw WireType.malformedBody(error) }
            return false
        }
        let value: WireValue
        do { value = try WireValue(&self) } catch { throw WireType.malformedBody(error) }
        throw type.mismatch(value.found)
    }
}
