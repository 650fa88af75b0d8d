/// Something that happened in a consumer of a queue, for those who watch it.
public enum QueueConsumerEvent: Hashable, Sendable {
    /// The queue was found: records are received from now on.
    case started(queueARN: String)
    /// A receive was answered, with so many records.
    case received(count: Int)
    /// A record was handled and acknowledged: it does not come again.
    case acknowledged(recordID: String)
    /// A record was handled, but the queue did not take the acknowledgement: it was received by another consumer meanwhile, or is
    /// acknowledged already (when an answer was lost), or has aged out, or the queue was deleted. Perhaps it is handled again.
    case acknowledgementRefused(recordID: String)
    /// The handler failed on a record, which comes again after a pause.
    case recordFailed(recordID: String, receiveCount: Int, error: String, pauseSeconds: Int)
    /// The handler refused a record for good, which is acknowledged where ``RejectionPolicy/acknowledge`` says so.
    case recordRejected(recordID: String, reason: String)
    /// The handler took too long for a record, and was cancelled.
    case handlerTimedOut(recordID: String)
    /// A record that was held went to another consumer, or is not in the queue any more: its handler, if it was running, was cancelled.
    case receiptLost(recordID: String)
    /// A record's visibility could not be extended in time: another consumer may get it while its handler runs, which is not cancelled
    /// unless the service tells so.
    case visibilityExpired(recordID: String)
    /// A record was given back to be received again after so many seconds: unprocessed by a shutdown, or after a failure.
    case returned(recordID: String, seconds: Int)
    /// Records could not be received; it is tried again. Told for the first failure, and when the kind of error changes.
    case receiveFailed(error: String)
    /// The queue does not exist, or does not any more.
    case queueMissing
    /// Everything that was held is acknowledged, returned or given up.
    case stopped
}
