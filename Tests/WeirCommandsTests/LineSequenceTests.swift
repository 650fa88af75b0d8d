import NIOCore
import SystemPackage
import Testing

@testable import WeirCommands

@Suite struct LineSequenceTests {
    static func lines(_ text: String, maximum: Int = 100) async throws -> [String] {
        let (reader, writer) = try FileDescriptor.pipe()
        defer { try? reader.close() }
        try writer.writeAll(text.utf8)
        try writer.close()
        var lines: [String] = []
        for try await line in LineSequence(descriptor: reader, maximumLineLength: maximum) {
            lines.append(String(buffer: line))
        }
        return lines
    }

    @Test(
        arguments: [
            ("", []), ("a", ["a"]), ("a\n", ["a"]), ("a\nb", ["a", "b"]), ("\n", [""]), ("a\n\nb\n", ["a", "", "b"]),
        ] as [(String, [String])]
    )
    func linesAreCutAtLineFeeds(_ text: String, _ expected: [String]) async throws {
        #expect(try await Self.lines(text) == expected)
    }

    @Test func aLineAtTheLimitPassesAndALongerOneDoesNot() async throws {
        let fits = String(repeating: "x", count: 100)
        #expect(try await Self.lines(fits + "\n" + fits) == [fits, fits])
        await #expect(throws: LineSequence.LineTooLong.self) { try await Self.lines("a\n" + fits + "x\n") }
    }
}
