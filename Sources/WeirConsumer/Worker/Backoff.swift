/// The pauses between tries of calls to services.
enum Backoff {
    /// 200 ms after the first failure, doubled after each one that follows, up to 10 s; a random half of it, so that
    /// consumers that failed together do not try together.
    static func pause(failures: Int, _ random: RandomSource) -> Duration {
        let milliseconds = min(200 << min(max(failures, 1) - 1, 6), 10_000)
        return .milliseconds(random.next(in: milliseconds / 2...milliseconds))
    }
}
