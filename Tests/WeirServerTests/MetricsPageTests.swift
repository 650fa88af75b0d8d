import Testing
import WeirMetrics
import WeirModel

@testable import WeirServer

/// What `/metrics` shows of a server that is in use.
@Suite struct MetricsPageTests {
    private func page(_ port: Int) async throws -> RawResponse {
        try await answer(port, request(nil, "", method: "GET", path: "/metrics", contentType: nil))
    }

    private func value(_ body: String, _ series: String) -> Double? {
        body.split(separator: "\n").first { $0.hasPrefix(series + " ") }.flatMap {
            Double($0.dropFirst(series.count + 1))
        }
    }

    @Test func requestsAreCountedByWhatBecameOfThem() async throws {
        try await withRegionalServer { port in
            let create = #"{"StreamName":"s","ShardCount":3}"#
            _ = try await answer(port, request("Kinesis_20131202.CreateStream", create))
            _ = try await answer(port, request("Kinesis_20131202.CreateStream", create))
            _ = try await answer(port, request("Kinesis_20131202.MadeUp", "{}"))
            _ = try await answer(
                port,
                request("Kinesis_20131202.PutRecord", #"{"StreamName":"s","Data":"eA==","PartitionKey":"k"}"#)
            )
            let page = try await page(port)
            #expect(page.status == 200)
            #expect(page.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
            func requests(_ service: String, _ action: String, _ status: Int, _ error: String = "") -> Double? {
                value(
                    page.body,
                    #"weir_requests_total{service="\#(service)",action="\#(action)",status="\#(status)",error="\#(error)"}"#
                )
            }
            #expect(requests("kinesis", "CreateStream", 200) == 1)
            #expect(requests("kinesis", "CreateStream", 400, "ResourceInUseException") == 1)
            #expect(requests("kinesis", "PutRecord", 200) == 1)
            // Nobody makes a series by making up an action.
            #expect(requests("kinesis", "", 400, "UnknownOperationException") == 1)
            #expect(!page.body.contains("MadeUp"))
            #expect(
                value(page.body, #"weir_request_duration_seconds_count{service="kinesis",action="CreateStream"}"#) == 2
            )
            #expect(value(page.body, #"weir_request_bytes_total{service="kinesis",action="CreateStream"}"#) == 66)
            #expect(value(page.body, #"weir_streams{region="us-east-1"}"#) == 1)
            #expect(value(page.body, #"weir_open_shards{region="us-east-1"}"#) == 3)
            #expect(value(page.body, "weir_connections") == 1)
            #expect(value(page.body, "weir_connections_accepted_total") == 5)
            #expect(value(page.body, #"aws_kinesis_incoming_bytes_total{region="us-east-1",stream_name="s"}"#) == 2)
            let again = try await self.page(port)
            #expect(
                value(again.body, #"weir_requests_total{service="weir",action="Metrics",status="200",error=""}"#) == 1
            )
        }
    }

    @Test func theProcessIsShown() async throws {
        try await withRegionalServer { port in
            let body = try await page(port).body
            #expect(value(body, "process_cpu_seconds_total") ?? 0 > 0)
            #expect(value(body, "process_start_time_seconds") ?? 0 > 1_700_000_000)
            #expect(value(body, "process_max_fds") ?? 0 > 0)
            #expect(value(body, "weir_uptime_seconds") ?? -1 >= 0)
            #if os(Linux)
                #expect(value(body, "process_open_fds") ?? 0 > 3)
                #expect(value(body, "process_resident_memory_bytes") ?? 0 > 1_048_576)
                #expect(value(body, "process_virtual_memory_bytes") ?? 0 > 1_048_576)
            #endif
        }
    }

    @Test func kindsOfRequestsAreBoundedInNumber() {
        let meters = RequestMeters()
        for number in 0..<Limits.maximumMeteredRequestKindCount + 5 {
            meters.count(
                .init(service: "s", action: "\(number)", status: 200, error: ""),
                nanoseconds: 1,
                requestBytes: 2,
                responseBytes: 3
            )
        }
        let snapshot = meters.snapshot
        #expect(snapshot.count == Limits.maximumMeteredRequestKindCount + 1)
        let others = snapshot.first { $0.key.service == "(other)" }?.value
        #expect(others?.latency.count == 5)
        #expect(others?.requestBytes == 10)
        #expect(others?.responseBytes == 15)
    }
}
