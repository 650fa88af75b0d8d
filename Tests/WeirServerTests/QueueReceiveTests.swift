import NIOCore
import Testing
import WeirModel

@testable import WeirServer

/// Receives of queues whose clients go away.
@Suite(.timeLimit(.minutes(2))) struct QueueReceiveTests {
    private func call(_ action: String, _ body: String) -> String { request("Kinesis_20131202.\(action)", body) }

    /// Makes a stream with a queue, whose ARN it gives.
    private func makeQueue(_ port: Int) async throws -> String {
        let stream = #"{"StreamName":"s","StreamModeDetails":{"StreamMode":"ON_DEMAND"}}"#
        #expect(try await answer(port, call("CreateStream", stream)).status == 200)
        let arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s"
        let queue = #"{"QueueName":"q","StreamConfigurationList":[{"StreamARN":"\#(arn)"}]}"#
        let made = try await answer(port, call("CreateQueue", queue)).body
        return String(try #require(made.firstMatch(of: /"QueueARN":"([^"]+)"/)).output.1)
    }

    private func receive(_ queueARN: String, seconds: Int) -> String {
        #"{"QueueARN":"\#(queueARN)","WaitTimeSeconds":\#(seconds)}"#
    }

    /// Waits until no receive waits any more, which has to be before their time is over.
    private func expectThatWaitsEnd(_ port: Int) async throws {
        let began = ContinuousClock.now
        try await waiting(0, port)
        #expect(ContinuousClock.now - began < .seconds(10))
    }

    /// Waits until so many receives wait for records.
    private func waiting(_ count: Int, _ port: Int) async throws {
        let page = request(nil, "", method: "GET", path: "/metrics", contentType: nil)
        while true {
            let lines = try await answer(port, page).body.split(separator: "\n")
            if lines.contains(where: { $0.hasPrefix("weir_queue_waiting_receives{") && $0.hasSuffix(" \(count)") }) {
                return
            }
        }
    }

    /// Puts a record, and expects that it was not delivered before.
    private func expectThatOthersGetARecord(_ queueARN: String, _ port: Int) async throws {
        let record = #"{"StreamName":"s","Data":"bGF0ZXI=","PartitionKey":"k"}"#
        #expect(try await answer(port, call("PutRecord", record)).status == 200)
        let received = try await answer(port, call("ReceiveQueueRecords", receive(queueARN, seconds: 1))).body
        #expect(received.contains(#""Data":"bGF0ZXI=""#) && received.contains(#""ReceiveCount":1"#))
    }

    @Test(arguments: ["ReceiveQueueRecords", "ReceiveDeadLetterQueueRecords"], [false, true])
    func aReceiveWhoseClientHasGoneTakesNoRecord(action: String, closes: Bool) async throws {
        try await withRegionalServer { port in
            let queueARN = try await makeQueue(port)
            let gone = try await RawConnection.open(port: port, staysOpen: true)
            try await gone.send(call(action, receive(queueARN, seconds: 20)))
            try await waiting(1, port)
            if closes { try await gone.close() } else { try await gone.finishSending() }
            try await expectThatWaitsEnd(port)
            if !closes { #expect(try await gone.response().body == #"{"QueueRecords":[]}"#) }
            try await expectThatOthersGetARecord(queueARN, port)
        }
    }

    @Test func aReceiveWhoseStreamOfHTTP2WasResetTakesNoRecord() async throws {
        try await withRegionalServer { port in
            let queueARN = try await makeQueue(port)
            let connection = try await RawHTTP2Connection.open(port: port)
            let body = receive(queueARN, seconds: 20)
            try await connection.request(1, "Kinesis_20131202.ReceiveQueueRecords", body)
            try await waiting(1, port)
            try await connection.send(RawHTTP2Connection.reset(1))
            try await expectThatWaitsEnd(port)
            try await expectThatOthersGetARecord(queueARN, port)
        }
    }
}
