import NIOCore
import WeirModel

/// What the event streams of all services have in common: their first message, and the one that tells of an error.
enum ServiceEvent {
    static let initialResponse = "initial-response"

    /// The headers of an event or an exception.
    static func headers(_ kind: String, _ name: String, contentType: String) -> [EventStreamHeader] {
        [
            EventStreamHeader(":\(kind)-type", name),
            EventStreamHeader(":content-type", contentType),
            EventStreamHeader(":message-type", kind),
        ]
    }

    /// Appends the message that comes first. It says nothing.
    static func writeInitialResponse(to body: inout ByteBuffer, _ format: WireFormat, contentType: String) {
        body.writeEventStreamMessage(headers: headers("event", initialResponse, contentType: contentType)) { payload in
            WireValue.map([:]).write(to: &payload, format: format)
        }
    }

    /// Appends the message with which a stream ends by an error.
    static func write(_ error: ServiceError, to body: inout ByteBuffer, _ format: WireFormat, contentType: String) {
        body.writeEventStreamMessage(
            headers: headers("exception", error.code.rawValue, contentType: contentType)
        ) { payload in
            let members = WireMap([WireMember("message", .string(error.message))])
            WireValue.map(members).write(to: &payload, format: format)
        }
    }

    /// The error that a message tells of; nil when it is another message.
    static func error(_ message: EventStreamMessage, _ format: WireFormat) -> ServiceError? {
        switch message.text(":message-type") {
        case "exception":
            return ErrorBody.read(
                message.payload,
                status: 400,
                errorTypeHeader: message.text(":exception-type"),
                format: format
            )
        case "error":
            // An error that the model does not know: it stands in the headers alone.
            let code = message.text(":error-code").flatMap(ErrorBody.code) ?? .internalFailure
            return ServiceError(code, message.text(":error-message") ?? "")
        default: return nil
        }
    }
}
