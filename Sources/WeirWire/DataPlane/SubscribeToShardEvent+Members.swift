import NIOCore
import WeirBytes
import WeirModel

extension SubscribeToShardEvent: DataPlaneMessage {
    init<Scanner: MessageScanner & ~Copyable>(
        _ scanner: inout Scanner,
        _ scratch: consuming BlobScratch
    ) throws(ServiceError) {
        var drafts: [RecordDraft]?
        var millisBehindLatest: Int?
        var event = SubscribeToShardEvent(records: [], millisBehindLatest: 0)
        try scanner.readStructure { (scanner, name) throws(ServiceError) -> Bool in
            if scanner.matches(name, "Records") {
                drafts = try RecordDraft.list(&scanner, &scratch)
            } else if scanner.matches(name, "ContinuationSequenceNumber") {
                event.continuationSequenceNumber = try scanner.readStringMember()
            } else if scanner.matches(name, "MillisBehindLatest") {
                millisBehindLatest = try scanner.readIntegerMember()
            } else if scanner.matches(name, "ChildShards") {
                event.childShards = try scanner.readMember([ChildShard].self)
            } else {
                return false
            }
            return true
        }
        guard let drafts else { throw WireType.missing("records") }
        guard let millisBehindLatest else { throw WireType.missing("millisBehindLatest") }
        event.records = RecordList(try RecordDraft.records(drafts, scratch))
        event.millisBehindLatest = millisBehindLatest
        self = event
    }

    func expectedCount<Writer: MessageWriter>(_ writer: Writer.Type) -> Int { Writer.expectedCount(records) }

    func write<Writer: MessageWriter>(_ structure: inout Writer, to body: inout ReservedBytes) {
        structure.records("Records", records, to: &body)
        structure.string("ContinuationSequenceNumber", continuationSequenceNumber, to: &body)
        structure.integer("MillisBehindLatest", millisBehindLatest, to: &body)
        structure.member("ChildShards", childShards, to: &body)
    }
}
