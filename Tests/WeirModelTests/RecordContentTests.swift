import NIOCore
import Testing
import WeirModel

@Suite struct RecordContentTests {
    private func keyBytes(_ content: RecordContent) -> [UInt8] { content.withPartitionKeyBytes { Array($0) } }

    /// A buffer whose readable bytes are the text, and do not begin at the begin of its memory.
    private func buffer(_ text: String) -> ByteBuffer {
        var buffer = ByteBuffer(string: "before" + text)
        buffer.moveReaderIndex(forwardBy: 6)
        return buffer
    }

    /// The key before the data, behind it, and given as a text.
    private var same: [RecordContent] {
        [
            RecordContent(in: buffer("-ké--data"), data: 6..<10, partitionKey: 1..<4),
            RecordContent(in: buffer("dataké"), data: 0..<4, partitionKey: 4..<7),
            RecordContent(data: buffer("data"), partitionKey: "ké"),
        ]
    }

    @Test func theSameContentIsEqualWhereverItLies() {
        for content in same {
            #expect(content.data == ByteBuffer(string: "data") && content.partitionKey == "ké")
            #expect(content.dataSize == 4 && content.partitionKeySize == 3 && content.size == 7)
            #expect(keyBytes(content) == Array("ké".utf8))
            #expect(content.withDataBytes { Array($0) } == Array("data".utf8))
            for other in same { #expect(content == other && content.hashValue == other.hashValue) }
        }
    }

    @Test func whatIsAbsentIsNotEmpty() {
        for content in [RecordContent(), RecordContent(in: buffer("x"), data: nil, partitionKey: nil)] {
            #expect(content.data == nil && content.partitionKey == nil)
            #expect(content.dataSize == nil && content.partitionKeySize == nil && content.size == 0)
            #expect(keyBytes(content).isEmpty && content.withDataBytes { $0.isEmpty })
        }
        let empty = [
            RecordContent(data: ByteBuffer(), partitionKey: ""),
            RecordContent(in: buffer("x"), data: 0..<0, partitionKey: 1..<1),
        ]
        for content in empty {
            #expect(content.data == ByteBuffer() && content.partitionKey == "" && content.size == 0)
            #expect(keyBytes(content).isEmpty && content.withDataBytes { $0.isEmpty })
            #expect(content != RecordContent() && content != RecordContent(data: ByteBuffer()))
        }
        #expect(empty[0] == empty[1])
    }

    @Test func toSetOneLeavesTheOther() {
        for content in same {
            var changed = content
            changed.data = ByteBuffer(string: "other")
            #expect(changed == RecordContent(data: ByteBuffer(string: "other"), partitionKey: "ké"))
            changed = content
            changed.data = nil
            #expect(changed == RecordContent(partitionKey: "ké") && changed.size == 3)
            changed = content
            changed.partitionKey = "k"
            #expect(changed == RecordContent(data: ByteBuffer(string: "data"), partitionKey: "k"))
            #expect(changed.size == 5 && keyBytes(changed) == [0x6B])
            changed.partitionKey = nil
            #expect(changed == RecordContent(data: ByteBuffer(string: "data")))
            changed.data?.writeString("+")
            #expect(changed.data == ByteBuffer(string: "data+") && content.data == ByteBuffer(string: "data"))
        }
    }
}
