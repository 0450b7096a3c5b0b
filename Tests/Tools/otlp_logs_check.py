#!/usr/bin/env python3
"""Refuses wrong log requests: reads documents of OTLP/JSON, whole files, and names what is amiss.

    otlp_logs_check.py FILE…
    otlp_logs_check.py --self-test

Each must decode with opentelemetry-proto-json, keep the rules of OTLP/JSON (otlp_schema.py), and
come back from the decoder as it went in. Exit 0: nothing amiss; 1: each finding is named; 2: it
could not check at all.
"""

import copy
import json
import os
import sys

from otlp_schema import ATTRIBUTES, MESSAGES, REQUIRED, Finding, check_message, parse, reference

REQUEST = "ExportLogsServiceRequest"
MESSAGES.update({
    REQUEST: {"resourceLogs": ["ResourceLogs"]},
    "ResourceLogs": {"resource": "Resource", "scopeLogs": ["ScopeLogs"], "schemaUrl": "text"},
    "ScopeLogs": {"scope": "InstrumentationScope", "logRecords": ["LogRecord"], "schemaUrl": "text"},
    "LogRecord": {
        "timeUnixNano": "uint64", "observedTimeUnixNano": "uint64", "severityNumber": range(0, 25),
        "severityText": "text", "body": "AnyValue", "attributes": ATTRIBUTES,
        "droppedAttributesCount": "uint32", "flags": "uint32", "traceId": "trace id",
        "spanId": "span id", "eventName": "text",
    },
})
REQUIRED.update({
    REQUEST: ["resourceLogs"],
    "ResourceLogs": ["resource", "scopeLogs"],
    "ScopeLogs": ["scope", "logRecords"],
    "LogRecord": [
        "timeUnixNano", "observedTimeUnixNano", "severityNumber", "body", "attributes", "traceId",
        "spanId",
    ],
})


def decoder():
    def imported():
        from opentelemetry.proto_json.collector.logs.v1 import logs_service

        return logs_service.ExportLogsServiceRequest

    return reference(imported)


def records(value):
    for resource in value.get("resourceLogs", []):
        for scope in resource.get("scopeLogs", []):
            yield from scope.get("logRecords", [])


def check(text, place, decode):
    findings = []
    value = parse(text, place, findings)
    if value is None:
        return findings
    check_message(REQUEST, value, place, findings)
    try:
        back = json.loads(decode.from_json(text).to_json())
    except Exception as error:  # whatever a decoder raises, it refuses
        return findings + [Finding("decode", place, f"opentelemetry-proto-json: {error}")]
    if findings:
        return findings
    if list(records(back)) != list(records(value)):
        findings.append(Finding("decode", place, "the decoder reads other records"))
    for record in records(value):
        keys = {pair["key"]: pair["value"] for pair in record["attributes"]}
        if keys.get("log.iostream") not in ({"stringValue": "stdout"}, {"stringValue": "stderr"}):
            findings.append(Finding("iostream", place, "log.iostream is stdout or stderr"))
        if int(record["observedTimeUnixNano"]) == 0:
            findings.append(Finding("time", place, "a record that nobody observed"))
    if not list(records(value)):
        findings.append(Finding("empty", place, "no record in it"))
    return findings


def good():
    record = {
        "timeUnixNano": "5", "observedTimeUnixNano": "5", "severityNumber": 9,
        "body": {"stringValue": "x"}, "flags": 3, "spanId": "0123456789abcdef",
        "traceId": "0123456789abcdef" * 2,
        "attributes": [{"key": "log.iostream", "value": {"stringValue": "stdout"}}],
    }
    scope = {"scope": {"name": "weir"}, "logRecords": [record]}
    return {"resourceLogs": [{"resource": {"attributes": []}, "scopeLogs": [scope]}]}


WRONG = [
    ("an id of zeros", lambda r: r.update(traceId="0" * 32)),
    ("an id in base64", lambda r: r.update(spanId="ASNFZ4mrze8=")),
    ("a time as a number", lambda r: r.update(timeUnixNano=5)),
    ("a severity by name", lambda r: r.update(severityNumber="SEVERITY_NUMBER_INFO")),
    ("a snake_case key", lambda r: r.update(trace_id="0123456789abcdef" * 2)),
    ("a body that is bare text", lambda r: r.update(body="x")),
    ("a third stream", lambda r: r["attributes"][0]["value"].update(stringValue="log")),
    ("no observed time", lambda r: r.pop("observedTimeUnixNano")),
    ("an integer that is no string", lambda r: r["attributes"].append(
        {"key": "n", "value": {"intValue": 2}})),
]


def self_test(decode):
    failed = [str(finding) for finding in check(json.dumps(good()), "good", decode)]
    for name, change in WRONG:
        value = copy.deepcopy(good())
        change(next(records(value)))
        if not check(json.dumps(value), name, decode):
            failed.append(f"{name}: accepted")
    if not check("{", "cut", decode):
        failed.append("half a document: accepted")
    print("\n".join(failed) or f"ok: {len(WRONG) + 1} wrong requests refused")
    return 1 if failed else 0


def main():
    decode = decoder()
    if sys.argv[1:] == ["--self-test"]:
        return self_test(decode)
    if not sys.argv[1:]:
        print(__doc__, file=sys.stderr)
        return 2
    findings = []
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            findings += check(file.read(), os.path.basename(path), decode)
    print("\n".join(map(str, findings)) or "ok")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
