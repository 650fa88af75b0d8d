import Logging

/// Handles the records of a queue: several at a time, in no order.
///
/// A record is acknowledged when `process` returns, and comes again after a pause when it throws (see ``QueueBackOff``), to this
/// consumer or to another one. A record may come again although it was processed: when the acknowledgement did not arrive, or when its
/// visibility time-out passed meanwhile. ``ReceivedRecord/recordID`` tells that it is the same.
public protocol QueueRecordProcessor: Sendable {
    /// Processes a record. Its task is cancelled when the handler's time is over, when the record went to another consumer, and when
    /// a shutdown has waited long enough; whatever a cancelled call returns, the record is not acknowledged.
    func process(_ record: ReceivedRecord, _ queue: QueueContext) async throws
}

/// What a handler is told beside the record.
public struct QueueContext: Sendable {
    /// The queue, by the name or ARN under which it is read.
    public let queue: String
    /// The ARN of the queue.
    public let queueARN: String
    /// Logs with the queue and the record.
    public let logger: Logger

    /// A context, for tests of handlers.
    public init(queue: String, queueARN: String, logger: Logger) {
        self.queue = queue
        self.queueARN = queueARN
        self.logger = logger
    }
}

/// Thrown by a handler: the record is to come again after this time, whatever the ``QueueBackOff`` says.
public struct RetryLater: Error, Hashable, CustomStringConvertible {
    /// After what time: zero to 43,200 s, in whole seconds (fractions count as one more).
    public let pause: Duration

    /// A wish for another attempt.
    public init(after pause: Duration) { self.pause = pause }

    public var description: String { "to be tried again after \(pause)" }
}

struct ClosureQueueProcessor: QueueRecordProcessor {
    let handle: @Sendable (ReceivedRecord, QueueContext) async throws -> Void

    func process(_ record: ReceivedRecord, _ queue: QueueContext) async throws { try await handle(record, queue) }
}
