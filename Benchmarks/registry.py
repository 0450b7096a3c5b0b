"""The rows about the registry of metrics, beside client_golang: counting, and the scrape."""

import os

from measuring import RELEASE, call, describe, peer, rounds, verdict

WEIR_BENCH = os.path.join(RELEASE, "weir-bench")
SERIES = 100_000


def measure_counter(options):
    return measure_hot(options, "counter", "one add to a kept child", 1.1, 0.5)


def measure_histogram(options):
    return measure_hot(options, "histogram", "one observation, 11 buckets", 1.0, 0.5)


def measure_hot(options, row, what, alone_budget, shared_budget):
    """One thread, then one for each processor, all of them with the same child."""
    processors = os.cpu_count() or 1
    print(f"{row}: {what}; nanoseconds of a processor each, so wall time is that over the threads")
    kept = True
    # Several threads on one processor are never in each other's way: there is nothing to measure.
    for threads, budget in ((1, alone_budget), (processors, shared_budget))[:processors]:
        members = {
            "weir": lambda: nanoseconds([WEIR_BENCH, row, str(threads)]),
            "client_golang": lambda: nanoseconds([peer("go"), row, str(threads)]),
        }
        results = rounds(options.pairs, members)
        words = "one core" if threads == 1 else f"{threads} threads"
        for name in members:
            print(f"  {name + ', ' + words:<34} {describe([r[name] for r in results], 'ns', 2)}")
        ratios = [r["weir"] / r["client_golang"] for r in results]
        kept = verdict(f"weir / client_golang, {words}", ratios, budget) and kept
    return kept


def nanoseconds(command):
    operations, taken = call(command)[1].split()
    return int(taken) / max(1, int(operations))


def measure_scrape(options):
    def fields(command):
        words = call(command)[1].split()
        return {name: int(value) for name, value in (word.split("=") for word in words)}

    members = {
        "weir": lambda: fields([WEIR_BENCH, "scrape", str(SERIES)]),
        "client_golang": lambda: fields([peer("go"), "scrape", str(SERIES)]),
    }
    results = rounds(options.pairs, members)
    print(f"scrape: {SERIES} series into a buffer that is used again, a fifth of them changed before each")
    for name in members:
        last = results[-1][name]
        print(f"  {name}: {last['series']} lines, {last['bytes']} bytes")
        for field, label, scale, unit, digits in (
            ("processor", "processor time", 1e6, "ms", 2),
            ("wall", "wall time", 1e6, "ms", 2),
            ("first", "the first one, processor time", 1e6, "ms", 2),
            ("memory", "peak memory a series", SERIES, "B", 0),
        ):
            print(f"    {label:<32} {describe([r[name][field] / scale for r in results], unit, digits)}")

    def ratios(field):
        return [r["weir"][field] / r["client_golang"][field] for r in results]

    print(f"  {'first one':<34} {describe(ratios('first'), '', 4)}")
    print(f"  {'wall time':<34} {describe(ratios('wall'), '', 4)}")
    is_fast = verdict("processor time", ratios("processor"), 1 / 50, 4)
    return verdict("peak memory", ratios("memory"), 1 / 4) and is_fast
