import WeirModel

/// Decides when the next piece of a body is asked for that is made while it is read.
///
/// A piece is asked for only when the client has read nearly all of those before it: a reader that is slow, or stops,
/// holds no more memory than that, and one piece. It does no I/O.
struct ReplyStreamStateMachine {
    enum Action: Hashable {
        case none
        /// Ask for the next piece.
        case pull
        /// Write the end of the body.
        case finish
        /// Tell the maker of the body that nobody wants it any more.
        case cancel
        /// The same, and write the end of the body.
        case cancelAndFinish
    }

    private enum State: Hashable {
        case waiting
        /// A piece was asked for and has not come.
        case pulling
        case over
    }

    private var state = State.waiting
    private var unwrittenBytes = 0

    /// The head of the answer was written: the body may begin.
    mutating func begin() -> Action { pull() }

    /// A piece came that was asked for. Returns whether it is to be written.
    mutating func pieceArrived(bytes: Int) -> Bool {
        guard state == .pulling else { return false }
        state = .waiting
        unwrittenBytes += bytes
        return true
    }

    /// The piece was handed to the channel.
    mutating func handedOver() -> Action { pull() }

    /// Bytes of the body have left for the client.
    mutating func written(bytes: Int) -> Action {
        unwrittenBytes -= bytes
        return pull()
    }

    /// There are no more pieces.
    mutating func endArrived() -> Action {
        guard state == .pulling else { return .none }
        state = .over
        return .finish
    }

    /// The server wants to end the body before its end.
    mutating func end() -> Action {
        guard state != .over else { return .none }
        state = .over
        return .cancelAndFinish
    }

    /// The client has gone.
    mutating func abandon() -> Action {
        guard state != .over else { return .none }
        state = .over
        return .cancel
    }

    private mutating func pull() -> Action {
        guard state == .waiting, unwrittenBytes <= Limits.maximumUnreadStreamBytes else { return .none }
        state = .pulling
        return .pull
    }
}
