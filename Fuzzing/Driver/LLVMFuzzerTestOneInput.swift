import NIOCore
import WeirFuzzing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What libFuzzer calls with each input. Source: https://llvm.org/docs/LibFuzzer.html#fuzz-target
@_cdecl("LLVMFuzzerTestOneInput")
public func checkOneInput(_ bytes: UnsafePointer<UInt8>?, _ size: Int) -> Int32 {
    do {
        try chosenTarget.check(ByteBuffer(bytes: UnsafeBufferPointer(start: bytes, count: size)))
    } catch {
        // libFuzzer writes the input down when the process aborts.
        tell("\(chosenTarget.name): \(error)")
        abort()
    }
    return 0
}
