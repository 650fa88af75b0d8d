"""TLS: servers of its own with a certificate that openssl made; botocore, curl and weir's own commands verify it."""
import gzip, json, os, shutil, signal, socket, ssl, subprocess, sys, tempfile, time
from pathlib import Path

import boto3, botocore.exceptions
from botocore.config import Config

WEIR = os.environ["WEIR"]


def make_certificate(folder, name="server"):
    """A self-signed certificate of this machine: (certificate, key)."""
    certificate, key = f"{folder}/{name}.pem", f"{folder}/{name}.key"
    made = f"{folder}/{name}.new"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                    f"/CN={name}", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", f"{made}.key", "-out", made], check=True, capture_output=True)
    os.chmod(f"{made}.key", 0o600)
    os.replace(f"{made}.key", key)
    os.replace(made, certificate)
    return certificate, key


def start(folder, certificate, key, *options):
    process = subprocess.Popen([WEIR, "serve", "--data", f"{folder}/data", "--port", "0", "--tls-certificate", certificate, "--tls-key", key, *options],
                               stdout=subprocess.PIPE, stderr=open(f"{folder}/server.log", "a"), text=True)
    line = process.stdout.readline()
    assert line.startswith("weir: listening on https://127.0.0.1:"), line
    return process, line.split()[3]


def client(endpoint, ca, service="kinesis"):
    return boto3.client(service, endpoint_url=endpoint, verify=ca, region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test",
                        config=Config(retries={"total_max_attempts": 1}, read_timeout=20))


def main(folder):
    certificate, key = make_certificate(folder)
    process, endpoint = start(folder, certificate, key)
    try:
        kinesis = client(endpoint, certificate)
        kinesis.create_stream(StreamName="s", ShardCount=1)
        records = [{"PartitionKey": str(number), "Data": bytes(1 << 19)} for number in range(8)]
        assert kinesis.put_records(StreamName="s", Records=records)["FailedRecordCount"] == 0
        iterator = kinesis.get_shard_iterator(StreamName="s", ShardId="shardId-0", ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        assert len(kinesis.get_records(ShardIterator=iterator)["Records"]) == 8
        assert client(endpoint, certificate, "dynamodb").list_tables()["TableNames"] == []
        other, _ = make_certificate(folder, "other")
        try:
            client(endpoint, other).list_streams()
            raise AssertionError("a certificate that is not trusted")
        except botocore.exceptions.SSLError:
            pass

        # The versions of HTTP that are agreed on, and those of TLS.
        host, port = "127.0.0.1", int(endpoint.rsplit(":", 1)[1])
        for offered, chosen in ((["h2", "http/1.1"], "h2"), (["http/1.1"], "http/1.1"), (["spdy/1"], None)):
            context = ssl.create_default_context(cafile=certificate)
            context.set_alpn_protocols(offered)
            with socket.create_connection((host, port)) as plain, context.wrap_socket(plain, server_hostname="localhost") as secure:
                assert secure.selected_alpn_protocol() == chosen, secure.selected_alpn_protocol()
                assert secure.version() == "TLSv1.3"
        with socket.create_connection((host, port)) as plain:
            plain.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            assert b"HTTP" not in plain.recv(1000)
        said = ["boto3"]
        if shutil.which("curl"):
            versions = ["1.1", "2"] if b"HTTP2" in subprocess.run(["curl", "--version"], capture_output=True).stdout else ["1.1"]
            for version in versions:
                answer = subprocess.run(["curl", "-sS", "--cacert", certificate, f"--http{version}", "-w", " %{http_version}", f"{endpoint}/health"],
                                        capture_output=True, text=True, check=True).stdout
                assert answer == f'{{"status":"ok"}} {version}', answer
            packed = gzip.compress(b'{"Limit":5}')
            answer = subprocess.run(["curl", "-sS", "--cacert", certificate, "-H", "X-Amz-Target: Kinesis_20131202.ListStreams", "-H", "Content-Encoding: gzip",
                                     "-H", "Content-Type: application/x-amz-json-1.1", "--data-binary", "@-", endpoint], input=packed, capture_output=True, check=True).stdout
            assert json.loads(answer)["StreamNames"] == ["s"], answer
            said.append("curl by HTTP/" + " and ".join(versions))
        environment = {**os.environ, "AWS_ENDPOINT_URL": endpoint, "AWS_CA_BUNDLE": certificate}
        listed = subprocess.run([WEIR, "stream", "list"], env=environment, capture_output=True, text=True)
        assert listed.returncode == 0 and "s" in listed.stdout.split(), listed

        # A new certificate for new connections, without a restart; then a broken one, which changes nothing.
        old = Path(certificate).read_text()
        make_certificate(folder)
        process.send_signal(signal.SIGHUP)
        until = time.monotonic() + 30
        while ssl.get_server_certificate((host, port)).split() == old.split():
            assert time.monotonic() < until, "the certificate was not reloaded"
            time.sleep(0.05)
        assert client(endpoint, certificate).list_streams()["StreamNames"] == ["s"]
        shutil.copy(certificate, f"{folder}/good.pem")
        Path(certificate).write_text("no certificate")
        process.send_signal(signal.SIGHUP)
        # Only once it was read and refused does it tell anything that the old one still serves.
        until = time.monotonic() + 30
        while "certificate not reloaded" not in Path(f"{folder}/server.log").read_text():
            assert time.monotonic() < until, "the broken certificate was not read"
            time.sleep(0.05)
        assert client(endpoint, f"{folder}/good.pem").list_streams()["StreamNames"] == ["s"]
    finally:
        process.terminate()
        assert process.wait(30) == 0, "the server did not end cleanly"
    os.chmod(key, 0o644)
    refused = subprocess.run([WEIR, "serve", "--data", f"{folder}/x", "--port", "0", "--tls-certificate", f"{folder}/good.pem", "--tls-key", key],
                             capture_output=True, text=True, timeout=60)
    assert refused.returncode != 0 and "chmod 600" in refused.stderr, refused
    print(f"{', '.join(said)}, weir's commands; ALPN, another certificate while running")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        main(folder)
