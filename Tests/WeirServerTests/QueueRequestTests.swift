import Testing
import WeirModel

@testable import WeirServer

/// Receives of queues over HTTP: what is counted of one that waits.
@Suite(.timeLimit(.minutes(2))) struct QueueRequestTests {
    private func call(_ action: String, _ body: String) -> String { request("Kinesis_20131202.\(action)", body) }

    private func page(_ port: Int) async throws -> String {
        try await answer(port, request(nil, "", method: "GET", path: "/metrics", contentType: nil)).body
    }

    private func value(_ page: String, _ series: String) -> Double? {
        page.split(separator: "\n").first { $0.hasPrefix(series) && $0.contains(" ") && !$0.hasPrefix("#") }
            .flatMap { $0.split(separator: " ").last.flatMap { Double($0) } }
    }

    @Test func theTimeThatAReceiveWaitsIsNoTimeThatItTook() async throws {
        try await withRegionalServer { port in
            let stream = #"{"StreamName":"s","StreamModeDetails":{"StreamMode":"ON_DEMAND"}}"#
            #expect(try await answer(port, call("CreateStream", stream)).status == 200)
            let arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s"
            let queue = #"{"QueueName":"q","StreamConfigurationList":[{"StreamARN":"\#(arn)"}]}"#
            let made = try await answer(port, call("CreateQueue", queue)).body
            let queueARN = try #require(made.firstMatch(of: /"QueueARN":"([^"]+)"/)).output.1
            let empty = call("ReceiveQueueRecords", #"{"QueueARN":"\#(queueARN)","WaitTimeSeconds":1}"#)
            #expect(try await answer(port, empty).body == #"{"QueueRecords":[]}"#)
            let duration = #"weir_request_duration_seconds_sum{service="kinesis",action="ReceiveQueueRecords"}"#
            #expect(try #require(value(try await page(port), duration)) < 0.9)

            let connection = try await RawConnection.open(port: port)
            let waits = call("ReceiveQueueRecords", #"{"QueueARN":"\#(queueARN)","WaitTimeSeconds":20}"#)
            try await connection.send(waits)
            while value(try await page(port), "weir_queue_waiting_receives{") != 1 {}
            let record = #"{"StreamName":"s","Data":"bGF0ZXI=","PartitionKey":"k"}"#
            #expect(try await answer(port, call("PutRecord", record)).status == 200)
            #expect(try await connection.response().body.contains("bGF0ZXI="))
            let last = try await page(port)
            #expect(value(last, "weir_queue_waiting_receives{") == 0)
            #expect(value(last, "aws_kinesis_empty_receives_total{") == 1)
            #expect(value(last, "aws_kinesis_received_queue_records_total{") == 1)
            #expect(value(last, "aws_kinesis_in_flight_queue_records{") == 1)
        }
    }
}
