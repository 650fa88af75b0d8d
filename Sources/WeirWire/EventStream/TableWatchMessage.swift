import NIOCore
import WeirModel

/// One message of the event stream with which ``WatchTable`` answers. See `docs/CHANGE-FEED.md`.
public enum TableWatchMessage: Sendable {
    /// The first: the watch has begun. It says nothing else.
    case initialResponse
    /// Items were changed.
    case changes(WatchTable.Event)
    /// Changes may have been missed: the table is to be scanned. Every change that a scan which begins now does not show
    /// will be told.
    case scanAgain(WatchTable.Event)
    /// Nothing was changed for a while.
    case heartbeat(WatchTable.Event)
    /// The last, when the watch ends by an error.
    case exception(ServiceError)

    private static let changesName = "TableChanges"
    private static let scanAgainName = "ScanAgain"
    private static let heartbeatName = "Heartbeat"
    private static let contentType = "application/x-amz-json-1.0"

    /// Appends the message; its payload is JSON.
    public func write(to body: inout ByteBuffer) {
        switch self {
        case .initialResponse: ServiceEvent.writeInitialResponse(to: &body, .json, contentType: Self.contentType)
        case .changes(let event): Self.write(event, Self.changesName, to: &body)
        case .scanAgain(let event): Self.write(event, Self.scanAgainName, to: &body)
        case .heartbeat(let event): Self.write(event, Self.heartbeatName, to: &body)
        case .exception(let error): ServiceEvent.write(error, to: &body, .json, contentType: Self.contentType)
        }
    }

    /// Reads a message; nil when it is of a kind that is not known and has to be passed over. Throws what is wrong with it;
    /// an exception that the service reports is returned and not thrown.
    public init?(_ message: EventStreamMessage) throws(ServiceError) {
        if let error = ServiceEvent.error(message, .json) {
            self = .exception(error)
            return
        }
        guard message.text(":message-type") == "event" else { return nil }
        switch message.text(":event-type") {
        case ServiceEvent.initialResponse: self = .initialResponse
        case Self.changesName: self = .changes(try WatchTable.Event(wire: message.payload, format: .json))
        case Self.scanAgainName: self = .scanAgain(try WatchTable.Event(wire: message.payload, format: .json))
        case Self.heartbeatName: self = .heartbeat(try WatchTable.Event(wire: message.payload, format: .json))
        default: return nil
        }
    }

    private static func write(_ event: WatchTable.Event, _ name: String, to body: inout ByteBuffer) {
        body.writeEventStreamMessage(
            headers: ServiceEvent.headers("event", name, contentType: contentType)
        ) { payload in event.write(to: &payload, format: .json) }
    }
}
