/// A user record, and what becomes of it in a handler.
package struct SimulatedRecord: Sendable {
    package enum Fate: Hashable, Sendable {
        /// It is processed.
        case good
        /// The handler fails on it so many times.
        case flaky(Int)
        /// The handler always fails on it.
        case poison
        /// The handler refuses it.
        case rejected
    }

    package var key: String
    package var fate: Fate
    /// How often a handler has failed on it.
    package var failures = 0

    package init(key: String, fate: Fate) {
        self.key = key
        self.fate = fate
    }

    /// Whether no handler will ever process it.
    var isHopeless: Bool { fate == .poison || fate == .rejected }

    /// Whether a handler processes it now.
    var isProcessed: Bool {
        switch fate {
        case .good: true
        case .flaky(let count): failures >= count
        case .poison, .rejected: false
        }
    }
}
