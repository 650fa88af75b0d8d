import WeirModel
import WeirStore
import WeirWire

/// The changes that UpdateItem makes, in either of the two forms that requests have for them.
enum ItemModification: Sendable {
    /// `AttributeUpdates`; none when the request has neither.
    case legacy(ItemUpdate)
    /// `UpdateExpression`.
    case expression(UpdateExpression)

    /// What changes.
    var paths: [DocumentPath] {
        switch self {
        case .legacy(let update): update.attributes.sorted().map { DocumentPath($0) }
        case .expression(let update): update.changes.map(\.path)
        }
    }

    /// Throws `validation` when an attribute of the key would change.
    func checkKey(_ schema: KeySchema) throws(ServiceError) {
        for path in paths where schema.names.contains(path.attribute) {
            throw ServiceError(
                .validation,
                """
                One or more parameter values were invalid: \
                Cannot update attribute \(path.attribute). This attribute is part of the key
                """
            )
        }
    }

    /// The item after the changes. A missing item is made from its key, unless nothing but removals would make it; then
    /// the result is nil. Throws `validation` when a change does not fit the item, or makes it too large.
    func applied(to old: Item?, key: Item) throws(ServiceError) -> Item? {
        let new: Item?
        switch self {
        case .legacy(let update): new = try update.apply(to: old, key: key)
        case .expression(let update):
            new = old == nil && update.onlyRemoves ? nil : try update.applied(to: old ?? key)
        }
        guard let new else { return nil }
        guard sizeInBytes(of: new) <= Limits.maximumItemSizeInBytes else {
            throw ServiceError(.validation, "Item size to update has exceeded the maximum allowed size")
        }
        for value in new.values where value.depth > Limits.maximumAttributeDepth { throw AttributeValue.tooDeep }
        return new
    }
}
