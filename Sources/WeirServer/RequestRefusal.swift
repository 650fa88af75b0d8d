/// Why a request is refused before it reaches a service. The connection is closed after the answer.
enum RequestRefusal: Hashable, Sendable {
    /// The bytes are not HTTP.
    case malformed
    /// The first line and the headers are too large, or there are too many headers.
    case headTooLarge
    /// The body is too large.
    case bodyTooLarge(maximumBytes: Int)
    /// The client took too long.
    case timedOut
    /// The server holds so many bodies of requests that this one was not read in time.
    case overloaded

    /// The HTTP status.
    var status: Int {
        switch self {
        case .malformed: 400
        case .headTooLarge: 431
        case .bodyTooLarge: 413
        case .timedOut: 408
        case .overloaded: 503
        }
    }

    /// The error code.
    var code: String {
        switch self {
        case .malformed: "BadRequest"
        case .headTooLarge: "RequestHeaderFieldsTooLarge"
        case .bodyTooLarge: "RequestEntityTooLarge"
        case .timedOut: "RequestTimeout"
        case .overloaded: "ServiceUnavailable"
        }
    }

    /// The same for people.
    var message: String {
        switch self {
        case .malformed: "The request is not HTTP."
        case .headTooLarge: "The headers of the request are too large or too many."
        case .bodyTooLarge(let maximum): "The body of the request is larger than \(maximum) bytes."
        case .timedOut: "The request was not complete in time."
        case .overloaded: "The server holds too many request bodies; try again later."
        }
    }
}
