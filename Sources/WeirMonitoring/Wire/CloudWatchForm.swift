import NIOCore
import WeirModel
import WeirWire

/// The forms in which SDKs speak to CloudWatch.
public enum CloudWatchForm: Sendable {
    /// AWS JSON 1.0.
    case json
    /// Smithy RPC v2 with CBOR. Source: https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html
    case rpc
    /// AWS Query: a form, answered in XML.
    case query

    /// The answer to a call that succeeded. PutMetricData has no output, so an RPC
    /// is answered without a body.
    ///
    /// - Parameters:
    ///   - action: The action.
    ///   - requestID: The ID of the request, which stands in the body too.
    ///   - entityFault: Why the entities of the call were not taken, if they were not.
    public func success(_ action: String, requestID: String, entityFault: EntityFault? = nil) -> CloudWatchAnswer {
        var headers = ownHeaders
        if let entityFault {
            headers.append((name: "x-amzn-failure-message", value: entityFault.rawValue))
        }
        var body = ByteBuffer()
        if case .query = self {
            body.writeString(
                """
                <\(action)Response xmlns="\(Self.nameSpace)">
                  <ResponseMetadata>
                    <RequestId>\(requestID)</RequestId>
                  </ResponseMetadata>
                </\(action)Response>

                """
            )
        }
        if isJSON { body.writeStaticString("{}") }
        return CloudWatchAnswer(
            status: 200,
            contentType: body.readableBytes > 0 ? contentType : nil,
            headers: headers,
            body: body
        )
    }

    /// The answer to a call that failed.
    public func failure(_ error: ServiceError, requestID: String) -> CloudWatchAnswer {
        var body = ByteBuffer()
        var headers = ownHeaders
        let type = error.httpStatus < 500 ? "Sender" : "Receiver"
        switch self {
        case .query:
            body.writeString(
                """
                <ErrorResponse xmlns="\(Self.nameSpace)">
                  <Error>
                    <Type>\(type)</Type>
                    <Code>\(error.queryCode)</Code>
                    <Message>\(Self.escaped(error.message))</Message>
                  </Error>
                  <RequestId>\(requestID)</RequestId>
                </ErrorResponse>

                """
            )
        case .json, .rpc:
            if error.isModelled { headers.append((name: "x-amzn-query-error", value: "\(error.queryCode);\(type)")) }
            let space = error.isModelled ? "com.amazonaws.cloudwatch#" : "com.amazon.coral.service#"
            var members = [WireMember("__type", .string(space + error.code.rawValue))]
            if !error.message.isEmpty { members.append(WireMember("message", .string(error.message))) }
            let value = WireValue.map(WireMap(members))
            if isJSON { value.writeJSON(to: &body) } else { value.writeCBOR(to: &body) }
        }
        let status = if case .query = self { error.queryStatus } else { error.httpStatus }
        return CloudWatchAnswer(status: status, contentType: contentType, headers: headers, body: body)
    }

    private static let nameSpace = "http://monitoring.amazonaws.com/doc/2010-08-01/"

    private var isJSON: Bool { if case .json = self { true } else { false } }

    private var contentType: String {
        switch self {
        case .json: "application/x-amz-json-1.0"
        case .rpc: "application/cbor"
        case .query: "text/xml"
        }
    }

    private var ownHeaders: [(name: String, value: String)] {
        if case .rpc = self { [(name: "smithy-protocol", value: "rpc-v2-cbor")] } else { [] }
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            // XML has no other control characters, not even escaped.
            case "\u{0}"..."\u{8}", "\u{B}", "\u{C}", "\u{E}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": result += "?"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

/// An answer of CloudWatch, without what the server adds to every answer.
public struct CloudWatchAnswer: Sendable {
    /// The HTTP status.
    public let status: Int
    /// `Content-Type`; nil where there is no body.
    public let contentType: String?
    /// Headers that only CloudWatch's answers have.
    public let headers: [(name: String, value: String)]
    /// The body.
    public let body: ByteBuffer
}
