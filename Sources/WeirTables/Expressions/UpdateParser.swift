import WeirModel
import WeirWire

/// Reads the grammar of update expressions: sections SET, REMOVE, ADD and DELETE, each at most once.
struct UpdateParser {
    private var parser: ExpressionParser
    private var changes: [(path: DocumentPath, action: UpdateExpression.Action)] = []
    private var sections: Set<String> = []

    /// The changes of an expression. Throws `validation`. `placeholders` learns which it uses.
    static func update(
        _ text: String,
        _ placeholders: inout ExpressionPlaceholders
    ) throws(ServiceError) -> UpdateExpression {
        var parser = UpdateParser(parser: try ExpressionParser(text, .update, placeholders))
        repeat { try parser.section() } while parser.parser.reader.current.kind != .end
        parser.parser.problems.check(parser.changes.map(\.path))
        try parser.parser.finish()
        placeholders = parser.parser.placeholders
        return UpdateExpression(changes: parser.changes)
    }

    // MARK: Sections

    private mutating func section() throws(ServiceError) {
        let token = parser.reader.current
        guard let name = ["SET", "REMOVE", "ADD", "DELETE"].first(where: token.isKeyword) else {
            throw parser.reader.syntaxError()
        }
        parser.reader.advance()
        if !sections.insert(name).inserted {
            parser.problems.note(
                .section,
                "The \"\(name)\" section can only be used once in an update expression;"
            )
        }
        repeat {
            let path = try parser.path()
            switch name {
            case "SET":
                try parser.reader.expect("=")
                if let value = try value() { changes.append((path, .set(value))) }
            case "REMOVE": changes.append((path, .remove))
            default:
                guard parser.reader.current.kind == .valuePlaceholder else { throw parser.reader.syntaxError() }
                guard let value = parser.value() else { break }
                check(value, section: name)
                changes.append((path, name == "ADD" ? .add(value) : .delete(value)))
            }
        } while parser.reader.take(",")
    }

    private mutating func check(_ value: AttributeValue, section: String) {
        let type: String
        switch value {
        case .stringSet, .numberSet, .binarySet: return
        case .number:
            guard section == "DELETE" else { return }
            type = "NUMBER"
        case .string: type = "STRING"
        case .binary: type = "BINARY"
        case .bool: type = "BOOLEAN"
        case .null: type = "NULL"
        case .list: type = "LIST"
        case .map: type = "MAP"
        }
        parser.problems.note(
            .operandType,
            "Incorrect operand type for operator or function; operator: \(section), operand type: \(type)"
        )
    }

    // MARK: Values

    /// Reads what a path is set to; nil when a problem was noted.
    private mutating func value() throws(ServiceError) -> UpdateExpression.Value? {
        // Parentheses may stand around all of it, and around each operand.
        if parser.reader.take("(") {
            let inner = try arithmetic()
            try parser.reader.expect(")")
            return try arithmetic(from: inner)
        }
        return try arithmetic()
    }

    private mutating func arithmetic() throws(ServiceError) -> UpdateExpression.Value? {
        try arithmetic(from: try operand())
    }

    private mutating func arithmetic(
        from left: UpdateExpression.Value?
    ) throws(ServiceError) -> UpdateExpression.Value? {
        let sign = parser.reader.current
        guard sign.kind == .sign, sign.text == "+" || sign.text == "-" else { return left }
        parser.reader.advance()
        parser.countOperator()
        let right = try operand()
        for operand in [left, right] { check(operand, is: "N", sign.text) }
        guard let left, let right else { return nil }
        return sign.text == "+" ? .sum(left, right) : .difference(left, right)
    }

    private mutating func operand(depth: Int = 0) throws(ServiceError) -> UpdateExpression.Value? {
        guard depth <= Limits.maximumExpressionOperatorCount else { throw parser.reader.syntaxError() }
        let token = parser.reader.current
        switch token.kind {
        case .valuePlaceholder: return parser.value().map { .value($0) }
        case .name where parser.reader.following.kind == .sign && parser.reader.following.text == "(":
            return try function(depth: depth)
        case .name, .namePlaceholder: return .path(try parser.path())
        case .sign where token.text == "(":
            parser.reader.advance()
            let inner = try operand(depth: depth + 1)
            try parser.reader.expect(")")
            return inner
        default: throw parser.reader.syntaxError()
        }
    }

    private mutating func function(depth: Int) throws(ServiceError) -> UpdateExpression.Value? {
        let name = parser.reader.advance().text
        parser.countOperator()
        try parser.reader.expect("(")
        var arguments: [UpdateExpression.Value] = []
        var count = 0
        repeat {
            count += 1
            if let argument = try operand(depth: depth + 1) { arguments.append(argument) }
        } while parser.reader.take(",")
        try parser.reader.expect(")")

        guard name == "if_not_exists" || name == "list_append" else {
            parser.problems.note(.unknownFunction, "Invalid function name; function: \(name)")
            return nil
        }
        guard count == 2 else {
            parser.problems.note(
                .operandCount,
                """
                Incorrect number of operands for operator or function; \
                operator or function: \(name), number of operands: \(count)
                """
            )
            return nil
        }
        guard arguments.count == 2 else { return nil }
        if name == "list_append" {
            for argument in arguments { check(argument, is: "L", name) }
            return .appended(arguments[0], arguments[1])
        }
        guard case .path(let path) = arguments[0] else {
            parser.problems.note(
                .operandType,
                "Operator or function requires a document path; operator or function: \(name)"
            )
            return nil
        }
        return .ifAbsent(path, arguments[1])
    }

    private mutating func check(_ operand: UpdateExpression.Value?, is type: String, _ function: String) {
        guard case .value(let value)? = operand, value.typeName != type else { return }
        parser.problems.note(
            .operandType,
            """
            Incorrect operand type for operator or function; \
            operator or function: \(function), operand type: \(value.typeName)
            """
        )
    }
}
