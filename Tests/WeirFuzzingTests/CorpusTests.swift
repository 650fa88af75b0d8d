import Foundation
import NIOCore
import Testing
import WeirFuzzing

@Suite struct `The corpus of the fuzzed parsers` {
    private static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fuzzing/Corpus")

    @Test(arguments: FuzzTargets.all.map { $0.name })
    func `each input leaves everything as it must be`(name: String) throws {
        let target = try #require(FuzzTargets.all.first { $0.name == name })
        let inputs = try FileManager.default.contentsOfDirectory(
            at: Self.folder.appending(path: name),
            includingPropertiesForKeys: nil
        )
        #expect(inputs.count > 10)
        for input in inputs {
            let bytes = ByteBuffer(bytes: try Data(contentsOf: input))
            #expect(throws: Never.self, "\(input.lastPathComponent)") { try target.check(bytes) }
        }
    }
}
