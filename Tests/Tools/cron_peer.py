#!/usr/bin/env python3
"""What another implementation of Debian's cron (cronsim) takes for due, in the system's time zones.

    cron_peer.py FIRST LAST [--near HOURS EXPRESSION]... [--all EXPRESSION]...
                 [--changing EXPRESSION]... -- ZONE...

FIRST and LAST are seconds since the epoch. Prints JSON, one object in a line:

    {"zone": NAME, "changes": [[AT, BEFORE, AFTER], ...]}
        for every zone: when its offset changes, and the offsets in seconds east of UTC;
    {"zone": NAME, "expression": TEXT, "after": SECONDS, "through": SECONDS,
     "slots": [[START, STEP, COUNT], ...]}
        for every --near expression so many hours around every change: where clocks that show the
        same change in the same way, for the first of them; for every --all expression from FIRST
        to LAST: of zones with the same offset and changes for the first; for every --changing
        expression of zones whose clocks show the same whenever they change for the first.

Slots are in seconds since the epoch, COUNT of them from START on, each STEP after the one before.
"""

import json
import sys
import zoneinfo
from datetime import datetime, timezone

from cronsim import CronSim

DAY = 86400
# The system's files, and not those of the package tzdata.
zoneinfo.reset_tzpath(["/usr/share/zoneinfo"])


def offset(zone, seconds):
    """Seconds east of UTC."""
    return int(datetime.fromtimestamp(seconds, zone).utcoffset().total_seconds())


def changes(zone, first, last):
    """The offset's changes from one instant to another, found by halving two days."""
    found = []
    before = offset(zone, first)
    for start in range(first, last, 2 * DAY):
        end = min(start + 2 * DAY, last)
        after = offset(zone, end)
        if after != before:
            low, high = start, end
            while high - low > 1:
                middle = (low + high) // 2
                if offset(zone, middle) == before:
                    low = middle
                else:
                    high = middle
            found.append((high, before, after))
        before = after
    return found


def shown(some_changes):
    """What the clocks show before and after changes: all that cron goes by."""
    return tuple((at + before, at + after) for at, before, after in some_changes)


def slots(expression, zone, after, through):
    """The expression's slots after one instant and not after another."""
    found = []
    for slot in CronSim(expression, datetime.fromtimestamp(after, zone)):
        seconds = int(slot.astimezone(timezone.utc).timestamp())
        if seconds > through:
            break
        found.append(seconds)
    return found


def runs(found):
    """Slots as [start, step, count]."""
    packed = []
    for slot in found:
        last = packed[-1] if packed else None
        if last and last[2] == 1:
            last[1:] = [slot - last[0], 2]
        elif last and slot == last[0] + last[1] * last[2]:
            last[2] += 1
        else:
            packed.append([slot, 0, 1])
    return packed


def answer(name, zone, expression, after, through):
    """One line of the answer."""
    found = runs(slots(expression, zone, after, through))
    line = {"zone": name, "expression": expression, "after": after, "through": through}
    print(json.dumps(line | {"slots": found}, separators=(",", ":")))


def main():
    words = iter(sys.argv[1:])
    first, last = int(next(words)), int(next(words))
    expressions = {"--near": [], "--all": [], "--changing": []}
    for option in iter(lambda: next(words), "--"):
        reach = int(float(next(words)) * 3600) if option == "--near" else None
        expressions[option].append((reach, next(words)))
    seen = set()
    for name in words:
        zone = zoneinfo.ZoneInfo(name)
        all_changes = tuple(changes(zone, first, last))
        print(json.dumps({"zone": name, "changes": all_changes}, separators=(",", ":")))
        for at, _, _ in all_changes:
            # What else happens so near that it could matter.
            around = shown(change for change in all_changes if abs(change[0] - at) < 5 * DAY)
            if around not in seen:
                seen.add(around)
                for reach, expression in expressions["--near"]:
                    answer(name, zone, expression, at - reach, at + reach)
        if ("whole", shown(all_changes)) not in seen:
            seen.add(("whole", shown(all_changes)))
            for _, expression in expressions["--changing"]:
                answer(name, zone, expression, first, last)
        if (offset(zone, first), all_changes) not in seen:
            seen.add((offset(zone, first), all_changes))
            for _, expression in expressions["--all"]:
                answer(name, zone, expression, first, last)


if __name__ == "__main__":
    main()
