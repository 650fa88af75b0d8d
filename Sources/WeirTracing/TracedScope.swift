#if Tracing
    import Tracing

    /// Whether spans are made: the package was built with its trait `Tracing`.
    public let isTracing = true

    /// Performs `body` in a span of the tracer that the program has bootstrapped. The span is the current one meanwhile, so that
    /// what `body` begins becomes its child, and has the error that `body` throws.
    ///
    /// Without the trait `Tracing` it performs `body`, and nothing else.
    ///
    /// - Parameters:
    ///   - name: What is done, and to what: few names in all.
    ///   - role: What the span stands for.
    ///   - attributes: What is known of it at the beginning.
    public func traced<Success, Failure: Error>(
        _ name: @autoclosure () -> String,
        _ role: SpanRole,
        _ attributes: @autoclosure () -> [(String, SpanValue)],
        isolation: isolated (any Actor)? = #isolation,
        _ body: (ActiveSpan) async throws(Failure) -> Success
    ) async throws(Failure) -> Success {
        let result: Result<Success, Failure> = await withSpan(name(), ofKind: role.kind) { span in
            span.updateAttributes { spanAttributes in
                for (name, value) in attributes() { spanAttributes.set(name, value: value.attribute) }
            }
            do throws(Failure) {
                return .success(try await body(ActiveSpan(span)))
            } catch {
                span.recordError(error)
                span.setStatus(SpanStatus(code: .error, message: "\(error)"))
                return .failure(error)
            }
        }
        return try result.get()
    }
#else
    /// Whether spans are made: the package was built with its trait `Tracing`.
    @inlinable public var isTracing: Bool { @inline(__always) get { false } }

    /// Performs `body`. With the trait `Tracing` it does so in a span.
    @inlinable @inline(__always) public func traced<Success, Failure: Error>(
        _ name: @autoclosure () -> String,
        _ role: SpanRole,
        _ attributes: @autoclosure () -> [(String, SpanValue)],
        isolation: isolated (any Actor)? = #isolation,
        _ body: (ActiveSpan) async throws(Failure) -> Success
    ) async throws(Failure) -> Success {
        try await body(ActiveSpan())
    }
#endif
