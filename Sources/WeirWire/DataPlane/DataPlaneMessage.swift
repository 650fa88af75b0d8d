import NIOCore
import WeirBytes
import WeirModel

/// A message of the data plane: read from and written to bytes member by member, in every format by the same code.
protocol DataPlaneMessage: WireMessage, Codable {
    /// Reads the message; the scanner stands at its begin.
    init<Scanner: MessageScanner & ~Copyable>(
        _ scanner: inout Scanner,
        _ scratch: consuming BlobScratch
    ) throws(ServiceError)

    /// About how many bytes it takes; where they are more, it is written twice.
    func expectedCount<Writer: MessageWriter>(_ writer: Writer.Type) -> Int

    /// Writes the members of the message.
    func write<Writer: MessageWriter>(_ structure: inout Writer, to body: inout ReservedBytes)
}

extension DataPlaneMessage {
    public init(wire body: ByteBuffer, format: WireFormat) throws(ServiceError) {
        switch format {
        case .json:
            self = try JSONScanner.readMessage(body) { (scanner) throws(ServiceError) in
                try Self(&scanner, BlobScratch(for: body, decodedCapacity: body.readableBytes / 4 * 3))
            }
        case .cbor:
            self = try CBORScanner.readMessage(body) { (scanner) throws(ServiceError) in
                try Self(&scanner, BlobScratch(for: body, decodedCapacity: 0))
            }
        }
    }

    public func write(to body: inout ByteBuffer, format: WireFormat) {
        switch format {
        case .json: write(as: JSONObjectWriter.self, to: &body)
        case .cbor: write(as: CBORMapWriter.self, to: &body)
        }
    }

    private func write<Writer: MessageWriter>(as writer: Writer.Type, to body: inout ByteBuffer) {
        body.write(expecting: expectedCount(writer)) { body in
            var structure = Writer()
            write(&structure, to: &body)
            structure.end(to: &body)
        }
    }

    func expectedCount(_ writer: (some MessageWriter).Type) -> Int { 1024 }
}
