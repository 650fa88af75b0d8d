import Crypto
import NIOCore
import Testing
import WeirBytes
import WeirModel

@testable import WeirService

@Suite struct ReceiptHandleTests {
    private let sealer = ReceiptSealer(key: SymmetricKey(data: [UInt8](repeating: 7, count: 32)))

    @Test(
        arguments: [
            ReceiptHandle(queue: 1, receipt: QueueReceipt(index: 2, delivery: 3, isDeadLetter: false)),
            ReceiptHandle(queue: .max, receipt: QueueReceipt(index: .max, delivery: .max, isDeadLetter: true)),
        ]
    )
    func aHandleIsReadByWhoMadeIt(handle: ReceiptHandle) throws {
        let text = sealer.text(of: handle)
        #expect(sealer.handle(text) == handle)
        #expect(text.utf8.count <= Limits.maximumReceiptHandleLength)
        // The key of a data folder is the same after a restart.
        #expect(ReceiptSealer(key: SymmetricKey(data: [UInt8](repeating: 7, count: 32))).handle(text) == handle)
        #expect(ReceiptSealer(key: SymmetricKey(data: [UInt8](repeating: 8, count: 32))).handle(text) == nil)
    }

    @Test func nobodyElseMakesOne() throws {
        let text = sealer.text(
            of: ReceiptHandle(queue: 1, receipt: QueueReceipt(index: 2, delivery: 3, isDeadLetter: false))
        )
        let bytes = Array(try Base64.decode(text).readableBytesView)
        for place in bytes.indices {
            for bit in 0..<8 {
                var changed = bytes
                changed[place] ^= 1 << UInt8(bit)
                #expect(sealer.handle(Base64.encode(changed)) == nil, "bit \(bit) of byte \(place)")
            }
        }
        #expect(sealer.handle(Base64.encode(bytes.dropLast())) == nil)
        #expect(sealer.handle(Base64.encode(bytes + [0])) == nil)
        for text in ["", "x", "====", "forged", String(repeating: "A", count: 52), String(text.dropLast()) + "!"] {
            #expect(sealer.handle(text) == nil)
        }
    }
}
