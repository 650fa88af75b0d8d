import Logging
import MetricsTestKit
import NIOCore
import Testing
import WeirModel
import WeirWire

@testable import WeirClient

private let quiet = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
private let empty = #"{"Records":[],"NextShardIterator":"next","MillisBehindLatest":0}"#

/// Calls of GetRecords that let the service wait.
@Suite(.timeLimit(.minutes(5))) struct ReadWaitTests {
    private func withClient(
        _ url: String,
        _ change: (inout ClientConfiguration) -> Void = { _ in },
        metrics: TestMetrics? = nil,
        _ body: (KinesisClient) async throws -> Void
    ) async throws {
        var configuration = ClientConfiguration(endpoint: url, region: "eu-central-1", credentials: .anonymous)
        change(&configuration)
        try await withKinesisClient(configuration, logger: quiet, metricsFactory: metrics) { try await body($0) }
    }

    private func answer(waited: String?) -> Reply {
        .answer(status: 200, body: empty, headers: waited.map { [("x-weir-waited-milliseconds", $0)] } ?? [])
    }

    @Test(arguments: [(Duration.seconds(10), "10000"), (.milliseconds(1), "1"), (.seconds(60), "20000")])
    func theServiceIsAskedToWait(wait: Duration, header: String) async throws {
        try await withScriptedServer { _ in
            answer(waited: "7312")
        } _: { server, url in
            let metrics = TestMetrics()
            try await withClient(url, metrics: metrics) { client in
                let records = try await client.getRecords(.init(shardIterator: "i"), waitingUpTo: wait)
                #expect(records.waited == .milliseconds(7312))
                #expect(records.response.nextShardIterator == "next")
            }
            #expect(server.requests.first?.header("x-weir-wait-milliseconds") == header)
            // What was waited for is no part of what the call took.
            let action = [("service", "kinesis"), ("action", "GetRecords")]
            let times = try metrics.expectTimer("weir.client.call.duration", action).values
            #expect(times == [0])
        }
    }

    @Test(arguments: [nil, "", "-1", "soon", "99999999999999999999", "40001"])
    func aServiceThatDoesNotSayHowLongDoesNotWait(header: String?) async throws {
        try await withScriptedServer { _ in
            answer(waited: header)
        } _: { server, url in
            try await withClient(url) { client in
                let records = try await client.getRecords(.init(shardIterator: "i"), waitingUpTo: .seconds(10))
                #expect(records.waited == nil)
            }
        }
    }

    @Test func otherCallsAskForNoWait() async throws {
        try await withScriptedServer { _ in
            answer(waited: nil)
        } _: { server, url in
            try await withClient(url) { client in
                _ = try await client.getRecords(iterator: "i")
                _ = try await client.getRecords(.init(shardIterator: "i"), waitingUpTo: .zero)
                _ = try await client.getRecords(.init(shardIterator: "i"), waitingUpTo: .microseconds(999))
            }
            #expect(server.requests.count == 3)
            #expect(server.requests.allSatisfy { $0.header("x-weir-wait-milliseconds") == nil })
        }
    }

    @Test func callsThatWaitTakeNoConnectionFromOthers() async throws {
        try await withAnsweringServer { request in
            request.header("x-weir-wait-milliseconds") == nil ? answer(waited: nil) : .silence
        } _: { server, url in
            try await withClient(url, { $0.maximumConnections = 1 }) { client in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<10 {
                        group.addTask {
                            _ = try? await client.getRecords(.init(shardIterator: "i"), waitingUpTo: .seconds(20))
                        }
                    }
                    try #require(await eventually { server.requests.count >= 10 })
                    _ = try await client.getRecords(iterator: "i")
                    group.cancelAll()
                }
            }
        }
    }

    /// Calls that wait for records of a queue neither keep others from their connections nor are ended before their wait.
    @Test func receivesOfAQueueTakeNoConnectionFromOthers() async throws {
        try await withAnsweringServer { request in
            request.header("x-amz-target")?.hasSuffix(".ReceiveQueueRecords") == true
                ? .silence : .answer(status: 200, body: #"{"Successful":[],"Failed":[]}"#)
        } _: { server, url in
            try await withClient(
                url,
                {
                    $0.maximumConnections = 1
                    $0.requestTimeout = .milliseconds(900)
                    $0.retryPolicy = .none
                }
            ) { client in
                try await withThrowingTaskGroup(of: ServiceError.Code?.self) { group in
                    let began = ContinuousClock.now
                    for _ in 0..<4 {
                        group.addTask {
                            do throws(ServiceError) {
                                _ = try await client.receiveQueueRecords(arn: "arn", waitTimeSeconds: 1)
                                return nil
                            } catch {
                                return error.code
                            }
                        }
                    }
                    try #require(await eventually { server.requests.count >= 4 })
                    _ = try await client.acknowledgeQueueRecords(arn: "arn", receiptHandles: ["a"])
                    // The time of a call begins after its wait; no header asks for that.
                    for try await code in group { #expect(code == .timeout) }
                    #expect(ContinuousClock.now - began >= .milliseconds(1900))
                    #expect(server.requests.allSatisfy { $0.header("x-weir-wait-milliseconds") == nil })
                }
            }
        }
    }

    /// The time-out of a call begins after the wait that was asked for.
    @Test func aServiceMayWaitForLongerThanACallMayTake() async throws {
        try await withScriptedServer { _ in
            .silence
        } _: { server, url in
            let began = ContinuousClock.now
            try await withClient(
                url,
                {
                    $0.requestTimeout = .milliseconds(20)
                    $0.retryPolicy.maximumAttempts = 1
                }
            ) { client in
                let error = await #expect(throws: ServiceError.self) {
                    try await client.getRecords(.init(shardIterator: "i"), waitingUpTo: .milliseconds(300))
                }
                #expect(error?.code == .timeout)
            }
            #expect(ContinuousClock.now - began >= .milliseconds(320))
        }
    }
}
