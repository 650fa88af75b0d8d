import NIOCore
import WeirBytes
import WeirModel

extension QueueReceiveInput: DataPlaneMessage {
    init<Scanner: MessageScanner & ~Copyable>(
        _ scanner: inout Scanner,
        _ scratch: consuming BlobScratch
    ) throws(ServiceError) {
        var input = QueueReceiveInput()
        try scanner.readStructure { (scanner, name) throws(ServiceError) -> Bool in
            if scanner.matches(name, "QueueARN") {
                input.queueARN = try scanner.readStringMember()
            } else if scanner.matches(name, "Limit") {
                input.limit = try scanner.readIntegerMember()
            } else if scanner.matches(name, "WaitTimeSeconds") {
                input.waitTimeSeconds = try scanner.readIntegerMember()
            } else if scanner.matches(name, "VisibilityTimeoutSeconds") {
                input.visibilityTimeoutSeconds = try scanner.readIntegerMember()
            } else {
                return false
            }
            return true
        }
        self = input
    }

    func write<Writer: MessageWriter>(_ structure: inout Writer, to body: inout ReservedBytes) {
        structure.string("QueueARN", queueARN, to: &body)
        structure.integer("Limit", limit, to: &body)
        structure.integer("WaitTimeSeconds", waitTimeSeconds, to: &body)
        structure.integer("VisibilityTimeoutSeconds", visibilityTimeoutSeconds, to: &body)
    }
}

extension QueueReceiveOutput: DataPlaneMessage {
    init<Scanner: MessageScanner & ~Copyable>(
        _ scanner: inout Scanner,
        _ scratch: consuming BlobScratch
    ) throws(ServiceError) {
        var drafts: [QueueRecordDraft]?
        try scanner.readStructure { (scanner, name) throws(ServiceError) -> Bool in
            guard scanner.matches(name, "QueueRecords") else { return false }
            var list: [QueueRecordDraft] = []
            let isPresent = try scanner.readList { (scanner, index) throws(ServiceError) in
                list.append(try QueueRecordDraft(&scanner, &scratch, index))
            }
            drafts = isPresent ? list : nil
            return true
        }
        guard let drafts else { throw WireType.missing("queueRecords") }
        // Only now, when the scratch does not grow any more, may slices share it.
        var records: [QueueRecord] = []
        records.reserveCapacity(drafts.count)
        for (index, draft) in drafts.enumerated() { records.append(try draft.record(scratch, index)) }
        self.init(queueRecords: records)
    }

    func expectedCount<Writer: MessageWriter>(_ writer: Writer.Type) -> Int {
        queueRecords.reduce(64) { size, record in
            size + Writer.encodedCount(record.data.readableBytes) + (record.partitionKey?.utf8.count ?? 0)
                + record.receiptHandle.utf8.count + 288
        }
    }

    func write<Writer: MessageWriter>(_ structure: inout Writer, to body: inout ReservedBytes) {
        structure.structures("QueueRecords", queueRecords, to: &body) { record, object, body in
            object.string("ReceiptHandle", record.receiptHandle, to: &body)
            object.text("RecordId", record.recordIDText, to: &body)
            object.string("PartitionKey", record.partitionKey, to: &body)
            object.blob("Data", record.data, to: &body)
            object.timestamp("ApproximateArrivalTimestamp", record.approximateArrivalTimestamp, to: &body)
            object.timestamp("FirstReceiveTimestamp", record.firstReceiveTimestamp, to: &body)
            object.integer("ReceiveCount", record.receiveCount, to: &body)
        }
    }
}

/// A record of a queue while it is read: any member may be missing, and the data is a place in the scratch.
private struct QueueRecordDraft {
    private var receiptHandle: String?
    private var recordID: String?
    private var partitionKey: String?
    private var place: BlobScratch.Place?
    private var approximateArrivalTimestamp: Timestamp?
    private var firstReceiveTimestamp: Timestamp?
    private var receiveCount: Int?

    private init() {}

    init<Scanner: MessageScanner & ~Copyable>(
        _ scanner: inout Scanner,
        _ scratch: inout BlobScratch,
        _ index: Int
    ) throws(ServiceError) {
        var draft = QueueRecordDraft()
        let isPresent = try scanner.readStructure { (scanner, name) throws(ServiceError) -> Bool in
            if scanner.matches(name, "ReceiptHandle") {
                draft.receiptHandle = try scanner.readStringMember()
            } else if scanner.matches(name, "RecordId") {
                draft.recordID = try scanner.readStringMember()
            } else if scanner.matches(name, "PartitionKey") {
                draft.partitionKey = try scanner.readStringMember()
            } else if scanner.matches(name, "Data") {
                draft.place = try scanner.readBlobMember(&scratch)
            } else if scanner.matches(name, "ApproximateArrivalTimestamp") {
                draft.approximateArrivalTimestamp = try scanner.readTimestampMember()
            } else if scanner.matches(name, "FirstReceiveTimestamp") {
                draft.firstReceiveTimestamp = try scanner.readTimestampMember()
            } else if scanner.matches(name, "ReceiveCount") {
                draft.receiveCount = try scanner.readIntegerMember()
            } else {
                return false
            }
            return true
        }
        guard isPresent else { throw WireType.missing("queueRecords.\(index + 1).member") }
        self = draft
    }

    func record(_ scratch: borrowing BlobScratch, _ index: Int) throws(ServiceError) -> QueueRecord {
        guard let receiptHandle else { throw missing("receiptHandle", index) }
        guard let recordID else { throw missing("recordId", index) }
        guard let data = scratch.blob(at: place) else { throw missing("data", index) }
        guard let approximateArrivalTimestamp else { throw missing("approximateArrivalTimestamp", index) }
        guard let firstReceiveTimestamp else { throw missing("firstReceiveTimestamp", index) }
        guard let receiveCount else { throw missing("receiveCount", index) }
        return QueueRecord(
            receiptHandle: receiptHandle,
            recordID: recordID,
            partitionKey: partitionKey,
            data: data,
            approximateArrivalTimestamp: approximateArrivalTimestamp,
            firstReceiveTimestamp: firstReceiveTimestamp,
            receiveCount: receiveCount
        )
    }

    private func missing(_ member: String, _ index: Int) -> ServiceError {
        WireType.missing("queueRecords.\(index + 1).member.\(member)")
    }
}
