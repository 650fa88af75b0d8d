/// Tells HTTP/2 from HTTP/1.1 by the first bytes of a connection.
///
/// A client that knows that the server speaks HTTP/2 begins with a preface of 24 bytes, which is no request of HTTP/1.1
/// (RFC 9113, section 3.4). All that differs from it is left to the parser of HTTP/1.1.
struct ProtocolSniffer {
    /// What a connection speaks.
    enum Version: Hashable {
        case http1
        case http2
    }

    /// What a client of HTTP/2 sends first.
    static let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

    /// How many bytes of the preface have come in.
    private var matched = 0

    /// Takes bytes that came in. Returns what the connection speaks once that is sure; no bytes may follow then.
    mutating func take(_ bytes: some Sequence<UInt8>) -> Version? {
        let preface = Self.preface.utf8
        var place = preface.index(preface.startIndex, offsetBy: matched)
        for byte in bytes {
            guard preface[place] == byte else { return .http1 }
            place = preface.index(after: place)
            matched += 1
            if place == preface.endIndex { return .http2 }
        }
        return nil
    }
}
