/// Why a text is not JSON, and where.
///
/// Source of the grammar: RFC 8259.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public enum Reason: String, Sendable {
        /// The text ends inside a value.
        case unexpectedEnd = "unexpected end"
        /// A byte that cannot stand there.
        case unexpectedByte = "unexpected byte"
        /// Something follows the value.
        case trailingBytes = "bytes after the end of the value"
        /// A number is not written as JSON asks.
        case malformedNumber = "malformed number"
        /// A control character in a string that is not escaped.
        case controlCharacter = "control character in a string"
        /// An escape that JSON does not know, or half of a surrogate pair.
        case malformedEscape = "malformed escape"
        /// A string is not UTF-8.
        case malformedUTF8 = "malformed UTF-8"
        /// Arrays and objects are nested deeper than the reader allows.
        case tooDeep = "nested too deep"
        /// The text holds more values than the reader allows.
        case tooManyValues = "too many values"
    }

    /// What is wrong.
    public let reason: Reason
    /// The byte of the text where it shows, counted from 0.
    public let offset: Int

    /// An error by its reason and place.
    public init(_ reason: Reason, at offset: Int) {
        self.reason = reason
        self.offset = offset
    }

    public var description: String { "\(reason.rawValue) at byte \(offset)" }
}
