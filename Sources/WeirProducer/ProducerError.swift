import WeirModel

/// Why a record was not put.
public struct ProducerError: Error, Sendable, CustomStringConvertible {
    /// What went wrong.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        // Private, so that a new code breaks no one's switch.
        private enum Name: String {
            case invalidRecord, invalidConfiguration, notRunning, alreadyRunning, shutDown, expired, refused, cancelled
        }

        private let name: Name

        private init(_ name: Name) { self.name = name }

        public var description: String { name.rawValue }

        /// The record breaks a limit of the service; it was not accepted.
        public static let invalidRecord = Code(.invalidRecord)
        /// The configuration cannot work.
        public static let invalidConfiguration = Code(.invalidConfiguration)
        /// `run()` was not called within the record's time to live; the record was not accepted.
        public static let notRunning = Code(.notRunning)
        /// `run()` was called a second time.
        public static let alreadyRunning = Code(.alreadyRunning)
        /// The producer has ended. An accepted record may have been put.
        public static let shutDown = Code(.shutDown)
        /// The record's time to live passed before the service took it. It may have been put when the last error was
        /// a time-out or a lost connection.
        public static let expired = Code(.expired)
        /// The service refused the record or the call for a reason that does not pass.
        public static let refused = Code(.refused)
        /// The caller's task was cancelled. An accepted record is put all the same.
        public static let cancelled = Code(.cancelled)
    }

    /// What went wrong.
    public let code: Code
    /// For people.
    public let message: String
    /// The service's last error, if any.
    public let cause: ServiceError?

    /// An error with its code and a message for people.
    public init(_ code: Code, _ message: String, cause: ServiceError? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// Whether the same record may be put when it is given to a producer again after a while.
    public var isRetryable: Bool { code == .expired || code == .shutDown || code == .notRunning }

    public var description: String { "\(code): \(message)" }
}
