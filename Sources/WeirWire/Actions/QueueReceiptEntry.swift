/// An entry of a call about records that were received.
public struct QueueReceiptEntry: Codable, Hashable, Sendable {
    /// The receipt handle of the delivery.
    public var receiptHandle: String?

    /// A value from its members.
    public init(receiptHandle: String? = nil) {
        self.receiptHandle = receiptHandle
    }

    enum CodingKeys: String, CodingKey {
        case receiptHandle = "ReceiptHandle"
    }
}
