import WeirModel

/// CloudWatch's own errors, by the names of its model. The Query protocol has other names for them, which SDKs tell
/// users also where they speak another protocol.
extension ServiceError.Code {
    /// A parameter is out of its range.
    static let invalidParameterValue = Self(rawValue: "InvalidParameterValueException")
    /// A parameter that is required is missing.
    static let missingRequiredParameter = Self(rawValue: "MissingRequiredParameterException")
    /// Parameters that cannot be used together.
    static let invalidParameterCombination = Self(rawValue: "InvalidParameterCombinationException")
    /// No such action of the Query protocol.
    static let invalidAction = Self(rawValue: "InvalidAction")
    /// A call of the Query protocol that names no action.
    static let missingAction = Self(rawValue: "MissingAction")
}

extension ServiceError {
    /// The code in the Query protocol. Source:
    /// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CommonErrors.html
    var queryCode: String {
        switch code {
        case .invalidParameterValue: "InvalidParameterValue"
        case .missingRequiredParameter: "MissingParameter"
        case .invalidParameterCombination: "InvalidParameterCombination"
        case .accessDenied: "AccessDenied"
        case .missingAuthenticationToken: "MissingAuthenticationToken"
        case .incompleteSignature: "IncompleteSignature"
        case .invalidSignature: "SignatureDoesNotMatch"
        case .unrecognizedClient: "InvalidClientTokenId"
        case .serialization: "MalformedInput"
        default: code.rawValue
        }
    }

    /// The status in the Query protocol.
    var queryStatus: Int {
        switch code {
        case .accessDenied, .missingAuthenticationToken, .invalidSignature, .unrecognizedClient: 403
        default: httpStatus
        }
    }

    /// Whether the error is one of CloudWatch's model, which has another name in the Query protocol.
    var isModelled: Bool {
        switch code {
        case .invalidParameterValue, .missingRequiredParameter, .invalidParameterCombination: true
        default: false
        }
    }
}
