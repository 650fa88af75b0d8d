import WeirModel

extension SignatureClaim {
    /// The region that a request names in the credential of its signature, whether the rest of it is well formed or not:
    /// for a server that verifies no signatures. Nil when it names none.
    ///
    /// - Parameters:
    ///   - authorization: The `authorization` header.
    ///   - query: The query as on the wire.
    public static func claimedRegion(authorization: String?, query: String) -> String? {
        if let authorization { return region(after: "Credential=", in: authorization) }
        guard !query.isEmpty else { return nil }
        let parameters = ReceivedRequest(method: "", path: "", query: query, headers: []).parameters()
        guard let credential = parameters.first(where: { $0.name == "X-Amz-Credential" })?.value else { return nil }
        return region(after: "", in: credential)
    }

    /// The third element of a credential: a text like `AKID/20260228/eu-central-1/kinesis/aws4_request`.
    private static func region(after prefix: String, in text: String) -> String? {
        let start = prefix.isEmpty ? text.startIndex : text.firstRange(of: prefix)?.upperBound
        guard let start else { return nil }
        let elements = text.utf8[start...]
            .prefix { $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: " ") }
            .split(separator: UInt8(ascii: "/"), maxSplits: 3, omittingEmptySubsequences: false)
        guard elements.count == 4 else { return nil }
        let region = Substring(elements[2])
        return RegionName.isValid(region) ? String(region) : nil
    }
}
