/// What became of a lease, for those who watch.
public enum LeaseReport: Hashable, Sendable {
    /// This worker holds it now; `from` is the owner before, nil when nobody was.
    case taken(key: String, from: String?, how: Taking)
    /// This worker holds it no more, and did not give it up.
    case lost(key: String, reason: Loss)
    /// Given up for anyone.
    case released(key: String)
    /// Given to the worker that asked for it.
    case handedOver(key: String, to: String)
    /// This worker asked the owner to hand it over.
    case requested(key: String, from: String)

    /// How a lease came to a worker.
    public enum Taking: Hashable, Sendable {
        /// Nobody held it.
        case unowned
        /// Its owner gave no sign of life.
        case expired
        /// Its owner handed it over.
        case handedOver
        /// Taken from a live owner that understands no request, or did not follow one.
        case stolen
        /// It was this worker's already, from an earlier life or before an interruption.
        case resumed
    }

    /// How a lease was lost.
    public enum Loss: Hashable, Sendable {
        /// Another worker (nil: nobody) holds it.
        case taken(by: String?)
        /// It could not be renewed within the fail-over time: another worker may take it.
        case notRenewed
        /// It is not in the table any more.
        case deleted
    }
}
