/// An entry for which a call failed.
public struct QueueErrorEntry: Codable, Hashable, Sendable {
    /// The receipt handle.
    public var receiptHandle: String
    /// What went wrong.
    public var errorCode: String
    /// For people.
    public var errorMessage: String?

    /// A value from its members.
    public init(receiptHandle: String, errorCode: String, errorMessage: String? = nil) {
        self.receiptHandle = receiptHandle
        self.errorCode = errorCode
        self.errorMessage = errorMessage
    }

    enum CodingKeys: String, CodingKey {
        case receiptHandle = "ReceiptHandle"
        case errorCode = "ErrorCode"
        case errorMessage = "ErrorMessage"
    }
}
