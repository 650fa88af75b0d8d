import WeirModel
import WeirWire

/// Calls actions of the Kinesis API: a client over the network, or a service in the same process.
public protocol KinesisCalling: Sendable {
    /// Calls an action and waits for its answer. Whether it is repeated on failure is the implementation's affair.
    func call<A: KinesisAction>(_ action: A.Type, _ request: A.Request) async throws(ServiceError) -> A.Response

    /// Reads records as GetRecords does, but waits for some first where there are none and the service can wait (Weir can,
    /// Amazon Kinesis cannot). See ``WaitedRecords``.
    ///
    /// - Parameters:
    ///   - request: What is read.
    ///   - wait: How long the service may wait, at most: 20 seconds or less.
    func getRecords(
        _ request: GetRecords.Request,
        waitingUpTo wait: Duration
    ) async throws(ServiceError) -> WaitedRecords

    /// Subscribes a registered consumer to a shard, once. See
    /// ``KinesisClient/subscribeToShard(consumerARN:shardID:position:)``.
    func subscribeToShard(
        consumerARN: String,
        shardID: String,
        position: StartingPosition
    ) async throws(ServiceError) -> ShardSubscription
}

extension KinesisCalling {
    /// Reads at once: a service that does not wait.
    public func getRecords(
        _ request: GetRecords.Request,
        waitingUpTo wait: Duration
    ) async throws(ServiceError) -> WaitedRecords {
        WaitedRecords(try await call(GetRecords.self, request))
    }

    /// Throws `notSupported`.
    public func subscribeToShard(
        consumerARN: String,
        shardID: String,
        position: StartingPosition
    ) async throws(ServiceError) -> ShardSubscription {
        throw ServiceError(.notSupported, "This service has no enhanced fan-out.")
    }
}

/// What a service answered that was asked to wait for records.
public struct WaitedRecords: Sendable {
    /// The answer.
    public var response: GetRecords.Response
    /// How long the service waited, zero when there were records at once. Nil when it does not wait, or not now: ask again after a
    /// while. After an answer that was waited for, ask again at once.
    public var waited: Duration?

    /// An answer, of a service that does not wait unless `waited` tells how long it did.
    public init(_ response: GetRecords.Response, waited: Duration? = nil) {
        self.response = response
        self.waited = waited
    }
}

/// Calls actions of the DynamoDB API, as far as lease tables need it.
public protocol DynamoDBCalling: Sendable {
    /// Calls an action and waits for its answer. Whether it is repeated on failure is the implementation's affair.
    func call<A: DynamoDBAction>(_ action: A.Type, _ request: A.Request) async throws(ServiceError) -> A.Response

    /// The changes of a table's items, as they are made, where the service tells of them. See ``TableChangeSequence``.
    func watchTable(_ name: String) -> TableChangeSequence
}

extension DynamoDBCalling {
    /// A sequence that throws `notSupported`.
    public func watchTable(_ name: String) -> TableChangeSequence {
        TableChangeSequence(failing: ServiceError(.notSupported, "This service does not tell of changes of tables."))
    }
}
