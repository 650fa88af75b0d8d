"""docs/API.md against the service's model and the server: every action and parameter is listed, what is said to work is not
unknown to the server, and what is said to be missing is. kinesis-api.txt: an action and its parameters a line, by the model
of 2026 (botocore 1.44.5)."""
import re, urllib.error, urllib.request

from common import *

model = {line.split()[0]: line.split()[1:] for line in open("kinesis-api.txt")}
rows, missing = {}, set()
for line in open("../../docs/API.md", encoding="utf-8"):
    cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
    if line.startswith("| `"):
        rows[cells[0].strip("`")] = re.findall(r"`(\w+)`", cells[1])
    elif line.startswith("Not yet: "):
        missing |= set(re.findall(r"`(\w+)`", line))
assert rows.keys() | missing == model.keys() and not rows.keys() & missing, (rows.keys() ^ model.keys()) ^ missing
for action, parameters in rows.items():
    assert parameters == model[action], f"{action}: docs/API.md has {parameters}, the model {model[action]}"


def is_known(action):
    request = urllib.request.Request(ENDPOINT, b"{}", {"Content-Type": "application/x-amz-json-1.1",
                                                       "X-Amz-Target": f"Kinesis_20131202.{action}"})
    try:
        urllib.request.urlopen(request, timeout=20).read()
        return True
    except urllib.error.HTTPError as error:
        return json.load(error)["__type"] != "UnknownOperationException"


assert not [action for action in rows if not is_known(action)]
assert not [action for action in missing if is_known(action)]
print(f"{len(rows)} actions work, {len(missing)} are not there yet")
