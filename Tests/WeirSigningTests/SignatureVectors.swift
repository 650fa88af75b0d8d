// Made by Tests/Conformance/sigv4_vectors.py with botocore 1.43.11: do not edit.
// swift-format-ignore-file

/// Requests as botocore signs and sends them at 2026-02-28T23:59:59Z.
let signatureVectors: [SignatureVector] = [
    SignatureVector(
        name: #"PutRecord"#, service: #"kinesis"#,
        method: #"POST"#, path: #"/"#,
        query: #""#,
        headers: [
            (#"Host"#, #"kinesis.eu-central-1.amazonaws.com"#),
            (#"Content-Type"#, #"application/x-amz-json-1.1"#),
            (#"X-Amz-Target"#, #"Kinesis_20131202.PutRecord"#),
            (#"X-Amz-Date"#, #"20260228T235959Z"#),
            (#"Authorization"#, #"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260228/eu-central-1/kinesis/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=ae5871fdcbfb8a71fc157d8c27b33ec3cca81af2d5aebd42abe2ec743b12f01a"#),
            (#"Content-Length"#, #"66"#),
        ],
        body: #"{"StreamName":"flights","Data":"aGVsbG8=","PartitionKey":"N14228"}"#,
        sessionToken: nil
    ),
    SignatureVector(
        name: #"a port and a session token"#, service: #"kinesis"#,
        method: #"POST"#, path: #"/"#,
        query: #""#,
        headers: [
            (#"Host"#, #"127.0.0.1:4567"#),
            (#"Content-Type"#, #"application/x-amz-json-1.1"#),
            (#"X-Amz-Target"#, #"Kinesis_20131202.PutRecord"#),
            (#"X-Amz-Date"#, #"20260228T235959Z"#),
            (#"X-Amz-Security-Token"#, #"FwoGZXIvYXdzEXAMPLE/+token=="#),
            (#"Authorization"#, #"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260228/us-east-1/kinesis/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target, Signature=531833c2a2da85c21ee1a42ba594abbfdfa201b84ec502b7e3d4b8f73c2b6772"#),
            (#"Content-Length"#, #"66"#),
        ],
        body: #"{"StreamName":"flights","Data":"aGVsbG8=","PartitionKey":"N14228"}"#,
        sessionToken: #"FwoGZXIvYXdzEXAMPLE/+token=="#
    ),
    SignatureVector(
        name: #"no body"#, service: #"kinesis"#,
        method: #"POST"#, path: #"/"#,
        query: #""#,
        headers: [
            (#"Host"#, #"127.0.0.1:4567"#),
            (#"Content-Type"#, #"application/x-amz-json-1.1"#),
            (#"X-Amz-Target"#, #"Kinesis_20131202.ListStreams"#),
            (#"X-Amz-Date"#, #"20260228T235959Z"#),
            (#"Authorization"#, #"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260228/us-east-1/kinesis/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=29129079a63433d6df3d799fb72dbba623e265bded740727572e5b6591a46c76"#),
            (#"Content-Length"#, #"0"#),
        ],
        body: #""#,
        sessionToken: nil
    ),
    SignatureVector(
        name: #"GetItem"#, service: #"dynamodb"#,
        method: #"POST"#, path: #"/"#,
        query: #""#,
        headers: [
            (#"Host"#, #"127.0.0.1:4567"#),
            (#"Content-Type"#, #"application/x-amz-json-1.1"#),
            (#"X-Amz-Target"#, #"DynamoDB_20120810.GetItem"#),
            (#"X-Amz-Date"#, #"20260228T235959Z"#),
            (#"Authorization"#, #"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260228/us-west-2/dynamodb/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=73f200b01bc62cf08e42f2e81aa21ac6f14ac54dc834eeded467c2503d84d5b6"#),
            (#"Content-Length"#, #"2"#),
        ],
        body: #"{}"#,
        sessionToken: nil
    ),
    SignatureVector(
        name: #"a path and a query"#, service: #"kinesis"#,
        method: #"GET"#, path: #"/a%20b/c"#,
        query: #"b=2&a=%C3%A9&a=0&c="#,
        headers: [
            (#"Host"#, #"127.0.0.1:4567"#),
            (#"X-Amz-Date"#, #"20260228T235959Z"#),
            (#"Authorization"#, #"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260228/us-east-1/kinesis/aws4_request, SignedHeaders=host;x-amz-date, Signature=b96f8bce75851bcc7fb019b95c5d27bbd0f780bb055b7042b252ab16b8773655"#),
        ],
        body: #""#,
        sessionToken: nil
    ),
    SignatureVector(
        name: #"spaces in headers"#, service: #"kinesis"#,
        method: #"POST"#, path: #"/"#,
        query: #""#,
        headers: [
            (#"Host"#, #"127.0.0.1:4567"#),
            (#"Content-Type"#, #"application/x-amz-json-1.1"#),
            (#"X-Amz-Target"#, #"Kinesis_20131202.ListShards"#),
            (#"X-Custom"#, #"  a   b  c "#),
            (#"X-Amz-Date"#, #"20260228T235959Z"#),
            (#"Authorization"#, #"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260228/us-east-1/kinesis/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target;x-custom, Signature=2a973857f2670b7c4bd476eeee9748c208b6703e68c078b3a9bd10f191b46388"#),
            (#"Content-Length"#, #"2"#),
        ],
        body: #"{}"#,
        sessionToken: nil
    ),
    SignatureVector(
        name: #"characters beyond ASCII"#, service: #"kinesis"#,
        method: #"POST"#, path: #"/"#,
        query: #""#,
        headers: [
            (#"Host"#, #"127.0.0.1:4567"#),
            (#"Content-Type"#, #"application/x-amz-json-1.1"#),
            (#"X-Amz-Target"#, #"Kinesis_20131202.PutRecord"#),
            (#"X-Amz-Date"#, #"20260228T235959Z"#),
            (#"Authorization"#, #"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260228/us-east-1/kinesis/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=eeccd66f01e8b77a6f3d5762b41abc0ddc0c1d7229aaec61c23f97d6baaa04d0"#),
            (#"Content-Length"#, #"27"#),
        ],
        body: #"{"PartitionKey":"Zürich ✈"}"#,
        sessionToken: nil
    ),
    SignatureVector(
        name: #"a hash of the body in a header"#, service: #"kinesis"#,
        method: #"POST"#, path: #"/"#,
        query: #""#,
        headers: [
            (#"Host"#, #"127.0.0.1:4567"#),
            (#"Content-Type"#, #"application/x-amz-json-1.1"#),
            (#"X-Amz-Target"#, #"Kinesis_20131202.ListStreams"#),
            (#"X-Amz-Content-SHA256"#, #"44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"#),
            (#"X-Amz-Date"#, #"20260228T235959Z"#),
            (#"Authorization"#, #"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260228/us-east-1/kinesis/aws4_request, SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-target, Signature=62595d33fb739b7a3f46a0c57edf57eb41400485fb99945ed85d5da9b9e7b2fb"#),
            (#"Content-Length"#, #"2"#),
        ],
        body: #"{}"#,
        sessionToken: nil
    ),
    SignatureVector(
        name: #"a body that is not signed"#, service: #"kinesis"#,
        method: #"POST"#, path: #"/"#,
        query: #""#,
        headers: [
            (#"Host"#, #"127.0.0.1:4567"#),
            (#"Content-Type"#, #"application/x-amz-json-1.1"#),
            (#"X-Amz-Target"#, #"Kinesis_20131202.PutRecord"#),
            (#"X-Amz-Date"#, #"20260228T235959Z"#),
            (#"X-Amz-Content-SHA256"#, #"UNSIGNED-PAYLOAD"#),
            (#"Authorization"#, #"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260228/us-east-1/kinesis/aws4_request, SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date;x-amz-target, Signature=5686b65f43f092e14014fef1a7ca956a2886d907cbbf73bf886237e1666087a4"#),
            (#"Content-Length"#, #"66"#),
        ],
        body: #"{"StreamName":"flights","Data":"aGVsbG8=","PartitionKey":"N14228"}"#,
        sessionToken: nil
    ),
    SignatureVector(
        name: #"presigned GET"#, service: #"kinesis"#,
        method: #"GET"#, path: #"/"#,
        query: #"x=1&y=a%2Fb&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20260228%2Fus-east-1%2Fkinesis%2Faws4_request&X-Amz-Date=20260228T235959Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=94c40ac36f1cf0da31f948867a36cb1f2e099cc849e5fc42a7a83434802fa4fc"#,
        headers: [
            (#"Host"#, #"127.0.0.1:4567"#),
        ],
        body: #""#,
        sessionToken: nil
    ),
    SignatureVector(
        name: #"presigned POST"#, service: #"kinesis"#,
        method: #"POST"#, path: #"/"#,
        query: #"StreamName=flights&Data=aGVsbG8%3D&PartitionKey=N14228&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20260228%2Fus-east-1%2Fkinesis%2Faws4_request&X-Amz-Date=20260228T235959Z&X-Amz-Expires=60&X-Amz-SignedHeaders=content-type%3Bhost%3Bx-amz-target&X-Amz-Signature=2e647d9bd81499c80aed15ef183c48394b851073279fdf87171b27351ba994e9"#,
        headers: [
            (#"Host"#, #"127.0.0.1:4567"#),
            (#"Content-Type"#, #"application/x-amz-json-1.1"#),
            (#"X-Amz-Target"#, #"Kinesis_20131202.PutRecord"#),
            (#"Content-Length"#, #"0"#),
        ],
        body: #""#,
        sessionToken: nil
    ),
    SignatureVector(
        name: #"presigned with a session token"#, service: #"dynamodb"#,
        method: #"POST"#, path: #"/"#,
        query: #"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20260228%2Fus-east-1%2Fdynamodb%2Faws4_request&X-Amz-Date=20260228T235959Z&X-Amz-Expires=900&X-Amz-SignedHeaders=content-type%3Bhost%3Bx-amz-target&X-Amz-Security-Token=FwoGZXIvYXdzEXAMPLE%2F%2Btoken%3D%3D&X-Amz-Signature=0de3b73ab911a9cde719d22c99f6502686714b3391bc9f424c38329aabd0e8d6"#,
        headers: [
            (#"Host"#, #"127.0.0.1:4567"#),
            (#"Content-Type"#, #"application/x-amz-json-1.1"#),
            (#"X-Amz-Target"#, #"DynamoDB_20120810.Scan"#),
            (#"Content-Length"#, #"0"#),
        ],
        body: #""#,
        sessionToken: #"FwoGZXIvYXdzEXAMPLE/+token=="#
    ),
]
