import NIOCore
import Synchronization
import WeirModel
import WeirProcess
import WeirRuntime

/// The credentials that a program prints: `credential_process` of a profile.
///
/// The program gets no input, and one minute. It is run without a shell: words are told apart by spaces, and quotes and
/// backslashes keep spaces in a word.
///
/// Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
struct ProcessCredentialSource: CredentialSource {
    private let command: String
    private let seams: ClientSeams
    private static let timeout = Duration.seconds(60)

    let name: String
    let outlastsOutages = false

    init(command: String, profile: String, seams: ClientSeams) {
        self.command = command
        self.seams = seams
        name = "credential_process of profile '\(profile)'"
    }

    func fetch() async throws(ServiceError) -> FetchedCredentials {
        let words = Self.words(command)
        guard let program = words.first else { throw ServiceError(.configuration, "\(name) is empty.") }
        let output = Mutex("")
        let termination: ChildTermination
        do {
            // env finds a program by the name alone.
            let isPath = program.utf8.contains(UInt8(ascii: "/"))
            let path = isPath ? program : "/usr/bin/env"
            termination = try await Self.withTimeout {
                try await ChildProcess.run(
                    path,
                    arguments: isPath ? Array(words.dropFirst()) : words,
                    output: .lines { line in output.withLock { $0 += line } }
                )
            }
        } catch {
            if Task.isCancelled {
                throw ServiceError(.cancelled, "The wait for credentials was cancelled.", cause: error)
            }
            throw ServiceError(.configuration, "\(name) cannot be run: \(error)", cause: error)
        }
        guard termination == .exited(0) else {
            throw ServiceError(.configuration, "\(name) failed with \(termination).")
        }
        let document = try CredentialDocument(ByteBuffer(string: output.withLock(\.self)), from: name)
        guard document.integer("Version") == 1 else {
            throw ServiceError(.malformedResponse, "What \(name) answered is not of Version 1.")
        }
        let now = Timestamp(millisecondsSinceEpoch: seams.time.wallMilliseconds)
        return .found(try document.credentials(tokenName: "SessionToken", givenAt: now))
    }

    private struct TooSlow: Error, CustomStringConvertible {
        let description = "it did not end within a minute"
    }

    private static func withTimeout(
        _ body: @escaping @Sendable () async throws -> ChildTermination
    ) async throws -> ChildTermination {
        try await withThrowingTaskGroup(of: ChildTermination.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await Task.sleep(for: timeout)
                throw TooSlow()
            }
            defer { group.cancelAll() }
            guard let termination = try await group.next() else { throw TooSlow() }
            return termination
        }
    }

    /// The words of a command, as a POSIX shell would tell them apart, without any expansion.
    static func words(_ command: String) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var isEscaped = false
        for character in command {
            if isEscaped {
                // In double quotes a backslash keeps only what would mean something there.
                if quote == "\"", character != "\"", character != "\\" { word?.append("\\") }
                word = (word ?? "") + String(character)
                isEscaped = false
            } else if character == "\\", quote != "'" {
                word = word ?? ""
                isEscaped = true
            } else if let open = quote {
                if character == open { quote = nil } else { word?.append(character) }
            } else if character == "'" || character == "\"" {
                quote = character
                word = word ?? ""
            } else if character.isWhitespace {
                if let ended = word { words.append(ended) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        if let word { words.append(word) }
        return words
    }
}
