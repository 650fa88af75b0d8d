import Testing

@testable import WeirSigning

@Suite struct SigningTimeTests {
    // Made with Python: datetime.fromtimestamp(ms // 1000, timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    @Test(arguments: [
        (0, "19700101T000000Z"),
        (999, "19700101T000000Z"),
        (1_440_938_160_000, "20150830T123600Z"),
        (951_782_399_999, "20000228T235959Z"),
        (951_782_400_000, "20000229T000000Z"),
        (951_868_800_000, "20000301T000000Z"),
        (1_709_164_800_000, "20240229T000000Z"),
        (1_735_689_599_000, "20241231T235959Z"),
        (1_735_689_600_000, "20250101T000000Z"),
        (4_107_542_399_000, "21000228T235959Z"),
        (4_107_542_400_000, "21000301T000000Z"),
        (-1, "19691231T235959Z"),
        (-62_135_596_800_000, "00010101T000000Z"),
        (253_402_300_799_999, "99991231T235959Z"),
        (Int64.max, "99991231T235959Z"),
        (Int64.min, "00010101T000000Z"),
    ]) func isWrittenInUTC(milliseconds: Int64, text: String) {
        let time = SigningTime(millisecondsSinceEpoch: milliseconds)
        #expect(time.dateTime == text)
        #expect(time.date == String(text.prefix(8)))
    }

    @Test(arguments: [
        "00010101T000000Z", "19691231T235959Z", "19700101T000000Z", "20000229T000000Z", "20240229T235959Z",
        "20260228T235959Z", "21000228T235959Z", "99991231T235959Z",
    ])
    func whatIsWrittenIsRead(text: String) throws {
        let time = try #require(SigningTime(text))
        #expect(time.dateTime == text)
        #expect(SigningTime(millisecondsSinceEpoch: time.secondsSinceEpoch * 1000) == time)
    }

    @Test(arguments: [
        "", "201", "00000101T000000Z", "20230229T000000Z", "20260431T000000Z", "20260001T000000Z", "20261301T000000Z",
        "20260100T000000Z", "20260132T000000Z", "20260101T240000Z", "20260101T006000Z", "20260101T000060Z",
        "20260101 000000Z", "20260101T000000X", "20260101T000000Zx", "2026010aT000000Z", "+0260101T000000Z",
        "2026-01-01T00:00:00Z", "20260101T0000０0Z",
    ])
    func otherTextsAreNoTime(text: String) { #expect(SigningTime(text) == nil) }
}
