/// A data item of CBOR, as ``CBORScanner/readItem()`` gives it: a value whole, an array or a map by its head.
///
/// Source: RFC 8949, section 3.
public enum CBORItem: Sendable {
    /// A whole number within 64 bits.
    case integer(Int64)
    /// A floating-point number of any width, or a whole number beyond 64 bits.
    case double(Double)
    /// A number under tag 1, whole or floating-point, rounded: a time as AWS's CBOR carries it, in milliseconds and not in
    /// the seconds of the RFC.
    case time(milliseconds: Int64)
    /// A byte string.
    case bytes(CBORString)
    /// Text, of which the UTF-8 is checked.
    case text(CBORString)
    /// An array; its elements follow.
    case array(CBORSequence)
    /// A map; its members follow.
    case map(CBORSequence)
    /// False or true.
    case bool(Bool)
    /// `null` or `undefined`.
    case null
}

/// The content of a string: where it stands.
public struct CBORString: Sendable {
    /// The bytes of the content; with the heads of its parts between when it is chunked, and the break at the end.
    public let range: Range<Int>
    /// Whether it has an indefinite length, and so stands in parts.
    public let isChunked: Bool
}

/// The elements of an array, or the members of a map, that are still to come.
public struct CBORSequence: Sendable {
    /// How many are left; nil when a break ends them.
    var remaining: Int?
}
