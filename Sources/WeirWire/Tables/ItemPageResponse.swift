/// The output of Query and Scan: items, page by page.
public struct ItemPageResponse: WireMessage, Codable {
    /// The items; none where only their count was asked for.
    public var items: [Item]?
    /// How many passed the filter.
    public var count: Int
    /// How many were looked at.
    public var scannedCount: Int
    /// Where to go on, when there are more.
    public var lastEvaluatedKey: Item?
    /// What the call would cost.
    public var consumedCapacity: ConsumedCapacity?

    /// An output from its members.
    public init(
        items: [Item]? = nil,
        count: Int,
        scannedCount: Int,
        lastEvaluatedKey: Item? = nil,
        consumedCapacity: ConsumedCapacity? = nil
    ) {
        self.items = items
        self.count = count
        self.scannedCount = scannedCount
        self.lastEvaluatedKey = lastEvaluatedKey
        self.consumedCapacity = consumedCapacity
    }

    enum CodingKeys: String, CodingKey {
        case items = "Items"
        case count = "Count"
        case scannedCount = "ScannedCount"
        case lastEvaluatedKey = "LastEvaluatedKey"
        case consumedCapacity = "ConsumedCapacity"
    }
}
