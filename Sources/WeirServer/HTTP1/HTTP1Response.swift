import NIOCore

/// Writes responses as HTTP/1.1 bytes.
enum HTTP1Response {
    /// `HTTP/1.1 100 Continue`.
    static let `continue` = "HTTP/1.1 100 Continue\r\n\r\n"

    /// The status line and the headers of a response, with the empty line; there is room for so many bytes behind them.
    static func head(
        _ response: ServerResponse,
        date: String,
        closes: Bool,
        isHTTP10: Bool,
        roomForBody: Int = 0
    ) -> ByteBuffer {
        var head = ByteBuffer()
        head.reserveCapacity(320 + roomForBody)
        head.writeStaticString("HTTP/1.1 ")
        head.writeString(statusLine(response.status))
        head.writeStaticString("\r\nx-amzn-RequestId: ")
        head.writeString(response.requestID)
        if let checksum = response.checksum {
            head.writeStaticString("\r\nx-amz-crc32: ")
            head.writeString("\(checksum)")
        }
        if let contentType = response.contentType {
            head.writeStaticString("\r\nContent-Type: ")
            head.writeString(contentType)
        }
        for header in response.headers { head.writeString("\r\n\(header.name): \(header.value)") }
        if let length = response.contentLength {
            head.writeStaticString("\r\nContent-Length: ")
            head.writeString("\(length)")
        } else if !isHTTP10 {
            head.writeStaticString("\r\nTransfer-Encoding: chunked")
        }
        head.writeStaticString("\r\nDate: ")
        head.writeString(date)
        if closes {
            head.writeStaticString("\r\nConnection: close")
        } else if isHTTP10 {
            head.writeStaticString("\r\nConnection: keep-alive")
        }
        head.writeStaticString("\r\n\r\n")
        return head
    }

    /// What comes before a chunk of so many bytes.
    static func chunkHead(_ count: Int) -> ByteBuffer { ByteBuffer(string: String(count, radix: 16) + "\r\n") }

    /// What comes behind a chunk.
    static let chunkEnd = ByteBuffer(staticString: "\r\n")

    /// What comes behind the last chunk.
    static let lastChunk = ByteBuffer(staticString: "0\r\n\r\n")

    private static func statusLine(_ status: Int) -> String {
        switch status {
        case 200: "200 OK"
        case 400: "400 Bad Request"
        case 401: "401 Unauthorized"
        case 403: "403 Forbidden"
        case 404: "404 Not Found"
        case 408: "408 Request Timeout"
        case 413: "413 Content Too Large"
        case 431: "431 Request Header Fields Too Large"
        case 500: "500 Internal Server Error"
        case 503: "503 Service Unavailable"
        default: "\(status) Status"
        }
    }
}
