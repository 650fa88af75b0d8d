import NIOCore
import Synchronization

/// The body of a call. Whoever reads it takes it, so that the many who hand a call on do not hold its bytes as well: once a
/// large body was read, there is only what was made of it.
public final class CallBody: Sendable {
    /// Bytes that came in; the same when it was taken.
    public let size: Int
    private let content: Mutex<ByteBuffer?>

    /// A body of these bytes.
    public init(_ bytes: ByteBuffer) {
        size = bytes.readableBytes
        content = Mutex(bytes)
    }

    /// The bytes, which stay; empty when they were taken.
    public var bytes: ByteBuffer { content.withLock(\.self) ?? ByteBuffer() }

    /// Takes the bytes out; empty when they were taken before.
    public func take() -> ByteBuffer { content.withLock { $0.take() } ?? ByteBuffer() }
}
