import Logging
import MetricsTestKit
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import Synchronization
import Testing
import WeirModel
import WeirRuntime
import WeirSigning
import WeirWire

@testable import WeirClient

private let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
private let listed = #"{"StreamNames":["a"],"HasMoreStreams":false}"#
private let throttled = #"{"__type":"ProvisionedThroughputExceededException","message":"slow down"}"#

@Suite(.timeLimit(.minutes(15))) struct KinesisClientTests {
    func configuration(_ url: String) -> ClientConfiguration {
        ClientConfiguration(endpoint: url, region: "eu-central-1", credentials: .anonymous)
    }

    /// Calls through a client whose back-off takes no time, with jitter one half.
    func withClient(
        _ configuration: ClientConfiguration,
        time: any TimeSource = VirtualTime(),
        metrics: TestMetrics? = nil,
        _ body: (KinesisClient) async throws -> Void
    ) async throws {
        let seams = ClientSeams(time: time, jitter: { 0.5 })
        let client = try KinesisClient(
            configuration: configuration,
            logger: quiet,
            metricsFactory: metrics,
            seams: seams
        )
        do {
            try await body(client)
            await client.shutDown()
        } catch {
            await client.shutDown()
            throw error
        }
    }

    func expectError(
        _ code: ServiceError.Code,
        sourceLocation: SourceLocation = #_sourceLocation,
        _ body: () async throws -> Void
    ) async {
        let error = await #expect(throws: ServiceError.self, sourceLocation: sourceLocation) { try await body() }
        #expect(error?.code == code, sourceLocation: sourceLocation)
    }

    // MARK: Answers

    @Test func sendsTheRequestAndReadsTheAnswer() async throws {
        try await withScriptedServer { _ in
            .answer(status: 200, body: listed)
        } _: { server, url in
            try await withClient(configuration(url)) { client in
                let answer = try await client.call(ListStreams.self, ListStreams.Request(limit: 5))
                #expect(answer.streamNames == ["a"])
                #expect(!answer.hasMoreStreams)
            }
            let request = try #require(server.requests.first)
            #expect(request.head.method == .POST)
            #expect(request.head.uri == "/")
            #expect(String(buffer: request.body) == #"{"Limit":5}"#)
            #expect(request.header("content-type") == "application/x-amz-json-1.1")
            #expect(request.header("x-amz-target") == "Kinesis_20131202.ListStreams")
            #expect(request.header("host") == String(url.dropFirst("http://".count)))
            #expect(request.head.headers["host"].count == 1)
            #expect(request.header("content-length") == "11")
            #expect(request.header("authorization") == nil)
            #expect(request.header("x-amz-date") == nil)
        }
    }

    @Test func anARNMayStandForTheNameOfAStream() async throws {
        let arn = "arn:aws:kinesis:eu-west-1:123456789012:stream/theirs"
        try await withScriptedServer { _ in
            .answer(status: 200, body: #"{"Shards":[]}"#)
        } _: { server, url in
            try await withClient(configuration(url)) { client in
                for stream in [arn, "ours"] {
                    _ = try await client.call(ListShards.self, ListShards.Request(streamName: stream))
                }
            }
            #expect(
                server.requests.map { String(buffer: $0.body) } == [
                    #"{"StreamARN":"\#(arn)"}"#, #"{"StreamName":"ours"}"#,
                ]
            )
        }
    }

    @Test func callsDynamoDBInItsOwnDialect() async throws {
        try await withScriptedServer { _ in
            .answer(status: 200, body: #"{"TableNames":["leases"]}"#)
        } _: { server, url in
            try await withDynamoDBClient(configuration(url + "/base"), logger: quiet) { client in
                let answer = try await client.call(ListTables.self, ListTables.Request())
                #expect(answer.tableNames == ["leases"])
            }
            let request = try #require(server.requests.first)
            #expect(request.head.uri == "/base")
            #expect(request.header("content-type") == "application/x-amz-json-1.0")
            #expect(request.header("x-amz-target") == "DynamoDB_20120810.ListTables")
        }
    }

    @Test(arguments: [nil, "token"]) func signsRequests(token: String?) async throws {
        try await withScriptedServer { _ in
            .answer(status: 200, body: listed)
        } _: { server, url in
            var configuration = configuration(url)
            configuration.credentials = .static(accessKeyID: "AKID", secretAccessKey: "secret", sessionToken: token)
            let time = VirtualTime(wallMilliseconds: 1_772_323_199_000)
            try await withClient(configuration, time: time) { client in
                _ = try await client.call(ListStreams.self, ListStreams.Request())
            }
            let request = try #require(server.requests.first)
            #expect(request.header("x-amz-date") == "20260228T235959Z")
            #expect(request.header("x-amz-security-token") == token)
            // What the server got, signed once more as a verifier would.
            let signed: Set = ["host", "content-type", "x-amz-target"]
            let again = SignableRequest(
                method: "POST",
                path: request.head.uri,
                headers: request.head.headers.filter { signed.contains($0.name) }.map { ($0.name, $0.value) },
                payloadHash: PayloadHash(of: Array(buffer: request.body))
            )
            let expected = RequestSigner(region: "eu-central-1", service: "kinesis").headers(
                signing: again,
                credentials: Credentials(accessKeyID: "AKID", secretAccessKey: "secret", sessionToken: token),
                time: SigningTime(millisecondsSinceEpoch: 1_772_323_199_000)
            )
            #expect(again.headers.count == 3)
            #expect(request.header("authorization") == expected.last?.value)
        }
    }

    @Test func aWrongClockIsCorrectedByTheServices() async throws {
        // The service's clock is 20 minutes ahead, and it refuses what is off by more than five.
        try await withAnsweringServer { request in
            let isRight = request.header("x-amz-date")?.hasPrefix("20260301T0019") == true
            let refusal = #"{"__type":"InvalidSignatureException","message":"Signature expired: …"}"#
            return .answer(
                status: isRight ? 200 : 400,
                body: isRight ? listed : refusal,
                headers: [("Date", "Sun, 01 Mar 2026 00:19:59 GMT")]
            )
        } _: { server, url in
            var configuration = configuration(url)
            configuration.credentials = .static(accessKeyID: "AKID", secretAccessKey: "secret")
            let time = VirtualTime(wallMilliseconds: 1_772_323_199_000)
            try await withClient(configuration, time: time) { client in
                for _ in 0..<2 { _ = try await client.listStreams() }
            }
            #expect(server.requests.count == 3)
            #expect(time.sleeps.isEmpty)
        }
    }

    @Test func aSignatureThatIsRefusedForAnotherReasonIsNotRepeated() async throws {
        try await withScriptedServer { _ in
            .answer(
                status: 400,
                body: #"{"__type":"InvalidSignatureException","message":"wrong"}"#,
                headers: [("Date", "Sat, 28 Feb 2026 23:59:59 GMT")]
            )
        } _: { server, url in
            try await withClient(configuration(url)) { client in
                await expectError(.invalidSignature) { _ = try await client.listStreams() }
            }
            #expect(server.requests.count == 1)
        }
    }

    @Test func partialFailuresOfPutRecordsAreReturned() async throws {
        let body = """
            {"FailedRecordCount":1,"Records":[{"SequenceNumber":"1","ShardId":"shardId-000000000000"},\
            {"ErrorCode":"ProvisionedThroughputExceededException","ErrorMessage":"slow"}]}
            """
        try await withScriptedServer { _ in
            .answer(status: 200, body: body)
        } _: { server, url in
            try await withClient(configuration(url)) { client in
                let entries = ["a", "b"].map { PutRecordsRequestEntry(data: ByteBuffer(string: $0), partitionKey: $0) }
                let answer = try await client.putRecords(entries, stream: "s")
                #expect(answer.failedRecordCount == 1)
                #expect(answer.records.map(\.errorCode) == [nil, "ProvisionedThroughputExceededException"])
            }
            #expect(server.requests.count == 1)
        }
    }

    @Test(arguments: ["not JSON", "[]", #"{"StreamNames":"a"}"#, ""])
    func anAnswerThatIsNotUnderstoodIsMalformed(body: String) async throws {
        try await withScriptedServer { _ in
            .answer(status: 200, body: body)
        } _: { server, url in
            try await withClient(configuration(url)) { client in
                await expectError(.malformedResponse) { _ = try await client.listStreams() }
            }
            #expect(server.requests.count == 1)
        }
    }

    // MARK: Failures

    @Test func aMistakeIsNotRepeated() async throws {
        let body = #"{"__type":"ResourceNotFoundException","message":"Stream s not found"}"#
        try await withScriptedServer { _ in
            .answer(status: 400, body: body, headers: [("x-amzn-RequestId", "r-1")])
        } _: { server, url in
            try await withClient(configuration(url)) { client in
                let error = await #expect(throws: ServiceError.self) { try await client.listStreams() }
                #expect(error?.code == .resourceNotFound)
                #expect(error?.message == "Stream s not found (request ID r-1)")
            }
            #expect(server.requests.count == 1)
        }
    }

    @Test(arguments: [
        (Reply.answer(status: 500, body: #"{"__type":"InternalFailure"}"#), [25, 50]),
        (.answer(status: 503, body: ""), [25, 50]),
        (.answer(status: 400, body: throttled), [125, 250]),
        (.close, [25, 50]),
        (.breakOff, [25, 50]),
    ]) func aFailureThatMayPassIsRepeatedWithBackOff(reply: Reply, milliseconds: [Int]) async throws {
        try await withScriptedServer { number in
            number < 2 ? reply : .answer(status: 200, body: listed)
        } _: { server, url in
            let time = VirtualTime()
            try await withClient(configuration(url), time: time) { client in
                let answer = try await client.listStreams()
                #expect(answer.streamNames == ["a"])
            }
            #expect(server.requests.count == 3)
            #expect(time.sleeps == milliseconds.map { .milliseconds($0) })
        }
    }

    @Test func givesUpAfterTheLastAttempt() async throws {
        try await withScriptedServer { _ in
            .answer(status: 400, body: throttled)
        } _: { server, url in
            try await withClient(configuration(url)) { client in
                await expectError(.provisionedThroughputExceeded) { _ = try await client.listStreams() }
            }
            #expect(server.requests.count == 5)
        }
    }

    @Test func aConnectionThatIsAlwaysLostFails() async throws {
        try await withScriptedServer { _ in
            .breakOff
        } _: { server, url in
            try await withClient(configuration(url)) { client in
                let error = await #expect(throws: ServiceError.self) { try await client.listStreams() }
                #expect(error?.code == .connectionFailure)
                #expect(error?.cause != nil)
            }
            #expect(server.requests.count == 5)
        }
    }

    @Test func aRefusedConnectionFails() async throws {
        let free = Mutex("")
        // The port is free again after the scope.
        try await withScriptedServer { _ in
            .silence
        } _: { _, url in
            free.withLock { $0 = url }
        }
        let time = VirtualTime()
        try await withClient(configuration(free.withLock { $0 }), time: time) { client in
            await expectError(.connectionFailure) { _ = try await client.listStreams() }
        }
        #expect(time.sleeps.count == 4)
    }

    @Test func aSilentServerTimesOut() async throws {
        try await withScriptedServer { _ in
            .silence
        } _: { server, url in
            var configuration = configuration(url)
            configuration.requestTimeout = .seconds(1)
            configuration.retryPolicy.maximumAttempts = 2
            try await withClient(configuration) { client in
                let error = await #expect(throws: ServiceError.self) { try await client.listStreams() }
                #expect(error?.code == .timeout)
                #expect(error?.cause != nil)
            }
            #expect(server.requests.count == 2)
        }
    }

    // MARK: Cancellation

    @Test func aCallIsCancelledWhileItWaitsForItsAnswer() async throws {
        try await withScriptedServer { _ in
            .silence
        } _: { server, url in
            try await withClient(configuration(url)) { client in
                let call = Task { try await client.listStreams() }
                #expect(await eventually { server.requests.count == 1 })
                call.cancel()
                await expectError(.cancelled) { _ = try await call.value }
            }
        }
    }

    @Test func aCallIsCancelledWhileItBacksOff() async throws {
        try await withScriptedServer { _ in
            .answer(status: 503, body: "")
        } _: { server, url in
            var configuration = configuration(url)
            configuration.retryPolicy.baseDelay = .seconds(50)
            configuration.retryPolicy.maximumDelay = .seconds(50)
            let metrics = TestMetrics()
            try await withClient(configuration, time: SystemTime(), metrics: metrics) { client in
                let call = Task { try await client.listStreams() }
                #expect(await eventually { metrics.counterTotal(label: "weir.client.retries") == 1 })
                call.cancel()
                await expectError(.cancelled) { _ = try await call.value }
            }
            #expect(server.requests.count == 1)
        }
    }

    // MARK: Lifetime

    @Test func afterTheScopeCallsFail() async throws {
        try await withScriptedServer { _ in
            .answer(status: 200, body: listed)
        } _: { _, url in
            let client = try await withKinesisClient(configuration(url), logger: quiet) { client in
                let answer = try await client.listStreams()
                #expect(answer.streamNames == ["a"])
                return client
            }
            await expectError(.clientShutDown) { _ = try await client.listStreams() }
        }
    }

    @Test func aScopeThatThrowsIsClosedToo() async throws {
        struct Failure: Error {}
        let kept = Mutex<KinesisClient?>(nil)
        await #expect(throws: Failure.self) {
            try await withKinesisClient(configuration("http://127.0.0.1:1"), logger: quiet) { client in
                kept.withLock { $0 = client }
                throw Failure()
            }
        }
        let client = try #require(kept.withLock { $0 })
        await expectError(.clientShutDown) { _ = try await client.listStreams() }
    }

    @Test func aGracefulShutdownWaitsForTheCallsUnderWay() async throws {
        try await withScriptedServer { number in
            number == 0 ? .answer(status: 503, body: "") : .answer(status: 200, body: listed)
        } _: { server, url in
            var configuration = configuration(url)
            configuration.retryPolicy.baseDelay = .milliseconds(200)
            let metrics = TestMetrics()
            let client = try KinesisClient(configuration: configuration, logger: quiet, metricsFactory: metrics)
            let group = ServiceGroup(services: [client], logger: quiet)
            let run = Task { try await group.run() }
            let call = Task { try await client.listStreams() }
            #expect(await eventually { server.requests.count == 1 })
            await group.triggerGracefulShutdown()
            #expect(try await call.value.streamNames == ["a"])
            try await run.value
            await expectError(.clientShutDown) { _ = try await client.listStreams() }
        }
    }

    @Test func aCancelledRunFailsTheCallsUnderWay() async throws {
        try await withScriptedServer { _ in
            .silence
        } _: { server, url in
            let client = try KinesisClient(configuration: configuration(url), logger: quiet)
            let run = Task { try await client.run() }
            let call = Task { try await client.listStreams() }
            #expect(await eventually { server.requests.count == 1 })
            run.cancel()
            try await run.value
            await expectError(.clientShutDown) { _ = try await call.value }
        }
    }

    @Test func runsOnce() async throws {
        let client = try KinesisClient(configuration: configuration("http://127.0.0.1:1"), logger: quiet)
        let run = Task { try await client.run() }
        run.cancel()
        try await run.value
        await expectError(.alreadyRunning) { try await client.run() }
    }

    @Test func aClientThatIsLetGoClosesItsConnections() async throws {
        // Its HTTP client would stop the process if it were not shut down.
        _ = try KinesisClient(configuration: configuration("http://127.0.0.1:1"), logger: quiet)
    }

    @Test(arguments: [("nonsense", "eu-central-1"), ("http://h", "EU"), (nil, "")])
    func aConfigurationThatCannotWorkIsRefused(endpoint: String?, region: String) async throws {
        let configuration = ClientConfiguration(endpoint: endpoint, region: region, credentials: .anonymous)
        await expectError(.configuration) { _ = try KinesisClient(configuration: configuration, logger: quiet) }
    }

    @Test func withoutCredentialsNothingIsSent() async throws {
        try await withScriptedServer { _ in
            .answer(status: 200, body: listed)
        } _: { server, url in
            var configuration = configuration(url)
            configuration.credentials = CredentialChain([])
            try await withClient(configuration) { client in
                await expectError(.configuration) { _ = try await client.listStreams() }
            }
            #expect(server.requests.isEmpty)
        }
    }

    // MARK: Metrics

    @Test func countsCallsRetriesAndOutcomes() async throws {
        try await withScriptedServer { number in
            switch number {
            case 0: .answer(status: 400, body: throttled)
            case 1: .answer(status: 200, body: listed)
            default: .answer(status: 400, body: #"{"__type":"ValidationException"}"#)
            }
        } _: { _, url in
            let metrics = TestMetrics()
            try await withClient(configuration(url), metrics: metrics) { client in
                _ = try await client.listStreams()
                await expectError(.validation) { _ = try await client.listStreams() }
            }
            let action = [("service", "kinesis"), ("action", "ListStreams")]
            func calls(_ outcome: String) -> Int64 {
                metrics.counterTotal(label: "weir.client.calls", dimensions: action + [("outcome", outcome)])
            }
            #expect(calls("ok") == 1)
            #expect(calls("ValidationException") == 1)
            #expect(metrics.counterTotal(label: "weir.client.retries", dimensions: action) == 1)
            #expect(metrics.counterTotal(label: "weir.client.throttles", dimensions: action) == 1)
            #expect(try metrics.expectTimer("weir.client.call.duration", action).values.count == 2)
        }
    }
}
