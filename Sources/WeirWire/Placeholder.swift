import NIOCore
import WeirModel

extension WireMessage where Self: Codable {
    public init(wire body: ByteBuffer, format: WireFormat) throws(ServiceError) {
        throw ServiceError(.serialization, "placeholder")
    }

    public func write(to body: inout ByteBuffer, format: WireFormat) {}
}

extension AttributeValue: Codable {
    public init(from decoder: any Decoder) throws { self = .null }
    public func encode(to encoder: any Encoder) throws {}
}

extension Timestamp: Codable {
    public init(from decoder: any Decoder) throws { self.init(millisecondsSinceEpoch: 0) }
    public func encode(to encoder: any Encoder) throws {}
}
