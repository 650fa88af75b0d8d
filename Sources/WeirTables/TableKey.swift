import WeirModel
import WeirStore
import WeirWire

extension KeyAttribute {
    /// Throws `validation` when a value of a key is empty.
    func checkNotEmpty(_ value: AttributeValue) throws(ServiceError) {
        guard let type = value.emptyTypeName else { return }
        throw ServiceError(
            .validation,
            """
            One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an \
            empty \(type) value. Key: \(name)
            """
        )
    }
}

extension AttributeValue {
    /// The name of the type when the value is an empty text or blob.
    fileprivate var emptyTypeName: String? {
        switch self {
        case .string(""): "string"
        case .binary([]): "binary"
        default: nil
        }
    }
}

extension KeySchema {
    /// Throws `validation` unless an item's key attributes are not empty and not too large.
    fileprivate func checkSizes(_ key: Item) throws(ServiceError) {
        for attribute in attributes {
            guard let value = key[attribute.name] else { continue }
            try attribute.checkNotEmpty(value)
            let size = value.sizeInBytes
            if attribute == hash, size > Limits.maximumHashKeySizeInBytes {
                throw ServiceError(
                    .validation,
                    """
                    One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of\
                    \(Limits.maximumHashKeySizeInBytes) bytes
                    """
                )
            }
            if attribute != hash, size > Limits.maximumRangeKeySizeInBytes {
                throw ServiceError(
                    .validation,
                    """
                    One or more parameter values were invalid: Aggregated size of all range keys has exceeded the \
                    size limit of \(Limits.maximumRangeKeySizeInBytes) bytes
                    """
                )
            }
        }
    }
}

extension TableDescription {
    /// Throws `validation` unless the `Key` of a request is a key of this table.
    func check(key: Item) throws(ServiceError) {
        let fits =
            key.count == keySchema.attributes.count
            && keySchema.attributes.allSatisfy { key[$0.name]?.typeName == $0.type }
        guard fits else {
            throw ServiceError(.validation, "The provided key element does not match the schema")
        }
        try keySchema.checkSizes(key)
    }

    /// The key of an item. Throws `validation` when it has none, when that of an index has another type, or when the item
    /// is too large.
    func key(ofItem item: Item) throws(ServiceError) -> Item {
        for attribute in keySchema.attributes {
            guard let value = item[attribute.name] else {
                throw ServiceError(
                    .validation,
                    "One or more parameter values were invalid: Missing the key \(attribute.name) in the item"
                )
            }
            guard value.typeName == attribute.type else {
                throw ServiceError(
                    .validation,
                    """
                    One or more parameter values were invalid: Type mismatch for key \(attribute.name) \
                    expected: \(attribute.type) actual: \(value.typeName)
                    """
                )
            }
        }
        let key = keySchema.key(of: item)
        try keySchema.checkSizes(key)
        try checkIndexKeys(of: item)
        return key
    }

    /// Throws `validation` when an attribute of an item cannot be in an index that has it as a key.
    func checkIndexKeys(of item: Item) throws(ServiceError) {
        for index in indexes {
            for attribute in index.keySchema.attributes {
                guard let value = item[attribute.name] else { continue }
                guard value.typeName == attribute.type else {
                    throw ServiceError(
                        .validation,
                        """
                        One or more parameter values were invalid: Type mismatch for Index Key \(attribute.name) \
                        Expected: \(attribute.type) Actual: \(value.typeName) IndexName: \(index.name)
                        """
                    )
                }
                guard let type = value.emptyTypeName else { continue }
                throw ServiceError(
                    .validation,
                    """
                    One or more parameter values are not valid. A value specified for a secondary index key is not \
                    supported. The AttributeValue for a key attribute cannot contain an empty \(type) value. \
                    IndexName: \(index.name), IndexKey: \(attribute.name)
                    """
                )
            }
        }
    }
}
