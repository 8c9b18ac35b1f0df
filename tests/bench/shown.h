/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * shown.h - an asker who proves who it is: a keyring of its own, in the same process.
 */
#pragma once

#include "host/disk.h"
#include "keys/keyring.h"
#include "transport/op.h"

typedef struct {
    char *folder; /* (owned) */
    n2_host_disk *disk;
    n2_keyring *keyring;
    n2_id who;
    uint8_t chain[4096]; /* birth and adds, each with its length before it */
    size_t chain_len;
} shown;

void shown_init(shown *s);
void shown_clear(shown *s);

/** The question with @tag by which it shows itself on @conn, whose handshake left @hash. */
n2_op shown_op(shown *s, n2_conn conn, const uint8_t hash[static 64], uint64_t tag);
