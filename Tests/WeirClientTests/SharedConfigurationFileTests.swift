import Testing
import WeirModel

@testable import WeirClient

@Suite struct SharedConfigurationFileTests {
    @Test func readsSectionsKeysCommentsAndBlocks() throws {
        let text = """
            # a comment
            ; another

            [default]
            region = eu-west-1
            output=json\t; told apart by the space
            Aws_Secret_Access_Key = a#b;c=d
            [ profile  test ] # why
            endpoint_url = http://127.0.0.1:4567
            s3 =
                max_concurrent_requests = 20
                region = inner
            region = us-east-2
            \r
            [services local]
            kinesis =
              endpoint_url = http://k
            dynamodb =
              endpoint_url = http://d
            [default]
            region = eu-west-2
            """
        let file = try SharedConfigurationFile(text: text, path: "config")
        #expect(file.sections.keys.sorted() == ["default", "profile test", "services local"])
        #expect(
            file.sections["default"]?.values == [
                "region": "eu-west-2", "output": "json", "aws_secret_access_key": "a#b;c=d",
            ]
        )
        let test = file.sections["profile test"]
        #expect(test?.values == ["endpoint_url": "http://127.0.0.1:4567", "region": "us-east-2"])
        #expect(test?.blocks == ["s3": ["max_concurrent_requests": "20", "region": "inner"]])
        #expect(
            file.sections["services local"]?.blocks == [
                "kinesis": ["endpoint_url": "http://k"], "dynamodb": ["endpoint_url": "http://d"],
            ]
        )
    }

    @Test func readsLinesOfEveryEnding() throws {
        let file = try SharedConfigurationFile(text: "[a]\r\nx = 1\r\ny = 2\n\n[b]\nx = 3", path: "config")
        #expect(file.sections["a"]?.values == ["x": "1", "y": "2"])
        #expect(file.sections["b"]?.values == ["x": "3"])
    }

    @Test func anEmptyFileHasNoSections() throws {
        #expect(try SharedConfigurationFile(text: "", path: "config").sections.isEmpty)
    }

    @Test(arguments: [
        ("[default", 1), ("[]", 1), ("region = x", 1), ("[a]\nnonsense", 2), ("[a]\n\n = x", 3),
        ("[a]\nx = 1\n[b\n", 3),
    ]) func aLineThatIsNotUnderstoodIsNamed(text: String, line: Int) {
        let error = #expect(throws: ServiceError.self) { try SharedConfigurationFile(text: text, path: "/x/config") }
        #expect(error?.code == .configuration)
        #expect(error?.message.hasPrefix("/x/config, line \(line): ") == true)
    }
}
