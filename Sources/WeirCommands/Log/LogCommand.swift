import ArgumentParser
import WeirLog
import WeirStore

/// `weir log`: the files of streams, as they are on disk.
struct LogCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log",
        abstract: "Look at the files of streams, with or without a server over them; nothing is changed.",
        subcommands: [LogVerifyCommand.self, LogDumpCommand.self]
    )
}

/// Which logs are looked at.
struct LogSelection: ParsableArguments {
    @Argument(help: "A data folder.") var folder = "./weir-data"
    @Option(
        help: ArgumentHelp(
            "The stream with this ID only.",
            discussion: "DescribeStreamSummary gives it, and so does the name of the log's folder.",
            valueName: "id"
        )
    )
    var streamID: Int64?
    @Option(help: "The streams of this region only; by default those of all.") var region: String?

    /// The logs, by region and stream.
    func logs() throws -> [StoredLog] {
        let found = try DataFolder.storedLogs(in: folder).filter { log in
            (streamID ?? log.streamID) == log.streamID && (region ?? log.region) == log.region
        }
        if found.isEmpty, streamID != nil || region != nil {
            throw CommandFailure("\(folder) holds no such stream")
        }
        return found
    }

    /// The logs of queues, by region and queue; none where one stream alone is looked at.
    func queueLogs() throws -> [StoredQueueLog] {
        guard streamID == nil else { return [] }
        return try DataFolder.storedQueueLogs(in: folder).filter { (region ?? $0.region) == $0.region }
    }
}
