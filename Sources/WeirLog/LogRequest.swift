import NIOCore

/// What is handed to the writer of a log, with whom to answer.
struct LogRequest: Sendable {
    /// What to do.
    enum Kind: Sendable {
        /// Append these; none for a barrier.
        case append(NewLogEntries)
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
    var append: NewLogEntries {
        if case .append(let append) = kind { return append }
        return NewLogEntries(entries: [])
    }
}

/// The entries of an append.
struct NewLogEntries: Sendable {
    var entries: [NewLogEntry]
    /// What the stored payloads begin with, in their order: one buffer for all, so that a batch costs one allocation and has
    /// one owner.
    var prefixes = ByteBuffer()
}
