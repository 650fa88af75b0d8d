import WeirModel

/// The errors of signatures, in the words of AWS.
///
/// Source of the order in which they are found: https://github.com/mhart/dynalite (recorded from DynamoDB).
enum SignatureErrors {
    static var signedTwice: ServiceError {
        ServiceError(
            .invalidSignature,
            "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."
        )
    }

    static func incomplete(authorization: String, missing: [String], hasDate: Bool) -> ServiceError {
        var text = missing.map { "Authorization header requires '\($0)' parameter. " }.joined()
        if !hasDate {
            text += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
        }
        return ServiceError(.incompleteSignature, "\(text)Authorization=\(authorization)")
    }

    static func incomplete(missingParameters missing: [String]) -> ServiceError {
        let text = missing.map { "AWS query-string parameters must include '\($0)'. " }.joined()
        return ServiceError(.incompleteSignature, "\(text)Re-examine the query-string parameters.")
    }

    static var lifetimeIsNoNumber: ServiceError {
        ServiceError(.incompleteSignature, "X-Amz-Expires should be a number")
    }

    static var lifetimeOutOfRange: ServiceError {
        ServiceError(
            .incompleteSignature,
            "X-Amz-Expires must be at least 1 and at most \(Limits.maximumPresignedLifetimeInSeconds) seconds, a week"
        )
    }

    static func notADate(_ text: String) -> ServiceError {
        ServiceError(
            .incompleteSignature,
            "Date must be in ISO-8601 'basic format'. Got '\(text)'. See http://en.wikipedia.org/wiki/ISO_8601"
        )
    }

    static func expired(_ time: SigningTime, window seconds: Int, now: SigningTime) -> ServiceError {
        let earliest = SigningTime(millisecondsSinceEpoch: (now.secondsSinceEpoch - Int64(seconds)) * 1000)
        return ServiceError(
            .invalidSignature,
            """
            Signature expired: \(time.dateTime) is now earlier than \(earliest.dateTime) \
            (\(now.dateTime) - \(span(seconds)))
            """
        )
    }

    static func notYetCurrent(_ time: SigningTime, window seconds: Int, now: SigningTime) -> ServiceError {
        let latest = SigningTime(millisecondsSinceEpoch: (now.secondsSinceEpoch + Int64(seconds)) * 1000)
        return ServiceError(
            .invalidSignature,
            """
            Signature not yet current: \(time.dateTime) is still later than \(latest.dateTime) \
            (\(now.dateTime) + \(span(seconds)))
            """
        )
    }

    private static func span(_ seconds: Int) -> String {
        seconds % 60 == 0 ? "\(seconds / 60) min." : "\(seconds) sec."
    }

    static func mustBeSigned(_ header: String) -> ServiceError {
        ServiceError(.invalidSignature, "\(header) must be a 'SignedHeader' in the AWS Authorization.")
    }

    static func unsupported(algorithm: String) -> ServiceError {
        ServiceError(
            .incompleteSignature,
            "Unsupported AWS 'algorithm': '\(algorithm)' (only \(SignatureVerifier.algorithm) for now). "
        )
    }

    static func malformed(credential: String) -> ServiceError {
        ServiceError(
            .incompleteSignature,
            """
            Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got \
            '\(credential)'
            """
        )
    }

    /// Everything that is wrong with a scope in one error; nil when nothing is.
    static func wrongScope(
        date: Substring,
        region: Substring,
        isRegionValid: Bool,
        service: Substring,
        of expectedService: String,
        terminator: Substring,
        time: SigningTime
    ) -> ServiceError? {
        var reasons: [String] = []
        if !isRegionValid { reasons.append("Credential should be scoped to a valid region, not '\(region)'.") }
        if service != expectedService {
            reasons.append("Credential should be scoped to correct service: '\(expectedService)'.")
        }
        if terminator != "aws4_request" {
            reasons.append(
                "Credential should be scoped with a valid terminator: 'aws4_request', not '\(terminator)'."
            )
        }
        if date != time.date {
            reasons.append(
                """
                Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '\(date)' \
                != '\(time.date)', from '\(time.dateTime)'.
                """
            )
        }
        return reasons.isEmpty ? nil : ServiceError(.invalidSignature, reasons.joined(separator: " "))
    }

    /// There is no such access key, or the session token is not that of the key.
    static var unrecognizedClient: ServiceError {
        ServiceError(.unrecognizedClient, "The security token included in the request is invalid.")
    }

    static func mismatch(_ canonical: CanonicalRequest, stringToSign: String) -> ServiceError {
        ServiceError(
            .invalidSignature,
            """
            The request signature we calculated does not match the signature you provided. Check your AWS Secret \
            Access Key and signing method. Consult the service documentation for details.

            The Canonical String for this request should have been
            '\(canonical.text)'

            The String-to-Sign should have been
            '\(stringToSign)'

            """
        )
    }
}
