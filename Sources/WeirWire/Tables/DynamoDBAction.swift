/// An action of the DynamoDB API, as far as lease tables need it. One file an action, named for it.
public protocol DynamoDBAction: WireAction {}

extension DynamoDBAction {
    public static var service: WireService { .dynamoDB }
    public static var name: String { String(describing: Self.self) }
}
