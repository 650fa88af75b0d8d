import WeirModel

/// A text of an answer: as it was read, or what it is made of. A server that writes thousands of them makes none of them a
/// `String`.
enum MemberText: Sendable {
    case text(String)
    case sequenceNumber(SequenceNumber)
    case shard(ShardID)

    /// The text.
    var string: String {
        switch self {
        case .text(let text): text
        case .sequenceNumber(let number): number.description
        case .shard(let id): id.description
        }
    }
}

extension MemberText: Hashable {
    static func == (left: MemberText, right: MemberText) -> Bool { left.string == right.string }

    func hash(into hasher: inout Hasher) { hasher.combine(string) }
}

extension MemberText: Codable {
    init(from decoder: any Decoder) throws { self = .text(try decoder.singleValueContainer().decode(String.self)) }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(string)
    }
}
