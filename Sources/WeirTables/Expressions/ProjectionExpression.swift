import WeirModel
import WeirWire

/// Which parts of an item are given back.
///
/// Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ProjectionExpressions.html
struct ProjectionExpression: Sendable {
    /// The parts.
    let paths: [DocumentPath]

    /// The paths of an expression. Throws `validation`. `placeholders` learns which it uses.
    init(_ text: String, _ placeholders: inout ExpressionPlaceholders) throws(ServiceError) {
        var parser = try ExpressionParser(text, .projection, placeholders)
        var paths: [DocumentPath] = []
        repeat { paths.append(try parser.path()) } while parser.reader.take(",")
        parser.problems.check(paths)
        try parser.finish()
        placeholders = parser.placeholders
        self.paths = paths
    }

    /// What the item has of the parts.
    func applied(to item: Item) -> Item { item.parts(at: paths) }
}

extension Item {
    /// The item with nothing but what stands at some paths. Lists lose the elements that are not asked for.
    func parts(at paths: [DocumentPath]) -> Item {
        var wanted: [String: PathTree] = [:]
        for path in paths { wanted[path.attribute, default: PathTree()].insert(path.rest[...]) }
        var parts: Item = [:]
        for (attribute, tree) in wanted {
            if let part = self[attribute].flatMap(tree.part) { parts[attribute] = part }
        }
        return parts
    }
}

/// Paths that begin alike.
private struct PathTree {
    /// Whether everything from here on is wanted.
    private var isWhole = false
    private var children: [DocumentPath.Element: PathTree] = [:]

    mutating func insert(_ path: ArraySlice<DocumentPath.Element>) {
        guard let first = path.first else {
            isWhole = true
            return
        }
        children[first, default: PathTree()].insert(path.dropFirst())
    }

    /// What a value has of what is wanted; nil when it is nothing.
    func part(of value: AttributeValue) -> AttributeValue? {
        guard !isWhole else { return value }
        switch value {
        case .map(let map):
            var part: [String: AttributeValue] = [:]
            for case (.name(let name), let tree) in children { part[name] = map[name].flatMap(tree.part) }
            return part.isEmpty ? nil : .map(part)
        case .list(let list):
            let part = list.enumerated().compactMap { index, element in
                children[.index(index)]?.part(of: element)
            }
            return part.isEmpty ? nil : .list(part)
        default: return nil
        }
    }
}
