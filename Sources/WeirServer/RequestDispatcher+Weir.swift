import Logging
import NIOCore
import WeirAccess
import WeirModel
import WeirWire

/// What no service of AWS has: paths of Weir's own.
extension RequestDispatcher {
    /// Removes all streams and tables.
    static let resetPath = "/_weir/reset"

    func performReset(
        _ request: ServerRequest,
        _ requestID: String,
        _ trace: inout Trace
    ) async -> ServerResponse {
        (trace.service, trace.action) = ("weir", "Reset")
        do throws(ServiceError) {
            trace.identity = try identification.identify(request, service: "weir")
            try trace.identity.caller?.authorize("weir:Reset", on: "*")
            guard let reset else {
                throw ServiceError(.accessDenied, "This server was not started with --allow-reset.")
            }
            try await reset.perform()
            logger.notice("all streams and tables were removed by a reset")
            return ServerResponse(
                status: 200,
                contentType: "application/json",
                requestID: requestID,
                body: ByteBuffer(string: #"{"status":"ok"}"#)
            )
        } catch {
            trace.errorCode = error.code
            return failure(error, nil, .json11, requestID)
        }
    }

    /// Copies the data folder.
    static let backupPath = "/_weir/backup"

    func performBackup(
        _ request: ServerRequest,
        _ requestID: String,
        _ trace: inout Trace
    ) async -> ServerResponse {
        (trace.service, trace.action) = ("weir", "Backup")
        do throws(ServiceError) {
            trace.identity = try identification.identify(request, service: "weir")
            try trace.identity.caller?.authorize("weir:Backup", on: "*")
            guard let backup else {
                throw ServiceError(.accessDenied, "This server was not started with --backups.")
            }
            let wanted = try BackupRequest(wire: try await bodies.unpack(request).content.take(), format: .json)
            let made = try await backup.perform(name: wanted.name)
            logger.notice(
                "backup made",
                metadata: [
                    "folder.path": "\(made.folder)", "stream.count": "\(made.streams)",
                    "record.count": "\(made.records)",
                    "size.bytes": "\(made.bytes)", "duration.ms": "\(made.milliseconds)",
                ]
            )
            var body = ByteBuffer()
            made.write(to: &body, format: .json)
            return ServerResponse(status: 200, contentType: "application/json", requestID: requestID, body: body)
        } catch {
            trace.errorCode = error.code
            return failure(error, nil, .json11, requestID)
        }
    }
}
