import WeirClient
import WeirModel
import WeirRuntime
import WeirWire

/// Finds queues by their names.
enum QueueLookup {
    /// The ARN of a queue that is named by its name or by its ARN. Throws when there is none of that name.
    static func arn(of queue: String, kinesis: some KinesisCalling) async throws -> String {
        guard !isARN(queue) else { return queue }
        guard let found = try await kinesis.findQueue(named: queue) else {
            throw CommandFailure("there is no queue \(queue)")
        }
        return found.queueARN
    }

    /// The ARN of a stream that is named by its name or by its ARN.
    static func streamARN(of stream: String, kinesis: some KinesisCalling) async throws(ServiceError) -> String {
        guard !isARN(stream) else { return stream }
        return try await kinesis.call(DescribeStreamSummary.self, .init(streamName: stream))
            .streamDescriptionSummary.streamARN
    }

    /// All queues, or those of one stream.
    static func all(ofStream arn: String?, kinesis: some KinesisCalling) async throws(ServiceError) -> [QueueSummary] {
        var page = try await kinesis.listQueues(streamARN: arn)
        var queues = page.queueSummaries
        while let token = page.nextToken {
            page = try await kinesis.listQueues(streamARN: arn, nextToken: token)
            queues += page.queueSummaries
        }
        return queues
    }

    /// The name in the ARN of a stream.
    static func shortName(_ streamARN: String) -> String { StreamARN(streamARN)?.name ?? streamARN }

    private static func isARN(_ text: String) -> Bool { text.hasPrefix("arn:") }
}

/// Waits until a queue is ready, or gone.
enum QueueReadiness {
    /// Returns when the queue is active. Throws `timeout` when it is not so in time.
    static func wait(
        for arn: String,
        kinesis: some KinesisCalling,
        time: some TimeSource = SystemTime(),
        within seconds: Int = 120
    ) async throws {
        try await Readiness.wait(orSay: "Queue \(arn) is not active", time: time, within: seconds) {
            try await kinesis.describeQueue(arn: arn).queueStatus == QueueStatus.active.rawValue
        }
    }

    /// Returns when the queue is gone. Throws `timeout` when it is still there after that time.
    static func waitForEnd(
        of arn: String,
        kinesis: some KinesisCalling,
        time: some TimeSource = SystemTime(),
        within seconds: Int = 120
    ) async throws {
        try await Readiness.wait(orSay: "Queue \(arn) is not gone", time: time, within: seconds) {
            try await !isThere(arn, kinesis: kinesis)
        }
    }

    private static func isThere(_ arn: String, kinesis: some KinesisCalling) async throws(ServiceError) -> Bool {
        do throws(ServiceError) {
            _ = try await kinesis.describeQueue(arn: arn)
            return true
        } catch {
            guard error.code == .resourceNotFound else { throw error }
            return false
        }
    }
}

extension ClientOptions {
    /// The same options, in the region of a queue that is named by its ARN, unless a region was chosen.
    func regional(toQueue queue: String) -> ClientOptions {
        guard region == nil, let arn = QueueARN(queue) else { return self }
        var options = self
        options.region = arn.region
        return options
    }
}
