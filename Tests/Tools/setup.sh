#!/usr/bin/env bash
# Brings a machine that has only Swift to where the Makefile's targets work, and says what it does.
# Usage: setup.sh build|check|demo|bench|test. What is there already is left alone, so a second
# call costs a fraction of a second.
set -euo pipefail
cd "$(dirname "$0")/../.."

purpose=${1:?usage: setup.sh build|check|demo|bench|test}
venv=.build/venv
requirements=Tests/Tools/requirements.txt
prometheus=.build/prometheus

say() { printf 'set-up: %s\n' "$*"; }
refuse() { printf 'set-up: %s\n' "$*" >&2; exit 1; }

have_swift() {
  command -v swift >/dev/null ||
    refuse "Swift 6.2 or later is missing: install it as www.swift.org/install/linux says, then call this again."
  local version
  version=$(swift --version 2>/dev/null | sed -nE 's/.*Swift version ([0-9]+)\.([0-9]+).*/\1 \2/p')
  [ -n "$version" ] || refuse "'swift --version' gives no version: is the toolchain complete?"
  # shellcheck disable=SC2086
  set -- $version
  [ "$1" -gt 6 ] || { [ "$1" -eq 6 ] && [ "$2" -ge 2 ]; } ||
    refuse "Swift 6.2 or later is needed, and 'swift' is $1.$2: put a newer toolchain first in PATH."
}

have_curl_headers() {
  pkg-config --exists libcurl 2>/dev/null && return
  [ -e /usr/include/curl/curl.h ] || compgen -G '/usr/include/*/curl/curl.h' >/dev/null
}
# What Swift links with: the toolchain brings neither the linker nor the C++ runtime's library.
have_linker() { command -v ld >/dev/null && compgen -G '/usr/lib/gcc/*/*/libstdc++.*' >/dev/null; }
have_compiler() { command -v cc >/dev/null; }
have_go() { command -v go >/dev/null; }
# Debian's sources of client_golang, which Go finds by its old way of looking (GOPATH).
have_go_metrics() { [ -d /usr/share/gocode/src/github.com/prometheus/client_golang/prometheus/promhttp ]; }
have_go_traces() { [ -d /usr/share/gocode/src/go.opentelemetry.io/otel/exporters/stdout/stdouttrace ]; }
have_python() { python3 -c 'import ensurepip, venv' >/dev/null 2>&1; }

missing_packages() {
  have_curl_headers || echo libcurl4-openssl-dev
  have_linker || echo g++
  command -v awk >/dev/null || echo mawk
  command -v flock >/dev/null || echo util-linux
  case $purpose in
    check | demo) have_python || echo python3 python3-venv ;;
    test)
      have_python || echo python3 python3-venv
      command -v openssl >/dev/null || echo openssl
      command -v curl >/dev/null || echo curl
      # Without a service manager running: only what reads unit files.
      command -v systemd-analyze >/dev/null || echo systemd
      [ -e /usr/share/zoneinfo/zone1970.tab ] || echo tzdata
      # The shells that completions are for, and those that read the man page.
      for program in zsh fish mandoc groff; do command -v "$program" >/dev/null || echo "$program"; done
      ;;
    bench)
      command -v python3 >/dev/null || echo python3
      have_compiler || echo gcc libc6-dev
      have_go || echo golang-go
      have_go_metrics || echo golang-github-prometheus-client-golang-dev
      have_go_traces || echo golang-opentelemetry-otel-dev
      command -v wrk >/dev/null || echo wrk
      command -v strace >/dev/null || echo strace
      ;;
  esac
}

# Fills `as_root` with what must stand before an administrator's command.
as_root=()
may_install() {
  command -v apt-get >/dev/null ||
    refuse "missing: $*. There is no apt-get here: install what your distribution calls them, then call this again."
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null ||
      refuse "missing: $*. Neither root nor sudo: have an administrator run 'apt-get install $*'."
    as_root=(sudo)
  fi
}

install_packages() {
  may_install "$@"
  say "installing $* with apt-get${as_root[0]:+ (through sudo)}"
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends -o Acquire::Retries=3 "$@" >/dev/null
}

# The collector that demo and tests export to, and the independent reader of what it received.
make_venv() {
  [ -f "$requirements" ] || refuse "$requirements is missing: the checkout is incomplete."
  if [ -x "$venv/bin/python" ] && cmp -s "$requirements" "$venv/installed.txt"; then return; fi
  say "making a Python environment in $venv from $requirements"
  rm -rf "$venv"
  python3 -m venv "$venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$requirements"
  cp "$requirements" "$venv/installed.txt"
}

have_prometheus() {
  [ -x "$prometheus/usr/bin/promtool" ] ||
    { command -v prometheus >/dev/null && command -v promtool >/dev/null; }
}

# The tests need two programs of the package, so those are unpacked and nothing is installed: as a
# package it brings a service that starts at once, a system user, and twenty others for its pages.
unpack_prometheus() {
  have_prometheus && return
  say "unpacking prometheus and promtool into $prometheus from the package prometheus (20 MB; no service is set up)"
  may_install prometheus
  local folder=$prometheus.new fetch=(apt-get download -qq -o Acquire::Retries=3 prometheus)
  rm -rf "$folder" "$prometheus"
  mkdir -p "$folder"
  if ! (cd "$folder" && "${fetch[@]}" >/dev/null 2>&1); then
    "${as_root[@]}" apt-get update -qq
    (cd "$folder" && "${fetch[@]}" 2>&1 >/dev/null) ||
      refuse "the package prometheus cannot be had: put prometheus and promtool into PATH, then call this again."
  fi
  dpkg-deb --fsys-tarfile "$folder"/prometheus_*.deb |
    tar -x -C "$folder" ./usr/bin/prometheus ./usr/bin/promtool
  rm -f "$folder"/prometheus_*.deb
  # Last: half an unpacking must not be taken for a whole one.
  mv "$folder" "$prometheus"
}

have_swift
mapfile -t packages < <(missing_packages | tr ' ' '\n' | sort -u | sed '/^$/d')
if [ "${#packages[@]}" -gt 0 ]; then
  install_packages "${packages[@]}"
  mapfile -t packages < <(missing_packages | tr ' ' '\n' | sort -u | sed '/^$/d')
  [ "${#packages[@]}" -eq 0 ] || refuse "still missing after the installation: ${packages[*]}"
fi
case $purpose in
  check | demo | test) make_venv ;;
esac
case $purpose in test) unpack_prometheus ;; esac
