import WeirModel

/// Why an entity was not taken. Source:
/// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
public enum EntityFault: String, Sendable {
    /// There is none.
    case invalidEntity = "InvalidEntity"
    /// Its key attributes are too few, too many, too long, or not ones that there are.
    case invalidKeyAttributes = "InvalidKeyAttributes"
    /// Its other attributes are too many or too long.
    case invalidAttributes = "InvalidAttributes"
    /// It is of a type that there is not.
    case invalidTypeValue = "InvalidTypeValue"
    /// There are too many entities.
    case entitySizeTooLarge = "EntitySizeTooLarge"
    /// A key attribute that its type needs is missing.
    case missingRequiredFields = "MissingRequiredFields"
}

extension EntityFault {
    /// The key attributes, and those that each type needs. Source:
    /// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/adding-your-own-related-telemetry.html
    private static let names: Set<String> = ["Type", "ResourceType", "Identifier", "Name", "Environment"]
    private static let required: [String: [String]] = [
        "Service": ["Name", "Environment"], "RemoteService": ["Name"], "AWS::Service": ["Name"],
        "Resource": ["ResourceType", "Identifier"], "AWS::Resource": ["ResourceType", "Identifier"],
    ]

    /// What is wrong with the entities of an input; nil when nothing is.
    static func first(in input: PutMetricDataInput) -> EntityFault? {
        if input.groups.count > Limits.maximumMetricEntityCount { return .entitySizeTooLarge }
        return input.groups.lazy.compactMap { fault($0.entity) }.first
    }

    private static func fault(_ entity: PutMetricDataInput.Entity?) -> EntityFault? {
        guard let entity else { return .invalidEntity }
        guard let keys = entity.keyAttributes, (2...4).contains(keys.count), keys.keys.allSatisfy(names.contains),
            keys.values.allSatisfy({ (1...2048).contains($0.utf8.count) })
        else { return .invalidKeyAttributes }
        let areFine = entity.attributes.allSatisfy { name, value in
            (1...256).contains(name.utf8.count) && (1...2048).contains(value.utf8.count)
        }
        guard areFine, entity.attributes.count <= 10 else { return .invalidAttributes }
        guard let required = keys["Type"].map({ required[$0] }) else { return .missingRequiredFields }
        guard let required else { return .invalidTypeValue }
        return required.allSatisfy { keys[$0] != nil } ? nil : .missingRequiredFields
    }
}
