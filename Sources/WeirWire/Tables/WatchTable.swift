/// Tells of the changes of a table's items as they are made. Weir's own: Amazon DynamoDB does not have it, and answers
/// `UnknownOperationException`. Its output is a stream of ``TableWatchMessage``, so that it is no ``DynamoDBAction``.
///
/// See `docs/CHANGE-FEED.md`.
public enum WatchTable {
    /// What stands after the dot in `X-Amz-Target`.
    public static let name = "WatchTable"

    /// The input.
    public struct Request: WireMessage, Codable {
        /// The table, by its name or ARN.
        public var tableName: String?
        /// The cursor of the last message of a watch that has ended; nil for a new one, which begins with the advice to scan.
        public var cursor: String?

        /// An input from its members.
        public init(tableName: String? = nil, cursor: String? = nil) {
            self.tableName = tableName
            self.cursor = cursor
        }

        enum CodingKeys: String, CodingKey {
            case tableName = "TableName"
            case cursor = "Cursor"
        }
    }

    /// The payload of an event.
    public struct Event: WireMessage, Codable, Hashable {
        /// Where a later watch goes on after this event. What its text says is the server's own affair.
        public var cursor: String
        /// The changes, oldest first; nil in events that carry none.
        public var changes: [ChangedItem]?

        /// An event from its members.
        public init(cursor: String, changes: [ChangedItem]? = nil) {
            self.cursor = cursor
            self.changes = changes
        }

        enum CodingKeys: String, CodingKey {
            case cursor = "Cursor"
            case changes = "Changes"
        }
    }
}
