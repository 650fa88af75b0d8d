/// A request as it came in, whose signature is to be verified: nothing decoded, nothing left out.
public struct ReceivedRequest: Sendable {
    /// The method, upper-case.
    public var method: String
    /// The path as on the wire, without the query.
    public var path: String
    /// The query as on the wire, without the question mark.
    public var query: String
    /// All headers, in their order.
    public var headers: [(name: String, value: String)]

    /// A request from its parts.
    public init(method: String, path: String, query: String, headers: [(name: String, value: String)]) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
    }

    /// The value of the first header of that lower-case name.
    func header(_ name: String) -> String? {
        headers.first { $0.name.utf8.count == name.utf8.count && $0.name.lowercased() == name }?.value
    }

    /// The parameters of the query, decoded, in their order. One without `=` has an empty value.
    func parameters() -> [(name: String, value: String)] {
        query.split(separator: "&").map { parameter in
            let parts = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (Self.decoded(parts[0]), parts.count > 1 ? Self.decoded(parts[1]) : "")
        }
    }

    private static func decoded(_ text: Substring) -> String {
        String(decoding: URIEncoding.decode(text), as: UTF8.self)
    }
}
