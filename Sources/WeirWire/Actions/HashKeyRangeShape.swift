/// A range of hash keys in decimal, inclusive at both ends.
public struct HashKeyRangeShape: Codable, Hashable, Sendable {
    /// The first.
    public var startingHashKey: String
    /// The last.
    public var endingHashKey: String

    /// A value from its members.
    public init(startingHashKey: String, endingHashKey: String) {
        self.startingHashKey = startingHashKey
        self.endingHashKey = endingHashKey
    }

    enum CodingKeys: String, CodingKey {
        case startingHashKey = "StartingHashKey"
        case endingHashKey = "EndingHashKey"
    }
}
