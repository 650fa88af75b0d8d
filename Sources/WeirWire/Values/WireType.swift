import WeirBytes
import WeirModel

/// The types of members as AWS's service models name them, for the texts of its errors.
enum WireType {
    case string, integer, long, double, boolean, blob, timestamp, list, map, structure

    /// The error of a member that has another type. The texts are those the service gives.
    func mismatch(_ found: Found) -> ServiceError { ServiceError(.serialization, text(found)) }

    /// What stands where this type should.
    enum Found {
        case string(String)
        case number, bool, blob, list, map, null
    }

    private func text(_ found: Found) -> String {
        switch (self, found) {
        case (.list, .string), (.list, .number), (.list, .bool), (.list, .blob): return "Expected list or null"
        case (.map, .string), (.map, .number), (.map, .bool), (.map, .blob): return "Expected map or null"
        case (.structure, .string), (.structure, .number), (.structure, .bool), (.structure, .blob):
            return "Expected null"
        case (_, .list): return "Start of list found where not expected"
        case (_, .map): return "Start of structure or map found where not expected."
        case (.boolean, .string(let text)): return "'\(text.uppercased())' can not be converted to an Boolean"
        case (_, .string): return "class java.lang.String can not be converted to \(target)"
        case (_, .blob): return "class java.nio.HeapByteBuffer can not be converted to \(target)"
        case (_, .bool): return "class java.lang.Boolean can not be converted to \(target)"
        case (_, .number):
            return "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to \(target)"
        case (_, .null): return "null can not be converted to \(target)"
        }
    }

    private var target: String {
        switch self {
        case .string: "an String"
        case .integer: "an Integer"
        case .long: "an Long"
        case .double: "an Double"
        case .boolean: "an Boolean"
        case .blob: "a Blob"
        case .timestamp: "milliseconds since epoch"
        case .list: "a List"
        case .map: "a Map"
        case .structure: "a Structure"
        }
    }

    /// The error of a blob that is not base64.
    static func malformedBlob(_ text: String, _ error: Base64Error) -> ServiceError {
        let reason =
            switch error {
            case .length:
                // AWS counts characters.
                "Base64 encoded length is expected a multiple of 4 bytes but found: \(text.utf16.count)"
            case .byte(let byte): "Invalid Base64 character: '\(character(byte, in: text))'"
            // The misspelling is the service's.
            case .lastCharacter: "Invalid last non-pad Base64 character dectected"
            }
        return ServiceError(.serialization, "'\(shortened(text))' can not be converted to a Blob: \(reason)")
    }

    /// The error of a body that is not JSON: AWS gives no text.
    static func malformedBody(_ error: JSONError) -> ServiceError { ServiceError(.serialization, "", cause: error) }

    /// The error of a body that is not CBOR: what is wrong, and where.
    static func malformedBody(_ error: CBORError) -> ServiceError {
        ServiceError(.serialization, "The body is not CBOR that can be read: \(error)", cause: error)
    }

    /// The error of a required member that is absent.
    static func missing(_ path: String) -> ServiceError {
        ServiceError(
            .validation,
            "1 validation error detected: Value null at '\(path)' failed to satisfy constraint: Member must not be null"
        )
    }

    private static func character(_ byte: UInt8, in text: String) -> Character {
        if byte < 0x80 { return Character(Unicode.Scalar(byte)) }
        return text.first { !$0.isASCII } ?? "\u{FFFD}"
    }

    /// A blob may be a mebibyte; a message for people need not.
    private static func shortened(_ text: String) -> String {
        text.utf8.count <= 1024 ? text : "\(text.prefix(256))…"
    }
}

extension WireValue {
    /// What the value is, for the text of an error.
    var found: WireType.Found {
        switch self {
        case .null: .null
        case .bool: .bool
        case .integer, .double, .timestamp: .number
        case .string(let text): .string(text)
        case .bytes: .blob
        case .array: .list
        case .map: .map
        }
    }
}
