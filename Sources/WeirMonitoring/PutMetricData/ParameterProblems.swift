import WeirModel

/// What is wrong with parameters, in the words of CloudWatch, which tells all of it at once.
struct ParameterProblems {
    /// No more than so many problems are told of a call.
    static let maximumCount = 50

    private var code: ServiceError.Code?
    private var messages: [String] = []

    /// Notes a problem. The first decides of which kind the error is, and only problems of this kind are told.
    mutating func add(_ code: ServiceError.Code, _ message: String) {
        let isOfKind = self.code == nil || self.code == code
        guard isOfKind, messages.count < Self.maximumCount else { return }
        self.code = code
        messages.append(message)
    }

    /// A parameter that must be there is not.
    mutating func missing(_ parameter: String) {
        add(.missingRequiredParameter, "The parameter \(parameter) is required.")
    }

    /// A list is too long.
    mutating func tooLong(_ list: String, maximum: Int) {
        add(.invalidParameterValue, "The collection \(list) must not have a size greater than \(maximum).")
    }

    /// A value is not one that the parameter may have.
    mutating func invalid(_ value: String, _ parameter: String) {
        add(.invalidParameterValue, "The value \(value) for parameter \(parameter) is invalid.")
    }

    /// A value is none of a set.
    mutating func notInSet(_ parameter: String, _ choices: [String]) {
        let set = choices.joined(separator: ", ")
        add(.invalidParameterValue, "The parameter \(parameter) must be a value in the set [ \(set) ].")
    }

    /// Two parameters are both there.
    mutating func exclusive(_ first: String, _ second: String) {
        add(
            .invalidParameterCombination,
            "The parameters \(first) and \(second) are mutually exclusive and you have specified both."
        )
    }

    /// Checks a text that must be there: one to so many printable characters of ASCII, not all of them spaces.
    mutating func text(_ value: String?, _ parameter: String, maximumLength: Int) {
        guard let value, !value.isEmpty else { return missing(parameter) }
        if value.utf8.count > maximumLength {
            add(
                .invalidParameterValue,
                "The parameter \(parameter) must be shorter than \(maximumLength + 1) characters."
            )
        } else if !value.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) {
            add(.invalidParameterValue, "The parameter \(parameter) contains non-ASCII characters.")
        } else if value.utf8.allSatisfy({ $0 == UInt8(ascii: " ") }) {
            invalid(value, parameter)
        }
    }

    /// Throws what was found, if anything was.
    func finish() throws(ServiceError) {
        guard let code else { return }
        throw ServiceError(code, messages.joined(separator: "\n"))
    }
}
