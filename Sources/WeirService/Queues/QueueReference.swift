import WeirModel
import WeirStore
import WeirWire

/// How a request names its queue, and how a queue looks on the wire.
extension KinesisService {
    /// The store of the queues. Throws `unknownOperation` where there is none.
    func queueStore() throws(ServiceError) -> any QueueStore {
        guard let queues else { throw ServiceError(.unknownOperation, "") }
        return queues
    }

    /// The ID in the ARN of a queue of this account and region.
    func queueID(_ arn: String?) throws(ServiceError) -> String {
        guard let parsed = arn.flatMap(QueueARN.init), parsed.account == account, parsed.region == region else {
            throw queueNotFound(arn ?? "")
        }
        return parsed.resourceID
    }

    /// What is said of a queue that is not there.
    func queueNotFound(_ arn: String, cause: ServiceError? = nil) -> ServiceError {
        ServiceError(.resourceNotFound, "Queue \(arn) under account \(account) not found.", cause: cause)
    }

    /// The queue of an ARN, which was found to be valid.
    func queue(_ arn: String?) async throws(ServiceError) -> QueueDescription {
        let id = try queueID(arn)
        do throws(ServiceError) {
            return try await queueStore().queue(id)
        } catch {
            guard error.code == .resourceNotFound else { throw error }
            throw queueNotFound(arn ?? "", cause: error)
        }
    }

    /// The ARN of a queue.
    func arn(of queue: QueueDescription) -> String {
        QueueARN(region: region, account: account, resourceID: queue.resourceID).description
    }

    /// A queue as it looks on the wire.
    func shape(_ queue: QueueDescription) -> QueueDescriptionShape {
        var timestamp: Timestamp? = queue.startsAt
        if queue.status == .creating {
            // It is not known yet where the queue begins.
            if case .atTimestamp(let time) = queue.start { timestamp = time } else { timestamp = nil }
        }
        return QueueDescriptionShape(
            queueName: queue.name,
            queueARN: arn(of: queue),
            queueStatus: queue.status.rawValue,
            queueCreationTimestamp: queue.createdAt,
            streamConfigurationList: [
                QueueStreamConfiguration(
                    streamARN: arn(of: queue.streamName),
                    startingPosition: QueueStartingPositionShape(type: queue.start.name, timestamp: timestamp)
                )
            ],
            queueAttributes: QueueAttributesShape(
                visibilityTimeoutSeconds: queue.attributes.visibilityTimeoutSeconds,
                deadLetterConfiguration: DeadLetterConfigurationShape(
                    targetType: queue.attributes.maximumReceiveCount == nil ? "NONE" : "BUILT_IN",
                    maxReceiveCount: queue.attributes.maximumReceiveCount
                )
            )
        )
    }
}

extension Validator {
    /// Checks the member that has the ARN of a queue.
    mutating func queueARN(_ arn: String?) {
        require("queueARN", arn != nil)
        text("queueARN", arn, pattern: .queueARN, length: 1...Limits.maximumQueueARNLength)
    }

    /// Checks the member that says how a queue delivers.
    mutating func queueAttributes(_ attributes: QueueAttributesShape?) {
        let path = "queueAttributes"
        visibility("\(path).visibilityTimeoutSeconds", attributes?.visibilityTimeoutSeconds)
        guard let deadLetters = attributes?.deadLetterConfiguration else { return }
        let inner = "\(path).deadLetterConfiguration"
        require("\(inner).targetType", deadLetters.targetType != nil)
        choice("\(inner).targetType", deadLetters.targetType, of: ["BUILT_IN", "NONE"])
        number("\(inner).maxReceiveCount", deadLetters.maxReceiveCount, Limits.maximumReceiveCountRange)
    }

    /// Checks a member that says for how long a record is not visible.
    mutating func visibility(_ member: String, _ seconds: Int?) {
        number(member, seconds, Limits.visibilityTimeoutSeconds)
    }

    /// Checks the number of entries of a call about records.
    mutating func queueEntries(_ count: Int?) {
        require("entries", count != nil)
        self.count("entries", count, 1...Limits.maximumQueueRecordCount)
    }

    /// Checks the receipt handle of an entry, counted from 1.
    mutating func receiptHandle(_ handle: String?, of entry: Int) {
        // Most are good, and their paths need no text.
        if let handle, !handle.isEmpty, handle.utf8.count <= Limits.maximumReceiptHandleLength { return }
        let path = "entries.\(entry).member.receiptHandle"
        require(path, handle != nil)
        text(path, handle, length: 1...Limits.maximumReceiptHandleLength)
    }
}

extension QueueAttributesShape {
    /// The attributes of a queue that had others, with those that are given here. Throws `validation` where they do not go
    /// together.
    func applied(to attributes: QueueAttributes) throws(ServiceError) -> QueueAttributes {
        var changed = attributes
        if let visibilityTimeoutSeconds { changed.visibilityTimeoutSeconds = visibilityTimeoutSeconds }
        guard let deadLetterConfiguration else { return changed }
        let isBuiltIn = deadLetterConfiguration.targetType == "BUILT_IN"
        guard isBuiltIn == (deadLetterConfiguration.maxReceiveCount != nil) else {
            throw ServiceError(
                .validation,
                isBuiltIn
                    ? "MaxReceiveCount is required when TargetType is BUILT_IN."
                    : "MaxReceiveCount cannot be specified when TargetType is NONE."
            )
        }
        changed.maximumReceiveCount = deadLetterConfiguration.maxReceiveCount
        return changed
    }
}
