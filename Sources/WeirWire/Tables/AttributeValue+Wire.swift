import NIOCore
import WeirBytes
import WeirModel

extension AttributeValue {
    /// A value from its form on the wire: a map with exactly one member, named for the type. Throws `validation` when it
    /// is none, or lists and maps are nested too deeply, with DynamoDB's texts. `depth` is the level that it stands on.
    init(_ value: WireValue, _ format: WireFormat, depth: Int = 1) throws(ServiceError) {
        guard depth <= Limits.maximumAttributeDepth else { throw Self.tooDeep }
        let members = value == .null ? [] : try value.map(.structure).members.filter { $0.value != .null }
        guard let member = members.first else {
            throw ServiceError(
                .validation,
                "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
            )
        }
        guard members.count == 1 else { throw AttributeValue.notOneType }
        switch member.name {
        case "S": self = .string(try member.value.string())
        case "N": self = .number(try AttributeNumber.canonical(try member.value.string()))
        case "B": self = .binary(Array(buffer: try member.value.bytes(format)))
        case "BOOL": self = .bool(try member.value.bool())
        case "NULL":
            guard try member.value.bool() else {
                throw AttributeValue.invalid("Null attribute value types must have the value of true")
            }
            self = .null
        case "SS", "NS", "BS": self = try AttributeValue(set: member, format)
        case "L":
            var list: [AttributeValue] = []
            for element in try member.value.elements() {
                list.append(try AttributeValue(element, format, depth: depth + 1))
            }
            self = .list(list)
        case "M": self = .map(try Item(member.value.map(.map), format, depth: depth + 1))
        default: throw AttributeValue.notOneType
        }
    }

    private init(set member: WireMember, _ format: WireFormat) throws(ServiceError) {
        let elements = try member.value.elements()
        switch member.name {
        case "SS":
            guard !elements.isEmpty else { throw AttributeValue.invalid("An string set  may not be empty") }
            var texts: [String] = []
            for element in elements { texts.append(try element.string()) }
            let set = Set(texts.map { ExactText($0) })
            guard set.count == texts.count else {
                let list = texts.joined(separator: ", ")
                throw AttributeValue.invalid("Input collection [\(list)] contains duplicates.")
            }
            self = .stringSet(set)
        case "NS":
            guard !elements.isEmpty else { throw AttributeValue.invalid("An number set  may not be empty") }
            var set = Set<String>()
            for element in elements { set.insert(try AttributeNumber.canonical(try element.string())) }
            guard set.count == elements.count else {
                throw ServiceError(.validation, "Input collection contains duplicates")
            }
            self = .numberSet(set)
        default:
            guard !elements.isEmpty else { throw AttributeValue.invalid("Binary sets should not be empty") }
            var blobs: [ByteBuffer] = []
            for element in elements { blobs.append(try element.bytes(format)) }
            let set = Set(blobs.map { Array(buffer: $0) })
            guard set.count == blobs.count else {
                let list = blobs.map { Base64.encode($0.readableBytesView) }.joined(separator: ", ")
                throw AttributeValue.invalid("Input collection [\(list)]of type BS contains duplicates.")
            }
            self = .binarySet(set)
        }
    }

    /// The error of a value in which lists and maps are nested too deeply.
    public static let tooDeep = ServiceError(
        .validation,
        """
        Nesting Levels have exceeded supported limits: \
        Attributes in the item have nested levels beyond supported limit
        """
    )

    private static let notOneType = ServiceError(
        .validation,
        "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"
    )

    private static func invalid(_ reason: String) -> ServiceError {
        ServiceError(.validation, "One or more parameter values were invalid: \(reason)")
    }

    /// The form on the wire.
    var wireValue: WireValue {
        switch self {
        case .string(let text): .map(["S": .string(text)])
        case .number(let text): .map(["N": .string(text)])
        case .binary(let bytes): .map(["B": .bytes(ByteBuffer(bytes: bytes))])
        case .bool(let bool): .map(["BOOL": .bool(bool)])
        case .null: .map(["NULL": .bool(true)])
        case .stringSet(let set): .map(["SS": .array(set.sorted().map { .string($0.text) })])
        case .numberSet(let set): .map(["NS": .array(set.sorted().map { .string($0) })])
        case .binarySet(let set):
            .map([
                "BS": .array(set.sorted { $0.lexicographicallyPrecedes($1) }.map { .bytes(ByteBuffer(bytes: $0)) })
            ])
        case .list(let list): .map(["L": .array(list.map(\.wireValue))])
        case .map(let item): .map(["M": item.wireValue])
        }
    }
}

extension AttributeValue: Codable {
    /// Reads the form of the DynamoDB API. Only ``WireDecoder`` has it.
    public init(from decoder: any Decoder) throws {
        guard let decoder = decoder as? WireDecoder else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "Attribute values are read by WireDecoder.")
            )
        }
        self = try AttributeValue(decoder.value, decoder.format)
    }

    /// Writes the form of the DynamoDB API. Only ``WireEncoder`` has it.
    public func encode(to encoder: any Encoder) throws {
        throw EncodingError.invalidValue(
            self,
            .init(codingPath: encoder.codingPath, debugDescription: "Attribute values are written by WireEncoder.")
        )
    }
}
