import WeirModel

/// The members of requests that hold expressions, by which DynamoDB names them in its errors.
enum ExpressionKind: String, Sendable {
    case condition = "ConditionExpression"
    case filter = "FilterExpression"
    case keyCondition = "KeyConditionExpression"
    case projection = "ProjectionExpression"
    case update = "UpdateExpression"

    /// The error of an expression of this kind.
    func invalid(_ reason: String) -> ServiceError { ServiceError(.validation, "Invalid \(rawValue): \(reason)") }
}
