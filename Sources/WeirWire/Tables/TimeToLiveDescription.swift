/// Whether items expire, and by which attribute.
public struct TimeToLiveDescription: Codable, Hashable, Sendable {
    /// `ENABLED` or `DISABLED`.
    public var timeToLiveStatus: String
    /// Says when an item expires, in seconds since 1970.
    public var attributeName: String?

    /// A value from its members.
    public init(timeToLiveStatus: String, attributeName: String? = nil) {
        self.timeToLiveStatus = timeToLiveStatus
        self.attributeName = attributeName
    }

    enum CodingKeys: String, CodingKey {
        case timeToLiveStatus = "TimeToLiveStatus"
        case attributeName = "AttributeName"
    }
}
