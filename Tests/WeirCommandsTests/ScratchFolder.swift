import FoundationEssentials

/// A folder for one test, and where the program under test is.
struct ScratchFolder: Sendable {
    let path: String

    init() throws {
        let random = String(UInt64.random(in: .min ... .max), radix: 36)
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("weir-test-\(random)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        path = folder.path
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }

    /// The `weir` program that was built with the tests: it stands beside them.
    static var weirExecutable: String {
        let tests =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        return URL(filePath: tests).deletingLastPathComponent().appendingPathComponent("weir").path
    }
}
