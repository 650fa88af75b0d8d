import WeirWire

/// The content types of the protocols, which tell the format of a request and of its answer.
enum WireContentType: String {
    case json10 = "application/x-amz-json-1.0"
    case json11 = "application/x-amz-json-1.1"
    case cbor11 = "application/x-amz-cbor-1.1"

    /// Reads a `Content-Type` header, of which parameters do not matter; nil when it is another.
    init?(header: String?) {
        guard let header else { return nil }
        if let exact = Self(rawValue: header) {
            self = exact
            return
        }
        let type = header.prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
        self.init(rawValue: type)
    }

    /// The format of the bodies.
    var format: WireFormat {
        switch self {
        case .json10, .json11: .json
        case .cbor11: .cbor
        }
    }

    /// Whether the service speaks it: DynamoDB knows JSON alone.
    func isSpoken(by service: WireService) -> Bool { format == .json || service == .kinesis }
}
