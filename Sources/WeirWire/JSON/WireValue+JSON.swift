import NIOCore
import WeirBytes
import WeirModel

extension WireValue {
    /// Reads a JSON text. Nesting and the number of values are bounded by ``Limits``.
    public init(json text: ByteBuffer) throws(JSONError) {
        self = try JSONScanner.read(text, maximumDepth: Limits.maximumMessageDepth) {
            (scanner) throws(JSONError) -> WireValue in
            let value = try WireValue(&scanner)
            try scanner.finish()
            return value
        }
    }

    /// Reads the value that comes next.
    init(_ scanner: inout JSONScanner) throws(JSONError) {
        var budget = Limits.maximumMessageValueCount
        self = try WireValue(&scanner, &budget)
    }

    private init(_ scanner: inout JSONScanner, _ budget: inout Int) throws(JSONError) {
        budget -= 1
        guard budget >= 0 else { throw JSONError(.tooManyValues, at: scanner.position) }
        switch try scanner.peek() {
        case .object:
            var members: [WireMember] = []
            try scanner.beginObject()
            while let name = try scanner.nextName() {
                members.append(WireMember(scanner.string(name), try WireValue(&scanner, &budget)))
            }
            self = .map(WireMap(members))
        case .array:
            var elements: [WireValue] = []
            try scanner.beginArray()
            while try scanner.nextElement() { elements.append(try WireValue(&scanner, &budget)) }
            self = .array(elements)
        case .string:
            let text = try scanner.readString()
            self = .string(scanner.string(text))
        case .number:
            switch try scanner.readNumber() {
            case .integer(let integer): self = .integer(integer)
            case .double(let double): self = .double(double)
            }
        case .bool: self = .bool(try scanner.readBool())
        case .null:
            try scanner.readNull()
            self = .null
        }
    }

    /// Appends the value as JSON.
    public func writeJSON(to body: inout ByteBuffer) {
        switch self {
        case .null: body.writeStaticString("null")
        case .bool(let bool): body.writeStaticString(bool ? "true" : "false")
        case .integer(let integer): body.writeJSONInteger(integer)
        case .double(let double): body.writeJSONDouble(double)
        case .string(let string): body.writeJSONString(string)
        case .bytes(let bytes): bytes.withUnsafeReadableBytes { body.writeJSONBase64($0) }
        case .timestamp(let timestamp): body.writeJSONTimestamp(timestamp)
        case .array(let elements):
            body.writeInteger(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { body.writeInteger(UInt8(ascii: ",")) }
                element.writeJSON(to: &body)
            }
            body.writeInteger(UInt8(ascii: "]"))
        case .map(let map):
            body.writeInteger(UInt8(ascii: "{"))
            for (index, member) in map.members.enumerated() {
                if index > 0 { body.writeInteger(UInt8(ascii: ",")) }
                body.writeJSONString(member.name)
                body.writeInteger(UInt8(ascii: ":"))
                member.value.writeJSON(to: &body)
            }
            body.writeInteger(UInt8(ascii: "}"))
        }
    }
}
