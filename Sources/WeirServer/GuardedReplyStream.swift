import WeirAccess
import WeirWire

/// An answer that is made while it is read, and that ends when its reader may not have it any more.
final class GuardedReplyStream: ReplyStream {
    private let stream: any ReplyStream
    private let watch: AccessWatch

    /// Guards an answer to a caller.
    init(_ stream: any ReplyStream, for caller: WatchedCaller, by access: AccessControl) {
        self.stream = stream
        watch = access.watch(caller) { stream.cancel() }
    }

    var contentType: String { stream.contentType }

    func next() async -> ReplyPiece? { await stream.next() }

    func cancel() { stream.cancel() }
}
