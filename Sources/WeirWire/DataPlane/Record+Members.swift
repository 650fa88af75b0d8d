import NIOCore
import WeirBytes
import WeirModel

extension MessageWriter {
    /// About how many bytes a list of records takes.
    static func expectedCount(_ records: RecordList) -> Int {
        var count = 1024
        switch records.content {
        case .records(let records):
            let records = records.span
            for index in records.indices {
                count += encodedCount(records[index].data.readableBytes) + records[index].partitionKey.utf8.count + 208
            }
        case .stored(let records):
            for place in records.places { count += encodedCount(place.contentSize) + 208 }
        }
        return count
    }

    /// Writes a list of records.
    mutating func records(_ name: StaticString, _ records: RecordList, to body: inout ReservedBytes) {
        switch records.content {
        case .records(let records):
            structures(name, records, to: &body) { record, object, body in
                object.string("SequenceNumber", record.sequenceNumber, to: &body)
                object.timestamp("ApproximateArrivalTimestamp", record.approximateArrivalTimestamp, to: &body)
                object.blob("Data", record.data, to: &body)
                object.string("PartitionKey", record.givenPartitionKey, to: &body)
                object.string("EncryptionType", record.encryptionType, to: &body)
            }
        case .stored(let records):
            let places = records.places.span
            structures(name, count: places.count, to: &body) { index, object, body in
                let place = places[index]
                object.text("SequenceNumber", .sequenceNumber(place.sequenceNumber), to: &body)
                object.timestamp("ApproximateArrivalTimestamp", place.approximateArrival, to: &body)
                records.withContent(of: place) { key, data in
                    object.blob("Data", data, to: &body)
                    if !key.isEmpty { object.string("PartitionKey", utf8: key, to: &body) }
                }
                if place.isEncrypted { object.string("EncryptionType", Record.encryptedType, to: &body) }
            }
        }
    }
}

/// A record while it is read: any member may be missing, and the data is a place in the scratch.
struct RecordDraft {
    private var sequenceNumber: String?
    private var approximateArrivalTimestamp: Timestamp?
    private var place: BlobScratch.Place?
    private var partitionKey: String?
    private var encryptionType: String?

    /// Reads a list of records; nil when it is null.
    static func list<Scanner: MessageScanner & ~Copyable>(
        _ scanner: inout Scanner,
        _ scratch: inout BlobScratch
    ) throws(ServiceError) -> [RecordDraft]? {
        var list: [RecordDraft] = []
        let isPresent = try scanner.readList { (scanner, index) throws(ServiceError) in
            list.append(try RecordDraft(&scanner, &scratch, index))
        }
        return isPresent ? list : nil
    }

    /// The records, once the scratch does not grow any more, so that slices may share it.
    static func records(
        _ drafts: [RecordDraft],
        _ scratch: borrowing BlobScratch
    ) throws(ServiceError) -> [Record] {
        var records: [Record] = []
        records.reserveCapacity(drafts.count)
        for (index, draft) in drafts.enumerated() { records.append(try draft.record(scratch, index)) }
        return records
    }

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
