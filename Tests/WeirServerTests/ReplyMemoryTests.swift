import NIOCore
import Testing
import WeirModel
import WeirWire

@testable import WeirServer

@Suite struct ReplyMemoryTests {
    private let limit = Limits.maximumReplyMemoryInBytes
    private let most = Limits.maximumGetRecordsSizeInBytes
    private let least = Limits.minimumReplyRoomInBytes

    @Test func anAnswerCountsUntilNobodyHasIt() {
        let memory = ReplyMemory(limit: limit)
        var allowance: ReplyAllowance? = memory.begin()
        #expect(allowance?.room == most)
        #expect(memory.bytes == 2 * most)
        allowance?.made(bytes: 1000)
        #expect(memory.bytes == 1000)
        let response = ServerResponse(status: 200, requestID: "", body: ByteBuffer(), allowance: allowance)
        var hold = response.holdingAllowance
        withExtendedLifetime(response) {}
        allowance = nil
        #expect(memory.bytes == 1000)
        hold?()
        #expect(memory.bytes == 1000)
        hold = nil
        withExtendedLifetime(hold) {}
    }

    @Test func anAnswerThatHasLeftCountsNoMore() {
        let memory = ReplyMemory(limit: limit)
        func leave() {
            let response = ServerResponse(status: 200, requestID: "", body: ByteBuffer(), allowance: memory.begin())
            response.holdingAllowance?()
        }
        leave()
        #expect(memory.bytes == 0)
        // Nor does one that was refused before it was made.
        _ = memory.begin()
        #expect(memory.bytes == 0)
    }

    @Test func manyAnswersAtOnceShareOutNoMuchMoreThanThereIs() {
        let memory = ReplyMemory(limit: limit)
        let allowances = (0..<1000).map { _ in memory.begin() }
        #expect(memory.bytes < limit + 1000 * 2 * least)
        #expect(allowances.last?.room == least)
        withExtendedLifetime(allowances) {}
    }

    /// The pieces of a stream count until all their bytes have left, in whatever parts that is.
    @Test func piecesCountUntilTheyHaveLeft() {
        let memory = ReplyMemory(limit: limit)
        var pieces = UnwrittenPieces()
        for size in [100, 10, 1] {
            let bytes = ByteBuffer(repeating: 120, count: size)
            pieces.append(ReplyPiece(bytes, allowance: memory.count(bytes: size)))
        }
        pieces.append(ReplyPiece(ByteBuffer(repeating: 120, count: 5)))
        #expect(memory.bytes == 111)
        pieces.written(bytes: 99)
        #expect(memory.bytes == 111)
        pieces.written(bytes: 1)
        #expect(memory.bytes == 11)
        pieces.written(bytes: 10)
        #expect(memory.bytes == 1)
        pieces.written(bytes: 3)
        #expect(memory.bytes == 0)
        pieces.append(ReplyPiece(ByteBuffer(repeating: 120, count: 7), allowance: memory.count(bytes: 7)))
        pieces.written(bytes: 9)
        #expect(memory.bytes == 7, "three bytes before it had not left")
        pieces.written(bytes: 1)
        #expect(memory.bytes == 0)
        // A client that has gone takes nothing with it.
        pieces.append(ReplyPiece(ByteBuffer(repeating: 120, count: 7), allowance: memory.count(bytes: 7)))
        pieces = UnwrittenPieces()
        #expect(memory.bytes == 0)
    }
}
