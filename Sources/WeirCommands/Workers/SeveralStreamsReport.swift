import WeirLeases
import WeirModel
import WeirWire

/// What the lease table of an application of several streams says: a report for each stream, and the workers of all.
struct SeveralStreamsReport: WireMessage, Codable, Hashable {
    var application: String
    /// What each worker has of all streams.
    var workers: [ApplicationReport.WorkerLine]
    /// By name; two of one name were made at different times.
    var streams: [ApplicationReport]

    enum CodingKeys: String, CodingKey {
        case application = "Application"
        case workers = "Workers"
        case streams = "Streams"
    }

    init(application: String, streams: [ApplicationReport]) {
        self.application = application
        self.streams = streams
        let all = Dictionary(grouping: streams.flatMap(\.workers), by: \.worker)
        workers = all.values.map { lines in
            ApplicationReport.WorkerLine(
                worker: lines[0].worker,
                isWeir: lines.contains(where: \.isWeir),
                leaseCount: lines.reduce(0) { $0 + $1.leaseCount },
                millisBehind: lines.compactMap(\.millisBehind).max(),
                // What was seen of one lease is a sign of life.
                isSeen: lines.contains { $0.isSeen == nil } ? nil : lines.contains { $0.isSeen == true }
            )
        }.sorted { $0.worker < $1.worker }
    }

    /// The report as tables for people.
    var lines: [String] {
        var lines = ["\(application) reads \(streams.map(\.stream).joined(separator: ", "))", ""]
        lines += ApplicationReport.lines(of: workers)
        for stream in streams { lines += ["", stream.streamID ?? stream.stream] + stream.shardLines }
        return lines + ["", "\(streams.count) streams, " + ApplicationReport.summary(workers, streams)]
    }
}
