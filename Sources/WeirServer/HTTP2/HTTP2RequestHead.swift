import NIOHPACK

/// What the server looks at in the head of an HTTP/2 request.
struct HTTP2RequestHead: Hashable, Sendable {
    /// The method.
    var method = ""
    /// The path, with the query if there is one.
    var path = ""
    /// `Content-Length`.
    var declaredBodyBytes: Int?
    /// Whether the client waits for leave to send the body.
    var expectsContinue = false
    /// Headers, without those of the protocol.
    var headerCount = 0
    /// Bytes of all names and values.
    var size = 0

    /// A head of the given measures.
    init(headerCount: Int = 0, size: Int = 0, declaredBodyBytes: Int? = nil, expectsContinue: Bool = false) {
        self.headerCount = headerCount
        self.size = size
        self.declaredBodyBytes = declaredBodyBytes
        self.expectsContinue = expectsContinue
    }

    /// Reads a head.
    init(_ headers: HPACKHeaders) {
        for (name, value, _) in headers {
            size += name.utf8.count + value.utf8.count
            if !name.hasPrefix(":") { headerCount += 1 }
            switch name {
            case ":method": method = value
            case ":path": path = value
            case "content-length": declaredBodyBytes = Int(value)
            case "expect": expectsContinue = value.lowercased() == "100-continue"
            default: break
            }
        }
    }
}
