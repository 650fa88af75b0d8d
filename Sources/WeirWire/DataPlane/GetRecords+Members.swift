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

    func write<Writer: MessageWriter>(_ structure: inout Writer, to body: inout ByteBuffer) {
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
                var list: [RecordDraft] = []
                let isPresent = try scanner.readList { (scanner, index) throws(ServiceError) in
                    list.append(try RecordDraft(&scanner, &scratch, index))
                }
                drafts = isPresent ? list : nil
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
        // Only now, when the scratch does not grow any more, may slices share it.
        response.records.reserveCapacity(drafts.count)
        for (index, draft) in drafts.enumerated() { response.records.append(try draft.record(scratch, index)) }
        self = response
    }

    func write<Writer: MessageWriter>(_ structure: inout Writer, to body: inout ByteBuffer) {
        body.reserveCapacity(
            minimumWritableBytes: records.reduce(1024) { size, record in
                size + Writer.encodedCount(record.data.readableBytes) + record.partitionKey.utf8.count + 208
            }
        )
        structure.structures("Records", records, to: &body) { record, object, body in
            object.string("SequenceNumber", record.sequenceNumber, to: &body)
            object.timestamp("ApproximateArrivalTimestamp", record.approximateArrivalTimestamp, to: &body)
            object.blob("Data", record.data, to: &body)
            object.string("PartitionKey", record.givenPartitionKey, to: &body)
            object.string("EncryptionType", record.encryptionType, to: &body)
        }
        structure.string("NextShardIterator", nextShardIterator, to: &body)
        structure.integer("MillisBehindLatest", millisBehindLatest, to: &body)
        structure.member("ChildShards", childShards, to: &body)
    }
}

/// A record while it is read: any member may be missing, and the data is a place in the scratch.
private struct RecordDraft {
    private var sequenceNumber: String?
    private var approximateArrivalTimestamp: Timestamp?
    private var place: BlobScratch.Place?
    private var partitionKey: String?
    private var encryptionType: String?

    init<Scanner: MessageScanner & ~Copyable>(
        _ scanner: inout Scanner,
        _ scratch: inout BlobScratch,
        _ index: Int
    ) throws(ServiceError) {
        var draft = RecordDraft()
        let isPresent = try scanner.readStructure { (scanner, name) throws(ServiceError) -> Bool in
            if scanner.matches(name, "SequenceNumber") {
                draft.sequenceNumber = try scanner.readStringMember()
            } else if scanner.matches(name, "ApproximateArrivalTimestamp") {
                draft.approximateArrivalTimestamp = try scanner.readTimestampMember()
            } else if scanner.matches(name, "Data") {
                draft.place = try scanner.readBlobMember(&scratch)
            } else if scanner.matches(name, "PartitionKey") {
                draft.partitionKey = try scanner.readStringMember()
            } else if scanner.matches(name, "EncryptionType") {
                draft.encryptionType = try scanner.readStringMember()
            } else {
                return false
            }
            return true
        }
        guard isPresent else { throw WireType.missing("records.\(index + 1).member") }
        self = draft
    }

    private init() {}

    func record(_ scratch: borrowing BlobScratch, _ index: Int) throws(ServiceError) -> Record {
        guard let sequenceNumber else { throw WireType.missing("records.\(index + 1).member.sequenceNumber") }
        guard let data = scratch.blob(at: place) else { throw WireType.missing("records.\(index + 1).member.data") }
        return Record(
            sequenceNumber: sequenceNumber,
            approximateArrivalTimestamp: approximateArrivalTimestamp,
            data: data,
            partitionKey: partitionKey ?? "",
            encryptionType: encryptionType
        )
    }
}
