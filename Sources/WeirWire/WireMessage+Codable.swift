import NIOCore
import WeirBytes
import WeirModel

extension WireMessage where Self: Codable {
    public init(wire body: ByteBuffer, format: WireFormat) throws(ServiceError) {
        self = try WireDecoder.decode(Self.self, from: WireValue(body, format), format: format)
    }

    public func write(to body: inout ByteBuffer, format: WireFormat) {
        WireEncoder.value(self).write(to: &body, format: format)
    }
}

extension WireValue {
    /// Reads a body of the format; an empty one as an empty map.
    init(_ body: ByteBuffer, _ format: WireFormat) throws(ServiceError) {
        guard body.readableBytes > 0 else {
            self = .map([:])
            return
        }
        switch format {
        case .json:
            do {
                self = try WireValue(json: body)
            } catch {
                throw WireType.malformedBody(error)
            }
        case .cbor:
            do {
                self = try WireValue(cbor: body)
            } catch {
                throw WireType.malformedBody(error)
            }
        }
        // `null` alone is no message.
        if case .null = self { throw WireType.structure.mismatch(.null) }
    }

    /// Appends the value in the format.
    func write(to body: inout ByteBuffer, format: WireFormat) {
        switch format {
        case .json: writeJSON(to: &body)
        case .cbor: writeCBOR(to: &body)
        }
    }
}
