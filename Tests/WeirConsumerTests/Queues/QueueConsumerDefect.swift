@testable import WeirConsumer

/// Something that is wrong on purpose: with each of them the oracle must find something. The machine itself is right: it is told
/// something wrong, or what it decides is not done.
enum QueueConsumerDefect: String, CaseIterable, Sendable {
    /// Records are acknowledged when their handler begins.
    case acknowledgesAtOnce
    /// A handler that failed counts as one that succeeded.
    case acknowledgesFailures
    /// A handler that was cancelled, and returns, counts as one that was not.
    case acknowledgesCancelled
    /// The time of records is not extended.
    case neverExtends
    /// Timers go off when most of a record's time is over.
    case extendsLate
    /// Twice as many handlers run as were allowed.
    case runsTooMany
    /// More is asked for than can be handled.
    case asksForTooMany
    /// A shutdown returns nothing.
    case keepsWhatItHolds
    /// A shutdown is not noticed.
    case goesOnAfterShutdown
    /// That a receipt is not valid any more is not noticed.
    case ignoresLostReceipts
    /// Handlers may take as long as they like.
    case ignoresTheHandlersTime
    /// What failed comes again at once.
    case noBackOff
    /// Acknowledgements are not sent.
    case forgetsAcknowledgements
    /// Entries that failed count as done.
    case forgetsFailedEntries
    /// A record of an answer is dropped.
    case dropsARecord
    /// Visibility is changed while another change is under way.
    case overlapsChanges
    /// While an acknowledgement is refused, no other is sent.
    case oneFailureHoldsUpOthers
    /// A call that failed is not tried again.
    case neverTriesAgain

    /// Whether it shows only where calls fail.
    var needsFaults: Bool { [.ignoresLostReceipts, .forgetsFailedEntries, .neverTriesAgain].contains(self) }

    func settings(_ settings: QueueConsumerStateMachine.Settings) -> QueueConsumerStateMachine.Settings {
        var settings = settings
        switch self {
        case .runsTooMany: settings.concurrency *= 2
        case .asksForTooMany: settings.prefetch += 5
        case .ignoresTheHandlersTime: settings.handlerTimeout = .max
        default: break
        }
        return settings
    }

    /// What the machine is told of a handler.
    func told(
        _ outcome: QueueConsumerStateMachine.HandlerOutcome
    ) -> QueueConsumerStateMachine.HandlerOutcome {
        if case .failed = outcome, self == .acknowledgesFailures { .succeeded } else { outcome }
    }

    /// What the machine is told of an entry of a call.
    func told(
        _ outcome: QueueConsumerStateMachine.EntryOutcome
    ) -> QueueConsumerStateMachine.EntryOutcome {
        switch (self, outcome) {
        case (.ignoresLostReceipts, .gone), (.forgetsFailedEntries, .failed): .done
        default: outcome
        }
    }
}
