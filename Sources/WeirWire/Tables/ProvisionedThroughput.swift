/// Capacity; stored only.
public struct ProvisionedThroughput: Codable, Hashable, Sendable {
    /// Reads a second.
    public var readCapacityUnits: Int?
    /// Writes a second.
    public var writeCapacityUnits: Int?
    /// Always 0, in answers.
    public var numberOfDecreasesToday: Int?

    /// A value from its members.
    public init(readCapacityUnits: Int? = nil, writeCapacityUnits: Int? = nil, numberOfDecreasesToday: Int? = nil) {
        self.readCapacityUnits = readCapacityUnits
        self.writeCapacityUnits = writeCapacityUnits
        self.numberOfDecreasesToday = numberOfDecreasesToday
    }

    enum CodingKeys: String, CodingKey {
        case readCapacityUnits = "ReadCapacityUnits"
        case writeCapacityUnits = "WriteCapacityUnits"
        case numberOfDecreasesToday = "NumberOfDecreasesToday"
    }
}
