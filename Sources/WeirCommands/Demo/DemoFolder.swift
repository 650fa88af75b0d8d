import FoundationEssentials
import NIOCore
import SystemPackage

/// The demo's files: its data folder, the server's output, and the events.
struct DemoFolder: Sendable {
    let path: String
    var data: String { path + "/data" }
    var serverLog: String { path + "/server.log" }

    /// Makes a folder of its own, below another or below that for temporary files.
    init(in parent: String? = nil) throws {
        let random = String(UInt64.random(in: .min ... .max), radix: 36)
        let place = parent.map { URL(filePath: $0) } ?? FileManager.default.temporaryDirectory
        let folder = place.appendingPathComponent("weir-demo-\(random)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        path = folder.path
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }

    /// The endpoint that the server has printed, once it has.
    func endpointInLog() -> String? {
        guard let text = try? Self.read(serverLog) else { return nil }
        for line in String(buffer: text).split(separator: "\n") {
            if line.hasPrefix(ServeCommand.listeningPrefix) {
                return line.dropFirst(ServeCommand.listeningPrefix.count).split(separator: " ").first.map(String.init)
            }
        }
        return nil
    }

    /// The lines of a file that are not empty.
    static func lines(of file: String) throws -> [ByteBuffer] {
        var text: ByteBuffer
        do { text = try read(file) } catch {
            throw CommandFailure("\(file): \(error); run the demo from the project's folder, or give --file")
        }
        var lines: [ByteBuffer] = []
        while text.readableBytes > 0 {
            let end = text.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) ?? text.writerIndex
            if let line = text.readSlice(length: end - text.readerIndex), line.readableBytes > 0 { lines.append(line) }
            if text.readableBytes > 0 { text.moveReaderIndex(forwardBy: 1) }
        }
        return lines
    }

    /// The file of the program that runs.
    static var executable: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
    }

    private static func read(_ file: String) throws -> ByteBuffer {
        let descriptor = try SystemPackage.FileDescriptor.open(FilePath(file), .readOnly, options: .closeOnExec)
        return try descriptor.closeAfter {
            var text = ByteBuffer()
            while try text.writeWithUnsafeMutableBytes(
                minimumWritableBytes: 64 << 10,
                { try descriptor.read(into: $0) }
            ) > 0 {}
            return text
        }
    }
}
