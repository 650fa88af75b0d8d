import WeirWire

/// Something by which workers of the KCL 3.x that do more than those of 2.x show themselves.
///
/// In version 3 a leader gives the leases out: to workers that report their load, which those of Weir and of the KCL 2.x do
/// not. So the two cannot be one application. A worker of version 3 that is still in its mode for the move from 2.x, in which
/// it works as those do, leaves no such sign.
public enum KCL3Sign: Hashable, Sendable, CustomStringConvertible {
    /// A leader has begun a hand-off of this lease.
    case handOff(leaseKey: String)
    /// A leader has a lock in the lease table (since 3.5).
    case leader(name: String)
    /// The workers have agreed on this mode.
    case mode(String)

    /// The key of the item that tells the mode.
    static let modeKey = "Migration3.0"
    private static let leaderKey = "Leader"

    /// The sign in an item of the lease table, or of the table of the leader's own; nil when it has none.
    public init?(item: Item) {
        let key = item[Lease.Attribute.key]?.text ?? item["key"]?.text
        if let key, item[Lease.Attribute.checkpointOwner]?.text != nil {
            self = .handOff(leaseKey: key)
        } else if key == Self.leaderKey, let name = item["ownerName"]?.text {
            self = .leader(name: name)
        } else if key == Self.modeKey, let mode = item["cv"]?.text, mode.hasPrefix("CLIENT_VERSION_3X") {
            self = .mode(mode)
        } else {
            return nil
        }
    }

    /// Asks for the mode that the workers of an application agreed on. Versions 3.0 to 3.4 keep it in a table of its own.
    public static func mode(applicationName: String) -> GetItem.Request {
        GetItem.Request(
            tableName: "\(applicationName)-CoordinatorState",
            key: ["key": .string(modeKey)],
            consistentRead: true
        )
    }

    public var description: String {
        switch self {
        case .handOff(let key): "the lease of \(key) has a checkpointOwner"
        case .leader(let name): "\(name) holds the lock of the leader"
        case .mode(let mode): "the workers agreed on \(mode)"
        }
    }
}
