import NIOCore
import Testing
import WeirModel

@testable import WeirWire

@Suite struct ErrorBodyTests {
    static let bodies: [(error: ServiceError, service: WireService, text: String)] = [
        (
            ServiceError(.resourceNotFound, "Stream \"s\" not found."), WireService.kinesis,
            #"{"__type":"ResourceNotFoundException","message":"Stream \"s\" not found."}"#
        ),
        (
            ServiceError(.serialization, "Expected null"), .kinesis,
            #"{"__type":"SerializationException","Message":"Expected null"}"#
        ),
        (ServiceError(.serialization, ""), .kinesis, #"{"__type":"SerializationException"}"#),
        (
            ServiceError(.conditionalCheckFailed, "The conditional request failed"), .dynamoDB,
            #"{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","#
                + #""message":"The conditional request failed"}"#
        ),
        (
            ServiceError(.validation, "m"), .dynamoDB,
            #"{"__type":"com.amazon.coral.validate#ValidationException","message":"m"}"#
        ),
        (
            ServiceError(.serialization, "m"), .dynamoDB,
            #"{"__type":"com.amazon.coral.service#SerializationException","Message":"m"}"#
        ),
        (
            ServiceError(.unknownOperation, ""), .dynamoDB,
            #"{"__type":"com.amazon.coral.service#UnknownOperationException"}"#
        ),
    ]

    @Test(arguments: bodies)
    func `an error is written as its service does, and read back`(
        error: ServiceError,
        service: WireService,
        text: String
    ) {
        var body = ByteBuffer()
        ErrorBody.write(error, service: service, to: &body, format: .json)
        #expect(String(buffer: body) == text)
        let read = ErrorBody.read(body, status: error.httpStatus, format: .json)
        #expect(read.code == error.code)
        #expect(read.message == error.message)
    }

    @Test(
        arguments: [
            (#"{"__type":"a.b#X"}"#, nil, 400, "X", ""), (#"{"code":"X","Message":"m"}"#, nil, 400, "X", "m"),
            (#"{"__type":"X:http://internal/"}"#, nil, 400, "X", ""),
            (#"{"message":"m"}"#, "X:http://internal.amazon.com/coral/com.amazon.coral.validate/", 400, "X", "m"),
            ("", "X", 400, "X", ""), ("<html>", nil, 503, "ServiceUnavailable", ""),
            ("", nil, 500, "InternalFailure", ""),
            ("", nil, 502, "InternalFailure", ""), ("[]", nil, 400, "MalformedResponse", ""),
            (#"{"__type":7,"message":[]}"#, nil, 403, "AccessDeniedException", ""),
            ("{}", "", 429, "ThrottlingException", ""),
        ] as [(String, String?, Int, String, String)]
    )
    func `an error is read from whatever the answer has`(
        body: String,
        header: String?,
        status: Int,
        code: String,
        message: String
    ) {
        let error = ErrorBody.read(ByteBuffer(string: body), status: status, errorTypeHeader: header, format: .json)
        #expect(error.code.rawValue == code)
        #expect(error.message == message)
    }

    @Test(
        arguments: [
            ("X", "X"), ("a.b.c#X", "X"), ("X:http://h/p#q", "X"), ("com.x#X:http://h", "X"), (" X", "X"), ("", nil),
            ("a#", nil),
            (":x", nil),
        ] as [(String, String?)]
    )
    func `the code is found in a type`(type: String, code: String?) {
        #expect(ErrorBody.code(type)?.rawValue == code)
    }
}
