/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * cmd-token-order.c - net2o token enrol, backup, clone, pin, touch: orders that the node passes
 *                     on to a token.
 */
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "cli/orders.h"

/* ---- which token ---- */

enum {
    SERIAL_CHARS = 12 /* an id begins with manufacturer and serial number, in hex */
};

/* As people write it: the id, or manufacturer and serial number of it, or the reader. */
static gboolean
is_meant(GVariant *token, const char *word)
{
    const char *id = n2_dict_string(token, "id");
    const char *reader = n2_dict_string(token, "reader");
    g_autoptr(GString) digits = g_string_new(NULL);

    if (!id || !*id)
        return FALSE;
    if (reader && g_str_equal(word, reader))
        return TRUE;
    for (const char *p = word; *p; p++)
        if (*p != ' ' && *p != ':')
            g_string_append_c(digits, g_ascii_toupper(*p));
    g_autofree char *upper = g_ascii_strup(id, -1);
    if (g_str_equal(upper, digits->str))
        return TRUE;
    return digits->len == SERIAL_CHARS && g_str_has_prefix(upper, digits->str);
}

static GVariant *
list_tokens(N2Cli *cli, GError **error)
{
    n2_client_token_list_async(cli->client, cli->cancellable, n2_cli_done_cb, cli);
    return cli->agent ? n2_cli_agent_finish(cli, error) : n2_cli_finish(cli, error);
}

/* Why there is none; the node says so of the only row that is no token. */
static char *
none(GVariant *tokens, const char *word, GError **error)
{
    g_autoptr(GVariant) first =
        g_variant_n_children(tokens) ? g_variant_get_child_value(tokens, 0) : NULL;
    const char *why = n2_dict_string(first, "why");
    const char *next = n2_dict_string(first, "next");
    gboolean is_named = word && !g_str_equal(word, "any");

    n2_error_set(error, N2_ERR_TOKEN, is_named ? word : "token",
                 is_named ? N_("no card reader holds this token")
                 : why    ? why
                          : NULL,
                 is_named ? N_("See 'net2o token list'.") : next);
    return NULL;
}

static char *
find(GVariant *tokens, const char *word, GError **error)
{
    gboolean is_any = !word || g_str_equal(word, "any");
    const char *found = NULL;

    for (gsize i = 0; i < g_variant_n_children(tokens); i++) {
        g_autoptr(GVariant) token = g_variant_get_child_value(tokens, i);
        const char *id = n2_dict_string(token, "id");
        if (!(is_any ? id && *id : is_meant(token, word)))
            continue;
        if (found) { /* a number may be that of two, too */
            n2_error_set(error, N2_ERR_USAGE, "token", N_("there are several tokens"),
                         N_("Say which one; see 'net2o token list'."));
            return NULL;
        }
        found = id; /* lives as long as the list does */
    }
    return found ? g_strdup(found) : none(tokens, word, error);
}

char *
n2_cli_token_find(N2Cli *cli, const char *word, GError **error)
{
    g_autoptr(GVariant) tokens = list_tokens(cli, error);

    return tokens ? find(tokens, word, error) : NULL;
}

char **
n2_cli_token_find_all(N2Cli *cli, char **words, GError **error)
{
    g_autoptr(GVariant) tokens = NULL;
    g_auto(GStrv) ids = g_new0(char *, words ? g_strv_length(words) + 1 : 1);

    if (!words)
        return g_steal_pointer(&ids);
    tokens = list_tokens(cli, error);
    for (guint i = 0; tokens && words[i]; i++) {
        ids[i] = find(tokens, words[i], error);
        if (!ids[i])
            return NULL;
    }
    return tokens ? g_steal_pointer(&ids) : NULL;
}

/* ---- new keys ---- */

typedef struct {
    char *identity, *method, *touch;
    gboolean replaces, keeps;
    N2CliAgentOptions agent;
} wish;

#define WISH_ENTRIES(w)                                                                        \
    {"identity", 0, 0, G_OPTION_ARG_STRING, &(w).identity, NULL, NULL},                        \
        {"method", 0, 0, G_OPTION_ARG_STRING, &(w).method, NULL, NULL},                        \
        {"touch", 0, 0, G_OPTION_ARG_STRING, &(w).touch, NULL, NULL},                          \
        {"replace", 0, 0, G_OPTION_ARG_NONE, &(w).replaces, NULL, NULL},                       \
        {"keep", 0, 0, G_OPTION_ARG_NONE, &(w).keeps, NULL, NULL},                             \
        N2_CLI_AGENT_ENTRIES((w).agent)

static void
wish_clear(wish *w)
{
    g_free(w->identity);
    g_free(w->method);
    g_free(w->touch);
}

static GVariant *
options_of(const wish *w)
{
    GVariantDict options;

    g_variant_dict_init(&options, NULL);
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
    return g_variant_dict_end(&options);
}

/* Ends a call whose answer is a token, or a list of them. */
static gboolean
finish_tokens(N2Cli *cli, GError **error)
{
    g_autoptr(GVariant) answer = n2_cli_order_finish(cli, NULL, NULL, error);

    if (!answer || cli->is_json)
        return answer != NULL;
    if (g_variant_is_of_type(answer, G_VARIANT_TYPE("aa{sv}"))) {
        n2_cli_print_tokens(answer);
    } else {
        g_autoptr(GVariant) list =
            g_variant_ref_sink(g_variant_new_array(G_VARIANT_TYPE_VARDICT, &answer, 1));
        n2_cli_print_tokens(list);
    }
    return TRUE;
}

static gboolean
enrol(N2Cli *cli, const wish *w, const char *word, gboolean is_backup, GError **error)
{
    g_autofree char *token = n2_cli_token_find(cli, word, error);

    if (!token)
        return FALSE;
    if (is_backup)
        n2_client_token_backup_async(cli->client, token, w->identity, cli->cancellable,
                                     n2_cli_done_cb, cli);
    else
        n2_client_token_enrol_async(cli->client, token, w->identity, options_of(w),
                                    cli->cancellable, n2_cli_done_cb, cli);
    return finish_tokens(cli, error);
}

gboolean
n2_cli_token_enrol(N2Cli *cli, int argc, char **argv, GError **error)
{
    wish w = {.agent = N2_CLI_AGENT_INIT};
    const GOptionEntry entries[] = {WISH_ENTRIES(w), G_OPTION_ENTRY_NULL};
    gboolean is_fine = n2_cli_parse(cli, entries, &argc, &argv, 0, 1, error) &&
                       n2_cli_agent_start(cli, &w.agent, error) &&
                       enrol(cli, &w, argc > 1 ? argv[1] : NULL, FALSE, error);

    wish_clear(&w);
    return is_fine;
}

gboolean
n2_cli_token_backup(N2Cli *cli, int argc, char **argv, GError **error)
{
    wish w = {.agent = N2_CLI_AGENT_INIT};
    const GOptionEntry entries[] = {
        {"identity", 0, 0, G_OPTION_ARG_STRING, &w.identity, NULL, NULL},
        N2_CLI_AGENT_ENTRIES(w.agent),
        G_OPTION_ENTRY_NULL,
    };
    gboolean is_fine = n2_cli_parse(cli, entries, &argc, &argv, 0, 1, error) &&
                       n2_cli_agent_start(cli, &w.agent, error) &&
                       enrol(cli, &w, argc > 1 ? argv[1] : NULL, TRUE, error);

    wish_clear(&w);
    return is_fine;
}

static gboolean
clone_tokens(N2Cli *cli, const wish *w, char **words, GError **error)
{
    g_auto(GStrv) tokens = n2_cli_token_find_all(cli, words, error);

    if (!tokens)
        return FALSE;
    n2_client_token_clone_async(cli->client, (const char *const *)tokens, w->identity,
                                options_of(w), cli->cancellable, n2_cli_done_cb, cli);
    return finish_tokens(cli, error);
}

gboolean
n2_cli_token_clone(N2Cli *cli, int argc, char **argv, GError **error)
{
    wish w = {.agent = N2_CLI_AGENT_INIT};
    const GOptionEntry entries[] = {WISH_ENTRIES(w), G_OPTION_ENTRY_NULL};
    gboolean is_fine = n2_cli_parse(cli, entries, &argc, &argv, 2, -1, error) &&
                       n2_cli_agent_start(cli, &w.agent, error) &&
                       clone_tokens(cli, &w, argv + 1, error);

    wish_clear(&w);
    return is_fine;
}

/* ---- PIN and touch ---- */

static gboolean
set_pin(N2Cli *cli, const char *word, const char *which, GError **error)
{
    g_autofree char *token = n2_cli_token_find(cli, word, error);

    if (!token)
        return FALSE;
    n2_client_token_set_pin_async(cli->client, token, which, cli->cancellable, n2_cli_done_cb,
                                  cli);
    g_autoptr(GVariant) answer = n2_cli_order_finish(cli, "token", token, error);
    if (answer && !cli->is_json)
        printf("%s\n", _("The PIN is changed."));
    return answer != NULL;
}

gboolean
n2_cli_token_pin(N2Cli *cli, int argc, char **argv, GError **error)
{
    N2CliAgentOptions agent = N2_CLI_AGENT_INIT;
    gboolean is_admin = FALSE;
    gboolean is_unblock = FALSE;
    const GOptionEntry entries[] = {
        {"admin", 0, 0, G_OPTION_ARG_NONE, &is_admin, NULL, NULL},
        {"unblock", 0, 0, G_OPTION_ARG_NONE, &is_unblock, NULL, NULL},
        N2_CLI_AGENT_ENTRIES(agent),
        G_OPTION_ENTRY_NULL,
    };

    if (!n2_cli_parse(cli, entries, &argc, &argv, 0, 1, error))
        return FALSE;
    if (is_admin && is_unblock)
        return n2_cli_usage("token pin", "--unblock", N_("one of the two, not both"), error);
    return n2_cli_agent_start(cli, &agent, error) && set_pin(cli, argc > 1 ? argv[1] : NULL,
                                                             is_admin     ? "admin"
                                                             : is_unblock ? "unblock"
                                                                          : "user",
                                                             error);
}

static gboolean
set_touch(N2Cli *cli,
          const char *word,
          const char *slot,
          const char *policy,
          gboolean has_consent,
          GError **error)
{
    g_autofree char *token = n2_cli_token_find(cli, word, error);

    if (!token)
        return FALSE;
    n2_client_token_set_touch_async(cli->client, token, slot, policy, has_consent,
                                    cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) answer = n2_cli_order_finish(cli, "token", token, error);
    if (answer && !cli->is_json)
        printf("%s\n", _("That is set."));
    return answer != NULL;
}

gboolean
n2_cli_token_touch(N2Cli *cli, int argc, char **argv, GError **error)
{
    N2CliAgentOptions agent = N2_CLI_AGENT_INIT;
    gboolean has_consent = FALSE;
    const GOptionEntry entries[] = {
        {"consent", 0, 0, G_OPTION_ARG_NONE, &has_consent, NULL, NULL},
        N2_CLI_AGENT_ENTRIES(agent),
        G_OPTION_ENTRY_NULL,
    };
    static const char *const slots[] = {"sign", "login", "open", NULL};
    static const char *const policies[] = {"off", "on", "cached", "fixed", NULL};

    if (!n2_cli_parse(cli, entries, &argc, &argv, 2, 3, error))
        return FALSE;
    const char *slot = argv[argc - 2];
    const char *policy = argv[argc - 1];
    if (!g_strv_contains(slots, slot))
        return n2_cli_usage("token touch", slot, N_("it is sign, login or open"), error);
    if (!g_strv_contains(policies, policy))
        return n2_cli_usage("token touch", policy, N_("it is off, on, cached or fixed"), error);
    if (g_str_equal(policy, "fixed") && !has_consent) {
        n2_error_set(error, N2_ERR_REFUSED, "fixed",
                     N_("nothing but new keys takes it back, ever"),
                     N_("If that is what you want, add --consent."));
        return FALSE;
    }
    return n2_cli_agent_start(cli, &agent, error) &&
           set_touch(cli, argc > 3 ? argv[1] : NULL, slot, policy, has_consent, error);
}
