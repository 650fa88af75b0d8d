import WeirModel
import WeirStore
import WeirWire

/// Reading the keys, indexes and capacities of CreateTable and UpdateTable, with DynamoDB's errors.
struct TableSchema {
    /// The attribute definitions of the request, and of the table that is changed.
    let definitions: [AttributeDefinition]

    // MARK: Constraints

    /// Checks attribute definitions by themselves.
    static func check(_ definitions: [AttributeDefinition]?, _ validator: inout Validator) {
        for (index, definition) in (definitions ?? []).enumerated() {
            let path = "attributeDefinitions.\(index + 1).member"
            validator.text(
                "\(path).attributeName",
                definition.attributeName,
                length: 1...Limits.maximumKeyNameLength
            )
            validator.choice("\(path).attributeType", definition.attributeType, of: ["B", "N", "S"])
        }
    }

    /// Checks a key schema by itself.
    static func check(_ schema: [KeySchemaElement]?, at path: String, _ validator: inout Validator) {
        validator.require(path, schema != nil)
        validator.count(path, schema?.count, 1...2)
        for (index, element) in (schema ?? []).enumerated() {
            let path = "\(path).\(index + 1).member"
            validator.text("\(path).attributeName", element.attributeName, length: 1...Limits.maximumKeyNameLength)
            validator.choice("\(path).keyType", element.keyType, of: ["HASH", "RANGE"])
        }
    }

    /// Checks an index by itself.
    static func check(_ index: GlobalSecondaryIndex, at path: String, _ validator: inout Validator) {
        check(indexName: index.indexName, at: path, &validator)
        check(index.keySchema, at: "\(path).keySchema", &validator)
        validator.require("\(path).projection", index.projection != nil)
        validator.choice(
            "\(path).projection.projectionType",
            index.projection?.projectionType,
            of: ["ALL", "INCLUDE", "KEYS_ONLY"]
        )
        validator.count(
            "\(path).projection.nonKeyAttributes",
            index.projection?.nonKeyAttributes?.count,
            1...Limits.maximumProjectedAttributeCount
        )
        check(index.provisionedThroughput, at: "\(path).provisionedThroughput", &validator)
    }

    static func check(indexName: String?, at path: String, _ validator: inout Validator) {
        validator.require("\(path).indexName", indexName != nil)
        validator.text(
            "\(path).indexName",
            indexName,
            pattern: .name,
            length: Limits.minimumTableNameLength...Limits.maximumTableNameLength
        )
    }

    /// Checks a capacity by itself.
    static func check(_ throughput: ProvisionedThroughput?, at path: String, _ validator: inout Validator) {
        guard let throughput else { return }
        for (name, units) in [
            ("writeCapacityUnits", throughput.writeCapacityUnits), ("readCapacityUnits", throughput.readCapacityUnits),
        ] {
            validator.require("\(path).\(name)", units != nil)
            validator.number("\(path).\(name)", units, atLeast: 1)
        }
    }

    // MARK: What they say

    /// A key schema with the types of its attributes. Throws `validation`.
    func keySchema(_ elements: [KeySchemaElement]) throws(ServiceError) -> KeySchema {
        let names = elements.map(\.attributeName)
        if names.contains(where: { type(of: $0) == nil }) {
            throw Self.invalid(
                """
                Some index key attributes are not defined in AttributeDefinitions. \
                Keys: [\(names.joined(separator: ", "))], \
                AttributeDefinitions: [\(definitions.map(\.attributeName).joined(separator: ", "))]
                """
            )
        }
        if names.count == 2, names[0] == names[1] {
            throw ServiceError(
                .validation,
                "Both the Hash Key and the Range Key element in the KeySchema have the same name"
            )
        }
        guard elements.first?.keyType == "HASH" else {
            throw ServiceError(.validation, "Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
        }
        guard elements.count == 1 || elements[1].keyType == "RANGE" else {
            throw ServiceError(.validation, "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")
        }
        let attributes = names.map { KeyAttribute($0, type(of: $0) ?? "") }
        return KeySchema(hash: attributes[0], range: attributes.count == 2 ? attributes[1] : nil)
    }

    private func type(of attribute: String) -> String? {
        definitions.first { $0.attributeName == attribute }?.attributeType
    }

    /// An index. Throws `validation`.
    func index(_ index: GlobalSecondaryIndex, isOnDemand: Bool) throws(ServiceError) -> TableIndex {
        let name = index.indexName ?? ""
        let keySchema = try keySchema(index.keySchema ?? [])
        let others = index.projection?.nonKeyAttributes
        let projection: TableIndex.Projection
        switch index.projection?.projectionType {
        case "ALL": projection = .all
        case "KEYS_ONLY": projection = .keysOnly
        case "INCLUDE":
            guard let others else {
                throw Self.invalid("ProjectionType is INCLUDE, but NonKeyAttributes is not specified")
            }
            projection = .include(others)
        default: throw Self.invalid("Unknown ProjectionType: null")
        }
        if others != nil, projection == .all || projection == .keysOnly {
            throw Self.invalid(
                "ProjectionType is \(projection == .all ? "ALL" : "KEYS_ONLY"), but NonKeyAttributes is specified"
            )
        }
        if isOnDemand, index.provisionedThroughput != nil {
            throw Self.invalid(
                """
                ProvisionedThroughput should not be specified for index: \(name) when BillingMode is PAY_PER_REQUEST
                """
            )
        }
        if !isOnDemand, index.provisionedThroughput == nil {
            throw Self.invalid("ProvisionedThroughput must be specified for index: \(name)")
        }
        return TableIndex(
            name: name,
            keySchema: keySchema,
            projection: projection,
            throughput: try Self.throughput(index.provisionedThroughput)
        )
    }

    /// Throws `validation` or `limitExceeded` when a table cannot have these indexes.
    static func check(_ indexes: [TableIndex]) throws(ServiceError) {
        var names: Set<String> = []
        for index in indexes where !names.insert(index.name).inserted {
            throw invalid("Duplicate index name: \(index.name)")
        }
        guard indexes.count <= Limits.maximumIndexCount else {
            throw invalid("GlobalSecondaryIndex count exceeds the per-table limit of \(Limits.maximumIndexCount)")
        }
        let projected = indexes.reduce(0) { count, index in
            guard case .include(let attributes) = index.projection else { return count }
            return count + attributes.count
        }
        guard projected <= Limits.maximumProjectedAttributeCount else {
            throw invalid(
                """
                Number of projected attributes exceeds the per-table limit of \(Limits.maximumProjectedAttributeCount)
                """
            )
        }
    }

    /// A capacity. Throws `validation` when it is out of bounds.
    static func throughput(_ throughput: ProvisionedThroughput?) throws(ServiceError) -> TableThroughput? {
        guard let read = throughput?.readCapacityUnits, let write = throughput?.writeCapacityUnits else { return nil }
        for (name, units) in [("Read", read), ("Write", write)] where units > Limits.maximumCapacityUnits {
            throw ServiceError(.validation, "Given value \(units) for \(name)CapacityUnits is out of bounds")
        }
        return TableThroughput(readUnits: read, writeUnits: write)
    }

    static func invalid(_ reason: String) -> ServiceError {
        ServiceError(.validation, "One or more parameter values were invalid: \(reason)")
    }
}
