#!/usr/bin/env bash
# tests/fresh.sh [--working-tree] CHECKOUT [COMMAND [ARG...]]
#
# Runs COMMAND (default: packaging/try) in a bare Debian 12, as a newcomer would: debootstrap's minimal variant in a
# folder of its own, unpacked anew each time, with this machine's package settings and a clone of CHECKOUT in /src.
# --working-tree takes the files as they lie there, committed or not. Needs root (chroot and namespaces).
# Ends with the command's exit code; prints the time it took.
set -euo pipefail

cache=${DBMUX_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/dbmux-tests}
base=$cache/bookworm.tar

if [ "${1:-}" = --inside ]; then  # in our own mount and process namespace: nothing is left behind
  root=$2
  shift 2
  mount --make-rprivate /
  mount -t proc proc "$root/proc"
  mount --rbind /sys "$root/sys"
  mount --rbind /dev "$root/dev"
  settings=()
  while IFS= read -r -d '' pair; do
    case $pair in
      GOPROXY=* | GONOSUMDB=* | npm_config_* | NPM_CONFIG_* | PIP_INDEX* | PIP_CERT=* | PIP_DEFAULT* | SSL_CERT* | \
        http_proxy=* | https_proxy=* | no_proxy=*) settings+=("$pair") ;;
    esac
  done < <(env -0)
  exec chroot "$root" env -i HOME=/root LANG=C.UTF-8 CI=true \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "${settings[@]}" \
    bash -c 'cd /src && "$@"' _ "$@"
fi

working_tree=
if [ "${1:-}" = --working-tree ]; then
  working_tree=1
  shift
fi
[ $# -gt 0 ] || { sed -n '2,/^set/{/^#/s/^# \?//p}' "$0"; exit 2; }
src=$(cd "$1" && pwd)
shift
[ $# -gt 0 ] || set -- packaging/try
[ "$(id -u)" = 0 ] || { echo "tests/fresh.sh needs root: it makes a root folder of its own" >&2; exit 2; }

mkdir -p "$cache"
root=$(mktemp -d "$cache/root.XXXXXX")
trap 'rm -rf --one-file-system "$root"' EXIT
chmod 755 "$root"

if [ ! -e "$base" ]; then
  command -v debootstrap >/dev/null || apt-get install -y -qq --no-install-recommends debootstrap >/dev/null
  mirror=$(sed -n 's/^URIs: *//p' /etc/apt/sources.list.d/debian.sources 2>/dev/null | head -n 1)
  debootstrap --variant=minbase --include=ca-certificates bookworm "$root" "${mirror:-http://deb.debian.org/debian}" \
    >"$cache/debootstrap.log" 2>&1 || { tail -n 5 "$cache/debootstrap.log" >&2; exit 2; }
  tar -C "$root" --one-file-system -cf "$base.part" .
  mv "$base.part" "$base"
else
  tar -C "$root" -xf "$base"
fi

if [ -e /etc/apt/sources.list.d/debian.sources ]; then
  cp -a /etc/apt/sources.list.d/debian.sources "$root/etc/apt/sources.list.d/"
  rm -f "$root/etc/apt/sources.list"
fi
cp -a /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/"
rm -f "$root"/etc/apt/apt.conf.d/docker-*
cp -a /usr/share/keyrings/. "$root/usr/share/keyrings/"
for f in /etc/resolv.conf /etc/hosts /etc/pip.conf "$HOME/.npmrc" /etc/ssl/certs/ca-certificates.crt; do
  target=$root${f/#"$HOME"\//\/root/}
  [ ! -e "$f" ] || { mkdir -p "${target%/*}" && cp -L "$f" "$target"; }
done
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"  # no service starts when a package is installed
chmod 755 "$root/usr/sbin/policy-rc.d"

if [ -n "$working_tree" ]; then
  mkdir "$root/src"
  git -C "$src" ls-files -z --cached --others --exclude-standard |
    (cd "$src" && while IFS= read -r -d '' f; do [ ! -e "$f" ] || printf '%s\0' "$f"; done) |
    tar -C "$src" --null -T - -cf - | tar -C "$root/src" --no-same-owner -xf -
  # The tests ask git which files are ours.
  cp -a "$src/.git" "$root/src/.git"
else
  git clone -q "$src" "$root/src"
fi

start=$SECONDS
rc=0
unshare --mount --pid --fork --kill-child "$0" --inside "$root" "$@" || rc=$?
echo "bare Debian 12: '$*' ended with $rc after $((SECONDS - start)) s"
exit "$rc"
