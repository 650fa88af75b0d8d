import NIOCore
import WeirModel

/// A delivery of a queue as a client holds it: what is inside a receipt handle. Nobody else can make one.
struct ReceiptHandle: Hashable {
    /// The queue's number. One that was made again has another.
    var queue: Int64
    /// The delivery.
    var receipt: QueueReceipt

    private static let version: UInt8 = 1
    private static let purpose: StaticString = "queue-receipt"

    init(queue: Int64, receipt: QueueReceipt) {
        self.queue = queue
        self.receipt = receipt
    }

    /// The opaque text.
    func sealed(by sealer: TokenSealer) throws(ServiceError) -> String {
        var bytes = ByteBuffer()
        bytes.writeInteger(Self.version)
        bytes.writeInteger(queue)
        bytes.writeInteger(receipt.index)
        bytes.writeInteger(receipt.delivery)
        bytes.writeInteger(UInt8(receipt.isDeadLetter ? 1 : 0))
        guard let token = sealer.seal(Array(bytes.readableBytesView), purpose: Self.purpose) else {
            throw ServiceError(.internalFailure, "The receipt handle could not be encrypted.")
        }
        return token
    }

    /// Reads an opaque text; nil when it is not one of ours.
    init?(_ token: String, sealer: TokenSealer) {
        guard var bytes = sealer.open(token, purpose: Self.purpose), bytes.readInteger(as: UInt8.self) == Self.version,
            let queue = bytes.readInteger(as: Int64.self), let index = bytes.readInteger(as: UInt64.self),
            let delivery = bytes.readInteger(as: UInt32.self), let kind = bytes.readInteger(as: UInt8.self)
        else { return nil }
        self.init(
            queue: queue,
            receipt: QueueReceipt(index: index, delivery: delivery, isDeadLetter: kind == 1)
        )
    }
}
