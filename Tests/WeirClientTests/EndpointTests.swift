import Testing
import WeirClient
import WeirModel
import WeirWire

@Suite struct EndpointTests {
    @Test(arguments: [
        ("http://127.0.0.1:4567", "127.0.0.1", 4567, "/", "127.0.0.1:4567"),
        ("http://127.0.0.1:4567/", "127.0.0.1", 4567, "/", "127.0.0.1:4567"),
        ("HTTP://localhost", "localhost", 80, "/", "localhost"),
        ("http://localhost:80", "localhost", 80, "/", "localhost"),
        ("https://localhost:80", "localhost", 80, "/", "localhost:80"),
        ("https://example.org/base/", "example.org", 443, "/base/", "example.org"),
        ("https://example.org:443", "example.org", 443, "/", "example.org"),
        ("http://[::1]:4567", "::1", 4567, "/", "[::1]:4567"),
        ("http://[::1]", "::1", 80, "/", "[::1]"),
        ("http://h:65535", "h", 65535, "/", "h:65535"),
    ]) func isRead(url: String, host: String, port: Int, path: String, header: String) throws {
        let endpoint = try Endpoint(url)
        #expect(endpoint.host == host)
        #expect(endpoint.port == port)
        #expect(endpoint.path == path)
        #expect(endpoint.hostHeader == header)
        #expect(try Endpoint(endpoint.description) == endpoint)
        #expect(!endpoint.isAWS)
    }

    @Test(arguments: [
        "", "localhost", "localhost:4567", "ftp://localhost", "http:/localhost", "http://", "http:///path",
        "http://:4567", "http://h:0", "http://h:65536", "http://h:", "http://h:x", "http://h:-1", "http://user@h",
        "http://user:secret@h", "http://h?query", "http://h/#fragment", "http://h h", "http://[::1", "http://[::1]x",
        "http://[]", "http://h\u{e9}", "http://h\r\nx: y",
    ]) func isRefused(url: String) {
        let error = #expect(throws: ServiceError.self) { try Endpoint(url) }
        #expect(error?.code == .configuration)
        #expect(error?.message.contains("endpoint") == true)
    }

    @Test(arguments: [
        (WireService.kinesis, "eu-central-1", "https://kinesis.eu-central-1.amazonaws.com/"),
        (.dynamoDB, "us-east-1", "https://dynamodb.us-east-1.amazonaws.com/"),
        (.kinesis, "cn-north-1", "https://kinesis.cn-north-1.amazonaws.com.cn/"),
    ]) func ofARegion(service: WireService, region: String, url: String) throws {
        let endpoint = try Endpoint.aws(service, region: region)
        #expect(endpoint.description == url)
        #expect(endpoint.isAWS)
    }

    @Test(arguments: ["", "EU", "a b", "a.b", "a/b", "a@b", String(repeating: "a", count: 64)])
    func aRegionThatCannotBeOneIsRefused(region: String) {
        let error = #expect(throws: ServiceError.self) { try Endpoint.aws(.kinesis, region: region) }
        #expect(error?.code == .configuration)
    }
}
