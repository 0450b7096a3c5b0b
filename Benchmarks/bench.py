#!/usr/bin/env python3
"""Measures Weir against its budgets, side by side with its peers, and says what came out.

    bench.py [--pairs N] [--steps N] [--only ROW]...

Rows: machine, start, spawn (runs.py); counter, histogram, scrape (registry.py); http (serving.py); idle (idle.py); spans, outage (exporting.py).
The members of a round are run one after the other, in a different order each time, and the ratio
is taken within the round: machines drift, neighbours wake up. A row is within its budget when the
median ratio is. Exit 0: all rows are; 1: one is not; 2: it could not measure.
"""

import argparse
import os
import sys

from exporting import measure_outage, measure_spans
from idle import measure_idle
from measuring import RELEASE, SCRATCH, CannotMeasure
from peers import compile_peers
from registry import measure_counter, measure_histogram, measure_scrape
from runs import measure_machine, measure_spawn, measure_start
from serving import measure_http

ROWS = {
    "machine": measure_machine,
    "start": measure_start,
    "spawn": measure_spawn,
    "counter": measure_counter,
    "histogram": measure_histogram,
    "scrape": measure_scrape,
    "http": measure_http,
    "idle": measure_idle,
    "spans": measure_spans,
    "outage": measure_outage,
}


def tell_load():
    """Ratios survive other work on the machine only so far: whoever reads them should know."""
    load, processors = os.getloadavg()[0], os.cpu_count() or 1
    words = "quiet" if load < processors / 2 else "busy with other work, so do not trust the verdicts"
    print(f"{processors} processors, load average {load:.1f}: {words}")


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
