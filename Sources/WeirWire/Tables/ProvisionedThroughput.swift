/// Capacity as asked for; stored only.
public struct ProvisionedThroughput: Codable, Hashable, Sendable {
    /// Reads a second.
    public var readCapacityUnits: Int?
    /// Writes a second.
    public var writeCapacityUnits: Int?

    /// A value from its members.
    public init(readCapacityUnits: Int? = nil, writeCapacityUnits: Int? = nil) {
        self.readCapacityUnits = readCapacityUnits
        self.writeCapacityUnits = writeCapacityUnits
    }

    enum CodingKeys: String, CodingKey {
        case readCapacityUnits = "ReadCapacityUnits"
        case writeCapacityUnits = "WriteCapacityUnits"
    }
}
