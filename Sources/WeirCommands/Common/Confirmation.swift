import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Asks a person before something is done that cannot be undone.
enum Confirmation {
    /// Returns when the person says yes. Throws when they do not, and when nobody can be asked.
    static func ask(_ question: String, orSay option: String) throws(CommandFailure) {
        guard isatty(SystemPackage.FileDescriptor.standardInput.rawValue) == 1 else {
            throw CommandFailure("standard input is no terminal, so nobody can be asked: say \(option)")
        }
        _ = try? SystemPackage.FileDescriptor.standardError.writeAll(question.utf8)
        let answer = readLine()?.lowercased()
        guard answer == "y" || answer == "yes" else { throw CommandFailure("nothing was done") }
    }
}
