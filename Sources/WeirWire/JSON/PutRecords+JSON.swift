import NIOCore
import WeirBytes
import WeirModel

extension PutRecords.Request {
    public init(wire body: ByteBuffer, format: WireFormat) throws(ServiceError) {
        switch format {
        case .json:
            self = try JSONScanner.readMessage(body) { (scanner) throws(ServiceError) in
                try PutRecords.Request(&scanner, BlobScratch(for: body))
            }
        }
    }

    private init(_ scanner: inout JSONScanner, _ scratch: consuming BlobScratch) throws(ServiceError) {
        var request = PutRecords.Request()
        var places: [Range<Int>?] = []
        try scanner.readStructure { (scanner, name) throws(ServiceError) -> Bool in
            if scanner.matches(name, "Records") {
                var records: [PutRecordsRequestEntry] = []
                places.removeAll()
                let isPresent = try scanner.readList { (scanner, index) throws(ServiceError) in
                    let (record, place) = try PutRecordsRequestEntry.read(&scanner, &scratch, index)
                    records.append(record)
                    places.append(place)
                }
                request.records = isPresent ? records : nil
            } else if scanner.matches(name, "StreamName") {
                request.streamName = try scanner.readStringMember()
            } else if scanner.matches(name, "StreamARN") {
                request.streamARN = try scanner.readStringMember()
            } else {
                return false
            }
            return true
        }
        // Only now, when the scratch does not grow any more, may slices share it.
        for (index, place) in places.enumerated() { request.records?[index].data = scratch.blob(at: place) }
        self = request
    }

    public func write(to body: inout ByteBuffer, format: WireFormat) {
        switch format {
        case .json:
            let records = records ?? []
            body.reserveCapacity(
                minimumWritableBytes: records.reduce(512) { size, record in
                    size + Base64.encodedCount(record.data?.readableBytes ?? 0) + (record.partitionKey?.utf8.count ?? 0)
                        + (record.explicitHashKey?.utf8.count ?? 0) + 64
                }
            )
            var object = JSONObjectWriter()
            if self.records != nil {
                object.list("Records", records, to: &body) { record, body in
                    var object = JSONObjectWriter()
                    object.blob("Data", record.data, to: &body)
                    object.string("ExplicitHashKey", record.explicitHashKey, to: &body)
                    object.string("PartitionKey", record.partitionKey, to: &body)
                    object.end(to: &body)
                }
            }
            object.string("StreamName", streamName, to: &body)
            object.string("StreamARN", streamARN, to: &body)
            object.end(to: &body)
        }
    }
}

extension PutRecordsRequestEntry {
    /// Reads a record, its data into the scratch.
    fileprivate static func read(
        _ scanner: inout JSONScanner,
        _ scratch: inout BlobScratch,
        _ index: Int
    ) throws(ServiceError) -> (PutRecordsRequestEntry, Range<Int>?) {
        var record = PutRecordsRequestEntry()
        var place: Range<Int>?
        let isPresent = try scanner.readStructure { (scanner, name) throws(ServiceError) -> Bool in
            if scanner.matches(name, "Data") {
                place = try scratch.read(&scanner)
            } else if scanner.matches(name, "PartitionKey") {
                record.partitionKey = try scanner.readStringMember()
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

extension PutRecords.Response {
    public init(wire body: ByteBuffer, format: WireFormat) throws(ServiceError) {
        switch format {
        case .json:
            self = try JSONScanner.readMessage(body) { (scanner) throws(ServiceError) in
                try PutRecords.Response(&scanner)
            }
        }
    }

    private init(_ scanner: inout JSONScanner) throws(ServiceError) {
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

    public func write(to body: inout ByteBuffer, format: WireFormat) {
        switch format {
        case .json:
            body.reserveCapacity(minimumWritableBytes: 64 + records.count * 160)
            var object = JSONObjectWriter()
            object.integer("FailedRecordCount", failedRecordCount, to: &body)
            object.list("Records", records, to: &body) { record, body in
                var object = JSONObjectWriter()
                object.string("SequenceNumber", record.sequenceNumber, to: &body)
                object.string("ShardId", record.shardID, to: &body)
                object.string("ErrorCode", record.errorCode, to: &body)
                object.string("ErrorMessage", record.errorMessage, to: &body)
                object.end(to: &body)
            }
            object.string("EncryptionType", encryptionType, to: &body)
            object.end(to: &body)
        }
    }
}

extension PutRecordsResultEntry {
    fileprivate init(_ scanner: inout JSONScanner, _ index: Int) throws(ServiceError) {
        var record = PutRecordsResultEntry()
        let isPresent = try scanner.readStructure { (scanner, name) throws(ServiceError) -> Bool in
            if scanner.matches(name, "SequenceNumber") {
                record.sequenceNumber = try scanner.readStringMember()
            } else if scanner.matches(name, "ShardId") {
                record.shardID = try scanner.readStringMember()
            } else if scanner.matches(name, "ErrorCode") {
                record.errorCode = try scanner.readStringMember()
            } else if scanner.matches(name, "ErrorMessage") {
                record.errorMessage = try scanner.readStringMember()
            } else {
                return false
            }
            return true
        }
        guard isPresent else { throw WireType.missing("records.\(index + 1).member") }
        self = record
    }
}
