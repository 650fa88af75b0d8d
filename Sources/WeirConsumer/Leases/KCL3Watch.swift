import Logging
import Synchronization
import WeirClient
import WeirLeases
import WeirWire

/// Tells once, and loudly, when workers of the KCL 3.x give out the leases that this worker shares.
final class KCL3Watch: Sendable {
    private let applicationName: String
    private let logger: Logger
    private let onEvent: @Sendable (WorkerEvent) -> Void
    private let isFound = Mutex(false)

    init(applicationName: String, logger: Logger, onEvent: @escaping @Sendable (WorkerEvent) -> Void) {
        self.applicationName = applicationName
        self.logger = logger
        self.onEvent = onEvent
    }

    /// Looks for signs among items of the lease table.
    func note(_ items: some Sequence<Item>) {
        for item in items {
            if let sign = KCL3Sign(item: item) { return found(sign) }
        }
    }

    /// Looks for the mode that workers of version 3 agreed on. Who may not read their table, or finds none, knows nothing.
    func look(_ dynamoDB: any DynamoDBCalling) async {
        guard !isFound.withLock({ $0 }) else { return }
        let answer = try? await dynamoDB.call(GetItem.self, KCL3Sign.mode(applicationName: applicationName))
        if let item = answer?.item { note([item]) }
    }

    private func found(_ sign: KCL3Sign) {
        let isNews = isFound.withLock { isFound in
            defer { isFound = true }
            return !isFound
        }
        guard isNews else { return }
        logger.error(
            """
            Workers of the KCL 3.x use this lease table and give its leases out as they see fit: stop them, set their \
            clientVersionConfig to CLIENT_VERSION_CONFIG_COMPATIBLE_WITH_2X, or give this application another name
            """,
            metadata: ["kcl.sign": .string("\(sign)")]
        )
        onEvent(.kcl3Found(sign))
    }
}
