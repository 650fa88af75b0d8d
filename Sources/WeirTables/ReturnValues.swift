import WeirModel
import WeirWire

/// What a call that changes an item gives back of it.
enum ReturnValues: String, CaseIterable {
    case allNew = "ALL_NEW"
    case updatedOld = "UPDATED_OLD"
    case allOld = "ALL_OLD"
    case none = "NONE"
    case updatedNew = "UPDATED_NEW"

    /// Reads the member of a request; absent it is `NONE`. PutItem and DeleteItem know only `NONE` and `ALL_OLD`.
    init(_ text: String?, isUpdate: Bool) throws(ServiceError) {
        var validator = Validator()
        validator.choice("returnValues", text, of: Self.allCases.map(\.rawValue))
        try validator.finish()
        let value = text.flatMap(ReturnValues.init(rawValue:)) ?? .none
        guard isUpdate || value == .none || value == .allOld else {
            throw ServiceError(.validation, "Return values set to invalid value")
        }
        self = value
    }

    /// What is given back; nil when there is nothing.
    func attributes(old: Item?, new: Item?, updated: Set<String> = []) -> Item? {
        let item: Item? =
            switch self {
            case .none: nil
            case .allOld: old
            case .allNew: new
            case .updatedOld: old?.filter { updated.contains($0.key) }
            case .updatedNew: new?.filter { updated.contains($0.key) }
            }
        return item?.isEmpty == true ? nil : item
    }
}
