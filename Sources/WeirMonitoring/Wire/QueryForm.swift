import NIOCore
import WeirModel
import WeirWire

/// The parameters of the Query protocol, as a tree: `MetricData.member.1.Value` is the member `Value` of the first
/// element of the list `MetricData`.
///
/// Source: https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
struct QueryForm {
    /// What there is at a place; a class, since a tree is built from its leaves.
    private final class Node {
        var value: String?
        var children: [Substring: Node] = [:]
    }

    /// Levels of a parameter's name, at most: those of PutMetricData are seven.
    private static let maximumDepth = 12

    /// All parameters; the values are texts.
    let parameters: WireMap

    /// Reads forms, one after the other. Throws `serialization` when one is not well formed.
    init(_ forms: [some Collection<UInt8>]) throws(ServiceError) {
        let root = Node()
        var remaining = Limits.maximumFormParameterCount
        var remainingNodes = Limits.maximumFormNodeCount
        for form in forms {
            for pair in form.split(separator: UInt8(ascii: "&")) {
                remaining -= 1
                guard remaining >= 0 else { throw Self.malformed("There are too many parameters.") }
                let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
                let name = try Self.decoded(parts[0])
                let levels = name.split(separator: ".", maxSplits: Self.maximumDepth, omittingEmptySubsequences: false)
                guard levels.count <= Self.maximumDepth else { throw Self.malformed("A parameter's name is too deep.") }
                var node = root
                for level in levels {
                    if let child = node.children[level] {
                        node = child
                    } else {
                        // A short parameter may make many nodes, each of them much larger than its name.
                        remainingNodes -= 1
                        guard remainingNodes >= 0 else { throw Self.malformed("The parameters have too many parts.") }
                        let child = Node()
                        node.children[level] = child
                        node = child
                    }
                }
                node.value = parts.count > 1 ? try Self.decoded(parts[1]) : ""
            }
        }
        guard case .map(let map) = Self.tree(root) else {
            parameters = WireMap()
            return
        }
        parameters = map
    }

    /// The value of a parameter that is a text.
    func text(_ name: String) -> String? {
        guard case .string(let text)? = parameters[name] else { return nil }
        return text
    }

    private static func tree(_ node: Node) -> WireValue {
        if node.children.isEmpty { return .string(node.value ?? "") }
        if let list = node.children["member"] { return .array(elements(list)) }
        if let entries = node.children["entry"] { return .map(WireMap(elements(entries).compactMap(member))) }
        return .map(WireMap(node.children.map { WireMember(String($0.key), tree($0.value)) }))
    }

    /// The elements of a list by their numbers.
    private static func elements(_ list: Node) -> [WireValue] {
        let numbered = list.children.compactMap { key, node in Int(key).map { (number: $0, node: node) } }
        return numbered.sorted { $0.number < $1.number }.map { tree($0.node) }
    }

    private static func member(_ entry: WireValue) -> WireMember? {
        guard case .map(let map) = entry, case .string(let key)? = map["key"], let value = map["value"] else {
            return nil
        }
        return WireMember(key, value)
    }

    /// A text with its escapes resolved.
    private static func decoded(_ bytes: some Collection<UInt8>) throws(ServiceError) -> String {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): result.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                    throw malformed("An escape is not well formed.")
                }
                result.append(high << 4 | low)
            default: result.append(byte)
            }
        }
        guard let text = String(validating: result, as: UTF8.self) else { throw malformed("A text is not UTF-8.") }
        return text
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    private static func malformed(_ text: String) -> ServiceError { ServiceError(.serialization, text) }
}
