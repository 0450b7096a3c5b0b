#!/usr/bin/env bash
# Builds what is shipped: optimised, with Swift's library and the C++ runtime in the binary.
# Usage: release.sh [--product NAME]
set -euo pipefail
cd "$(dirname "$0")/../.."

# The toolchain links the C++ runtime dynamically, which costs a millisecond at each start. A folder
# that holds the archive alone, searched first, makes `-lstdc++` find it; where there is no archive
# (a distribution may keep it in a package of its own) the shared library does.
archives=.build/archives
mkdir -p "$archives"
archive=$(compgen -G '/usr/lib/gcc/*/*/libstdc++.a' | sort -V | tail -n 1 || true)
if [ -n "$archive" ]; then ln -sfn "$archive" "$archives/libstdc++.a"; fi
exec swift build -c release --static-swift-stdlib -Xlinker "-L$PWD/$archives" "$@"
