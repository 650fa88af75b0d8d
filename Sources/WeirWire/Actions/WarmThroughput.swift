/// The throughput that an on-demand stream is kept ready for.
public struct WarmThroughput: Codable, Hashable, Sendable {
    /// MiB a second that were asked for.
    public var targetMiBps: Int?
    /// MiB a second that it can take now.
    public var currentMiBps: Int?

    /// A value from its members.
    public init(targetMiBps: Int? = nil, currentMiBps: Int? = nil) {
        self.targetMiBps = targetMiBps
        self.currentMiBps = currentMiBps
    }

    enum CodingKeys: String, CodingKey {
        case targetMiBps = "TargetMiBps"
        case currentMiBps = "CurrentMiBps"
    }
}
