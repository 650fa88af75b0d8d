import NIOCore
import WeirBytes
import WeirModel

/// One line of the access log: a request and what became of it.
///
/// The query is left out, since it may hold a signature that is still good.
struct AccessLogEntry: Sendable {
    /// A longer text is cut: headers of strangers do not fill the disk.
    static let maximumTextLength = 256

    /// When the answer was ready, in milliseconds since 1970.
    var time: Int64
    var requestID: String
    /// Who sent it; nil when that is not known.
    var remoteAddress: SocketAddress?
    var user: String?
    var region: String?
    var method: String
    var path: String
    /// `X-Amz-Target`.
    var target: String?
    var status: Int
    var errorCode: String?
    var requestBytes: Int
    var responseBytes: Int
    /// How long it took, without what it waited for records.
    var microseconds: Int64
    /// How long it waited for records, because its client asked for that; nil for other requests.
    var waitedMicroseconds: Int64?

    /// The line as JSON, with its line feed.
    func write(to buffer: inout ByteBuffer) {
        buffer.writeJSONString(Self.iso8601(time), after: JSONMemberName("time", isFirst: true))
        buffer.writeJSONString(requestID, after: JSONMemberName("requestId", isFirst: false))
        write(remoteAddress.map(Self.text), JSONMemberName("remote", isFirst: false), to: &buffer)
        write(user, JSONMemberName("user", isFirst: false), to: &buffer)
        write(region, JSONMemberName("region", isFirst: false), to: &buffer)
        write(method, JSONMemberName("method", isFirst: false), to: &buffer)
        write(path, JSONMemberName("path", isFirst: false), to: &buffer)
        write(target, JSONMemberName("target", isFirst: false), to: &buffer)
        buffer.writeJSONInteger(Int64(status), after: JSONMemberName("status", isFirst: false))
        write(errorCode, JSONMemberName("error", isFirst: false), to: &buffer)
        buffer.writeJSONInteger(Int64(requestBytes), after: JSONMemberName("requestBytes", isFirst: false))
        buffer.writeJSONInteger(Int64(responseBytes), after: JSONMemberName("responseBytes", isFirst: false))
        buffer.writeJSONInteger(microseconds, after: JSONMemberName("microseconds", isFirst: false))
        if let waitedMicroseconds {
            buffer.writeJSONInteger(waitedMicroseconds, after: JSONMemberName("waitedMicroseconds", isFirst: false))
        }
        buffer.writeStaticString("}\n")
    }

    private func write(_ text: String?, _ name: JSONMemberName, to buffer: inout ByteBuffer) {
        guard let text else { return }
        let isLong = text.utf8.count > Self.maximumTextLength
        buffer.writeJSONString(isLong ? cut(text) : text, after: name)
    }

    /// A long text's beginning, by bytes: a single character may have thousands.
    private func cut(_ text: String) -> String {
        String(decoding: text.utf8.prefix(Self.maximumTextLength), as: UTF8.self)
    }

    private static func text(_ address: SocketAddress) -> String {
        guard let host = address.ipAddress, let port = address.port else { return address.description }
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    /// `2026-02-28T23:59:59.123Z`.
    private static func iso8601(_ milliseconds: Int64) -> String {
        let date = CivilDate(millisecondsSinceEpoch: milliseconds)
        func digits(_ number: Int, _ width: Int) -> String {
            let text = String(number)
            return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
        }
        let day = "\(digits(date.year, 4))-\(digits(date.month, 2))-\(digits(date.day, 2))"
        let clock = "\(digits(date.hour, 2)):\(digits(date.minute, 2)):\(digits(date.second, 2))"
        return "\(day)T\(clock).\(digits(Int(((milliseconds % 1000) + 1000) % 1000), 3))Z"
    }
}
