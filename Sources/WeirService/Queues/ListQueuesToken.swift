import NIOCore
import WeirModel

/// Where ListQueues goes on.
struct ListQueuesToken {
    /// The last queue given.
    let lastName: String
    /// When the token was made, in milliseconds since 1970.
    let issuedAt: Int64

    private static let purpose: StaticString = "list-queues"

    init(lastName: String, issuedAt: Int64) {
        self.lastName = lastName
        self.issuedAt = issuedAt
    }

    init(_ token: String, sealer: TokenSealer, now: Int64) throws(ServiceError) {
        let page = try PaginationToken(token, sealer: sealer, purpose: Self.purpose, now: now)
        self.init(lastName: String(buffer: page.content), issuedAt: page.issuedAt)
    }

    func sealed(by sealer: TokenSealer) throws(ServiceError) -> String {
        try PaginationToken(issuedAt: issuedAt, content: ByteBuffer(string: lastName))
            .sealed(by: sealer, purpose: Self.purpose)
    }
}
