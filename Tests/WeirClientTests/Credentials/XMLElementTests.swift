import NIOCore
import Testing
import WeirModel

@testable import WeirClient

@Suite struct XMLElementTests {
    @Test func readsElementsTextAndReferences() throws {
        let document = """
            <?xml version="1.0" encoding="UTF-8"?>
            <!-- a > b -->
            <a:Answer xmlns:a="https://example.com/"><Empty/><B id="1">x &lt;&#65;&#x42;&amp;&quot;</B><B>2</B>
            <C><D>deep</D></C></a:Answer>
            """
        let root = try XMLElement(ByteBuffer(string: document))
        #expect(root.name == "Answer")
        #expect(root.children.map(\.name) == ["Empty", "B", "B", "C"])
        #expect(root["B"]?.text == "x <AB&\"")
        #expect(root["C"]?["D"]?.text == "deep")
        #expect(root["Empty"]?.text == "")
        #expect(root["E"] == nil)
    }

    @Test(arguments: [
        "", "text", "<a>", "<a></b>", "<a", "</a>", "<a>&unknown;</a>", "<a>&lt</a>", "<!-- <a></a>", "<a>&#xD800;</a>",
        "< ></ >", "{}",
    ]) func refusesWhatIsNone(text: String) {
        let error = #expect(throws: ServiceError.self) { try XMLElement(ByteBuffer(string: text)) }
        #expect(error?.code == .malformedResponse)
    }

    @Test func depthIsBounded() throws {
        func nested(_ depth: Int) -> ByteBuffer {
            ByteBuffer(string: String(repeating: "<a>", count: depth) + String(repeating: "</a>", count: depth))
        }
        #expect(try XMLElement(nested(32)).name == "a")
        #expect(throws: ServiceError.self) { try XMLElement(nested(33)) }
    }
}
