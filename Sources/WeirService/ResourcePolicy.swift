import NIOCore
import WeirModel
import WeirStore
import WeirWire

extension KinesisService {
    /// The ID of the queue that an ARN names; nil when it names none.
    func policyQueue(_ arn: String?) throws(ServiceError) -> String? {
        guard queues != nil, let arn, QueueARN(arn) != nil else { return nil }
        return try queueID(arn)
    }

    /// What an ARN or an ID names: a stream of this account and region, or a consumer of one. Channels have no policies
    /// yet.
    func policyResource(_ arn: String?, _ id: String?) async throws(ServiceError) -> PolicyResource {
        guard let arn else { return PolicyResource(stream: try await streamName(nil, nil, id)) }
        guard let parsed = StreamARN(arn) else {
            throw ServiceError(.resourceNotFound, "Resource \(arn) not found.")
        }
        let resource = PolicyResource(parsed)
        guard parsed.account == account, parsed.region == region else { throw streamNotFound(arn) }
        if id != nil {
            let named = try await streamName(nil, nil, id)
            guard named == resource.stream else {
                throw ServiceError(.invalidArgument, "ResourceARN and StreamId must refer to the same stream.")
            }
        }
        return resource
    }
}

/// The form of a resource policy: what must be there for it to mean anything.
///
/// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
enum PolicyDocument {
    /// Throws what is wrong with the text of a policy.
    ///
    /// - Parameter isEnforced: Whether calls are judged by it: then it must not say what is not understood.
    static func validate(_ text: String, isEnforced: Bool = false) throws(ServiceError) {
        guard text.utf8.count <= Limits.maximumResourcePolicySizeInBytes else {
            throw malformed(
                "it has \(text.utf8.count) bytes, more than \(Limits.maximumResourcePolicySizeInBytes)"
            )
        }
        guard let value = try? WireValue(json: ByteBuffer(string: text)), case .map(let document) = value else {
            throw malformed("it is not a JSON object")
        }
        if let version = document["Version"] {
            guard [.string("2012-10-17"), .string("2008-10-17")].contains(version) else {
                throw malformed("Version must be 2012-10-17 or 2008-10-17")
            }
        }
        switch document["Statement"] {
        case .map(let statement)?: try validate(statement, isEnforced)
        case .array(let statements)? where !statements.isEmpty:
            for element in statements {
                guard case .map(let statement) = element else { throw malformed("a Statement is not an object") }
                try validate(statement, isEnforced)
            }
        default: throw malformed("it has no Statement")
        }
    }

    private static func validate(_ statement: WireMap, _ isEnforced: Bool) throws(ServiceError) {
        guard [.string("Allow"), .string("Deny")].contains(statement["Effect"]) else {
            throw malformed("the Effect of a Statement must be Allow or Deny")
        }
        guard statement["Principal"] != nil || statement["NotPrincipal"] != nil else {
            throw malformed("a Statement has no Principal")
        }
        guard statement["Action"] != nil || statement["NotAction"] != nil else {
            throw malformed("a Statement has no Action")
        }
        if isEnforced, statement["Condition"] != nil {
            throw malformed("a Statement has a Condition, which this server does not judge")
        }
    }

    private static func malformed(_ reason: String) -> ServiceError {
        ServiceError(.invalidArgument, "Invalid resource policy: \(reason).")
    }
}
