import NIOCore
import Synchronization
import SystemPackage
import Testing

@testable import WeirProcess

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

@Suite struct ChildProcessTests {
    @Test func linesArriveInOrderAndTheStatusIsGiven() async throws {
        let lines = Mutex<[String]>([])
        let termination = try await ChildProcess.run(
            "/bin/sh",
            arguments: ["-c", "echo one; echo $WORD; printf three; exit 7"],
            environment: ["WORD": "two"],
            output: .lines { line in lines.withLock { $0.append(line) } }
        )
        #expect(termination == .exited(7))
        #expect(lines.withLock { $0 } == ["one", "two", "three"])
    }

    @Test(arguments: [0, 1, 1_000_000]) func inputReachesTheChild(_ count: Int) async throws {
        let lines = Mutex<[String]>([])
        let termination = try await ChildProcess.run(
            "/bin/sh",
            arguments: ["-c", "wc -c"],
            input: ByteBuffer(repeating: 0x78, count: count),
            output: .lines { line in lines.withLock { $0.append(line) } }
        )
        #expect(termination == .exited(0))
        #expect(lines.withLock { $0 }.map { $0.filter { $0 != " " } } == ["\(count)"])
    }

    @Test func aChildThatDoesNotReadItsInputEndsAsItLikes() async throws {
        let termination = try await ChildProcess.run(
            "/bin/sh",
            arguments: ["-c", "exit 3"],
            input: ByteBuffer(repeating: 0x78, count: 1_000_000),
            output: .lines { _ in }
        )
        #expect(termination == .exited(3))
    }

    @Test func aChildEndsByABrokenPipeAsUsual() async throws {
        // The shell would print an error and go on if the signal were ignored in it too.
        let termination = try await ChildProcess.run(
            "/bin/sh",
            arguments: ["-c", "kill -PIPE $$; exit 4"],
            output: .lines { _ in }
        )
        #expect(termination == .signaled(SIGPIPE))
    }

    @Test func killEndsIt() async throws {
        let termination = try await ChildProcess.run(
            "/bin/sh",
            arguments: ["-c", "exec sleep 60"],
            output: .lines { _ in },
            onStart: { $0.send(.kill) }
        )
        #expect(termination == .signaled(9))
    }

    @Test func aSignalToAChildThatHasEndedReachesNoOther() async throws {
        let first = Mutex<ChildProcess?>(nil)
        let ended = try await ChildProcess.run(
            "/bin/sh",
            arguments: ["-c", "exit 0"],
            output: .lines { _ in },
            onStart: { child in first.withLock { $0 = child } }
        )
        #expect(ended == .exited(0))
        // The next child mostly gets the descriptors that the first has left. It reads until its input ends, which is later.
        let termination = try await ChildProcess.run(
            "/bin/cat",
            arguments: [],
            input: ByteBuffer(string: "one\n"),
            output: .lines { _ in },
            onStart: { _ in first.withLock(\.self)?.send(.terminate) }
        )
        #expect(termination == .exited(0))
    }

    @Test func cancellationTerminatesWhatTheChildStarted() async throws {
        let (reader, writer) = try SystemPackage.FileDescriptor.pipe()
        defer { try? reader.close() }
        let (started, continuation) = AsyncStream<Void>.makeStream()
        let run = Task {
            try await ChildProcess.run(
                "/bin/sh",
                // The shell that waits would die alone if only it got the signal. Nobody else holds the pipe's end.
                arguments: ["-c", "sleep 60 > /proc/$PARENT/fd/$PIPE & echo ready; wait"],
                environment: ["PARENT": "\(getpid())", "PIPE": "\(writer.rawValue)"],
                output: .lines { _ in continuation.yield() }
            )
        }
        for await _ in started { break }
        try writer.close()
        run.cancel()
        _ = await run.result
        // The end of the pipe comes when the sleeping process has gone, long before its minute is over.
        let began = ContinuousClock.now
        var byte: UInt8 = 0
        let count = try withUnsafeMutableBytes(of: &byte) { try reader.read(into: $0) }
        #expect(count == 0)
        #expect(ContinuousClock.now - began < .seconds(30))
    }

    @Test func cancellationTerminatesTheChild() async throws {
        let (started, continuation) = AsyncStream<Void>.makeStream()
        let run = Task {
            try await ChildProcess.run(
                "/bin/sh",
                arguments: ["-c", "echo ready; exec sleep 60"],
                output: .lines { _ in continuation.yield() }
            )
        }
        for await _ in started { break }
        run.cancel()
        let result = await run.result
        if case .success(let termination) = result { #expect(termination == .signaled(15)) }
    }

    @Test func aMissingProgramIsAnError() async {
        await #expect(throws: (any Error).self) {
            try await ChildProcess.run("/no/such/program", arguments: [], output: .lines { _ in })
        }
    }
}
