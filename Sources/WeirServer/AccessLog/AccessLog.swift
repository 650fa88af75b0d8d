import Logging
import NIOCore
import NIOPosix
import Synchronization
import WeirModel
import WeirRuntime

/// A line for each request, in a file or on standard output.
///
/// Whoever writes an entry never waits for the disk: lines gather in memory, and a thread of the log's own writes them.
/// When the disk does not keep up, entries are dropped and counted, and the count is logged.
public final class AccessLog: Sendable {
    private struct State {
        var pending = ByteBuffer()
        var isWriting = false
        var isClosed = false
        var wantsReopening = false
        var dropped = 0
    }

    private let state = Mutex(State())
    private let file: Mutex<AccessLogFile>
    private let threads = NIOThreadPool(numberOfThreads: 1)
    private let logger: Logger

    /// Opens a log. Throws ``FileError``.
    ///
    /// - Parameters:
    ///   - path: The file, which is made when absent and appended to; nil for standard output.
    ///   - logger: Is told when the file cannot be written.
    public init(path: String?, logger: Logger) throws(FileError) {
        file = Mutex(try AccessLogFile(path: path))
        self.logger = logger
        threads.start()
    }

    /// Opens the file anew before the next lines: after it was renamed, to begin another.
    public func reopen() {
        let starts = state.withLock { state in
            state.wantsReopening = true
            return Self.beginWriting(&state)
        }
        if starts { threads.submit { _ in self.writePending() } }
    }

    /// Writes what is pending and takes no more.
    public func close() async {
        state.withLock { $0.isClosed = true }
        // The thread works off what was submitted before.
        try? await threads.runIfActive { self.writePending() }
        try? await threads.shutdownGracefully()
    }

    func write(_ entry: AccessLogEntry) {
        var line = ByteBuffer()
        line.reserveCapacity(512)
        entry.write(to: &line)
        let starts = state.withLock { state in
            guard !state.isClosed else { return false }
            guard state.pending.readableBytes < Limits.maximumAccessLogBacklogInBytes else {
                state.dropped += 1
                return false
            }
            state.pending.writeBuffer(&line)
            return Self.beginWriting(&state)
        }
        if starts { threads.submit { _ in self.writePending() } }
    }

    private static func beginWriting(_ state: inout State) -> Bool {
        guard !state.isWriting, !state.isClosed else { return false }
        state.isWriting = true
        return true
    }

    /// Runs on the log's thread.
    private func writePending() {
        while true {
            let (lines, reopens, dropped) = state.withLock { state -> (ByteBuffer, Bool, Int) in
                defer {
                    state.pending = ByteBuffer()
                    state.wantsReopening = false
                    state.dropped = 0
                }
                if state.pending.readableBytes == 0, !state.wantsReopening { state.isWriting = false }
                return (state.pending, state.wantsReopening, state.dropped)
            }
            if dropped > 0 {
                logger.warning("access log: the disk is too slow", metadata: ["lines.dropped": "\(dropped)"])
            }
            guard lines.readableBytes > 0 || reopens else { return }
            do throws(FileError) {
                try file.withLock { (file) throws(FileError) in
                    if reopens { try file.reopen() }
                    try file.write(lines)
                }
            } catch {
                logger.error("access log: lines were lost", metadata: ["error.message": "\(error)"])
            }
        }
    }
}
