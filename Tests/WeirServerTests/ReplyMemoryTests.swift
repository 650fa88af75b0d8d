import NIOCore
import Testing
import WeirModel

@testable import WeirServer

@Suite struct ReplyMemoryTests {
    private let limit = Limits.maximumReplyMemoryInBytes
    private let most = Limits.maximumGetRecordsSizeInBytes
    private let least = Limits.minimumReplyRoomInBytes

    @Test func thereIsRoomForAllThatMayBeAskedForUntilThreeQuartersAreNear() {
        #expect(ReplyMemory.room(held: 0, limit: limit) == most)
        #expect(ReplyMemory.room(held: limit - 4 * most, limit: limit) == most)
        #expect(ReplyMemory.room(held: limit - 4 * most + 4, limit: limit) == most - 1)
    }

    @Test func thereIsAlwaysSomeRoom() {
        #expect(ReplyMemory.room(held: limit - 4 * least - 4, limit: limit) == least + 1)
        #expect(ReplyMemory.room(held: limit - 4 * least, limit: limit) == least)
        #expect(ReplyMemory.room(held: limit, limit: limit) == least)
        #expect(ReplyMemory.room(held: 2 * limit, limit: limit) == least)
    }

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
}
