import NIOHPACK
import NIOHTTP1

/// The headers of a request, as the protocol version that brought them holds them.
enum RequestHeaders: Sendable {
    case http1(HTTPHeaders)
    case http2(HPACKHeaders)

    /// The first value of a header; upper and lower case of its name are the same.
    func first(name: String) -> String? {
        switch self {
        case .http1(let headers): headers.first(name: name)
        case .http2(let headers): headers.first(name: name)
        }
    }

    /// All values of a header, in their order.
    subscript(name: String) -> [String] {
        switch self {
        case .http1(let headers): headers[name]
        case .http2(let headers): headers[name]
        }
    }

    /// What `transform` makes of each header, in their order. HTTP/2's `:authority` is given as `host` unless there is one.
    func map<Result>(_ transform: ((name: String, value: String)) -> Result) -> [Result] {
        switch self {
        case .http1(let headers): return headers.map(transform)
        case .http2(let headers):
            let hasHost = headers.contains(name: "host")
            return headers.compactMap { name, value, _ in
                if name == ":authority" { return hasHost ? nil : transform((name: "host", value: value)) }
                return name.hasPrefix(":") ? nil : transform((name: name, value: value))
            }
        }
    }
}

extension RequestHeaders: ExpressibleByDictionaryLiteral {
    init(dictionaryLiteral elements: (String, String)...) {
        self = .http1(HTTPHeaders(elements))
    }
}
