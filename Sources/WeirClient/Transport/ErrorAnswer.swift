import NIOHTTP1
import WeirModel
import WeirWire

extension ServiceError {
    /// The error that an answer with another status than 200 reports. Its message ends with the request ID, when the
    /// service gave one.
    init(_ answer: HTTPAnswer) {
        let error = ErrorBody.read(
            answer.body,
            status: answer.status,
            errorTypeHeader: answer.headers.first(name: "x-amzn-errortype"),
            format: .json
        )
        let code = Self.commonCode(error.code, status: answer.status)
        var message = error.message
        if message.isEmpty { message = "The service answered with HTTP status \(answer.status)." }
        if error.code != code { message = "\(error.code): \(message)" }
        if let id = answer.headers.first(name: "x-amzn-requestid") { message += " (request ID \(id))" }
        self.init(code, message)
    }

    /// The error that a message in a stream of events reports. It has no status: the answer had begun.
    init(inStream error: ServiceError) {
        let code = Self.commonCode(error.code, status: 400)
        self.init(code, error.message.isEmpty ? "The service ended the stream of events." : error.message)
    }

    /// Whether the service may have refused the call because of the time of its signature.
    var mayBeClockSkew: Bool { Self.clockSkewCodes.contains(code.rawValue) }

    /// Source: https://github.com/aws/aws-sdk-java-v2/blob/master/core/aws-core/src/main/java/software/amazon/awssdk/awscore/internal/AwsErrorCode.java
    private static let clockSkewCodes: Set<String> = [
        "InvalidSignatureException", "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture", "AuthFailure",
        "SignatureDoesNotMatch",
    ]

    /// One code for what services call by several names, so that callers, and the retries, need to know one.
    static func commonCode(_ code: Code, status: Int) -> Code {
        switch code.rawValue {
        case "InternalServerError", "InternalFailureException", "InternalServiceException", "InternalError":
            return .internalFailure
        case "ServiceUnavailableException":
            return .serviceUnavailable
        case "Throttling", "ThrottledException", "TooManyRequestsException", "RequestLimitExceeded",
            "RequestThrottled", "RequestThrottledException", "KMSThrottlingException", "SlowDown":
            return .throttling
        default:
            break
        }
        // A fault of the server may pass, whatever its name.
        guard status >= 500, !ServiceError(code, "").isRetryable else { return code }
        return status == 500 ? .internalFailure : .serviceUnavailable
    }
}
