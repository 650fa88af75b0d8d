import NIOCore
import NIOHPACK

/// Makes the headers of HTTP/2 responses.
enum HTTP2Response {
    /// `100 Continue`.
    static let `continue` = HPACKHeaders([(":status", "100")])

    /// The headers of a response. What is of one response alone is kept out of the table of the compression.
    static func headers(_ response: ServerResponse, date: String) -> HPACKHeaders {
        var headers = HPACKHeaders()
        headers.reserveCapacity(8)
        headers.add(name: ":status", value: response.status == 200 ? "200" : "\(response.status)")
        headers.add(name: "x-amzn-requestid", value: response.requestID, indexing: .nonIndexable)
        if let checksum = response.checksum {
            headers.add(name: "x-amz-crc32", value: "\(checksum)", indexing: .nonIndexable)
        }
        if let contentType = response.contentType { headers.add(name: "content-type", value: contentType) }
        for header in response.headers {
            headers.add(name: header.name, value: header.value, indexing: .nonIndexable)
        }
        if let length = response.contentLength {
            headers.add(name: "content-length", value: "\(length)", indexing: .nonIndexable)
        }
        headers.add(name: "date", value: date)
        return headers
    }
}
