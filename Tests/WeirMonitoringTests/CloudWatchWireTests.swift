import NIOCore
import Testing
import WeirModel
import WeirWire

@testable import WeirMonitoring

/// The three forms of a call and of its answer.
@Suite struct CloudWatchWireTests {
    private let harness = CloudWatchHarness()

    private static let form = """
        Action=PutMetricData&Version=2010-08-01&Namespace=my+app%2Fx&MetricData.member.1.MetricName=m\
        &MetricData.member.1.Dimensions.member.2.Name=b&MetricData.member.1.Dimensions.member.2.Value=%E2%82%AC%20\
        &MetricData.member.1.Dimensions.member.1.Name=a&MetricData.member.1.Dimensions.member.1.Value=1\
        &MetricData.member.1.Value=2.5&MetricData.member.1.Timestamp=2027-01-15T08:00:00.123Z\
        &MetricData.member.10.MetricName=ten&MetricData.member.10.Value=10\
        &MetricData.member.2.MetricName=two&MetricData.member.2.Values.member.1=1&MetricData.member.2.Values.member.2=3\
        &MetricData.member.2.Counts.member.1=2&MetricData.member.2.Counts.member.2=1
        """

    @Test func aFormIsATree() throws {
        let form = try QueryForm([Array(Self.form.utf8)])
        #expect(form.text("Namespace") == "my app/x")
        let input = try PutMetricDataReader(form: .query).read(form.parameters)
        #expect(input.nameSpace == "my app/x")
        #expect(input.data.map(\.metricName) == ["m", "two", "ten"])
        #expect(input.data[0].dimensions.map(\.name) == ["a", "b"])
        #expect(input.data[0].dimensions.map(\.value) == ["1", "€ "])
        #expect(input.data[0].timestamp == 1_800_000_000_123)
        #expect(input.data[1].values == [1, 3])
        #expect(input.data[1].counts == [2, 1])
    }

    @Test func entitiesOfAFormAreMaps() throws {
        let text = """
            EntityMetricData.member.1.Entity.KeyAttributes.entry.1.key=Type\
            &EntityMetricData.member.1.Entity.KeyAttributes.entry.1.value=Service&StrictEntityValidation=true\
            &EntityMetricData.member.1.MetricData.member.1.MetricName=m
            """
        let input = try PutMetricDataReader(form: .query).read(QueryForm([Array(text.utf8)]).parameters)
        #expect(input.groups.first?.entity?.keyAttributes == ["Type": "Service"])
        #expect(input.groups.first?.data.first?.metricName == "m")
        #expect(input.isStrict == true)
    }

    @Test func parametersMayStandInTheAddressAndInTheBody() {
        let call = CloudWatchCall.form(
            query: "Action=PutMetricData&Version=2010-08-01",
            body: ByteBuffer(string: "Namespace=n&MetricData.member.1.MetricName=m&MetricData.member.1.Value=4")
        )
        #expect(harness.refusal(call) == nil)
        #expect(harness.samples.first == #"cloudwatch_metric_sum{region="r",namespace="n",metric="m",unit="None"} 4"#)
    }

    @Test(arguments: ["a=%", "a=%4", "a=%zz", "a=%ff", "%C3=1", "a.b.c.d.e.f.g.h.i.j.k.l.m=1"])
    func aFormThatIsNotWellFormedIsRefused(text: String) {
        #expect(throws: ServiceError.self) { try QueryForm([Array(text.utf8)]) }
    }

    @Test func aFormHasSoManyParametersAtMost() throws {
        func form(_ count: Int) -> [UInt8] { Array(String(repeating: "a&", count: count).utf8) }
        _ = try QueryForm([form(Limits.maximumFormParameterCount)])
        #expect(throws: ServiceError.self) { try QueryForm([form(Limits.maximumFormParameterCount + 1)]) }
    }

    @Test func theNamesOfAFormHaveSoManyPartsAtMost() throws {
        // Each parameter has ten parts of its own.
        func form(_ count: Int, more: String = "") -> [UInt8] {
            Array(((0..<count).map { "a\($0).b.b.b.b.b.b.b.b.b" } + [more]).joined(separator: "&").utf8)
        }
        let count = Limits.maximumFormNodeCount / 10
        _ = try QueryForm([form(count)])
        let refusal = #expect(throws: ServiceError.self) { try QueryForm([form(count, more: "c")]) }
        #expect(refusal?.message == "The parameters have too many parts.")
    }

    @Test func theLargestCallThereMayBeIsReadAsAForm() throws {
        var parameters: [String] = []
        for datum in 1...Limits.maximumMetricDataCount {
            let path = "MetricData.member.\(datum)"
            for name in ["MetricName", "Timestamp", "Unit", "StorageResolution"] {
                parameters.append("\(path).\(name)=1")
            }
            for name in ["SampleCount", "Sum", "Minimum", "Maximum"] {
                parameters.append("\(path).StatisticValues.\(name)=1")
            }
            for number in 1...Limits.maximumDimensionCount {
                parameters.append("\(path).Dimensions.member.\(number).Name=n")
                parameters.append("\(path).Dimensions.member.\(number).Value=v")
            }
            for number in 1...Limits.maximumMetricValueCount {
                parameters.append("\(path).Values.member.\(number)=1")
                parameters.append("\(path).Counts.member.\(number)=1")
            }
        }
        let form = try QueryForm([Array(parameters.joined(separator: "&").utf8)])
        guard case .array(let data)? = form.parameters["MetricData"] else {
            Issue.record("no list of data")
            return
        }
        #expect(data.count == Limits.maximumMetricDataCount)
    }

    @Test(arguments: [
        ("Action=PutMetricData", "Could not find operation PutMetricData for version NO_VERSION_SPECIFIED"),
        ("Action=PutMetricData&Version=2009-05-15", "Could not find operation PutMetricData for version 2009-05-15"),
        ("Action=ListMetrics&Version=2010-08-01", "Could not find operation ListMetrics for version 2010-08-01"),
    ])
    func anActionThatThereIsNotIsInvalid(form: String, message: String) throws {
        let error = try #require(harness.refusal(.form(query: form, body: ByteBuffer())))
        #expect(error.code == .invalidAction)
        #expect(error.message == message)
        #expect(CloudWatchService.isUnknownAction(error))
        let missing = try #require(harness.refusal(.form(query: "", body: ByteBuffer())))
        #expect(missing.code == .missingAction)
        #expect(harness.refusal(.json("ListMetrics", body: ByteBuffer()))?.code == .unknownOperation)
        #expect(harness.refusal(.rpc("ListMetrics", body: ByteBuffer()))?.code == .unknownOperation)
    }

    private func cbor(_ value: WireValue) -> ByteBuffer {
        var body = ByteBuffer()
        value.writeCBOR(to: &body)
        return body
    }

    @Test func cborHasSecondsWhereKinesisHasMilliseconds() {
        func call(_ time: WireValue) -> CloudWatchCall {
            let datum = WireValue.map(["MetricName": .string("m"), "Value": .integer(3), "Timestamp": time])
            return .rpc(
                "PutMetricData",
                body: cbor(.map(["Namespace": .string("n"), "MetricData": .array([datum])]))
            )
        }
        // The writer, too, puts a number under tag 1.
        #expect(harness.refusal(call(.timestamp(Timestamp(millisecondsSinceEpoch: 1_800_000_000)))) == nil)
        #expect(harness.refusal(call(.timestamp(Timestamp(millisecondsSinceEpoch: 1_800_000_000_000)))) != nil)
        #expect(harness.refusal(call(.double(1_800_000_000.5))) == nil)
        #expect(harness.samples.first?.hasSuffix(" 6") == true)
    }

    @Test(arguments: [
        "[]", "null", "{", #"{"Namespace":1}"#, #"{"MetricData":{}}"#, #"{"MetricData":[1]}"#,
        #"{"MetricData":[{"Value":"1"}]}"#, #"{"MetricData":[{"Timestamp":"x"}]}"#,
    ])
    func whatHasAWrongTypeIsRefused(body: String) {
        #expect(harness.refusal(body)?.code == .serialization)
    }

    // MARK: Answers

    @Test func aQueryIsAnsweredInXML() {
        let success = CloudWatchForm.query.success("PutMetricData", requestID: "id")
        #expect(success.status == 200)
        #expect(success.contentType == "text/xml")
        #expect(
            String(buffer: success.body) == """
                <PutMetricDataResponse xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/">
                  <ResponseMetadata>
                    <RequestId>id</RequestId>
                  </ResponseMetadata>
                </PutMetricDataResponse>

                """
        )
        let failure = CloudWatchForm.query.failure(ServiceError(.invalidParameterValue, "<a> & \u{1}"), requestID: "id")
        #expect(failure.status == 400)
        #expect(
            String(buffer: failure.body) == """
                <ErrorResponse xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/">
                  <Error>
                    <Type>Sender</Type>
                    <Code>InvalidParameterValue</Code>
                    <Message>&lt;a&gt; &amp; ?</Message>
                  </Error>
                  <RequestId>id</RequestId>
                </ErrorResponse>

                """
        )
        let denied = CloudWatchForm.query.failure(ServiceError(.accessDenied, "No."), requestID: "id")
        #expect(denied.status == 403)
        #expect(String(buffer: denied.body).contains("<Code>AccessDenied</Code>"))
    }

    @Test func anRPCIsAnsweredInCBOR() throws {
        let success = CloudWatchForm.rpc.success("PutMetricData", requestID: "id", entityFault: .invalidEntity)
        #expect(success.contentType == nil)
        #expect(success.body.readableBytes == 0)
        #expect(success.headers.map(\.name) == ["smithy-protocol", "x-amzn-failure-message"])
        #expect(success.headers.map(\.value) == ["rpc-v2-cbor", "InvalidEntity"])
        let failure = CloudWatchForm.rpc.failure(ServiceError(.missingRequiredParameter, "M"), requestID: "id")
        #expect(failure.contentType == "application/cbor")
        #expect(failure.headers.map(\.name) == ["smithy-protocol", "x-amzn-query-error"])
        #expect(failure.headers.last?.value == "MissingParameter;Sender")
        #expect(
            try WireValue(cbor: failure.body)
                == .map([
                    "__type": .string("com.amazonaws.cloudwatch#MissingRequiredParameterException"),
                    "message": .string("M"),
                ])
        )
    }

    @Test func jsonIsAnsweredInJSON() {
        let success = CloudWatchForm.json.success("PutMetricData", requestID: "id")
        #expect(success.contentType == "application/x-amz-json-1.0")
        #expect(String(buffer: success.body) == "{}")
        let failure = CloudWatchForm.json.failure(ServiceError(.unknownOperation, ""), requestID: "id")
        #expect(String(buffer: failure.body) == #"{"__type":"com.amazon.coral.service#UnknownOperationException"}"#)
        #expect(failure.headers.isEmpty)
    }

    @Test(
        arguments: [
            ("2027-01-15T08:00:00Z", 1_800_000_000_000), ("20270115T080000Z", 1_800_000_000_000),
            ("2027-01-15T08:00:00.5Z", 1_800_000_000_500), ("2027-01-15T08:00:00.123456Z", 1_800_000_000_123),
            ("2027-01-15T09:30:00+01:30", 1_800_000_000_000), ("2027-01-15T07:00:00-0100", 1_800_000_000_000),
            ("1970-01-01T00:00:00", 0), ("2024-02-29T00:00:00Z", 1_709_164_800_000), ("1969-12-31T23:59:59Z", -1000),
        ] as [(String, Int64)]
    )
    func timesAreRead(text: String, milliseconds: Int64) {
        #expect(ISO8601Time(text)?.milliseconds == milliseconds)
    }

    @Test(arguments: [
        "", "2027", "2027-13-01T00:00:00Z", "2027-01-15T08:00:00.Z", "2027-01-15T08:00:00X", "2027-01-15T24:00:00Z",
    ])
    func whatIsNoTimeIsNotRead(text: String) { #expect(ISO8601Time(text) == nil) }
}

/// Who may put metrics.
@Suite struct CloudWatchAccessTests {
    private struct NobodysFriend: ActionCaller {
        var arn: String { "arn" }
        func authorize(_ action: String, on resource: String, resourcePolicy: String?) throws(ServiceError) {
            throw ServiceError(.accessDenied, "\(action) on \(resource)")
        }
    }

    @Test func theCallerMustBeAllowedTo() throws {
        let harness = CloudWatchHarness()
        let body = ByteBuffer(string: #"{"Namespace":"n","MetricData":[{"MetricName":"m","Value":1}]}"#)
        let error = try #require(harness.refusal(.json("PutMetricData", body: body), caller: NobodysFriend()))
        #expect(error.message == "cloudwatch:PutMetricData on *")
        #expect(harness.samples.isEmpty)
    }
}
