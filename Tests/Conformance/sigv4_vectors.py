"""Makes Tests/WeirSigningTests/SignatureVectors.swift: requests as botocore signs them, to be verified by Weir.

    .venv/bin/python Tests/Conformance/sigv4_vectors.py > Tests/WeirSigningTests/SignatureVectors.swift
"""
import datetime
from urllib.parse import urlsplit

import botocore
import botocore.auth
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

NOW = datetime.datetime(2026, 2, 28, 23, 59, 59, tzinfo=datetime.timezone.utc)
KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
TOKEN = "FwoGZXIvYXdzEXAMPLE/+token=="
JSON = {"Content-Type": "application/x-amz-json-1.1"}


def target(name, **more):
    service = "DynamoDB_20120810" if name in ("GetItem", "Scan") else "Kinesis_20131202"
    return {**JSON, "X-Amz-Target": f"{service}.{name}", **more}


def sign(auth, method, url, headers, body, token):
    """The request as it is sent: request target, headers, body."""
    credentials = Credentials(KEY, SECRET, TOKEN if token else None)
    request = AWSRequest(method=method, url=url, headers=headers, data=body)
    auth(credentials).add_auth(request)
    prepared = request.prepare()
    parts = urlsplit(prepared.url)
    sent = [("Host", parts.netloc)] if "host" not in {name.lower() for name in prepared.headers} else []
    for name, value in prepared.headers.items():
        sent.append((name, value.decode() if isinstance(value, bytes) else value))
    # A presigned request carries its body's members in the query.
    body = prepared.body or ""
    return parts.path, parts.query, sent, body.decode() if isinstance(body, bytes) else body


def header(service, region):
    return lambda credentials: SigV4Auth(credentials, service, region)


def presigned(service, region, expires=900):
    return lambda credentials: SigV4QueryAuth(credentials, service, region, expires=expires)


class UnsignedPayload(SigV4Auth):
    """As SDKs sign a body that they do not want to hash."""

    def _should_sha256_sign_payload(self, request):
        return False

    def payload(self, request):
        return "UNSIGNED-PAYLOAD"

    def _modify_request_before_signing(self, request):
        super()._modify_request_before_signing(request)
        request.headers["X-Amz-Content-SHA256"] = "UNSIGNED-PAYLOAD"


LOCAL, AWS = "http://127.0.0.1:4567/", "https://kinesis.eu-central-1.amazonaws.com/"
PUT = '{"StreamName":"flights","Data":"aGVsbG8=","PartitionKey":"N14228"}'
CASES = [
    ("PutRecord", "kinesis", header("kinesis", "eu-central-1"), "POST", AWS, target("PutRecord"), PUT, False),
    ("a port and a session token", "kinesis", header("kinesis", "us-east-1"), "POST", LOCAL, target("PutRecord"), PUT, True),
    ("no body", "kinesis", header("kinesis", "us-east-1"), "POST", LOCAL, target("ListStreams"), "", False),
    ("GetItem", "dynamodb", header("dynamodb", "us-west-2"), "POST", LOCAL, target("GetItem"), "{}", False),
    ("a path and a query", "kinesis", header("kinesis", "us-east-1"), "GET", LOCAL + "a%20b/c?b=2&a=%C3%A9&a=0&c=", {}, "", False),
    ("spaces in headers", "kinesis", header("kinesis", "us-east-1"), "POST", LOCAL, target("ListShards", X_Custom="  a   b  c "), "{}", False),
    ("characters beyond ASCII", "kinesis", header("kinesis", "us-east-1"), "POST", LOCAL, target("PutRecord"), '{"PartitionKey":"Zürich ✈"}', False),
    ("a hash of the body in a header", "kinesis", header("kinesis", "us-east-1"), "POST", LOCAL,
     target("ListStreams", **{"X-Amz-Content-SHA256": "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"}), "{}", False),
    ("a body that is not signed", "kinesis", lambda c: UnsignedPayload(c, "kinesis", "us-east-1"), "POST", LOCAL, target("PutRecord"), PUT, False),
    ("presigned GET", "kinesis", presigned("kinesis", "us-east-1"), "GET", LOCAL + "?x=1&y=a%2Fb", {}, "", False),
    ("presigned POST", "kinesis", presigned("kinesis", "us-east-1", 60), "POST", LOCAL, target("PutRecord"), PUT, False),
    ("presigned with a session token", "dynamodb", presigned("dynamodb", "us-east-1"), "POST", LOCAL, target("Scan"), "{}", True),
]


def literal(text):
    return '#"' + text + '"#'


def main():
    botocore.auth.get_current_datetime = lambda remove_tzinfo=True: NOW.replace(tzinfo=None) if remove_tzinfo else NOW
    print(f"""// Made by Tests/Conformance/sigv4_vectors.py with botocore {botocore.__version__}: do not edit.
// swift-format-ignore-file

/// Requests as botocore signs and sends them at 2026-02-28T23:59:59Z.
let signatureVectors: [SignatureVector] = [""")
    for name, service, auth, method, url, headers, body, token in CASES:
        headers = {key.replace("_", "-"): value for key, value in headers.items()}
        path, query, sent, body = sign(auth, method, url, headers, body, token)
        print("    SignatureVector(")
        print(f"        name: {literal(name)}, service: {literal(service)},")
        print(f"        method: {literal(method)}, path: {literal(path)},")
        print(f"        query: {literal(query)},")
        print("        headers: [")
        for key, value in sent:
            print(f"            ({literal(key)}, {literal(value)}),")
        print("        ],")
        print(f"        body: {literal(body)},")
        print(f"        sessionToken: {literal(TOKEN) if token else 'nil'}")
        print("    ),")
    print("]")


main()
