import WeirModel

extension QueueConsumer {
    /// The settings of a consumer of a queue.
    public struct Configuration: Hashable, Sendable {
        /// The queue, by name or ARN. A name is looked up (`kinesis:ListQueues`), and again when the queue was deleted.
        public var queue: String
        /// Handlers that run at a time, at most. Default 10.
        public var concurrency = 10
        /// Records that are received before there is a handler for them, at most. Default 0: none waits here that another consumer
        /// could handle. More is of use where handlers take a few milliseconds; what waits is extended as well.
        public var prefetch = 0
        /// How long a call waits for a record: 1 to 20 whole seconds. Default 20 s.
        public var longestWait = Duration.seconds(Limits.queueWaitSeconds.upperBound)
        /// How long a record that was received is not visible to others: 1 to 43,200 whole seconds. Default 30 s. It is said with
        /// each receive, so what the queue has set does not count. A handler may take longer: the time is extended while it runs.
        /// It is the time after which the records of a consumer that died come again.
        public var visibilityTimeout = Duration.seconds(Limits.defaultVisibilityTimeoutSeconds)
        /// How long a handler may take for a record. Then it is cancelled, and its record comes again as after a failure. Its time is
        /// not extended any more: if the handler does not end, another consumer gets the record. Default: no limit.
        public var handlerTimeout: Duration?
        /// How long an acknowledgement waits for others that go with it, at most: 0 to 1 s. Default 5 ms. Ten go at once.
        public var acknowledgementDelay = Duration.milliseconds(5)
        /// When a record comes again whose handler failed.
        public var backOff = QueueBackOff()
        /// What becomes of a record that its handler refuses for good, by ``RecordRejection``.
        public var onRejection = RejectionPolicy.backOff
        /// What is done when the queue does not exist.
        public var onMissingQueue = MissingQueuePolicy.fail
        /// How long a shutdown waits for handlers to finish. After that they are cancelled, and their records returned. Default 30 s.
        public var shutdownTimeout = Duration.seconds(30)

        /// The settings of a consumer of a queue, by its name or ARN.
        public init(queue: String) { self.queue = queue }

        /// Throws `configuration` when a setting is out of range.
        func validate() throws(ServiceError) {
            func check(_ holds: Bool, _ message: String) throws(ServiceError) {
                if !holds { throw ServiceError(.configuration, message) }
            }
            func wholeSeconds(_ duration: Duration, in range: ClosedRange<Int>) -> Bool {
                let (seconds, attoseconds) = duration.components
                return attoseconds == 0 && (Int64(range.lowerBound)...Int64(range.upperBound)).contains(seconds)
            }
            try check(!queue.isEmpty, "queue must not be empty")
            try check(
                !queue.hasPrefix("arn:") || QueueARN(queue) != nil,
                "queue must be the name or the ARN of a queue: \(queue)"
            )
            let counts = 1...Limits.maximumQueueConcurrency
            try check(counts.contains(concurrency), "concurrency must be between 1 and 10,000: \(concurrency)")
            try check((0...counts.upperBound).contains(prefetch), "prefetch must be between 0 and 10,000: \(prefetch)")
            try check(
                wholeSeconds(longestWait, in: Limits.queueWaitSeconds),
                "longestWait must be between 1 and 20 whole seconds: \(longestWait)"
            )
            try check(
                wholeSeconds(visibilityTimeout, in: 1...Limits.visibilityTimeoutSeconds.upperBound),
                "visibilityTimeout must be between 1 and 43,200 whole seconds: \(visibilityTimeout)"
            )
            try check(handlerTimeout.map { $0 > .zero } ?? true, "handlerTimeout must be positive")
            try check(
                (.zero ... .seconds(1)).contains(acknowledgementDelay),
                "acknowledgementDelay must be between 0 and 1 s: \(acknowledgementDelay)"
            )
            try check(
                backOff.initialPause >= .zero && backOff.maximumPause >= .zero
                    && backOff.maximumPause <= .seconds(Limits.visibilityTimeoutSeconds.upperBound),
                "backOff must be between 0 and 43,200 s: \(backOff)"
            )
            try check(shutdownTimeout >= .zero, "shutdownTimeout must not be negative")
        }
    }
}

/// What becomes of a record that its handler refuses for good, by ``RecordRejection``.
public enum RejectionPolicy: Hashable, Sendable {
    /// It comes again after a pause like any other that failed, until the queue makes it a dead letter.
    case backOff
    /// It is acknowledged, so that nobody gets it again, and told by ``QueueConsumerEvent/recordRejected(recordID:reason:)``.
    case acknowledge
}

/// What a consumer does when its queue does not exist, or does not any more.
public enum MissingQueuePolicy: Hashable, Sendable {
    /// It ends with `resourceNotFound`, after its handlers.
    case fail
    /// It looks again, up to ten seconds apart, and goes on when there is one of that name or ARN.
    case wait
}
