import NIOCore
import NIOHTTP1
import Testing
import WeirModel

@testable import WeirClient

@Suite struct ErrorAnswerTests {
    func error(_ status: Int, _ body: String, headers: [(String, String)] = []) -> ServiceError {
        ServiceError(HTTPAnswer(status: status, headers: HTTPHeaders(headers), body: ByteBuffer(string: body)))
    }

    @Test(arguments: [
        (400, #"{"__type":"ResourceNotFoundException","message":"no"}"#, ServiceError.Code.resourceNotFound, "no"),
        (
            400, #"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"no"}"#,
            .conditionalCheckFailed, "no"
        ),
        (400, #"{"__type":"SerializationException","Message":"no"}"#, .serialization, "no"),
        (400, #"{"__type":"ThrottlingException"}"#, .throttling, "The service answered with HTTP status 400."),
        (400, #"{"__type":"Throttling","message":"no"}"#, .throttling, "Throttling: no"),
        (400, #"{"__type":"RequestLimitExceeded","message":"no"}"#, .throttling, "RequestLimitExceeded: no"),
        (400, #"{"__type":"UnheardException","message":"no"}"#, ServiceError.Code(rawValue: "UnheardException"), "no"),
        (500, #"{"__type":"InternalServerError","message":"no"}"#, .internalFailure, "InternalServerError: no"),
        (500, #"{"__type":"InternalFailure","message":"no"}"#, .internalFailure, "no"),
        (500, #"{"__type":"UnheardException","message":"no"}"#, .internalFailure, "UnheardException: no"),
        (
            503, #"{"__type":"ServiceUnavailableException","message":"no"}"#, .serviceUnavailable,
            "ServiceUnavailableException: no"
        ),
        (503, "", .serviceUnavailable, "The service answered with HTTP status 503."),
        (500, "", .internalFailure, "The service answered with HTTP status 500."),
        (502, "<html>", .internalFailure, "The service answered with HTTP status 502."),
        (403, "", .accessDenied, "The service answered with HTTP status 403."),
        (429, "", .throttling, "The service answered with HTTP status 429."),
        (404, "<html>", .malformedResponse, "The service answered with HTTP status 404."),
        (301, "", .malformedResponse, "The service answered with HTTP status 301."),
    ]) func isReadFromStatusAndBody(status: Int, body: String, code: ServiceError.Code, message: String) {
        let error = error(status, body)
        #expect(error.code == code)
        #expect(error.message == message)
    }

    @Test func theHeaderNamesTheErrorWhenTheBodyDoesNot() {
        let header = "ResourceInUseException:http://internal.amazon.com/coral/"
        #expect(error(400, "", headers: [("x-amzn-ErrorType", header)]).code == .resourceInUse)
    }

    @Test func theMessageEndsWithTheRequestID() {
        let error = error(
            400,
            #"{"__type":"ValidationException","message":"no"}"#,
            headers: [("x-amzn-RequestId", "7")]
        )
        #expect(error.message == "no (request ID 7)")
    }

    @Test(arguments: [500, 501, 502, 503, 504, 599]) func everyFaultOfTheServerMayPass(status: Int) {
        #expect(error(status, "").isRetryable)
        #expect(error(status, #"{"__type":"ValidationException"}"#).isRetryable)
    }
}
