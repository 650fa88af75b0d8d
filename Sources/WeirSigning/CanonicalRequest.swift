import Crypto

/// A request in the one form that signer and verifier both hash.
///
/// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
package struct CanonicalRequest: Sendable {
    /// The form.
    package let text: String
    /// The names of the signed headers, ascending, with semicolons between.
    package let signedHeaders: String

    /// The canonical form of a request; every header of it is signed.
    package init(_ request: SignableRequest) {
        let headers = Self.headers(request.headers)
        signedHeaders = headers.map(\.name).joined(separator: ";")
        var text = request.method
        text += "\n"
        text += Self.path(request.path)
        text += "\n"
        text += Self.query(request.query)
        text += "\n"
        for header in headers {
            text += header.name
            text += ":"
            text += header.value
            text += "\n"
        }
        text += "\n"
        text += signedHeaders
        text += "\n"
        text += request.payloadHash.text
        self.text = text
    }

    /// What the signing key signs.
    package func stringToSign(scope: CredentialScope, time: SigningTime) -> String {
        let hash = hexadecimal(SHA256.hash(data: Array(text.utf8)))
        return "AWS4-HMAC-SHA256\n\(time.dateTime)\n\(scope)\n\(hash)"
    }

    /// The path without empty and dot segments, each segment encoded once more than on the wire.
    static func path(_ path: String) -> String {
        if path.isEmpty || path == "/" { return "/" }
        var segments: [Substring] = []
        for segment in path.split(separator: "/") {
            switch segment {
            case ".": continue
            case "..": _ = segments.popLast()
            default: segments.append(segment)
            }
        }
        let isFolder = path.hasSuffix("/") || path.hasSuffix("/.") || path.hasSuffix("/..")
        let normalized = "/" + segments.joined(separator: "/") + (isFolder && !segments.isEmpty ? "/" : "")
        return URIEncoding.encode(normalized.utf8, keepingSlash: true)
    }

    /// The parameters encoded and sorted by name, then by value.
    static func query(_ query: String) -> String {
        if query.isEmpty { return "" }
        let parameters = query.split(separator: "&").map { parameter in
            let parts = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = URIEncoding.encode(URIEncoding.decode(parts[0]))
            return (name: name, value: parts.count > 1 ? URIEncoding.encode(URIEncoding.decode(parts[1])) : "")
        }
        return
            parameters
            .sorted { ($0.name, $0.value) < ($1.name, $1.value) }
            .map { "\($0.name)=\($0.value)" }
            .joined(separator: "&")
    }

    /// Names in lower case, ascending; values without spaces at the ends and in rows; one line a name.
    private static func headers(_ headers: [(name: String, value: String)]) -> [(name: String, value: String)] {
        var merged: [(name: String, value: String)] = []
        // The position breaks ties: values of one name keep the order they were sent in.
        let sorted = headers.enumerated()
            .map { (name: $0.element.name.lowercased(), position: $0.offset, value: trimmed($0.element.value)) }
            .sorted { ($0.name, $0.position) < ($1.name, $1.position) }
        for header in sorted {
            if let last = merged.indices.last, merged[last].name == header.name {
                merged[last].value += "," + header.value
            } else {
                merged.append((header.name, header.value))
            }
        }
        return merged
    }

    private static func trimmed(_ value: String) -> String {
        value.utf8.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            .map { String(Substring($0)) }
            .joined(separator: " ")
    }
}
