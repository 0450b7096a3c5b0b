#!/usr/bin/env bash
# Runs the test suites one after the other and ends with the seconds each took.
# Usage: suites.sh check|test. Whole output: .build/logs/<suite>.log; shown here: what failed.
set -euo pipefail
cd "$(dirname "$0")/../.."

scope=${1:?usage: suites.sh check|test}
logs=.build/logs
sources='Sources Tests Benchmarks Package.swift'
slow='(Kill|Integration|Simulation)Tests/'
names=() seconds=() results=() broken=() failed=0 child=
passed_tests=0 failed_tests=0
mkdir -p "$logs"

# A suite that hangs must end by itself, and Ctrl-C must reach it: `timeout` has its own group.
stop() { [ -z "$child" ] || kill -TERM "$child" 2>/dev/null || true; summary; exit 130; }
trap stop INT TERM

summary() {
  [ "${#names[@]}" -gt 0 ] || return 0
  local total=0 index
  printf '\n%-18s %8s  %s\n' suite seconds result
  for index in "${!names[@]}"; do
    printf '%-18s %8d  %s\n' "${names[$index]}" "${seconds[$index]}" "${results[$index]}"
    total=$((total + seconds[index]))
  done
  printf '%-18s %8d\n\n' total "$total"
  printf 'tests: %d passed, %d failed\n' "$passed_tests" "$failed_tests"
  # Once more, and last: of a long output often only the end is kept.
  [ "${#broken[@]}" -eq 0 ] || printf '%s\n' "${broken[@]}"
}

# suite NAME LIMIT COMMAND…: runs it, at most LIMIT seconds, and notes how it went.
suite() {
  local name=$1 limit=$2 log result=ok start=$SECONDS
  shift 2
  log=$logs/${name// /-}.log
  printf '== %s\n' "$name"
  timeout --kill-after=10 "$limit" "$@" >"$log" 2>&1 &
  child=$!
  wait "$child" || result="failed ($?)"
  child=
  note "$name" $((SECONDS - start)) "$result" "$log"
}

# The lines that say what is wrong, and what belongs to an issue up to the next test's line.
faults() {
  awk '
    /" skipped/ { print; found = 1 }
    /recorded an issue/ { inside = 1; left = 25 }
    /^(✔|◇)/ || /^✘ (Test|Suite) .* failed after/ { inside = 0 }
    inside && left-- > 0 || /error:|ThreadSanitizer|Fatal error|^✘ Test run/ { print; found = 1 }
    END { exit !found }' "$1" | awk 'NR <= 200'
}

# culprits NAME LOG: which tests failed, and the first words of why.
culprits() {
  grep -E '^✘ Test [^r].* (failed after|recorded an issue)' "$2" | cut -c 1-300 | sort -u |
    head -n 12 | sed "s/^/$1: /" || true
}

note() {
  local result=$3 log=$4 tests bad
  if [ "$result" = ok ]; then
    tests=$(sed -nE 's/.*Test run with ([0-9]+) tests?.*/\1/p' "$log" | awk '{ n += $1 } END { if (NR) print n }')
    # A filter that matches nothing passes: that must not look like a test that passed.
    if [ "$tests" = 0 ]; then result='failed (no test ran)'; fi
    # On a person's machine a part may be missing; where CI is set, all of it has to be there.
    if [ "${CI:-}" = true ] && grep -q '" skipped' "$log"; then
      result='failed (skipped under CI)'
    fi
    # What the test runner itself says, so that nobody has to believe the sums below.
    sed -nE 's/^(. Test run with [0-9]+ tests? in [0-9]+ suites? .*)/   \1/p' "$log"
    passed_tests=$((passed_tests + ${tests:-0}))
  else
    # One that hangs or crashes is counted too, though no line says so.
    bad=$(grep -cE '^✘ Test [^r].* failed after' "$log" || true)
    failed_tests=$((failed_tests + (bad > 0 ? bad : 1)))
  fi
  if [ "$result" != ok ]; then
    failed=1
    printf -- '-- %s\n' "$log"
    faults "$log" || tail -n 40 "$log"
    mapfile -t -O "${#broken[@]}" broken < <(culprits "$1" "$log")
  fi
  names+=("$1") seconds+=("$2") results+=("$result")
}

finish() { summary; exit "$failed"; }

# The last suite has to have passed for the next to mean anything.
must() { [ "${results[-1]}" = ok ] || finish; }

suite 'format lint' 120 swift format lint --strict --parallel --recursive $sources
suite build 900 swift build --build-tests --explicit-target-dependency-import-check error
must
suite 'unit and tidy' 600 swift test --skip-build --skip "$slow"
[ "$scope" = test ] || finish

export WEIR_TEST_PYTHON="$PWD/.build/venv/bin/python"
suite 'sanitizer probe' 120 Tests/Tools/tsan-probe.sh
export TSAN_OPTIONS="suppressions=$PWD/Tests/Tools/tsan-suppressions.txt"
# What starts threads, and nothing else: the package leaves targets and folders out (Package.swift),
# this what is alone on its thread and long at it.
alone='\.(AttemptLog|ExportOutbox|ReceivedSpool|RetentionCrash|RunEventCodec|TailRingPiece)Tests'
sanitized() { WEIR_TESTS=concurrent swift test --sanitize=thread --scratch-path .build/tsan "$@"; }
export -f sanitized
suite 'thread sanitizer' 900 bash -c 'sanitized "$@"' sanitized --skip "$slow|$alone"
# The endpoint loop has its tests among those that need sockets.
suite 'sanitizer: loop' 300 bash -c 'sanitized "$@"' sanitized --skip-build \
  --filter '^TransportTests\.HTTP(Server|Task)IntegrationTests'
for kind in Simulation Kill Integration; do
  suite "${kind,,}" 600 swift test --skip-build --filter "${kind}Tests/"
done
# What is shipped is built as one module each, and shown to run.
suite 'release build' 900 Tests/Tools/release.sh --product weir
suite example 600 examples/packages/verify
finish
