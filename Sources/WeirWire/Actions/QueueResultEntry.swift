/// An entry for which a call did what it was asked to.
public struct QueueResultEntry: Codable, Hashable, Sendable {
    /// The receipt handle.
    public var receiptHandle: String

    /// A value from its members.
    public init(receiptHandle: String) {
        self.receiptHandle = receiptHandle
    }

    enum CodingKeys: String, CodingKey {
        case receiptHandle = "ReceiptHandle"
    }
}
