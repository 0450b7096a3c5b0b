"""What all rows of the bench share: where things are, what a command costs, rounds, verdicts."""

import os
import resource
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SCRATCH = os.path.join(ROOT, ".build", "bench")
RELEASE = os.path.join(ROOT, ".build", "release")
WEIR = os.path.join(RELEASE, "weir")


class CannotMeasure(Exception):
    """A peer or a binary is missing, or one of them failed."""


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
    return f"{middle:.{digits}f}{unit and ' ' + unit} ({low:.{digits}f} … {high:.{digits}f})"


def verdict(label, values, budget, digits=3, unit="", at_least=False):
    middle = quartiles(values)[1]
    is_kept = middle >= budget if at_least else middle <= budget
    sign = "≥" if at_least else "≤"
    words = "within budget" if is_kept else "OVER BUDGET"
    if at_least and not is_kept:
        words = "BELOW BUDGET"
    print(f"  {label:<34} {describe(values, unit, digits)}, budget {sign} {budget:g}{unit and ' ' + unit}: {words}")
    return is_kept
