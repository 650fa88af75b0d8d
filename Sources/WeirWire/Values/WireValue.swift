import NIOCore
import WeirModel

/// A message as a tree of values: what stands between the Swift types and the bytes of a format.
///
/// JSON has no form of its own for ``bytes(_:)`` and ``timestamp(_:)``. They are written as base64 and as seconds, and read
/// back as ``string(_:)`` and a number, which ``WireDecoder`` takes where the type asks for bytes or a time. CBOR has a form for
/// each of these.
public enum WireValue: Hashable, Sendable {
    /// Nothing; as a member the same as no member.
    case null
    /// Truth.
    case bool(Bool)
    /// A whole number.
    case integer(Int64)
    /// A number with a fraction, or beyond 64 bits.
    case double(Double)
    /// Text.
    case string(String)
    /// A blob.
    case bytes(ByteBuffer)
    /// A point in time.
    case timestamp(Timestamp)
    /// Values in order.
    case array([WireValue])
    /// Values by name.
    case map(WireMap)
}
