/// Units of capacity.
public struct Capacity: Codable, Hashable, Sendable {
    /// Units.
    public var capacityUnits: Double

    /// A value from its members.
    public init(capacityUnits: Double) {
        self.capacityUnits = capacityUnits
    }

    enum CodingKeys: String, CodingKey {
        case capacityUnits = "CapacityUnits"
    }
}
