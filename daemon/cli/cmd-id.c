/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * cmd-id.c - net2o id: own identities: which there are, a new one, signing in and out.
 */
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "cli/orders.h"
#include "cli/people.h"

static GPtrArray *
new_rows(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
}

static const char *
word_of(GVariant *dict, const char *key)
{
    const char *word = n2_dict_string(dict, key);

    return word ? word : "";
}

/* What it can be used for now (transfer full). */
static char *
say_state(GVariant *id)
{
    const char *state = word_of(id, "state");

    if (!*state)
        return g_strdup("");
    if (g_str_equal(state, "ended"))
        return g_strdup(_("ended"));
    if (g_str_equal(state, "frozen"))
        return g_strdup(_("frozen: its keys are in dispute"));
    if (n2_dict_bool(id, "signed-in")) {
        g_autofree char *until = n2_cli_format_time((gint64)n2_dict_uint(id, "until"));
        return *until ? g_strdup_printf(_("signed in until %s"), until)
                      : g_strdup(_("signed in"));
    }
    if (n2_dict_bool(id, "signed-out"))
        return g_strdup(_("signed out"));
    return g_strdup(n2_dict_bool(id, "needs-token") ? _("not signed in, needs its token")
                                                    : _("not signed in"));
}

static const char *
say_sheet(GVariant *id)
{
    const char *sheet = word_of(id, "sheet");

    if (g_str_equal(sheet, "kept"))
        return _("not printed yet");
    if (g_str_equal(sheet, "shown"))
        return _("printed, not tested yet");
    return g_str_equal(sheet, "done") ? _("printed and tested") : "";
}

static void
print_identities(GVariant *list)
{
    g_autoptr(GPtrArray) rows = new_rows();

    for (gsize i = 0; i < g_variant_n_children(list); i++) {
        g_autoptr(GVariant) id = g_variant_get_child_value(list, i);
        g_autofree char *state = say_state(id);
        g_ptr_array_add(rows, n2_cli_row(word_of(id, "address"), word_of(id, "name"),
                                         n2_dict_bool(id, "default")     ? _("default")
                                         : n2_dict_bool(id, "publishes") ? _("publishes")
                                                                         : "",
                                         state, NULL));
    }
    n2_cli_print_columns(rows, 0);
}

/* Where the private half of a key is (transfer full). */
static char *
say_place(GVariant *key)
{
    const char *place = word_of(key, "place");
    const char *token = word_of(key, "token-name");

    if (g_str_equal(place, "here"))
        return g_strdup(_("here"));
    if (g_str_equal(place, "elsewhere"))
        return g_strdup(_("elsewhere"));
    if (!g_str_equal(place, "token"))
        return g_strdup("");
    return g_strdup_printf("%s (%s)", *token ? token : word_of(key, "token"),
                           word_of(key, "slot"));
}

static void
print_keys(const N2Cli *cli, GVariant *id)
{
    g_autoptr(GPtrArray) rows = new_rows();
    g_autoptr(GVariant) keys = n2_dict_dup(id, "keys", "aa{sv}");
    g_autofree char *title = n2_cli_tone(cli, N2_TONE_TITLE, _("Keys"));

    for (gsize i = 0; keys && i < g_variant_n_children(keys); i++) {
        g_autoptr(GVariant) key = g_variant_get_child_value(keys, i);
        g_autofree char *place = say_place(key);
        g_autofree char *until = n2_cli_format_time((gint64)n2_dict_uint(key, "until"));
        g_ptr_array_add(rows, n2_cli_row(word_of(key, "id"), word_of(key, "method"),
                                         word_of(key, "rights"), word_of(key, "label"), place,
                                         until, NULL));
    }
    if (rows->len)
        printf("%s\n", title);
    n2_cli_print_columns(rows, 0);
}

static void
add_row(GPtrArray *rows, const char *title, const char *text)
{
    if (text && *text)
        g_ptr_array_add(rows, n2_cli_row(title, text, NULL));
}

static void
print_identity(N2Cli *cli, GVariant *id)
{
    g_autoptr(GPtrArray) rows = new_rows();
    g_autofree char *made = n2_cli_format_time((gint64)n2_dict_uint(id, "made"));
    g_autofree char *state = say_state(id);

    add_row(rows, _("Identity"), word_of(id, "address"));
    add_row(rows, _("Name"), n2_dict_string(id, "name"));
    add_row(rows, _("Made"), made);
    add_row(rows, _("State"), state);
    add_row(rows, _("Successor"), n2_dict_string(id, "successor"));
    add_row(rows, _("Recovery sheet"), say_sheet(id));
    if (n2_dict_bool(id, "passphrase"))
        add_row(rows, _("Passphrase"), _("yes"));
    add_row(rows, _("Published"), n2_dict_string(id, "root"));
    n2_cli_print_columns(rows, 0);
    print_keys(cli, id);
    if (n2_dict_bool(id, "lacks-vault"))
        n2_cli_say_lacks_vault(cli);
}

/* Prints an identity, a list of them, or JSON of either. */
static gboolean
finish(N2Cli *cli, GError **error)
{
    g_autoptr(GVariant) answer = n2_cli_order_finish(cli, NULL, NULL, error);

    if (!answer)
        return FALSE;
    if (cli->is_json)
        return TRUE;
    if (g_variant_is_of_type(answer, G_VARIANT_TYPE("aa{sv}")))
        print_identities(answer);
    else
        print_identity(cli, answer);
    return TRUE;
}

static gboolean
run_list(N2Cli *cli, int argc, char **argv, GError **error)
{
    if (!n2_cli_parse(cli, NULL, &argc, &argv, 0, 0, error))
        return FALSE;
    n2_cli_fence(cli, NULL, N2_SANDBOX_READ);
    n2_client_id_list_async(cli->client, cli->cancellable, n2_cli_done_cb, cli);
    return finish(cli, error);
}

static gboolean
run_show(N2Cli *cli, int argc, char **argv, GError **error)
{
    if (!n2_cli_parse(cli, NULL, &argc, &argv, 0, 1, error))
        return FALSE;
    n2_cli_fence(cli, NULL, N2_SANDBOX_READ);
    n2_client_id_show_async(cli->client, argc > 1 ? argv[1] : NULL, cli->cancellable,
                            n2_cli_done_cb, cli);
    return finish(cli, error);
}

/* ---- new ---- */

enum {
    NAME_BYTES_MAX = 63 /* as Identity1.New has it */
};

typedef struct {
    char **tokens;
    char *method, *touch;
    gboolean has_passphrase;
    gboolean replaces, keeps;
    N2CliAgentOptions agent;
} wish;

/* Reading end of a pipe with the new passphrase; -1 without, or with @error set. */
static int
ask_passphrase(N2Cli *cli, const wish *w, GError **error)
{
    if (!w->has_passphrase && w->agent.passphrase_fd < 0)
        return -1;
    char *secret = n2_cli_secret_new();
    gssize len = n2_cli_agent_ask_secret(cli, N2_CLI_NEW_PASSPHRASE, secret, error);
    int fd = len < 0 ? -1 : n2_cli_secret_pipe_change("", secret, error);
    n2_cli_secret_free(secret);
    return fd;
}

static gboolean
make(N2Cli *cli, const wish *w, const char *name, GError **error)
{
    g_auto(GStrv) tokens = n2_cli_token_find_all(cli, w->tokens, error);
    GError *cause = NULL;
    GVariantDict options;

    if (!tokens)
        return FALSE;
    int passphrase = ask_passphrase(cli, w, &cause);
    if (cause) {
        g_propagate_error(error, cause);
        return FALSE;
    }
    g_variant_dict_init(&options, NULL);
    if (*tokens)
        g_variant_dict_insert_value(&options, "tokens",
                                    g_variant_new_strv((const char *const *)tokens, -1));
    if (w->method)
        g_variant_dict_insert(&options, "method", "s", w->method);
    if (w->touch) {
        g_auto(GStrv) slots = g_strsplit(w->touch, ",", -1);
        g_variant_dict_insert_value(&options, "touch",
                                    g_variant_new_strv((const char *const *)slots, -1));
    }
    if (w->replaces)
        g_variant_dict_insert(&options, "replace", "b", TRUE);
    if (w->keeps)
        g_variant_dict_insert(&options, "keep", "b", TRUE);
    n2_client_id_make_async(cli->client, name, g_variant_dict_end(&options), passphrase,
                            cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) made = n2_cli_order_finish(cli, NULL, NULL, error);
    if (!made)
        return FALSE;
    if (!cli->is_json)
        print_identity(cli, made);
    if (!cli->is_json && g_str_equal(word_of(made, "sheet"), "kept"))
        n2_cli_agent_say(cli, _("Print its recovery sheet now: 'net2o id sheet'. Without it a "
                                "lost or stolen key cannot be undone."));
    return TRUE;
}

/* What the node would refuse without saying what is wrong with it. */
static gboolean
check_wish(const wish *w, const char *name, GError **error)
{
    static const char *const methods[] = {"ed25519", "ed448", NULL};

    if (!*name || strlen(name) > NAME_BYTES_MAX)
        return n2_cli_usage("id new", name, N_("a name has 1 to 63 letters"), error);
    if (w->method && !w->tokens && !g_strv_contains(methods, w->method))
        return n2_cli_usage("id new", w->method, N_("it is ed25519 or ed448"), error);
    if (w->touch && !w->tokens)
        return n2_cli_usage("id new", "--touch",
                            N_("only a token asks for a touch: add --token"), error);
    return TRUE;
}

static gboolean
run_new(N2Cli *cli, int argc, char **argv, GError **error)
{
    wish w = {.agent = N2_CLI_AGENT_INIT};
    const GOptionEntry entries[] = {
        {"token", 0, 0, G_OPTION_ARG_STRING_ARRAY, &w.tokens, NULL, NULL},
        {"method", 0, 0, G_OPTION_ARG_STRING, &w.method, NULL, NULL},
        {"touch", 0, 0, G_OPTION_ARG_STRING, &w.touch, NULL, NULL},
        {"passphrase", 0, 0, G_OPTION_ARG_NONE, &w.has_passphrase, NULL, NULL},
        {"replace", 0, 0, G_OPTION_ARG_NONE, &w.replaces, NULL, NULL},
        {"keep", 0, 0, G_OPTION_ARG_NONE, &w.keeps, NULL, NULL},
        N2_CLI_AGENT_ENTRIES(w.agent),
        G_OPTION_ENTRY_NULL,
    };
    gboolean is_fine = n2_cli_parse(cli, entries, &argc, &argv, 1, 1, error) &&
                       check_wish(&w, argv[1], error) &&
                       n2_cli_agent_start(cli, &w.agent, error) &&
                       make(cli, &w, argv[1], error);

    g_strfreev(w.tokens);
    g_free(w.method);
    g_free(w.touch);
    return is_fine;
}

/* ---- in and out ---- */

static gboolean
run_login(N2Cli *cli, int argc, char **argv, GError **error)
{
    N2CliAgentOptions agent = N2_CLI_AGENT_INIT;
    int hours = 0;
    const GOptionEntry entries[] = {
        {"hours", 0, 0, G_OPTION_ARG_INT, &hours, NULL, NULL},
        N2_CLI_AGENT_ENTRIES(agent),
        G_OPTION_ENTRY_NULL,
    };

    if (!n2_cli_parse(cli, entries, &argc, &argv, 0, 1, error))
        return FALSE;
    if (hours < 0 || hours > 24)
        return n2_cli_usage("id login", "--hours", N_("it is 1 to 24"), error);
    if (!n2_cli_agent_start(cli, &agent, error))
        return FALSE;
    n2_client_sign_in_async(cli->client, argc > 1 ? argv[1] : NULL, (guint)hours,
                            cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) until = n2_cli_agent_finish(cli, error);
    if (!until)
        return FALSE;
    if (cli->is_json) {
        g_autoptr(GVariant) dict = g_variant_ref_sink(
            g_variant_new_parsed("{'until': <%x>}", g_variant_get_int64(until)));
        n2_cli_print_json(dict);
        return TRUE;
    }
    g_autofree char *time = n2_cli_format_time(g_variant_get_int64(until));
    printf(_("Signed in until %s.\n"), time);
    return TRUE;
}

static gboolean
run_logout(N2Cli *cli, int argc, char **argv, GError **error)
{
    gboolean is_all = FALSE;
    const GOptionEntry entries[] = {
        {"all", 0, 0, G_OPTION_ARG_NONE, &is_all, NULL, NULL},
        G_OPTION_ENTRY_NULL,
    };

    if (!n2_cli_parse(cli, entries, &argc, &argv, 0, 1, error))
        return FALSE;
    if (is_all && argc > 1)
        return n2_cli_usage("id logout", argv[1], N_("this word is one too many"), error);
    const char *identity = is_all ? "*" : argc > 1 ? argv[1] : NULL;
    n2_cli_fence(cli, NULL, N2_SANDBOX_READ);
    n2_client_sign_out_async(cli->client, identity, cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) answer =
        n2_cli_order_finish(cli, "identity", identity ? identity : "", error);
    if (answer && !cli->is_json)
        printf(_("Signed out; what was open by it is closed.\n"));
    return answer != NULL;
}

/* ---- what sign-ins are like ---- */

static void
print_settings(GVariant *settings)
{
    g_autoptr(GPtrArray) rows = new_rows();
    g_auto(GStrv) fixed = g_strsplit(word_of(settings, "fixed"), " ", -1);
    g_autofree char *hours = g_strdup_printf("%u", (guint)n2_dict_uint(settings, "hours"));
    const struct {
        const char *key, *title, *value;
    } all[] = {
        {"hours", N_("Hours of a sign-in"), hours},
        {"token-removed", N_("Sign out when the token is pulled"),
         n2_dict_bool(settings, "token-removed") ? _("yes") : _("no")},
        {"screen-locked", N_("Sign out when the screen is locked"),
         n2_dict_bool(settings, "screen-locked") ? _("yes") : _("no")},
        {"publisher", N_("Folders are published as"), word_of(settings, "publisher")},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
        g_ptr_array_add(rows, n2_cli_row(_(all[i].title), all[i].value,
                                         g_strv_contains((const char *const *)fixed, all[i].key)
                                             ? _("as net2o.conf says")
                                             : "",
                                         NULL));
    n2_cli_print_columns(rows, 0);
}

/* yes or no, if it was given.  FALSE with @error: something else was. */
static gboolean
take_yes(GVariantDict *changes, const char *key, const char *word, GError **error)
{
    gboolean is_yes = g_strcmp0(word, "yes") == 0;

    if (word && !is_yes && !g_str_equal(word, "no"))
        return n2_cli_usage("id settings", word, N_("it is yes or no"), error);
    if (word)
        g_variant_dict_insert(changes, key, "b", is_yes);
    return TRUE;
}

static gboolean
run_settings(N2Cli *cli, int argc, char **argv, GError **error)
{
    g_autofree char *token = NULL;
    g_autofree char *screen = NULL;
    g_autofree char *publisher = NULL;
    g_auto(GVariantDict) changes = G_VARIANT_DICT_INIT(NULL);
    int hours = 0;
    const GOptionEntry entries[] = {
        {"hours", 0, 0, G_OPTION_ARG_INT, &hours, NULL, NULL},
        {"token-removed", 0, 0, G_OPTION_ARG_STRING, &token, NULL, NULL},
        {"screen-locked", 0, 0, G_OPTION_ARG_STRING, &screen, NULL, NULL},
        {"publisher", 0, 0, G_OPTION_ARG_STRING, &publisher, NULL, NULL},
        G_OPTION_ENTRY_NULL,
    };

    if (!n2_cli_parse(cli, entries, &argc, &argv, 0, 0, error))
        return FALSE;
    if (hours < 0 || hours > 24)
        return n2_cli_usage("id settings", "--hours", N_("it is 1 to 24"), error);
    if (!take_yes(&changes, "token-removed", token, error) ||
        !take_yes(&changes, "screen-locked", screen, error))
        return FALSE;
    if (hours)
        g_variant_dict_insert(&changes, "hours", "x", (gint64)hours);
    if (publisher)
        g_variant_dict_insert(&changes, "publisher", "s", publisher);
    n2_cli_fence(cli, NULL, N2_SANDBOX_READ);
    n2_client_id_settings_async(cli->client, g_variant_dict_end(&changes), cli->cancellable,
                                n2_cli_done_cb, cli);
    g_autoptr(GVariant) settings = n2_cli_order_finish(cli, NULL, NULL, error);
    if (settings && !cli->is_json)
        print_settings(settings);
    return settings != NULL;
}

gboolean
n2_cli_id(N2Cli *cli, int argc, char **argv, GError **error)
{
    static const N2CliVerb verbs[] = {
        {"list", run_list},
        {"show", run_show},
        {"new", run_new},
        {"login", run_login},
        {"logout", run_logout},
        {"settings", run_settings},
        {"sheet", n2_cli_id_sheet},
        {"revoke", n2_cli_id_revoke},
        {"passphrase", n2_cli_id_passphrase},
        {"unlock", n2_cli_id_unlock},
        {"export", n2_cli_id_export},
        {"import", n2_cli_id_import},
        {"draw", n2_cli_id_draw},
        {"add", n2_cli_id_add},
        {"pair", n2_cli_id_pair},
        {"join", n2_cli_id_join},
        {"vouch", n2_cli_id_vouch},
        {"contact", n2_cli_id_contact},
        {"trust", n2_cli_id_trust},
        {"accounts", n2_cli_id_accounts},
        {"forget", n2_cli_id_forget},
        {NULL, NULL},
    };

    return n2_cli_run_verb(cli, verbs, argc, argv, error);
}
