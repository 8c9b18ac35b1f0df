/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fake-pcsc.h - a smart card service inside the test: libpcsclite's calls, answered as told.
 *
 * Linked before the library, so that token/ calls these.  Two readers, "one" and "two".
 */
#pragma once

#include <glib.h>
#include <winscard.h>

#include "card.h"

typedef struct {
    GMutex lock;
    GCond more;
    LONG establish, list, connect, begin, reconnect, transmit, control; /* what they return */
    int n_busy;             /* so many connects are refused before one is let in */
    int n_resets;           /* so many begins find the card reset */
    DWORD protocol;         /* 0: T=1 */
    gboolean is_gone_later; /* the card goes when somebody waits for that */
    gboolean is_short;      /* an answer of one byte */
    gboolean holds;         /* transmit waits until this is false */
    int fail_in;            /* the so manieth command from now finds the card gone; 0: none */
    int n_readers;
    card *cards[2]; /* NULL: none in it */
    DWORD flags[2]; /* more of the state: MUTE, EXCLUSIVE */
    DWORD counter[2];
    unsigned change; /* counted up: who waits, looks */
    int n_contexts, n_connections, n_transactions;
    gboolean was_reset;
} fake_pcsc;

extern fake_pcsc fake;

/** As if the test had just begun; cards are ended. */
void fake_reset(void);

/** Under the lock: something changed. */
void fake_changed(void);
