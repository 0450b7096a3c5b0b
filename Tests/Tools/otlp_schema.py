"""The JSON form of an OTLP trace request, key by key, and a walk that refuses all else.

opentelemetry-proto's docs/specification.md, "JSON Protobuf Encoding": lowerCamelCase keys, ids in
hexadecimal (we insist on lower case), enums as integers, 64-bit integers as decimal strings.
"""

import json
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
VENV = os.path.join(ROOT, ".build", "venv", "bin", "python")
UINT64 = (1 << 64) - 1
INT64 = range(-(1 << 63), 1 << 63)
UINT32 = range(0, 1 << 32)

ATTRIBUTES = ["KeyValue"]
MESSAGES = {
    "ExportTraceServiceRequest": {"resourceSpans": ["ResourceSpans"]},
    "ResourceSpans": {"resource": "Resource", "scopeSpans": ["ScopeSpans"], "schemaUrl": "text"},
    "Resource": {"attributes": ATTRIBUTES, "droppedAttributesCount": "uint32"},
    "ScopeSpans": {"scope": "InstrumentationScope", "spans": ["Span"], "schemaUrl": "text"},
    "InstrumentationScope": {
        "name": "text", "version": "text", "attributes": ATTRIBUTES,
        "droppedAttributesCount": "uint32",
    },
    "Span": {
        "traceId": "trace id", "spanId": "span id", "traceState": "text", "parentSpanId": "span id",
        "flags": "uint32", "name": "text", "kind": range(0, 6), "startTimeUnixNano": "uint64",
        "endTimeUnixNano": "uint64", "attributes": ATTRIBUTES, "droppedAttributesCount": "uint32",
        "events": ["Event"], "droppedEventsCount": "uint32", "links": ["Link"],
        "droppedLinksCount": "uint32", "status": "Status",
    },
    "Event": {
        "timeUnixNano": "uint64", "name": "text", "attributes": ATTRIBUTES,
        "droppedAttributesCount": "uint32",
    },
    "Link": {
        "traceId": "trace id", "spanId": "span id", "traceState": "text", "attributes": ATTRIBUTES,
        "droppedAttributesCount": "uint32", "flags": "uint32",
    },
    "Status": {"message": "text", "code": range(0, 3)},
    "KeyValue": {"key": "text", "value": "AnyValue"},
    "AnyValue": {
        "stringValue": "text", "boolValue": "bool", "intValue": "int64", "doubleValue": "double",
        "arrayValue": "ArrayValue", "kvlistValue": "KeyValueList", "bytesValue": "base64",
    },
    "ArrayValue": {"values": ["AnyValue"]},
    "KeyValueList": {"values": ATTRIBUTES},
}
REQUIRED = {
    "ExportTraceServiceRequest": ["resourceSpans"],
    "ResourceSpans": ["resource", "scopeSpans"],
    "ScopeSpans": ["scope", "spans"],
    "Span": ["traceId", "spanId", "name", "kind", "startTimeUnixNano", "endTimeUnixNano"],
    "Event": ["timeUnixNano", "name"],
    "Link": ["traceId", "spanId"],
    "KeyValue": ["key", "value"],
}


class Finding:
    """One thing that is wrong: a rule's name, the place, and words."""

    def __init__(self, rule, place, text):
        self.rule, self.place, self.text = rule, place, text

    def __str__(self):
        return f"{self.place}: [{self.rule}] {self.text}"


class DuplicateKey(ValueError):
    pass


def unique_pairs(pairs):
    keys = [key for key, _ in pairs]
    for key in keys:
        if keys.count(key) > 1:
            raise DuplicateKey(f"the key {key!r} occurs twice in one object")
    return dict(pairs)


def no_constant(text):
    raise ValueError(f"{text} is not JSON")


def parse(line, place, findings):
    """The line's JSON value, or None with a finding."""
    try:
        return json.loads(line, object_pairs_hook=unique_pairs, parse_constant=no_constant)
    except DuplicateKey as error:
        findings.append(Finding("duplicate-key", place, str(error)))
    except (ValueError, RecursionError) as error:
        findings.append(Finding("json", place, str(error)))
    return None


def check_message(name, value, place, findings):
    """Holds `value` against the message `name`, all the way down."""
    if not isinstance(value, dict):
        findings.append(Finding("type", place, f"expected {name}, found {show(value)}"))
        return
    fields = MESSAGES[name]
    for key in REQUIRED.get(name, []):
        if key not in value:
            findings.append(Finding("missing", place, f"{name} has no {key}"))
    if name == "AnyValue" and len(value) > 1:
        findings.append(Finding("type", place, f"more than one value: {', '.join(value)}"))
    for key, child in value.items():
        where = f"{place}.{key}"
        if key not in fields:
            hint = "keys are lowerCamelCase" if "_" in key else "not a key of OTLP"
            findings.append(Finding("key", where, f"{name} has no such key: {hint}"))
        elif child is None:
            findings.append(Finding("null", where, "null: leave the key out instead"))
        else:
            check_field(fields[key], child, where, findings)


def check_field(kind, value, place, findings):
    if isinstance(kind, list):
        if not isinstance(value, list):
            findings.append(Finding("type", place, f"expected an array, found {show(value)}"))
            return
        for index, child in enumerate(value):
            where = f"{place}[{index}]"
            if child is None:
                findings.append(Finding("null", where, "null in an array"))
            else:
                check_message(kind[0], child, where, findings)
        if kind == ATTRIBUTES:
            check_unique_attributes(value, place, findings)
    elif isinstance(kind, range):
        if type(value) is not int or value not in kind:
            text = f"expected an integer of {kind.start}…{kind.stop - 1}, found {show(value)}"
            findings.append(Finding("enum", place, text))
    elif kind in MESSAGES:
        check_message(kind, value, place, findings)
    else:
        check_scalar(kind, value, place, findings)


def check_unique_attributes(attributes, place, findings):
    seen = set()
    for attribute in attributes:
        key = attribute.get("key") if isinstance(attribute, dict) else None
        if isinstance(key, str):
            if key == "":
                findings.append(Finding("attribute", place, "an attribute with an empty key"))
            if key in seen:
                findings.append(Finding("duplicate-attribute", place, f"{key!r} occurs twice"))
            seen.add(key)


def check_scalar(kind, value, place, findings):
    rule, text = SCALARS[kind](value) or (None, None)
    if rule:
        findings.append(Finding(rule, place, f"{text}, found {show(value)}"))


def check_text(value):
    if not isinstance(value, str):
        return "type", "expected a string"
    try:
        value.encode()
    except UnicodeEncodeError:
        return "type", "expected Unicode text, not half a surrogate pair"
    return None


def check_id(digits):
    def check(value):
        if not isinstance(value, str) or not re.fullmatch(f"[0-9a-f]{{{digits}}}", value):
            return "id", f"expected {digits} lower-case hexadecimal digits"
        if set(value) == {"0"}:
            return "id", "an id of zeros only is invalid"
        return None

    return check


def check_long(allowed):
    def check(value):
        if not isinstance(value, str) or not re.fullmatch("-?(0|[1-9][0-9]{0,19})", value):
            return "int64", "64-bit integers are decimal strings"
        if int(value) not in allowed:
            return "int64", "out of range"
        return None

    return check


def check_uint32(value):
    if type(value) is not int or value not in UINT32:
        return "type", "expected a 32-bit number"
    return None


def check_double(value):
    if type(value) in (int, float) or value in ("NaN", "Infinity", "-Infinity"):
        return None
    return "type", "expected a number"


def check_base64(value):
    if isinstance(value, str) and re.fullmatch("([A-Za-z0-9+/]{4})*([A-Za-z0-9+/=]{4})?", value):
        return None
    return "type", "expected base64"


SCALARS = {
    "text": check_text,
    "trace id": check_id(32),
    "span id": check_id(16),
    "uint64": check_long(range(0, UINT64 + 1)),
    "int64": check_long(INT64),
    "uint32": check_uint32,
    "double": check_double,
    "bool": lambda value: None if type(value) is bool else ("type", "expected true or false"),
    "base64": check_base64,
}


def show(value):
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "…"


def reference(imported):
    """The reference decoder, from here or from .build/venv; there is no checking without it."""
    try:
        return imported()
    except ImportError:
        if os.path.exists(VENV) and os.environ.get("OTLP_CHECK_VENV") != "1":
            os.environ["OTLP_CHECK_VENV"] = "1"
            os.execv(VENV, [VENV, *sys.argv])
        print(
            "opentelemetry-proto-json is not installed; in the project's folder:\n"
            "  python3 -m venv .build/venv\n"
            "  .build/venv/bin/pip install --no-deps -r Tests/Tools/requirements.txt",
            file=sys.stderr,
        )
        sys.exit(2)
