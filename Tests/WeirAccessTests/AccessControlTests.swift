import NIOCore
import Testing
import WeirModel
import WeirSigning

@testable import WeirAccess

@Suite struct AccessControlTests {
    static let now: Int64 = 1_772_323_199_000
    static let key = AccessKey(
        credentials: Credentials(accessKeyID: "WEIRPRODUCER", secretAccessKey: "0123456789abcdef"),
        user: "producer",
        policy: .everything
    )

    private func signed(
        _ credentials: Credentials = Self.key.credentials,
        region: String = "eu-west-1",
        service: String = "kinesis",
        body: String = "{}"
    ) -> ReceivedRequest {
        let headers = [(name: "host", value: "127.0.0.1:4567"), (name: "x-amz-target", value: "Kinesis_20131202.X")]
        let added = RequestSigner(region: region, service: service).headers(
            signing: SignableRequest(
                method: "POST",
                headers: headers,
                payloadHash: PayloadHash(of: Array(body.utf8))
            ),
            credentials: credentials,
            time: SigningTime(millisecondsSinceEpoch: Self.now)
        )
        return ReceivedRequest(method: "POST", path: "/", query: "", headers: headers + added)
    }

    private func authenticate(
        _ access: AccessControl,
        _ request: ReceivedRequest,
        service: String = "kinesis",
        body: String = "{}"
    ) throws(ServiceError) -> AccessControl.Identity {
        try access.authenticate(request, body: ByteBuffer(string: body), service: service, now: Self.now)
    }

    @Test func whoSignedIsKnown() throws {
        let access = AccessControl(CredentialsFile(accessKeys: [Self.key]), account: "123456789012")
        let identity = try authenticate(access, signed())
        #expect(identity.region == "eu-west-1")
        #expect(identity.caller.user == "producer")
        #expect(identity.caller.arn == "arn:aws:iam::123456789012:user/producer")
        #expect(identity.caller.policy == .everything)
    }

    @Test(arguments: [
        ("kinesis", "Missing Authentication Token"), ("dynamodb", "Request is missing Authentication Token"),
    ])
    func anUnsignedRequestIsRefused(service: String, message: String) {
        let access = AccessControl(CredentialsFile(accessKeys: [Self.key]), account: "123456789012")
        var request = signed(service: service)
        request.headers.removeAll { $0.name == "authorization" }
        let error = #expect(throws: ServiceError.self) { _ = try authenticate(access, request, service: service) }
        #expect(error?.code == .missingAuthenticationToken)
        #expect(error?.message == message)
    }

    @Test func othersAreRefused() {
        let access = AccessControl(CredentialsFile(accessKeys: [Self.key]), account: "123456789012")
        let stranger = Credentials(accessKeyID: "OTHER", secretAccessKey: "0123456789abcdef")
        let guess = Credentials(accessKeyID: "WEIRPRODUCER", secretAccessKey: "0123456789abcdeg")
        let unknown = #expect(throws: ServiceError.self) { _ = try authenticate(access, signed(stranger)) }
        #expect(unknown?.code == .unrecognizedClient)
        let wrong = #expect(throws: ServiceError.self) { _ = try authenticate(access, signed(guess)) }
        #expect(wrong?.code == .invalidSignature)
        let other = #expect(throws: ServiceError.self) { _ = try authenticate(access, signed(), service: "dynamodb") }
        #expect(other?.code == .invalidSignature)
        let body = #expect(throws: ServiceError.self) { _ = try authenticate(access, signed(), body: "{ }") }
        #expect(body?.code == .invalidSignature)
    }

    @Test func theKeysMayBeReplaced() throws {
        let access = AccessControl(CredentialsFile(accessKeys: [Self.key]), account: "123456789012")
        _ = try authenticate(access, signed())
        let other = AccessKey(
            credentials: Credentials(accessKeyID: "WEIRNEXT", secretAccessKey: "fedcba9876543210"),
            user: "next",
            policy: AccessPolicy([])
        )
        access.replaceKeys(by: CredentialsFile(accessKeys: [other]))
        let error = #expect(throws: ServiceError.self) { _ = try authenticate(access, signed()) }
        #expect(error?.code == .unrecognizedClient)
        #expect(try authenticate(access, signed(other.credentials)).caller.user == "next")
    }
}
