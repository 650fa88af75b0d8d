import NIOCore
import WeirModel

/// Performs the actions of one service, from body to body: what a server dispatches to.
public protocol ActionService: Sendable {
    /// The service that it performs.
    var service: WireService { get }

    /// Performs an action. Throws `unknownOperation` when there is none of that name.
    func perform(_ call: ActionCall) async throws(ServiceError) -> ActionReply

    /// The server stops: the reply streams end, so that their readers go elsewhere, and no new one begins.
    func endReplyStreams()

    /// Does what is to be done now and then without a call: deletes what has expired. The server calls it.
    func maintain() async throws(ServiceError)
}

extension ActionService {
    /// Nothing, for a service without reply streams.
    public func endReplyStreams() {}

    public func maintain() async throws(ServiceError) {}
}

/// Who makes a call, and what they may do: known once the signature of the request was verified.
public protocol ActionCaller: Sendable {
    /// The user's ARN: `arn:aws:iam::ACCOUNT:user/NAME`.
    var arn: String { get }

    /// Asks whether the caller may perform an action. Throws `accessDenied`, in the words of AWS, when not.
    ///
    /// - Parameters:
    ///   - action: Service and action as policies name them, for example `kinesis:PutRecord`.
    ///   - resource: The ARN of what it is performed on; `*` when it is on nothing in particular.
    ///   - resourcePolicy: The text of the policy that is attached to the resource; nil when there is none.
    func authorize(_ action: String, on resource: String, resourcePolicy: String?) throws(ServiceError)
}

extension ActionCaller {
    /// Asks whether the caller may perform an action on something to which no policy is attached. Throws `accessDenied`, in the words
    /// of AWS, when not.
    public func authorize(_ action: String, on resource: String) throws(ServiceError) {
        try authorize(action, on: resource, resourcePolicy: nil)
    }
}

/// One call of an action, as it came in.
public struct ActionCall: Sendable {
    /// The name of the action: what stands after the dot in `X-Amz-Target`.
    public var action: String
    /// The input, for the one who reads it.
    public let body: CallBody
    /// The form of input and output.
    public var format: WireFormat
    /// Who calls; nil where the server asks nobody for credentials, and everything is allowed.
    public var caller: (any ActionCaller)?
    /// The room for the records of the answer; nil for what the action allows. To be asked when they are about to be read: from
    /// then on the answer counts in the server's memory.
    public var reply: ReplyReservation?
    /// How the call may wait for something to answer with; nil when it may not.
    public var wait: CallWait?
    /// What counts the time that the call waits because its input says so; nil where nobody wants to know.
    public var waited: WaitedTime?
    /// What counts the pieces of an answer that is a stream.
    public var replyMemory: ReplyMemory

    /// A call from its parts.
    public init(
        _ action: String,
        body: CallBody,
        format: WireFormat,
        caller: (any ActionCaller)? = nil,
        reply: ReplyReservation? = nil,
        wait: CallWait? = nil,
        waited: WaitedTime? = nil,
        replyMemory: ReplyMemory = ReplyMemory()
    ) {
        self.action = action
        self.body = body
        self.format = format
        self.caller = caller
        self.reply = reply
        self.wait = wait
        self.waited = waited
        self.replyMemory = replyMemory
    }

    /// Reads the input, has it performed, and writes the output.
    public func answer<Request: WireMessage, Response: WireMessage>(
        _ perform: (Request) async throws(ServiceError) -> Response
    ) async throws(ServiceError) -> ByteBuffer {
        let response = try await perform(try Request(wire: body.take(), format: format))
        var output = ByteBuffer()
        response.write(to: &output, format: format)
        return output
    }
}

/// What an action answers with when it succeeds.
public enum ActionReply: Sendable {
    /// The output, whole.
    case message(ByteBuffer)
    /// An output that comes in pieces.
    case stream(any ReplyStream)

    /// The output when it is whole.
    public var message: ByteBuffer? {
        switch self {
        case .message(let body): body
        case .stream: nil
        }
    }
}

/// A body that is made while it is read: the events of a subscription.
///
/// The reader asks for one piece after the other, and for the next only when its peer has room for it: what is not asked
/// for is not made, so a slow peer holds no memory.
public protocol ReplyStream: Sendable {
    /// `Content-Type` of the body.
    var contentType: String { get }

    /// The next piece; waits until there is one. Nil at the end of the body, and when the task is cancelled.
    func next() async -> ReplyPiece?

    /// Ends the stream before its end: the peer has gone. After the end it does nothing.
    func cancel()
}

/// A piece of a body that is made while it is read.
public struct ReplyPiece: Sendable {
    /// Its bytes, never none.
    public var bytes: ByteBuffer
    /// What it counts for in the server's memory: to be held until the bytes have left for the client. Nil for little.
    public var allowance: ReplyAllowance?

    /// A piece.
    public init(_ bytes: ByteBuffer, allowance: ReplyAllowance? = nil) {
        self.bytes = bytes
        self.allowance = allowance
    }
}
