import NIOCore
import WeirModel

/// One message of the event stream with which SubscribeToShard answers.
///
/// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_SubscribeToShardEventStream.html
public enum SubscriptionMessage: Sendable {
    /// The first: the subscription has begun. It says nothing else.
    case initialResponse
    /// Records, or that there are none.
    case event(SubscribeToShardEvent)
    /// The last, when the subscription ends by an error.
    case exception(ServiceError)

    private static let eventName = "SubscribeToShardEvent"
    private static let initialResponseName = "initial-response"

    /// Appends the message, with its payload in the format.
    public func write(to body: inout ByteBuffer, format: WireFormat) {
        switch self {
        case .initialResponse:
            body.writeEventStreamMessage(headers: Self.headers("event", Self.initialResponseName, format)) { payload in
                WireValue.map([:]).write(to: &payload, format: format)
            }
        case .event(let event):
            body.writeEventStreamMessage(headers: Self.headers("event", Self.eventName, format)) { payload in
                event.write(to: &payload, format: format)
            }
        case .exception(let error):
            body.writeEventStreamMessage(headers: Self.headers("exception", error.code.rawValue, format)) { payload in
                let members = WireMap([WireMember("message", .string(error.message))])
                WireValue.map(members).write(to: &payload, format: format)
            }
        }
    }

    /// Reads a message; nil when it is of a kind that is not known and has to be passed over. Throws what is wrong with it;
    /// an exception that the service reports is returned and not thrown.
    public init?(_ message: EventStreamMessage, format: WireFormat) throws(ServiceError) {
        switch (message.text(":message-type"), message.text(":event-type")) {
        case ("event", Self.initialResponseName):
            self = .initialResponse
        case ("event", Self.eventName):
            self = .event(try SubscribeToShardEvent(wire: message.payload, format: format))
        case ("exception", _):
            self = .exception(
                ErrorBody.read(
                    message.payload,
                    status: 400,
                    errorTypeHeader: message.text(":exception-type"),
                    format: format
                )
            )
        case ("error", _):
            // An error that the model does not know: it stands in the headers alone.
            let code = message.text(":error-code").flatMap(ErrorBody.code) ?? .internalFailure
            self = .exception(ServiceError(code, message.text(":error-message") ?? ""))
        default:
            return nil
        }
    }

    private static func headers(_ kind: String, _ name: String, _ format: WireFormat) -> [EventStreamHeader] {
        [
            EventStreamHeader(":\(kind)-type", name),
            EventStreamHeader(":content-type", format.eventContentType),
            EventStreamHeader(":message-type", kind),
        ]
    }
}

extension WireFormat {
    /// The content type of the payloads of events.
    fileprivate var eventContentType: String {
        switch self {
        case .json: "application/x-amz-json-1.1"
        case .cbor: "application/x-amz-cbor-1.1"
        }
    }
}
