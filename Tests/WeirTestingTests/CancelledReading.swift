import WeirModel

/// Reads a sequence until it has given something, cancels the task that reads, and gives the error with which it ends.
func endOfCancelledReading<Elements: AsyncSequence & Sendable>(of elements: Elements) async -> ServiceError.Code?
where Elements.Failure == ServiceError {
    let (seen, sawOne) = AsyncStream<Void>.makeStream()
    let reader = Task { () -> ServiceError.Code? in
        do throws(ServiceError) {
            for try await _ in elements { sawOne.yield() }
            return nil
        } catch {
            return error.code
        }
    }
    for await _ in seen { break }
    reader.cancel()
    return await reader.value
}
