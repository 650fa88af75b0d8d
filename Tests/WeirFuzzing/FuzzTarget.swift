import NIOCore

/// A parser that is fed with bytes of all kinds, and what must hold for any of them.
///
/// `make fuzz` lets libFuzzer make the bytes up; the tests replay those that were worth keeping.
public protocol FuzzTarget: Sendable {
    /// The name: that of the folder of its corpus too.
    static var name: String { get }

    /// Feeds the parser. Throws when something does not hold that must; a crash is a finding anyway.
    static func check(_ input: ByteBuffer) throws(FuzzFinding)
}

/// Something that must hold did not.
public struct FuzzFinding: Error, CustomStringConvertible {
    /// What.
    public let description: String

    init(_ description: String) { self.description = description }
}

/// All that is fuzzed.
public enum FuzzTargets {
    /// The targets.
    public static let all: [any FuzzTarget.Type] = [
        JSONTarget.self, CBORTarget.self, EventStreamTarget.self, SignatureTarget.self, RequestTarget.self,
        TableTarget.self, AggregationTarget.self,
    ]
}

/// Throws a finding unless something holds.
func require(_ holds: Bool, _ what: @autoclosure () -> String) throws(FuzzFinding) {
    guard holds else { throw FuzzFinding(what()) }
}
