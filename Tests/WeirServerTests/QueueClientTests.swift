import NIOCore
import Testing
import WeirWire

@testable import WeirServer

/// Receives of a queue whose clients have gone: they take no record, which nobody would get until its time is over.
@Suite(.timeLimit(.minutes(3))) struct QueueClientTests {
    private static func call(_ action: String, _ body: String) -> String {
        request("Kinesis_20131202.\(action)", body)
    }

    /// The ARN of a queue without records.
    private func queue(_ port: Int) async throws -> String {
        let stream = #"{"StreamName":"s","StreamModeDetails":{"StreamMode":"ON_DEMAND"}}"#
        #expect(try await answer(port, Self.call("CreateStream", stream)).status == 200)
        let queue = """
            {"QueueName":"q","StreamConfigurationList":[\
            {"StreamARN":"arn:aws:kinesis:us-east-1:000000000000:stream/s"}]}
            """
        let made = try await answer(port, Self.call("CreateQueue", queue)).body
        return String(try #require(made.firstMatch(of: /"QueueARN":"([^"]+)"/)).output.1)
    }

    private static func receive(_ arn: String) -> String { #"{"QueueARN":"\#(arn)","WaitTimeSeconds":20}"# }

    /// A record that is put goes to whoever asks next.
    private func putAndReceive(_ arn: String, _ port: Int) async throws {
        let record = #"{"StreamName":"s","Data":"bGF0ZXI=","PartitionKey":"k"}"#
        #expect(try await answer(port, Self.call("PutRecord", record)).status == 200)
        let received = try await answer(port, Self.call("ReceiveQueueRecords", Self.receive(arn))).body
        #expect(received.contains("bGF0ZXI="))
        #expect(received.contains(#""ReceiveCount":1"#))
    }

    @Test func aClientThatHasGoneTakesNothing() async throws {
        try await withRegionalServer { port in
            let arn = try await queue(port)
            let connection = try await RawConnection.open(port: port, staysOpen: true)
            try await connection.send(Self.call("ReceiveQueueRecords", Self.receive(arn)))
            // The server has come to it when it has answered another one.
            #expect(try await answer(port, Self.call("ListQueues", "{}")).status == 200)
            try await connection.close()
            #expect(try await answer(port, Self.call("ListQueues", "{}")).status == 200)
            try await putAndReceive(arn, port)
        }
    }

    @Test(arguments: ["ReceiveQueueRecords", "ReceiveDeadLetterQueueRecords"])
    func aClientThatSendsNoMoreIsAnsweredAtOnce(action: String) async throws {
        try await withRegionalServer { port in
            let arn = try await queue(port)
            let began = ContinuousClock.now
            let connection = try await RawConnection.open(port: port, staysOpen: true)
            try await connection.send(Self.call(action, Self.receive(arn)))
            try await connection.finishSending()
            #expect(try await connection.response().body == #"{"QueueRecords":[]}"#)
            #expect(ContinuousClock.now - began < .seconds(15))
            try await putAndReceive(arn, port)
        }
    }

    @Test func anHTTP2ClientThatResetsItsStreamTakesNothing() async throws {
        try await withRegionalServer { port in
            let arn = try await queue(port)
            let connection = try await RawHTTP2Connection.open(port: port, staysOpen: true)
            for stream in [1, 3] {
                try await connection.send(
                    try connection.head(stream, "Kinesis_20131202.ReceiveQueueRecords"),
                    RawHTTP2Connection.data(stream, ByteBuffer(string: Self.receive(arn)))
                )
            }
            try await connection.send(RawHTTP2Connection.reset(1))
            let began = ContinuousClock.now
            try await connection.finishSending()
            #expect(try await connection.response(3).text == #"{"QueueRecords":[]}"#)
            #expect(ContinuousClock.now - began < .seconds(15))
            try await putAndReceive(arn, port)
        }
    }
}
