import Logging
import SystemPackage
import Testing
import WeirClient
import WeirModel
import WeirRuntime
import WeirTesting
import WeirWire

/// The system's clocks, with another time of day.
private struct ShiftedTime: TimeSource {
    var milliseconds: Int64
    var wallMilliseconds: Int64 { SystemTime().wallMilliseconds + milliseconds }
    var monotonicNanoseconds: UInt64 { SystemTime().monotonicNanoseconds }
    func sleep(for duration: Duration) async throws { try await SystemTime().sleep(for: duration) }
}

/// The real program verifies the signatures of clients with wrong clocks.
@Suite(.timeLimit(.minutes(5))) struct LiveClockTests {
    private static let credentials = """
        {"accessKeys":[{"id":"WEIRADMIN","secret":"a secret of some length",\
        "policy":{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}}]}
        """

    @Test(arguments: [-20, 20]) func aClockThatIsTwentyMinutesOffIsCorrected(minutes: Int64) async throws {
        let folder = try ScratchFolder()
        defer { folder.remove() }
        let file = "\(folder.path)/credentials.json"
        let descriptor = try FileDescriptor.open(
            FilePath(file),
            .writeOnly,
            options: [.create, .exclusiveCreate],
            permissions: .ownerReadWrite
        )
        _ = try descriptor.closeAfter { try descriptor.writeAll(Self.credentials.utf8) }
        _ = try await LiveServer.withServer(
            executable: ScratchFolder.weirExecutable,
            data: folder.path + "/data",
            arguments: ["--create", "flights:1", "--credentials", file]
        ) { server in
            func names(key: String) async throws -> [String] {
                let client = try KinesisClient(
                    configuration: ClientConfiguration(
                        endpoint: server.endpoint,
                        region: "us-east-1",
                        credentials: .static(accessKeyID: "WEIRADMIN", secretAccessKey: key)
                    ),
                    logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                    seams: ClientSeams(time: ShiftedTime(milliseconds: minutes * 60_000))
                )
                return try await client.call(ListStreams.self, .init()).streamNames
            }
            let found = try await names(key: "a secret of some length")
            #expect(found == ["flights"])
            let error = await #expect(throws: ServiceError.self) { _ = try await names(key: "another of some length") }
            #expect(error?.code == .invalidSignature)
            // With the time put right it is the key that is wrong.
            #expect(error?.message.contains("does not match") == true)
        }
    }
}
