import NIOCore
import WeirBytes
import WeirModel

extension WireValue {
    /// Reads a data item of CBOR. Nesting and the number of items are bounded by ``Limits``.
    public init(cbor data: ByteBuffer) throws(CBORError) {
        self = try CBORScanner.read(
            data,
            maximumDepth: Limits.maximumMessageDepth,
            maximumItemCount: Limits.maximumMessageValueCount
        ) { (scanner) throws(CBORError) -> WireValue in
            let value = try WireValue(&scanner, scanner.readItem())
            try scanner.finish()
            return value
        }
    }

    /// The value of an item that was read, with what follows it if it is an array or a map.
    init(_ scanner: inout CBORScanner, _ item: CBORItem) throws(CBORError) {
        switch item {
        case .integer(let integer): self = .integer(integer)
        case .double(let double): self = .double(double)
        case .time(let milliseconds): self = .timestamp(Timestamp(millisecondsSinceEpoch: milliseconds))
        case .bytes(let bytes):
            var buffer = ByteBufferAllocator().buffer(capacity: bytes.range.count)
            _ = scanner.copy(bytes, to: &buffer)
            self = .bytes(buffer)
        case .text(let text): self = .string(scanner.string(text))
        case .array(var sequence):
            var elements: [WireValue] = []
            while try scanner.nextElement(&sequence) {
                elements.append(try WireValue(&scanner, scanner.readItem()))
            }
            self = .array(elements)
        case .map(var sequence):
            var members: [WireMember] = []
            while let name = try scanner.nextName(&sequence) {
                members.append(WireMember(scanner.string(name), try WireValue(&scanner, scanner.readItem())))
            }
            self = .map(WireMap(members))
        case .bool(let bool): self = .bool(bool)
        case .null: self = .null
        }
    }

    /// Appends the value as CBOR: lengths definite, times under tag 1 in milliseconds.
    public func writeCBOR(to body: inout ByteBuffer) {
        switch self {
        case .null: body.writeCBORNull()
        case .bool(let bool): body.writeCBORBool(bool)
        case .integer(let integer): body.writeCBORInteger(integer)
        case .double(let double): body.writeCBORDouble(double)
        case .string(let string): body.writeCBORString(string)
        case .bytes(let bytes): bytes.withUnsafeReadableBytes { body.writeCBORBytes($0) }
        case .timestamp(let timestamp): body.writeCBORTime(milliseconds: timestamp.millisecondsSinceEpoch)
        case .array(let elements):
            body.writeCBORHead(.array, elements.count)
            for element in elements { element.writeCBOR(to: &body) }
        case .map(let map):
            body.writeCBORHead(.map, map.members.count)
            for member in map.members {
                body.writeCBORString(member.name)
                member.value.writeCBOR(to: &body)
            }
        }
    }
}
