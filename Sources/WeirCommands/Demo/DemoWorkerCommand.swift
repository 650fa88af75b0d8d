import ArgumentParser
import Logging
import NIOCore
import WeirClient
import WeirConsumer
import WeirRuntime
import WeirWire

/// `weir demo-worker`: one worker process of the demo. It reports each delivery as a line of standard output.
struct DemoWorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo-worker",
        abstract: "One worker process of the demo.",
        shouldDisplay: false
    )

    @Argument var stream: String
    @Option var application: String
    @Option var worker: String
    @Option var failoverTime: Int = 1000
    @OptionGroup var client: ClientOptions

    func run() async throws {
        var configuration = ConsumerWorker.Configuration(applicationName: application, streamName: stream)
        configuration.workerID = worker
        configuration.failoverTime = .milliseconds(failoverTime)
        configuration.initialPosition = .trimHorizon
        configuration.idleInterval = .milliseconds(50)
        let settled = configuration
        let time = SystemTime()
        try await client.withServices { kinesis, dynamoDB in
            let worker = ConsumerWorker(
                configuration: settled,
                kinesis: kinesis,
                leaseTable: dynamoDB,
                logger: client.logger("weir.demo.\(worker)")
            ) { record, _ in
                var report = DemoReport(
                    shardID: record.shardID,
                    sequenceNumber: record.sequenceNumber,
                    nanoseconds: time.monotonicNanoseconds,
                    isAccepted: true
                )
                do throws(FlightEvent.Refusal) {
                    try FlightEvent(record.data).check()
                } catch {
                    report.isAccepted = false
                    try Console.standard.print(report.line)
                    throw RecordRejection(error.rawValue)
                }
                try Console.standard.print(report.line)
            }
            try await CommandServices.run([worker], logger: client.logger("weir.demo"))
        }
    }
}

/// A line by which a worker of the demo tells of one delivery.
struct DemoReport: Hashable {
    var shardID: String
    var sequenceNumber: String
    var nanoseconds: UInt64
    var isAccepted: Bool

    init(shardID: String, sequenceNumber: String, nanoseconds: UInt64, isAccepted: Bool) {
        self.shardID = shardID
        self.sequenceNumber = sequenceNumber
        self.nanoseconds = nanoseconds
        self.isAccepted = isAccepted
    }

    /// Reads a line; nil when it is none of a worker's, or was cut off by its death.
    init?(_ line: String) {
        let words = line.split(separator: " ")
        guard words.count == 5, words[0] == "delivered", let nanoseconds = UInt64(words[3]),
            words[4] == "accepted" || words[4] == "refused"
        else { return nil }
        self.init(
            shardID: String(words[1]),
            sequenceNumber: String(words[2]),
            nanoseconds: nanoseconds,
            isAccepted: words[4] == "accepted"
        )
    }

    var line: String {
        "delivered \(shardID) \(sequenceNumber) \(nanoseconds) \(isAccepted ? "accepted" : "refused")"
    }
}
