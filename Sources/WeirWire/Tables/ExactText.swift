/// A text that equals another one only when their UTF-8 bytes are the same, and is ordered by them, as in DynamoDB.
///
/// Swift's `String` holds texts for equal that look the same: `é` in one code point and in two. To DynamoDB they differ.
public struct ExactText: Hashable, Comparable, Sendable, ExpressibleByStringLiteral {
    /// The text.
    public var text: String

    /// A text.
    public init(_ text: String) { self.text = text }

    public init(stringLiteral text: String) { self.text = text }

    public static func == (left: Self, right: Self) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

    public static func < (left: Self, right: Self) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    // Texts with the same bytes have the same hash as Swift's texts, too.
    public func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
