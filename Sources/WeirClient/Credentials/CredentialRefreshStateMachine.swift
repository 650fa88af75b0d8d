import WeirSigning

/// Decides when credentials that expire are fetched anew, who waits for it, and what is used while that fails.
///
/// As in botocore there are two moments before the end: from the first on they are fetched in the background, from the
/// second on every call waits for the new ones. With a lifetime of an hour or more these are 15 minutes (10 to 15, at
/// random, so that many processes do not come at once) and 10 minutes; shorter lifetimes have them at a quarter and a
/// sixth of the lifetime.
///
/// When fetching fails, the old ones are used for as long as they are good, with back-off, and nobody waits; those of a
/// source that outlasts outages are used beyond that.
///
/// Times are those of a clock that only goes forward.
///
/// Source: `RefreshableCredentials` in https://github.com/boto/botocore/blob/develop/botocore/credentials.py
package struct CredentialRefreshStateMachine: Sendable {
    /// What a call that needs credentials does.
    package enum Demand: Equatable, Sendable {
        /// Uses these.
        case use(Credentials)
        /// Uses these, and has others fetched.
        case useAndRefresh(Credentials)
        /// Has some fetched, and waits for them.
        case refresh
        /// Waits for those that are being fetched.
        case wait
    }

    private struct Held {
        var credentials: Credentials
        var expiry: Duration?
        /// From here on they are fetched anew.
        var refreshTime: Duration?
        /// From here on calls wait for the new ones.
        var mandatoryTime: Duration?
    }

    private static let advisoryWindow = Duration.seconds(15 * 60)
    private static let mandatoryWindow = Duration.seconds(10 * 60)
    /// Bounds of the wait after a failed attempt.
    private static let backOff = (first: Duration.seconds(1), last: Duration.seconds(60))
    /// When an answer held credentials that had expired, the source is asked again after 2 to 10 minutes, as botocore
    /// does.
    private static let staleRetry = (first: Duration.seconds(120), last: Duration.seconds(600))

    private let outlastsOutages: Bool
    private var held: Held?
    private var isRefreshing = false
    private var failures = 0
    private var nextAttempt = Duration.zero

    /// The machine of one source, without credentials.
    package init(outlastsOutages: Bool) {
        self.outlastsOutages = outlastsOutages
    }

    /// A call needs credentials. After `refresh` and `useAndRefresh` the outcome has to be told.
    package mutating func requested(now: Duration) -> Demand {
        guard let held else { return begin() ? .refresh : .wait }
        guard let refreshTime = held.refreshTime, now >= refreshTime else { return .use(held.credentials) }
        let isUsable = isUsable(held, now: now)
        // After a failure nobody waits for the next attempt who has anything to use.
        let waits = !isUsable || (failures == 0 && held.mandatoryTime.map { now >= $0 } == true)
        if isUsable, now < nextAttempt { return .use(held.credentials) }
        if begin() { return waits ? .refresh : .useAndRefresh(held.credentials) }
        return waits ? .wait : .use(held.credentials)
    }

    /// The source gave credentials. Returns those to use from now on; nil when it gave expired ones and there are no
    /// others. `jitter` is random, from 0 up to, not including, 1.
    package mutating func refreshed(_ fetched: TemporaryCredentials, now: Duration, jitter: Double) -> Credentials? {
        guard let lifetime = fetched.lifetime else {
            hold(Held(credentials: fetched.credentials))
            return fetched.credentials
        }
        if lifetime <= .zero {
            guard outlastsOutages else { return failed(now: now, jitter: jitter) }
            // The source itself has an outage. What it still gives is the best there is.
            let retry = now + Self.staleRetry.first + (Self.staleRetry.last - Self.staleRetry.first) * jitter
            hold(Held(credentials: fetched.credentials, expiry: now, refreshTime: retry))
            return fetched.credentials
        }
        let advisory = min(Self.advisoryWindow, lifetime / 4)
        let mandatory = min(Self.mandatoryWindow, lifetime / 6)
        let expiry = now + lifetime
        hold(
            Held(
                credentials: fetched.credentials,
                expiry: expiry,
                refreshTime: expiry - advisory + (advisory - mandatory) * jitter,
                mandatoryTime: expiry - mandatory
            )
        )
        return fetched.credentials
    }

    /// The source failed. Returns the old credentials when they may still be used. `jitter` is random, from 0 up to,
    /// not including, 1.
    package mutating func failed(now: Duration, jitter: Double) -> Credentials? {
        isRefreshing = false
        var bound = Self.backOff.first
        for _ in 0..<failures where bound < Self.backOff.last { bound *= 2 }
        failures += 1
        nextAttempt = now + min(bound, Self.backOff.last) * (0.5 + jitter / 2)
        guard let held, isUsable(held, now: now) else { return nil }
        return held.credentials
    }

    private mutating func hold(_ held: Held) {
        self.held = held
        isRefreshing = false
        failures = 0
        nextAttempt = .zero
    }

    private mutating func begin() -> Bool {
        defer { isRefreshing = true }
        return !isRefreshing
    }

    private func isUsable(_ held: Held, now: Duration) -> Bool {
        outlastsOutages || held.expiry.map { now < $0 } ?? true
    }
}
