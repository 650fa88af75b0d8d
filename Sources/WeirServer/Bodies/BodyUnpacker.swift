import NIOCore
import WeirBytes
import WeirModel
import WeirWire

/// Unpacks the bodies that clients have compressed (`Content-Encoding: gzip`).
///
/// A signature covers the bytes as they were sent: verify it first.
///
/// Source: https://docs.aws.amazon.com/sdkref/latest/guide/feature-compression.html
struct BodyUnpacker: Sendable {
    /// Bytes of a body that was unpacked, at most.
    let maximumBytes: Int
    /// Counts them.
    let budget: BodyBudget

    /// Bytes of a body from which it is not unpacked on the event loop: others need not wait for it.
    private static let largeBodySize = 16 << 10

    /// A body for a service.
    struct Body {
        let content: CallBody
        /// To be kept as long as the bytes are, or what was made of them.
        fileprivate let charge: BodyAllowance?
    }

    /// The body of a request for a service. Throws `serialization` when it is not of a form that is known,
    /// `requestEntityTooLarge`, and `serviceUnavailable` when the server holds too many bodies.
    func unpack(_ request: ServerRequest) async throws(ServiceError) -> Body {
        // Nearly no request has the header; looking for the first one makes nothing.
        guard request.headers.first(name: "content-encoding") != nil else {
            return Body(content: request.body, charge: nil)
        }
        let encodings = request.headers["content-encoding"].flatMap { $0.split(separator: ",") }
            .map { $0.trimmingSpaces.lowercased() }.filter { !$0.isEmpty && $0 != "identity" }
        guard let encoding = encodings.first else { return Body(content: request.body, charge: nil) }
        guard encodings.count == 1, encoding == "gzip" || encoding == "x-gzip" else {
            let named = encodings.joined(separator: ", ")
            throw ServiceError(
                .serialization,
                "The Content-Encoding '\(named)' is not supported; a body may be sent as it is, or with gzip."
            )
        }
        let bytes: ByteBuffer
        if request.body.size < Self.largeBodySize {
            bytes = try decompress(request.body.take())
        } else {
            bytes = try await withTaskExecutorPreference(globalConcurrentExecutor) { () async throws(ServiceError) in
                try decompress(request.body.take())
            }
        }
        return Body(content: CallBody(bytes), charge: budget.charge(bytes: bytes.readableBytes))
    }

    /// Unpacks a body; a small one, packed and unpacked, also when the server holds too many bodies.
    private func decompress(_ packed: ByteBuffer) throws(ServiceError) -> ByteBuffer {
        let isFull = budget.isFull
        let maximum = isFull ? min(maximumBytes, Limits.uncountedBodySizeInBytes) : maximumBytes
        guard !isFull || packed.readableBytes <= Limits.uncountedBodySizeInBytes else { throw .tooManyBodies }
        do throws(GzipError) {
            return try Gzip.decompress(packed, maximumBytes: maximum)
        } catch {
            if case .tooLarge = error, maximum < maximumBytes { throw .tooManyBodies }
            throw refusal(error)
        }
    }

    private func refusal(_ error: GzipError) -> ServiceError {
        switch error {
        case .malformed: ServiceError(.serialization, "The body of the request is not what gzip makes.")
        case .outOfMemory: .tooManyBodies
        case .tooLarge:
            ServiceError(
                .requestEntityTooLarge,
                RequestRefusal.bodyTooLarge(maximumBytes: maximumBytes).message
            )
        }
    }
}

extension ServiceError {
    fileprivate static var tooManyBodies: ServiceError {
        ServiceError(.serviceUnavailable, RequestRefusal.overloaded.message)
    }
}

extension Substring {
    fileprivate var trimmingSpaces: Substring {
        let start = drop { $0 == " " || $0 == "\t" }
        return start.lastIndex { $0 != " " && $0 != "\t" }.map { start[...$0] } ?? ""
    }
}
