import CWeirBytes

/// What the allocator of the process does with memory that was freed.
public enum FreedMemory {
    /// Has memory that was freed kept for what comes next, instead of given back to the system and taken anew for each large
    /// request and answer, page by page. It is what glibc comes to by itself after an answer of some MiB: up to 32 MiB at the
    /// end of each arena. Other C libraries go on as they are.
    public static func keepForReuse() { weir_keep_freed_memory(32 << 20) }
}
