/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * cli.h - what all commands of net2o share: the client, waiting, and the two ways to speak.
 *
 * Layer: cli (may include: base, sandbox, client, render, token; GLib and GIO).
 *
 * A command prints its result to stdout, as text for people or (--json) as one object a line
 * for programs; all else goes to stderr.  It returns FALSE with an error set, or TRUE; the exit
 * code is that of the error's code.
 */
#pragma once

#include "client/client.h"
#include "sandbox/sandbox.h"

G_BEGIN_DECLS

typedef struct N2CliAgent N2CliAgent;

typedef struct {
    N2Client *client;
    const char *profile;       /* (nullable) as given */
    GCancellable *cancellable; /* cancelled by SIGINT and SIGTERM */
    GAsyncResult *result;      /* of the call that is awaited */
    gboolean is_json;
    gboolean out_is_terminal;
    gboolean err_is_terminal;
    gboolean has_colour; /* stdout takes escape sequences, and NO_COLOR is not set */
    char *fenced_path;   /* owned (nullable): see n2_cli_fence() */
    n2_sandbox_access fenced_access;
    N2CliAgent *agent; /* owned (nullable): see agent.h */
    GPtrArray *liars;  /* owned (nullable), of char *: see n2_cli_watch_liars() */
} N2Cli;

typedef gboolean (*N2CliRun)(N2Cli *cli, int argc, char **argv, GError **error);

typedef struct {
    const char *name;
    N2CliRun run;     /* argv[0] is the command's name */
    const char *help; /* untranslated; under 24 lines */
} N2CliCommand;

/** NULL-terminated by name (static); "switch tree": what 'net2o switch tree --help' says. */
extern const N2CliCommand n2_cli_commands[];

gboolean n2_cli_status(N2Cli *cli, int argc, char **argv, GError **error);
gboolean n2_cli_fsck(N2Cli *cli, int argc, char **argv, GError **error);
gboolean n2_cli_id(N2Cli *cli, int argc, char **argv, GError **error);
gboolean n2_cli_peer(N2Cli *cli, int argc, char **argv, GError **error);
gboolean n2_cli_neighbours(N2Cli *cli, int argc, char **argv, GError **error);
gboolean n2_cli_path(N2Cli *cli, int argc, char **argv, GError **error);
gboolean n2_cli_domain(N2Cli *cli, int argc, char **argv, GError **error);
gboolean n2_cli_name(N2Cli *cli, int argc, char **argv, GError **error);
gboolean n2_cli_get(N2Cli *cli, int argc, char **argv, GError **error);
gboolean n2_cli_show(N2Cli *cli, int argc, char **argv, GError **error);
gboolean n2_cli_find(N2Cli *cli, int argc, char **argv, GError **error);
gboolean n2_cli_ls(N2Cli *cli, int argc, char **argv, GError **error);
gboolean n2_cli_publish(N2Cli *cli, int argc, char **argv, GError **error);
gboolean n2_cli_attr(N2Cli *cli, int argc, char **argv, GError **error);
gboolean n2_cli_history(N2Cli *cli, int argc, char **argv, GError **error);
gboolean n2_cli_sync(N2Cli *cli, int argc, char **argv, GError **error);
gboolean n2_cli_pin(N2Cli *cli, int argc, char **argv, GError **error);
gboolean n2_cli_unpin(N2Cli *cli, int argc, char **argv, GError **error);
gboolean n2_cli_why(N2Cli *cli, int argc, char **argv, GError **error);
gboolean n2_cli_reserve(N2Cli *cli, int argc, char **argv, GError **error);
gboolean n2_cli_token(N2Cli *cli, int argc, char **argv, GError **error);
gboolean n2_cli_switch(N2Cli *cli, int argc, char **argv, GError **error);

/* ---- run.c: arguments and waiting ---- */

/**
 * Parses the command's own options (and the common ones, --json and --help) out of @argv.
 *
 * @entries: (nullable).
 * @min, @max: how many words may remain behind the command's name; @max < 0: any number.
 *
 * Returns: TRUE; FALSE with N2_ERR_USAGE.
 */
gboolean n2_cli_parse(N2Cli *cli,
                      const GOptionEntry *entries,
                      int *argc,
                      char ***argv,
                      int min,
                      int max,
                      GError **error);

typedef struct {
    const char *name; /* NULL: the last */
    N2CliRun run;     /* argv[0] is "COMMAND VERB"; enters the fence itself */
} N2CliVerb;

/** Runs that of @verbs which is the command's first word; options may stand before it. */
gboolean
n2_cli_run_verb(N2Cli *cli, const N2CliVerb *verbs, int argc, char **argv, GError **error);

/** N2_ERR_USAGE about @word, with a pointer to the help of @command. */
gboolean n2_cli_usage(const char *command, const char *word, const char *why, GError **error);

/** Callback for the asynchronous calls; @user_data is the N2Cli. */
void n2_cli_done_cb(GObject *source, GAsyncResult *result, gpointer user_data);

/** Runs the main loop until n2_cli_done_cb() was called (transfer full). */
GAsyncResult *n2_cli_await(N2Cli *cli);

/** The same, and n2_client_finish(). */
GVariant *n2_cli_finish(N2Cli *cli, GError **error);

/* ---- liars.c ---- */

/** From now on it is noted which holders sent what did not verify. */
void n2_cli_watch_liars(N2Cli *cli);

/** Tells people of them; programs get them in the answer. */
void n2_cli_say_liars(const N2Cli *cli);

/** Their k1-..., as `lied`, if there is one. */
void n2_cli_add_liars(const N2Cli *cli, GVariantBuilder *dict);

/* ---- found.c ---- */

/** What net2od --fsck printed (transfer full) (nullable): an a{sv}, whatever is in it. */
GVariant *n2_cli_found_take(const char *line, GError **error);
void n2_cli_found_print(GVariant *found);
/** Prints the findings, unless @is_json; true if one is worse than what a restart mends. */
gboolean n2_cli_found_is_bad(GVariant *found, gboolean is_json);

/* ---- fence.c ---- */

/**
 * Gives up, before the first connection, all other files than @path (nullable) and those of
 * the system; and, once there is a connection, to make another one.  No thread may run yet;
 * from here on SIGINT and SIGTERM cancel.
 */
void n2_cli_fence(N2Cli *cli, const char *path, n2_sandbox_access access);

/** The same, for a command whose result goes into the file or folder @output (nullable). */
void n2_cli_fence_output(N2Cli *cli, const char *output);

/* ---- check.c: N2_ERR_USAGE with words, for what is wrong in itself ---- */

gboolean n2_cli_check_identity(const char *word, GError **error);
gboolean n2_cli_check_name(const char *word, GError **error);
gboolean n2_cli_check_hop(const char *word, GError **error);

/** @word as the node wants it: a time for people becomes microseconds (transfer full). */
char *n2_cli_attribute_value(const char *type, const char *word, GError **error);

/* ---- json.c ---- */

/** @value as one line of JSON, no newline: a{sv} as object, ay as base64 (transfer full). */
char *n2_cli_json(GVariant *value);

/** Prints @value: an object, or each element of a table on a line of its own. */
void n2_cli_print_json(GVariant *value);

/** Prints {"KEY": "VALUE", ...}; NULL ends; a NULL value leaves its key out. */
void n2_cli_print_json_words(const char *key, ...) G_GNUC_NULL_TERMINATED;

/** Prints @error to stderr, in the manner that @cli speaks; returns the exit code. */
int n2_cli_print_error(const N2Cli *cli, const GError *error);

/* ---- out.c: for people ---- */

/** The character behind @p; GLib's own macro casts const away. */
static inline const char *
n2_cli_next_char(const char *p)
{
    return p + g_utf8_skip[(guchar)*p];
}

/** @text without anything that could drive the terminal or turn its direction (transfer full).
 */
char *n2_cli_clean(const char *text);

/** Takes out of a laid-out page what could drive the terminal, but for colours.  It was made
 * by a process that a hostile page may have taken over. */
void n2_cli_clean_page(char *text, gboolean has_colour);

/** Rows of cells (GStrv, owned by @rows), in columns; the first @n_right columns from the right
 * are numbers and stand at their right edge. */
void n2_cli_print_columns(GPtrArray *rows, guint n_right);

/** The same for rows that have all of the columns, the first one their heads: a letter of
 * @sides for each says where it stands, l or r; a column that is empty below its head is left
 * out. */
void n2_cli_print_table(GPtrArray *rows, const char *sides);

/** A row for n2_cli_print_columns(): copies of cleaned words, ended by NULL (transfer full). */
char **n2_cli_row(const char *first, ...) G_GNUC_NULL_TERMINATED;

/** Whoever read our stdout (head, a pager) has enough: ends the program, as SIGPIPE does. */
void n2_cli_reader_gone(void);

/** "< 0.1 ms", "0.2 ms", "75 ms" (transfer full); "" for 0. */
char *n2_cli_format_us(guint64 us);

/** Date and minute, local (transfer full); "" for 0. */
char *n2_cli_format_time(gint64 us);

/** @word between escape sequences, or alone without colours (transfer full). */
typedef enum {
    N2_TONE_GOOD,
    N2_TONE_BAD,
    N2_TONE_TITLE
} N2CliTone;
char *n2_cli_tone(const N2Cli *cli, N2CliTone tone, const char *word);

/** One line on stderr that shows how far it is; nothing unless stderr is a terminal. */
typedef struct {
    gint64 begun_us;
    gint64 drawn_us;
    gboolean is_shown;
} N2CliProgress;
void n2_cli_progress(const N2Cli *cli, N2CliProgress *p, guint64 done, guint64 total);
void n2_cli_progress_end(N2CliProgress *p);

/* ---- limits.c ---- */

/** Prints the limits of a Status; unless @is_all, those that are in use or were met. */
void n2_cli_print_limits(const N2Cli *cli, GVariant *status, gboolean is_all);

/* ---- cmd-cast.c ---- */

/** "switch tree" and "switch channel", with the @words behind it (NULL-terminated). */
gboolean n2_cli_switch_tree(N2Cli *cli, char **words, GError **error);
gboolean n2_cli_switch_channel(N2Cli *cli, char **words, GError **error);

/* ---- cmd-name.c ---- */

/** Prints whom @name means, and who says so. */
gboolean n2_cli_name_lookup(N2Cli *cli, const char *name, GError **error);
/** "add", "remove" or "list", and what stands behind it in @words (NULL-terminated). */
gboolean n2_cli_name_root(N2Cli *cli, char **words, GError **error);

/* ---- cmd-look.c ---- */

/** Prints the live state of the node's switch. */
gboolean n2_cli_status_switch(N2Cli *cli, GError **error);

/* ---- qr.c ---- */

/** Draws @text as a QR code on stdout, which has to understand UTF-8; FALSE: too long, or wider
 * than the terminal, which it says. */
gboolean n2_cli_print_qr(N2Cli *cli, const char *text);

/* ---- cmd-read.c ---- */

/** Opens @address (transfer full); NULL with @error set. */
N2Transfer *n2_cli_open(N2Cli *cli, const char *address, GError **error);

/** The same; of a folder the stream has all that is in it, if info has `whole`. */
N2Transfer *n2_cli_open_whole(N2Cli *cli, const char *address, GError **error);

/** A folder without an index page carries no bytes. */
gboolean n2_cli_is_bare_folder(N2Transfer *transfer);

/** Something that people can read. */
gboolean n2_cli_is_text(N2Transfer *transfer);

/** n2_transfer_wait_async() and _finish(). */
GVariant *n2_cli_wait(N2Cli *cli, N2Transfer *transfer, GError **error);

/** The next bytes; 0 at the end, -1 with the cause. */
gssize n2_cli_read_some(N2Cli *cli, N2Transfer *transfer, void *buf, gsize len, GError **error);

/** Prints a folder; @entries as Files1.List gives them. */
void n2_cli_print_entries(const N2Cli *cli, GVariant *entries);

/** Entries of a folder, aa{sv} (transfer full); NULL with @error set. */
GVariant *n2_cli_list(N2Cli *cli, const char *address, GError **error);

G_END_DECLS
