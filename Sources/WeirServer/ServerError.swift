/// Why a server does not run.
public struct ServerError: Error, Sendable, CustomStringConvertible {
    /// What went wrong.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case cannotListen
            case alreadyRan
            case unusableCertificate
        }

        private let value: Value

        /// The address could not be listened on: it is in use, or not one of this machine, or not allowed.
        public static let cannotListen = Code(value: .cannotListen)
        /// `run()` was called before on this server.
        public static let alreadyRan = Code(value: .alreadyRan)

        /// A certificate or its key cannot be read, or they do not belong together.
        public static let unusableCertificate = Code(value: .unusableCertificate)

        public var description: String { value.rawValue }
    }

    /// What went wrong.
    public let code: Code
    /// For people.
    public let message: String
    /// The error below, if any.
    public let cause: (any Error)?

    init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    public var description: String { message }
}
