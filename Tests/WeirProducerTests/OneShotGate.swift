@testable import WeirProducer

/// Holds tasks until it is opened.
final class OneShotGate: Sendable {
    private let opened = OneShot<Void>()

    func open() { opened.resolve(()) }

    /// False when the task was cancelled before.
    func wait() async -> Bool { await opened.value() != nil }
}

/// Waits until the condition holds, looking again and again; false after ten seconds.
func eventually(_ condition: @Sendable () -> Bool) async -> Bool {
    let deadline = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < deadline {
        if condition() { return true }
        try? await Task.sleep(for: .milliseconds(1))
    }
    return condition()
}
