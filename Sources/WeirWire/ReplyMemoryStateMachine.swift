import NIOCore
import WeirModel

/// Decides how many bytes of records an answer may have, so that those of a server together hold no more memory than they
/// may.
///
/// An answer of its own never waits: as the memory fills up, the next ones become smaller, down to a size that each gets
/// however much is held. A piece of a stream becomes smaller as well, but when nothing is left it waits, in the order of
/// asking: a stream may have as many readers as there are connections, and some of them may not read. No I/O.
struct ReplyMemoryStateMachine {
    /// Whoever waits; a greater number came later.
    typealias ID = UInt64

    /// What an answer or a piece gets.
    struct Share: Equatable {
        /// Bytes of records that it may have.
        let room: Int
        /// What it counts for until its size is known: its records, and the answer that is made of them.
        let bytes: Int
    }

    /// What a piece gets.
    enum Admission: Equatable {
        case begun(Share)
        /// Nothing is left: a later call of ``changed(by:)`` gives the share.
        case waits
    }

    private struct Piece {
        let most: Int
        let largestRecord: Int
    }

    private let limit: Int
    /// Bytes that are held.
    private(set) var held = 0
    private var waiting: [ID: Piece] = [:]
    /// Those that wait, in their order, and some that wait no more.
    private var order = CircularBuffer<ID>()

    /// A memory of so many bytes.
    init(limit: Int) { self.limit = limit }

    /// How many pieces wait.
    var waitingCount: Int { waiting.count }

    /// How many are remembered, with those that wait no more.
    var rememberedCount: Int { order.count }

    /// An answer is about to be made, of so many bytes of records at most.
    mutating func begin(most: Int) -> Share { take(most: most, atLeast: 0) }

    /// A piece of a stream is about to be made, of so many bytes of records at most, or of one record however large. Nil when
    /// it would have to wait: those that wait go first.
    mutating func beginPiece(most: Int, largestRecord: Int) -> Share? {
        held < limit && waiting.isEmpty ? take(most: most, atLeast: largestRecord) : nil
    }

    /// The same for one that may wait.
    mutating func beginPiece(_ id: ID, most: Int, largestRecord: Int) -> Admission {
        if let share = beginPiece(most: most, largestRecord: largestRecord) { return .begun(share) }
        waiting[id] = Piece(most: most, largestRecord: largestRecord)
        order.append(id)
        return .waits
    }

    /// A piece is wanted no more. Nothing happens when it does not wait.
    mutating func withdraw(_ id: ID) {
        guard waiting.removeValue(forKey: id) != nil else { return }
        // Otherwise those that leave would be remembered for as long as nothing becomes free.
        if order.count > 2 * waiting.count + 64 { order = CircularBuffer(order.filter { waiting[$0] != nil }) }
    }

    /// So many bytes more, or fewer, are held. Returns what those get that waited and may begin now.
    mutating func changed(by bytes: Int) -> [(id: ID, share: Share)] {
        held += bytes
        var begun: [(id: ID, share: Share)] = []
        while held < limit, let id = order.popFirst() {
            guard let piece = waiting.removeValue(forKey: id) else { continue }
            begun.append((id, take(most: piece.most, atLeast: piece.largestRecord)))
        }
        return begun
    }

    /// Bytes of records that an answer may have when so many are held: a quarter of what is left, so that many answers that
    /// begin at once do not share out more than there is.
    static func room(held: Int, limit: Int, most: Int) -> Int {
        min(most, max(Limits.minimumReplyRoomInBytes, (limit - held) / 4))
    }

    private mutating func take(most: Int, atLeast least: Int) -> Share {
        let room = Self.room(held: held, limit: limit, most: most)
        let share = Share(room: room, bytes: 2 * max(room, least))
        held += share.bytes
        return share
    }
}
