import Testing

@testable import WeirServer

@Suite struct ProtocolSnifferTests {
    private static let preface = Array(ProtocolSniffer.preface.utf8)

    @Test(arguments: 0...preface.count)
    func thePrefaceIsHTTP2HoweverItIsSplit(place: Int) {
        var sniffer = ProtocolSniffer()
        let first = sniffer.take(Self.preface[..<place])
        if place == Self.preface.count {
            #expect(first == .http2)
        } else {
            #expect(first == nil)
            #expect(sniffer.take(Self.preface[place...]) == .http2)
        }
    }

    @Test func thePrefaceIsHTTP2ByteForByteAndMayBeFollowed() {
        var sniffer = ProtocolSniffer()
        for byte in Self.preface.dropLast() { #expect(sniffer.take([byte]) == nil) }
        #expect(sniffer.take([Self.preface[23], 0, 0, 0, 4]) == .http2)
    }

    @Test(arguments: 0..<preface.count, [0x00, 0x0A, 0x50, 0xFF] as [UInt8])
    func whatDiffersInAnyPlaceIsHTTP1(place: Int, byte: UInt8) {
        guard Self.preface[place] != byte else { return }
        var whole = ProtocolSniffer()
        #expect(whole.take(Self.preface[..<place] + [byte]) == .http1)
        var split = ProtocolSniffer()
        #expect(split.take(Self.preface[..<place]) == nil)
        #expect(split.take([byte]) == .http1)
    }

    @Test(arguments: ["POST / HTTP/1.1\r\n", "GET", "PUT ", "PRIX", "\u{16}\u{3}\u{1}", "\r\n"])
    func requestsOfHTTP1AreTold(text: String) {
        var sniffer = ProtocolSniffer()
        #expect(sniffer.take(text.utf8) == .http1)
    }

    @Test func noBytesTellNothing() {
        var sniffer = ProtocolSniffer()
        #expect(sniffer.take([]) == nil)
    }
}
