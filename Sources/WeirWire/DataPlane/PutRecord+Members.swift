import NIOCore
import WeirBytes
import WeirModel

extension PutRecord.Request: DataPlaneMessage {
    init<Scanner: MessageScanner & ~Copyable>(
        _ scanner: inout Scanner,
        _ scratch: consuming BlobScratch
    ) throws(ServiceError) {
        var request = PutRecord.Request()
        var place: BlobScratch.Place?
        try scanner.readStructure { (scanner, name) throws(ServiceError) -> Bool in
            if scanner.matches(name, "StreamName") {
                request.streamName = try scanner.readStringMember()
            } else if scanner.matches(name, "Data") {
                place = try scanner.readBlobMember(&scratch)
            } else if scanner.matches(name, "PartitionKey") {
                request.partitionKey = try scanner.readStringMember()
            } else if scanner.matches(name, "ExplicitHashKey") {
                request.explicitHashKey = try scanner.readStringMember()
            } else if scanner.matches(name, "SequenceNumberForOrdering") {
                request.sequenceNumberForOrdering = try scanner.readStringMember()
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
        request.data = scratch.blob(at: place)
        self = request
    }

    func expectedCount<Writer: MessageWriter>(_ writer: Writer.Type) -> Int {
        Writer.encodedCount(data?.readableBytes ?? 0) + 1024
    }

    func write<Writer: MessageWriter>(_ structure: inout Writer, to body: inout ReservedBytes) {
        structure.string("StreamName", streamName, to: &body)
        structure.blob("Data", data, to: &body)
        structure.string("PartitionKey", partitionKey, to: &body)
        structure.string("ExplicitHashKey", explicitHashKey, to: &body)
        structure.string("SequenceNumberForOrdering", sequenceNumberForOrdering, to: &body)
        structure.string("StreamARN", streamARN, to: &body)
        structure.string("StreamId", streamID, to: &body)
        structure.member("DryRun", isDryRun, to: &body)
    }
}

extension PutRecord.Response: DataPlaneMessage {
    init<Scanner: MessageScanner & ~Copyable>(
        _ scanner: inout Scanner,
        _ scratch: consuming BlobScratch
    ) throws(ServiceError) {
        var shardID: String?
        var sequenceNumber: String?
        var encryptionType: String?
        try scanner.readStructure { (scanner, name) throws(ServiceError) -> Bool in
            if scanner.matches(name, "ShardId") {
                shardID = try scanner.readStringMember()
            } else if scanner.matches(name, "SequenceNumber") {
                sequenceNumber = try scanner.readStringMember()
            } else if scanner.matches(name, "EncryptionType") {
                encryptionType = try scanner.readStringMember()
            } else {
                return false
            }
            return true
        }
        guard let shardID else { throw WireType.missing("shardId") }
        guard let sequenceNumber else { throw WireType.missing("sequenceNumber") }
        self.init(shardID: shardID, sequenceNumber: sequenceNumber, encryptionType: encryptionType)
    }

    func write<Writer: MessageWriter>(_ structure: inout Writer, to body: inout ReservedBytes) {
        structure.string("ShardId", shardID, to: &body)
        structure.string("SequenceNumber", sequenceNumber, to: &body)
        structure.string("EncryptionType", encryptionType, to: &body)
    }
}
