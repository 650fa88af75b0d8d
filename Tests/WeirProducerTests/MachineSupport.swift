import NIOCore
import WeirModel
import WeirWire

@testable import WeirProducer

typealias Machine = ProducerStateMachine<Int>

let millisecond: UInt64 = 1_000_000
let second: UInt64 = 1_000_000_000

/// A record of `size` bytes of data; the ticket is its text.
func record(_ ticket: Int, key: String? = nil, size: Int = 10) throws -> ProducerRecord {
    var data = ByteBuffer(string: "\(ticket)")
    if data.readableBytes < size { data.writeRepeatingByte(0x20, count: size - data.readableBytes) }
    return try ProducerRecord(data: data, partitionKey: key ?? "key-\(ticket)", explicitHashKey: nil)
}

/// The ticket of an entry that `record` made.
func ticket(_ entry: PutRecordsRequestEntry) -> Int {
    Int(String(buffer: entry.data ?? ByteBuffer()).prefix { $0 != " " }) ?? -1
}

func success(_ ticket: Int) -> PutRecordsResultEntry {
    PutRecordsResultEntry(sequenceNumber: "\(ticket)", shardID: "shardId-000000000000")
}

func failure(_ code: ServiceError.Code) -> PutRecordsResultEntry {
    PutRecordsResultEntry(errorCode: code.rawValue, errorMessage: "injected")
}

extension [Machine.Action] {
    var batches: [Machine.Batch] {
        compactMap { action in
            if case .send(let batch) = action { batch } else { nil }
        }
    }

    /// The tickets of each batch.
    var sent: [[Int]] { batches.map { $0.entries.map(ticket) } }

    var wakes: [UInt64] {
        compactMap { action in
            if case .wake(let time) = action { time } else { nil }
        }
    }

    var completions: [(ticket: Int, result: Result<PutReceipt, ProducerError>)] {
        compactMap { action in
            if case .complete(let ticket, let result) = action { (ticket, result) } else { nil }
        }
    }

    /// The tickets that were put, and those that failed with their codes.
    var acknowledged: [Int] {
        completions.compactMap { completion in
            if case .success = completion.result { completion.ticket } else { nil }
        }
    }

    var failed: [Int: ProducerError] {
        var failed: [Int: ProducerError] = [:]
        for (ticket, result) in completions {
            if case .failure(let error) = result { failed[ticket] = error }
        }
        return failed
    }

    var admitted: [UInt64] {
        compactMap { action in
            if case .admit(let waiter) = action { waiter } else { nil }
        }
    }

    var refused: [UInt64] {
        compactMap { action in
            if case .refuse(let waiter, _) = action { waiter } else { nil }
        }
    }

    var flushed: [UInt64] {
        compactMap { action in
            if case .flushed(let flush) = action { flush } else { nil }
        }
    }

    var finishes: Int {
        filter { action in
            if case .finish = action { true } else { false }
        }.count
    }
}

extension Machine.Admission {
    var isAccepted: Bool {
        if case .accepted = self { true } else { false }
    }

    var waiter: UInt64? {
        if case .waiting(let waiter) = self { waiter } else { nil }
    }

    var refusal: ProducerError? {
        if case .refused(let error) = self { error } else { nil }
    }
}
