import WeirModel
import WeirWire

/// What a watch of a table tells.
public enum TableChangeEvent: Hashable, Sendable {
    /// The table has to be scanned: at the beginning of a watch, and whenever changes may have been missed. A scan that
    /// begins now, and the events that follow, together leave nothing out.
    case scanAgain
    /// Items were changed, in this order. A change may be told that a scan has shown already, and in it a state of the item
    /// that is older than the one that the scan showed.
    case changes([ChangedItem])
}

extension ServiceError.Code {
    /// The service does not have what was asked for: Amazon DynamoDB has no ``WatchTable``, nor has an older Weir.
    public static let notSupported = ServiceError.Code(rawValue: "NotSupported")
}
