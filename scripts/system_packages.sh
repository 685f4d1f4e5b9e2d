#!/usr/bin/env bash
# system_packages.sh [--always] PACKAGE...: makes sure that Debian's packages are installed whose programs are needed.
#
# A package whose program is there already, from wherever, is left alone (--always: it is too old, install the
# package beside or in place of it). The rest is installed where this runs as
# root or sudo asks for no password; elsewhere the line to run is printed and the exit code is 2.
set -euo pipefail

# The folders of servers and of PostgreSQL's own programs are on nobody's PATH.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

have() { command -v "$1" >/dev/null 2>&1; }

present() {
  case $1 in
    build-essential) have cc && have make ;;
    ca-certificates) [[ -s /etc/ssl/certs/ca-certificates.crt ]] ;;
    cargo-web) have cargo ;;
    docker-compose) have docker-compose || docker compose version >/dev/null 2>&1 ;;
    libatomic1) [[ $(ldconfig -p) == *libatomic.so.1* ]] ;; # Playwright's driver asks for it
    pkg-config) have pkg-config ;;
    postgresql) compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || have initdb ;;
    python3-venv) python3 -c 'import ensurepip, venv' 2>/dev/null ;;
    rustc-web) have rustc ;;
    util-linux) have flock ;;
    *) have "$1" ;;
  esac
}

always=
if [[ ${1:-} == --always ]]; then
  always=yes
  shift
fi

missing=()
for package in "$@"; do
  [[ -z $always ]] && present "$package" || missing+=("$package")
done
[[ ${#missing[@]} -gt 0 ]] || exit 0

if [[ $(id -u) -eq 0 ]]; then
  as_root=(env)
elif have sudo && sudo -n true 2>/dev/null; then
  as_root=(sudo -n env)
else
  as_root=()
fi

if [[ ${#as_root[@]} -eq 0 ]] || ! have apt-get; then
  printf 'Missing system packages. Run this, then the same command again:\n  sudo apt install %s\n' "${missing[*]}" >&2
  exit 2
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
printf 'installing system packages: %s\n' "${missing[*]}" >&2
if ! {
  "${as_root[@]}" apt-get update &&
    "${as_root[@]}" DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"
} >"$log" 2>&1 </dev/null; then
  tail -n 20 "$log" >&2
  printf 'apt could not install them. Run this, then the same command again:\n  sudo apt install %s\n' "${missing[*]}" >&2
  exit 2
fi
