import WeirLeases

/// What goes wrong with calls, and how often.
package struct LeaseFaults: Sendable {
    /// Chance that a call never reaches the service.
    package var lostRequest = 0.0
    /// Chance that the answer of a call is lost: the worker learns nothing.
    package var lostResponse = 0.0
    /// Chance that the answer is lost and the client repeats the call, so that the worker hears the second answer.
    package var repeatedCall = 0.0
    /// Chance that a call reaches the table only after the worker has given it up: up to a tenth of the fail-over time
    /// later, so before or after what the worker does next.
    package var lateRequest = 0.0
    /// Chance that a call takes long: up to half the fail-over time.
    package var slowCall = 0.0
    /// Chance that an answer comes twice.
    package var repeatedAnswer = 0.0
    /// Chance that the service has no room for a call, and says so.
    package var throttled = 0.0
    /// Chance that the change feed leaves something out for a worker, and says so.
    package var missedChange = 0.0

    package init(
        lostRequest: Double = 0,
        lostResponse: Double = 0,
        repeatedCall: Double = 0,
        lateRequest: Double = 0,
        missedChange: Double = 0
    ) {
        self.lostRequest = lostRequest
        self.lostResponse = lostResponse
        self.repeatedCall = repeatedCall
        self.lateRequest = lateRequest
        self.missedChange = missedChange
    }

    /// Each fault often, now and then, or never.
    package init(using random: inout SplitMix64) {
        func odds(_ random: inout SplitMix64) -> Double { [0, 0.005, 0.02, 0.1][random.below(4)] }
        lostRequest = odds(&random)
        lostResponse = odds(&random)
        repeatedCall = odds(&random)
        lateRequest = odds(&random)
        slowCall = odds(&random)
        repeatedAnswer = odds(&random)
        throttled = odds(&random)
        missedChange = odds(&random)
    }
}
