#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
#
# run.sh - runs a program of the browser on a bus, a screen and in folders of its own.
#
# WebKit started with the address of a bus that isn't there leaves /.flatpak-info behind, and
# from then on runs every page without its sandbox: so there is a real bus, and no such file.
# The screen picks its own number (xvfb-run -a can be overtaken by another one), and neither
# bus nor screen write where the program's test results go.
set -eu
home=$(mktemp -d "${TMPDIR:-/tmp}/n2-ui-home-XXXXXX")
screen='' bus=''
end() {
    for pid in $bus $screen; do kill "$pid" 2>/dev/null || :; done
    wait 2>/dev/null || :
    rm -rf "$home"
}
trap end EXIT
trap 'exit 1' HUP INT TERM
[ -s /.flatpak-info ] || rm -f /.flatpak-info 2>/dev/null || :

mkdir -m 700 "$home/run" "$home/tmp"
mkdir -p "$home/config/gtk-4.0"
printf '[Settings]\ngtk-font-name=Cantarell 11\ngtk-decoration-layout=:close\n' >"$home/config/gtk-4.0/settings.ini"
export HOME="$home" XDG_RUNTIME_DIR="$home/run" XDG_CONFIG_HOME="$home/config" \
    XDG_DATA_HOME="$home/data" XDG_STATE_HOME="$home/state" XDG_CACHE_HOME="$home/cache" \
    TMPDIR="$home/tmp" GSK_RENDERER=cairo GSETTINGS_BACKEND=memory
unset WAYLAND_DISPLAY

# await FILE PID: until there is something in it.
await() {
    until [ -s "$1" ]; do
        kill -0 "$2" 2>/dev/null || { echo "run.sh: $1 did not come" >&2; exit 1; }
        sleep 0.05
    done
}
# Warnings end the program that is tested ($G_DEBUG), not the services that it uses.
env -u G_DEBUG Xvfb -displayfd 3 -screen 0 1280x800x24 -nolisten tcp 3>"$home/screen" >/dev/null 2>&1 &
screen=$!
env -u G_DEBUG dbus-daemon --session --nofork --print-address=3 3>"$home/bus" >/dev/null 2>&1 &
bus=$!
await "$home/screen" "$screen"
await "$home/bus" "$bus"
DISPLAY=:$(cat "$home/screen")
DBUS_SESSION_BUS_ADDRESS=$(cat "$home/bus")
export DISPLAY DBUS_SESSION_BUS_ADDRESS
# The registry of accessibility runs before WebKit asks for it: on a busy machine it could be lost in between,
# and the first page then waited for its answer until the bus gave up.
a11y='' tries=0
until [ -n "$a11y" ] || [ "$tries" -eq 5 ]; do
    tries=$((tries + 1))
    a11y=$(gdbus call --session --dest org.a11y.Bus --object-path /org/a11y/bus --method org.a11y.Bus.GetAddress \
        2>/dev/null | sed "s/^('//; s/',)$//") || :
done
if [ -n "$a11y" ]; then
    gdbus call --address "$a11y" --dest org.a11y.atspi.Registry --object-path /org/a11y/atspi/registry \
        --method org.a11y.atspi.Registry.GetRegisteredEvents >/dev/null 2>&1 || :
fi
"$@"
