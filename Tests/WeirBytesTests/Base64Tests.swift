import Testing
import WeirBytes

@Suite struct Base64Tests {
    @Test func `foo`() throws { #expect(Base64.encode(Array("foo".utf8)) == "Zm9v") }
}
