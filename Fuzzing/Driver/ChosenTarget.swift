import WeirFuzzing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The target that the environment variable `WEIR_FUZZ_TARGET` names: libFuzzer has the arguments for itself.
let chosenTarget: any FuzzTarget.Type = {
    let name = getenv("WEIR_FUZZ_TARGET").map { String(cString: $0) } ?? ""
    if let target = FuzzTargets.all.first(where: { $0.name == name }) { return target }
    tell("WEIR_FUZZ_TARGET must be one of: \(FuzzTargets.all.map { $0.name }.joined(separator: ", "))")
    exit(2)
}()

func tell(_ text: String) {
    "\(text)\n".withCString { _ = write(STDERR_FILENO, $0, strlen($0)) }
}
