/// An entry of a call that lets records become visible at another time.
public struct QueueVisibilityEntry: Codable, Hashable, Sendable {
    /// The receipt handle of the delivery.
    public var receiptHandle: String?
    /// Seconds from now until the record is visible: 0 to 43,200.
    public var visibilityTimeoutSeconds: Int?

    /// A value from its members.
    public init(receiptHandle: String? = nil, visibilityTimeoutSeconds: Int? = nil) {
        self.receiptHandle = receiptHandle
        self.visibilityTimeoutSeconds = visibilityTimeoutSeconds
    }

    enum CodingKeys: String, CodingKey {
        case receiptHandle = "ReceiptHandle"
        case visibilityTimeoutSeconds = "VisibilityTimeoutSeconds"
    }
}
