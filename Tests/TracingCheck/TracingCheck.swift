import InMemoryTracing
import Tracing
import WeirTracing

/// Checks what `WeirTracing` makes of a tracer, in a build with the trait: WEIR_TRACING=1 swift run --traits Tracing
/// weir-tracing-check. Small, so that `make test` can build it a second time.
@main
struct TracingCheck {
    struct Refusal: Error {}

    static func main() async throws {
        let tracer = InMemoryTracer()
        InstrumentationSystem.bootstrap(tracer)
        var (checks, failures) = (0, 0)
        func check(_ what: String, _ holds: Bool) {
            checks += 1
            if !holds {
                print("failed: \(what)")
                failures += 1
            }
        }
        check("spans are made", isTracing)
        let result = await traced("process s", .consumer, [("messaging.batch.message_count", .number(3))]) { span in
            span.set("messaging.destination.partition.id", .text("shardId-000000000000"))
            withSpan("the handler's own") { _ in }
            return 7
        }
        check("the result is given", result == 7)
        do throws(Refusal) {
            try await traced("send s", .producer, []) { _ throws(Refusal) in throw Refusal() }
            check("the error is thrown", false)
        } catch {}
        let spans = tracer.finishedSpans
        check("each span has ended", tracer.activeSpans.isEmpty && spans.count == 3)
        let (own, process, send) = (spans[0], spans[1], spans[2])
        check("the names", [own, process, send].map(\.operationName) == ["the handler's own", "process s", "send s"])
        check("the kinds", process.kind == .consumer && send.kind == .producer)
        check("what is begun inside is a child", own.parentSpanID == process.spanID && own.traceID == process.traceID)
        check("a root has no parent", process.parentSpanID == nil && send.traceID != process.traceID)
        check("a number", process.attributes.get("messaging.batch.message_count") == .int64(3))
        let shard = process.attributes.get("messaging.destination.partition.id")
        check("an attribute that was set later", shard == .string("shardId-000000000000"))
        check("no error", process.errors.isEmpty && process.status == nil)
        check("the error", send.errors.map { $0.error is Refusal } == [true] && send.status?.code == .error)
        print("\(checks - failures) passed, \(failures) failed")
        if failures > 0 { throw Refusal() }
    }
}
