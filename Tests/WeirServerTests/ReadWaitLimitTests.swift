import Testing
import WeirModel

@testable import WeirServer

@Suite struct ReadWaitLimitTests {
    @Test(arguments: [(1, 1), (2, 1), (10, 5), (19_999, 9_999), (20_000, 10_000), (1_000_000, 10_000)])
    func noMoreThanHalfOfTheConnectionsWait(connections: Int, waits: Int) {
        #expect(WeirServer.Configuration(maximumConnectionCount: connections).maximumReadWaitCount == waits)
        #expect(waits <= Limits.maximumReadWaitCount)
    }
}
