import Testing

/// Waits for a condition, looking again and again. Fails the test when it does not come true in two minutes.
func eventually(
    _ what: Comment,
    isolation: isolated (any Actor)? = #isolation,
    _ location: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + .seconds(120)
    while try await !condition() {
        try #require(ContinuousClock.now < deadline, what, sourceLocation: location)
        try await Task.sleep(for: .milliseconds(1))
    }
}
