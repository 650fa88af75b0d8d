import WeirClient
import WeirLeases
import WeirModel
import WeirWire

/// Reads one shard by GetRecords, from a checkpoint on.
///
/// At the tip a service that can waits for the next record, so that it comes at once. One that cannot is asked now and then
/// whether it can by now, and polled with pauses between.
struct ShardReader: ShardSource {
    private(set) var pauseAtTip: Duration?
    private let streamName: String
    private let shardID: String
    private let kinesis: any KinesisCalling
    private let limit: Int
    private let idleInterval: Duration
    /// How long the service may wait at the tip; zero: it is not asked to.
    private let longestWait: Duration
    /// The time that LATEST or AT_TIMESTAMP stands for.
    private let initialTimestamp: Timestamp?
    private var position: ReadPosition
    private var iterator: String?
    /// Whether the last fetch came to the newest record.
    private var isAtTip = false
    /// After so many fetches at the tip a service that does not wait is asked again.
    private var fetchesBeforeAsking = 0
    private static let fetchesWithoutAsking = 100
    private static let gatheringPause = Duration.milliseconds(5)

    init(
        streamName: String,
        lease: Lease,
        deaggregation: Deaggregation,
        kinesis: any KinesisCalling,
        limit: Int,
        idleInterval: Duration,
        longestWait: Duration = .zero
    ) {
        self.streamName = streamName
        shardID = lease.shardID
        self.kinesis = kinesis
        self.limit = limit
        self.idleInterval = idleInterval
        self.longestWait = longestWait
        pauseAtTip = idleInterval
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
        // The stream of another account is told by its ARN, here too.
        let request = GetRecords.Request(
            shardIterator: current,
            limit: limit,
            streamARN: StreamARN(streamName)?.description
        )
        do throws(ServiceError) {
            return page(try await read(request))
        } catch {
            // An iterator that was refused is of no use again; one that timed out may be.
            if !error.isRetryable { iterator = nil }
            throw error
        }
    }

    /// Reads; at the tip the service is asked to wait for records. Behind it the calls of all shards share the connections of
    /// the client, and none waits.
    private mutating func read(_ request: GetRecords.Request) async throws(ServiceError) -> GetRecords.Response {
        let asks = isAtTip && longestWait > .zero && fetchesBeforeAsking == 0
        guard asks else {
            let response = try await kinesis.call(GetRecords.self, request)
            isAtTip = response.millisBehindLatest ?? 0 == 0
            if isAtTip, fetchesBeforeAsking > 0 { fetchesBeforeAsking -= 1 }
            pauseAtTip = longestWait > .zero && fetchesBeforeAsking == 0 ? nil : idleInterval
            return response
        }
        let answer = try await kinesis.getRecords(request, waitingUpTo: longestWait)
        isAtTip = answer.response.millisBehindLatest ?? 0 == 0
        if answer.waited == nil { fetchesBeforeAsking = Self.fetchesWithoutAsking }
        switch answer.waited {
        case nil: pauseAtTip = idleInterval
        // It says that it waits, and had nothing and did not: it is not asked again at once.
        case .zero? where answer.response.records.isEmpty: pauseAtTip = idleInterval
        // Records come faster than they are fetched: the next fetch shall have some more of them.
        case .zero?: pauseAtTip = min(Self.gatheringPause, idleInterval)
        default: pauseAtTip = nil
        }
        return answer.response
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
