import Testing
import WeirModel

@Suite struct CivilDateTests {
    @Test(
        arguments: [
            (0, "Thu 1 Jan 1970 0:0:0"), (951_782_400_000, "Tue 29 Feb 2000 0:0:0"),
            (1_709_251_199_999, "Thu 29 Feb 2024 23:59:59"), (1_709_251_200_000, "Fri 1 Mar 2024 0:0:0"),
            (4_107_542_399_000, "Sun 28 Feb 2100 23:59:59"), (4_107_542_400_000, "Mon 1 Mar 2100 0:0:0"),
            (-1, "Wed 31 Dec 1969 23:59:59"), (784_111_777_000, "Sun 6 Nov 1994 8:49:37"),
        ] as [(Int64, String)]
    )
    func timesHaveDates(milliseconds: Int64, expected: String) {
        let date = CivilDate(millisecondsSinceEpoch: milliseconds)
        let clock = "\(date.hour):\(date.minute):\(date.second)"
        #expect("\(date.weekdayName) \(date.day) \(date.monthName) \(date.year) \(clock)" == expected)
    }
}
