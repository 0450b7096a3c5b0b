"""What otlp_check.py must accept, and what it must refuse and why: its own proof."""

import copy
import dataclasses
import importlib
import json

from otlp_schema import MESSAGES

TRACE = "0123456789abcdef0123456789abcdef"
RUN = "aaaaaaaaaaaaaaaa"
STEP = "bbbbbbbbbbbbbbbb"
FIRST = "cccccccccccccccc"
SECOND = "dddddddddddddddd"
UNDONE = "9999999999999999"
MODULES = {
    "ExportTraceServiceRequest": "collector.trace.v1.trace_service",
    "Resource": "resource.v1.resource",
    **dict.fromkeys(
        ["KeyValue", "AnyValue", "ArrayValue", "KeyValueList", "InstrumentationScope"],
        "common.v1.common",
    ),
}


def text(key, value):
    return {"key": key, "value": {"stringValue": value}}


def number(key, value):
    return {"key": key, "value": {"intValue": str(value)}}


def span(identifier, parent, name, start, end, *attributes):
    value = {
        "traceId": TRACE, "spanId": identifier, "flags": 259, "name": name, "kind": 1,
        "startTimeUnixNano": str(start), "endTimeUnixNano": str(end),
        "attributes": [text("cicd.pipeline.run.id", TRACE), *attributes],
    }
    if parent:
        value["parentSpanId"] = parent
    return value


def request(*spans):
    resource = {"attributes": [text("service.name", "weir"), number("process.pid", 7)]}
    scope = {"scope": {"name": "weir", "version": "1"}, "spans": list(spans)}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [scope]}]}


def good():
    """A run with one step of two attempts, and all the optional parts somewhere."""
    task = text("cicd.pipeline.task.name", "build")
    root = span(RUN, None, "RUN demo", 100, 900)
    root.update(kind=2, traceState="ot=th:0", status={"code": 2, "message": "said no"})
    root["links"] = [{"traceId": TRACE, "spanId": SECOND, "flags": 769}]
    step = span(STEP, RUN, "build", 200, 800, task)
    first = span(FIRST, STEP, "attempt 1", 200, 400, task, number("weir.attempt.number", 1))
    first["events"] = [{"timeUnixNano": "300", "name": "exception", "attributes": [task]}]
    first["attributes"] += [
        {"key": "a", "value": {"arrayValue": {"values": [{"stringValue": ""}, {}]}}},
        {"key": "b", "value": {"boolValue": False}},
        {"key": "d", "value": {"doubleValue": 0.5}},
        {"key": "i", "value": {"doubleValue": "Infinity"}},
    ]
    second = span(SECOND, STEP, "attempt 2", 500, 800, task, number("weir.attempt.number", 2))
    undone = span(UNDONE, RUN, "compensate build", 800, 850, task, number("weir.attempt.number", 1))
    undone["links"] = [{"traceId": TRACE, "spanId": STEP}]
    return request(root, step, first, second, undone)


def edited(change):
    value = good()
    change(value["resourceSpans"][0]["scopeSpans"][0]["spans"])
    return [json.dumps(value)]


def put(index, key, value):
    return lambda spans: spans[index].__setitem__(key, value)


def rename(index, old, new):
    return lambda spans: spans[index].__setitem__(new, spans[index].pop(old))


def two_contents():
    other = good()
    other["resourceSpans"][0]["scopeSpans"][0]["spans"][3]["endTimeUnixNano"] = "799"
    return [json.dumps(good()), json.dumps(other)]


def replaced(old, new):
    line = json.dumps(good())
    assert old in line, old
    return [line.replace(old, new, 1)]


# name, bodies, the rule that must be named, arguments of the command line
REFUSED = [
    ("a snake_case key", lambda: edited(rename(0, "traceId", "trace_id")), "key"),
    ("an unknown key", lambda: edited(put(0, "colour", "red")), "key"),
    ("an integer as a number", lambda: replaced('"intValue": "7"', '"intValue": 7'), "int64"),
    ("a time as a number", lambda: edited(put(0, "startTimeUnixNano", 100)), "int64"),
    ("a time with a sign", lambda: edited(put(0, "startTimeUnixNano", "-1")), "int64"),
    ("an upper-case id", lambda: edited(put(3, "spanId", SECOND.upper())), "id"),
    ("an id of zeros", lambda: edited(put(3, "spanId", "0" * 16)), "id"),
    ("an id too short", lambda: edited(put(3, "spanId", "dd")), "id"),
    ("an empty parent id", lambda: edited(put(0, "parentSpanId", "")), "id"),
    ("a key twice", lambda: replaced('"name": "build"', '"name": "x", "name": "build"'),
     "duplicate-key"),
    ("an attribute twice", lambda: edited(lambda s: s[2]["attributes"].append(text("b", "x"))),
     "duplicate-attribute"),
    ("null", lambda: edited(put(0, "traceState", None)), "null"),
    ("the end before the start", lambda: edited(put(3, "endTimeUnixNano", "499")), "time"),
    ("no start at all", lambda: edited(put(3, "startTimeUnixNano", "0")), "time"),
    ("an orphan", lambda: edited(put(1, "parentSpanId", "eeeeeeeeeeeeeeee")), "orphan"),
    ("two roots", lambda: edited(lambda spans: spans[1].pop("parentSpanId")), "roots"),
    ("no root", lambda: edited(lambda spans: spans.pop(0)), "roots"),
    ("an id with two contents", two_contents, "contents"),
    ("an enum's name", lambda: edited(put(0, "kind", "SPAN_KIND_SERVER")), "enum"),
    ("a status by name", lambda: edited(put(0, "status", {"code": "STATUS_CODE_ERROR"})), "enum"),
    ("no kind", lambda: edited(put(0, "kind", 0)), "enum"),
    ("reserved flags", lambda: edited(put(0, "flags", 1 << 12)), "flags"),
    ("two values in one", lambda: replaced('{"intValue": "7"}', '{"intValue": "7", "boolValue": true}'),
     "type"),
    ("no run id", lambda: edited(lambda spans: spans[1]["attributes"].pop(0)), "run-id"),
    ("an attempt under the run", lambda: edited(put(2, "parentSpanId", RUN)), "attempt"),
    ("undoing under a step", lambda: edited(put(4, "parentSpanId", STEP)), "compensation"),
    ("undoing of nobody knows what", lambda: edited(lambda s: s[4].pop("links")), "compensation"),
    ("undoing what goes on", lambda: edited(put(4, "startTimeUnixNano", "799")), "compensation"),
    ("an attempt longer than its step", lambda: edited(put(3, "endTimeUnixNano", "801")), "attempt"),
    ("NaN as a bare word", lambda: replaced('"doubleValue": 0.5', '"doubleValue": NaN'), "json"),
    ("half a surrogate pair", lambda: replaced('"name": "build"', '"name": "\\ud800"'), "type"),
    ("a torn line", lambda: [json.dumps(good())[:-40]], "json"),
    ("an empty line", lambda: [json.dumps(good()), ""], "json"),
    ("an empty request", lambda: ['{"resourceSpans": []}'], "empty"),
    ("a body kept although it was no JSON", lambda: ['{"undecodable": "e30="}'], "key"),
    ("a run too few", lambda: edited(lambda _: None), "expected", "--expect-runs", "2"),
    ("an attempt too few", lambda: edited(lambda _: None), "expected",
     "--expect-attempts", "build=3"),
    ("a step that is not there", lambda: edited(lambda _: None), "expected",
     "--expect-attempts", "deploy=0"),
]


def remote_parent():
    value = good()
    root = value["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    root.update(parentSpanId="1111111111111111", flags=0x301)
    return [json.dumps(value)]


def split():
    """Children before their parents, in other bodies, and one body sent again."""
    spans = copy.deepcopy(good()["resourceSpans"][0]["scopeSpans"][0]["spans"])
    lines = [json.dumps(request(span)) for span in reversed(spans)]
    return lines + lines[:1]


ACCEPTED = [
    ("a whole run", lambda: edited(lambda _: None)),
    ("a run that continues a caller's trace", remote_parent),
    ("a run in pieces, one of them twice", split),
]


def check_known_keys():
    """Every key of our table exists in the generated code, so a slip here cannot hide one there."""
    unknown = []
    for message, fields in MESSAGES.items():
        path = MODULES.get(message, "trace.v1.trace")
        module = importlib.import_module(f"opentelemetry.proto_json.{path}")
        kind = getattr(module, message, None) or getattr(module.Span, message)
        names = {camel(field.name) for field in dataclasses.fields(kind)}
        unknown += [f"{message}.{key}" for key in fields if key not in names]
    return unknown


def camel(name):
    head, *tail = name.split("_")
    return head + "".join(word.capitalize() for word in tail)


def self_test(decode, check_lines, parse_arguments):
    wrong = [f"the table has a key that OTLP has not: {key}" for key in check_known_keys()]
    expectations = ["file", "--expect-runs", "1", "--expect-attempts", "build=2"]
    for name, lines in ACCEPTED:
        check, _ = check_lines(lines(), decode, parse_arguments(expectations))
        wrong += [f"{name} was refused: {finding}" for finding in check.findings]
    for name, lines, rule, *arguments in REFUSED:
        check, _ = check_lines(lines(), decode, parse_arguments(["file", *arguments]))
        rules = {finding.rule for finding in check.findings}
        if rule not in rules:
            wrong.append(f"{name} passed: expected {rule}, found {sorted(rules) or 'nothing'}")
    for line in wrong:
        print(line)
    print(
        f"{'FAILED' if wrong else 'ok'}: {len(REFUSED)} kinds of wrong spans,"
        f" {len(ACCEPTED)} of right ones, {len(wrong)} mistakes of the checker"
    )
    return 1 if wrong else 0
