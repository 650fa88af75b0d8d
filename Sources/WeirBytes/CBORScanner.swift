import NIOCore

/// Reads CBOR item by item, in one pass, without building a tree.
///
/// ```
/// guard case .map(var members) = try scanner.readItem() else { … }
/// while let name = try scanner.nextName(&members) { … read or skip one value … }
/// try scanner.finish()
/// ```
/// Every form of RFC 8949 is taken: definite and indefinite lengths, heads longer than they need be, floating-point
/// numbers of each width. Tags other than 1 are passed over: what they stand on counts. Keys of maps must be text.
///
/// A scanner borrows the bytes that it reads and lives only inside ``read(_:maximumDepth:maximumItemCount:_:)``. It allocates
/// nothing. This file and `CBORScanner+Strings.swift` hold the raw pointer; every access lies behind a check against
/// `count`, and every length is checked against the bytes that remain.
public struct CBORScanner: ~Copyable {
    let bytes: UnsafeRawBufferPointer
    let count: Int
    /// Where the scanner stands.
    public internal(set) var position = 0
    private let maximumDepth: Int
    private var depth = 0
    private var remainingItems: Int

    private init(_ bytes: UnsafeRawBufferPointer, maximumDepth: Int, maximumItemCount: Int) {
        self.bytes = bytes
        self.count = bytes.count
        self.maximumDepth = maximumDepth
        self.remainingItems = maximumItemCount
    }

    /// Runs `body` with a scanner of the readable bytes of `data`.
    ///
    /// - Parameters:
    ///   - maximumDepth: arrays and maps may be nested so deep.
    ///   - maximumItemCount: so many data items may be read, with keys and tags.
    public static func read<T, E: Error>(
        _ data: ByteBuffer,
        maximumDepth: Int,
        maximumItemCount: Int,
        _ body: (inout CBORScanner) throws(E) -> T
    ) throws(E) -> T {
        try data.withUnsafeReadableBytes { (bytes) throws(E) -> T in
            var scanner = CBORScanner(bytes, maximumDepth: maximumDepth, maximumItemCount: maximumItemCount)
            return try body(&scanner)
        }
    }

    // MARK: Items

    /// Takes the data item that comes next, with the tags before it; of an array or a map only the head.
    public mutating func readItem() throws(CBORError) -> CBORItem {
        var tag: UInt64?
        while true {
            let start = position
            let head = try readHead()
            switch head.type {
            case .unsigned, .negative:
                let isNegative = head.type == .negative
                return Self.integer(try definite(head, start), isNegative: isNegative, isTime: tag == 1)
            case .bytes: return .bytes(try readString(head, start))
            case .text: return .text(try readString(head, start))
            case .array: return .array(try beginSequence(head, start, bytesOfElement: 1))
            case .map: return .map(try beginSequence(head, start, bytesOfElement: 2))
            case .tag: tag = try definite(head, start)
            case .simple: return try simple(head, start, isTime: tag == 1)
            }
        }
    }

    /// Whether the array has another element, which must be read or skipped then; false at the array's end.
    public mutating func nextElement(_ elements: inout CBORSequence) throws(CBORError) -> Bool {
        if let remaining = elements.remaining {
            if remaining == 0 {
                depth -= 1
                return false
            }
            elements.remaining = remaining - 1
            return true
        }
        guard position < count else { throw CBORError(.unexpectedEnd, at: position) }
        guard bytes[position] == Self.breakByte else { return true }
        position += 1
        depth -= 1
        return false
    }

    /// The name of the map's next member, whose value must be read or skipped then; nil at the map's end.
    public mutating func nextName(_ members: inout CBORSequence) throws(CBORError) -> CBORString? {
        guard try nextElement(&members) else { return nil }
        if let name = readShortText() { return name }
        let start = position
        guard case .text(let name) = try readItem() else { throw CBORError(.nameNotText, at: start) }
        return name
    }

    /// Takes whatever value comes next, and checks it on the way.
    public mutating func skipValue() throws(CBORError) { try skip(try readItem()) }

    /// Takes what is left of an item that was read: the elements of an array, the members of a map.
    public mutating func skip(_ item: CBORItem) throws(CBORError) {
        switch item {
        case .array(var elements): while try nextElement(&elements) { try skipValue() }
        case .map(var members): while try nextName(&members) != nil { try skipValue() }
        default: break
        }
    }

    /// Checks that nothing follows.
    public mutating func finish() throws(CBORError) {
        guard position == count else { throw CBORError(.trailingBytes, at: position) }
    }

    // MARK: Heads

    static let breakByte: UInt8 = 0xFF

    /// The first byte of an item, and the argument with it: nil when its length is indefinite.
    struct Head {
        let type: CBORMajorType
        /// The five bits beside the type.
        let information: UInt8
        let argument: UInt64?
    }

    mutating func readHead() throws(CBORError) -> Head {
        guard position < count else { throw CBORError(.unexpectedEnd, at: position) }
        guard takeItem() else { throw CBORError(.tooManyValues, at: position) }
        let first = bytes[position]
        let information = first & 0x1F
        // Three bits have eight values, and each has a type.
        guard let type = CBORMajorType(rawValue: first >> 5) else { throw CBORError(.malformedHead, at: position) }
        switch information {
        case 0..<24:
            position += 1
            return Head(type: type, information: information, argument: UInt64(information))
        case 24...27:
            let width = 1 << Int(information - 24)
            guard count - position > width else { throw CBORError(.unexpectedEnd, at: count) }
            var argument: UInt64 = 0
            for index in position + 1...position + width { argument = argument << 8 | UInt64(bytes[index]) }
            position += 1 + width
            return Head(type: type, information: information, argument: argument)
        case 31:
            position += 1
            return Head(type: type, information: information, argument: nil)
        default: throw CBORError(.malformedHead, at: position)
        }
    }

    /// Counts a data item; false when it is one too many.
    mutating func takeItem() -> Bool {
        guard remainingItems > 0 else { return false }
        remainingItems -= 1
        return true
    }

    private func definite(_ head: Head, _ start: Int) throws(CBORError) -> UInt64 {
        guard let argument = head.argument else { throw CBORError(.malformedHead, at: start) }
        return argument
    }

    private mutating func beginSequence(
        _ head: Head,
        _ start: Int,
        bytesOfElement: Int
    ) throws(CBORError) -> CBORSequence {
        guard depth < maximumDepth else { throw CBORError(.tooDeep, at: start) }
        depth += 1
        guard let argument = head.argument else { return CBORSequence(remaining: nil) }
        guard argument <= UInt64((count - position) / bytesOfElement) else {
            throw CBORError(.unexpectedEnd, at: count)
        }
        return CBORSequence(remaining: Int(argument))
    }

    // MARK: Numbers and simple values

    private static func integer(_ argument: UInt64, isNegative: Bool, isTime: Bool) -> CBORItem {
        guard let magnitude = Int64(exactly: argument) else {
            return .double(isNegative ? -1 - Double(argument) : Double(argument))
        }
        // -1 - n has no overflow: it is the complement of n.
        let integer = isNegative ? ~magnitude : magnitude
        return isTime ? .time(milliseconds: integer) : .integer(integer)
    }

    private func simple(_ head: Head, _ start: Int, isTime: Bool) throws(CBORError) -> CBORItem {
        guard let argument = head.argument else { throw CBORError(.unexpectedBreak, at: start) }
        switch head.information {
        case 20: return .bool(false)
        case 21: return .bool(true)
        case 22, 23: return .null
        case 24:
            // Below 32 the short form is the only one.
            throw CBORError(argument < 32 ? .malformedHead : .unknownSimpleValue, at: start)
        case 25: return Self.double(Self.half(UInt16(truncatingIfNeeded: argument)), isTime)
        case 26: return Self.double(Double(Float(bitPattern: UInt32(truncatingIfNeeded: argument))), isTime)
        case 27: return Self.double(Double(bitPattern: argument), isTime)
        default: throw CBORError(.unknownSimpleValue, at: start)
        }
    }

    private static func double(_ double: Double, _ isTime: Bool) -> CBORItem {
        guard isTime, let milliseconds = Int64(exactly: double.rounded()) else { return .double(double) }
        return .time(milliseconds: milliseconds)
    }

    /// A number of half precision (binary16 of IEEE 754). `Float16` is not there on every processor.
    private static func half(_ bits: UInt16) -> Double {
        let exponent = Int(bits >> 10 & 0x1F)
        let fraction = Double(bits & 0x3FF)
        let magnitude: Double =
            switch exponent {
            case 0: fraction * 0x1p-24
            case 31: fraction == 0 ? .infinity : .nan
            default: (fraction + 1024) * Double(sign: .plus, exponent: exponent - 25, significand: 1)
            }
        return bits >> 15 == 0 ? magnitude : -magnitude
    }
}
