import CWeirBytes

/// What a process has in memory of its program and of the libraries.
public enum ProgramPages {
    /// Has the system forget which parts of them were used until now: most of what the start needs, nothing needs after it.
    /// What is used again comes back by itself, from the system's memory of the files and a part at a time. Nothing is
    /// forgotten that the process has written. Returns whether something was: on Linux alone.
    @discardableResult
    public static func forget() -> Bool { weir_forget_program_pages() > 0 }
}
