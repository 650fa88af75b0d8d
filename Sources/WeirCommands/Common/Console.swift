import NIOCore
import Synchronization
import SystemPackage

/// Standard output, written whole line by whole line so that lines of several tasks never mix.
final class Console: Sendable {
    /// The one of this process.
    static let standard = Console(.standardOutput)

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

    init(_ header: [String]) { rows.append(header) }

    mutating func add(_ row: [String]) { rows.append(row) }

    /// The lines, without trailing blanks.
    var lines: [String] {
        let widths = (0..<(rows.map(\.count).max() ?? 0)).map { column in
            rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
        }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                line += cell
                if column + 1 < row.count { line += String(repeating: " ", count: widths[column] - cell.count + 2) }
            }
            return line
        }
    }
}
