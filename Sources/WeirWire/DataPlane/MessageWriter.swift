import NIOCore
import WeirBytes
import WeirModel

/// Writes the members of a structure one after the other, for the messages of the data plane. A member that is nil is left
/// out.
protocol MessageWriter {
    /// A structure without members. Nothing is written before the first member or the end.
    init()

    /// Bytes of a blob of so many bytes, without what marks its begin and end.
    static func encodedCount(_ blobCount: Int) -> Int

    mutating func string(_ name: StaticString, _ value: String?, to body: inout ReservedBytes)
    mutating func text(_ name: StaticString, _ value: MemberText?, to body: inout ReservedBytes)
    mutating func integer(_ name: StaticString, _ value: Int?, to body: inout ReservedBytes)
    mutating func timestamp(_ name: StaticString, _ value: Timestamp?, to body: inout ReservedBytes)
    mutating func blob(_ name: StaticString, _ value: ByteBuffer?, to body: inout ReservedBytes)

    /// Writes a list of structures: `write` adds the members of each.
    mutating func structures<Element>(
        _ name: StaticString,
        _ elements: [Element],
        to body: inout ReservedBytes,
        _ write: (borrowing Element, inout Self, inout ReservedBytes) -> Void
    )

    /// Writes a member of any type through its `Codable` form.
    mutating func member(_ name: StaticString, _ value: (some Encodable)?, to body: inout ReservedBytes)

    /// Ends the structure.
    func end(to body: inout ReservedBytes)
}
