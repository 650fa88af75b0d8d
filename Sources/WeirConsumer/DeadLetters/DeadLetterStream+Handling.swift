import NIOCore
import WeirClient
import WeirModel
import WeirRuntime
import WeirWire

extension DeadLetterStream {
    /// Puts the records of letters again, in order, each with its key and data, and notes that: ``DeadLetterReader/list()`` gives these
    /// letters no more. A letter that comes twice counts once.
    ///
    /// A failure between the two leaves a letter whose record was put: the next redrive puts it again.
    ///
    /// - Parameters:
    ///   - letters: of this stream, as ``DeadLetterReader/list()`` gives them.
    ///   - streamName: where to put the records; nil: each to the stream that it came from. All applications that read that stream
    ///     get them.
    /// - Returns: how many records were put.
    @discardableResult
    public func redrive(_ letters: [DeadLetter], to streamName: String? = nil) async throws(ServiceError) -> Int {
        try await handle(letters, .redriven) { letter throws(ServiceError) in
            let request = PutRecord.Request(
                streamName: streamName ?? letter.stream,
                data: letter.data,
                partitionKey: letter.partitionKey,
                explicitHashKey: letter.explicitHashKey
            )
            _ = try await kinesis.call(PutRecord.self, request)
        }
    }

    /// Notes that letters are of no interest any more: ``DeadLetterReader/list()`` gives them no more.
    ///
    /// - Returns: how many letters that were, each counted once.
    @discardableResult
    public func purge(_ letters: [DeadLetter]) async throws(ServiceError) -> Int {
        try await handle(letters, .purged) { _ in }
    }

    private func handle(
        _ letters: [DeadLetter],
        _ deed: DeadLetterReceipt.Deed,
        _ action: (DeadLetter) async throws(ServiceError) -> Void
    ) async throws(ServiceError) -> Int {
        var handled: Set<DeadLetterID> = []
        for letter in letters where handled.insert(letter.id).inserted {
            try await action(letter)
            let now = Timestamp(millisecondsSinceEpoch: time.wallMilliseconds)
            var data = ByteBuffer()
            DeadLetterReceipt(deed, letter.id, at: now).write(to: &data, format: .json)
            let request = PutRecord.Request(streamName: name, data: data, partitionKey: letter.partitionKey)
            _ = try await kinesis.call(PutRecord.self, request)
        }
        return handled.count
    }
}
