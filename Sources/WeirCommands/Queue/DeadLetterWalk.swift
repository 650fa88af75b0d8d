import WeirClient
import WeirModel
import WeirRuntime
import WeirWire

/// Walks over the dead letters of a queue, and gives back what it received and nobody dealt with: at the end, when it fails, and when
/// it is interrupted.
struct DeadLetterWalk {
    /// The queue's ARN.
    let arn: String
    let kinesis: any KinesisCalling
    /// Seconds to wait for a further dead letter before the walk ends.
    let waitSeconds: Int
    var time: any TimeSource = SystemTime()

    /// What became of a walk.
    struct Outcome {
        /// How far it came.
        var machine: DeadLetterWalkStateMachine
        /// Why it went no further.
        var failure: (any Error)?
        /// Whether it was interrupted before its end.
        var isInterrupted = false
        /// How many could not be given back, and for how long they may stay hidden.
        var leftCount = 0
        var leftSeconds = 0
    }

    /// How often a call that gives back is made again in a row because of its rate.
    private static let maximumThrottledCount = 5

    /// Walks. The body deals with 1 to 10 records and tells which deliveries need not be held any more. The walk ends early when
    /// the flag is set.
    func run(
        _ goal: DeadLetterWalkStateMachine.Goal,
        interruption: OneTimeFlag,
        _ body: ([QueueRecord]) async throws -> Set<String>
    ) async -> Outcome {
        var outcome = Outcome(machine: DeadLetterWalkStateMachine(goal, at: time.monotonicNanoseconds))
        var throttledCount = 0
        while true {
            if interruption.isSet { outcome.machine.stop() }
            let action = outcome.machine.next(at: time.monotonicNanoseconds)
            guard action != .end else {
                outcome.isInterrupted = interruption.isSet && !outcome.machine.isComplete
                return outcome
            }
            do {
                try await perform(action, &outcome, body)
                throttledCount = 0
            } catch {
                outcome.failure = outcome.failure ?? error
                let isThrottled = (error as? ServiceError)?.isThrottling == true
                outcome.machine.stop()
                guard case .giveBack = action, !isThrottled || throttledCount == Self.maximumThrottledCount else {
                    throttledCount += isThrottled ? 1 : 0
                    continue
                }
                // The service is gone: what is held becomes visible by itself.
                outcome.leftCount += outcome.machine.heldCount
                outcome.leftSeconds = outcome.machine.holdSeconds(at: time.monotonicNanoseconds)
                return outcome
            }
        }
    }

    private func perform(
        _ action: DeadLetterWalkStateMachine.Action,
        _ outcome: inout Outcome,
        _ body: ([QueueRecord]) async throws -> Set<String>
    ) async throws {
        switch action {
        case .receive(let count, let holdSeconds):
            let records = try await kinesis.receiveDeadLetterQueueRecords(
                arn: arn,
                limit: count,
                waitTimeSeconds: waitSeconds,
                visibilityTimeoutSeconds: holdSeconds
            )
            outcome.machine.received(records)
        case .handle(let records):
            outcome.machine.handled(try await body(records))
        case .extend(let handles, let holdSeconds):
            let entries = try await changeVisibility(handles, to: holdSeconds)
            // What could not be extended at the moment is still held for the rest of its time, and given back in the end.
            outcome.machine.extended(lost: Set(entries.failed.filter(\.isGone).map(\.receiptHandle)))
        case .giveBack(let handles):
            let entries = try await changeVisibility(handles, to: 0)
            outcome.machine.gaveBack()
            // Of what was lost meanwhile somebody else takes care.
            let left = entries.failed.filter { !$0.isGone }
            outcome.leftCount += left.count
            outcome.leftSeconds = outcome.machine.holdSeconds(at: time.monotonicNanoseconds)
        case .end: break
        }
    }

    private func changeVisibility(_ handles: [String], to seconds: Int) async throws -> QueueEntriesOutput {
        try await settle(handles) { handles throws(ServiceError) in
            let entries = handles.map {
                QueueVisibilityEntry(receiptHandle: $0, visibilityTimeoutSeconds: seconds)
            }
            return try await kinesis.updateDeadLetterQueueRecordsVisibility(arn: arn, entries: entries)
        }
    }

    // MARK: Dealing with records

    /// The queue.
    func describe() async throws(ServiceError) -> QueueDescriptionShape {
        try await kinesis.describeQueue(arn: arn)
    }

    /// Lets records be received as any others again.
    func restore(_ records: [QueueRecord]) async throws -> QueueEntriesOutput {
        try await settle(records.map(\.receiptHandle)) { handles throws(ServiceError) in
            try await kinesis.restoreDeadLetterQueueRecords(arn: arn, receiptHandles: handles)
        }
    }

    /// Takes records out of the queue.
    func acknowledge(_ records: [QueueRecord]) async throws -> QueueEntriesOutput {
        try await settle(records.map(\.receiptHandle)) { handles throws(ServiceError) in
            try await kinesis.acknowledgeDeadLetterQueueRecords(arn: arn, receiptHandles: handles)
        }
    }

    /// Makes a call about some deliveries, and makes it again for those that the service could not take care of at the moment.
    private func settle(
        _ handles: [String],
        _ call: ([String]) async throws(ServiceError) -> QueueEntriesOutput
    ) async throws -> QueueEntriesOutput {
        var result = QueueEntriesOutput(successful: [], failed: [])
        var retries = RetryStateMachine(policy: RetryPolicy())
        let start = time.monotonicNanoseconds
        var left = handles
        while true {
            let answer = try await call(left)
            result.successful += answer.successful
            result.failed += answer.failed.filter { !$0.error.isRetryable }
            let again = answer.failed.filter(\.error.isRetryable)
            guard let error = again.first?.error else { return result }
            let elapsed = Duration.nanoseconds(Int64(time.monotonicNanoseconds - start))
            switch retries.attemptFailed(error, elapsed: elapsed, jitter: .random(in: 0..<1)) {
            case .fail:
                result.failed += again
                return result
            case .retry(let delay): try await time.sleep(for: delay)
            }
            left = again.map(\.receiptHandle)
        }
    }
}

extension QueueErrorEntry {
    /// Whether the receipt is not valid any more.
    var isGone: Bool {
        switch ServiceError.Code(rawValue: errorCode) {
        case .resourceNotFound, .invalidArgument, .validation: true
        default: false
        }
    }

    /// The same as an error. Here the service says `InternalFailureException` for an internal failure.
    var error: ServiceError {
        let code =
            errorCode == "InternalFailureException" ? ServiceError.Code.internalFailure : .init(rawValue: errorCode)
        return ServiceError(code, errorMessage ?? "")
    }
}
