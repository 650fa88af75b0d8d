import WeirModel

/// The content of `~/.aws/config` or `~/.aws/credentials`.
///
/// Source: https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
struct SharedConfigurationFile: Sendable {
    /// A section's keys. Keys are lower-case.
    struct Section: Sendable {
        /// Keys with one value.
        var values: [String: String] = [:]
        /// Keys whose value is an indented block of keys.
        var blocks: [String: [String: String]] = [:]
    }

    /// The sections by their names, for example `default`, `profile test`, `services local`.
    private(set) var sections: [String: Section] = [:]

    init() {}

    /// Reads the content of a file. Throws `configuration` with file and line when a line cannot be understood.
    init(text: String, path: String) throws(ServiceError) {
        var sectionName: String?
        var blockName: String?
        var number = 0
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            number += 1
            let content = Self.withoutComment(line)
            guard !content.isEmpty else { continue }
            func refusal(_ reason: String) -> ServiceError {
                ServiceError(.configuration, "\(path), line \(number): \(reason)")
            }
            if content.hasPrefix("[") {
                guard content.hasSuffix("]") else { throw refusal("a section's name must end with ]") }
                let words = content.dropFirst().dropLast().split(whereSeparator: \.isWhitespace)
                let name = words.joined(separator: " ")
                guard !name.isEmpty else { throw refusal("a section must have a name") }
                sections[name, default: Section()].values.merge([:]) { old, _ in old }
                sectionName = name
                blockName = nil
                continue
            }
            guard let sectionName else { throw refusal("a key must stand below a section") }
            guard let equals = content.utf8.firstIndex(of: UInt8(ascii: "=")) else {
                // An indented line without a key goes on with the value above, which no key that is read here does.
                if line.first?.isWhitespace == true { continue }
                throw refusal("this is neither a section nor a key with a value")
            }
            let key = Self.trimmed(content[..<equals]).lowercased()
            let value = String(Self.trimmed(content[equals...].dropFirst()))
            guard !key.isEmpty else { throw refusal("the key is missing") }
            if line.first?.isWhitespace == true, let blockName {
                sections[sectionName, default: Section()].blocks[blockName, default: [:]][key] = value
            } else if value.isEmpty {
                blockName = key
            } else {
                blockName = nil
                sections[sectionName, default: Section()].values[key] = value
            }
        }
    }

    /// The line without its comment and the space around it. A comment in a line begins with a space.
    private static func withoutComment(_ line: Substring) -> Substring {
        var end = line.endIndex
        var follows = true
        for index in line.indices {
            if follows && (line[index] == "#" || line[index] == ";") {
                end = index
                break
            }
            follows = line[index].isWhitespace
        }
        return trimmed(line[..<end])
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
