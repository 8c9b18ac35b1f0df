#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# run.sh - runs a program of the browser on a bus, a screen and in folders of its own.
#
# WebKit started with the address of a bus that isn't there leaves /.flatpak-info behind, and
# from then on runs every page without its sandbox: so there is a real bus, and no such file.
set -eu
home=$(mktemp -d "${TMPDIR:-/tmp}/n2-ui-home-XXXXXX")
trap 'rm -rf "$home"' EXIT
[ -s /.flatpak-info ] || rm -f /.flatpak-info 2>/dev/null || :
mkdir -m 700 "$home/run"
mkdir -p "$home/config/gtk-4.0"
printf '[Settings]\ngtk-font-name=Cantarell 11\ngtk-decoration-layout=:close\n' > "$home/config/gtk-4.0/settings.ini"
export HOME="$home" XDG_RUNTIME_DIR="$home/run" XDG_CONFIG_HOME="$home/config" \
    XDG_DATA_HOME="$home/data" XDG_STATE_HOME="$home/state" XDG_CACHE_HOME="$home/cache" \
    GSK_RENDERER=cairo NO_AT_BRIDGE="${NO_AT_BRIDGE-1}" GSETTINGS_BACKEND=memory
unset DBUS_SESSION_BUS_ADDRESS WAYLAND_DISPLAY
xvfb-run -a -s "-screen 0 1280x800x24 -nolisten tcp" dbus-run-session -- "$@"
