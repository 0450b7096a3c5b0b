"""The rows about what goes out: a span's cost, and a run's while its collector is away."""

import os
import shutil
import socket

from measuring import (
    RELEASE,
    SCRATCH,
    WEIR,
    call,
    describe,
    environment,
    peer,
    rounds,
    verdict,
)
from runs import AT_ONCE, forget_runs, start_sink

WEIR_BENCH = os.path.join(RELEASE, "weir-bench")
SPANS = 40_000


def fields(command, env=None):
    words = call(command, env)[1].split()
    return {name: int(value) for name, value in (word.split("=") for word in words)}


def measure_spans(options):
    """Event to span to OTLP/JSON, and over loopback; beside otel-go, which writes its own JSON."""
    sink = start_sink()
    counted = dict(os.environ, LD_PRELOAD=peer("count.so"))
    members = {
        "encoded": lambda: fields([WEIR_BENCH, "encode"]),
        "delivered": lambda: fields([WEIR_BENCH, "deliver", sink + "/v1/traces"]),
        "otel-go, JSON": lambda: fields([peer("go"), "spans", str(SPANS)]),
    }
    results = rounds(options.pairs, members)

    def each(name, field="processor"):
        return [r[name][field] / r[name]["spans"] for r in results]

    print("spans: of steps and attempts, from events in memory; processor time of all threads")
    for name in members:
        print(f"  {name:<34} {describe(each(name), 'ns a span', 0)}")
    allocated = fields([WEIR_BENCH, "encode"], counted)
    print(f"  {'bytes a span':<34} {results[-1]['encoded']['bytes'] / results[-1]['encoded']['spans']:.0f}")
    ratios = [e / g for e, g in zip(each("encoded"), each("otel-go, JSON"))]
    print(f"  {'encoded / otel-go':<34} {describe(ratios, '', 4)}")
    return all([
        verdict("encoded", each("encoded"), 1_000, 0, "ns"),
        verdict("delivered", each("delivered"), 1_500, 0, "ns"),
        verdict("allocations a span", [allocated["allocations"] / allocated["spans"]] * 2, 0.01),
    ])


def closed_port():
    """A port of this machine where nobody listens, and nobody will while it is held."""
    held = socket.socket()
    held.bind(("127.0.0.1", 0))
    return held, f"http://127.0.0.1:{held.getsockname()[1]}"


def measure_outage(options):
    """2,000 steps with a collector that is there, and with one that is not: the run must not care."""
    true = shutil.which("true") or "/bin/true"
    pipeline = os.path.join(SCRATCH, "outage.yaml")
    with open(pipeline, "w") as file:
        file.write(f"name: outage\nworkers: {AT_ONCE}\nsteps:\n")
        file.writelines(f"  s{n}: {{exec: [{true}]}}\n" for n in range(2_000))
    held, nowhere = closed_port()
    there = start_sink()

    def run(endpoint):
        forget_runs()
        return call([WEIR, "run", pipeline, "--progress", "none"], environment(endpoint))[0]

    results = rounds(max(options.pairs, 20), {"there": lambda: run(there), "away": lambda: run(nowhere)})
    held.close()
    forget_runs()
    print("outage: 2,000 steps, collector there or away")
    for name in ("there", "away"):
        print(f"  {name + ', wall':<34} {describe([r[name].wall for r in results], 's', 3)}")
        print(f"  {name + ', processors':<34} {describe([r[name].processor for r in results], 's', 3)}")
    return all([
        verdict("away / there, wall", [r["away"].wall / r["there"].wall for r in results], 1.03),
        verdict(
            "away / there, processors",
            [r["away"].processor / r["there"].processor for r in results],
            1.03,
        ),
    ])
