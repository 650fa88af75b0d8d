import NIOCore
import WeirLog
import WeirModel
import WeirRuntime

@testable import WeirStore

extension DataFolder {
    /// Opens a folder with a master key, or none, and closes it again.
    static func use<Result>(
        _ path: String,
        masterKey: MasterKey? = nil,
        time: any TimeSource = ManualTime(),
        fileSystem: any FileSystem = SystemFileSystem(),
        _ body: (DataFolder) async throws -> Result
    ) async throws -> Result {
        var configuration = DataFolder.Configuration()
        configuration.masterKey = masterKey
        return try await withDataFolder(
            path: path,
            configuration: configuration,
            fileSystem: fileSystem,
            time: time,
            logger: quiet,
            body
        )
    }

    /// The texts of the one shard of the stream of a folder.
    static func texts(_ path: String, masterKey: MasterKey? = nil) async throws -> [String] {
        try await use(path, masterKey: masterKey) { try await $0.streams.texts() }
    }

    /// Why a folder cannot be opened; nil when it can.
    static func refusal(_ path: String, masterKey: MasterKey? = nil) async -> DataFolderError? {
        var configuration = DataFolder.Configuration()
        configuration.masterKey = masterKey
        do throws(DataFolderError) {
            await (try DataFolder.open(path: path, configuration: configuration, logger: quiet)).close()
            return nil
        } catch {
            return error
        }
    }
}

extension EmbeddedStreamStore {
    func startEncryption(_ keyID: String = "alias/a", of stream: String = "flights") async throws(ServiceError) {
        _ = try await changeSettings(of: stream, .startEncryption(keyID: keyID))
    }

    func stopEncryption(of stream: String = "flights") async throws(ServiceError) {
        _ = try await changeSettings(of: stream, .stopEncryption)
    }

    /// The records of a shard from its trim horizon on, in one read.
    func records(shard: UInt32 = 0, of name: String = "flights") async throws(ServiceError) -> StoredRecords {
        let stream = try await stream(name: name)
        let start = try await position(.trimHorizon, shard: ShardID(shard), stream: stream)
        return try await read(
            from: start,
            shard: ShardID(shard),
            stream: stream,
            maximumCount: 10_000,
            maximumBytes: 10 << 20
        ).records
    }

    /// The payloads of a shard as the log has them.
    func payloads(shard: UInt32 = 0, of name: String = "flights") async throws -> [ByteBuffer] {
        try await live(name).log.read(lane: shard, from: 1, maximumCount: 10_000, maximumBytes: 10 << 20)
            .entries.map(\.payload)
    }

    /// The texts of the records of a shard, those encrypted on disk in brackets.
    func texts(shard: UInt32 = 0, of name: String = "flights") async throws -> [String] {
        try await records(shard: shard, of: name).map { record in
            let text = String(buffer: record.data)
            return record.isEncrypted ? "[\(text)]" : text
        }
    }
}

/// The bytes of all files of a folder, one after the other.
func allBytes(_ path: String) throws -> [UInt8] {
    let files = SystemFileSystem()
    var all: [UInt8] = []
    for name in try files.list(path) {
        let inner = "\(path)/\(name)"
        if (try? files.list(inner)) != nil {
            all += try allBytes(inner)
            continue
        }
        let file = try files.open(inner, .read)
        var bytes = [UInt8](repeating: 0, count: Int(try file.size()))
        let count = try bytes.withUnsafeMutableBytes { try file.read(into: $0, at: 0) }
        all += bytes[..<count]
    }
    return all
}

extension [UInt8] {
    /// Whether a text is in the bytes.
    func hold(_ text: String) -> Bool {
        let wanted = Array(text.utf8)
        guard let first = wanted.first else { return true }
        var start = startIndex
        while let place = self[start...].firstIndex(of: first) {
            if self[place...].starts(with: wanted) { return true }
            start = place + 1
        }
        return false
    }
}

extension SealedPayload {
    /// The number of the key that a payload is encrypted with; nil when it is not.
    static func keyNumber(of payload: ByteBuffer) -> UInt32? { payload.withUnsafeReadableBytes { keyNumber(of: $0) } }
}
