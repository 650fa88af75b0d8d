import WeirModel
import WeirStore

/// How a request names its consumer, and the errors that say that it could not be found.
extension KinesisService {
    /// The ARN of a consumer of this account and region.
    func arn(of consumer: ConsumerDescription, stream: String) -> String {
        ConsumerARN(
            stream: StreamARN(region: region, account: account, name: stream),
            name: consumer.name,
            creationSecond: consumer.creationSecond
        ).description
    }

    /// Finds a consumer by its ARN, or by its stream's ARN or ID and its name; where more is given, all must agree.
    func consumer(
        streamARN: String?,
        streamID: String?,
        consumerName: String?,
        consumerARN: String?
    ) async throws(ServiceError) -> StreamConsumer {
        guard let consumerARN else {
            guard streamARN != nil || streamID != nil, let consumerName else {
                throw ServiceError(
                    .invalidArgument,
                    "Either ConsumerARN or both StreamARN and ConsumerName must be provided."
                )
            }
            return try await consumer(consumerName, streamARN: streamARN, streamID: streamID)
        }
        let found = try await consumer(arn: consumerARN)
        if let streamARN, try streamName(nil, streamARN) != found.stream.name {
            throw conflict("StreamARN \(streamARN)", consumerARN)
        }
        if let streamID, try await streamName(nil, nil, streamID) != found.stream.name {
            throw conflict("StreamId \(streamID)", consumerARN)
        }
        if let consumerName, consumerName != found.consumer.name {
            throw conflict("ConsumerName \(consumerName)", consumerARN)
        }
        return found
    }

    /// Finds a consumer by its ARN. One that was registered again has another.
    func consumer(arn text: String) async throws(ServiceError) -> StreamConsumer {
        guard let arn = ConsumerARN(text), arn.stream.account == account, arn.stream.region == region else {
            throw consumerNotFound(text)
        }
        do throws(ServiceError) {
            return try await store.consumer(
                arn.name,
                registeredIn: arn.creationSecond,
                stream: arn.stream.name
            )
        } catch {
            guard error.code == .resourceNotFound else { throw error }
            throw consumerNotFound(text, cause: error)
        }
    }

    private func consumer(
        _ name: String,
        streamARN: String?,
        streamID: String?
    ) async throws(ServiceError) -> StreamConsumer {
        let stream = try await streamName(nil, streamARN, streamARN == nil ? streamID : nil)
        let found: StreamConsumer
        do throws(ServiceError) {
            found = try await store.consumer(name, registeredIn: nil, stream: stream)
        } catch {
            guard let streamID, streamARN == nil, error.code == .accessDenied else { throw error }
            // Who may not use the consumer does not learn the name of its stream.
            throw streamNotFound(streamID, cause: error)
        }
        // Whether ARN and ID are those of one stream is told to those alone who may use the consumer.
        if streamARN != nil, streamID != nil { _ = try await streamName(nil, streamARN, streamID) }
        return found
    }

    /// What AWS says of a consumer that is not there, by its name or ARN.
    func consumerNotFound(_ consumer: String, cause: ServiceError? = nil) -> ServiceError {
        ServiceError(.resourceNotFound, "Consumer \(consumer), account \(account) not found.", cause: cause)
    }

    private func conflict(_ member: String, _ consumerARN: String) -> ServiceError {
        ServiceError(.invalidArgument, "\(member) and ConsumerARN \(consumerARN) must refer to the same consumer.")
    }
}

extension Validator {
    /// Checks a member that names a consumer.
    mutating func consumerName(_ name: String?) {
        text("consumerName", name, pattern: .name, length: 1...Limits.maximumConsumerNameLength)
    }

    /// Checks the ARN of a consumer.
    mutating func consumerARN(_ arn: String?) {
        text("consumerARN", arn, pattern: .consumerARN, length: 1...Limits.maximumConsumerARNLength)
    }

    /// Checks the ARN of a stream, where it is the only way to name one.
    mutating func streamARN(_ arn: String?) {
        text("streamARN", arn, pattern: .streamARN, length: 1...Limits.maximumStreamARNLength)
    }

    /// Checks the members of a call that names a consumer in one of several ways.
    mutating func consumer(streamARN: String?, consumerName: String?, consumerARN: String?, streamID: String?) {
        self.streamARN(streamARN)
        self.consumerName(consumerName)
        self.consumerARN(consumerARN)
        self.streamID(streamID)
    }
}
