/// The content types of the JSON protocols.
enum WireContentType: String {
    case json10 = "application/x-amz-json-1.0"
    case json11 = "application/x-amz-json-1.1"

    /// Reads a `Content-Type` header, of which parameters do not matter; nil when it is another.
    init?(header: String?) {
        guard let header else { return nil }
        if let exact = Self(rawValue: header) {
            self = exact
            return
        }
        let type = header.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
        self.init(rawValue: type)
    }
}
