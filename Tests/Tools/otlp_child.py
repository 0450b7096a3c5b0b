"""A program that is instrumented with OpenTelemetry's own SDK, for the tests to run as a step.

    otlp_child.py protobuf|json [--spans N] [--text TEXT] [--dump]

Makes N spans under the parent that TRACEPARENT names, two data points of metrics and a log record,
and sends them with the SDK's exporters, which read OTEL_EXPORTER_OTLP_* by themselves. Prints
`traces ok`, `metrics ok`, `logs ok`, and ends with 1 where an export failed. With --dump it prints
the bodies in base64 and sends nothing.
"""

import argparse
import base64
import os
import sys

from opentelemetry import trace
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry._logs import LogRecord, SeverityNumber


def make_spans(count, text):
    memory = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(memory))
    carrier = {"traceparent": os.environ.get("TRACEPARENT", "")}
    parent = TraceContextTextMapPropagator().extract(carrier)
    tracer = provider.get_tracer("child")
    for index in range(count):
        with tracer.start_as_current_span(f"work {index}", context=parent) as span:
            span.set_attribute("text", text)
            span.add_event("an event", {"index": index})
    return memory.get_finished_spans()


def make_metrics(text):
    reader = InMemoryMetricReader()
    meter = MeterProvider([reader]).get_meter("child")
    meter.create_counter("rows").add(7, {"text": text})
    meter.create_histogram("seconds").record(1.5)
    return reader.get_metrics_data()


def make_logs(text):
    memory = InMemoryLogRecordExporter()
    provider = LoggerProvider()
    provider.add_log_record_processor(SimpleLogRecordProcessor(memory))
    record = LogRecord(body=f"said {text}", severity_number=SeverityNumber.INFO)
    provider.get_logger("child").emit(record)
    return memory.get_finished_logs()


def exporters(encoding):
    if encoding == "json":
        from opentelemetry.exporter.otlp.json.http._log_exporter import OTLPLogExporter
        from opentelemetry.exporter.otlp.json.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.exporter.otlp.json.http.trace_exporter import OTLPSpanExporter
    else:
        from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
        from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    return OTLPSpanExporter, OTLPMetricExporter, OTLPLogExporter


def bodies(encoding, spans, metrics, logs):
    if encoding == "json":
        from opentelemetry.exporter.otlp.json.common._log_encoder import encode_logs
        from opentelemetry.exporter.otlp.json.common.metrics_encoder import encode_metrics
        from opentelemetry.exporter.otlp.json.common.trace_encoder import encode_spans
        made = encode_spans(spans), encode_metrics(metrics), encode_logs(logs)
        return [body.to_json().encode() for body in made]
    from opentelemetry.exporter.otlp.proto.common._log_encoder import encode_logs
    from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
    from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
    made = encode_spans(spans), encode_metrics(metrics), encode_logs(logs)
    return [body.SerializeToString() for body in made]


def main():
    options = argparse.ArgumentParser()
    options.add_argument("encoding", choices=["protobuf", "json"])
    options.add_argument("--spans", type=int, default=1)
    options.add_argument("--text", default="plain")
    options.add_argument("--dump", action="store_true")
    given = options.parse_args()
    made = make_spans(given.spans, given.text), make_metrics(given.text), make_logs(given.text)
    if given.dump:
        for body in bodies(given.encoding, *made):
            print(base64.b64encode(body).decode())
        return 0
    failed = 0
    for name, exporter, batch in zip(["traces", "metrics", "logs"], exporters(given.encoding), made):
        # The three results are enumerations of their own; each has SUCCESS.
        result = exporter().export(batch)
        failed += result.name != "SUCCESS"
        print(name, "ok" if result.name == "SUCCESS" else result.name, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
