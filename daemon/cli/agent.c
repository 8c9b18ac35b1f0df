/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * agent.c - the agent's life: where it asks, what the command itself wants to know, and how an
 *           order ends for which somebody was asked.
 */
#include "cli/agent.h"

#include <fcntl.h>
#include <glib/gi18n.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "cli/agent-private.h"
#include "client/orders.h"

void
n2_cli_agent_quiet(N2CliAgent *a)
{
    N2CliSupply *const all[] = {&a->pins, &a->admin_pins, &a->passphrases, &a->words};

    for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
        if (all[i]->lines)
            n2_cli_lines_stop(all[i]->lines);
    if (!a->terminal)
        return;
    n2_cli_terminal_stop(a->terminal);
    n2_cli_terminal_show(a->terminal, NULL);
}

/* ---- secrets for the command itself ---- */

typedef struct {
    char *out;
    gssize len;
    gboolean is_over;
} typed;

static void
on_secret_cb(const char *line, gsize len, gpointer user_data)
{
    typed *t = user_data;

    if (line)
        memcpy(t->out, line, len + 1);
    t->len = line && len ? (gssize)len : -1;
    t->is_over = TRUE;
}

/* One line, from the descriptor if there is one. */
static gssize
await_line(N2CliAgent *a,
           N2CliLines *lines,
           const char *prompt,
           gboolean is_secret,
           char *out,
           GError **error)
{
    typed t = {.out = out, .len = -1};

    if (lines)
        n2_cli_lines_ask(lines, on_secret_cb, &t);
    else
        n2_cli_terminal_ask(a->terminal, prompt, is_secret, on_secret_cb, &t);
    while (!t.is_over && !g_cancellable_is_cancelled(a->cli->cancellable))
        g_main_context_iteration(NULL, TRUE);
    n2_cli_agent_quiet(a);
    if (t.len < 0)
        n2_error_set(error, N2_ERR_CANCELLED, is_secret ? "passphrase" : "words", NULL, NULL);
    return t.len;
}

/* Typed blind, so typed twice. */
static gssize
await_twice(N2CliAgent *a, char *out, GError **error)
{
    gssize len = await_line(a, NULL, _("New passphrase:"), TRUE, out, error);

    if (len < 0)
        return -1;
    n2_cli_terminal_say(a->terminal, n2_cli_secret_peek_strength(out, (gsize)len));
    char *again = n2_cli_secret_new();
    gssize n = await_line(a, NULL, _("Once more:"), TRUE, again, error);
    gboolean is_same = n == len && sodium_memcmp(out, again, (gsize)len) == 0;
    n2_cli_secret_free(again);
    if (n >= 0 && !is_same)
        n2_error_set(error, N2_ERR_USAGE, "passphrase", N_("the two are not the same"),
                     N_("Nothing was changed; start again."));
    return is_same ? len : -1;
}

gssize
n2_cli_agent_ask_secret(N2Cli *cli, N2CliSecretKind kind, char *out, GError **error)
{
    N2CliAgent *a = cli->agent;
    N2CliLines *lines = kind == N2_CLI_WORDS ? a->words.lines : a->passphrases.lines;

    if (!lines && !a->terminal) {
        n2_error_set(error, N2_ERR_USAGE, kind == N2_CLI_WORDS ? "words" : "passphrase",
                     kind == N2_CLI_WORDS ? N_("the words of the sheet have to be typed")
                                          : N_("a passphrase has to be typed"),
                     kind == N2_CLI_WORDS
                         ? N_("Run it in a terminal, or give --words-fd.")
                         : N_("Run it in a terminal, or give --passphrase-fd."));
        return -1;
    }
    if (kind == N2_CLI_NEW_PASSPHRASE && !lines)
        return await_twice(a, out, error);
    return await_line(a, lines,
                      kind == N2_CLI_WORDS ? _("The 13 words of the sheet:")
                                           : _("Passphrase of your keys:"),
                      kind != N2_CLI_WORDS, out, error);
}

/* ---- life ---- */

void
n2_cli_agent_say(N2Cli *cli, const char *text)
{
    g_autofree char *clean = n2_cli_clean(text);

    if (cli->agent && cli->agent->terminal)
        n2_cli_terminal_say(cli->agent->terminal, clean);
    else if (!cli->is_json)
        fprintf(stderr, "%s\n", clean);
}

gboolean
n2_cli_agent_has_terminal(const N2Cli *cli)
{
    return cli->agent && cli->agent->terminal;
}

static void
kept_free(gpointer data)
{
    N2CliKept *k = data;

    g_free(k->token);
    n2_cli_secret_free(k->secret);
    g_free(k);
}

static void
supply_init(N2CliSupply *s, int fd)
{
    s->lines = fd >= 0 ? n2_cli_lines_new(fd) : NULL;
    s->kept = g_ptr_array_new_with_free_func(kept_free);
}

static void
supply_clear(N2CliSupply *s)
{
    n2_cli_lines_free(s->lines);
    g_ptr_array_unref(s->kept);
}

static gboolean
check_fd(int fd, const char *option, GError **error)
{
    if (fd == -1 || (fd >= 0 && fcntl(fd, F_GETFD) >= 0))
        return TRUE;
    n2_error_set(error, N2_ERR_USAGE, option, N_("there is no such descriptor"),
                 N_("Open it first, as in: --pin-fd 3 3<FILE."));
    return FALSE;
}

static gboolean
check_fds(const N2CliAgentOptions *o, GError **error)
{
    return check_fd(o->pin_fd, "--pin-fd", error) &&
           check_fd(o->admin_pin_fd, "--admin-pin-fd", error) &&
           check_fd(o->passphrase_fd, "--passphrase-fd", error) &&
           check_fd(o->words_fd, "--words-fd", error);
}

/* @terminal: (transfer full) (nullable). */
static void
make(N2Cli *cli, const N2CliAgentOptions *o, N2CliTerminal *terminal)
{
    N2CliAgent *a = g_new0(N2CliAgent, 1);

    n2_cli_secret_guard();
    a->cli = cli;
    a->terminal = terminal;
    a->allows_last = o->allows_last;
    a->first = n2_cli_secret_new();
    a->told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_queue_init(&a->waiting);
    supply_init(&a->pins, o->pin_fd);
    supply_init(&a->admin_pins, o->admin_pin_fd);
    supply_init(&a->passphrases, o->passphrase_fd);
    supply_init(&a->words, o->words_fd);
    cli->agent = a;
}

gboolean
n2_cli_agent_prepare(N2Cli *cli, N2CliAgentOptions *o, GError **error)
{
    g_autofree char *as = g_steal_pointer(&o->as);

    if (!check_fds(o, error))
        return FALSE;
    N2CliTerminal *terminal = n2_cli_terminal_open();
    if (!as && !terminal)
        return TRUE;
    make(cli, o, terminal);
    cli->agent->as = g_steal_pointer(&as);
    return TRUE;
}

void
n2_cli_agent_register(N2Cli *cli)
{
    if (!cli->agent)
        return;
    g_signal_connect_swapped(cli->client, "ask", G_CALLBACK(n2_cli_agent_on_ask_cb),
                             cli->agent);
    g_signal_connect_swapped(cli->client, "ask-over", G_CALLBACK(n2_cli_agent_on_over_cb),
                             cli->agent);
    /* The order comes behind it, on the same connection; without an agent it fails with words.
     */
    n2_client_agent_register_async(cli->client, cli->cancellable, n2_cli_agent_on_told_cb,
                                   NULL);
}

gboolean
n2_cli_agent_start(N2Cli *cli, const N2CliAgentOptions *o, GError **error)
{
    if (!check_fds(o, error))
        return FALSE;
    make(cli, o, n2_cli_terminal_open());
    n2_cli_fence(cli, NULL, N2_SANDBOX_READ);
    if (!o->is_deaf)
        n2_cli_agent_register(cli);
    return TRUE;
}

void
n2_cli_agent_stop(N2Cli *cli)
{
    N2CliAgent *a = g_steal_pointer(&cli->agent);

    if (!a)
        return;
    g_signal_handlers_disconnect_by_data(cli->client, a);
    n2_cli_agent_quiet(a);
    g_clear_handle_id(&a->ticking, g_source_remove);
    g_queue_clear_full(&a->waiting, (GDestroyNotify)n2_cli_ask_free);
    supply_clear(&a->pins);
    supply_clear(&a->admin_pins);
    supply_clear(&a->passphrases);
    supply_clear(&a->words);
    n2_cli_secret_free(a->first);
    g_hash_table_unref(a->told);
    n2_cli_terminal_free(a->terminal);
    g_clear_error(&a->failed);
    g_free(a->as);
    g_free(a);
}

GVariant *
n2_cli_agent_finish(N2Cli *cli, GError **error)
{
    N2CliAgent *a = cli->agent;
    GError *cause = NULL;
    GVariant *answer = n2_cli_finish(cli, &cause);
    const N2CliAsk *q = g_queue_peek_head(&a->waiting);

    if (!answer && q && n2_error_code(cause) == N2_ERR_CANCELLED &&
        !g_str_equal(q->want, "passphrase"))
        n2_error_set(&a->failed, N2_ERR_TOKEN, n2_cli_ask_what(q), N_("it was cancelled"),
                     N_("Start it again if you want it after all."));
    n2_cli_agent_quiet(a);
    g_clear_handle_id(&a->ticking, g_source_remove);
    if (answer)
        return answer;
    if (a->failed && n2_error_code(cause) != N2_ERR_CLOSED) {
        g_error_free(cause);
        cause = g_steal_pointer(&a->failed);
    }
    g_propagate_error(error, cause);
    return NULL;
}
