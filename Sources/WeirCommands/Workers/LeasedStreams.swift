import WeirClient
import WeirLeases
import WeirModel
import WeirRuntime
import WeirWire

/// Looks at the streams that the lease table of an application of several names.
struct LeasedStreams {
    let application: String
    let kinesis: any KinesisCalling
    /// The region for streams of other accounts, which are asked for by their ARNs.
    let region: String

    /// A report for each stream, or for those of one name or ARN.
    ///
    /// - Parameter earlier: the leases at an earlier look; nil when there was none.
    func reports(
        _ leases: [Lease],
        earlier: [Lease]?,
        of stream: String?
    ) async throws(ServiceError) -> [ApplicationReport] {
        let streams = LeaseTableView(leases: leases).streams.filter { isMeant($0, by: stream) }
        var reports: [ApplicationReport] = []
        for identity in streams {
            let own = leases.filter { $0.stream == identity }
            let name = try await name(of: identity, among: streams)
            var shards: [Shard] = []
            var lags: [String: ApplicationReport.Lag] = [:]
            if let name {
                shards = try await ShardListing.all(of: name, kinesis: kinesis)
                lags = try await ShardLagReader(stream: name, kinesis: kinesis, time: SystemTime()).lags(of: own)
            }
            var report = ApplicationReport(
                application: application,
                stream: identity.streamName,
                leases: own,
                shards: shards,
                lags: lags,
                earlier: earlier?.filter { $0.stream == identity }
            )
            report.streamID = "\(identity)"
            // Of a stream that is gone nobody misses anything.
            if name == nil { report.holes = [] }
            reports.append(report)
        }
        return reports
    }

    private func isMeant(_ identity: StreamIdentity, by stream: String?) -> Bool {
        guard let stream else { return true }
        guard let arn = StreamARN(stream) else { return identity.streamName == stream }
        return identity.streamName == arn.name && identity.accountID == arn.account
    }

    /// The name or the ARN to ask for a stream by; nil when it is not there any more.
    private func name(
        of identity: StreamIdentity,
        among others: [StreamIdentity]
    ) async throws(ServiceError) -> String? {
        let arn = StreamARN(region: region, account: identity.accountID, name: identity.streamName).description
        for name in [identity.streamName, arn] {
            do throws(ServiceError) {
                let found = try await kinesis.describeStreamSummary(name)
                guard StreamARN(found.streamARN)?.account == identity.accountID else { continue }
                let epoch = found.streamCreationTimestamp.millisecondsSinceEpoch / 1000
                // A tracker of the KCL may give another number for the time of a stream.
                let isAnother = others.contains { $0.isNamesake(of: identity) && $0.creationEpoch == epoch }
                return epoch == identity.creationEpoch || !isAnother ? name : nil
            } catch {
                switch error.code {
                case .resourceNotFound, .accessDenied, .invalidArgument, .validation: continue
                default: throw error
                }
            }
        }
        return nil
    }
}
