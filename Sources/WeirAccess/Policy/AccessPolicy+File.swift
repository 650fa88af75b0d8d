extension AccessPolicy {
    /// Reads a policy in the form of IAM: `Version` and `Statement`, and in each statement `Sid`, `Effect`, `Action` and
    /// `Resource`.
    ///
    /// What else IAM knows (`Condition`, `NotAction`, `Principal`, …) is refused: without it a policy would mean another
    /// thing.
    ///
    /// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
    init(_ node: PolicyNode) throws(CredentialsFileError) {
        let map = try node.map(allowing: ["Version", "Id", "Statement"])
        if let version = map.optional("Version") {
            guard ["2012-10-17", "2008-10-17"].contains(try version.string()) else {
                throw version.refusal("must be 2012-10-17")
            }
        }
        var statements: [Statement] = []
        for element in try map.required("Statement").oneOrMore() { statements.append(try Statement(element)) }
        self.init(statements)
    }
}

extension AccessPolicy.Statement {
    fileprivate init(_ node: PolicyNode) throws(CredentialsFileError) {
        let map = try node.map(allowing: ["Sid", "Effect", "Action", "Resource"])
        let effect = try map.required("Effect")
        guard let known = Effect(rawValue: try effect.string()) else {
            throw effect.refusal("must be Allow or Deny")
        }
        self.init(
            effect: known,
            actions: try Self.patterns(try map.required("Action"), Self.checkAction),
            resources: try Self.patterns(try map.required("Resource"), Self.checkResource)
        )
    }

    private static func patterns(
        _ node: PolicyNode,
        _ check: (String) -> String?
    ) throws(CredentialsFileError) -> [String] {
        var texts: [String] = []
        for element in try node.oneOrMore() {
            let text = try element.string()
            if let reason = check(text) { throw element.refusal("'\(text)' \(reason)") }
            texts.append(text)
        }
        return texts
    }

    /// Actions name their service: one that does not would never match.
    private static func checkAction(_ text: String) -> String? {
        if text == "*" { return nil }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
            return "is no action: name the service and the action, for example kinesis:Put*, or *"
        }
        return nil
    }

    private static func checkResource(_ text: String) -> String? {
        if text.hasPrefix("*") || text.hasPrefix("arn:") { return nil }
        guard text.hasPrefix("stream/") || text.hasPrefix("table/") || text.hasPrefix("queue/") else {
            return "is no resource: name an ARN, stream/NAME, table/NAME, queue/ID or *"
        }
        return nil
    }
}
