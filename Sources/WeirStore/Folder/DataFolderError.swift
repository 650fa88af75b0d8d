import WeirLog
import WeirModel
import WeirRuntime

/// Why a data folder could not be opened or closed.
public struct DataFolderError: Error, Sendable, CustomStringConvertible {
    /// What went wrong.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case locked, newerFormat, notADataFolder, catalogue, log, encryptionKey, inputOutput
        }
        private let value: Value

        private init(_ value: Value) { self.value = value }

        public var description: String { value.rawValue }

        /// Another process has the folder open.
        public static let locked = Code(.locked)
        /// A newer program wrote the folder.
        public static let newerFormat = Code(.newerFormat)
        /// The folder holds something else.
        public static let notADataFolder = Code(.notADataFolder)
        /// The catalogue could not be opened, or is damaged.
        public static let catalogue = Code(.catalogue)
        /// The log of a stream could not be opened, or is damaged.
        public static let log = Code(.log)
        /// The key is missing, or another, that records were encrypted with; or its file cannot be used.
        public static let encryptionKey = Code(.encryptionKey)
        /// The file system refused.
        public static let inputOutput = Code(.inputOutput)
    }

    /// What went wrong.
    public let code: Code
    /// For people; names the folder.
    public let message: String
    /// The error below, if any.
    public let cause: (any Error)?

    /// An error with its code and a message for people.
    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    public var description: String { message }
}

extension DataFolderError {
    /// What was thrown while a folder was being opened.
    init(opening path: String, _ error: any Error) {
        switch error {
        case let error as DataFolderError: self = error
        case let error as FileError:
            self.init(.inputOutput, "The data folder \(path) cannot be used: \(error)", cause: error)
        case let error as LogError:
            self.init(.log, "A log in the data folder \(path) cannot be opened: \(error.message)", cause: error)
        case let error as ServiceError:
            self.init(.catalogue, "The catalogue of \(path) cannot be read: \(error.message)", cause: error)
        default: self.init(.inputOutput, "The data folder \(path) cannot be opened: \(error)", cause: error)
        }
    }
}
