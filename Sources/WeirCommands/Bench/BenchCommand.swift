import ArgumentParser

/// `weir bench`: how fast an endpoint, or the log alone, does its work.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure how fast records are acknowledged, delivered and read again.",
        discussion: """
            Without --endpoint it measures a server of its own in a temporary folder, which shares the processor with the \
            load; with it any Kinesis endpoint, Amazon's own (--endpoint aws) included. What other processes used of the \
            processor meanwhile is told, because it changes the figures.
            """,
        subcommands: [BenchPutCommand.self, BenchGetCommand.self, BenchQueueCommand.self, BenchLogCommand.self],
        defaultSubcommand: BenchPutCommand.self
    )
}

/// What every measurement through an endpoint is told.
struct BenchOptions: ParsableArguments {
    @Option(help: "Bytes of data of each record.") var size = 1024
    @Option(help: "Shards of the stream that is made and deleted again.") var shards = 4
    @Option(help: "Write the figures as JSON to a file; - for standard output instead of the text.") var json: String?
    @Flag(help: "Tell the rate of each second on standard error.") var progress = false
    @OptionGroup var client: ClientOptions

    func validate() throws {
        guard shards > 0, (0...(1 << 20) - 256).contains(size) else {
            throw ValidationError("--size is 0 to 1 MiB less 256 bytes, --shards at least 1")
        }
    }
}
