import NIOCore
import WeirModel
import WeirTestTools

@testable import WeirWire

/// Writes a tree as CBOR in a random one of the many ways that RFC 8949 allows: heads wider than they need be, indefinite
/// lengths, strings in parts, tags that say nothing, `undefined` for `null`, and times as numbers of any type.
struct LooseCBOR {
    private var generator: SeededGenerator
    private(set) var bytes: [UInt8] = []

    init(_ value: WireValue, seed: UInt64) {
        generator = SeededGenerator(seed: seed)
        write(value)
    }

    private mutating func write(_ value: WireValue) {
        if chance(), case .timestamp = value {
        } else if chance() {
            head(6, [0, 23, 55_799].randomElement(using: &generator) ?? 0)
        }
        switch value {
        case .null: bytes.append(chance() ? 0xF6 : 0xF7)
        case .bool(let bool): bytes.append(bool ? 0xF5 : 0xF4)
        case .integer(let integer): self.integer(integer)
        case .double(let double): self.double(double)
        case .string(let text): string(3, text.unicodeScalars.map { Array(String($0).utf8) })
        case .bytes(let blob): string(2, Array(buffer: blob).map { [$0] })
        case .timestamp(let time):
            if chance() { head(6, 1) }
            if chance() {
                integer(time.millisecondsSinceEpoch)
            } else {
                double(Double(time.millisecondsSinceEpoch))
            }
        case .array(let elements): sequence(4, elements.count) { for element in elements { $0.write(element) } }
        case .map(let map):
            sequence(5, map.members.count) {
                for member in map.members {
                    $0.string(3, member.name.unicodeScalars.map { Array(String($0).utf8) })
                    $0.write(member.value)
                }
            }
        }
    }

    private mutating func chance() -> Bool { Int.random(in: 0..<3, using: &generator) == 0 }

    private mutating func integer(_ integer: Int64) {
        head(integer < 0 ? 1 : 0, integer < 0 ? UInt64(~integer) : UInt64(integer))
    }

    private mutating func double(_ double: Double) {
        let single = Float(double)
        if Double(single) == double, chance() {
            bytes.append(0xFA)
            append(UInt64(single.bitPattern), width: 4)
        } else {
            bytes.append(0xFB)
            append(double.bitPattern, width: 8)
        }
    }

    /// A string of characters or bytes, which no part may tear.
    private mutating func string(_ type: UInt8, _ units: [[UInt8]]) {
        guard chance() else {
            head(type, UInt64(units.joined().count))
            bytes += units.joined()
            return
        }
        bytes.append(type << 5 | 31)
        var rest = units[...]
        while !rest.isEmpty || chance() {
            let part = rest.prefix(Int.random(in: 0...3, using: &generator))
            rest = rest.dropFirst(part.count)
            head(type, UInt64(part.joined().count))
            bytes += part.joined()
        }
        bytes.append(0xFF)
    }

    private mutating func sequence(_ type: UInt8, _ count: Int, _ content: (inout LooseCBOR) -> Void) {
        let isIndefinite = chance()
        if isIndefinite { bytes.append(type << 5 | 31) } else { head(type, UInt64(count)) }
        content(&self)
        if isIndefinite { bytes.append(0xFF) }
    }

    private mutating func head(_ type: UInt8, _ argument: UInt64) {
        let widths = [0, 1, 2, 4, 8].filter { $0 == 8 || argument < ($0 == 0 ? 24 : 1 << (8 * UInt64($0))) }
        let width = chance() ? widths.randomElement(using: &generator) ?? 8 : widths[0]
        if width == 0 {
            bytes.append(type << 5 | UInt8(argument))
        } else {
            bytes.append(type << 5 | UInt8(24 + width.trailingZeroBitCount))
            append(argument, width: width)
        }
    }

    private mutating func append(_ number: UInt64, width: Int) {
        for index in (0..<width).reversed() { bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(8 * index))) }
    }
}
