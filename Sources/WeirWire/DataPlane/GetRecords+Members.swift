import NIOCore
import WeirBytes
import WeirModel

extension GetRecords.Request: DataPlaneMessage {
    init<Scanner: MessageScanner & ~Copyable>(
        _ scanner: inout Scanner,
        _ scratch: consuming BlobScratch
    ) throws(ServiceError) {
        var request = GetRecords.Request()
        try scanner.readStructure { (scanner, name) throws(ServiceError) -> Bool in
            if scanner.matches(name, "ShardIterator") {
                request.shardIterator = try scanner.readStringMember()
            } else if scanner.matches(name, "Limit") {
                request.limit = try scanner.readIntegerMember()
            } else if scanner.matches(name, "StreamARN") {
                request.streamARN = try scanner.readStringMember()
            } else if scanner.matches(name, "StreamId") {
                request.streamID = try scanner.readStringMember()
            } else if scanner.matches(name, "DryRun") {
                request.isDryRun = try scanner.readMember(Bool.self)
            } else {
                return false
            }
            return true
        }
        self = request
    }

    func write<Writer: MessageWriter>(_ structure: inout Writer, to body: inout ReservedBytes) {
        structure.string("ShardIterator", shardIterator, to: &body)
        structure.integer("Limit", limit, to: &body)
        structure.string("StreamARN", streamARN, to: &body)
        structure.string("StreamId", streamID, to: &body)
        structure.member("DryRun", isDryRun, to: &body)
    }
}

extension GetRecords.Response: DataPlaneMessage {
    init<Scanner: MessageScanner & ~Copyable>(
        _ scanner: inout Scanner,
        _ scratch: consuming BlobScratch
    ) throws(ServiceError) {
        var drafts: [RecordDraft]?
        var response = GetRecords.Response(records: [])
        try scanner.readStructure { (scanner, name) throws(ServiceError) -> Bool in
            if scanner.matches(name, "Records") {
                drafts = try RecordDraft.list(&scanner, &scratch)
            } else if scanner.matches(name, "NextShardIterator") {
                response.nextShardIterator = try scanner.readStringMember()
            } else if scanner.matches(name, "MillisBehindLatest") {
                response.millisBehindLatest = try scanner.readIntegerMember()
            } else if scanner.matches(name, "ChildShards") {
                response.childShards = try scanner.readMember([ChildShard].self)
            } else {
                return false
            }
            return true
        }
        guard let drafts else { throw WireType.missing("records") }
        response.records = RecordList(try RecordDraft.records(drafts, scratch))
        self = response
    }

    func expectedCount<Writer: MessageWriter>(_ writer: Writer.Type) -> Int { Writer.expectedCount(records) }

    func write<Writer: MessageWriter>(_ structure: inout Writer, to body: inout ReservedBytes) {
        structure.records("Records", records, to: &body)
        structure.string("NextShardIterator", nextShardIterator, to: &body)
        structure.integer("MillisBehindLatest", millisBehindLatest, to: &body)
        structure.member("ChildShards", childShards, to: &body)
    }
}
