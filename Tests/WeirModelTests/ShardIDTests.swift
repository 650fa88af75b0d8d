import Testing
import WeirModel

@Suite struct ShardIDTests {
    @Test(arguments: [
        (0, "shardId-000000000000"), (17, "shardId-000000000017"), (4_294_967_295, "shardId-004294967295"),
    ])
    func textReadsBack(_ number: UInt32, _ text: String) {
        #expect(ShardID(number).description == text)
        #expect(ShardID(text) == ShardID(number))
    }

    @Test(arguments: [
        "", "shardId-", "shardId-1", "shard-000000000001", "shardId-00000000000x", "shardId-999999999999",
    ])
    func otherTextIsRefused(_ text: String) {
        #expect(ShardID(text) == nil)
    }
}
