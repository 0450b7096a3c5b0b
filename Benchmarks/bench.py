#!/usr/bin/env python3
"""Measures Weir against its budgets, side by side with its peers, and says what came out.

    bench.py [--pairs N] [--steps N] [--only ROW]...     rows: machine, start, spawn

The members of a round are run one after the other, in a different order each time, and the ratio
is taken within the round: machines drift, neighbours wake up. A row is within its budget when the
median ratio is. Exit 0: all rows are; 1: one is not; 2: it could not measure.
"""

import argparse
import http.server
import os
import resource
import shutil
import statistics
import subprocess
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SCRATCH = os.path.join(ROOT, ".build", "bench")
RELEASE = os.path.join(ROOT, ".build", "release")
WEIR = os.path.join(RELEASE, "weir")
AT_ONCE = 2


class CannotMeasure(Exception):
    """A peer or a binary is missing, or one of them failed."""


class Sink(http.server.BaseHTTPRequestHandler):
    """A collector that costs as little as possible: reads, counts, answers, forgets."""

    spans = 0
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        Sink.spans += body.count(b'"spanId":"')
        self.wfile.write(self.answer)

    def log_message(self, *arguments):
        pass


def start_sink():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Sink)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}"


def compile_peers():
    compiler = os.environ.get("CC") or shutil.which("cc")
    if not compiler:
        raise CannotMeasure("no C compiler for the peers: install gcc, or set CC")
    for name, libraries in (("spawn", []), ("stamp", []), ("load", ["-lcurl"])):
        source = os.path.join(ROOT, "Benchmarks", name + ".c")
        command = [compiler, "-O2", "-o", peer(name), source, *libraries]
        try:
            done = subprocess.run(command, capture_output=True, text=True)
        except OSError as error:
            raise CannotMeasure(f"no C compiler for the peers: {error}") from error
        if done.returncode != 0:
            raise CannotMeasure(f"{' '.join(command)}\n{done.stderr}")


def peer(name):
    return os.path.join(SCRATCH, name)


def environment(endpoint=None):
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("OTEL_", "WEIR_"))}
    kept["WEIR_STATE_DIR"] = os.path.join(SCRATCH, "state")
    kept["NO_PROXY"] = kept["no_proxy"] = "127.0.0.1"
    if endpoint:
        kept["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint
    return kept


class Cost:
    """What a command took: seconds on the clock, and of processors, its children's included."""

    def __init__(self, wall, processor):
        self.wall = wall
        self.processor = processor


def call(command, env=None):
    """What the command cost, seen from outside, and what it printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, env=env, stdin=subprocess.DEVNULL)
    wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if done.returncode != 0:
        raise CannotMeasure(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return Cost(wall, processor), done.stdout


def forget_runs():
    shutil.rmtree(os.path.join(SCRATCH, "state"), ignore_errors=True)


def rounds(count, members):
    """One dictionary of results a round; who goes first changes from round to round."""
    names = list(members)
    for name in names:  # Caches warm, binaries paged in.
        members[name]()
    results = []
    for number in range(count):
        turn = number % len(names)
        order = names[turn:] + names[:turn]
        results.append({name: members[name]() for name in order})
        print(".", end="", flush=True, file=sys.stderr)
    print(file=sys.stderr)
    return results


def quartiles(values):
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return low, middle, high


def describe(values, unit, digits):
    low, middle, high = quartiles(values)
    return f"{middle:.{digits}f} {unit} ({low:.{digits}f} … {high:.{digits}f})"


def verdict(label, values, budget, digits=3, unit="", at_least=False):
    middle = quartiles(values)[1]
    is_kept = middle >= budget if at_least else middle <= budget
    sign = "≥" if at_least else "≤"
    words = "within budget" if is_kept else "OVER BUDGET"
    if at_least and not is_kept:
        words = "BELOW BUDGET"
    print(f"  {label:<24} {describe(values, unit, digits)}, budget {sign} {budget:g} {unit}: {words}")
    return is_kept


def measure_spawn(options):
    """Many short children: what a runner costs on top of starting them at all."""
    true = shutil.which("true") or "/bin/true"
    pipeline = os.path.join(SCRATCH, "spawn.yaml")
    with open(pipeline, "w") as file:
        file.write(f"name: spawn\nworkers: {AT_ONCE}\nsteps:\n")
        file.writelines(f"  s{n}: {{exec: [{true}]}}\n" for n in range(options.steps))
    env = environment(start_sink())
    accepted = []

    def loop(kind):
        return call([peer("spawn"), kind, str(options.steps), str(AT_ONCE), true])[0]

    def weir():
        forget_runs()
        Sink.spans = 0
        cost = call([WEIR, "run", pipeline, "--progress", "none"], env)[0]
        accepted.append(Sink.spans)
        if Sink.spans <= options.steps:
            raise CannotMeasure(f"{options.steps} steps sent {Sink.spans} spans: export is not on")
        return cost

    members = {"bare": lambda: loop("bare"), "full": lambda: loop("full"), "weir": weir}
    results = rounds(options.pairs, members)
    forget_runs()
    print(f"spawn: {options.steps} steps of {true}, {AT_ONCE} at once; spans at the collector by exit: {min(accepted)}")
    for name in members:
        wall = describe([r[name].wall for r in results], "s", 3)
        processor = describe([r[name].processor for r in results], "s", 3)
        print(f"  {name:<24} {wall}; of processors {processor}")
    # Wall time scatters by more than the budget is wide: two processors are shared by the members,
    # the collector and whatever else runs. What a runner costs shows in the processors' time.
    kept = True
    for name, label, budget in (("full", "full C loop", 1.08), ("bare", "bare posix_spawn", 1.20)):
        wall = [r["weir"].wall / r[name].wall for r in results]
        print(f"  {'weir / ' + label + ', wall':<24} {describe(wall, '', 3)}")
        processor = [r["weir"].processor / r[name].processor for r in results]
        kept = verdict(f"weir / {label}", processor, budget) and kept
    return kept


def measure_start(options):
    """From exec of Weir to the first instruction of its first step."""
    stamp_file = os.path.join(SCRATCH, "stamp.txt")
    pipeline = os.path.join(SCRATCH, "start.yaml")
    with open(pipeline, "w") as file:
        file.write(f"name: start\nsteps:\n  first: {{exec: ['{peer('stamp')}', '{stamp_file}']}}\n")
    env = environment()

    def until_stamp(command):
        start = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        call(command, env)
        with open(stamp_file) as file:
            return (int(file.read()) - start) / 1e6

    members = {
        "libcurl": lambda: until_stamp([peer("load"), peer("stamp"), stamp_file]),
        "weir": lambda: until_stamp([WEIR, "run", pipeline, "--progress", "none"]),
    }
    results = rounds(max(options.pairs, 21), members)
    forget_runs()
    print("start: from exec to the first step's first instruction")
    for name in members:
        print(f"  {name:<24} {describe([r[name] for r in results], 'ms', 2)}")
    return verdict("weir on top of libcurl", [r["weir"] - r["libcurl"] for r in results], 5, 2, "ms")


def measure_machine(options):
    """The run machine alone, without a world."""
    rates = []
    for _ in range(options.pairs):
        events, seconds = call([os.path.join(RELEASE, "weir-bench")])[1].split()
        rates.append(int(events) / float(seconds))
    print("machine: events of a layered run of 20,000 steps, one core")
    return verdict("events a second", rates, 300_000, 0, at_least=True)


def tell_load():
    """Ratios survive other work on the machine only so far: whoever reads them should know."""
    load, processors = os.getloadavg()[0], os.cpu_count() or 1
    words = "quiet" if load < processors / 2 else "busy with other work, so do not trust the verdicts"
    print(f"{processors} processors, load average {load:.1f}: {words}")


ROWS = {"machine": measure_machine, "start": measure_start, "spawn": measure_spawn}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", type=int, default=9, help="rounds of a row (9)")
    parser.add_argument("--steps", type=int, default=5000, help="steps of the spawn row (5000)")
    parser.add_argument("--only", action="append", choices=ROWS, help="this row only; repeatable")
    options = parser.parse_args()
    if options.pairs < 2 or options.steps < 1:
        parser.error("--pairs from 2, --steps from 1")
    os.makedirs(SCRATCH, exist_ok=True)
    try:
        for binary in ("weir", "weir-bench"):
            if not os.access(os.path.join(RELEASE, binary), os.X_OK):
                raise CannotMeasure(f".build/release/{binary} is missing: call 'make bench'")
        compile_peers()
        tell_load()
        kept = [ROWS[name](options) for name in ROWS if not options.only or name in options.only]
    except CannotMeasure as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
