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
    mutating func string(_ name: StaticString, utf8 value: UnsafeRawBufferPointer, to body: inout ReservedBytes)
    mutating func blob(_ name: StaticString, _ value: UnsafeRawBufferPointer, to body: inout ReservedBytes)

    /// Writes a list of so many structures: `write` adds the members of each.
    mutating func structures(
        _ name: StaticString,
        count: Int,
        to body: inout ReservedBytes,
        _ write: (Int, inout Self, inout ReservedBytes) -> Void
    )

    /// Writes a member of any type through its `Codable` form.
    mutating func member(_ name: StaticString, _ value: (some Encodable)?, to body: inout ReservedBytes)

    /// Ends the structure.
    func end(to body: inout ReservedBytes)
}

extension MessageWriter {
    mutating func blob(_ name: StaticString, _ value: ByteBuffer?, to body: inout ReservedBytes) {
        guard let value else { return }
        value.withUnsafeReadableBytes { blob(name, $0, to: &body) }
    }

    /// Writes a list of structures: `write` adds the members of each.
    mutating func structures<Element>(
        _ name: StaticString,
        _ elements: [Element],
        to body: inout ReservedBytes,
        _ write: (borrowing Element, inout Self, inout ReservedBytes) -> Void
    ) {
        let elements = elements.span
        structures(name, count: elements.count, to: &body) { write(elements[$0], &$1, &$2) }
    }
}
