import NIOCore
import WeirModel

/// How a message is written in an HTTP body.
public enum WireFormat: Sendable {
    /// `application/x-amz-json-1.1` (Kinesis) and `-1.0` (DynamoDB): blobs in base64, times in seconds with a fraction.
    case json
    /// `application/x-amz-cbor-1.1` (Kinesis): blobs as they are, times as whole milliseconds under tag 1. So the SDK for
    /// Java writes them, although RFC 8949 has seconds there; times without the tag are read too.
    case cbor
}

/// The input or output of an action: a type that knows its form on the wire.
///
/// Most messages are `Codable` and take the default implementations, which go through ``WireValue``. The messages of
/// the data plane (PutRecord, PutRecords, GetRecords) read and write bytes directly.
public protocol WireMessage: Sendable {
    /// Reads a message from a body. Throws `serialization` with AWS's text when the body is not of the format, or a member
    /// has a wrong type. An empty body is read as `{}`. Unknown members are ignored.
    init(wire body: ByteBuffer, format: WireFormat) throws(ServiceError)

    /// Appends the message to a body. Members that are nil are left out.
    func write(to body: inout ByteBuffer, format: WireFormat)
}

/// An action of the Kinesis or DynamoDB API: its name, and the types of its input and output.
public protocol WireAction: Sendable {
    /// The input.
    associatedtype Request: WireMessage
    /// The output. Actions without one use ``EmptyResponse``.
    associatedtype Response: WireMessage

    /// What stands before the dot in `X-Amz-Target`.
    static var service: WireService { get }
    /// What stands after the dot in `X-Amz-Target`.
    static var name: String { get }
}

/// The services that share the port.
public enum WireService: String, Sendable, CaseIterable {
    /// Amazon Kinesis Data Streams.
    case kinesis = "Kinesis_20131202"
    /// Amazon DynamoDB, as far as lease tables need it.
    case dynamoDB = "DynamoDB_20120810"

    /// What the service is called in host names, in signatures, in policies and in ARNs.
    public var endpointPrefix: String {
        switch self {
        case .kinesis: "kinesis"
        case .dynamoDB: "dynamodb"
        }
    }
}

/// The output of an action that has none: an empty body.
public struct EmptyResponse: WireMessage, Hashable {
    /// Nothing.
    public init() {}

    public init(wire body: ByteBuffer, format: WireFormat) throws(ServiceError) {}

    public func write(to body: inout ByteBuffer, format: WireFormat) {}
}
