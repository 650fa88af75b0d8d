import Testing
import WeirModel

@testable import WeirAccess

/// The token with which `/metrics` is read.
@Suite struct MetricsTokenTests {
    @Test func itMatchesItselfAlone() throws {
        let token = try #require(MetricsToken("0123456789abcdef"))
        #expect(token.matches("0123456789abcdef"))
        for other in [
            "", "0123456789abcde", "0123456789abcdeX", "0123456789abcdef0123456789abcdef", "X123456789abcdef",
        ] {
            #expect(!token.matches(other), "\(other)")
        }
    }

    @Test func itHasALength() {
        let range = Limits.metricsTokenLength
        func token(_ length: Int) -> MetricsToken? { MetricsToken(String(repeating: "t", count: length)) }
        #expect(token(range.lowerBound - 1) == nil)
        #expect(token(range.lowerBound) != nil)
        #expect(token(range.upperBound) != nil)
        #expect(token(range.upperBound + 1) == nil)
        #expect(MetricsToken("0123456789 abcdef") == nil)
        #expect(MetricsToken("0123456789é01234") == nil)
    }
}
