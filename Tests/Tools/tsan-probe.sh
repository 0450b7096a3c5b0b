#!/usr/bin/env bash
# The thread sanitizer, with our suppressions, still reports a race and passes a contended Mutex.
set -euo pipefail
cd "$(dirname "$0")/../.."

probe=.build/tsan-probe
export TSAN_OPTIONS="suppressions=$PWD/Tests/Tools/tsan-suppressions.txt"
mkdir -p .build
swiftc -swift-version 6 -Onone -g -sanitize=thread Tests/Tools/tsan-probe.swift -o "$probe"

"$probe" mutex || { echo 'error: a Mutex is reported: does tsan-suppressions.txt still match?'; exit 1; }
if "$probe" race > "$probe.log" 2>&1; then
  echo 'error: a race is not reported: tsan-suppressions.txt hides too much'
  exit 1
fi
grep -qE 'ThreadSanitizer: (data|Swift access) race' "$probe.log"
