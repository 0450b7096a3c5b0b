#!/usr/bin/env bash
# The main job on real input: builds Weir, runs the example on this machine's packages with a
# collector beside it, and shows what everybody could see. Called by `make demo`, after set-up.
set -euo pipefail
cd "$(dirname "$0")/.."

status=/var/lib/dpkg/status
python=$PWD/.build/venv/bin/python
demo=$PWD/.build/demo
weir=$PWD/.build/release/weir
collector=

say() { printf '\n== %s\n' "$*"; }
refuse() { printf 'demo: %s\n' "$*" >&2; exit 1; }

stop_collector() {
  [ -n "$collector" ] || return 0
  kill "$collector" 2> /dev/null || true
  cat <&3 > /dev/null  # Its last words; then it is gone.
  collector=
}
trap stop_collector EXIT
trap 'stop_collector; exit 130' INT
trap 'stop_collector; exit 143' TERM

[ -r "$status" ] || refuse "$status is not readable: the demo reads the package list of a Debian or Ubuntu system."
[ -x "$python" ] || refuse ".build/venv is missing: call 'make demo', which sets it up."

say 'Building (release)'
Tests/Tools/release.sh --product weir

say 'Starting a collector on 127.0.0.1'
mkdir -p "$demo"
rm -f "$demo/spans.jsonl"
# In a session of its own: Ctrl-C is for the run, whose last spans should still find a collector.
exec 3< <(exec setsid "$python" Tests/Tools/otlp_receiver.py --out "$demo/spans.jsonl" --lifetime 900)
collector=$!
read -r -t 20 line <&3 || refuse 'the collector did not start: run Tests/Tools/otlp_receiver.py by hand to see why.'
printf '%s\n' "$line"
endpoint=$(sed -nE 's/^collector: (http[^ ]+).*/\1/p' <<< "$line")
[ -n "$endpoint" ] || refuse "the collector said nothing of its address: $line"

say 'Running examples/packages/weir.yaml'
while IFS='=' read -r name _; do unset "$name"; done < <(env | grep -E '^OTEL_[A-Z_]+=' || true)
export WEIR_STATE_DIR=$demo/state OTEL_EXPORTER_OTLP_ENDPOINT=$endpoint
export NO_PROXY=127.0.0.1 no_proxy=127.0.0.1
result=0
"$weir" run examples/packages/weir.yaml --outputs "$demo/outputs" || result=$?
[ "$result" -eq 0 ] || refuse "the run ended with exit $result; its log: WEIR_STATE_DIR=.build/demo/state .build/release/weir show last"

say 'What the collector holds'
"$python" Tests/Tools/otlp_check.py "$demo/spans.jsonl" --expect-runs 1

reports=("$demo"/outputs/packages/report/*/report.md)
report=${reports[-1]}
say "The head of ${report#"$PWD/"}"
head -n 19 "$report"

say 'Look again'
echo 'export WEIR_STATE_DIR=.build/demo/state'
echo '.build/release/weir show last        # or: logs last audit, runs, show last --json'
