import Logging
import ServiceLifecycle
import UnixSignals
import WeirAccess
import WeirServer

/// At SIGHUP reads the credentials file and opens the access log again.
///
/// A credentials file that cannot be used changes nothing: the keys from before stay good.
struct HangupListener: Service {
    let credentials: String?
    let access: AccessControl?
    let accessLog: AccessLog?
    let logger: Logger

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup)
        for await _ in signals.cancelOnGracefulShutdown() {
            accessLog?.reopen()
            reloadCredentials()
        }
    }

    private func reloadCredentials() {
        guard let credentials, let access else { return }
        do throws(CredentialsFileError) {
            let file = try CredentialsFile(path: credentials)
            access.replaceKeys(by: file)
            logger.notice("credentials reloaded", metadata: ["keys": "\(file.accessKeys.count)"])
        } catch {
            logger.error("credentials not reloaded, the old ones stay", metadata: ["error": "\(error)"])
        }
    }
}
