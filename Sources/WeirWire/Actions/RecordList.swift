import WeirModel

/// The records of an answer, in order: as a client has read them, or on a server as a shard gave them. A server that answers
/// with thousands makes no value for each.
public struct RecordList: Sendable {
    enum Content: Sendable {
        case records([Record])
        case stored(StoredRecords)
    }

    let content: Content

    /// Records.
    public init(_ records: [Record]) { content = .records(records) }

    /// Records as a shard gave them.
    public init(_ records: StoredRecords) { content = .stored(records) }
}

extension RecordList: RandomAccessCollection {
    public var startIndex: Int { 0 }

    public var endIndex: Int {
        switch content {
        case .records(let records): records.count
        case .stored(let records): records.count
        }
    }

    public subscript(position: Int) -> Record {
        switch content {
        case .records(let records): records[position]
        case .stored(let records): Record(records[position])
        }
    }
}

extension RecordList: ExpressibleByArrayLiteral {
    public init(arrayLiteral records: Record...) { self.init(records) }
}

extension RecordList: Hashable {
    public static func == (left: RecordList, right: RecordList) -> Bool { left.elementsEqual(right) }

    public func hash(into hasher: inout Hasher) { for record in self { hasher.combine(record) } }
}

extension RecordList: Codable {
    public init(from decoder: any Decoder) throws { self.init(try [Record](from: decoder)) }

    public func encode(to encoder: any Encoder) throws { try Array(self).encode(to: encoder) }
}
