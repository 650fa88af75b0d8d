#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Gives memory that is free back to the system.
///
/// The C library keeps what was freed for later. After a load of large bodies that can be as much as they took together at
/// their peak, and it would stay for good.
enum HeapTrim {
    private typealias Function = @convention(c) (Int) -> Int32

    /// `malloc_trim` of the C library of GNU, which is in no module; nil where there is none.
    /// Source: https://man7.org/linux/man-pages/man3/malloc_trim.3.html
    private static let function: Function? = dlsym(nil, "malloc_trim").map { unsafeBitCast($0, to: Function.self) }

    /// Gives back what is free; returns whether the system has it now. Takes about a millisecond for each hundred megabytes.
    @discardableResult
    static func perform() -> Bool {
        guard let function else { return false }
        return function(0) == 1
    }
}
