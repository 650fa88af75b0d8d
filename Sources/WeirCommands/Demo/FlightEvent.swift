import NIOCore
import WeirWire

/// A line of the demo's data: something that happened to a flight.
struct FlightEvent {
    /// Why a strict reader refuses a line.
    enum Refusal: String, Error, Hashable, CaseIterable {
        case notJSON = "not a JSON object"
        case unknownEvent = "event is not departure, arrival or cancelled"
        case noTailNumber = "tailnum is null: no aircraft"
        case notAClockTime = "dep_time is not a clock time"
        case incompleteArrival = "arrival without arr_delay or air_time"
    }

    /// The partition key of lines without an aircraft.
    static let unknownAircraft = "unknown"

    private let members: JSONObject

    /// Reads a line as JSON; nothing else is checked.
    init(_ line: ByteBuffer) throws(Refusal) {
        do { members = try JSONObject(wire: line, format: .json) } catch { throw .notJSON }
    }

    /// The aircraft, or ``unknownAircraft``.
    var partitionKey: String {
        if case .text(let tail)? = members["tailnum"], !tail.isEmpty { return tail }
        return Self.unknownAircraft
    }

    /// Refuses what is not a proper event.
    func check() throws(Refusal) {
        guard case .text(let event)? = members["event"], ["departure", "arrival", "cancelled"].contains(event) else {
            throw .unknownEvent
        }
        guard partitionKey != Self.unknownAircraft else { throw .noTailNumber }
        if case .integer(let time)? = members["dep_time"] {
            guard (0..<24).contains(time / 100), (0..<60).contains(time % 100) else { throw .notAClockTime }
        }
        if event == "arrival" {
            guard case .integer? = members["arr_delay"], case .integer? = members["air_time"] else {
                throw .incompleteArrival
            }
        }
    }
}
