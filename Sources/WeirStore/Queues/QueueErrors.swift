import WeirModel

/// The errors about queues. What AWS says is not known; the codes are those of the service model.
enum QueueErrors {
    static func notFound(_ resourceID: String) -> ServiceError {
        ServiceError(.resourceNotFound, "Queue \(resourceID) not found.")
    }

    static func notActive(_ queue: QueueDescription) -> ServiceError {
        ServiceError(
            .resourceNotFound,
            "Queue \(queue.name) does not deliver records: it is in state \(queue.status.rawValue)."
        )
    }

    static func damaged(_ queue: DamagedQueue) -> ServiceError {
        ServiceError(
            .internalFailure,
            "Queue \(queue.description.name) delivers no records: its state is damaged. It can be deleted."
        )
    }

    static func inUse(_ queue: QueueDescription) -> ServiceError {
        ServiceError(
            .resourceInUse,
            "Queue \(queue.name) is not ACTIVE, but in state \(queue.status.rawValue)."
        )
    }

    static func exists(_ name: String) -> ServiceError {
        ServiceError(.resourceInUse, "A queue of the name \(name) already exists.")
    }

    static func tooManyConsumers(_ stream: String, maximumCount: Int) -> ServiceError {
        ServiceError(
            .limitExceeded,
            "Stream \(stream) has \(maximumCount) registered consumers and queues, and cannot have more."
        )
    }

    static func tooManyTransitions(limit: Int) -> ServiceError {
        ServiceError(
            .limitExceeded,
            "This request would exceed the limit on the number of queues that can be in CREATING or DELETING at a time. "
                + "Limit: \(limit)"
        )
    }

    static func onDemandOnly(_ stream: String) -> ServiceError {
        ServiceError(
            .validation,
            "Queues are supported only on data streams in on-demand capacity mode. Stream \(stream) is in PROVISIONED mode."
        )
    }

    static func streamHasQueues(_ stream: String, _ action: String) -> ServiceError {
        ServiceError(
            .resourceInUse,
            "\(action) is not possible for stream \(stream) while it has queues: delete every queue with DeleteQueue first."
        )
    }

    static func tooManyTags(_ queue: String, maximumCount: Int) -> ServiceError {
        ServiceError(.limitExceeded, "Queue \(queue) would have more than \(maximumCount) tags.")
    }
}
