import NIOCore
import WeirModel
import WeirWire

/// A JSON object of which only the members that are texts and whole numbers matter.
struct JSONObject: WireMessage, Codable {
    /// A member's value.
    enum Scalar: Codable, Hashable {
        case text(String)
        case integer(Int64)
        /// Anything else: null, a fraction, a truth value, an array or an object.
        case other

        init(from decoder: any Decoder) throws {
            guard let container = try? decoder.singleValueContainer() else {
                self = .other
                return
            }
            if let number = try? container.decode(Int64.self) {
                self = .integer(number)
            } else if let text = try? container.decode(String.self) {
                self = .text(text)
            } else {
                self = .other
            }
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .text(let text): try container.encode(text)
            case .integer(let number): try container.encode(number)
            case .other: try container.encodeNil()
            }
        }
    }

    private let members: [String: Scalar?]

    init(from decoder: any Decoder) throws { members = try [String: Scalar?](from: decoder) }

    func encode(to encoder: any Encoder) throws { try members.encode(to: encoder) }

    /// The value of a member; nil when it is null or not there.
    subscript(_ name: String) -> Scalar? { members[name] ?? nil }
}
