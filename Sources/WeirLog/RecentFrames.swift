import DequeModule
import NIOCore
import Synchronization

/// The frames of one group commit in the tail, in memory.
struct RecentCommit: Sendable {
    /// Where they stand in the file of the tail.
    let offset: Int64
    let frames: ByteBuffer

    /// Where they end.
    var end: Int64 { offset + Int64(frames.readableBytes) }

    /// Appends the entries of the frames at some places that are within them, ascending, until their payloads would exceed the bytes
    /// that remain. Answers whether it took them all.
    func take(
        _ locations: ArraySlice<FrameLocation>,
        _ remainingBytes: inout Int,
        _ entries: inout LogEntries
    ) -> Bool {
        if locations.isEmpty { return true }
        let first = entries.count
        let buffer = entries.add(frames)
        var isComplete = true
        var size = 0
        frames.withUnsafeReadableBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            for location in locations {
                let place = Int(location.offset - offset)
                let header = FrameHeader.read(base + place)
                if header.payloadSize > remainingBytes, !entries.isEmpty {
                    isComplete = false
                    return
                }
                remainingBytes -= header.payloadSize
                size += location.size
                let start = place + FrameHeader.size
                entries.append(header.index, header.timestamp, buffer, at: start, size: header.payloadSize)
            }
        }
        // When they are few, who keeps one does not keep the others of the commit.
        if size * 2 < frames.readableBytes { entries.copyPayloads(from: first) }
        return isComplete
    }
}

/// The newest group commits of the tail that are still in memory, oldest first and without a gap.
struct RecentCommits {
    private var commits: Deque<RecentCommit> = []
    /// Commits that were forgotten and are still counted in the budget.
    private var forgottenCount = 0

    /// Takes in the newest one.
    mutating func add(_ commit: RecentCommit) { commits.append(commit) }

    /// Drops the oldest one, and gives its buffer.
    mutating func dropOldest() -> ByteBuffer? {
        if forgottenCount > 0 {
            forgottenCount -= 1
            return nil
        }
        return commits.popFirst()?.frames
    }

    /// Forgets all: another tail begins.
    mutating func forgetAll() {
        forgottenCount += commits.count
        commits = []
    }

    /// The commits that hold the frames at some places, ascending; nil when the first of those is not in memory.
    func holding(_ locations: [FrameLocation]) -> [RecentCommit]? {
        guard let first = locations.first, let last = locations.last, let oldest = commits.first,
            oldest.offset <= first.offset
        else { return nil }
        let start = commits.firstPlace { $0.end > first.offset }
        let end = commits[start...].firstPlace { $0.end > last.offset }
        return Array(commits[start..<min(end + 1, commits.endIndex)])
    }
}

/// Bounds what all logs of a pool keep in memory of their newest entries: beyond it the oldest commits of all leave first.
final class RecentFrames: Sendable {
    private struct Item {
        weak var owner: LogIndex?
        let size: Int
    }

    private struct State {
        var items: Deque<Item> = []
        var size = 0
    }

    private let state = Mutex(State())
    private let maximumSize: Int

    /// Smaller commits are copied, since they would hold a buffer that is much larger.
    static let leastSizeKeptWhole = 64 << 10

    /// Bytes that are counted now.
    var size: Int { state.withLock(\.size) }

    init(maximumSize: Int) { self.maximumSize = maximumSize }

    /// Whether a commit of this size may be kept at all.
    func takes(_ size: Int) -> Bool { size <= maximumSize / 2 }

    /// Counts the memory of a commit that a log keeps, and gives the buffers that had to leave for it.
    func add(_ size: Int, of owner: LogIndex) -> [ByteBuffer] {
        let leaving = state.withLock { state in
            state.items.append(Item(owner: owner, size: size))
            state.size += size
            var leaving: [LogIndex?] = []
            while state.size > maximumSize, let item = state.items.popFirst() {
                state.size -= item.size
                leaving.append(item.owner)
            }
            return leaving
        }
        return leaving.compactMap { $0?.dropOldestRecent() }
    }
}
