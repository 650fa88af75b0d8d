import NIOCore
import WeirBytes
import WeirModel
import WeirWire

/// A call to CloudWatch as it came in.
public struct CloudWatchCall: Sendable {
    /// What stands before the dot in `X-Amz-Target`, and in the path of an RPC.
    public static let target = "GraniteServiceVersion20100801"
    /// What the service is called in signatures.
    public static let signingName = "monitoring"
    /// The version of its API.
    static let version = "2010-08-01"

    /// How it came, and how it is answered.
    public let form: CloudWatchForm
    private let action: String
    /// The input, once it is known behind HTTP's compression.
    private var body: ByteBuffer
    private let query: String

    /// Bytes of what is to be read.
    public var size: Int { body.readableBytes + query.utf8.count }

    /// The same call with the body as it is behind HTTP's compression.
    public func with(body: ByteBuffer) -> CloudWatchCall {
        var call = self
        call.body = body
        return call
    }

    /// A call in JSON.
    public static func json(_ action: String, body: ByteBuffer) -> CloudWatchCall {
        CloudWatchCall(form: .json, action: action, body: body, query: "")
    }

    /// A call in CBOR.
    public static func rpc(_ action: String, body: ByteBuffer) -> CloudWatchCall {
        CloudWatchCall(form: .rpc, action: action, body: body, query: "")
    }

    /// A call as a form, the parameters in the query of the address, in the body, or in both.
    public static func form(query: String, body: ByteBuffer) -> CloudWatchCall {
        CloudWatchCall(form: .query, action: "", body: body, query: query)
    }

    /// The action and its input. Throws `serialization` when the body cannot be read, and in the Query protocol
    /// `InvalidAction` when there is no such version.
    func read() throws(ServiceError) -> (action: String, input: WireMap) {
        switch form {
        case .json: return (action, try Self.members(body) { (body) throws(JSONError) in try WireValue(json: body) })
        case .rpc: return (action, try Self.members(body) { (body) throws(CBORError) in try WireValue(cbor: body) })
        case .query:
            let form = try QueryForm([Array(query.utf8), Array(body.readableBytesView)])
            let action = form.text("Action") ?? ""
            guard form.text("Version") == Self.version, !action.isEmpty else { throw noSuchAction(action, form) }
            return (action, form.parameters)
        }
    }

    /// What is said of an action that there is not.
    func unknown(_ action: String) -> ServiceError {
        guard case .query = form else { return ServiceError(.unknownOperation, "") }
        return ServiceError(.invalidAction, "Could not find operation \(action) for version \(Self.version)")
    }

    private func noSuchAction(_ action: String, _ form: QueryForm) -> ServiceError {
        guard !action.isEmpty else {
            return ServiceError(.missingAction, "The request is missing an action parameter.")
        }
        let version = form.text("Version").flatMap { $0.isEmpty ? nil : $0 } ?? "NO_VERSION_SPECIFIED"
        return ServiceError(.invalidAction, "Could not find operation \(action) for version \(version)")
    }

    /// The members of a body that is a structure, by how its format is read. An empty body has none.
    private static func members<Failure: Error>(
        _ body: ByteBuffer,
        _ read: (ByteBuffer) throws(Failure) -> WireValue
    ) throws(ServiceError) -> WireMap {
        guard body.readableBytes > 0 else { return [:] }
        let value: WireValue
        do throws(Failure) {
            value = try read(body)
        } catch {
            throw ServiceError(.serialization, "The body cannot be read: \(error)", cause: error)
        }
        guard case .map(let members) = value else { throw ServiceError(.serialization, "The body is no structure.") }
        return members
    }
}
