#!/usr/bin/env bash
# Installs what the tests need (on Debian, as root) and runs them all: format, lints, tests.
set -euo pipefail
cd "$(dirname "$0")/.."

# A C compiler and git for the example projects; Node.js evaluates the grammar for editors, which
# themselves try the language server; SSH servers, sudo, odd login shells and the shells that `/bin/sh`
# is elsewhere are there for the tests of remote execution.
missing=()
command -v cc >/dev/null || missing+=(gcc libc6-dev)
command -v git >/dev/null || missing+=(git)
command -v node >/dev/null || missing+=(nodejs)
command -v npm >/dev/null || missing+=(npm)
command -v nvim >/dev/null || missing+=(neovim)
dpkg -s elpa-eglot >/dev/null 2>&1 || missing+=(emacs-nox elpa-eglot)
command -v sshd >/dev/null || [ -x /usr/sbin/sshd ] || missing+=(openssh-server)
command -v ssh >/dev/null || missing+=(openssh-client)
command -v dropbear >/dev/null || [ -x /usr/sbin/dropbear ] || missing+=(dropbear-bin)
for package in krb5-kdc krb5-admin-server krb5-user; do
  dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
done
for program in sudo fish tcsh busybox mksh iptables; do
  command -v "$program" >/dev/null || [ -x "/usr/sbin/$program" ] || missing+=("$program")
done
if [ "${#missing[@]}" -gt 0 ]; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}"
fi
# The servers that shared caches are tested against.
scripts/servers.sh
for component in rustfmt clippy; do
  cargo "${component/rustfmt/fmt}" --version >/dev/null 2>&1 || rustup component add "$component"
done

cargo fmt --all --check
cargo clippy --workspace --all-targets -- -D warnings
# All that fails is shown, not only the first program of tests. What a shell starts in the background
# ignores interrupts, and so would all that the tests interrupt.
env --default-signal=HUP,INT,QUIT,TERM,TSTP cargo test --workspace --no-fail-fast
