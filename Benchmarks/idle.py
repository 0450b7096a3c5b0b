"""The row about an agent with nothing to do: memory, and what wakes it up."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import time

from exporting import start_sink
from measuring import SCRATCH, WEIR, CannotMeasure, environment, verdict
from serving import body, serving

SCHEDULES = 100
SECONDS = 60
BUDGET_BYTES = 20_000_000


def measure_idle(options):
    """An agent with schedules of which none is due, watched for a minute."""
    if not shutil.which("strace"):
        raise CannotMeasure("no strace to count system calls with: install strace")
    folder = os.path.join(SCRATCH, "idle")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    # Half an hour from now: nothing of it falls into the minute.
    due = time.localtime(time.time() + 1800)
    for number in range(SCHEDULES):
        text = (
            f"name: p{number}\nschedule: {{cron: '{due.tm_min} {due.tm_hour} * * *', jitter: 1m}}\n"
            "steps: {a: {run: 'true'}}\n"
        )
        with open(os.path.join(folder, f"p{number}.yaml"), "w") as file:
            file.write(text)
    command = [WEIR, "serve", folder, "--listen", "127.0.0.1:0"]
    print(f"idle: {SCHEDULES} schedules of which none is due, {SECONDS} s under strace")
    memory, calls = watch(command, environment())
    # libcurl and the forty libraries that it brings, which are the same pages for every process.
    with_collector, calls_with_collector = watch(command, environment(start_sink()))
    print(f"  with a collector                   {with_collector / 1e6:.1f} MB, of which libcurl's libraries are the difference")
    return all([
        verdict("system calls", [calls] * 2, 0, 0),
        verdict("the same, with a collector", [calls_with_collector] * 2, 0, 0),
        verdict("resident memory", [memory / 1e6] * 2, BUDGET_BYTES / 1e6, 1, "MB"),
    ])


def watch(command, env):
    """The agent's memory, and the system calls of a minute in which nobody asks it for anything."""
    shutil.rmtree(env["WEIR_STATE_DIR"], ignore_errors=True)
    with contextlib.ExitStack() as stack:
        agent = stack.enter_context(serving(command, env))
        for path in ("/metrics", "/readyz"):  # As a scraper and a probe have been there.
            body(agent.url + path)
        time.sleep(5)
        return resident(agent.process.pid), count_calls(agent.process.pid)


def count_calls(pid):
    """Calls that any thread begins; what goes on since before is not one."""
    tracer = subprocess.Popen(
        ["strace", "-f", "-q", "-p", str(pid)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(SECONDS)
    tracer.send_signal(signal.SIGINT)
    lines = tracer.communicate()[1].splitlines()
    # Being looked at interrupts a call, which then begins again.
    begun = [line for line in lines if re.search(r"\w+\(", line) and "restart_syscall" not in line]
    waits = {re.search(r"\[pid +(\d+)\]", line)[1] if "[pid" in line else "" for line in begun}
    for line in begun[:40]:
        if "detached" not in line:
            print(f"    {line}")
    return max(0, len(begun) - len(waits))


def resident(pid):
    with open(f"/proc/{pid}/status") as file:
        return int(re.search(r"VmRSS:\s*(\d+) kB", file.read())[1]) * 1024
