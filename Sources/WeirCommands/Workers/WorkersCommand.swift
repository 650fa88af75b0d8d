import ArgumentParser
import NIOCore
import WeirClient
import WeirConsumer
import WeirLeases
import WeirModel
import WeirRuntime
import WeirWire

/// `weir workers`: who reads what for an application, and how far behind.
struct WorkersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workers",
        abstract: "Show who reads which shard for an application, and how far behind.",
        discussion: """
            It reads the lease table and the list of the stream's shards, and looks for the first record after each \
            checkpoint: BEHIND is how long that has been waiting, 0 when there is none. Each look is one read of the \
            shard. Applications of the Java KCL can be looked at too. The lease table of an application of several \
            streams tells which those are: each is shown, or only the one of --stream.

            A shard is held, unowned (nobody has its lease), ended (read to its end), unleased (open, but without a \
            lease) or lost (the stream does not list it any more). Whether a worker that holds leases still lives, one \
            look does not tell: with --observe the table is looked at again, and SEEN says whose leases were renewed \
            meanwhile. A worker renews its leases each third of its fail-over time.
            """
    )

    @Argument(help: "The application.") var application: String
    @Option(help: "The name or the ARN of its stream (default: the only one there is).") var stream: String?
    @Option(help: "The lease table (default: the application's name).") var leaseTable: String?
    @Option(help: "Look at the table again after so many seconds, and say which workers are alive.") var observe: Int?
    @Flag(help: "One JSON object instead of tables.") var json = false
    @OptionGroup var client: ClientOptions

    func validate() throws {
        if let observe, observe < 1 { throw ValidationError("--observe must be at least 1") }
    }

    func run() async throws {
        let client = client.regional(to: stream)
        let region = try client.configuration(for: .kinesis, environment: .process).region
        let lines: [String] = try await client.withServices { kinesis, dynamoDB in
            try await report(kinesis, dynamoDB, region: region)
        }
        for line in lines { try Console.standard.print(line) }
    }

    /// The lines to print: one of JSON, or tables.
    private func report(
        _ kinesis: KinesisClient,
        _ dynamoDB: DynamoDBClient,
        region: String
    ) async throws -> [String] {
        var leases = try await self.leases(dynamoDB)
        var earlier: [Lease]?
        if let observe {
            earlier = leases
            try await Task.sleep(for: .seconds(observe))
            leases = try await self.leases(dynamoDB)
        }
        if leases.contains(where: { $0.stream != nil }) {
            let streams = LeasedStreams(application: application, kinesis: kinesis, region: region)
            let reports = try await streams.reports(leases, earlier: earlier, of: stream)
            if reports.isEmpty, let stream { throw CommandFailure("\(application) has no lease of \(stream)") }
            let report = SeveralStreamsReport(application: application, streams: reports)
            return json ? [Self.text(report)] : report.lines
        }
        let stream = try await self.stream(kinesis)
        let shards = try await ShardListing.all(of: stream, kinesis: kinesis)
        let reader = ShardLagReader(stream: stream, kinesis: kinesis, time: SystemTime())
        let report = ApplicationReport(
            application: application,
            stream: stream,
            leases: leases,
            shards: shards,
            lags: try await reader.lags(of: leases),
            earlier: earlier
        )
        return json ? [Self.text(report)] : report.lines
    }

    private static func text(_ report: some WireMessage) -> String {
        var text = ByteBuffer()
        report.write(to: &text, format: .json)
        return String(buffer: text)
    }

    private func leases(_ dynamoDB: DynamoDBClient) async throws -> [Lease] {
        let table = leaseTable ?? application
        do throws(ServiceError) {
            return try await LeaseTableView.read(table: table, from: dynamoDB).leases
        } catch {
            guard error.code == .resourceNotFound else { throw error }
            throw CommandFailure("there is no lease table \(table): no worker of the application has run here")
        }
    }

    /// The stream that was named, else the only one but for the application's dead letters.
    private func stream(_ kinesis: KinesisClient) async throws -> String {
        if let stream { return stream }
        let answer = try await kinesis.call(ListStreams.self, .init(limit: 10))
        let deadLetters = DeadLetterStream.defaultName(applicationName: application)
        let names = answer.streamNames.filter { $0 != deadLetters }
        guard names.count == 1, let name = names.first, !answer.hasMoreStreams else {
            throw CommandFailure(
                names.isEmpty
                    ? "there is no stream"
                    : "there are several streams, and the lease table does not name its own: use --stream"
            )
        }
        return name
    }
}
