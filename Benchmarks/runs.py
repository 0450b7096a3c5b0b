"""The rows about runs: the run machine alone, the start of a step, many short steps."""

import http.server
import os
import shutil
import threading
import time

from measuring import (
    RELEASE,
    SCRATCH,
    WEIR,
    CannotMeasure,
    call,
    describe,
    environment,
    peer,
    rounds,
    verdict,
)

AT_ONCE = 2


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


def forget_runs():
    shutil.rmtree(os.path.join(SCRATCH, "state"), ignore_errors=True)


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
        print(f"  {name:<34} {wall}; of processors {processor}")
    # Wall time scatters by more than the budget is wide: two processors are shared by the members,
    # the collector and whatever else runs. What a runner costs shows in the processors' time.
    kept = True
    for name, label, budget in (("full", "full C loop", 1.08), ("bare", "bare posix_spawn", 1.20)):
        wall = [r["weir"].wall / r[name].wall for r in results]
        print(f"  {'weir / ' + label + ', wall':<34} {describe(wall, '', 3)}")
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
        print(f"  {name:<34} {describe([r[name] for r in results], 'ms', 2)}")
    return verdict("weir on top of libcurl", [r["weir"] - r["libcurl"] for r in results], 5, 2, "ms")


def measure_machine(options):
    """The run machine alone, without a world: plain, and with all mechanisms on; then planning."""
    bench = os.path.join(RELEASE, "weir-bench")
    rates = {"machine": [], "gated": []}
    planning = []
    for _ in range(options.pairs):
        for name, list_of in rates.items():
            events, seconds = call([bench, name])[1].split()
            list_of.append(int(events) / float(seconds))
        planning.append(float(call([bench, "planning"])[1]))
    print("machine: events of a layered run of 20,000 steps, one core")
    verdicts = [
        verdict("events a second", rates["machine"], 300_000, 0, at_least=True),
        verdict("the same with all mechanisms on", rates["gated"], 300_000, 0, at_least=True),
        verdict("100,000 steps, from text to plan", planning, 1, 3, "s"),
    ]
    return all(verdicts)
