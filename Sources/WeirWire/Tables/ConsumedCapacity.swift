/// What a call would cost at AWS. It costs nothing here.
public struct ConsumedCapacity: Codable, Hashable, Sendable {
    /// The table.
    public var tableName: String
    /// Units in all.
    public var capacityUnits: Double
    /// Those of the table alone, where `INDEXES` asked for them.
    public var table: Capacity?

    /// A value from its members.
    public init(tableName: String, capacityUnits: Double, table: Capacity? = nil) {
        self.tableName = tableName
        self.capacityUnits = capacityUnits
        self.table = table
    }

    enum CodingKeys: String, CodingKey {
        case tableName = "TableName"
        case capacityUnits = "CapacityUnits"
        case table = "Table"
    }
}
