import NIOCore
import WeirModel

/// Where ListStreamConsumers goes on.
struct ListStreamConsumersToken {
    /// The stream. One that was deleted and made again has another ID.
    let streamID: Int64
    /// The last consumer given.
    let lastName: String
    /// When the token was made, in milliseconds since 1970.
    let issuedAt: Int64

    private static let purpose: StaticString = "list-stream-consumers"

    init(streamID: Int64, lastName: String, issuedAt: Int64) {
        self.streamID = streamID
        self.lastName = lastName
        self.issuedAt = issuedAt
    }

    init(_ token: String, sealer: TokenSealer, now: Int64) throws(ServiceError) {
        var page = try PaginationToken(token, sealer: sealer, purpose: Self.purpose, now: now)
        guard let streamID = page.content.readInteger(as: Int64.self) else { throw PaginationToken.invalid }
        self.init(streamID: streamID, lastName: String(buffer: page.content), issuedAt: page.issuedAt)
    }

    func sealed(by sealer: TokenSealer) throws(ServiceError) -> String {
        var content = ByteBuffer()
        content.writeInteger(streamID)
        content.writeString(lastName)
        return try PaginationToken(issuedAt: issuedAt, content: content).sealed(by: sealer, purpose: Self.purpose)
    }
}
