import ArgumentParser
import NIOCore
import Testing
import WeirConsumer
import WeirLeases

@testable import WeirCommands

/// What the options of `weir consume` make of its worker.
@Suite struct ConsumeCommandTests {
    private func configuration(_ arguments: String...) throws -> ConsumerWorker.Configuration {
        try ConsumeCommand.parse(["flights", "--application", "a"] + arguments).workerConfiguration
    }

    @Test func sharesByNumberUnlessToldOtherwise() throws {
        #expect(try configuration().balance == .count)
        #expect(try configuration("--by-throughput").balance == .throughput)
    }

    @Test func namesTheWorkerAndItsTimes() throws {
        let configuration = try configuration("--worker", "w", "--failover-time", "3000", "--from", "trim-horizon")
        #expect(configuration.workerID == "w")
        #expect(configuration.failoverTime == .seconds(3))
        #expect(configuration.initialPosition == .trimHorizon)
    }

    /// Without a command a record that cannot be printed is left to the next run; with one it goes to the dead letters.
    @Test func aCommandDecidesWhatBecomesOfRecordsThatFail() throws {
        #expect(try configuration().failurePolicy.onFailure == .stop)
        #expect(try configuration("--execute", "true").failurePolicy.onFailure == .deadLetter)
        #expect(try configuration("--execute", "true", "--attempts", "7").failurePolicy.maximumAttempts == 7)
    }

    /// An automatic checkpoint would pass what is prepared.
    @Test func preparedCheckpointsAreMadeByTheCommand() throws {
        #expect(try configuration("--execute", "true").checkpoints == .automatic())
        #expect(try configuration("--execute", "true", "--prepare").checkpoints == .manual)
        #expect(throws: (any Error).self) { try configuration("--prepare") }
    }

    /// Also what a worker of the KCL has noted, which may be any bytes.
    @Test func aStateIsTextOrBase64() {
        #expect(RecordExecution.text(of: ByteBuffer(string: "worker-1 größer")) == "worker-1 größer")
        #expect(RecordExecution.text(of: ByteBuffer()) == "")
        #expect(RecordExecution.text(of: ByteBuffer(bytes: [0xFF, 0xFE])) == "//4=")
        #expect(RecordExecution.text(of: ByteBuffer(bytes: [0x61, 0])) == "YQA=")
    }

    @Test func readsSeveralStreamsAsOneApplication() throws {
        #expect(try configuration().streams == nil)
        #expect(try configuration("weather").streams != nil)
        #expect(try configuration("--multi-stream").streams != nil)
    }
}
