"""The rows about the agent's endpoints, beside Go's net/http and promhttp, under wrk."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import urllib.request

from measuring import (
    ROOT,
    SCRATCH,
    WEIR,
    CannotMeasure,
    describe,
    environment,
    peer,
    quartiles,
    rounds,
    verdict,
)

CONNECTIONS = 32
SECONDS = 2
SERVER_CORE, LOAD_CORE = 0, 1
BUDGET = 1.3
PIPELINES = {
    "nightly": "name: nightly\nsteps:\n  fetch: {exec: ['true']}\n  load: {exec: ['true'], needs: [fetch]}\n",
    "hourly": "name: hourly\nsteps:\n  check: {exec: ['true']}\n",
}


def measure_http(options):
    if not shutil.which("wrk"):
        raise CannotMeasure("no wrk to load the servers with: install wrk")
    if not {SERVER_CORE, LOAD_CORE} <= os.sched_getaffinity(0):
        raise CannotMeasure("the http row needs two processors: one for the server, one for the load")
    with contextlib.ExitStack() as stack:
        weir = stack.enter_context(serving(weir_command(), environment()))
        exposition = os.path.join(SCRATCH, "exposition.txt")
        for path in ("/healthz", "/metrics"):  # Each route has its series from its first answer on.
            body(weir.url + path)
        with open(exposition, "wb") as file:
            file.write(body(weir.url + "/metrics"))
        # One thread answers in Weir.
        go = stack.enter_context(
            serving([peer("go"), "serve", exposition], dict(os.environ, GOMAXPROCS="1"))
        )
        print(
            f"http: wrk, {CONNECTIONS} connections kept alive, 16 requests a write, {SECONDS} s; "
            f"server on processor {SERVER_CORE}, load on {LOAD_CORE}, GOMAXPROCS=1"
        )
        servers = {"weir": weir, "net/http": go}
        kept = [measure_path(options, servers, path) for path in ("/healthz", "/metrics")]
    return all(kept)


def measure_path(options, servers, path):
    for name, server in servers.items():
        lines = body(server.url + path).splitlines()
        samples = sum(not line.startswith(b"#") for line in lines)
        size = sum(len(line) + 1 for line in lines)
        print(f"  {path} of {name}: {samples} lines without comments, {size} bytes")
    members = {name: lambda s=server: load(s, path) for name, server in servers.items()}
    results = rounds(options.pairs, members)
    for name in members:
        rate = describe([r[name].rate for r in results], "requests/s", 0)
        cost = describe([r[name].processor * 1e6 for r in results], "µs", 2)
        busy = quartiles([100 * r[name].rate * r[name].processor for r in results])[1]
        print(f"  {path + ' of ' + name:<34} {rate}, busy {busy:.0f} % of the time; {cost} of a processor each")
    cost = [r["net/http"].processor / r["weir"].processor for r in results]
    print(f"  {path + ' by processor time':<34} {describe(cost, '', 3)}")
    rate = [r["weir"].rate / r["net/http"].rate for r in results]
    return verdict(f"{path}, requests/s", rate, BUDGET, at_least=True)


class Load:
    """What came of a time under load: requests a second, and seconds of a processor for each."""

    def __init__(self, rate, processor):
        self.rate = rate
        self.processor = processor


def load(server, path):
    before = server.processor_seconds()
    # One request a write costs wrk more than a server's answer costs the server, and the rate
    # would be wrk's.
    script = os.path.join(ROOT, "Benchmarks", "pipeline.lua")
    command = ["taskset", "-c", str(LOAD_CORE), "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-s", script]
    done = subprocess.run([*command, server.url + path], capture_output=True, text=True)
    after = server.processor_seconds()
    rate = re.search(r"Requests/sec:\s*([\d.]+)", done.stdout)
    count = re.search(r"(\d+) requests in", done.stdout)
    if done.returncode != 0 or not rate or not count or int(count[1]) == 0:
        raise CannotMeasure(f"wrk {server.url}{path}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    if re.search(r"Non-2xx|Socket errors", done.stdout):
        raise CannotMeasure(f"{server.url}{path} failed under load\n{done.stdout}")
    return Load(float(rate[1]), (after - before) / int(count[1]))


def weir_command():
    folder = os.path.join(SCRATCH, "pipelines")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for name, text in PIPELINES.items():
        with open(os.path.join(folder, name + ".yaml"), "w") as file:
            file.write(text)
    return [WEIR, "serve", folder, "--listen", "127.0.0.1:0"]


def body(url):
    # A proxy has no part in this.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, timeout=10) as answer:
        return answer.read()


class Server:
    """A process that listens, on one processor."""

    def __init__(self, process, url):
        self.process = process
        self.url = url

    def processor_seconds(self):
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def serving(command, env):
    process = subprocess.Popen(
        ["taskset", "-c", str(SERVER_CORE), *command],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        said = []
        for line in process.stdout:
            said.append(line)
            if url := re.search(r"http://127\.0\.0\.1:\d+", line):
                yield Server(process, url[0])
                break
        else:
            raise CannotMeasure(f"{' '.join(command)} gave no address\n{''.join(said)}")
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
