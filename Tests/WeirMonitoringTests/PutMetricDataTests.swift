import NIOCore
import Testing
import WeirModel

@testable import WeirMonitoring

/// What PutMetricData takes, and what it refuses in which words.
@Suite struct PutMetricDataTests {
    private let harness = CloudWatchHarness()

    private func refusal(datum: String) -> ServiceError? {
        harness.refusal(#"{"Namespace":"n","MetricData":[\#(datum)]}"#)
    }

    @Test func valuesOfEachKindAreAddedUp() {
        let input = #"""
            {"Namespace":"app/x","MetricData":[
                {"MetricName":"m","Value":2.5,"Unit":"Count"},
                {"MetricName":"m","Unit":"Count","StatisticValues":{"SampleCount":4,"Sum":10,"Minimum":-1,"Maximum":6}},
                {"MetricName":"m","Unit":"Count","Values":[1,3],"Counts":[2,5],"StorageResolution":1},
                {"MetricName":"m","Unit":"Count","Values":[7],"Timestamp":1800000000.25},
                {"MetricName":"m","Value":1,"Dimensions":[{"Name":"b","Value":"2"},{"Name":"a","Value":"1"}]}
            ]}
            """#
        #expect(harness.refusal(input) == nil)
        let own = #"region="r",namespace="app/x",metric="m""#
        #expect(
            harness.samples == [
                #"cloudwatch_metric_sum{\#(own),unit="Count"} 36.5"#,
                #"cloudwatch_metric_count{\#(own),unit="Count"} 13"#,
                #"cloudwatch_metric_sum{\#(own),unit="None",dim_a="1",dim_b="2"} 1"#,
                #"cloudwatch_metric_count{\#(own),unit="None",dim_a="1",dim_b="2"} 1"#,
                #"cloudwatch_metric_minimum{\#(own),unit="Count"} -1"#,
                #"cloudwatch_metric_minimum{\#(own),unit="None",dim_a="1",dim_b="2"} 1"#,
                #"cloudwatch_metric_maximum{\#(own),unit="Count"} 7"#,
                #"cloudwatch_metric_maximum{\#(own),unit="None",dim_a="1",dim_b="2"} 1"#,
            ]
        )
    }

    @Test(arguments: [
        (#"{"MetricData":[{"MetricName":"m","Value":1}]}"#, "Missing", "The parameter Namespace is required."),
        (#"{"Namespace":"n"}"#, "Missing", "The parameter MetricData is required."),
        (#"{"Namespace":"n","MetricData":[]}"#, "Missing", "The parameter MetricData is required."),
        (
            #"{"Namespace":"AWS/Kinesis","MetricData":[{"MetricName":"m","Value":1}]}"#, "Value",
            "The value AWS/ for parameter Namespace is invalid."
        ),
        (
            #"{"Namespace":":n","MetricData":[{"MetricName":"m","Value":1}]}"#, "Value",
            "The value :n for parameter Namespace is invalid."
        ),
    ])
    func theCallIsChecked(input: String, kind: String, message: String) throws {
        let error = try #require(harness.refusal(input))
        #expect(error.code.rawValue.contains(kind))
        #expect(error.message == message)
    }

    private static let path = "MetricData.member.1"

    @Test(arguments: [
        (#"{"Value":1}"#, "The parameter \(path).MetricName is required."),
        (#"{"MetricName":"","Value":1}"#, "The parameter \(path).MetricName is required."),
        (#"{"MetricName":"é","Value":1}"#, "The parameter \(path).MetricName contains non-ASCII characters."),
        (
            #"{"MetricName":"m"}"#,
            "At least one of the parameters \(path).Value and \(path).StatisticValues must be specified."
        ),
        (
            #"{"MetricName":"m","Value":1,"Values":[1]}"#,
            "The parameters \(path).Value and \(path).Values are mutually exclusive and you have specified both."
        ),
        (
            #"{"MetricName":"m","Value":1,"StatisticValues":{}}"#,
            "The parameters \(path).Value and \(path).StatisticValues are mutually exclusive and you have specified both."
        ),
        (
            #"{"MetricName":"m","Values":[1,2],"Counts":[1]}"#,
            "The parameters \(path).Values and \(path).Counts must be of the same size."
        ),
        (#"{"MetricName":"m","Value":"NaN"}"#, "The value NaN for parameter \(path).Value is invalid."),
        (#"{"MetricName":"m","Value":"-Infinity"}"#, "The value -∞ for parameter \(path).Value is invalid."),
        (#"{"MetricName":"m","Values":[1e200]}"#, "The value 1e+200 for parameter \(path).Values.member.1 is invalid."),
        (#"{"MetricName":"m","Value":1e-200}"#, "The value 1e-200 for parameter \(path).Value is invalid."),
        (
            #"{"MetricName":"m","Values":[1],"Counts":[-1]}"#,
            "The value -1.0 for parameter \(path).Counts.member.1 is invalid."
        ),
        (
            #"{"MetricName":"m","StatisticValues":{"Sum":1,"SampleCount":1}}"#,
            """
            The parameter \(path).StatisticValues.Maximum is required.
            The parameter \(path).StatisticValues.Minimum is required.
            """
        ),
        (
            #"{"MetricName":"m","StatisticValues":{"Sum":1,"SampleCount":1,"Minimum":2,"Maximum":1}}"#,
            "The parameter \(path).StatisticValues.Maximum must be greater than \(path).StatisticValues.Minimum."
        ),
        (
            #"{"MetricName":"m","StatisticValues":{"Sum":1,"SampleCount":0,"Minimum":1,"Maximum":1}}"#,
            "The parameter \(path).StatisticValues.SampleCount must not equal 0."
        ),
        (
            #"{"MetricName":"m","Value":1,"StorageResolution":30}"#,
            "The parameter \(path).StorageResolution must be a value in the set [ 1, 60 ]."
        ),
        (
            #"{"MetricName":"m","Value":1,"Dimensions":[{"Name":"d"}]}"#,
            "The parameter \(path).Dimensions.member.1.Value is required."
        ),
        (
            #"{"MetricName":"m","Value":1,"Dimensions":[{"Name":":d","Value":"v"}]}"#,
            "The value :d for parameter \(path).Dimensions.member.1.Name is invalid."
        ),
        (
            #"{"MetricName":"m","Value":1,"Dimensions":[{"Name":"d","Value":" "}]}"#,
            "The value   for parameter \(path).Dimensions.member.1.Value is invalid."
        ),
        (
            #"{"MetricName":"m","Value":1,"Dimensions":[{"Name":"d","Value":"1"},{"Name":"d","Value":"2"}]}"#,
            "No metric may specify the same dimension name twice."
        ),
    ])
    func aDatumIsChecked(datum: String, message: String) throws {
        let error = try #require(refusal(datum: datum))
        #expect(error.message == message)
        #expect(harness.samples.isEmpty)
    }

    @Test func aUnitIsOneOfTheSet() throws {
        let error = try #require(refusal(datum: #"{"MetricName":"m","Value":1,"Unit":"count"}"#))
        #expect(error.code == .invalidParameterValue)
        #expect(
            error.message.hasPrefix(
                "The parameter MetricData.member.1.Unit must be a value in the set [ Seconds, Micro"
            )
        )
        #expect(error.message.hasSuffix("Count/Second, None ]."))
        for unit in PutMetricDataValidator.units {
            #expect(refusal(datum: #"{"MetricName":"m","Value":1,"Unit":"\#(unit)"}"#) == nil, "\(unit)")
        }
    }

    @Test func aTimeLiesWithinTwoWeeksBeforeAndTwoHoursAfterNow() throws {
        let now = StandingTime().wallMilliseconds / 1000
        func refusal(_ difference: Int64) -> ServiceError? {
            self.refusal(datum: #"{"MetricName":"m","Value":1,"Timestamp":\#(now + difference)}"#)
        }
        #expect(refusal(-14 * 86_400) == nil)
        #expect(refusal(7200) == nil)
        let old = try #require(refusal(-14 * 86_400 - 1))
        #expect(
            old.message == "The parameter MetricData.member.1.Timestamp must specify a time within the past two weeks."
        )
        let new = try #require(refusal(7201))
        #expect(new.code == .invalidParameterValue)
    }

    // MARK: Limits

    private func data(_ count: Int) -> String {
        [String](repeating: #"{"MetricName":"m","Value":1}"#, count: count).joined(separator: ",")
    }

    @Test func aCallHasAThousandDataAtMost() throws {
        #expect(refusal(datum: data(1000)) == nil)
        let error = try #require(refusal(datum: data(1001)))
        #expect(error.message == "The collection MetricData must not have a size greater than 1000.")
        let split = harness.refusal(
            #"""
            {"Namespace":"n","StrictEntityValidation":false,"MetricData":[\#(data(500))],
             "EntityMetricData":[{"MetricData":[\#(data(501))]}]}
            """#
        )
        #expect(split?.message == error.message)
    }

    @Test func aDatumHasThirtyDimensionsAtMost() throws {
        func dimensions(_ count: Int) -> String {
            let list = (0..<count).map { #"{"Name":"d\#($0)","Value":"v"}"# }.joined(separator: ",")
            return #"{"MetricName":"m","Value":1,"Dimensions":[\#(list)]}"#
        }
        #expect(refusal(datum: dimensions(30)) == nil)
        let error = try #require(refusal(datum: dimensions(31)))
        #expect(error.message == "The collection MetricData.member.1.Dimensions must not have a size greater than 30.")
    }

    @Test func aDatumHasAHundredAndFiftyValuesAtMost() throws {
        func values(_ count: Int) -> String {
            let list = [String](repeating: "1", count: count).joined(separator: ",")
            return #"{"MetricName":"m","Values":[\#(list)]}"#
        }
        #expect(refusal(datum: values(150)) == nil)
        let error = try #require(refusal(datum: values(151)))
        #expect(error.message == "The collection MetricData.member.1.Values must not have a size greater than 150.")
    }

    @Test func namesHaveALength() throws {
        func datum(_ name: Int, _ dimension: Int, _ value: Int) -> String {
            func text(_ count: Int) -> String { String(repeating: "x", count: count) }
            return #"{"MetricName":"\#(text(name))","Value":1,"#
                + #""Dimensions":[{"Name":"\#(text(dimension))","Value":"\#(text(value))"}]}"#
        }
        #expect(refusal(datum: datum(255, 255, 1024)) == nil)
        let path = "The parameter MetricData.member.1"
        #expect(refusal(datum: datum(256, 1, 1))?.message == "\(path).MetricName must be shorter than 256 characters.")
        #expect(
            refusal(datum: datum(1, 256, 1))?.message
                == "\(path).Dimensions.member.1.Name must be shorter than 256 characters."
        )
        #expect(
            refusal(datum: datum(1, 1, 1025))?.message
                == "\(path).Dimensions.member.1.Value must be shorter than 1025 characters."
        )
        let long = String(repeating: "n", count: 256)
        let error = harness.refusal(#"{"Namespace":"\#(long)","MetricData":[\#(data(1))]}"#)
        #expect(error?.message == "The parameter Namespace must be shorter than 256 characters.")
        let fits = harness.refusal(#"{"Namespace":"\#(long.dropLast())","MetricData":[\#(data(1))]}"#)
        #expect(fits == nil)
    }

    @Test func notAllProblemsOfACallAreTold() throws {
        let wrong = [String](repeating: #"{"Value":1}"#, count: 60).joined(separator: ",")
        let error = try #require(refusal(datum: wrong))
        #expect(error.message.split(separator: "\n").count == ParameterProblems.maximumCount)
    }

    // MARK: Entities

    private func entity(_ entity: String, isStrict: Bool) throws(ServiceError) -> CloudWatchService.Outcome {
        let input = #"""
            {"Namespace":"n","StrictEntityValidation":\#(isStrict),
             "EntityMetricData":[{"Entity":\#(entity),"MetricData":[{"MetricName":"m","Value":1}]}]}
            """#
        return try harness.service.perform(
            .json("PutMetricData", body: ByteBuffer(string: input)),
            region: "r",
            caller: nil
        )
    }

    @Test(
        arguments: [
            (#"{"KeyAttributes":{"Type":"Service","Name":"a","Environment":"e"}}"#, nil),
            (#"{"KeyAttributes":{"Type":"AWS::Resource","ResourceType":"t","Identifier":"i"}}"#, nil),
            ("null", .invalidEntity), ("{}", .invalidKeyAttributes),
            (#"{"KeyAttributes":{"Type":"Service"}}"#, .invalidKeyAttributes),
            (#"{"KeyAttributes":{"Type":"Service","Colour":"red"}}"#, .invalidKeyAttributes),
            (#"{"KeyAttributes":{"Type":"Thing","Name":"a"}}"#, .invalidTypeValue),
            (#"{"KeyAttributes":{"Type":"Service","Name":"a"}}"#, .missingRequiredFields),
            (
                #"{"KeyAttributes":{"Type":"Service","Name":"a","Environment":"e"},"Attributes":{"":"x"}}"#,
                .invalidAttributes
            ),
        ] as [(String, EntityFault?)]
    )
    func anEntityIsChecked(json: String, fault: EntityFault?) throws {
        #expect(try entity(json, isStrict: false).entityFault == fault)
        #expect(harness.samples.contains { $0.hasPrefix("cloudwatch_metric_count") && $0.hasSuffix(" 1") })
        if let fault {
            let error = #expect(throws: ServiceError.self) { try entity(json, isStrict: true) }
            #expect(error?.message == fault.rawValue)
        } else {
            #expect(try entity(json, isStrict: true).entityFault == nil)
        }
    }

    @Test func entitiesNeedToKnowHowStrictToBe() {
        let input = #"{"Namespace":"n","EntityMetricData":[{"MetricData":[{"MetricName":"m","Value":1}]}]}"#
        #expect(harness.refusal(input)?.message == "The parameter StrictEntityValidation is required.")
    }

    @Test func aCallHasTwoEntitiesAtMost() throws {
        let group =
            #"{"Entity":{"KeyAttributes":{"Type":"RemoteService","Name":"a"}},"MetricData":[{"MetricName":"m","Value":1}]}"#
        func refusal(_ count: Int) -> ServiceError? {
            let groups = [String](repeating: group, count: count).joined(separator: ",")
            return harness.refusal(
                #"{"Namespace":"n","StrictEntityValidation":true,"EntityMetricData":[\#(groups)]}"#
            )
        }
        #expect(refusal(2) == nil)
        #expect(refusal(3)?.message == "EntitySizeTooLarge")
    }
}
