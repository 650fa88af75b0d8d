import Testing
import WeirModel

@testable import WeirServer

/// Receives of queues whose clients go away.
@Suite(.timeLimit(.minutes(2))) struct QueueReceiveTests {
    private func call(_ action: String, _ body: String) -> String { request("Kinesis_20131202.\(action)", body) }

    @Test func aReceiveWhoseClientHasGoneTakesNoRecord() async throws {
        try await withRegionalServer { port in
            let stream = #"{"StreamName":"s","StreamModeDetails":{"StreamMode":"ON_DEMAND"}}"#
            #expect(try await answer(port, call("CreateStream", stream)).status == 200)
            let arn = "arn:aws:kinesis:us-east-1:000000000000:stream/s"
            let queue = #"{"QueueName":"q","StreamConfigurationList":[{"StreamARN":"\#(arn)"}]}"#
            let made = try await answer(port, call("CreateQueue", queue)).body
            let queueARN = try #require(made.firstMatch(of: /"QueueARN":"([^"]+)"/)).output.1

            let gone = try await RawConnection.open(port: port, staysOpen: true)
            let began = ContinuousClock.now
            try await gone.send(call("ReceiveQueueRecords", #"{"QueueARN":"\#(queueARN)","WaitTimeSeconds":20}"#))
            try await gone.finishSending()
            // It does not wait for its time to be over, nor for a record.
            #expect(try await gone.response().body == #"{"QueueRecords":[]}"#)
            #expect(ContinuousClock.now - began < .seconds(15))

            let record = #"{"StreamName":"s","Data":"bGF0ZXI=","PartitionKey":"k"}"#
            #expect(try await answer(port, call("PutRecord", record)).status == 200)
            let receive = #"{"QueueARN":"\#(queueARN)","WaitTimeSeconds":1}"#
            let received = try await answer(port, call("ReceiveQueueRecords", receive)).body
            #expect(received.contains(#""Data":"bGF0ZXI=""#) && received.contains(#""ReceiveCount":1"#))
        }
    }
}
