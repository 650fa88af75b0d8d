import WeirWire

/// A place between two changes of a table's items.
public struct TableCursor: Hashable, Sendable {
    /// The place as text, which is given to clients and comes back from them: at most
    /// `Limits.maximumTableCursorLength` characters. What it says is the store's own affair.
    public var text: String

    /// A cursor from its text. The text may be anything: a store answers a cursor that it does not know with
    /// ``TableChanges/scanAgain(next:)``.
    public init(_ text: String) { self.text = text }
}

/// What a read of the changes of a table gives.
public enum TableChanges: Hashable, Sendable {
    /// The changes after the cursor, oldest first, and the cursor behind the last of them. None where there are none yet.
    case changes([ChangedItem], next: TableCursor)
    /// The changes after the cursor are not kept, or there was no cursor. Whoever scans the table now, and then reads on
    /// from `next`, misses nothing.
    case scanAgain(next: TableCursor)
}
