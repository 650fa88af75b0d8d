/// Why bytes are not CBOR, or not such as a message can hold, and where.
///
/// Source of the encoding: RFC 8949.
public struct CBORError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public enum Reason: String, Sendable {
        /// The bytes end inside a value, or a length goes beyond them.
        case unexpectedEnd = "unexpected end"
        /// Additional information that RFC 8949 reserves, or that the major type does not have.
        case malformedHead = "malformed head of a data item"
        /// A break where no value of indefinite length ends.
        case unexpectedBreak = "break outside of a value of indefinite length"
        /// A string of indefinite length with a part that is none of its kind.
        case malformedChunk = "malformed part of a string of indefinite length"
        /// Text is not UTF-8.
        case malformedUTF8 = "malformed UTF-8"
        /// A key of a map is not text.
        case nameNotText = "a key of a map that is not text"
        /// A simple value other than false, true, null and undefined.
        case unknownSimpleValue = "unknown simple value"
        /// Something follows the value.
        case trailingBytes = "bytes after the end of the value"
        /// Arrays and maps are nested deeper than the reader allows.
        case tooDeep = "nested too deep"
        /// There are more data items than the reader allows.
        case tooManyValues = "too many values"
    }

    /// What is wrong.
    public let reason: Reason
    /// The byte where it shows, counted from 0.
    public let offset: Int

    /// An error by its reason and place.
    public init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    public var description: String { "\(reason.rawValue) at byte \(offset)" }
}
