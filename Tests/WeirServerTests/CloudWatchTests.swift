import Testing
import WeirAccess
import WeirModel
import WeirSigning

@testable import WeirServer

/// CloudWatch's calls over HTTP.
@Suite struct CloudWatchTests {
    private static let form = "application/x-www-form-urlencoded; charset=utf-8"
    private static let parameters = """
        Action=PutMetricData&Version=2010-08-01&Namespace=n&MetricData.member.1.MetricName=m&MetricData.member.1.Value=2
        """
    private static let json = #"{"Namespace":"n","MetricData":[{"MetricName":"m","Value":3}]}"#

    private func sum(_ port: Int) async throws -> String? {
        let page = try await answer(port, request(nil, "", method: "GET", path: "/metrics"))
        return page.body.split(separator: "\n").first { $0.hasPrefix("cloudwatch_metric_sum") }.map(String.init)
    }

    @Test func everyFormIsTaken() async throws {
        try await withRegionalServer { port in
            let query = try await answer(port, request(nil, Self.parameters, contentType: Self.form))
            #expect(query.status == 200)
            #expect(query.headers["content-type"] == "text/xml")
            #expect(query.body.contains("<RequestId>\(query.headers["x-amzn-requestid"] ?? "")</RequestId>"))
            let address = try await answer(
                port,
                request(nil, "", method: "GET", path: "/?\(Self.parameters)", contentType: nil)
            )
            #expect(address.status == 200)
            let json = try await answer(
                port,
                request(
                    "GraniteServiceVersion20100801.PutMetricData",
                    Self.json,
                    contentType: "application/x-amz-json-1.0"
                )
            )
            #expect(json.status == 200)
            #expect(json.body == "{}")
            #expect(
                try await sum(port)
                    == #"cloudwatch_metric_sum{region="us-east-1",namespace="n",metric="m",unit="None"} 7"#
            )
        }
    }

    private static func rpc(_ action: String, _ body: String = "", headers: [String]) -> String {
        request(
            nil,
            body,
            path: "/service/GraniteServiceVersion20100801/operation/\(action)",
            contentType: "application/cbor",
            headers: headers
        )
    }

    @Test func anRPCIsRoutedByItsPath() async throws {
        try await withRegionalServer { port in
            let header = "smithy-protocol: rpc-v2-cbor"
            let empty = try await answer(port, Self.rpc("PutMetricData", headers: [header]))
            #expect(empty.status == 400)
            #expect(empty.headers["smithy-protocol"] == "rpc-v2-cbor")
            #expect(empty.headers["content-type"] == "application/cbor")
            #expect(empty.headers["x-amzn-query-error"] == "MissingParameter;Sender")
            #expect(empty.body.contains("com.amazonaws.cloudwatch#MissingRequiredParameterException"))
            let unknown = try await answer(port, Self.rpc("ListMetrics", headers: [header]))
            #expect(unknown.status == 400)
            #expect(unknown.body.contains("UnknownOperationException"))
            let without = try await answer(port, Self.rpc("PutMetricData", headers: []))
            #expect(without.status == 403)
        }
    }

    @Test func anotherActionIsCalledUnknown() async throws {
        try await withRegionalServer { port in
            let query = try await answer(
                port,
                request(nil, "Action=GetCallerIdentity&Version=2011-06-15", contentType: Self.form)
            )
            #expect(query.status == 400)
            #expect(query.body.contains("<Code>InvalidAction</Code>"))
            let json = try await answer(port, request("GraniteServiceVersion20100801.ListMetrics"))
            #expect(json.body == #"{"__type":"com.amazon.coral.service#UnknownOperationException"}"#)
        }
    }

    // MARK: Access

    static let writer = Credentials(accessKeyID: "WRITER", secretAccessKey: "0123456789abcdef")
    static let reader = Credentials(accessKeyID: "READER", secretAccessKey: "fedcba9876543210")

    private func withAccess(
        _ configuration: WeirServer.Configuration = .test,
        _ body: (_ port: Int) async throws -> Void
    ) async throws {
        let file = CredentialsFile(accessKeys: [
            AccessKey(
                credentials: Self.writer,
                user: "writer",
                policy: AccessPolicy([.init(effect: .allow, actions: ["cloudwatch:PutMetricData"], resources: ["*"])])
            ),
            AccessKey(
                credentials: Self.reader,
                user: "reader",
                policy: AccessPolicy([.init(effect: .allow, actions: ["weir:Metrics"], resources: ["*"])])
            ),
        ])
        try await withRegionalServer(configuration, access: AccessControl(file, account: "000000000000"), body)
    }

    @Test func metricsArePutByWhoIsAllowedTo() async throws {
        try await withAccess { port in
            let target = "GraniteServiceVersion20100801.PutMetricData"
            func put(_ credentials: Credentials, service: String = "monitoring") async throws -> RawResponse {
                try await answer(port, signedRequest(target, Self.json, service: service, credentials: credentials))
            }
            #expect(try await put(Self.writer).status == 200)
            let denied = try await put(Self.reader)
            #expect(denied.body.contains("is not authorized to perform: cloudwatch:PutMetricData on resource: *"))
            #expect(try await put(Self.writer, service: "kinesis").body.contains("InvalidSignatureException"))
            let unsigned = try await answer(port, request(nil, Self.parameters, contentType: Self.form))
            #expect(unsigned.status == 403)
            #expect(unsigned.body.contains("<Code>MissingAuthenticationToken</Code>"))
        }
    }

    private static func signedPage(_ credentials: Credentials) -> String {
        let headers = RequestSigner(region: "us-east-1", service: "weir").headers(
            signing: SignableRequest(
                method: "GET",
                path: "/metrics",
                headers: [(name: "host", value: "localhost")],
                payloadHash: PayloadHash(of: [])
            ),
            credentials: credentials,
            time: SigningTime(millisecondsSinceEpoch: MovableTime().wallMilliseconds)
        )
        return page(headers.map { "\($0.name): \($0.value)" })
    }

    private static func page(_ headers: [String] = []) -> String {
        request(nil, "", method: "GET", path: "/metrics", contentType: nil, headers: headers)
    }

    @Test func withAccessKeysThePageNeedsASignature() async throws {
        try await withAccess { port in
            let unsigned = try await answer(port, Self.page())
            #expect(unsigned.status == 401)
            #expect(try await answer(port, Self.signedPage(Self.reader)).status == 200)
            let denied = try await answer(port, Self.signedPage(Self.writer))
            #expect(denied.status == 403)
            #expect(denied.body.contains("weir:Metrics"))
        }
    }

    @Test func aTokenIsEnough() async throws {
        var configuration = WeirServer.Configuration.test
        configuration.metricsToken = MetricsToken("0123456789abcdef")
        let good = Self.page(["Authorization: Bearer 0123456789abcdef"])
        let bad = Self.page(["Authorization: Bearer 0123456789abcdeX"])
        try await withAccess(configuration) { port in
            let page = try await answer(port, good)
            #expect(page.status == 200)
            #expect(try await answer(port, Self.signedPage(Self.reader)).status == 200)
            #expect(try await answer(port, bad).status == 401)
        }
        // Where nobody is asked for credentials the token is asked for all the same.
        try await withRegionalServer(configuration) { port in
            let page = try await answer(port, good)
            #expect(page.status == 200)
            #expect(try await answer(port, bad).status == 401)
            let without = try await answer(port, Self.page())
            #expect(without.status == 401)
            #expect(without.headers["www-authenticate"] == "Bearer")
        }
    }
}
