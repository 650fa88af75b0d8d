/// An error of a Weir or AWS service call: what the server answers, and what the client throws.
///
/// On the wire it is HTTP 400 (500 and 503 for the server's own faults, 413 for a body that is too large) with the AWS error
/// code in `__type`.
public struct ServiceError: Error, Sendable, CustomStringConvertible {
    /// What went wrong. `rawValue` is the AWS error code as on the wire; the Swift name drops *Exception*.
    public struct Code: Hashable, Sendable, RawRepresentable, CustomStringConvertible {
        /// The AWS error code, for example `ResourceNotFoundException`.
        public let rawValue: String

        /// A code by its name on the wire.
        public init(rawValue: String) { self.rawValue = rawValue }

        public var description: String { rawValue }

        // Kinesis and DynamoDB: https://docs.aws.amazon.com/kinesis/latest/APIReference/CommonErrors.html
        /// A member broke a length, range or pattern constraint.
        public static let validation = Code(rawValue: "ValidationException")
        /// The body could not be read as the action's input.
        public static let serialization = Code(rawValue: "SerializationException")
        /// An argument is well formed but does not fit the resource.
        public static let invalidArgument = Code(rawValue: "InvalidArgumentException")
        /// The stream, shard or table does not exist.
        public static let resourceNotFound = Code(rawValue: "ResourceNotFoundException")
        /// The resource is in a state that forbids the call, or exists already.
        public static let resourceInUse = Code(rawValue: "ResourceInUseException")
        /// A limit of the account or the resource is reached.
        public static let limitExceeded = Code(rawValue: "LimitExceededException")
        /// The shard's or table's throughput is used up; try again later.
        public static let provisionedThroughputExceeded = Code(rawValue: "ProvisionedThroughputExceededException")
        /// The shard iterator is older than five minutes.
        public static let expiredIterator = Code(rawValue: "ExpiredIteratorException")
        /// The pagination token is too old.
        public static let expiredNextToken = Code(rawValue: "ExpiredNextTokenException")
        /// The call would have succeeded, but asked only whether it would.
        public static let dryRunOperation = Code(rawValue: "DryRunOperationException")
        /// The caller may not do this.
        public static let accessDenied = Code(rawValue: "AccessDeniedException")
        /// The request is not signed.
        public static let missingAuthenticationToken = Code(rawValue: "MissingAuthenticationTokenException")
        /// The signature lacks a part, or a part is not well formed.
        public static let incompleteSignature = Code(rawValue: "IncompleteSignatureException")
        /// The signature is wrong, too old, or made for something else.
        public static let invalidSignature = Code(rawValue: "InvalidSignatureException")
        /// There is no such access key, or its session token is wrong.
        public static let unrecognizedClient = Code(rawValue: "UnrecognizedClientException")
        /// No such action.
        public static let unknownOperation = Code(rawValue: "UnknownOperationException")
        /// The server failed; the call may be repeated.
        public static let internalFailure = Code(rawValue: "InternalFailure")
        /// The server cannot take the call now (shutting down, disk full); the call may be repeated.
        public static let serviceUnavailable = Code(rawValue: "ServiceUnavailable")
        /// The body of the request is too large.
        public static let requestEntityTooLarge = Code(rawValue: "RequestEntityTooLarge")
        /// Too many calls; try again later.
        public static let throttling = Code(rawValue: "ThrottlingException")
        /// A conditional write of a lease table found another state.
        public static let conditionalCheckFailed = Code(rawValue: "ConditionalCheckFailedException")
        /// A call about backups named a table that does not exist.
        public static let tableNotFound = Code(rawValue: "TableNotFoundException")
        /// A step of a transaction could not be done, so none was.
        public static let transactionCanceled = Code(rawValue: "TransactionCanceledException")
        /// A transaction with the same token is being done.
        public static let transactionInProgress = Code(rawValue: "TransactionInProgressException")
        /// A transaction with the same token was another one.
        public static let idempotentParameterMismatch = Code(rawValue: "IdempotentParameterMismatchException")

        // Only the client throws these.
        /// The call was not answered in time. It may have taken effect.
        public static let timeout = Code(rawValue: "RequestTimeout")
        /// The connection could not be made or was lost. The call may have taken effect.
        public static let connectionFailure = Code(rawValue: "ConnectionFailure")
        /// The answer could not be understood.
        public static let malformedResponse = Code(rawValue: "MalformedResponse")
        /// No credentials, region or endpoint was found.
        public static let configuration = Code(rawValue: "ConfigurationError")
        /// The caller's task was cancelled.
        public static let cancelled = Code(rawValue: "Cancelled")
    }

    /// What went wrong.
    public let code: Code
    /// For people.
    public let message: String
    /// The error below, if any.
    public let cause: (any Error)?

    /// An error with its code and a message for people.
    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// Whether the same call may succeed when it is sent again after a while.
    public var isRetryable: Bool { isThrottling || Self.retryable.contains(code) }

    /// Whether the service refused the call because of its rate.
    public var isThrottling: Bool { code == .provisionedThroughputExceeded || code == .throttling }

    /// The HTTP status that carries this error.
    public var httpStatus: Int {
        switch code {
        case .internalFailure: 500
        case .serviceUnavailable: 503
        case .requestEntityTooLarge: 413
        default: 400
        }
    }

    public var description: String { message.isEmpty ? code.rawValue : "\(code.rawValue): \(message)" }

    private static let retryable: Set<Code> = [.internalFailure, .serviceUnavailable, .timeout, .connectionFailure]
}
