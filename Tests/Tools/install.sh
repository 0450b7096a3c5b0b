#!/usr/bin/env bash
# Installs the binary, its man page and its completions below a folder, where shells and man look.
# Usage: install.sh BINARY FOLDER
set -euo pipefail
binary=${1:?usage: install.sh BINARY FOLDER} prefix=${2:?usage: install.sh BINARY FOLDER}
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT

# put MODE FILE PLACE
put() {
  install -D -m "$1" "$2" "$prefix/$3"
  echo "installed $prefix/$3"
}

"$binary" help --man >"$made/weir.1"
for shell in bash zsh fish; do "$binary" completions "$shell" >"$made/$shell"; done
put 0755 "$binary" bin/weir
put 0644 "$made/weir.1" share/man/man1/weir.1
put 0644 "$made/bash" share/bash-completion/completions/weir
put 0644 "$made/zsh" share/zsh/site-functions/_weir
put 0644 "$made/fish" share/fish/vendor_completions.d/weir.fish
