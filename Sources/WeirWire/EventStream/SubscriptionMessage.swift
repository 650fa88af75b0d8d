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

    /// Appends the message, with its payload in the format.
    public func write(to body: inout ByteBuffer, format: WireFormat) {
        let contentType = format.eventContentType
        switch self {
        case .initialResponse: ServiceEvent.writeInitialResponse(to: &body, format, contentType: contentType)
        case .event(let event):
            body.writeEventStreamMessage(
                headers: ServiceEvent.headers("event", Self.eventName, contentType: contentType)
            ) { payload in event.write(to: &payload, format: format) }
        case .exception(let error): ServiceEvent.write(error, to: &body, format, contentType: contentType)
        }
    }

    /// Reads a message; nil when it is of a kind that is not known and has to be passed over. Throws what is wrong with it;
    /// an exception that the service reports is returned and not thrown.
    public init?(_ message: EventStreamMessage, format: WireFormat) throws(ServiceError) {
        if let error = ServiceEvent.error(message, format) {
            self = .exception(error)
            return
        }
        guard message.text(":message-type") == "event" else { return nil }
        switch message.text(":event-type") {
        case ServiceEvent.initialResponse: self = .initialResponse
        case Self.eventName: self = .event(try SubscribeToShardEvent(wire: message.payload, format: format))
        default: return nil
        }
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
