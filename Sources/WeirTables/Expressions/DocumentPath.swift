import WeirModel
import WeirWire

/// Where a value stands in an item: an attribute, then names in maps and indexes in lists.
///
/// Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.Attributes.html
struct DocumentPath: Hashable, Sendable, CustomStringConvertible {
    enum Element: Hashable, Sendable, CustomStringConvertible {
        case name(String)
        case index(Int)

        var description: String {
            switch self {
            case .name(let name): name
            case .index(let index): "[\(index)]"
            }
        }
    }

    /// The attribute.
    let attribute: String
    /// What follows the attribute.
    let rest: [Element]

    init(_ attribute: String, _ rest: [Element] = []) {
        self.attribute = attribute
        self.rest = rest
    }

    /// The attribute and what follows it.
    var elements: [Element] { [.name(attribute)] + rest }

    /// As DynamoDB's errors show it: `[a, [1], b]`.
    var description: String { "[\(elements.map(\.description).joined(separator: ", "))]" }

    /// The value in an item; nil when there is none.
    func value(in item: Item) -> AttributeValue? {
        guard var value = item[attribute] else { return nil }
        for element in rest {
            switch (element, value) {
            case (.name(let name), .map(let map)):
                guard let next = map[name] else { return nil }
                value = next
            case (.index(let index), .list(let list)):
                guard index < list.count else { return nil }
                value = list[index]
            default: return nil
            }
        }
        return value
    }

    enum Relation {
        case distinct, overlapping, conflicting
    }

    /// How two paths that are to be changed or shown together stand to each other.
    func relation(to other: DocumentPath) -> Relation {
        guard attribute == other.attribute else { return .distinct }
        for (left, right) in zip(rest, other.rest) where left != right {
            switch (left, right) {
            case (.name, .index), (.index, .name): return .conflicting
            default: return .distinct
            }
        }
        return .overlapping
    }
}

extension ExpressionProblems {
    /// Notes the first two paths that cannot be used together.
    mutating func check(_ paths: [DocumentPath]) {
        for (place, path) in paths.enumerated() {
            for earlier in paths[..<place] {
                var rule: String {
                    "must remove or rewrite one of these paths; path one: \(earlier), path two: \(path)"
                }
                switch earlier.relation(to: path) {
                case .distinct: break
                case .overlapping: return note(.overlap, "Two document paths overlap with each other; \(rule)")
                case .conflicting: note(.conflict, "Two document paths conflict with each other; \(rule)")
                }
            }
        }
    }
}
