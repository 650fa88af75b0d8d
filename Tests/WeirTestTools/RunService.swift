import ServiceLifecycle

/// Runs a service beside the body, then shuts it down in order.
package func runService(_ service: some Service, while body: () async throws -> Void) async throws {
    let task = Task { try await service.run() }
    do {
        try await body()
    } catch {
        task.cancel()
        _ = await task.result
        throw error
    }
    task.cancel()
    try await task.value
}
