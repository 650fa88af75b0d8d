import NIOHTTP1
import WeirModel
import WeirWire

/// The body of an answer that reports an error.
private struct ErrorAnswerBody: WireMessage, Codable {
    var type: String?
    var message: String?
    var capitalizedMessage: String?

    enum CodingKeys: String, CodingKey {
        case type = "__type"
        case message
        case capitalizedMessage = "Message"
    }
}

extension ServiceError {
    /// The error that an answer with another status than 200 reports: by its body's `__type`, else by the header
    /// `x-amzn-errortype`, else by its status. The message ends with the request ID, when the service gave one.
    init(_ answer: HTTPAnswer) {
        // A body that is not the protocol's (of a proxy, or empty) says no more than the status.
        let body = try? ErrorAnswerBody(wire: answer.body, format: .json)
        let type = (body?.type ?? answer.headers.first(name: "x-amzn-errortype")).flatMap(Self.bareCode)
        let code = Self.code(type, status: answer.status)
        var message = body?.message ?? body?.capitalizedMessage ?? ""
        if message.isEmpty { message = "The service answered with HTTP status \(answer.status)." }
        if let type, type != code.rawValue { message = "\(type): \(message)" }
        if let id = answer.headers.first(name: "x-amzn-requestid") { message += " (request ID \(id))" }
        self.init(code, message)
    }

    /// The code without the namespace before `#` and the address after `:`.
    private static func bareCode(_ type: String) -> String? {
        let code = type.split(separator: "#").last?.split(separator: ":").first.map(String.init)
        return code?.isEmpty == false ? code : nil
    }

    /// One code for what services call by several names, so that callers need to know one.
    private static func code(_ type: String?, status: Int) -> Code {
        switch type {
        case "InternalServerError"?, "InternalFailureException"?, "InternalServiceException"?, "InternalError"?:
            return .internalFailure
        case "ServiceUnavailableException"?:
            return .serviceUnavailable
        case "Throttling"?, "ThrottledException"?, "TooManyRequestsException"?, "RequestLimitExceeded"?,
            "RequestThrottled"?, "RequestThrottledException"?, "KMSThrottlingException"?, "SlowDown"?:
            return .throttling
        default:
            break
        }
        let code = type.map(Code.init(rawValue:))
        switch status {
        case 500: return .internalFailure
        case 501...599: return code == .internalFailure ? .internalFailure : .serviceUnavailable
        case 429: return code ?? .throttling
        case 408: return code ?? .timeout
        case 401, 403: return code ?? .accessDenied
        default: return code ?? .malformedResponse
        }
    }
}
