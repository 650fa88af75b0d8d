import NIOCore
import WeirAccess
import WeirModel
import WeirRuntime
import WeirSigning
import WeirStore
import WeirTestTools

@testable import WeirServer

/// Runs a server over an empty data folder with regions for the duration of a scope.
func withRegionalServer(
    _ configuration: WeirServer.Configuration = .test,
    access: AccessControl? = nil,
    accessLog: AccessLog? = nil,
    _ body: (_ port: Int) async throws -> Void
) async throws {
    try await withServerFolder { path in
        try await withRegionalServer(configuration, access: access, accessLog: accessLog, path: path, body)
    }
}

/// The same over a folder that is there.
func withRegionalServer(
    _ configuration: WeirServer.Configuration = .test,
    access: AccessControl?,
    accessLog: AccessLog? = nil,
    path: String,
    _ body: (_ port: Int) async throws -> Void
) async throws {
    do {
        try await RegionalDataFolder.withDataFolder(path: path, logger: quiet) { folder in
            let server = WeirServer(
                configuration: configuration,
                regions: folder,
                access: access,
                accessLog: accessLog,
                logger: quiet
            )
            try await runService(server) { try await body(try await server.port) }
        }
    }
}

/// Sends one request on a connection of its own, and gives the response.
func answer(_ port: Int, _ text: String) async throws -> RawResponse {
    let connection = try await RawConnection.open(port: port)
    try await connection.send(text)
    let response = try await connection.response()
    try await connection.close()
    return response
}

/// A request as ``request(_:_:method:path:contentType:headers:)`` makes it, signed now.
func signedRequest(
    _ target: String?,
    _ body: String = "{}",
    path: String = "/",
    region: String = "us-east-1",
    service: String = "kinesis",
    credentials: Credentials
) -> String {
    var headers = [(name: "host", value: "localhost")]
    if let target { headers.append((name: "x-amz-target", value: target)) }
    let added = RequestSigner(region: region, service: service).headers(
        signing: SignableRequest(
            method: "POST",
            path: path,
            headers: headers,
            payloadHash: PayloadHash(of: Array(body.utf8))
        ),
        credentials: credentials,
        time: SigningTime(millisecondsSinceEpoch: SystemTime().wallMilliseconds)
    )
    return request(target, body, path: path, headers: added.map { "\($0.name): \($0.value)" })
}
