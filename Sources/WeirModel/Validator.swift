import NIOCore

/// Collects what is wrong with the members of a request, in AWS's words.
///
/// AWS checks every member against its model before it looks at the resource, and reports all that is wrong in one
/// `ValidationException`: `N validation errors detected: …; …`. Members are checked in the order that AWS uses.
public struct Validator {
    private var errors: [String] = []

    /// A validator that has found nothing yet.
    public init() {}

    /// AWS reports no more than this many errors of one request.
    public static let maximumErrors = 10
    /// A value longer than this many characters is cut short in the message.
    public static let maximumEchoLength = 2_048

    /// Notes that a member breaks a constraint. `value` is nil when the member is absent.
    public mutating func fail(_ member: String, value: String?, _ constraint: String) {
        guard errors.count < Self.maximumErrors else { return }
        let shown = value.map { value in
            let cut = value.count > Self.maximumEchoLength ? value.prefix(Self.maximumEchoLength) + "…" : value[...]
            return "'\(cut)'"
        }
        errors.append("Value \(shown ?? "null") at '\(member)' failed to satisfy constraint: \(constraint)")
    }

    /// The member must be there.
    public mutating func require(_ member: String, _ isPresent: Bool) {
        if !isPresent { fail(member, value: nil, "Member must not be null") }
    }

    /// A text must match a pattern and have a length in the range, counted in Unicode scalars. Absent texts pass.
    public mutating func text(
        _ member: String,
        _ value: String?,
        pattern: TextPattern? = nil,
        length: ClosedRange<Int>? = nil
    ) {
        guard let value else { return }
        if let pattern, !pattern.matches(value) {
            fail(member, value: value, "Member must satisfy regular expression pattern: \(pattern.expression)")
        }
        guard let length else { return }
        // A scalar takes one to four bytes, so most texts need not be counted.
        if value.utf8.count < 4 * length.lowerBound, value.unicodeScalars.count < length.lowerBound {
            fail(member, value: value, "Member must have length greater than or equal to \(length.lowerBound)")
        }
        if value.utf8.count > length.upperBound, value.unicodeScalars.count > length.upperBound {
            fail(member, value: value, "Member must have length less than or equal to \(length.upperBound)")
        }
    }

    /// A number must lie in the range. Absent numbers pass.
    public mutating func number(_ member: String, _ value: Int?, _ range: ClosedRange<Int>) {
        guard let value else { return }
        if value < range.lowerBound {
            fail(member, value: "\(value)", "Member must have value greater than or equal to \(range.lowerBound)")
        }
        if value > range.upperBound {
            fail(member, value: "\(value)", "Member must have value less than or equal to \(range.upperBound)")
        }
    }

    /// A number must not be below a bound. Absent numbers pass.
    public mutating func number(_ member: String, _ value: Int?, atLeast minimum: Int) {
        number(member, value, minimum...Int.max)
    }

    /// A collection must have a size in the range. Absent collections pass.
    public mutating func count(_ member: String, _ count: Int?, _ range: ClosedRange<Int>) {
        guard let count else { return }
        let shown = count == 0 ? "[]" : "[\(count) members]"
        if count < range.lowerBound {
            fail(member, value: shown, "Member must have length greater than or equal to \(range.lowerBound)")
        }
        if count > range.upperBound {
            fail(member, value: shown, "Member must have length less than or equal to \(range.upperBound)")
        }
    }

    /// A blob must not be longer than so many bytes. Absent blobs pass.
    public mutating func blob(_ member: String, _ value: ByteBuffer?, maximumBytes: Int) {
        guard let count = value?.readableBytes, count > maximumBytes else { return }
        let shown = "java.nio.HeapByteBuffer[pos=0 lim=\(count) cap=\(count)]"
        fail(member, value: shown, "Member must have length less than or equal to \(maximumBytes)")
    }

    /// A text must be one of a set. Absent texts pass.
    public mutating func choice(_ member: String, _ value: String?, of choices: [String]) {
        guard let value, !choices.contains(value) else { return }
        fail(
            member,
            value: value,
            "Member must satisfy enum value set: [\(choices.joined(separator: ", "))]"
        )
    }

    /// Throws `validation` with everything that was found, if anything was.
    public func finish() throws(ServiceError) {
        guard !errors.isEmpty else { return }
        let plural = errors.count == 1 ? "" : "s"
        throw ServiceError(
            .validation,
            "\(errors.count) validation error\(plural) detected: \(errors.joined(separator: "; "))"
        )
    }
}
