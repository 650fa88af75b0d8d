import NIOCore
import WeirBytes
import WeirModel

extension PutRecord.Request {
    public init(wire body: ByteBuffer, format: WireFormat) throws(ServiceError) {
        switch format {
        case .json:
            self = try JSONScanner.readMessage(body) { (scanner) throws(ServiceError) in
                try PutRecord.Request(&scanner, BlobScratch(for: body))
            }
        }
    }

    private init(_ scanner: inout JSONScanner, _ scratch: consuming BlobScratch) throws(ServiceError) {
        var request = PutRecord.Request()
        var place: Range<Int>?
        try scanner.readStructure { (scanner, name) throws(ServiceError) -> Bool in
            if scanner.matches(name, "StreamName") {
                request.streamName = try scanner.readStringMember()
            } else if scanner.matches(name, "Data") {
                place = try scratch.read(&scanner)
            } else if scanner.matches(name, "PartitionKey") {
                request.partitionKey = try scanner.readStringMember()
            } else if scanner.matches(name, "ExplicitHashKey") {
                request.explicitHashKey = try scanner.readStringMember()
            } else if scanner.matches(name, "SequenceNumberForOrdering") {
                request.sequenceNumberForOrdering = try scanner.readStringMember()
            } else if scanner.matches(name, "StreamARN") {
                request.streamARN = try scanner.readStringMember()
            } else {
                return false
            }
            return true
        }
        request.data = scratch.blob(at: place)
        self = request
    }

    public func write(to body: inout ByteBuffer, format: WireFormat) {
        switch format {
        case .json:
            body.reserveCapacity(minimumWritableBytes: Base64.encodedCount(data?.readableBytes ?? 0) + 512)
            var object = JSONObjectWriter()
            object.string("StreamName", streamName, to: &body)
            object.blob("Data", data, to: &body)
            object.string("PartitionKey", partitionKey, to: &body)
            object.string("ExplicitHashKey", explicitHashKey, to: &body)
            object.string("SequenceNumberForOrdering", sequenceNumberForOrdering, to: &body)
            object.string("StreamARN", streamARN, to: &body)
            object.end(to: &body)
        }
    }
}

extension PutRecord.Response {
    public init(wire body: ByteBuffer, format: WireFormat) throws(ServiceError) {
        switch format {
        case .json:
            self = try JSONScanner.readMessage(body) { (scanner) throws(ServiceError) in
                try PutRecord.Response(&scanner)
            }
        }
    }

    private init(_ scanner: inout JSONScanner) throws(ServiceError) {
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

    public func write(to body: inout ByteBuffer, format: WireFormat) {
        switch format {
        case .json:
            var object = JSONObjectWriter()
            object.string("ShardId", shardID, to: &body)
            object.string("SequenceNumber", sequenceNumber, to: &body)
            object.string("EncryptionType", encryptionType, to: &body)
            object.end(to: &body)
        }
    }
}
