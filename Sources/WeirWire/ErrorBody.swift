import NIOCore
import WeirBytes
import WeirModel

/// The body of an answer that carries an error.
///
/// Kinesis names its errors plainly, DynamoDB with the name space that its model keeps them in:
/// `{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"…"}`. Readers look at what
/// follows the last `#`.
public enum ErrorBody {
    /// Appends the body for an error. An empty message is left out, as the services do.
    public static func write(
        _ error: ServiceError,
        service: WireService,
        to body: inout ByteBuffer,
        format: WireFormat
    ) {
        var members = [WireMember("__type", .string(nameSpace(error.code, service) + error.code.rawValue))]
        if !error.message.isEmpty {
            // The layer that refuses a body writes a capital, the services below it do not, but for transactions.
            let hasCapital = error.code == .serialization || error.code == .transactionCanceled
            members.append(WireMember(hasCapital ? "Message" : "message", .string(error.message)))
        }
        if let cause = error.cause as? any ErrorMembers { members += cause.members.members }
        WireValue.map(WireMap(members)).write(to: &body, format: format)
    }

    /// Reads the error of an answer, from whatever it has: the body's `__type` or `code`, the header
    /// `x-amzn-errortype`, and the status where neither tells.
    public static func read(
        _ body: ByteBuffer,
        status: Int,
        errorTypeHeader: String? = nil,
        format: WireFormat
    ) -> ServiceError {
        let value = try? WireValue(body, format)
        let members = (try? value?.map(.structure)) ?? [:]
        func text(_ names: String...) -> String? {
            for name in names {
                if case .string(let text)? = members[name], !text.isEmpty { return text }
            }
            return nil
        }
        let code = text("__type", "code").flatMap(code) ?? errorTypeHeader.flatMap(code) ?? code(status: status)
        return ServiceError(code, text("message", "Message", "errorMessage") ?? "")
    }

    /// The code in the text of a `__type` member or an `x-amzn-errortype` header: what stands between the last `#` of its
    /// name space and the first `:` of the address that may follow. Nil when there is none.
    public static func code(_ type: String) -> ServiceError.Code? {
        let name = type.prefix { $0 != ":" }
        let code = name.split(separator: "#", omittingEmptySubsequences: false).last ?? name
        let trimmed = code.drop { $0 == " " }
        return trimmed.isEmpty ? nil : ServiceError.Code(rawValue: String(trimmed))
    }

    private static func code(status: Int) -> ServiceError.Code {
        switch status {
        case 403: .accessDenied
        case 429: .throttling
        case 503: .serviceUnavailable
        case 500...: .internalFailure
        default: .malformedResponse
        }
    }

    private static func nameSpace(_ code: ServiceError.Code, _ service: WireService) -> String {
        guard service == .dynamoDB else { return "" }
        return switch code {
        case .validation: "com.amazon.coral.validate#"
        case .serialization, .unknownOperation, .accessDenied, .internalFailure, .serviceUnavailable,
            .missingAuthenticationToken, .incompleteSignature, .invalidSignature, .unrecognizedClient:
            "com.amazon.coral.service#"
        case .throttling: "com.amazon.coral.availability#"
        default: "com.amazonaws.dynamodb.v20120810#"
        }
    }
}
