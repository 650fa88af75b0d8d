import WeirModel

/// A change of settings that may be carried out: what they become, and which daily limit it counts for.
struct SettingsPlan: Equatable {
    /// The settings now.
    let before: StreamSettings
    /// The settings when it is done.
    let after: StreamSettings
    /// The limit that it counts for; nil when it counts for none.
    let kind: RecentChanges.Kind?

    /// Plans a change. Throws what the action that asks for it answers.
    init(
        _ change: StreamSettingsChange,
        of stream: StreamDescription,
        recent: RecentChanges,
        limits: DailyChangeLimits,
        at now: Timestamp,
        errors: StreamErrors
    ) throws(ServiceError) {
        before = stream.settings
        if let requirement = change.onDemandAction, before.mode != .onDemand {
            throw errors.onDemandOnly(requirement, stream: stream.name)
        }
        after = before.applying(change)
        // What changes nothing counts for nothing.
        kind = after == before ? nil : change.limitedKind
        if let kind, recent.count(kind, at: now) >= limits.limit(kind) {
            throw errors.tooManyChanges(kind, limit: limits.limit(kind), stream: stream.name)
        }
    }

    /// Whether anything is to be done.
    var changesAnything: Bool { before != after }

    /// The capacity mode that the stream changes to; nil when it keeps its own.
    var newMode: StreamMode? { before.mode == after.mode ? nil : after.mode }
}

extension StreamSettingsChange {
    /// The action that only streams in on-demand mode take; nil for a change that all take.
    fileprivate var onDemandAction: String? {
        switch self {
        case .warmThroughput: "UpdateStreamWarmThroughput"
        case .distribution: "UpdateStreamRecordDistributionStrategy"
        default: nil
        }
    }

    fileprivate var limitedKind: RecentChanges.Kind? {
        switch self {
        case .mode: .mode
        case .startEncryption: .encryptionStart
        case .stopEncryption: .encryptionStop
        default: nil
        }
    }
}
