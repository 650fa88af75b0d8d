import Synchronization
import SystemPackage

/// Where the demo shows itself: on a terminal the state is redrawn in place below the story; in a pipe both are plain lines.
final class DemoScreen: Sendable {
    private struct State {
        var drawnLines = 0
        var lastPlain: UInt64 = 0
    }

    private let isTerminal: Bool
    private let output: FileDescriptor
    private let state = Mutex(State())
    /// In a pipe the state is written at most this often.
    private static let plainInterval: UInt64 = 3_000_000_000

    init(output: FileDescriptor = .standardOutput, isTerminal: Bool) {
        self.output = output
        self.isTerminal = isTerminal
    }

    /// A line of the story, which stays.
    func tell(_ line: String) {
        state.withLock { state in
            write(erase(&state) + line + "\n")
        }
    }

    /// The state as of now, which the next one replaces.
    func show(_ lines: [String], plain: String, nanoseconds: UInt64) {
        state.withLock { state in
            guard isTerminal else {
                guard nanoseconds &- state.lastPlain >= Self.plainInterval else { return }
                state.lastPlain = nanoseconds
                write("    " + plain + "\n")
                return
            }
            let text = erase(&state) + lines.map { $0 + "\n" }.joined()
            state.drawnLines = lines.count
            write(text)
        }
    }

    /// What removes the lines drawn last: up, and clear to the end of the screen.
    private func erase(_ state: inout State) -> String {
        defer { state.drawnLines = 0 }
        return state.drawnLines > 0 ? "\u{1B}[\(state.drawnLines)A\u{1B}[0J" : ""
    }

    private func write(_ text: String) {
        // A reader that has gone ends the show, not the demo: the exit status still tells.
        _ = try? output.writeAll(text.utf8)
    }
}
