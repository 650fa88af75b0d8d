import NIOCore
import WeirBytes
import WeirModel

/// Reads a message of the data plane straight from the bytes of a format. Conversions and errors are those of
/// ``WireDecoder``; a member that is null is read as nil.
protocol MessageScanner: ~Copyable {
    /// The name of a member, not yet a string.
    associatedtype MemberName

    /// Whether the name is `other`.
    func matches(_ name: MemberName, _ other: StaticString) -> Bool

    /// Reads a structure member by member.
    ///
    /// - Parameter member: reads the value of a member that it knows and returns true, or returns false for one that it
    ///   does not know; then the value is skipped.
    /// - Returns: false when it is null.
    @discardableResult
    mutating func readStructure(
        _ member: (inout Self, MemberName) throws(ServiceError) -> Bool
    ) throws(ServiceError) -> Bool

    /// Reads a list element by element.
    ///
    /// - Parameter element: reads the element of that index.
    /// - Returns: false when it is null.
    mutating func readList(_ element: (inout Self, Int) throws(ServiceError) -> Void) throws(ServiceError) -> Bool

    /// Reads text.
    mutating func readStringMember() throws(ServiceError) -> String?

    /// Reads text as ``readStringMember()`` does, and gives the place of its UTF-8.
    mutating func readTextMember(_ scratch: inout BlobScratch) throws(ServiceError) -> BlobScratch.Place?

    /// Reads a whole number.
    mutating func readIntegerMember() throws(ServiceError) -> Int?

    /// Reads a point in time.
    mutating func readTimestampMember() throws(ServiceError) -> Timestamp?

    /// Reads a blob, and gives its place.
    mutating func readBlobMember(_ scratch: inout BlobScratch) throws(ServiceError) -> BlobScratch.Place?

    /// Reads a member of any type through its `Codable` form.
    mutating func readMember<T: Decodable>(_ type: T.Type) throws(ServiceError) -> T?
}
