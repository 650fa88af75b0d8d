import NIOCore

/// The kinds of a JSON value.
public enum JSONKind: Sendable {
    case object, array, string, number, bool, null
}

/// A number of a JSON text.
public enum JSONNumber: Hashable, Sendable {
    /// Written without fraction and exponent, and within 64 bits.
    case integer(Int64)
    /// Any other: the nearest double, infinite when it is beyond the range of doubles.
    case double(Double)
}

/// A string of a JSON text: where it stands, not yet unescaped.
public struct JSONText: Sendable {
    /// The bytes between the quotation marks.
    public let range: Range<Int>
    /// Whether a backslash is among them.
    public let hasEscapes: Bool
}

/// Reads a JSON text value by value, in one pass, without building a tree. Strict after RFC 8259.
///
/// The caller asks ``peek()`` what comes, and takes it with the method of that kind:
/// ```
/// try scanner.beginObject()
/// while let name = try scanner.nextName() { … read or skip one value … }
/// try scanner.finish()
/// ```
/// A scanner borrows the bytes that it reads and lives only inside ``read(_:maximumDepth:_:)``.
///
/// This file and `JSONScanner+Strings.swift` hold the raw pointer; every access lies behind a check against `count`.
public struct JSONScanner: ~Copyable {
    let bytes: UnsafeRawBufferPointer
    let count: Int
    /// Where the scanner stands. After an error: where it shows.
    public internal(set) var position = 0
    private let maximumDepth: Int
    private var depth = 0
    /// Right after `{` or `[`, where no comma comes.
    private var isAtFirst = false

    private init(_ bytes: UnsafeRawBufferPointer, maximumDepth: Int) {
        self.bytes = bytes
        self.count = bytes.count
        self.maximumDepth = maximumDepth
    }

    /// Runs `body` with a scanner of the readable bytes of `text`.
    ///
    /// - Parameter maximumDepth: arrays and objects may be nested so deep; a text that goes deeper is refused.
    public static func read<T, E: Error>(
        _ text: ByteBuffer,
        maximumDepth: Int,
        _ body: (inout JSONScanner) throws(E) -> T
    ) throws(E) -> T {
        try text.withUnsafeReadableBytes { (bytes) throws(E) -> T in
            var scanner = JSONScanner(bytes, maximumDepth: maximumDepth)
            return try body(&scanner)
        }
    }

    // MARK: Structure

    /// The kind of the value that comes next.
    public mutating func peek() throws(JSONError) -> JSONKind {
        skipWhitespace()
        guard position < count else { throw JSONError(.unexpectedEnd, at: position) }
        switch bytes[position] {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        default: throw JSONError(.unexpectedByte, at: position)
        }
    }

    /// Goes into the object that comes next.
    public mutating func beginObject() throws(JSONError) { try begin(UInt8(ascii: "{")) }

    /// The name of the object's next member, whose value must be read or skipped then; nil at the object's end.
    public mutating func nextName() throws(JSONError) -> JSONText? {
        guard try next(closing: UInt8(ascii: "}")) else { return nil }
        let name = try readString()
        skipWhitespace()
        try take(UInt8(ascii: ":"))
        return name
    }

    /// Goes into the array that comes next.
    public mutating func beginArray() throws(JSONError) { try begin(UInt8(ascii: "[")) }

    /// Whether the array has another element, which must be read or skipped then; false at the array's end.
    public mutating func nextElement() throws(JSONError) -> Bool { try next(closing: UInt8(ascii: "]")) }

    /// Checks that nothing but white space follows.
    public mutating func finish() throws(JSONError) {
        skipWhitespace()
        guard position == count else { throw JSONError(.trailingBytes, at: position) }
    }

    private mutating func begin(_ opening: UInt8) throws(JSONError) {
        skipWhitespace()
        guard depth < maximumDepth else { throw JSONError(.tooDeep, at: position) }
        try take(opening)
        depth += 1
        isAtFirst = true
    }

    private mutating func next(closing: UInt8) throws(JSONError) -> Bool {
        let isFirst = isAtFirst
        isAtFirst = false
        skipWhitespace()
        guard position < count else { throw JSONError(.unexpectedEnd, at: position) }
        if bytes[position] == closing {
            position += 1
            depth -= 1
            return false
        }
        if !isFirst {
            try take(UInt8(ascii: ","))
            skipWhitespace()
        }
        return true
    }

    // MARK: Values

    /// Takes `true` or `false`.
    public mutating func readBool() throws(JSONError) -> Bool {
        skipWhitespace()
        guard position < count else { throw JSONError(.unexpectedEnd, at: position) }
        if bytes[position] == UInt8(ascii: "t") {
            try take("true")
            return true
        }
        try take("false")
        return false
    }

    /// Takes `null`.
    public mutating func readNull() throws(JSONError) {
        skipWhitespace()
        try take("null")
    }

    /// Takes whatever value comes next, and checks it on the way.
    public mutating func skipValue() throws(JSONError) {
        switch try peek() {
        case .object:
            try beginObject()
            while try nextName() != nil { try skipValue() }
        case .array:
            try beginArray()
            while try nextElement() { try skipValue() }
        case .string: _ = try readString()
        case .number: _ = try readNumber()
        case .bool: _ = try readBool()
        case .null: try readNull()
        }
    }

    // MARK: Bytes

    mutating func skipWhitespace() {
        while position < count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    mutating func take(_ byte: UInt8) throws(JSONError) {
        guard position < count else { throw JSONError(.unexpectedEnd, at: position) }
        guard bytes[position] == byte else { throw JSONError(.unexpectedByte, at: position) }
        position += 1
    }

    private mutating func take(_ word: StaticString) throws(JSONError) {
        for index in 0..<word.utf8CodeUnitCount { try take(word.utf8Start[index]) }
    }
}
