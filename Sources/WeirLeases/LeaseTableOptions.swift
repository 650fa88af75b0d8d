import WeirModel
import WeirWire

/// How the lease table is made, by the worker that finds none. A table that is there is left as it is.
public struct LeaseTableOptions: Hashable, Sendable {
    /// What Amazon DynamoDB charges for, and allows. Weir's own tables have no such bounds.
    public enum Billing: Hashable, Sendable {
        /// Each read and write.
        case onDemand
        /// So many units a second, used or not: 1 or more of each. A worker reads the whole table each quarter of the
        /// fail-over time and writes each of its leases each third of it, and with each checkpoint.
        case provisioned(readUnits: Int, writeUnits: Int)
    }

    /// What is charged for.
    public var billing = Billing.onDemand
    /// Tags of the table: 50 at most.
    public var tags: [String: String] = [:]
    /// Whether the table cannot be deleted until that is switched off.
    public var isDeletionProtected = false

    /// On demand, without tags and without protection, as the KCL makes it.
    public init() {}

    /// Throws `configuration` when a setting is out of range.
    public func validate() throws(ServiceError) {
        if case .provisioned(let readUnits, let writeUnits) = billing, readUnits < 1 || writeUnits < 1 {
            throw ServiceError(
                .configuration,
                "leaseTableOptions: a table is provisioned with at least 1 unit of each kind"
            )
        }
        guard tags.count <= Limits.maximumTagCount else {
            throw ServiceError(.configuration, "leaseTableOptions: a table has at most \(Limits.maximumTagCount) tags")
        }
    }

    func apply(to request: inout CreateTable.Request) {
        switch billing {
        case .onDemand:
            request.billingMode = "PAY_PER_REQUEST"
        case .provisioned(let readUnits, let writeUnits):
            request.billingMode = "PROVISIONED"
            request.provisionedThroughput = ProvisionedThroughput(
                readCapacityUnits: readUnits,
                writeCapacityUnits: writeUnits
            )
        }
        if isDeletionProtected { request.deletionProtectionEnabled = true }
        if !tags.isEmpty { request.tags = tags.sorted { $0.key < $1.key }.map { Tag(key: $0.key, value: $0.value) } }
    }
}
