import WeirModel
import WeirRuntime
import WeirStore
import WeirWire

extension TableService {
    /// Tells of the changes of a table: the answer is a stream of events. Weir's own action; see `docs/CHANGE-FEED.md`.
    func watchTable(_ call: ActionCall) async throws(ServiceError) -> TableWatch {
        let request = try WatchTable.Request(wire: call.body.take(), format: call.format)
        let name = try tableName(request.tableName)
        var validator = Validator()
        validator.table(name)
        validator.text("cursor", request.cursor, pattern: .name, length: 1...Limits.maximumTableCursorLength)
        try validator.finish()

        let end = TableWatches.End()
        let number = try watches.begin(end)
        do throws(ServiceError) {
            let first = try await store.changes(of: name, after: request.cursor.map { TableCursor($0) })
            let service = self
            return TableWatch(
                .init(
                    store: store,
                    time: time,
                    table: name,
                    replies: call.replyMemory,
                    tell: { service.tableError($0, name) }
                ),
                machine: TableWatchStateMachine(first, at: time.monotonicNanoseconds),
                end: end,
                leave: { [watches] in watches.end(number) }
            )
        } catch {
            watches.end(number)
            throw tableError(error, name)
        }
    }
}
