import NIOCore
import WeirModel

/// An element of an XML document: as much of XML as the answers of AWS's query protocol use. Attributes, comments and
/// declarations are passed over; there are no entities but XML's own.
struct XMLElement {
    /// The name, without a prefix.
    let name: String
    /// The text directly in it.
    private(set) var text = ""
    /// The elements directly in it.
    private(set) var children: [XMLElement] = []

    private static let maximumDepth = 32

    private init(name: Substring) {
        self.name = String(name.split(separator: ":").last ?? "")
    }

    /// The first child of a name; nil when there is none.
    subscript(name: String) -> XMLElement? { children.first { $0.name == name } }

    /// The root element of a document. Throws `malformedResponse` when the text is none.
    init(_ document: ByteBuffer) throws(ServiceError) {
        guard let root = Self.root(of: String(buffer: document)) else {
            throw ServiceError(.malformedResponse, "The answer is not XML that can be understood.")
        }
        self = root
    }

    private static func root(of document: String) -> XMLElement? {
        var rest = document[...]
        var open: [XMLElement] = []
        while let start = rest.firstIndex(of: "<") {
            if !open.isEmpty {
                guard let text = unescaped(rest[..<start]) else { return nil }
                open[open.count - 1].text += text
            }
            rest = rest[start...]
            if rest.hasPrefix("<?") || rest.hasPrefix("<!") {
                guard let skipped = afterMarkup(rest) else { return nil }
                rest = skipped
                continue
            }
            guard let end = rest.firstIndex(of: ">") else { return nil }
            var tag = rest[start..<end].dropFirst()
            rest = rest[end...].dropFirst()
            if tag.hasPrefix("/") {
                guard let closed = open.popLast(), XMLElement(name: tag.dropFirst()).name == closed.name else {
                    return nil
                }
                guard !open.isEmpty else { return closed }
                open[open.count - 1].children.append(closed)
                continue
            }
            let isEmpty = tag.hasSuffix("/")
            if isEmpty { tag = tag.dropLast() }
            let element = XMLElement(name: tag.prefix { !$0.isWhitespace })
            guard !element.name.isEmpty, open.count < maximumDepth else { return nil }
            if !isEmpty {
                open.append(element)
            } else if open.isEmpty {
                return element
            } else {
                open[open.count - 1].children.append(element)
            }
        }
        return nil
    }

    /// What follows a comment or a declaration.
    private static func afterMarkup(_ text: Substring) -> Substring? {
        let end = text.hasPrefix("<!--") ? "-->" : ">"
        return text.firstRange(of: end).map { text[$0.upperBound...] }
    }

    /// The text with what its references stand for; nil when one is unknown.
    private static func unescaped(_ text: Substring) -> String? {
        guard text.contains("&") else { return String(text) }
        let known: [Substring: String] = ["lt": "<", "gt": ">", "amp": "&", "quot": "\"", "apos": "'"]
        var result = ""
        var rest = text
        while let start = rest.firstIndex(of: "&") {
            result += rest[..<start]
            guard let end = rest[start...].firstIndex(of: ";") else { return nil }
            let name = rest[start..<end].dropFirst()
            if let character = known[name] {
                result += character
            } else if name.hasPrefix("#") {
                let digits = name.dropFirst()
                let number =
                    digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits, radix: 10)
                guard let scalar = number.flatMap(Unicode.Scalar.init) else { return nil }
                result.unicodeScalars.append(scalar)
            } else {
                return nil
            }
            rest = rest[end...].dropFirst()
        }
        return result + rest
    }
}
