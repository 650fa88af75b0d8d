import Synchronization
import WeirModel

/// The memory that answers with records hold, from when the records are read until the answer has left for its client.
///
/// Nobody waits for it: readers that are slow must not keep others from reading. As it fills up, the next answers have fewer
/// records, which GetRecords may do at any time.
final class ReplyMemory: Sendable {
    private let limit: Int
    private let held = Atomic(0)

    init(limit: Int = Limits.maximumReplyMemoryInBytes) { self.limit = limit }

    /// Bytes that are held.
    var bytes: Int { held.load(ordering: .relaxed) }

    /// An answer is about to be made. It counts as large as it may be until its size is known.
    func begin() -> ReplyAllowance {
        let room = Self.room(held: bytes, limit: limit)
        // The records, and the answer that is made of them.
        return ReplyAllowance(self, room: room, bytes: 2 * room)
    }

    /// Bytes of records that an answer may have when so many are held: a quarter of what is left, so that many answers that
    /// begin at once do not share out more than there is.
    static func room(held: Int, limit: Int) -> Int {
        min(Limits.maximumGetRecordsSizeInBytes, max(Limits.minimumReplyRoomInBytes, (limit - held) / 4))
    }

    fileprivate func changed(by bytes: Int) { held.add(bytes, ordering: .relaxed) }
}

/// The share of one answer in a ``ReplyMemory``. It is given back when nobody has it any more.
final class ReplyAllowance: Sendable {
    /// Bytes of records that the answer may have.
    let room: Int
    private let memory: ReplyMemory
    private let bytes: Atomic<Int>

    fileprivate init(_ memory: ReplyMemory, room: Int, bytes: Int) {
        self.memory = memory
        self.room = room
        self.bytes = Atomic(bytes)
        memory.changed(by: bytes)
    }

    deinit { memory.changed(by: -bytes.load(ordering: .relaxed)) }

    /// The answer was made, and has this many bytes.
    func made(bytes count: Int) {
        memory.changed(by: count - bytes.exchange(count, ordering: .relaxed))
    }
}
