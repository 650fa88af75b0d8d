import NIOCore
import WeirBytes
import WeirModel

/// Reading a value as the type that a message asks for, with AWS's conversions and errors.
extension WireValue {
    func string() throws(ServiceError) -> String {
        guard case .string(let text) = self else { throw WireType.string.mismatch(found) }
        return text
    }

    /// True or false, or one of the words that the service takes for them.
    func bool() throws(ServiceError) -> Bool {
        switch self {
        case .bool(let bool): return bool
        case .string(let text):
            switch text.uppercased() {
            case "TRUE", "YES", "1": return true
            case "FALSE", "NO", "0": return false
            default: throw WireType.boolean.mismatch(found)
            }
        default: throw WireType.boolean.mismatch(found)
        }
    }

    /// A whole number. A fraction is cut off, and a number beyond the type becomes its nearest, as the service does.
    func integer<Integer: FixedWidthInteger>(_ type: Integer.Type) throws(ServiceError) -> Integer {
        switch self {
        case .integer(let integer): return Integer(clamping: integer)
        case .double(let double): return Integer(saturating: double)
        default: throw (Integer.bitWidth > 32 && type != Int.self ? WireType.long : .integer).mismatch(found)
        }
    }

    func double() throws(ServiceError) -> Double {
        switch self {
        case .integer(let integer): return Double(integer)
        case .double(let double): return double
        default: throw WireType.double.mismatch(found)
        }
    }

    /// A blob: in JSON a text in base64.
    func bytes(_ format: WireFormat) throws(ServiceError) -> ByteBuffer {
        switch (self, format) {
        case (.bytes(let bytes), _): return bytes
        case (.string(let text), .json):
            do {
                return try Base64.decode(text)
            } catch {
                throw WireType.malformedBlob(text, error)
            }
        default: throw WireType.blob.mismatch(found)
        }
    }

    /// A point in time: as a mere number in JSON in seconds, in CBOR in milliseconds.
    func timestamp(_ format: WireFormat) throws(ServiceError) -> Timestamp {
        let timestamp: Timestamp?
        switch (self, format) {
        case (.timestamp(let exact), _): timestamp = exact
        case (.integer(let seconds), .json): timestamp = Timestamp(secondsSinceEpoch: .integer(seconds))
        case (.double(let seconds), .json): timestamp = Timestamp(secondsSinceEpoch: .double(seconds))
        case (.integer(let milliseconds), .cbor): timestamp = Timestamp(millisecondsSinceEpoch: milliseconds)
        case (.double(let milliseconds), .cbor):
            timestamp = Int64(exactly: milliseconds.rounded()).map { Timestamp(millisecondsSinceEpoch: $0) }
        default: throw WireType.timestamp.mismatch(found)
        }
        guard let timestamp else { throw WireType.timestamp.mismatch(.number) }
        return timestamp
    }

    func elements() throws(ServiceError) -> [WireValue] {
        guard case .array(let elements) = self else { throw WireType.list.mismatch(found) }
        return elements
    }

    /// The members, where `type` is ``WireType/map`` or ``WireType/structure``.
    func map(_ type: WireType) throws(ServiceError) -> WireMap {
        guard case .map(let map) = self else { throw type.mismatch(found) }
        return map
    }
}

extension FixedWidthInteger {
    /// The number without its fraction; the nearest of the type when it is beyond.
    init(saturating double: Double) {
        if let exact = Self(exactly: double.rounded(.towardZero)) {
            self = exact
        } else {
            self = double.isNaN ? 0 : double < 0 ? .min : .max
        }
    }
}
