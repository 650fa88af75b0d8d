/// Decides in which portions the records of a fetch are handed to the handler, and what happens after it fails.
///
/// Pure: it counts records, knows nothing of their content, and says how long to wait without waiting.
struct DeliveryStateMachine {
    enum Step: Hashable {
        /// Hand these records over; a single one that failed so many times before.
        case deliver(Range<Int>, failedAttempts: Int)
        /// Wait, then ask again.
        case wait(Duration)
        /// Give this record up, then call ``passed()``.
        case giveUp(Int, attempts: Int)
        /// Nothing is left.
        case finished
    }

    private let policy: FailurePolicy
    private let isOneByOne: Bool
    /// What is left, the next portion last.
    private var portions: [Range<Int>]
    private var failedAttempts = 0
    /// When the record failed first.
    private var firstFailedAt: UInt64?
    private var isPauseDue = false
    private var isGivenUp = false

    init(count: Int, isOneByOne: Bool, policy: FailurePolicy) {
        self.policy = policy
        self.isOneByOne = isOneByOne
        portions = count > 0 ? [0..<count] : []
    }

    mutating func next() -> Step {
        guard let portion = current else { return .finished }
        if isGivenUp { return .giveUp(portion.lowerBound, attempts: failedAttempts) }
        if isPauseDue {
            isPauseDue = false
            return .wait(policy.pause(afterAttempt: failedAttempts))
        }
        return .deliver(portion, failedAttempts: failedAttempts)
    }

    /// The portion was processed.
    mutating func succeeded() { advance() }

    /// The record that was given up was dealt with.
    mutating func passed() { advance() }

    /// The handler failed, at a time of the monotonic clock; with a rejection, another attempt would not help.
    mutating func failed(isRejection: Bool, at now: UInt64) {
        guard let portion = current else { return }
        guard portion.count == 1 else {
            let middle = portion.lowerBound + portion.count / 2
            portions[portions.count - 1] = middle..<portion.upperBound
            portions.append(portion.lowerBound..<middle)
            return
        }
        failedAttempts += 1
        let first = firstFailedAt ?? now
        firstFailedAt = first
        isGivenUp =
            isRejection || failedAttempts >= policy.maximumAttempts || policy.isOver(after: .nanoseconds(now - first))
        isPauseDue = !isGivenUp
    }

    private var current: Range<Int>? {
        guard let portion = portions.last else { return nil }
        return isOneByOne ? portion.lowerBound..<portion.lowerBound + 1 : portion
    }

    private mutating func advance() {
        guard let portion = current, let last = portions.popLast() else { return }
        if portion.upperBound < last.upperBound { portions.append(portion.upperBound..<last.upperBound) }
        failedAttempts = 0
        firstFailedAt = nil
        isGivenUp = false
    }
}
