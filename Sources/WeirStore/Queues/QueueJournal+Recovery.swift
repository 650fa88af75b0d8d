import Logging
import NIOCore
import WeirLog

extension QueueJournal {
    /// How much of a log is read at a time when it is opened.
    private static let readSize = 4 << 20

    /// What an open log says of its queue; nil when the queue was being made, and has delivered nothing. Throws `.corrupt` when the
    /// log has no whole snapshot, or entries that cannot be read.
    static func recover(log: Log, snapshotInterval: Int, logger: Logger) async throws(LogError) -> QueueJournal? {
        var reading = QueueRecovery()
        var next: UInt64 = 0
        var first = log.nextIndex
        while true {
            let read = try await log.read(lane: lane, from: next, maximumCount: 4096, maximumBytes: readSize)
            first = min(first, read.entries.first?.index ?? first)
            for entry in read.entries {
                do throws(QueueFormatError) {
                    try reading.take(entry.payload, generation: entry.timestamp)
                } catch {
                    throw LogError(
                        .corrupt,
                        "entry \(entry.index) of its log is none of a queue",
                        corruptIndex: entry.index
                    )
                }
            }
            if read.isAtTip || read.nextIndex <= next { break }
            next = read.nextIndex
        }
        if reading.isUnfinished(from: first) { return nil }
        guard let machine = reading.machine else {
            throw LogError(.corrupt, "its log does not hold its state")
        }
        return QueueJournal(
            log: log,
            machine: machine,
            generation: reading.generation,
            bytesSinceSnapshot: reading.bytesSinceSnapshot,
            snapshotInterval: snapshotInterval,
            logger: logger
        )
    }

    /// Writes the first state of a queue to its log, which holds none. Durable when it returns.
    static func make(
        log: Log,
        machine: QueueStateMachine,
        snapshotInterval: Int,
        logger: Logger
    ) async throws(LogError) -> QueueJournal {
        let payloads = [
            ByteBuffer(bytes: [QueueFormat.Kind.snapshotBegin.rawValue, QueueFormat.version]),
            ByteBuffer(
                bytes: [QueueFormat.Kind.snapshotPart.rawValue] + Array(machine.image.snapshot.readableBytesView)
            ),
            ByteBuffer(bytes: [QueueFormat.Kind.snapshotEnd.rawValue]),
        ]
        _ = try await log.append(payloads.map { NewLogEntry(lane: lane, timestamp: 1, payload: $0) })
        return QueueJournal(
            log: log,
            machine: machine,
            generation: 1,
            bytesSinceSnapshot: 0,
            snapshotInterval: snapshotInterval,
            logger: logger
        )
    }
}

/// Puts a queue's state together from the entries of its log, oldest first.
///
/// The log begins with what follows some snapshot, of which not all may be there. The first snapshot that is whole gives the
/// state at its beginning, and the events behind that are applied to it; later snapshots say nothing new.
struct QueueRecovery {
    /// The state; nil until there is one.
    private(set) var machine: QueueStateMachine?
    /// The newest generation of an entry.
    private(set) var generation: Int64 = 0
    /// Bytes of the events since the newest snapshot began.
    private(set) var bytesSinceSnapshot = 0

    private var parts: ByteBuffer?
    /// Whether there was anything but the beginning of a snapshot.
    private var isBegun = false
    /// Events behind the beginning of a snapshot that is being read.
    private var events: [QueueEntry] = []

    /// Whether the process ended while it wrote the first snapshot of the queue: the log begins with its first index, and holds
    /// a part of that snapshot or nothing. What is answered is behind the whole of it, so nothing was.
    func isUnfinished(from index: UInt64) -> Bool { machine == nil && !isBegun && index <= Self.firstIndex }

    /// The index of the first entry of a log.
    private static let firstIndex: UInt64 = 1

    /// Takes the next entry.
    mutating func take(_ payload: ByteBuffer, generation: Int64) throws(QueueFormatError) {
        self.generation = max(self.generation, generation)
        var bytes = payload
        guard let kind = bytes.readInteger(as: UInt8.self).flatMap(QueueFormat.Kind.init) else {
            throw QueueFormatError()
        }
        switch kind {
        case .event:
            isBegun = true
            bytesSinceSnapshot += payload.readableBytes
            let entry = try QueueEntry(&bytes)
            if machine != nil {
                machine?.apply(entry)
            } else if parts != nil {
                events.append(entry)
            }
        case .snapshotBegin:
            guard bytes.readInteger(as: UInt8.self) == QueueFormat.version else { throw QueueFormatError() }
            bytesSinceSnapshot = 0
            guard machine == nil else { return }
            parts = ByteBuffer()
            events = []
        case .snapshotPart:
            parts?.writeImmutableBuffer(bytes)
        case .snapshotEnd:
            isBegun = true
            guard let whole = parts else { return }
            var state = try QueueStateMachine(snapshot: whole)
            for event in events { state.apply(event) }
            machine = state
            parts = nil
            events = []
        }
    }
}
