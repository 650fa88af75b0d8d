import WeirWire

/// A value of a credentials file with its place in it, which errors tell.
struct PolicyNode {
    private let value: WireValue
    private let path: String

    init(_ value: WireValue, path: String) {
        self.value = value
        self.path = path
    }

    /// Why the value cannot be used.
    func refusal(_ reason: String) -> CredentialsFileError { CredentialsFileError("\(path): \(reason)") }

    /// The members of an object, none of them of another name than these and none twice.
    func map(allowing names: Set<String>) throws(CredentialsFileError) -> Map {
        guard case .map(let map) = value else { throw refusal("must be an object") }
        var seen: Set<String> = []
        for member in map.members {
            guard names.contains(member.name) else {
                let known = names.sorted().joined(separator: ", ")
                throw refusal("'\(member.name)' is not known here; known are \(known)")
            }
            guard seen.insert(member.name).inserted else { throw refusal("'\(member.name)' stands here twice") }
        }
        return Map(map: map, path: path)
    }

    func string() throws(CredentialsFileError) -> String {
        guard case .string(let text) = value else { throw refusal("must be a text") }
        return text
    }

    func array() throws(CredentialsFileError) -> [PolicyNode] {
        guard case .array(let elements) = value else { throw refusal("must be a list") }
        return elements.enumerated().map { PolicyNode($0.element, path: "\(path)[\($0.offset)]") }
    }

    /// A list, or one element without it.
    func oneOrMore() throws(CredentialsFileError) -> [PolicyNode] {
        guard case .array = value else { return [self] }
        let elements = try array()
        guard !elements.isEmpty else { throw refusal("must not be empty") }
        return elements
    }

    /// The members of an object.
    struct Map {
        fileprivate let map: WireMap
        fileprivate let path: String

        func optional(_ name: String) -> PolicyNode? { map[name].map { PolicyNode($0, path: "\(path): \(name)") } }

        func required(_ name: String) throws(CredentialsFileError) -> PolicyNode {
            guard let node = optional(name) else { throw CredentialsFileError("\(path): '\(name)' is missing") }
            return node
        }
    }
}
