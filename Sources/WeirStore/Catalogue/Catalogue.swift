import FoundationEssentials
import GRDB
import WeirModel

/// The SQLite database of a data folder: what streams, shards and tables there are, and the items of the tables.
///
/// Every write is on disk when it returns. No call is cut short when the caller's task is cancelled: a write that was
/// begun ends, so that what is in memory and what is on disk cannot part.
struct Catalogue: Sendable {
    /// The newest format of a data folder that this program reads and writes.
    static let format = 7
    /// Marks the database as one of ours: `Weir` in ASCII.
    static let applicationID = 0x5765_6972
    /// Connections that read at the same time.
    private static let maximumReaderCount = 4

    private let pool: DatabasePool

    /// Opens or makes the database; blocking. Nothing is changed when it throws ``DataFolderError``.
    static func open(path: String, folder: String, secretKey: [UInt8]) throws(DataFolderError) -> Catalogue {
        do {
            try checkFormat(path: path, folder: folder)
            var configuration = Configuration()
            configuration.maximumReaderCount = maximumReaderCount
            configuration.foreignKeysEnabled = true
            let pool = try DatabasePool(path: path, configuration: configuration)
            // The pool sets NORMAL by itself when it opens, under which a commit survives a killed process, but not a
            // power cut.
            try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            try CatalogueSchema.migrator(secretKey: secretKey).migrate(pool)
            return Catalogue(pool: pool)
        } catch let error as DataFolderError {
            throw error
        } catch let error as DatabaseError where error.resultCode == .SQLITE_NOTADB {
            throw DataFolderError(.notADataFolder, "The file \(path) is no catalogue of Weir: \(error)", cause: error)
        } catch {
            throw DataFolderError(.catalogue, "The catalogue \(path) could not be opened: \(error)", cause: error)
        }
    }

    /// Looks at the database without changing it, as opening it for writing would.
    private static func checkFormat(path: String, folder: String) throws {
        var configuration = Configuration()
        configuration.readonly = true
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        let (found, application) = try queue.read { database in
            (
                try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0,
                try Int.fetchOne(database, sql: "PRAGMA application_id") ?? 0
            )
        }
        try queue.close()
        guard application == applicationID || (application == 0 && found == 0) else {
            throw DataFolderError(.notADataFolder, "The catalogue in \(folder) was not made by Weir.")
        }
        guard found <= format else {
            throw DataFolderError(
                .newerFormat,
                "The data folder \(folder) has format \(found), and this program knows formats up to \(format): "
                    + "use a newer release of Weir."
            )
        }
    }

    /// Copies all pages, as they are at one moment, into another database; blocking.
    func backUp(to copy: DatabaseQueue) throws { try pool.backup(to: copy) }

    /// Waits for what is under way and closes the database.
    func close() throws { try pool.close() }

    /// The key with which tokens are authenticated: 256 bits, made with the data folder.
    func secretKey() throws -> [UInt8] {
        let key = try pool.read { try Data.fetchOne($0, sql: "SELECT secret_key FROM store") }
        return [UInt8](key ?? Data())
    }

    /// SQLite's `synchronous` of the connection that writes: 2 is FULL.
    func synchronousLevel() throws -> Int? {
        try pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA synchronous") }
    }

    /// Runs `body` in a transaction that is durable when this returns. What `body` throws is thrown.
    func write<Result: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Result
    ) async throws(ServiceError) -> Result {
        let pool = pool
        return try await Self.perform { try await pool.write(body) }
    }

    /// Runs `body` on a snapshot that holds everything written before.
    func read<Result: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Result
    ) async throws(ServiceError) -> Result {
        let pool = pool
        return try await Self.perform { try await pool.read(body) }
    }

    private static func perform<Result: Sendable>(
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws(ServiceError) -> Result {
        let outcome = await Task { () async -> Swift.Result<Result, ServiceError> in
            do {
                return .success(try await body())
            } catch {
                return .failure(serviceError(error))
            }
        }.value
        return try outcome.get()
    }

    private static func serviceError(_ error: any Error) -> ServiceError {
        if let error = error as? ServiceError { return error }
        guard let error = error as? DatabaseError else {
            return ServiceError(.internalFailure, "The catalogue failed.", cause: error)
        }
        switch error.resultCode {
        case .SQLITE_FULL:
            return ServiceError(.serviceUnavailable, "The disk of the data folder is full.", cause: error)
        case .SQLITE_IOERR, .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_NOMEM:
            return ServiceError(.serviceUnavailable, "The catalogue cannot be read or written now.", cause: error)
        case .SQLITE_MISUSE:
            return ServiceError(.serviceUnavailable, "The data folder is closed.", cause: error)
        default:
            return ServiceError(.internalFailure, "The catalogue failed.", cause: error)
        }
    }
}
