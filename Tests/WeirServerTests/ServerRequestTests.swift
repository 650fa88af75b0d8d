import NIOCore
import NIOHTTP1
import Testing

@testable import WeirServer

@Suite struct ServerRequestTests {
    @Test(arguments: [
        ("/", "/", ""),
        ("", "/", ""),
        ("/a%20b/../c", "/a%20b/../c", ""),
        ("/?", "/", ""),
        ("?x=1", "/", "x=1"),
        ("/health?a=%2F&b=?&c", "/health", "a=%2F&b=?&c"),
    ])
    func pathAndQueryStayAsOnTheWire(uri: String, path: String, query: String) {
        let request = ServerRequest(method: "GET", uri: uri, headers: [:], body: ByteBuffer())
        #expect(request.path == path)
        #expect(request.query == query)
    }

    @Test func theHeadersThatNameTheActionAreRead() {
        let request = ServerRequest(
            method: "POST",
            uri: "/",
            headers: ["X-AMZ-TARGET": "a.b", "Content-type": "text/plain", "X": "1", "x": "2"],
            body: ByteBuffer()
        )
        #expect(request.target == "a.b")
        #expect(request.contentType == "text/plain")
        #expect(request.headers["x"] == ["1", "2"])
    }
}
