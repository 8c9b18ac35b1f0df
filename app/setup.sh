# SPDX-License-Identifier: GPL-3.0-or-later
#
# setup.sh - installs packages and builds; sourced by app/start and tests/run, which set $top
#            to the folder of the source and are run by any POSIX shell.
# shellcheck disable=SC2154 # top

say() { printf '%s\n' "$*" >&2; }
die() { say "${0##*/}: $*"; exit 1; }

# packages SECTION...: the names in these sections of app/packages.
packages() {
  for section; do
    sed -n "/^\[$section\]/,/^\[/p" "$top/app/packages" | sed 's/#.*//; /^\[/d; /^ *$/d'
  done
}

is_installed() {
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Installs with apt: no questions, no recommended packages, and no service is started.
apt_install() {
  DEBIAN_FRONTEND=noninteractive
  export DEBIAN_FRONTEND
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ] && [ -d "${policy%/*}" ]; then
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    trap 'exit 1' HUP INT TERM
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  # A list that can't be renewed is no reason to stop: the packages may be at hand.
  apt-get update -q -o Acquire::Retries=3 >&2 || say "The package lists could not be renewed."
  chosen=''
  for name; do
    case $name in
      *\?) name=${name%\?}; apt-cache show "$name" >/dev/null 2>&1 || continue ;;
    esac
    chosen="$chosen $name"
  done
  # shellcheck disable=SC2086 # names have no blanks
  apt-get install -q -y --no-install-recommends -o DPkg::Lock::Timeout=600 \
    -o Acquire::Retries=3 $chosen >&2
}

# provide SECTION...: installs what is missing of these sections; needs no network if nothing is.
provide() {
  command -v dpkg-query >/dev/null || { say "This is no Debian: install the packages of app/packages yourself."; return 0; }
  missing='' optional=''
  for name in $(packages "$@"); do
    is_installed "${name%\?}" && continue
    case $name in
      *\?) optional="$optional $name" ;;
      *) missing="$missing $name" ;;
    esac
  done
  # Optional ones come along, or alone where apt knows them.
  for name in $optional; do
    [ -z "$missing" ] && [ -z "$(apt-cache madison "${name%\?}" 2>/dev/null)" ] && continue
    missing="$missing $name"
  done
  [ -n "$missing" ] || return 0
  say "Installing:$missing"
  if [ "$(id -u)" = 0 ]; then
    # shellcheck disable=SC2086
    (apt_install $missing) || die "The packages could not be installed."
  elif command -v sudo >/dev/null; then
    # shellcheck disable=SC2016,SC2086
    sudo -- sh -c 'set -eu; top=$1; shift; . "$top/app/setup.sh"; apt_install "$@"' "${0##*/}" "$top" $missing ||
      die "The packages could not be installed."
  else
    die "These packages are missing:$missing. Install them as root (apt-get install), or install sudo."
  fi
}

# choose_build: sets $build, a folder that this user can write: build/ in the source, else in the cache.
# Tests set N2_BUILD, a build that is ready.
choose_build() {
  build=${N2_BUILD-}
  [ -z "$build" ] || return 0
  build=$top/build
  place=$build/build.ninja
  [ -e "$place" ] || place=$build
  [ -e "$place" ] || place=$top
  [ -w "$place" ] || build=${XDG_CACHE_HOME:-$HOME/.cache}/net2o/build
}

# configure OPTION...: sets up $build with these options of meson, or sets it up anew if it is damaged.
configure() {
  log=$(mktemp)
  if [ -f "$build/build.ninja" ]; then
    meson configure "$build" "$@" >"$log" 2>&1 || rm -rf "$build"
  fi
  if [ ! -f "$build/build.ninja" ]; then
    mkdir -p "${build%/*}"
    rm -rf "$build"
    meson setup "$build" "$top" "$@" >"$log" 2>&1 || { cat "$log" >&2; rm -f "$log"; die "The build could not be set up."; }
  fi
  rm -f "$log"
}

# compile [TARGET...]: quiet unless it fails.
compile() {
  log=$(mktemp)
  ninja -C "$build" "$@" >"$log" 2>&1 || { tail -n 40 "$log" >&2; rm -f "$log"; die "The build failed."; }
  rm -f "$log"
}
