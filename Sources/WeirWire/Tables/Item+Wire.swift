import NIOCore
import WeirModel

/// An item alone as a message: `{"name":{"S":"value"}}`. Attributes are written by ascending name, so that equal items
/// have equal bytes.
extension Dictionary: WireMessage where Key == String, Value == AttributeValue {
    public init(wire body: ByteBuffer, format: WireFormat) throws(ServiceError) {
        try self.init(WireValue(body, format).map(.map), format)
    }

    public func write(to body: inout ByteBuffer, format: WireFormat) { wireValue.write(to: &body, format: format) }

    init(_ map: WireMap, _ format: WireFormat, depth: Int = 1) throws(ServiceError) {
        self.init(minimumCapacity: map.members.count)
        for member in map.members { self[member.name] = try AttributeValue(member.value, format, depth: depth) }
    }

    var wireValue: WireValue {
        .map(WireMap(sorted { $0.key < $1.key }.map { WireMember($0.key, $0.value.wireValue) }))
    }
}
