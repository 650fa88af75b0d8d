#if os(Linux)
    import FoundationEssentials
    import Testing

    @testable import WeirBytes

    @Suite struct ProgramPagesTests {
        /// KiB of this process's memory that are parts of files.
        private func filePages() throws -> Int {
            let status = String(decoding: try Data(contentsOf: URL(filePath: "/proc/self/status")), as: UTF8.self)
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("RssFile:") })
            return try #require(line.split { $0 == " " || $0 == "\t" }.compactMap { Int($0) }.first)
        }

        @Test func thePagesOfTheProgramLeaveAndComeBack() throws {
            let before = try filePages()
            #expect(ProgramPages.forget())
            // What reads the figure is back, and what other tests use now; far from all.
            #expect(try filePages() < before)
            #expect(Array("123456789".utf8).withUnsafeBytes { CRC32.checksum($0) } == 0xCBF4_3926)
        }
    }
#endif
