import NIOCore
import Subprocess
import Synchronization
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// How a child process ended.
public enum ChildTermination: Hashable, Sendable, CustomStringConvertible {
    /// It exited with this status.
    case exited(Int32)
    /// A signal ended it.
    case signaled(Int32)

    public var description: String {
        switch self {
        case .exited(let status): "exit status \(status)"
        case .signaled(let signal): "signal \(signal)"
        }
    }
}

/// A signal that a parent sends to a child.
public enum ChildSignal: Sendable {
    /// SIGTERM: finish cleanly.
    case terminate
    /// SIGKILL: the child gets no chance to do anything.
    case kill
}

/// A running program that this process has started: the demo's and the live tests' server and workers.
public struct ChildProcess: Sendable {
    /// Its process ID.
    public let processID: Int32
    private let life: Life

    /// Whether the child has ended, which all who know it share.
    private final class Life: Sendable {
        let hasEnded = Mutex(false)
    }

    /// Sends a signal. Does nothing when the child has ended already.
    ///
    /// It goes to the number of the process. The library would send it through a descriptor, which is closed when the child
    /// has ended, and whose number is mostly that of the next child's descriptor: then that one would get the signal.
    public func send(_ signal: ChildSignal) {
        life.hasEnded.withLock { hasEnded in
            if !hasEnded { _ = kill(processID, signal == .kill ? SIGKILL : SIGTERM) }
        }
    }

    /// Where a child's standard output goes.
    public enum Output: Sendable {
        /// Line by line to a closure, in order.
        case lines(@Sendable (String) -> Void)
        /// Appended to a file, and the standard error with it. The child may outlive this process.
        case file(String)
    }

    /// How long a child that is to end has from SIGTERM to SIGKILL.
    public static let killTime = Duration.seconds(5)

    /// Runs a program until it ends. When the task is cancelled the child and what it started get SIGTERM, and SIGKILL
    /// if it has not ended ``killTime`` later. Ctrl-C in the terminal does not reach it: its fate is this process's to
    /// decide.
    ///
    /// - Parameters:
    ///   - path: The program's file.
    ///   - arguments: Its arguments, without its name.
    ///   - environment: Variables to set on top of this process's own.
    ///   - input: What it reads from its standard input; nothing by default. A child that ends without reading all of it
    ///     is no error.
    ///   - output: Where its standard output goes. Its standard error goes where this process's goes, unless a file is
    ///     given.
    ///   - onStart: Called once it runs.
    /// - Returns: How it ended.
    public static func run(
        _ path: String,
        arguments: [String],
        environment: [String: String] = [:],
        input: ByteBuffer = ByteBuffer(),
        output: Output,
        onStart: @escaping @Sendable (ChildProcess) -> Void = { _ in }
    ) async throws -> ChildTermination {
        _ = Self.ignoresBrokenPipes
        let life = Life()
        defer { life.hasEnded.withLock { $0 = true } }
        var options = PlatformOptions()
        options.teardownSequence = [
            .gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: killTime)
        ]
        var updates: [Environment.Key: String?] = [:]
        for (name, value) in environment { updates[Environment.Key(rawValue: name)!] = value }
        switch output {
        case .lines(let onLine):
            options.processGroupID = 0
            let result = try await Subprocess.run(
                .path(FilePath(path)),
                arguments: Arguments(arguments),
                environment: .inherit.updating(updates),
                platformOptions: options,
                input: .inputWriter,
                output: .sequence,
                error: .currentStandardError
            ) { execution in
                onStart(ChildProcess(execution, life))
                // Both at once: a child that writes before it has read everything must not wait for us for ever.
                async let written: Void = feed(input, to: execution.standardInputWriter)
                var splitter = LineSplitter()
                for try await buffer in execution.standardOutput {
                    buffer.withUnsafeBytes { splitter.append($0, onLine) }
                }
                splitter.finish(onLine)
                await written
            }
            return ChildTermination(result.terminationStatus)
        case .file(let file):
            options.createSession = true
            let descriptor = try FileDescriptor.open(
                FilePath(file),
                .writeOnly,
                options: [.append, .create, .closeOnExec],
                permissions: [.ownerReadWrite, .groupRead, .otherRead]
            )
            let result = try await Subprocess.run(
                .path(FilePath(path)),
                arguments: Arguments(arguments),
                environment: .inherit.updating(updates),
                platformOptions: options,
                input: .none,
                output: .fileDescriptor(descriptor, closeAfterSpawningProcess: true),
                error: .combinedWithOutput
            ) { execution in
                onStart(ChildProcess(execution, life))
            }
            return ChildTermination(result.terminationStatus)
        }
    }

    /// Writing to a child that has gone must be an error and not the end of this process. Children begin with the
    /// default again.
    private static let ignoresBrokenPipes: Void = { _ = signal(SIGPIPE, SIG_IGN) }()

    private static func feed(_ input: ByteBuffer, to writer: StandardInputWriter) async {
        if input.readableBytes > 0 { _ = try? await writer.write(Array(input.readableBytesView)) }
        try? await writer.finish()
    }

    private init<I, O, E>(_ execution: Execution<I, O, E>, _ life: Life) {
        processID = execution.processIdentifier.value
        self.life = life
    }
}

extension ChildTermination {
    fileprivate init(_ status: TerminationStatus) {
        switch status {
        case .exited(let code): self = .exited(code)
        case .signaled(let signal): self = .signaled(signal)
        }
    }
}

/// Cuts a stream of bytes into lines.
struct LineSplitter {
    private var pending: [UInt8] = []

    /// Takes more bytes, and gives each line that they end.
    mutating func append(_ bytes: UnsafeRawBufferPointer, _ onLine: (String) -> Void) {
        for byte in bytes {
            if byte == 0x0A {
                onLine(String(decoding: pending, as: UTF8.self))
                pending.removeAll(keepingCapacity: true)
            } else {
                pending.append(byte)
            }
        }
    }

    /// Gives what is left after the last line feed.
    mutating func finish(_ onLine: (String) -> Void) {
        guard !pending.isEmpty else { return }
        onLine(String(decoding: pending, as: UTF8.self))
        pending.removeAll()
    }
}
