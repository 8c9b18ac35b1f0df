/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * cmd-id-sheet.c - net2o id sheet, revoke, passphrase, unlock: what is done with a secret on
 *                  paper or in a head.
 */
#include <errno.h>
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/orders.h"

/* ---- sheet ---- */

enum {
    SHEET_COLUMNS = 4
};

/* Words and QR text, as the keys process wrote them.  FALSE if it was less. */
static gboolean
read_sheet(int fd, char *sheet, char **qr)
{
    gsize len = 0;
    gssize n = 0;

    do {
        n = read(fd, sheet + len, N2_CLI_SECRET_BYTES_MAX - len);
        len += n > 0 ? (gsize)n : 0;
    } while ((n > 0 && len < N2_CLI_SECRET_BYTES_MAX) || (n < 0 && errno == EINTR));
    sheet[len] = '\0';
    char *first = strchr(sheet, '\n');
    char *second = first ? strchr(first + 1, '\n') : NULL;
    if (!second)
        return FALSE;
    *first = *second = '\0';
    *qr = first + 1;
    return TRUE;
}

/* From here on they are on the screen, or wherever stdout leads to. */
static void
print_words(const char *words)
{
    guint number = 1;

    for (const char *word = words; *word; number++) {
        gsize len = strcspn(word, " ");
        gboolean is_last = !word[len] || number % SHEET_COLUMNS == 0;
        printf("%2u %-*.*s%s", number, is_last ? 0 : 8, (int)len, word, is_last ? "\n" : "  ");
        word += len + (word[len] == ' ');
    }
}

static void
print_sheet(N2Cli *cli, const char *words, const char *qr, gboolean has_qr)
{
    if (cli->is_json) {
        n2_cli_print_json_words("words", words, "qr", qr, NULL);
        return;
    }
    printf("%s\n\n",
           _("Recovery sheet. It can end this identity and name the one that follows, and\n"
             "nothing else. Write it down or print it, and keep it away from this computer:\n"
             "who has it can do that too."));
    print_words(words);
    if (has_qr) {
        printf("\n");
        (void)n2_cli_print_qr(cli, qr); /* its text stands below */
    }
    printf("\n%s\n", qr);
}

static gboolean
show_sheet(N2Cli *cli, const char *identity, gboolean has_qr, GError **error)
{
    int ends[2];
    char *qr = NULL;

    if (!g_unix_open_pipe(ends, FD_CLOEXEC, error))
        return FALSE;
    n2_client_sheet_show_async(cli->client, identity, ends[1], cli->cancellable, n2_cli_done_cb,
                               cli);
    g_autoptr(GVariant) answer = n2_cli_agent_finish(cli, error);
    char *sheet = n2_cli_secret_new();
    gboolean is_fine = answer && read_sheet(ends[0], sheet, &qr);
    close(ends[0]);
    if (is_fine)
        print_sheet(cli, sheet, qr, has_qr);
    else if (answer)
        n2_error_set(error, N2_ERR_TRUNCATED, "id sheet", NULL, NULL);
    n2_cli_secret_free(sheet);
    if (is_fine && !cli->is_json)
        n2_cli_agent_say(cli, _("Then type it: 'net2o id sheet --test'. The backup is finished "
                                "when that is right."));
    return is_fine;
}

/* Reading end of a pipe with the words; -1 with @error set. */
static int
ask_words(N2Cli *cli, GError **error)
{
    char *words = n2_cli_secret_new();
    gssize len = n2_cli_agent_ask_secret(cli, N2_CLI_WORDS, words, error);
    int fd = len < 0 ? -1 : n2_cli_secret_pipe(words, (gsize)len, error);

    n2_cli_secret_free(words);
    return fd;
}

static gboolean
test_sheet(N2Cli *cli, const char *identity, GError **error)
{
    int words = ask_words(cli, error);

    if (words < 0)
        return FALSE;
    n2_client_sheet_test_async(cli->client, identity, words, cli->cancellable, n2_cli_done_cb,
                               cli);
    g_autoptr(GVariant) answer = n2_cli_order_finish(cli, "sheet", "done", error);
    if (answer && !cli->is_json)
        printf("%s\n", _("The sheet is right: it gave the same keys. Backup finished; this "
                         "computer has forgotten it."));
    return answer != NULL;
}

gboolean
n2_cli_id_sheet(N2Cli *cli, int argc, char **argv, GError **error)
{
    N2CliAgentOptions agent = N2_CLI_AGENT_INIT;
    gboolean is_test = FALSE;
    gboolean has_qr = cli->out_is_terminal;
    gboolean has_no_qr = FALSE;
    const GOptionEntry entries[] = {
        {"test", 0, 0, G_OPTION_ARG_NONE, &is_test, NULL, NULL},
        {"qr", 0, 0, G_OPTION_ARG_NONE, &has_qr, NULL, NULL},
        {"no-qr", 0, 0, G_OPTION_ARG_NONE, &has_no_qr, NULL, NULL},
        N2_CLI_AGENT_ENTRIES(agent),
        G_OPTION_ENTRY_NULL,
    };

    if (!n2_cli_parse(cli, entries, &argc, &argv, 0, 1, error) ||
        !n2_cli_agent_start(cli, &agent, error))
        return FALSE;
    const char *identity = argc > 1 ? argv[1] : NULL;
    return is_test ? test_sheet(cli, identity, error)
                   : show_sheet(cli, identity, has_qr && !has_no_qr, error);
}

/* ---- revoke ---- */

typedef struct {
    gboolean has_sheet;
    char *key, *reason, *successor, *statements;
    N2CliAgentOptions agent;
} revocation;

static gboolean
end_identity(N2Cli *cli,
             const revocation *r,
             const char *identity,
             const char *statements,
             GError **error)
{
    int words = ask_words(cli, error);

    if (words < 0)
        return FALSE;
    n2_client_id_end_async(cli->client, identity, r->successor, words, statements,
                           cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) ended = n2_cli_order_finish(cli, NULL, NULL, error);
    if (!ended)
        return FALSE;
    n2_cli_print_statements(cli, ended, FALSE);
    if (!cli->is_json)
        n2_cli_agent_say(cli, _("This identity has ended, for good. Give the text above to "
                                "those who know it; they read it with 'net2o id import'."));
    return TRUE;
}

static gboolean
remove_key(N2Cli *cli, const revocation *r, const char *identity, GError **error)
{
    n2_client_id_remove_key_async(cli->client, identity, r->key, r->reason ? r->reason : "gone",
                                  cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) removed = n2_cli_order_finish(cli, NULL, NULL, error);
    if (!removed)
        return FALSE;
    if (cli->is_json)
        return TRUE;
    n2_cli_print_statements(cli, removed, FALSE);
    guint moved = (guint)n2_dict_uint(removed, "accounts");
    guint left = (guint)n2_dict_uint(removed, "accounts-left");
    if (moved) {
        g_autofree char *text = g_strdup_printf(
            ngettext("%u account has a new key.", "%u accounts have new keys.", moved), moved);
        n2_cli_agent_say(cli, text);
    }
    if (left) {
        g_autofree char *text = g_strdup_printf(
            ngettext("%u site could not be reached yet: until then that key logs in there.",
                     "%u sites could not be reached yet: until then that key logs in there.",
                     left),
            left);
        n2_cli_agent_say(cli, text);
    }
    return TRUE;
}

static gboolean
run_revoke(N2Cli *cli, const revocation *r, const char *identity, GError **error)
{
    static const char *const reasons[] = {"gone", "lost", "replaced", NULL};
    g_autoptr(GBytes) statements = NULL;
    g_autofree char *text = NULL;

    if (r->has_sheet == (r->key != NULL))
        return n2_cli_usage(
            "id revoke", "id revoke",
            N_("say --key with one of its keys, or --sheet to end the identity"), error);
    if (r->reason && !g_strv_contains(reasons, r->reason))
        return n2_cli_usage("id revoke", r->reason, N_("it is gone, lost or replaced"), error);
    if (r->has_sheet && !identity)
        return n2_cli_usage("id revoke", "--sheet", N_("say which identity ends"), error);
    if (r->statements) {
        statements = n2_cli_read_file(r->statements, error);
        if (!statements)
            return FALSE;
        text = g_strndup(g_bytes_get_data(statements, NULL), g_bytes_get_size(statements));
        if (!g_utf8_validate(text, -1, NULL))
            return n2_cli_usage("id revoke", r->statements, N_("this is no text"), error);
    }
    if (!n2_cli_agent_start(cli, &r->agent, error))
        return FALSE;
    return r->has_sheet ? end_identity(cli, r, identity, text, error)
                        : remove_key(cli, r, identity, error);
}

gboolean
n2_cli_id_revoke(N2Cli *cli, int argc, char **argv, GError **error)
{
    revocation r = {.agent = N2_CLI_AGENT_INIT};
    const GOptionEntry entries[] = {
        {"sheet", 0, 0, G_OPTION_ARG_NONE, &r.has_sheet, NULL, NULL},
        {"key", 0, 0, G_OPTION_ARG_STRING, &r.key, NULL, NULL},
        {"reason", 0, 0, G_OPTION_ARG_STRING, &r.reason, NULL, NULL},
        {"successor", 0, 0, G_OPTION_ARG_STRING, &r.successor, NULL, NULL},
        {"statements", 0, 0, G_OPTION_ARG_FILENAME, &r.statements, NULL, NULL},
        N2_CLI_AGENT_ENTRIES(r.agent),
        G_OPTION_ENTRY_NULL,
    };
    gboolean is_fine = n2_cli_parse(cli, entries, &argc, &argv, 0, 1, error) &&
                       run_revoke(cli, &r, argc > 1 ? argv[1] : NULL, error);

    g_free(r.key);
    g_free(r.reason);
    g_free(r.successor);
    g_free(r.statements);
    return is_fine;
}

/* ---- passphrase ---- */

/* Has the file one now?  -1 with @error set. */
static int
has_passphrase(N2Cli *cli, GError **error)
{
    int has = 0;

    n2_client_id_list_async(cli->client, cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) list = n2_cli_finish(cli, error);
    if (!list)
        return -1;
    for (gsize i = 0; i < g_variant_n_children(list); i++) {
        g_autoptr(GVariant) id = g_variant_get_child_value(list, i);
        has |= n2_dict_bool(id, "passphrase");
    }
    return has;
}

/* Reading end of a pipe with the old one and the new one; -1 with @error set. */
static int
ask_both(N2Cli *cli, gboolean has_old, gboolean is_removal, GError **error)
{
    char *old = n2_cli_secret_new();
    char *new = n2_cli_secret_new();
    gssize n_old = has_old ? n2_cli_agent_ask_secret(cli, N2_CLI_PASSPHRASE, old, error) : 0;
    gssize n_new = n_old < 0 || is_removal
                       ? 0
                       : n2_cli_agent_ask_secret(cli, N2_CLI_NEW_PASSPHRASE, new, error);
    int fd = -1;

    if (n_old >= 0 && n_new >= 0)
        fd = n2_cli_secret_pipe_change(old, new, error);
    n2_cli_secret_free(old);
    n2_cli_secret_free(new);
    return fd;
}

gboolean
n2_cli_id_passphrase(N2Cli *cli, int argc, char **argv, GError **error)
{
    N2CliAgentOptions agent = N2_CLI_AGENT_INIT;
    gboolean is_removal = FALSE;
    const GOptionEntry entries[] = {
        {"remove", 0, 0, G_OPTION_ARG_NONE, &is_removal, NULL, NULL},
        N2_CLI_AGENT_ENTRIES(agent),
        G_OPTION_ENTRY_NULL,
    };

    if (!n2_cli_parse(cli, entries, &argc, &argv, 0, 0, error) ||
        !n2_cli_agent_start(cli, &agent, error))
        return FALSE;
    int has_old = has_passphrase(cli, error);
    int secret = has_old < 0 ? -1 : ask_both(cli, has_old, is_removal, error);
    if (secret < 0)
        return FALSE;
    n2_client_set_passphrase_async(cli->client, secret, cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) answer =
        n2_cli_order_finish(cli, "passphrase", is_removal ? "none" : "set", error);
    if (answer && !cli->is_json)
        printf("%s\n", is_removal ? _("Your keys are no longer sealed by a passphrase.")
                                  : _("Your keys are sealed by the new passphrase."));
    return answer != NULL;
}

/* FALSE with N2_ERR_REFUSED: it is wrong. */
static gboolean
unlock(N2Cli *cli, GError **error)
{
    char *typed = n2_cli_secret_new();
    gssize len = n2_cli_agent_ask_secret(cli, N2_CLI_PASSPHRASE, typed, error);
    int secret = len < 0 ? -1 : n2_cli_secret_pipe(typed, (gsize)len, error);

    n2_cli_secret_free(typed);
    if (secret < 0)
        return FALSE;
    n2_client_unlock_async(cli->client, secret, cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) answer = n2_cli_order_finish(cli, "keys", "unlocked", error);
    return answer != NULL;
}

gboolean
n2_cli_id_unlock(N2Cli *cli, int argc, char **argv, GError **error)
{
    N2CliAgentOptions agent = N2_CLI_AGENT_INIT;
    const GOptionEntry entries[] = {N2_CLI_AGENT_ENTRIES(agent), G_OPTION_ENTRY_NULL};
    GError *cause = NULL;

    agent.is_deaf = TRUE;
    if (!n2_cli_parse(cli, entries, &argc, &argv, 0, 0, error) ||
        !n2_cli_agent_start(cli, &agent, error))
        return FALSE;
    while (!unlock(cli, &cause)) {
        if (n2_error_code(cause) != N2_ERR_REFUSED || !n2_cli_agent_has_terminal(cli) ||
            agent.passphrase_fd >= 0) {
            g_propagate_error(error, cause);
            return FALSE;
        }
        g_clear_error(&cause);
        n2_cli_agent_say(cli, _("That passphrase is wrong."));
    }
    if (!cli->is_json)
        printf("%s\n", _("Your keys are unlocked."));
    return TRUE;
}
