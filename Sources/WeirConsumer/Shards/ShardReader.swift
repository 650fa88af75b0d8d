import WeirClient
import WeirLeases
import WeirModel
import WeirWire

/// Reads one shard by GetRecords, from a checkpoint on.
struct ShardReader: ShardSource {
    let pauseAtTip: Duration?
    private let streamName: String
    private let shardID: String
    private let kinesis: any KinesisCalling
    private let limit: Int
    /// The time that LATEST or AT_TIMESTAMP stands for.
    private let initialTimestamp: Timestamp?
    private var position: ReadPosition
    private var iterator: String?

    init(
        streamName: String,
        lease: Lease,
        deaggregation: Deaggregation,
        kinesis: any KinesisCalling,
        limit: Int,
        pauseAtTip: Duration
    ) {
        self.streamName = streamName
        shardID = lease.shardID
        self.kinesis = kinesis
        self.limit = limit
        self.pauseAtTip = pauseAtTip
        initialTimestamp = lease.initialTimestamp
        position = ReadPosition(lease: lease, deaggregation: deaggregation)
    }

    /// The next records; none at the tip. After an error the same call goes on where the last good one ended.
    mutating func fetch() async throws(ServiceError) -> ShardPage {
        let current: String
        if let iterator {
            current = iterator
        } else {
            current = try await makeIterator()
            iterator = current
        }
        let response: GetRecords.Response
        do throws(ServiceError) {
            response = try await kinesis.call(
                GetRecords.self,
                // The stream of another account is told by its ARN, here too.
                GetRecords.Request(
                    shardIterator: current,
                    limit: limit,
                    streamARN: StreamARN(streamName)?.description
                )
            )
        } catch {
            // An iterator that was refused is of no use again; one that timed out may be.
            if !error.isRetryable { iterator = nil }
            throw error
        }
        return page(response)
    }

    private mutating func page(_ response: GetRecords.Response) -> ShardPage {
        iterator = response.nextShardIterator
        return ShardPage(
            position.pass(response.records),
            millisBehindLatest: response.millisBehindLatest ?? 0,
            isEnd: response.nextShardIterator == nil,
            children: response.childShards ?? []
        )
    }

    private func makeIterator() async throws(ServiceError) -> String {
        var request = GetShardIterator.Request(streamName: streamName, shardID: shardID)
        switch position.checkpoint {
        case .trimHorizon, .shardEnd: request.shardIteratorType = "TRIM_HORIZON"
        case .latest, .atTimestamp:
            request.shardIteratorType = "AT_TIMESTAMP"
            request.timestamp = initialTimestamp
        case .sequenceNumber(let number, _):
            request.shardIteratorType = "AT_SEQUENCE_NUMBER"
            request.startingSequenceNumber = number
        }
        do throws(ServiceError) {
            return try await iterator(request)
        } catch  where position.checkpoint == .latest && error.code == .invalidArgument {
            // By the service's clock the time is still to come: the clock of the worker that fixed it is ahead. All
            // records that are there now came before it.
            request.shardIteratorType = "LATEST"
            request.timestamp = nil
            return try await iterator(request)
        }
    }

    private func iterator(_ request: GetShardIterator.Request) async throws(ServiceError) -> String {
        guard let iterator = try await kinesis.call(GetShardIterator.self, request).shardIterator else {
            throw ServiceError(.malformedResponse, "GetShardIterator answered without an iterator")
        }
        return iterator
    }
}
