import WeirModel
import WeirStore
import WeirWire

extension TableDescription {
    /// The hash key's value in the `Key` of a request. Throws `validation` when it is not the key of this table.
    func hashKey(of key: Item) throws(ServiceError) -> AttributeValue {
        guard key.count == 1, let value = key[hashKeyName], value.typeName == hashKeyType else {
            throw ServiceError(.validation, "The provided key element does not match the schema")
        }
        try checkHashKey(value)
        return value
    }

    /// The hash key's value in an item. Throws `validation` when it has none, or one of another type.
    func hashKey(ofItem item: Item) throws(ServiceError) -> AttributeValue {
        guard let value = item[hashKeyName] else {
            throw ServiceError(
                .validation,
                "One or more parameter values were invalid: Missing the key \(hashKeyName) in the item"
            )
        }
        guard value.typeName == hashKeyType else {
            throw ServiceError(
                .validation,
                """
                One or more parameter values were invalid: Type mismatch for key \(hashKeyName) \
                expected: \(hashKeyType) actual: \(value.typeName)
                """
            )
        }
        try checkHashKey(value)
        return value
    }

    private func checkHashKey(_ value: AttributeValue) throws(ServiceError) {
        let size = value.sizeInBytes
        guard size > 0 else {
            throw ServiceError(
                .validation,
                """
                One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an \
                empty \(hashKeyType == "B" ? "binary" : "string") value. Key: \(hashKeyName)
                """
            )
        }
        guard size <= Limits.maximumHashKeySizeInBytes else {
            throw ServiceError(
                .validation,
                """
                One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of\
                \(Limits.maximumHashKeySizeInBytes) bytes
                """
            )
        }
    }
}
