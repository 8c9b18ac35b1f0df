/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * agent-private.h - what the two halves of the agent share.
 *
 * Layer: cli, private to the agent.
 */
#pragma once

#include "cli/agent.h"
#include "cli/terminal.h"

G_BEGIN_DECLS

enum {
    N2_CLI_TRIES_UNKNOWN = 255
};

typedef struct {
    guint id;
    char *want;        /* owned */
    GVariant *options; /* owned */
    gint64 until_us;   /* monotonic; 0: no end is known */
} N2CliAsk;

/* A line that was told about a token. */
typedef struct {
    char *token;  /* owned: its name */
    char *secret; /* owned, locked */
    guint tries;  /* that it had left before */
} N2CliKept;

/* Lines of a descriptor, and those of them that may serve again. */
typedef struct {
    N2CliLines *lines; /* (nullable) owned */
    GPtrArray *kept;   /* owned, of N2CliKept */
} N2CliSupply;

struct N2CliAgent {
    N2Cli *cli;
    N2CliTerminal *terminal; /* (nullable) owned */
    gboolean allows_last;
    char *as; /* owned (nullable): to log in as */
    N2CliSupply pins, admin_pins, passphrases, words;
    GQueue waiting;     /* of N2CliAsk; the head is before the person */
    gboolean is_asking; /* the head */
    gboolean is_last;   /* consent to the last try was given */
    char *first;        /* owned, locked: a new PIN, typed once; "" is none */
    guint ticking;
    GHashTable *told; /* owned: what was told about what -> tries that were left then */
    GError *failed;   /* owned (nullable): why the first ask was refused */
};

void n2_cli_ask_free(N2CliAsk *q);

/** What it is about, for an error (transfer none). */
const char *n2_cli_ask_what(const N2CliAsk *q);

/** Handlers of the client's signals. */
void n2_cli_agent_on_ask_cb(N2CliAgent *a, guint id, const char *want, GVariant *options);
void n2_cli_agent_on_over_cb(N2CliAgent *a, guint id);

/** End of a call whose answer says nothing. */
void n2_cli_agent_on_told_cb(GObject *source, GAsyncResult *result, gpointer user_data);

/** Takes the question away, whosever it is. */
void n2_cli_agent_quiet(N2CliAgent *a);

G_END_DECLS
