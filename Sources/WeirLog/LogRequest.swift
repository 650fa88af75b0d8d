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

    /// Where the answer goes: an index for appends.
    typealias Reply = CheckedContinuation<Result<UInt64, LogError>, Never>

    var kind: Kind
    var reply: Reply

    /// The entries of an append.
    var entries: [NewLogEntry] {
        if case .append(let entries) = kind { return entries }
        return []
    }
}
