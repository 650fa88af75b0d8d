import NIOCore
import WeirBytes
import WeirModel

extension QueueReceiptsInput: DataPlaneMessage {
    init<Scanner: MessageScanner & ~Copyable>(
        _ scanner: inout Scanner,
        _ scratch: consuming BlobScratch
    ) throws(ServiceError) {
        var input = QueueReceiptsInput()
        try scanner.readStructure { (scanner, name) throws(ServiceError) -> Bool in
            if scanner.matches(name, "QueueARN") {
                input.queueARN = try scanner.readStringMember()
            } else if scanner.matches(name, "Entries") {
                var entries: [QueueReceiptEntry] = []
                let isPresent = try scanner.readList { (scanner, index) throws(ServiceError) in
                    var entry = QueueReceiptEntry()
                    let isPresent = try scanner.readStructure { (scanner, name) throws(ServiceError) -> Bool in
                        guard scanner.matches(name, "ReceiptHandle") else { return false }
                        entry.receiptHandle = try scanner.readStringMember()
                        return true
                    }
                    guard isPresent else { throw WireType.missing("entries.\(index + 1).member") }
                    // One too many is enough to refuse the call: a body may list millions of empty ones.
                    if entries.count <= Limits.maximumQueueRecordCount { entries.append(entry) }
                }
                input.entries = isPresent ? entries : nil
            } else {
                return false
            }
            return true
        }
        self = input
    }

    func expectedCount(_ writer: (some MessageWriter).Type) -> Int {
        (entries ?? []).reduce(256) { $0 + ($1.receiptHandle?.utf8.count ?? 0) + 24 }
    }

    func write<Writer: MessageWriter>(_ structure: inout Writer, to body: inout ReservedBytes) {
        structure.string("QueueARN", queueARN, to: &body)
        guard let entries else { return }
        structure.structures("Entries", entries, to: &body) { entry, object, body in
            object.string("ReceiptHandle", entry.receiptHandle, to: &body)
        }
    }
}

extension QueueEntriesOutput: DataPlaneMessage {
    init<Scanner: MessageScanner & ~Copyable>(
        _ scanner: inout Scanner,
        _ scratch: consuming BlobScratch
    ) throws(ServiceError) {
        var successful: [QueueResultEntry]?
        var failed: [QueueErrorEntry]?
        try scanner.readStructure { (scanner, name) throws(ServiceError) -> Bool in
            if scanner.matches(name, "Successful") {
                var list: [QueueResultEntry] = []
                let isPresent = try scanner.readList { (scanner, index) throws(ServiceError) in
                    let entry = try EntryDraft(&scanner, "successful", index)
                    list.append(QueueResultEntry(receiptHandle: try entry.required(entry.handle, "receiptHandle")))
                }
                successful = isPresent ? list : nil
            } else if scanner.matches(name, "Failed") {
                var list: [QueueErrorEntry] = []
                let isPresent = try scanner.readList { (scanner, index) throws(ServiceError) in
                    let entry = try EntryDraft(&scanner, "failed", index)
                    list.append(
                        QueueErrorEntry(
                            receiptHandle: try entry.required(entry.handle, "receiptHandle"),
                            errorCode: try entry.required(entry.errorCode, "errorCode"),
                            errorMessage: entry.errorMessage
                        )
                    )
                }
                failed = isPresent ? list : nil
            } else {
                return false
            }
            return true
        }
        guard let successful else { throw WireType.missing("successful") }
        guard let failed else { throw WireType.missing("failed") }
        self.init(successful: successful, failed: failed)
    }

    func expectedCount(_ writer: (some MessageWriter).Type) -> Int {
        successful.reduce(64) { $0 + $1.receiptHandle.utf8.count + 24 }
            + failed.reduce(0) { $0 + $1.receiptHandle.utf8.count + ($1.errorMessage?.utf8.count ?? 0) + 128 }
    }

    func write<Writer: MessageWriter>(_ structure: inout Writer, to body: inout ReservedBytes) {
        structure.structures("Successful", successful, to: &body) { entry, object, body in
            object.string("ReceiptHandle", entry.receiptHandle, to: &body)
        }
        structure.structures("Failed", failed, to: &body) { entry, object, body in
            object.string("ReceiptHandle", entry.receiptHandle, to: &body)
            object.string("ErrorCode", entry.errorCode, to: &body)
            object.string("ErrorMessage", entry.errorMessage, to: &body)
        }
    }
}

/// An entry of an answer while it is read.
private struct EntryDraft {
    var handle: String?
    var errorCode: String?
    var errorMessage: String?
    private var list: String
    private var index: Int

    init<Scanner: MessageScanner & ~Copyable>(
        _ scanner: inout Scanner,
        _ list: String,
        _ index: Int
    ) throws(ServiceError) {
        self.list = list
        self.index = index
        var draft = self
        let isPresent = try scanner.readStructure { (scanner, name) throws(ServiceError) -> Bool in
            if scanner.matches(name, "ReceiptHandle") {
                draft.handle = try scanner.readStringMember()
            } else if scanner.matches(name, "ErrorCode") {
                draft.errorCode = try scanner.readStringMember()
            } else if scanner.matches(name, "ErrorMessage") {
                draft.errorMessage = try scanner.readStringMember()
            } else {
                return false
            }
            return true
        }
        guard isPresent else { throw WireType.missing("\(list).\(index + 1).member") }
        self = draft
    }

    /// A member that must be there.
    func required(_ member: String?, _ name: String) throws(ServiceError) -> String {
        guard let member else { throw WireType.missing("\(list).\(index + 1).member.\(name)") }
        return member
    }
}
