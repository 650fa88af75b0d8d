import NIOCore
import Testing
import WeirModel
import WeirTestTools

@testable import WeirWire

@Suite struct EventStreamTests {
    /// Messages as bytes in hexadecimal, computed by another implementation of the format.
    @Test(
        arguments: [
            (EventStreamMessage(headers: []), "000000100000000005c248eb7d98c8ff"),
            (
                EventStreamMessage(headers: [], payload: ByteBuffer(string: "{'foo':'bar'}")),
                "0000001d00000000fd528c5a7b27666f6f273a27626172277dc3653936"
            ),
            (
                EventStreamMessage(
                    headers: [EventStreamHeader("content-type", "application/json")],
                    payload: ByteBuffer(string: "{'foo':'bar'}")
                ),
                """
                0000003d0000002007fd83960c636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e\
                7b27666f6f273a27626172277d8d9c08b1
                """
            ),
        ] as [(EventStreamMessage, String)]
    )
    func knownMessages(message: EventStreamMessage, hexadecimal: String) throws {
        let bytes = message.bytes
        #expect(bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() == hexadecimal)
        #expect(try messages(in: [bytes]) == [message])
    }

    private static let every = EventStreamMessage(
        headers: [
            EventStreamHeader("a", .bool(true)), EventStreamHeader("b", .bool(false)),
            EventStreamHeader("c", .byte(-128)), EventStreamHeader("d", .short(.min)),
            EventStreamHeader("e", .integer(.max)), EventStreamHeader("f", .long(.min)),
            EventStreamHeader("g", .bytes(ByteBuffer(bytes: [0, 255]))), EventStreamHeader("é", .string("ß")),
            EventStreamHeader("i", .timestamp(1_700_000_000_123)),
            EventStreamHeader("j", .uuid(ByteBuffer(bytes: Array(1...16)))),
            EventStreamHeader(String(repeating: "n", count: 255), ""),
        ],
        payload: ByteBuffer(repeating: 7, count: 1000)
    )

    @Test func everyKindOfHeaderComesBack() throws {
        let read = try messages(in: [Self.every.bytes])
        #expect(read == [Self.every])
        #expect(read.first?.text("é") == "ß")
        #expect(read.first?.text("a") == nil)
        #expect(read.first?.text("absent") == nil)
    }

    @Test(arguments: [1, 2, 3, 7, 11, 12, 13, 100, 5000]) func piecesOfAnySizeAreRead(size: Int) throws {
        let all = [Self.every, EventStreamMessage(headers: []), Self.every]
        let bytes = all.flatMap(\.bytes)
        let pieces = stride(from: 0, to: bytes.count, by: size).map {
            Array(bytes[$0..<min($0 + size, bytes.count)])
        }
        #expect(try messages(in: pieces) == all)
    }

    @Test func aMessageIsWrittenBehindOthers() throws {
        var body = ByteBuffer(string: "before")
        body.moveReaderIndex(forwardBy: 6)
        body.writeEventStreamMessage(headers: [EventStreamHeader("a", "b")]) { $0.writeString("c") }
        #expect(try messages(in: [Array(buffer: body)]).first?.payload == ByteBuffer(string: "c"))
    }

    @Test func everyDamagedByteIsNoticed() throws {
        let bytes = Self.every.bytes
        for place in bytes.indices {
            var damaged = bytes
            damaged[place] ^= 1 << UInt8(place % 8)
            let error = #expect(throws: EventStreamError.self) { try messages(in: [damaged]) }
            #expect(error == (place < 12 ? .preludeChecksumMismatch : .checksumMismatch))
        }
    }

    @Test func aBodyThatEndsTooEarlyIsNoticed() throws {
        let bytes = Self.every.bytes
        for count in 1..<bytes.count {
            #expect(throws: EventStreamError.truncated) { try messages(in: [Array(bytes[..<count])]) }
        }
    }

    @Test func aMessageOfTheLimitIsTakenAndOneMoreByteIsNot() throws {
        func message(_ size: Int) -> EventStreamMessage {
            EventStreamMessage(headers: [], payload: ByteBuffer(repeating: 0, count: size - 16))
        }
        #expect(try messages(in: [message(100).bytes], limit: 100).count == 1)
        // The first twelve bytes are enough to refuse it.
        var decoder = EventStreamDecoder(maximumMessageSize: 100)
        decoder.append(ByteBuffer(bytes: message(101).bytes.prefix(12)))
        #expect(throws: EventStreamError.tooLong(101)) { try decoder.next() }
    }

    @Test func headersOfTheLimitAreTakenAndOneMoreByteIsNot() throws {
        func headers(_ size: Int) -> [UInt8] {
            // A header of text has five bytes beside the text, and the text no more than 65,535.
            var rest = size
            var headers: [EventStreamHeader] = []
            while rest > 0 {
                let length = min(rest - 5, 60_000)
                headers.append(EventStreamHeader("n", String(repeating: "x", count: length)))
                rest -= length + 5
            }
            return EventStreamMessage(headers: headers).bytes
        }
        let limit = Limits.maximumEventStreamHeaderSizeInBytes
        #expect(try messages(in: [headers(limit)]).count == 1)
        #expect(throws: EventStreamError.tooLong(limit + 1)) { try messages(in: [headers(limit + 1)]) }
    }

    /// Lengths with a right checksum that contradict each other, and headers that end in the middle.
    @Test(
        arguments: [
            (size: 15, headers: 0, EventStreamError.malformedLengths), (16, 1, .malformedLengths),
            (0, 0, .malformedLengths), (UInt32.max, UInt32.max, .malformedLengths), (.max, 0, .tooLong(4_294_967_295)),
        ] as [(size: UInt32, headers: UInt32, EventStreamError)]
    )
    func lengthsMustFit(size: UInt32, headers: UInt32, error: EventStreamError) {
        var body = ByteBuffer()
        body.writeMultipleIntegers(size, headers)
        body.writeInteger(body.checksum(at: 0, length: 8))
        body.writeRepeatingByte(0, count: 20)
        #expect(throws: error) { try messages(in: [Array(buffer: body)]) }
    }

    @Test(
        arguments: [
            [0], [1], [1, 0x61], [1, 0x61, 10], [1, 0x61, 7, 0], [1, 0x61, 7, 0, 2, 0x62], [1, 0x61, 4, 0, 0, 0],
            [1, 0x61, 9, 1, 2, 3], [1, 0xFF, 0], [1, 0x61, 7, 0, 1, 0xFF], [3, 0x61, 0],
        ] as [[UInt8]]
    )
    func malformedHeadersAreRefused(headers: [UInt8]) {
        var body = ByteBuffer()
        body.writeMultipleIntegers(UInt32(16 + headers.count), UInt32(headers.count))
        body.writeInteger(body.checksum(at: 0, length: 8))
        body.writeBytes(headers)
        body.writeInteger(body.checksum(at: 0, length: body.readableBytes))
        #expect(throws: EventStreamError.malformedHeaders) { try messages(in: [Array(buffer: body)]) }
    }

    @Test func randomBytesNeverDoMoreThanThrow() {
        var generator = SeededGenerator(seed: 31)
        for _ in 0..<2000 {
            var decoder = EventStreamDecoder(maximumMessageSize: 1 << 16)
            decoder.append(ByteBuffer(bytes: generator.bytes(Int.random(in: 12...80, using: &generator))))
            #expect(throws: EventStreamError.self) { try decoder.next() }
        }
        // With right checksums the readers behind them see the bytes.
        for _ in 0..<5000 {
            let headers = generator.bytes(Int.random(in: 0...40, using: &generator))
            var body = ByteBuffer()
            body.writeMultipleIntegers(UInt32(16 + headers.count), UInt32(headers.count))
            body.writeInteger(body.checksum(at: 0, length: 8))
            body.writeBytes(headers)
            body.writeInteger(body.checksum(at: 0, length: body.readableBytes))
            var decoder = EventStreamDecoder()
            decoder.append(body)
            _ = try? decoder.next()
        }
    }

    private func messages(in pieces: [[UInt8]], limit: Int? = nil) throws -> [EventStreamMessage] {
        var decoder = limit.map { EventStreamDecoder(maximumMessageSize: $0) } ?? EventStreamDecoder()
        var messages: [EventStreamMessage] = []
        for piece in pieces {
            decoder.append(ByteBuffer(bytes: piece))
            while let message = try decoder.next() { messages.append(message) }
        }
        try decoder.finish()
        return messages
    }
}

extension EventStreamMessage {
    fileprivate var bytes: [UInt8] {
        var body = ByteBuffer()
        body.writeEventStreamMessage(headers: headers) { $0.writeImmutableBuffer(payload) }
        return Array(buffer: body)
    }
}

@Suite struct SubscriptionMessageTests {
    private static let event = SubscribeToShardEvent(
        records: [
            Record(
                sequenceNumber: "1",
                approximateArrivalTimestamp: Timestamp(millisecondsSinceEpoch: 1_700_000_000_123),
                data: ByteBuffer(bytes: [0, 255]),
                partitionKey: "é"
            )
        ],
        continuationSequenceNumber: "2",
        millisBehindLatest: 3
    )

    @Test(arguments: [WireFormat.json, .cbor]) func everyMessageComesBack(format: WireFormat) throws {
        guard case .initialResponse? = try sent(.initialResponse, format).0 else {
            Issue.record("No initial response.")
            return
        }
        let (read, headers) = try sent(.event(Self.event), format)
        guard case .event(let event)? = read else {
            Issue.record("No event.")
            return
        }
        #expect(event == Self.event)
        let contentType = format == .json ? "application/x-amz-json-1.1" : "application/x-amz-cbor-1.1"
        #expect(
            headers == [
                EventStreamHeader(":event-type", "SubscribeToShardEvent"),
                EventStreamHeader(":content-type", contentType), EventStreamHeader(":message-type", "event"),
            ]
        )
        let (end, endHeaders) = try sent(.exception(ServiceError(.resourceInUse, "taken")), format)
        guard case .exception(let error)? = end else {
            Issue.record("No exception.")
            return
        }
        #expect(error.code == .resourceInUse)
        #expect(error.message == "taken")
        #expect(endHeaders.first == EventStreamHeader(":exception-type", "ResourceInUseException"))
        #expect(endHeaders.last == EventStreamHeader(":message-type", "exception"))
    }

    @Test func anErrorInTheHeadersIsRead() throws {
        let message = EventStreamMessage(headers: [
            EventStreamHeader(":message-type", "error"), EventStreamHeader(":error-code", "InternalFailure"),
            EventStreamHeader(":error-message", "broken"),
        ])
        guard case .exception(let error)? = try SubscriptionMessage(message, format: .json) else {
            Issue.record("No exception.")
            return
        }
        #expect(error.code == .internalFailure)
        #expect(error.message == "broken")
    }

    @Test func whatIsNotKnownIsPassedOver() throws {
        for headers in [[], [EventStreamHeader(":message-type", "event"), EventStreamHeader(":event-type", "New")]] {
            #expect(try SubscriptionMessage(EventStreamMessage(headers: headers), format: .json) == nil)
        }
    }

    @Test func aMalformedEventIsRefused() {
        let message = EventStreamMessage(
            headers: [
                EventStreamHeader(":message-type", "event"), EventStreamHeader(":event-type", "SubscribeToShardEvent"),
            ],
            payload: ByteBuffer(string: #"{"Records":[]}"#)
        )
        #expect(throws: ServiceError.self) { try SubscriptionMessage(message, format: .json) }
    }

    private func sent(
        _ message: SubscriptionMessage,
        _ format: WireFormat
    ) throws -> (SubscriptionMessage?, [EventStreamHeader]) {
        var body = ByteBuffer()
        message.write(to: &body, format: format)
        var decoder = EventStreamDecoder()
        decoder.append(body)
        let read = try #require(try decoder.next())
        try decoder.finish()
        return (try SubscriptionMessage(read, format: format), read.headers)
    }
}
