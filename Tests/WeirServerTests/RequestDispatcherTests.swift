import Testing
import WeirBytes
import WeirModel

@testable import WeirServer

@Suite struct RequestDispatcherTests {
    private func answer(_ text: String) async throws -> RawResponse {
        var response: RawResponse?
        try await withServer { port in
            let connection = try await RawConnection.open(port: port)
            try await connection.send(text)
            response = try await connection.response()
        }
        return try #require(response)
    }

    @Test func healthIsTold() async throws {
        let response = try await answer("GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        #expect(response.status == 200)
        #expect(response.headers["content-type"] == "application/json")
        #expect(response.body == #"{"status":"ok"}"#)
    }

    @Test func headHasNoBody() async throws {
        try await withServer { port in
            let connection = try await RawConnection.open(port: port)
            try await connection.send("HEAD /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            var seen = 0
            // The length is that of the body which is left out, so the response never looks complete here.
            await #expect(throws: RawConnection.Closed.self) {
                _ = try await connection.response()
                seen += 1
            }
            #expect(seen == 0)
        }
    }

    @Test(arguments: ["application/x-amz-json-1.0", "application/x-amz-json-1.1"])
    func theContentTypeIsThatOfTheRequest(type: String) async throws {
        let response = try await answer(request("Kinesis_20131202.Echo", "x", contentType: type))
        #expect(response.headers["content-type"] == type)
        let charset = try await answer(request("Kinesis_20131202.Echo", "x", contentType: "\(type); charset=UTF-8"))
        #expect(charset.headers["content-type"] == type)
        let error = try await answer(request("Kinesis_20131202.Refuse", "x", contentType: type))
        #expect(error.headers["content-type"] == type)
    }

    @Test func aRefusedRequestTellsWhy() async throws {
        let response = try await answer(request("Kinesis_20131202.Refuse"))
        #expect(response.status == 400)
        #expect(response.body == #"{"__type":"InvalidArgumentException","message":"No \"such\" thing."}"#)
    }

    @Test func aFaultOfTheServerHasStatus500() async throws {
        let response = try await answer(request("Kinesis_20131202.Break"))
        #expect(response.status == 500)
        #expect(response.body.contains("InternalFailure"))
    }

    @Test(arguments: [
        "Kinesis_20131202.Nothing", "Kinesis_20131202", "Kinesis_20131202.", "Other_1.Echo", ".Echo", nil,
    ])
    func anUnknownOperationIsCalledOne(target: String?) async throws {
        let response = try await answer(request(target))
        #expect(response.status == 400)
        #expect(response.body == #"{"__type":"UnknownOperationException"}"#)
    }

    @Test(arguments: ["GET", "PUT", "DELETE", "OPTIONS"])
    func otherMethodsAreDenied(method: String) async throws {
        let response = try await answer(request("Kinesis_20131202.Echo", method: method))
        #expect(response.status == 403)
        #expect(response.body.hasPrefix("<AccessDeniedException>"))
    }

    @Test func unknownContentTypesAreRefusedAsAWSDoes() async throws {
        let known = try await answer(request("Kinesis_20131202.Echo", contentType: "text/plain"))
        #expect(known.status == 404)
        #expect(known.body == "<UnknownOperationException/>\n")
        let unknown = try await answer(request(nil, contentType: nil))
        #expect(unknown.status == 403)
        #expect(unknown.body.contains("Unable to determine service/operation name to be authorized"))
    }

    @Test func answersOfDynamoDBCarryTheirChecksum() async throws {
        let good = try await answer(request("DynamoDB_20120810.Echo", "123456789"))
        #expect(good.headers["x-amz-crc32"] == "\(0xCBF4_3926 as UInt32)")
        let bad = try await answer(request("DynamoDB_20120810.Refuse"))
        #expect(bad.headers["x-amz-crc32"] == "\(Array(bad.body.utf8).withUnsafeBytes { CRC32.checksum($0) })")
        #expect(bad.body.contains("com.amazonaws.dynamodb.v20120810#InvalidArgumentException"))
        let kinesis = try await answer(request("Kinesis_20131202.Echo", "123456789"))
        #expect(kinesis.headers["x-amz-crc32"] == nil)
    }

    @Test func everyAnswerHasAnIdentifierAndADate() async throws {
        let response = try await answer(request("Kinesis_20131202.Echo"))
        let id = try #require(response.headers["x-amzn-requestid"])
        #expect(id.split(separator: "-").map(\.utf8.count) == [8, 4, 4, 4, 12])
        #expect(response.headers["date"]?.hasSuffix(" GMT") == true)
    }

    @Test func identifiersAreDifferentAndOfTheFormOfAUUID() {
        let source = RequestIDSource()
        let ids = (0..<1000).map { _ in source.next() }
        #expect(Set(ids).count == 1000)
        for id in ids {
            let characters = Array(id)
            #expect(characters.count == 36)
            #expect(characters[14] == "4")
            #expect("89ab".contains(characters[19]))
            #expect(characters.allSatisfy { $0.isHexDigit || $0 == "-" })
        }
    }
}
