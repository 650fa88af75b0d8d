#if Tracing
    import Tracing
#endif

/// What a span stands for.
public enum SpanRole: Sendable {
    /// Records are put.
    case producer
    /// Records are processed.
    case consumer
    /// A service is called.
    case client
    /// Anything else.
    case internalWork
}

/// The value of an attribute of a span.
public enum SpanValue: Hashable, Sendable {
    case text(String)
    case number(Int)
}

/// A span that has begun and not ended.
public struct ActiveSpan {
    #if Tracing
        let span: any Span

        init(_ span: any Span) { self.span = span }

        /// Gives the span one more attribute.
        public func set(_ name: String, _ value: @autoclosure () -> SpanValue) {
            span.attributes.set(name, value: value().attribute)
        }
    #else
        @usableFromInline init() {}

        /// Nothing.
        @inlinable @inline(__always) public func set(_ name: String, _ value: @autoclosure () -> SpanValue) {}
    #endif
}

#if Tracing
    extension SpanValue {
        var attribute: SpanAttribute {
            switch self {
            case .text(let text): .string(text)
            case .number(let number): .int(Int64(number))
            }
        }
    }

    extension SpanRole {
        var kind: SpanKind {
            switch self {
            case .producer: .producer
            case .consumer: .consumer
            case .client: .client
            case .internalWork: .internal
            }
        }
    }
#endif
