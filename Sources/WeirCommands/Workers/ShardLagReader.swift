import WeirClient
import WeirLeases
import WeirModel
import WeirRuntime
import WeirWire

/// Finds out how far the leases of a stream are behind it: looks for the first record after each checkpoint.
struct ShardLagReader {
    let stream: String
    let kinesis: any KinesisCalling
    let time: any TimeSource
    /// Shards that are looked at side by side.
    private static let concurrency = 16
    /// Answers without records that are followed up, at most: Amazon Kinesis may give some before it finds a record.
    private static let maximumFetches = 10

    /// By shard ID, for each lease that is not ended.
    func lags(of leases: [Lease]) async throws(ServiceError) -> [String: ApplicationReport.Lag] {
        let active = leases.filter { !$0.isEnded }
        let found = await withTaskGroup(of: (String, Result<ApplicationReport.Lag, ServiceError>).self) { group in
            var waiting = active.makeIterator()
            func addNext() {
                guard let lease = waiting.next() else { return }
                group.addTask { await (lease.shardID, result(of: lease)) }
            }
            for _ in 0..<Self.concurrency { addNext() }
            var results: [(String, Result<ApplicationReport.Lag, ServiceError>)] = []
            while let result = await group.next() {
                results.append(result)
                addNext()
            }
            return results
        }
        var lags: [String: ApplicationReport.Lag] = [:]
        for (key, result) in found { lags[key] = try result.get() }
        return lags
    }

    private func result(of lease: Lease) async -> Result<ApplicationReport.Lag, ServiceError> {
        do throws(ServiceError) {
            return .success(try await lag(of: lease))
        } catch {
            switch error.code {
            // The shard is gone, or its position is none any more: it is the report's to say so.
            case .resourceNotFound, .invalidArgument: return .success(.unknown(error.code.rawValue))
            default: return .failure(error)
            }
        }
    }

    private func lag(of lease: Lease) async throws(ServiceError) -> ApplicationReport.Lag {
        let arn = StreamARN(stream)?.description
        var request = GetShardIterator.Request(
            streamName: stream,
            shardID: lease.shardID,
            shardIteratorType: "TRIM_HORIZON"
        )
        switch lease.checkpoint {
        case .trimHorizon:
            break
        case .latest, .atTimestamp:
            guard let timestamp = lease.initialTimestamp else { return .unknown("not begun") }
            request.shardIteratorType = "AT_TIMESTAMP"
            request.timestamp = timestamp
        case .sequenceNumber(let number, _):
            request.shardIteratorType = "AFTER_SEQUENCE_NUMBER"
            request.startingSequenceNumber = number
        case .shardEnd:
            return .milliseconds(0)
        }
        var iterator = try await kinesis.call(GetShardIterator.self, request).shardIterator
        for _ in 0..<Self.maximumFetches {
            guard let current = iterator else { return .milliseconds(0) }
            let answer = try await kinesis.call(
                GetRecords.self,
                .init(shardIterator: current, limit: 1, streamARN: arn)
            )
            let behind = Int64(answer.millisBehindLatest ?? 0)
            if let record = answer.records.first {
                let age = record.approximateArrivalTimestamp.map { time.wallMilliseconds - $0.millisecondsSinceEpoch }
                return .milliseconds(max(1, behind, age ?? 0))
            }
            if behind == 0 { return .milliseconds(0) }
            iterator = answer.nextShardIterator
        }
        return .unknown("not found")
    }
}
