import Logging
import ServiceLifecycle
import UnixSignals
import WeirAccess
import WeirServer

/// At SIGHUP reads the credentials file and the certificate, and opens the access log again.
///
/// Files that cannot be used change nothing: the keys and the certificate from before stay good.
struct HangupListener: Service {
    let credentials: String?
    let access: AccessControl?
    let certificate: ServerCertificate?
    let accessLog: AccessLog?
    let logger: Logger

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup)
        for await _ in signals.cancelOnGracefulShutdown() {
            accessLog?.reopen()
            reloadCredentials()
            reloadCertificate()
        }
    }

    private func reloadCredentials() {
        guard let credentials, let access else { return }
        do throws(CredentialsFileError) {
            let file = try CredentialsFile(path: credentials)
            access.replaceKeys(by: file)
            logger.notice("credentials reloaded", metadata: ["key.count": "\(file.accessKeys.count)"])
        } catch {
            logger.error("credentials not reloaded, the old ones stay", metadata: ["error.message": "\(error)"])
        }
    }

    private func reloadCertificate() {
        guard let certificate else { return }
        do throws(ServerError) {
            try certificate.reload()
            logger.notice("certificate reloaded")
        } catch {
            logger.error("certificate not reloaded, the old one stays", metadata: ["error.message": "\(error)"])
        }
    }
}
