import Testing
import WeirModel

@Suite struct AccountNamesTests {
    @Test(arguments: ["us-east-1", "eu-central-1", "local", "a", String(repeating: "r", count: 63)])
    func regions(name: String) { #expect(RegionName.isValid(name)) }

    @Test(arguments: ["", "US-east-1", "us east", "us_east", "../x", "é", String(repeating: "r", count: 64)])
    func notRegions(name: String) { #expect(!RegionName.isValid(name)) }

    @Test(arguments: [("000000000000", true), ("123456789012", true), ("12345678901", false), ("12345678901a", false)])
    func accounts(text: String, isOne: Bool) { #expect(AccountID.isValid(text) == isOne) }
}
