import WeirModel
import WeirWire

/// Calls actions of the Kinesis API: a client over the network, or a service in the same process.
public protocol KinesisCalling: Sendable {
    /// Calls an action and waits for its answer. Whether it is repeated on failure is the implementation's affair.
    func call<A: KinesisAction>(_ action: A.Type, _ request: A.Request) async throws(ServiceError) -> A.Response

    /// Subscribes a registered consumer to a shard, once. See
    /// ``KinesisClient/subscribeToShard(consumerARN:shardID:position:)``.
    func subscribeToShard(
        consumerARN: String,
        shardID: String,
        position: StartingPosition
    ) async throws(ServiceError) -> ShardSubscription
}

extension KinesisCalling {
    /// Throws `notSupported`.
    public func subscribeToShard(
        consumerARN: String,
        shardID: String,
        position: StartingPosition
    ) async throws(ServiceError) -> ShardSubscription {
        throw ServiceError(.notSupported, "This service has no enhanced fan-out.")
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
