#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A name for this worker that no other has: host, process, and a random number (processes in containers have the same).
func makeWorkerID() -> String {
    var bytes = [CChar](repeating: 0, count: 256)
    let length = gethostname(&bytes, bytes.count - 1) == 0 ? bytes.firstIndex(of: 0) ?? 0 : 0
    let host = String(decoding: bytes[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return "\(host.isEmpty ? "worker" : host)-\(getpid())-\(String(UInt32.random(in: 0 ... .max), radix: 16))"
}
