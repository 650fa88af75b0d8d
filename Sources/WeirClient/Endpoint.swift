import WeirModel
import WeirWire

/// Where a service is reached: `http` or `https`, a host, a port and a path.
public struct Endpoint: Hashable, Sendable, CustomStringConvertible {
    /// Whether the connection is encrypted.
    public enum Scheme: String, Sendable {
        /// Plain text.
        case http
        /// TLS.
        case https

        var defaultPort: Int { self == .http ? 80 : 443 }
    }

    /// Whether the connection is encrypted.
    public let scheme: Scheme
    /// A host name or an address; an IPv6 address without its brackets.
    public let host: String
    /// The port.
    public let port: Int
    /// What the path of each request begins with; `/` when the URL has none.
    public let path: String

    /// An endpoint from a URL such as `http://127.0.0.1:4567`. Throws `configuration` when the text is not one, or has
    /// a user, a query or a fragment.
    public init(_ url: String) throws(ServiceError) {
        func refusal(_ reason: String) -> ServiceError {
            ServiceError(.configuration, "The endpoint '\(url)' cannot be used: \(reason)")
        }
        guard let colon = url.utf8.firstIndex(of: UInt8(ascii: ":")), url[colon...].hasPrefix("://"),
            let scheme = Scheme(rawValue: url[..<colon].lowercased())
        else { throw refusal("it must begin with http:// or https://") }
        let rest = url[colon...].dropFirst(3)
        guard rest.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") })
        else { throw refusal("it may hold no query, fragment, space or character outside ASCII") }
        let slash = rest.utf8.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
        let authority = rest[..<slash]
        guard !authority.utf8.contains(UInt8(ascii: "@")) else { throw refusal("it may hold no user or password") }
        guard let (host, portText) = Self.split(authority), !host.isEmpty else { throw refusal("it has no host") }
        var port = scheme.defaultPort
        if let portText {
            guard portText.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let number = Int(portText), number > 0,
                number <= 65_535
            else { throw refusal("its port is not a number from 1 to 65535") }
            port = number
        }
        self.scheme = scheme
        self.host = host
        self.port = port
        path = slash == rest.endIndex ? "/" : String(rest[slash...])
    }

    /// The public endpoint of a service of AWS. Throws `configuration` when the region cannot be one.
    public static func aws(_ service: WireService, region: String) throws(ServiceError) -> Endpoint {
        try aws(endpointPrefix: service.endpointPrefix, region: region)
    }

    /// The same of a service by what it is called in host names.
    static func aws(endpointPrefix: String, region: String) throws(ServiceError) -> Endpoint {
        let domain = region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
        return try Endpoint("https://\(endpointPrefix).\(try validated(region: region)).\(domain)")
    }

    /// The region itself. Throws `configuration` when it is not 1 to 63 lower-case letters, digits and hyphens.
    static func validated(region: String) throws(ServiceError) -> String {
        guard RegionName.isValid(region) else {
            throw ServiceError(.configuration, "'\(region)' is not the name of a region.")
        }
        return region
    }

    /// Whether the host is one of Amazon's.
    public var isAWS: Bool { host.hasSuffix(".amazonaws.com") || host.hasSuffix(".amazonaws.com.cn") }

    /// The value of the `host` header: with the port, unless it is the scheme's own.
    public var hostHeader: String {
        let host = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
        return port == scheme.defaultPort ? host : "\(host):\(port)"
    }

    /// The URL.
    public var description: String { "\(scheme.rawValue)://\(hostHeader)\(path)" }

    /// Host and port of an authority; nil when the brackets of an address do not fit.
    private static func split(_ authority: Substring) -> (host: String, port: Substring?)? {
        if authority.hasPrefix("[") {
            guard let end = authority.utf8.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            let host = String(authority[..<end].dropFirst())
            let rest = authority[end...].dropFirst()
            if rest.isEmpty { return (host, nil) }
            return rest.hasPrefix(":") ? (host, rest.dropFirst()) : nil
        }
        let parts = authority.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        return (String(parts[0]), parts.count > 1 ? parts[1] : nil)
    }
}

extension WireService {
    /// The media type of the service's bodies.
    package var contentType: String {
        switch self {
        case .kinesis: "application/x-amz-json-1.1"
        case .dynamoDB: "application/x-amz-json-1.0"
        }
    }
}
