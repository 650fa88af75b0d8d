import NIOCore
import WeirBytes
import WeirModel

extension PutRecords.Request: DataPlaneMessage {
    init<Scanner: MessageScanner & ~Copyable>(
        _ scanner: inout Scanner,
        _ scratch: consuming BlobScratch
    ) throws(ServiceError) {
        var request = PutRecords.Request()
        var places: [BlobScratch.ContentPlace] = []
        try scanner.readStructure { (scanner, name) throws(ServiceError) -> Bool in
            if scanner.matches(name, "Records") {
                var records: [PutRecordsRequestEntry] = []
                places.removeAll()
                let isPresent = try scanner.readList { (scanner, index) throws(ServiceError) in
                    let (record, place) = try PutRecordsRequestEntry.read(&scanner, &scratch, index)
                    // One too many is enough to refuse the call: a body may list millions of empty ones.
                    guard records.count <= Limits.maximumPutRecordsCount else { return }
                    records.append(record)
                    places.append(place)
                }
                request.records = isPresent ? records : nil
            } else if scanner.matches(name, "StreamName") {
                request.streamName = try scanner.readStringMember()
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
        // Only now, when the scratch does not grow any more, may slices share it.
        scratch.bringTogether(&places)
        for (index, place) in places.enumerated() { request.records?[index].content = scratch.content(at: place) }
        self = request
    }

    func expectedCount<Writer: MessageWriter>(_ writer: Writer.Type) -> Int {
        (records ?? []).reduce(1024) { size, record in
            size + Writer.encodedCount(record.content.dataSize ?? 0) + (record.content.partitionKeySize ?? 0)
                + (record.explicitHashKey?.utf8.count ?? 0) + 96
        }
    }

    func write<Writer: MessageWriter>(_ structure: inout Writer, to body: inout ReservedBytes) {
        if let records {
            structure.structures("Records", records, to: &body) { record, object, body in
                object.blob("Data", record.data, to: &body)
                object.string("ExplicitHashKey", record.explicitHashKey, to: &body)
                object.string("PartitionKey", record.partitionKey, to: &body)
            }
        }
        structure.string("StreamName", streamName, to: &body)
        structure.string("StreamARN", streamARN, to: &body)
        structure.string("StreamId", streamID, to: &body)
        structure.member("DryRun", isDryRun, to: &body)
    }
}

extension PutRecordsRequestEntry {
    /// Reads a record, its data and its partition key into the scratch.
    fileprivate static func read<Scanner: MessageScanner & ~Copyable>(
        _ scanner: inout Scanner,
        _ scratch: inout BlobScratch,
        _ index: Int
    ) throws(ServiceError) -> (PutRecordsRequestEntry, BlobScratch.ContentPlace) {
        var record = PutRecordsRequestEntry()
        var place = BlobScratch.ContentPlace()
        let isPresent = try scanner.readStructure { (scanner, name) throws(ServiceError) -> Bool in
            if scanner.matches(name, "Data") {
                place.data = try scanner.readBlobMember(&scratch)
            } else if scanner.matches(name, "PartitionKey") {
                place.partitionKey = try scanner.readTextMember(&scratch)
            } else if scanner.matches(name, "ExplicitHashKey") {
                record.explicitHashKey = try scanner.readStringMember()
            } else {
                return false
            }
            return true
        }
        guard isPresent else { throw WireType.missing("records.\(index + 1).member") }
        return (record, place)
    }
}

extension PutRecords.Response: DataPlaneMessage {
    init<Scanner: MessageScanner & ~Copyable>(
        _ scanner: inout Scanner,
        _ scratch: consuming BlobScratch
    ) throws(ServiceError) {
        var failedRecordCount: Int?
        var records: [PutRecordsResultEntry]?
        var encryptionType: String?
        try scanner.readStructure { (scanner, name) throws(ServiceError) -> Bool in
            if scanner.matches(name, "FailedRecordCount") {
                failedRecordCount = try scanner.readIntegerMember()
            } else if scanner.matches(name, "Records") {
                var list: [PutRecordsResultEntry] = []
                let isPresent = try scanner.readList { (scanner, index) throws(ServiceError) in
                    list.append(try PutRecordsResultEntry(&scanner, index))
                }
                records = isPresent ? list : nil
            } else if scanner.matches(name, "EncryptionType") {
                encryptionType = try scanner.readStringMember()
            } else {
                return false
            }
            return true
        }
        guard let records else { throw WireType.missing("records") }
        self.init(failedRecordCount: failedRecordCount, records: records, encryptionType: encryptionType)
    }

    func expectedCount(_ writer: (some MessageWriter).Type) -> Int { 128 + records.count * 160 }

    func write<Writer: MessageWriter>(_ structure: inout Writer, to body: inout ReservedBytes) {
        structure.integer("FailedRecordCount", failedRecordCount, to: &body)
        structure.structures("Records", records, to: &body) { record, object, body in
            switch record.content {
            case .put(let number, let shard):
                object.text("SequenceNumber", .sequenceNumber(number), to: &body)
                object.text("ShardId", .shard(shard), to: &body)
            case .members(let members):
                object.string("SequenceNumber", members.sequenceNumber, to: &body)
                object.string("ShardId", members.shardID, to: &body)
                object.string("ErrorCode", members.errorCode, to: &body)
                object.string("ErrorMessage", members.errorMessage, to: &body)
            }
        }
        structure.string("EncryptionType", encryptionType, to: &body)
    }
}

extension PutRecordsResultEntry {
    fileprivate init<Scanner: MessageScanner & ~Copyable>(
        _ scanner: inout Scanner,
        _ index: Int
    ) throws(ServiceError) {
        var members = Members()
        let isPresent = try scanner.readStructure { (scanner, name) throws(ServiceError) -> Bool in
            if scanner.matches(name, "SequenceNumber") {
                members.sequenceNumber = try scanner.readStringMember()
            } else if scanner.matches(name, "ShardId") {
                members.shardID = try scanner.readStringMember()
            } else if scanner.matches(name, "ErrorCode") {
                members.errorCode = try scanner.readStringMember()
            } else if scanner.matches(name, "ErrorMessage") {
                members.errorMessage = try scanner.readStringMember()
            } else {
                return false
            }
            return true
        }
        guard isPresent else { throw WireType.missing("records.\(index + 1).member") }
        self.init(members)
    }
}
