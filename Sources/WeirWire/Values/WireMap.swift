/// Values by name, in the order they were written in. Of two with the same name the last counts.
public struct WireMap: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    /// The members, in order.
    public let members: [WireMember]
    /// Where each name stands, when there are many.
    private let indexes: [String: Int]

    private static let fewMembers = 12

    /// A map of members in order.
    public init(_ members: [WireMember] = []) {
        self.members = members
        let isFew = members.count <= Self.fewMembers
        indexes = isFew ? [:] : Dictionary(members.indices.map { (members[$0].name, $0) }) { _, last in last }
    }

    public init(dictionaryLiteral elements: (String, WireValue)...) {
        self.init(elements.map { WireMember($0, $1) })
    }

    /// The value of that name. The time it takes does not grow with the map.
    public subscript(name: String) -> WireValue? {
        if members.count <= Self.fewMembers { return members.last { $0.name == name }?.value }
        return indexes[name].map { members[$0].value }
    }

    public static func == (left: WireMap, right: WireMap) -> Bool { left.members == right.members }

    public func hash(into hasher: inout Hasher) { hasher.combine(members) }
}

/// A value with its name in a ``WireMap``.
public struct WireMember: Hashable, Sendable {
    /// The name.
    public var name: String
    /// The value.
    public var value: WireValue

    /// A member from its parts.
    public init(_ name: String, _ value: WireValue) {
        self.name = name
        self.value = value
    }
}
