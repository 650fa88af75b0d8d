/// When a record becomes a dead letter.
public struct DeadLetterConfigurationShape: Codable, Hashable, Sendable {
    /// `BUILT_IN`, or `NONE` where none does.
    public var targetType: String?
    /// With `BUILT_IN`: so often a record is received before, 1 to 1,000.
    public var maxReceiveCount: Int?

    /// A value from its members.
    public init(targetType: String? = nil, maxReceiveCount: Int? = nil) {
        self.targetType = targetType
        self.maxReceiveCount = maxReceiveCount
    }

    enum CodingKeys: String, CodingKey {
        case targetType = "TargetType"
        case maxReceiveCount = "MaxReceiveCount"
    }
}
