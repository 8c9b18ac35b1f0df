/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fake-peer.h - a node that only plays, seen over its socket: it asks what a scene says, keeps
 *               what it is told, and answers as the scene says.
 */
#pragma once

#include <gio/gio.h>

/** What happens when the order comes. */
typedef struct {
    const char *asks;  /* "pin:3 touch:0 over pin@B:2": want, @token, :tries or seconds; NULL */
    const char *reply; /* the answer's tuple as text; "" is (); "!-19" an error of that code */
    const char *pipe;  /* is written into a pipe that the order brings */
    gboolean reads;    /* reads the pipe that the order brings, into `told` */
    gboolean is_mute;  /* it never answers */
} fake_scene;

typedef struct fake_peer fake_peer;

/** Listens in @dir, as a node with this profile does. */
fake_peer *fake_peer_new(const char *dir);
void fake_peer_free(fake_peer *peer);

/** @scene: (transfer none): for the next order; forgets what was said before. */
void fake_peer_play(fake_peer *peer, const fake_scene *scene);

/** "SignIn('me', uint32 4)": the last order (transfer none). */
const char *fake_peer_called(const fake_peer *peer);

/** What came back, in order: "pin=1234;", "last-pin=1234 last;", "no;", "words{'same': ...};".
 */
const char *fake_peer_told(const fake_peer *peer);

/** Is the connection that waited gone, with nothing answered? */
gboolean fake_peer_is_left(const fake_peer *peer);
