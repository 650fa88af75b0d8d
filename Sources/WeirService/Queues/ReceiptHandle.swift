import Crypto
import WeirBytes
import WeirModel

/// A delivery of a queue as a client holds it: what is inside a receipt handle. Nobody else can make one.
struct ReceiptHandle: Hashable {
    /// The queue's number. One that was made again has another.
    var queue: Int64
    /// The delivery.
    var receipt: QueueReceipt

    init(queue: Int64, receipt: QueueReceipt) {
        self.queue = queue
        self.receipt = receipt
    }
}

/// Makes receipt handles and knows its own: base64 of a version, the queue, the index, the delivery, the kind, and what
/// authenticates these. There is nothing in them to hide, and each call has up to ten, so they are not encrypted.
struct ReceiptSealer: Sendable {
    private let hash: SipHash

    private static let version: UInt8 = 2
    /// Bytes of what is authenticated, and with the tag; and the room that decoding takes.
    private static let size = (content: 22, all: 38, decoded: 39)

    /// The handles of a data folder are good as long as its key stays the same.
    init(key: SymmetricKey) {
        let purpose = Array("weir queue receipt".utf8)
        let derived = HKDF<SHA256>.deriveKey(inputKeyMaterial: key, info: purpose, outputByteCount: 16)
        hash = derived.withUnsafeBytes { bytes in
            SipHash(
                key: (
                    UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
                    UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
                )
            )
        }
    }

    /// The opaque text.
    func text(of handle: ReceiptHandle) -> String {
        withUnsafeTemporaryAllocation(byteCount: Self.size.all, alignment: 8) { bytes in
            bytes[0] = Self.version
            bytes.storeBytes(of: handle.queue.littleEndian, toByteOffset: 1, as: Int64.self)
            bytes.storeBytes(of: handle.receipt.index.littleEndian, toByteOffset: 9, as: UInt64.self)
            bytes.storeBytes(of: handle.receipt.delivery.littleEndian, toByteOffset: 17, as: UInt32.self)
            bytes[21] = handle.receipt.isDeadLetter ? 1 : 0
            let tag = hash.tag(of: UnsafeRawBufferPointer(rebasing: bytes[..<Self.size.content]))
            bytes.storeBytes(of: tag.low.littleEndian, toByteOffset: 22, as: UInt64.self)
            bytes.storeBytes(of: tag.high.littleEndian, toByteOffset: 30, as: UInt64.self)
            return Base64.encode(UnsafeRawBufferPointer(bytes))
        }
    }

    /// Reads an opaque text; nil when it is not one of ours.
    func handle(_ text: String) -> ReceiptHandle? {
        withUnsafeTemporaryAllocation(byteCount: Self.size.decoded, alignment: 8) { bytes -> ReceiptHandle? in
            guard Base64.decode(text, into: bytes) == Self.size.all, bytes[0] == Self.version, bytes[21] <= 1 else {
                return nil
            }
            func number<Number: FixedWidthInteger & BitwiseCopyable>(_ place: Int, _ type: Number.Type) -> Number {
                Number(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: type))
            }
            let tag = SipHash.Tag(low: number(22, UInt64.self), high: number(30, UInt64.self))
            guard hash.tag(of: UnsafeRawBufferPointer(rebasing: bytes[..<Self.size.content])) == tag else { return nil }
            return ReceiptHandle(
                queue: number(1, Int64.self),
                receipt: QueueReceipt(
                    index: number(9, UInt64.self),
                    delivery: number(17, UInt32.self),
                    isDeadLetter: bytes[21] == 1
                )
            )
        }
    }
}
