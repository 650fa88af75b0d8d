import Testing

@testable import WeirSigning

@Suite struct CanonicalRequestTests {
    @Test(arguments: [
        ("", "/"),
        ("/", "/"),
        ("//", "/"),
        ("/.", "/"),
        ("/./", "/"),
        ("/..", "/"),
        ("/example/..", "/"),
        ("/a/../../b", "/b"),
        ("/a//b///c", "/a/b/c"),
        ("/a/./b", "/a/b"),
        ("/a/b/..", "/a/"),
        ("/a/", "/a/"),
        ("/example space/", "/example%20space/"),
        ("/a%20b", "/a%2520b"),
        ("/\u{1234}", "/%E1%88%B4"),
        ("/-._~0aZ", "/-._~0aZ"),
        ("/a+b=c", "/a%2Bb%3Dc"),
    ]) func pathIsNormalizedAndEncoded(path: String, canonical: String) {
        #expect(CanonicalRequest.path(path) == canonical)
    }

    @Test(arguments: [
        ("", ""),
        ("a", "a="),
        ("a=", "a="),
        ("Param2=value2&Param1=value1", "Param1=value1&Param2=value2"),
        ("a=2&a=1", "a=1&a=2"),
        ("a1=x&a=y", "a=y&a1=x"),
        ("a=%7e", "a=~"),
        ("a=%c3%a9", "a=%C3%A9"),
        ("a=b=c", "a=b%3Dc"),
        ("a=%2", "a=%252"),
        ("a=%zz", "a=%25zz"),
        ("&a=1&&b=2&", "a=1&b=2"),
    ]) func queryIsEncodedAndSorted(query: String, canonical: String) {
        #expect(CanonicalRequest.query(query) == canonical)
    }

    @Test func headersAreLowerCaseTrimmedMergedAndSorted() {
        let request = SignableRequest(
            method: "GET",
            headers: [
                ("X-B", "  two   words\t"), ("Host", "example"), ("X-A", "z"), ("x-a", "y"), ("X-Empty", ""),
            ],
            payloadHash: .empty
        )
        let canonical = CanonicalRequest(request)
        #expect(canonical.signedHeaders == "host;x-a;x-b;x-empty")
        #expect(
            canonical.text == """
                GET
                /

                host:example
                x-a:z,y
                x-b:two words
                x-empty:

                host;x-a;x-b;x-empty
                e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
                """
        )
    }
}
