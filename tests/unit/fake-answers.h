/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fake-answers.h - what a control plane without a network (fake-control.h) answers.
 */
#pragma once

#include <glib.h>

#include "node/control.h"

#define FAKE_IDENTITY "k1-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define FAKE_HASH "h1-bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

/** What is at net2o://demo/PATH. */
typedef struct {
    const char *path;
    guint64 size;
    guint64 fails_at;
    gboolean is_mute;
    const char *kind;
    const char *index;
    const char *type;
} fake_thing;

/** NULL: nothing is there. */
const fake_thing *fake_thing_find(const char *address);

/** The answer to whoever opens it. */
n2_table *fake_info(const char *address, const fake_thing *thing);

/** Of jobs that carry nothing; NULL: done without one. */
n2_table *fake_answer(const n2_request *request);
