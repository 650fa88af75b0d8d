import ArgumentParser
import WeirRuntime

/// `weir demo`: the main job on real input, in one terminal.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Watch two workers share a stream, cover for each other, and follow a split and a merge.",
        discussion: """
            Starts a server and two worker processes in a temporary folder, puts the lines of a file of flight events, \
            kills a worker, starts it again, splits a shard and merges two. Exit status 1 when a record was lost or \
            came out of order within its key.
            """
    )

    @Option(help: "The flight events, one JSON object a line.")
    var file = "Examples/Data/flights-2013-07-13.ndjson"
    @Option(help: "Seconds over which the lines are put.") var duration = 20
    @Flag(help: "Leave the server up, and say how to look around.") var keep = false

    func validate() throws {
        guard (1...3600).contains(duration) else { throw ValidationError("--duration must be 1 to 3600 seconds") }
    }

    func run() async throws {
        let isTerminal = isatty(STDOUT_FILENO) == 1
        let demo = try Demo(
            file: file,
            duration: .seconds(duration),
            isKept: keep,
            screen: DemoScreen(isTerminal: isTerminal)
        )
        guard try await demo.run() else { throw ExitCode.failure }
    }
}

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif
