import WeirModel
import WeirRuntime
import WeirStore
import WeirWire

/// Makes copies of the data folder, each in a new folder inside the one that was set aside for them.
struct StoreBackup: Sendable {
    private let source: any BackupSource
    /// The folder that holds the backups.
    private let directory: String
    private let time: any TimeSource

    /// Makes backups in a folder; nil where none was set aside, or the stores cannot be copied.
    init?(_ stores: (any RegionalStores)?, in directory: String?, time: any TimeSource) {
        guard let directory, let source = stores as? any BackupSource else { return nil }
        self.source = source
        self.directory = directory
        self.time = time
    }

    /// Makes a backup of this name, or one named after the time. Throws `validation` when it is no name, and what
    /// ``BackupSource/backUp(to:)`` throws.
    func perform(name: String?) async throws(ServiceError) -> BackupResponse {
        let name = name ?? defaultName
        guard Self.isValid(name) else {
            throw ServiceError(
                .validation,
                """
                A backup's name has 1 to \(Limits.maximumBackupNameLength) letters, digits, '-', '_' and '.', begins with \
                a letter or digit, and does not end in '\(Self.partialSuffix)'.
                """
            )
        }
        let began = time.monotonicNanoseconds
        let folder = "\(directory)/\(name)"
        let report = try await source.backUp(to: folder)
        return BackupResponse(
            folder: folder,
            streams: report.streamCount,
            records: report.recordCount,
            bytes: report.byteCount,
            milliseconds: Int64((time.monotonicNanoseconds - began) / 1_000_000)
        )
    }

    /// A backup's name while it is being made ends so.
    private static let partialSuffix = ".partial"

    /// No name leads out of the folder.
    static func isValid(_ name: String) -> Bool {
        guard name.utf8.count <= Limits.maximumBackupNameLength, let first = name.utf8.first,
            isLetterOrDigit(first), !name.hasSuffix(partialSuffix)
        else { return false }
        return name.utf8.allSatisfy { isLetterOrDigit($0) || "-_.".utf8.contains($0) }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    /// For example `weir-20261128-010203-456`: date, time and milliseconds.
    private var defaultName: String {
        let now = time.wallMilliseconds
        let date = CivilDate(millisecondsSinceEpoch: now)
        let day = Self.digits(date.year, 4) + Self.digits(date.month, 2) + Self.digits(date.day, 2)
        let clock = Self.digits(date.hour, 2) + Self.digits(date.minute, 2) + Self.digits(date.second, 2)
        return "weir-\(day)-\(clock)-\(Self.digits(Int(now % 1000), 3))"
    }

    private static func digits(_ number: Int, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
    }
}
