/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fake-control.h - a control plane without a network, for tests of what sits on it.
 *
 * It stands in for node/control.c in the link of a test.  What an address answers is written in
 * its path; see the table in fake-answers.c.  Everything said to it is kept for the test to
 * look at.
 */
#pragma once

#include <glib.h>

#include "ipc/server.h"

typedef struct {
    guint n_running;      /* jobs started, neither done nor cancelled */
    guint n_cancelled;    /* ... cancelled so far */
    guint64 read_bytes;   /* handed out by n2_control_read */
    GString *archive;     /* owned: what the last publish job was fed */
    gboolean archive_end; /* and its end */
    GString *last;        /* owned: the last request, "KIND address|name|value|type" */
    gint64 number;        /* of that */
    unsigned flags;
    guint64 pipe_inode; /* 0: it brought none */
} fake_seen;

/** The control; n2_server_new() takes it.  There is one at a time. */
n2_control *fake_control_new(void);
void fake_control_free(n2_control *control);
fake_seen *fake_control_seen(n2_control *control);

/** Moves notices to the server, as a host does.  Matches n2_server_host.busy's needs. */
void fake_control_drain(n2_control *control, n2_server *server);

/** Queues a notice that belongs to no job. */
void fake_control_tell(n2_control *control, n2_notice_kind kind, const char *text);

/** The number of the last job. */
n2_job fake_control_last(const n2_control *control);

/** Queues that something waits for a person (@want), or that nothing does any more (NULL). */
void fake_control_ask(n2_control *control, n2_job job, guint32 ask, const char *want);
