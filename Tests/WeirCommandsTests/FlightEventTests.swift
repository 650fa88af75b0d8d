import NIOCore
import Testing

@testable import WeirCommands

@Suite struct FlightEventTests {
    static func refusal(_ text: String) -> FlightEvent.Refusal? {
        do throws(FlightEvent.Refusal) {
            try FlightEvent(ByteBuffer(string: text)).check()
            return nil
        } catch {
            return error
        }
    }

    @Test(
        arguments: [
            (#"{"event":"departure","tailnum":"N1","dep_time":0}"#, nil),
            (#"{"event":"departure","tailnum":"N1","dep_time":2359}"#, nil),
            (#"{"event":"departure","tailnum":"N1","dep_time":2400}"#, .notAClockTime),
            (#"{"event":"departure","tailnum":"N1","dep_time":1260}"#, .notAClockTime),
            (#"{"event":"cancelled","tailnum":"N1","dep_time":null}"#, nil),
            (#"{"event":"cancelled","tailnum":null}"#, .noTailNumber),
            (#"{"event":"arrival","tailnum":"N1","arr_delay":-3,"air_time":40}"#, nil),
            (#"{"event":"arrival","tailnum":"N1","arr_delay":null,"air_time":40}"#, .incompleteArrival),
            (#"{"event":"arrival","tailnum":"N1","arr_delay":1}"#, .incompleteArrival),
            (#"{"event":"landing","tailnum":"N1"}"#, .unknownEvent), (#"{"event":"departure""#, .notJSON),
            ("[]", .notJSON),
        ] as [(String, FlightEvent.Refusal?)]
    )
    func aStrictReaderRefusesWhatIsNoProperEvent(_ line: String, _ expected: FlightEvent.Refusal?) {
        #expect(Self.refusal(line) == expected)
    }
}
