/// The parts of an HTTP request that a signature covers.
public struct SignableRequest: Sendable {
    /// The method, upper-case.
    public var method: String
    /// The path as on the wire, without the query; empty stands for `/`.
    public var path: String
    /// The query as on the wire, without the question mark.
    public var query: String
    /// The headers that are signed, in any order and case. `host` must be among them.
    public var headers: [(name: String, value: String)]
    /// The hash of the body.
    public var payloadHash: PayloadHash

    /// A request from its parts.
    public init(
        method: String,
        path: String = "/",
        query: String = "",
        headers: [(name: String, value: String)],
        payloadHash: PayloadHash
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.payloadHash = payloadHash
    }
}
