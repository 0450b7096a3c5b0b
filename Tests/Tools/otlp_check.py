#!/usr/bin/env python3
"""Refuses wrong spans: reads the bodies that otlp_receiver.py kept and names everything amiss.

    otlp_check.py spans.jsonl --expect-runs 1 --expect-attempts build=2
    otlp_check.py --self-test

Every line must decode with opentelemetry-proto-json, keep the rules of OTLP/JSON byte for byte
(otlp_schema.py), and all of them together must make whole traces. Exit 0: nothing amiss; 1: each
finding is named; 2: it could not check at all.
"""

import argparse
import collections
import json
import sys

from otlp_schema import Finding, check_message, parse, reference

REMOTE_PARENT = 0x300
KNOWN_FLAGS = 0x3FF


def decoder():
    def imported():
        from opentelemetry.proto_json.collector.trace.v1 import trace_service

        return trace_service.ExportTraceServiceRequest

    return reference(imported)


class Span:
    """A span with what is around it, once its JSON is known to be well formed."""

    def __init__(self, raw, resource, scope, place):
        self.raw, self.place = raw, place
        self.id = (raw["traceId"], raw["spanId"])
        self.parent = (raw["traceId"], raw["parentSpanId"]) if "parentSpanId" in raw else None
        self.start, self.end = int(raw["startTimeUnixNano"]), int(raw["endTimeUnixNano"])
        self.attributes = {
            pair["key"]: next(iter(pair["value"].values()), None)
            for pair in raw.get("attributes", [])
        }
        self.content = json.dumps([raw, resource, scope], sort_keys=True)
        remote = raw.get("flags", 0) & REMOTE_PARENT == REMOTE_PARENT
        self.is_root = self.parent is None or remote
        self.run = self.attributes.get("cicd.pipeline.run.id")
        self.attempt = self.attributes.get("weir.attempt.number")
        self.task = self.attributes.get("cicd.pipeline.task.name")

    @property
    def name(self):
        return f"span {self.id[1]} ({self.raw['name']})"


class Check:
    def __init__(self, decode):
        self.decode = decode
        self.findings = []
        self.bodies = 0
        self.received = 0
        self.spans = {}

    def find(self, rule, place, text):
        self.findings.append(Finding(rule, place, text))

    def body(self, line, number):
        place = f"body {number}"
        self.bodies += 1
        before = len(self.findings)
        value = parse(line, place, self.findings)
        if value is not None:
            check_message("ExportTraceServiceRequest", value, place, self.findings)
        try:
            decoded = self.decode.from_json(line)
        except Exception as error:  # whatever a decoder raises, it refuses
            self.find("decode", place, f"opentelemetry-proto-json: {error}")
            return
        if value is None or len(self.findings) > before:
            return
        count = sum(len(s.spans) for r in decoded.resource_spans for s in r.scope_spans)
        spans = list(self.spans_of(value, place))
        if count != len(spans):
            self.find("decode", place, f"{count} spans decoded of {len(spans)}")
        if not spans:
            self.find("empty", place, "no span in it: an empty request should not be sent")
        for span in spans:
            self.span(span)

    def spans_of(self, value, place):
        for r, resource in enumerate(value["resourceSpans"]):
            for s, scope in enumerate(resource["scopeSpans"]):
                outer = [resource["resource"], resource.get("schemaUrl")]
                inner = [scope["scope"], scope.get("schemaUrl")]
                for n, span in enumerate(scope["spans"]):
                    where = f"{place}.resourceSpans[{r}].scopeSpans[{s}].spans[{n}]"
                    yield Span(span, outer, inner, where)

    def span(self, span):
        self.received += 1
        known = self.spans.setdefault(span.id, span)
        if known is not span:
            # The same bytes again are a re-send after a lost answer; nothing else may be.
            if known.content != span.content:
                self.find("contents", span.place, f"{span.name} differs from {known.place}")
            return
        if not span.raw["name"]:
            self.find("name", span.place, "a span without a name")
        if span.raw["kind"] == 0:
            self.find("enum", span.place, f"{span.name} has no kind")
        if span.start == 0 or span.end < span.start:
            self.find("time", span.place, f"{span.name} ends at {span.end}, starts {span.start}")
        if any(int(event["timeUnixNano"]) == 0 for event in span.raw.get("events", [])):
            self.find("time", span.place, f"{span.name} has an event without a time")
        if span.raw.get("flags", 0) & ~KNOWN_FLAGS:
            self.find("flags", span.place, f"{span.name} sets reserved flags")
        if not span.run:
            self.find("run-id", span.place, f"{span.name} has no cicd.pipeline.run.id")

    def traces(self):
        runs = collections.defaultdict(list)
        for span in self.spans.values():
            if span.run:
                runs[span.run].append(span)
            if not span.is_root and span.parent not in self.spans:
                self.find("orphan", span.place, f"{span.name} names {span.parent[1]}: not here")
        for run, spans in sorted(runs.items()):
            roots = [span for span in spans if span.is_root]
            if len(roots) != 1:
                names = ", ".join(span.name for span in roots) or "none"
                self.find("roots", f"run {run}", f"{len(roots)} root spans: {names}")
            for trace in sorted({span.id[0] for span in spans})[1:]:
                self.find("roots", f"run {run}", f"is in a second trace, {trace}")
            self.steps(run, spans)
        return runs

    def steps(self, run, spans):
        numbers = set()
        for span in spans:
            if span.attempt is None:
                continue
            if span.raw["name"].startswith("compensate "):
                self.compensation(span)
                continue
            step = self.spans.get(span.parent)
            if step is None or step.task is None or step.attempt is not None or step.run != run:
                self.find("attempt", span.place, f"{span.name} is not under a step of its run")
                continue
            if span.start < step.start or span.end > step.end:
                self.find("attempt", span.place, f"{span.name} reaches beyond {step.name}")
            key = (step.id, span.raw["name"], span.attempt)
            if key in numbers:
                self.find("attempt", span.place, f"{span.name} has a twin under {step.name}")
            numbers.add(key)

    def compensation(self, span):
        """It undoes a step that has ended: the run's child, linked to that step's span."""
        linked = [(link["traceId"], link["spanId"]) for link in span.raw.get("links", [])]
        steps = [self.spans.get(link) for link in linked]
        parent = self.spans.get(span.parent)
        if parent is None or not parent.is_root:
            self.find("compensation", span.place, f"{span.name} is not the run's child")
        if not any(step and step.task == span.task and step.attempt is None for step in steps):
            self.find("compensation", span.place, f"{span.name} is not linked to its step")
        if any(step and step.end > span.start for step in steps):
            self.find("compensation", span.place, f"{span.name} begins before its step ends")

    def attempts(self, spans, step):
        """The attempts of the step's own command, its `if` not among them."""
        steps = {span.id for span in spans if span.task == step and span.attempt is None}
        return sum(
            span.attempt is not None and span.parent in steps
            and span.raw["name"].startswith("attempt")
            for span in spans
        )

    def expect(self, runs, options):
        if options.expect_runs is not None and len(runs) != options.expect_runs:
            text = f"{len(runs)} runs, expected {options.expect_runs}"
            self.find("expected", "all", text)
        for wanted in options.expect_attempts:
            step, _, number = wanted.rpartition("=")
            having = [
                (run, spans) for run, spans in sorted(runs.items())
                if any(span.task == step for span in spans)
            ]
            if not having:
                self.find("expected", "all", f"no run has a step {step!r}")
            for run, spans in having:
                count = self.attempts(spans, step)
                if count != int(number):
                    text = f"{count} attempts of {step}, expected {number}"
                    self.find("expected", f"run {run}", text)

    def summary(self, runs):
        return {
            "ok": not self.findings,
            "bodies": self.bodies,
            "spans": len(self.spans),
            "repeated": self.received - len(self.spans),
            "runs": {
                run: {
                    "spans": len(spans),
                    "attempts": {
                        span.task: self.attempts(spans, span.task)
                        for span in spans if span.task and span.attempt is None
                    },
                }
                for run, spans in sorted(runs.items())
            },
            "findings": [str(finding) for finding in self.findings],
        }


def check_lines(lines, decode, options):
    check = Check(decode)
    for number, line in enumerate(lines, 1):
        check.body(line, number)
    runs = check.traces()
    check.expect(runs, options)
    return check, runs


def step_and_number(text):
    step, _, number = text.rpartition("=")
    if not step or not number.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not step=number")
    return text


def parse_arguments(arguments=None):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", nargs="?", help="the bodies, one a line")
    parser.add_argument("--expect-runs", type=int, metavar="N")
    parser.add_argument(
        "--expect-attempts", action="append", default=[], type=step_and_number, metavar="STEP=N",
        help="in every run that has the step; may be given again",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--self-test", action="store_true", help="prove that wrong spans are refused")
    options = parser.parse_args(arguments)
    if not options.self_test and not options.file:
        parser.error("a file of bodies is needed, or --self-test")
    return options


def main():
    options = parse_arguments()
    decode = decoder()
    if options.self_test:
        from otlp_check_cases import self_test

        return self_test(decode, check_lines, parse_arguments)
    try:
        with open(options.file, encoding="utf-8", newline="\n") as file:
            lines = file.read().split("\n")
    except (OSError, UnicodeDecodeError) as error:
        print(f"otlp_check: {options.file}: {error}", file=sys.stderr)
        return 1 if isinstance(error, UnicodeDecodeError) else 2
    if lines and lines[-1] == "":
        lines.pop()
    check, runs = check_lines(lines, decode, options)
    summary = check.summary(runs)
    if options.json:
        print(json.dumps(summary))
    else:
        for finding in summary["findings"]:
            print(finding)
        print(
            f"{'FAILED' if check.findings else 'ok'}: {summary['spans']} spans of"
            f" {len(runs)} runs in {summary['bodies']} bodies, {summary['repeated']} sent again,"
            f" {len(check.findings)} findings"
        )
    return 1 if check.findings else 0


if __name__ == "__main__":
    sys.exit(main())
