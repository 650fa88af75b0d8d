/// What is handed to the writer of a log, with whom to answer.
struct LogRequest: Sendable {
    /// What to do.
    enum Kind: Sendable {
        /// Append these; none for a barrier.
        case append([NewLogEntry])
        /// Drop segments whose newest entry is older.
        case trim(before: Int64)
        /// Answer when everything before is done, then stop.
        case close
    }

    /// Takes the answer: an index for appends. It is called once, on the writer's thread, and must not block.
    typealias Reply = @Sendable (Result<UInt64, LogError>) -> Void

    var kind: Kind
    var reply: Reply

    /// The entries of an append.
    var entries: [NewLogEntry] {
        if case .append(let entries) = kind { return entries }
        return []
    }
}
