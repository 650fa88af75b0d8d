import WeirModel
import WeirStore
import WeirWire

/// What a call that changes an item gives back of it.
enum ReturnValues: String, CaseIterable {
    case allNew = "ALL_NEW"
    case updatedOld = "UPDATED_OLD"
    case allOld = "ALL_OLD"
    case none = "NONE"
    case updatedNew = "UPDATED_NEW"

    /// Reads the member of a request, which was found to be one that there is; absent it is `NONE`. PutItem and DeleteItem know only `NONE` and `ALL_OLD`.
    init(_ text: String?, isUpdate: Bool) throws(ServiceError) {
        let value = text.flatMap(ReturnValues.init(rawValue:)) ?? .none
        guard isUpdate || value == .none || value == .allOld else {
            throw ServiceError(.validation, "Return values set to invalid value")
        }
        self = value
    }

    /// What is given back; nil when there is nothing.
    func attributes(of versions: ItemVersions, changed paths: [DocumentPath] = []) -> Item? {
        let item: Item? =
            switch self {
            case .none: nil
            case .allOld: versions.old
            case .allNew: versions.new
            case .updatedOld: versions.old?.parts(at: paths)
            case .updatedNew: versions.new?.parts(at: paths)
            }
        return item?.isEmpty == true ? nil : item
    }
}

extension Validator {
    /// `ReturnValues` must be one that there is.
    mutating func returnValues(_ value: String?) {
        choice("returnValues", value, of: ReturnValues.allCases.map(\.rawValue))
    }
}
