import CWeirBytes
import Crypto

/// MD5 (RFC 1321), by which Kinesis maps partition keys to hash keys.
public enum MD5 {
    private static let blockSize = 64
    private static let digestSize = 16
    /// Bytes of a text that fits one block, at most: one byte and the length in bits follow it.
    private static let maximumSizeInBlock = blockSize - 9
    /// Texts that are hashed side by side.
    private static let laneCount = 8

    /// The digest of some bytes, read as a big-endian number.
    public static func number(of bytes: UnsafeRawBufferPointer) -> UInt128 {
        var hasher = Insecure.MD5()
        hasher.update(bufferPointer: bytes)
        return hasher.finalize().withUnsafeBytes { UInt128(bigEndian: $0.loadUnaligned(as: UInt128.self)) }
    }

    /// Hashes one text.
    public typealias Hash = (_ bytes: UnsafeRawBufferPointer) -> Void

    /// The digests of so many texts, in their order, each read as a big-endian number. Short ones are hashed several at a time
    /// where the processor can do that.
    ///
    /// - Parameter text: calls `hash` once with the bytes of the text of that place, or not at all: then its number is 0.
    public static func numbers(of count: Int, _ text: (_ place: Int, _ hash: Hash) -> Void) -> [UInt128] {
        numbers(of: count, hashesTogether: true, text)
    }

    /// The same; one by one where they are not to be hashed together.
    static func numbers(
        of count: Int,
        hashesTogether: Bool,
        _ text: (_ place: Int, _ hash: Hash) -> Void
    ) -> [UInt128] {
        var numbers = [UInt128](repeating: 0, count: count)
        withUnsafeTemporaryAllocation(byteCount: laneCount * blockSize, alignment: 32) { blocks in
            withUnsafeTemporaryAllocation(of: Int.self, capacity: laneCount) { places in
                blocks.initializeMemory(as: UInt8.self, repeating: 0)
                var filled = 0
                for place in 0..<count {
                    text(place) { bytes in
                        guard bytes.count <= maximumSizeInBlock else {
                            numbers[place] = number(of: bytes)
                            return
                        }
                        fill(lane(filled, of: blocks), with: bytes)
                        places[filled] = place
                        filled += 1
                    }
                    if filled == laneCount {
                        let filling = UnsafeMutableBufferPointer(rebasing: places[..<filled])
                        hash(blocks, filling, together: hashesTogether, into: &numbers)
                        filled = 0
                    }
                }
                let rest = UnsafeMutableBufferPointer(rebasing: places[..<filled])
                hash(blocks, rest, together: hashesTogether, into: &numbers)
            }
        }
        return numbers
    }

    private static func lane(
        _ number: Int,
        of blocks: UnsafeMutableRawBufferPointer
    ) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(rebasing: blocks[number * blockSize..<(number + 1) * blockSize])
    }

    /// Pads a text to a block, as RFC 1321 says in sections 3.1 and 3.2.
    private static func fill(_ block: UnsafeMutableRawBufferPointer, with bytes: UnsafeRawBufferPointer) {
        block.copyMemory(from: bytes)
        block[bytes.count] = 0x80
        UnsafeMutableRawBufferPointer(rebasing: block[(bytes.count + 1)...]).initializeMemory(
            as: UInt8.self,
            repeating: 0
        )
        block.storeBytes(of: UInt64(bytes.count * 8).littleEndian, toByteOffset: blockSize - 8, as: UInt64.self)
    }

    /// Hashes the blocks of the texts at some places.
    private static func hash(
        _ blocks: UnsafeMutableRawBufferPointer,
        _ places: UnsafeMutableBufferPointer<Int>,
        together: Bool,
        into numbers: inout [UInt128]
    ) {
        if places.isEmpty { return }
        withUnsafeTemporaryAllocation(byteCount: laneCount * digestSize, alignment: digestSize) { digests in
            let areHashed = together && weir_md5_eight_blocks(blocks.baseAddress, digests.baseAddress) != 0
            for (number, place) in places.enumerated() {
                if areHashed {
                    let digest = digests.loadUnaligned(fromByteOffset: number * digestSize, as: UInt128.self)
                    numbers[place] = UInt128(bigEndian: digest)
                } else {
                    numbers[place] = self.number(of: text(in: lane(number, of: blocks)))
                }
            }
        }
    }

    /// The text that a block was filled with.
    private static func text(in block: UnsafeMutableRawBufferPointer) -> UnsafeRawBufferPointer {
        let bits = UInt64(littleEndian: block.load(fromByteOffset: blockSize - 8, as: UInt64.self))
        return UnsafeRawBufferPointer(rebasing: block[..<Int(bits / 8)])
    }
}
