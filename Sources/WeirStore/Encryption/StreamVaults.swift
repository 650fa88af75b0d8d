import WeirModel
import WeirRuntime

/// Makes the vaults of the streams of a data folder, whose keys were unwrapped when it was opened.
struct StreamVaults: Sendable {
    private let masters: MasterKeys
    private let catalogue: Catalogue
    private let time: any TimeSource
    private let keys: [Int64: [DataKey]]

    /// Unwraps all data keys. Throws `encryptionKey`, and changes none, when the master key of any of them is not
    /// there: a server that started without it could not give the records.
    static func open(
        catalogue: Catalogue,
        masters: MasterKeys,
        folder: String,
        time: any TimeSource
    ) async throws -> StreamVaults {
        let rows = try await catalogue.dataKeys()
        var keys: [Int64: [DataKey]] = [:]
        var rewrapped: [WrappedDataKey] = []
        var locked: Set<Int64> = []
        for row in rows {
            guard let master = masters.key(row.master) else {
                locked.insert(row.stream)
                continue
            }
            guard let key = row.unwrapped(by: master) else {
                throw DataFolderError(
                    .catalogue,
                    "The catalogue of \(folder) is damaged: key \(row.number) of stream \(row.stream) cannot be decrypted."
                )
            }
            keys[row.stream, default: []].append(key)
            if let given = masters.given, given.fingerprint != row.master {
                rewrapped.append(try WrappedDataKey(key, stream: row.stream, master: given, at: row.createdAt))
            }
        }
        guard locked.isEmpty else {
            if let failure = masters.failureOfOwn { throw failure }
            throw try await missingMaster(of: locked, catalogue, folder, masters)
        }
        // Keys that the folder's own master wrapped are wrapped by the given one from now on.
        if !rewrapped.isEmpty { try await catalogue.replace(rewrapped) }
        return StreamVaults(masters: masters, catalogue: catalogue, time: time, keys: keys)
    }

    private static func missingMaster(
        of locked: Set<Int64>,
        _ catalogue: Catalogue,
        _ folder: String,
        _ masters: MasterKeys
    ) async throws -> DataFolderError {
        let names = try await catalogue.streams().streams.map(\.description)
            .filter { locked.contains($0.id) }.map(\.name).sorted().joined(separator: ", ")
        let given =
            masters.given == nil
            ? "no key was given (--encryption-key), and the folder has none that fits"
            : "the key that was given is another"
        return DataFolderError(
            .encryptionKey,
            "The data folder \(folder) has streams with encrypted records (\(names)), and their key is missing: \(given). "
                + "No record and no key was changed."
        )
    }

    /// The vault of a stream.
    func vault(of stream: StreamDescription) -> StreamVault {
        StreamVault(stream, keys: keys[stream.id] ?? [], masters: masters, catalogue: catalogue, time: time)
    }
}
