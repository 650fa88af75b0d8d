/// A change of an item without a condition.
public struct WriteRequest: Codable, Hashable, Sendable {
    /// An item to put.
    public var putRequest: PutRequest?
    /// An item to delete.
    public var deleteRequest: DeleteRequest?

    /// A value from its members.
    public init(putRequest: PutRequest? = nil, deleteRequest: DeleteRequest? = nil) {
        self.putRequest = putRequest
        self.deleteRequest = deleteRequest
    }

    enum CodingKeys: String, CodingKey {
        case putRequest = "PutRequest"
        case deleteRequest = "DeleteRequest"
    }
}
