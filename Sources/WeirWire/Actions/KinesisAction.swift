/// An action of the Kinesis Data Streams API. One file an action, named for it.
public protocol KinesisAction: WireAction {}

extension KinesisAction {
    public static var service: WireService { .kinesis }
    public static var name: String { String(describing: Self.self) }
}
