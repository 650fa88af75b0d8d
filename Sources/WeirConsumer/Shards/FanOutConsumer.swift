import Logging
import Synchronization
import WeirClient
import WeirModel
import WeirRuntime
import WeirWire

/// The registered consumer by which the workers of an application subscribe to shards: found by its name, or registered.
final class FanOutConsumer: Sendable {
    private enum State {
        case unknown
        case isBeingFound
        case known(arn: String)
    }

    private let name: String
    private let streamName: String
    private let kinesis: any KinesisCalling
    private let time: any TimeSource
    private let logger: Logger
    private let state = Mutex(State.unknown)

    init(name: String, streamName: String, kinesis: any KinesisCalling, time: any TimeSource, logger: Logger) {
        self.name = name
        self.streamName = streamName
        self.kinesis = kinesis
        self.time = time
        self.logger = logger
    }

    /// The ARN of the consumer, which is active. Throws `resourceInUse` while another shard's reader is about to find it: the
    /// services limit how often consumers are described.
    func arn() async throws(ServiceError) -> String {
        let known = try state.withLock { state throws(ServiceError) -> String? in
            switch state {
            case .known(let arn): return arn
            case .isBeingFound: throw ServiceError(.resourceInUse, "The consumer \(name) is being looked for")
            case .unknown:
                state = .isBeingFound
                return nil
            }
        }
        if let known { return known }
        do throws(ServiceError) {
            let arn = try await find()
            state.withLock { $0 = .known(arn: arn) }
            return arn
        } catch {
            state.withLock { $0 = .unknown }
            throw error
        }
    }

    /// The consumer of that ARN may be gone: it is looked for again before the next subscription.
    func forget(_ arn: String) {
        state.withLock { state in
            if case .known(arn) = state { state = .unknown }
        }
    }

    private func find() async throws(ServiceError) -> String {
        let stream = try await kinesis.describeStreamSummary(streamName).streamARN
        var consumer = try await describedOrRegistered(streamARN: stream)
        while consumer.status == "CREATING" {
            do {
                try await time.sleep(for: .milliseconds(500))
            } catch {
                throw ServiceError(.cancelled, "The call was cancelled.")
            }
            consumer.status = try await kinesis.describeStreamConsumer(arn: consumer.arn).consumerStatus
        }
        guard consumer.status == "ACTIVE" else {
            throw ServiceError(.resourceInUse, "The consumer \(name) is \(consumer.status)")
        }
        return consumer.arn
    }

    private func describedOrRegistered(streamARN: String) async throws(ServiceError) -> (arn: String, status: String) {
        do throws(ServiceError) {
            let found = try await kinesis.describeStreamConsumer(name, streamARN: streamARN)
            return (found.consumerARN, found.consumerStatus)
        } catch  where error.code == .resourceNotFound {
            // Another worker may register it now: then this throws `resourceInUse`, and the next try finds it.
            let registered = try await kinesis.registerStreamConsumer(name, streamARN: streamARN)
            logger.info("Registered a fan-out consumer", metadata: ["consumer.name": .string(name)])
            return (registered.consumerARN, registered.consumerStatus)
        }
    }
}
