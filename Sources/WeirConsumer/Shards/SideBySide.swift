import WeirModel

/// Does something with each of many, a bounded number at a time. After a failure no more are begun, and it is thrown when those
/// that were begun have ended.
///
/// - Returns: the results, in any order.
func sideBySide<Element: Sendable, Outcome: Sendable>(
    _ elements: [Element],
    atMost limit: Int = 16,
    _ operation: @escaping @Sendable (Element) async throws(ServiceError) -> Outcome
) async throws(ServiceError) -> [Outcome] {
    let outcome = await withTaskGroup(
        of: Result<Outcome, ServiceError>.self,
        returning: Result<[Outcome], ServiceError>.self
    ) { group in
        var waiting = elements.makeIterator()
        func addNext() {
            guard let element = waiting.next() else { return }
            group.addTask {
                do throws(ServiceError) {
                    return .success(try await operation(element))
                } catch {
                    return .failure(error)
                }
            }
        }
        for _ in 0..<limit { addNext() }
        var outcomes: [Outcome] = []
        var failure: ServiceError?
        while let result = await group.next() {
            switch result {
            case .success(let outcome): outcomes.append(outcome)
            case .failure(let error): failure = failure ?? error
            }
            if failure == nil { addNext() }
        }
        return failure.map { .failure($0) } ?? .success(outcomes)
    }
    return try outcome.get()
}
