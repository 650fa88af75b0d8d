/// How a queue delivers.
public struct QueueAttributesShape: Codable, Hashable, Sendable {
    /// Seconds for which a record that was received is not visible: 0 to 43,200.
    public var visibilityTimeoutSeconds: Int?
    /// When a record becomes a dead letter.
    public var deadLetterConfiguration: DeadLetterConfigurationShape?

    /// A value from its members.
    public init(
        visibilityTimeoutSeconds: Int? = nil,
        deadLetterConfiguration: DeadLetterConfigurationShape? = nil
    ) {
        self.visibilityTimeoutSeconds = visibilityTimeoutSeconds
        self.deadLetterConfiguration = deadLetterConfiguration
    }

    enum CodingKeys: String, CodingKey {
        case visibilityTimeoutSeconds = "VisibilityTimeoutSeconds"
        case deadLetterConfiguration = "DeadLetterConfiguration"
    }
}
