import NIOCore
import Synchronization
import SystemPackage

/// Standard output, written whole line by whole line so that lines of several tasks never mix.
final class Console: Sendable {
    /// The one of this process.
    static let standard = Console(.standardOutput)

    /// Standard error: what is told beside the result.
    static let standardError = Console(.standardError)

    private let descriptor: SystemPackage.FileDescriptor
    private let lock = Mutex(())

    init(_ descriptor: SystemPackage.FileDescriptor) { self.descriptor = descriptor }

    /// Writes a line and a line feed. Throws when the reader of the pipe has gone.
    func print(_ line: String) throws {
        var text = line
        text.append("\n")
        try write(text.utf8.span.bytes)
    }

    /// Writes bytes and a line feed.
    func print(_ line: ByteBuffer) throws {
        var buffer = line
        buffer.writeInteger(UInt8(ascii: "\n"))
        try write(buffer.readableBytesSpan)
    }

    private func write(_ bytes: RawSpan) throws {
        try lock.withLock { _ in
            try bytes.withUnsafeBytes { _ = try descriptor.writeAll($0) }
        }
    }
}

/// A table of text with aligned columns.
struct TextTable {
    private var rows: [[String]] = []
    /// Of the columns, so far.
    private var widths: [Int] = []

    init(_ header: [String]) { add(header) }

    mutating func add(_ row: [String]) {
        rows.append(row)
        for (column, cell) in row.enumerated() {
            guard column < widths.count else {
                widths.append(cell.count)
                continue
            }
            widths[column] = max(widths[column], cell.count)
        }
    }

    /// The lines, without trailing blanks.
    var lines: [String] {
        rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line += cell
                if column + 1 < row.count { line += String(repeating: " ", count: widths[column] - cell.count + 2) }
            }
            return line
        }
    }

    /// How many rows wait to be taken.
    var rowCount: Int { rows.count }

    /// The lines so far, which are not kept: for a table that is printed while it is made. Later columns are no narrower.
    mutating func takeLines() -> [String] {
        defer { rows = [] }
        return lines
    }
}
