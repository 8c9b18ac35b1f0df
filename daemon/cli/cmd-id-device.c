/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * cmd-id-device.c - net2o id export, import, draw, add, pair, join, vouch, accounts, forget:
 *                   what is said about identities, between machines and people.
 */
#include <glib/gi18n.h>
#include <stdio.h>

#include "cli/orders.h"

/* Ends a call whose answer is statements. */
static gboolean
finish_statements(N2Cli *cli, gboolean has_qr, const char *hint, GError **error)
{
    g_autoptr(GVariant) answer = n2_cli_order_finish(cli, NULL, NULL, error);

    if (!answer)
        return FALSE;
    n2_cli_print_statements(cli, answer, has_qr);
    if (hint && !cli->is_json)
        n2_cli_agent_say(cli, hint);
    return TRUE;
}

gboolean
n2_cli_id_export(N2Cli *cli, int argc, char **argv, GError **error)
{
    gboolean has_qr = FALSE, is_own = FALSE;
    const GOptionEntry entries[] = {
        {"qr", 0, 0, G_OPTION_ARG_NONE, &has_qr, NULL, NULL},
        {"own", 0, 0, G_OPTION_ARG_NONE, &is_own, NULL, NULL},
        G_OPTION_ENTRY_NULL,
    };
    GVariantDict options;

    if (!n2_cli_parse(cli, entries, &argc, &argv, 0, 1, error))
        return FALSE;
    n2_cli_fence(cli, NULL, N2_SANDBOX_READ);
    g_variant_dict_init(&options, NULL);
    if (is_own)
        g_variant_dict_insert(&options, "own", "b", TRUE);
    n2_client_id_export_async(cli->client, argc > 1 ? argv[1] : NULL,
                              g_variant_dict_end(&options), cli->cancellable, n2_cli_done_cb,
                              cli);
    return finish_statements(cli, has_qr, NULL, error);
}

static const char *
say_what(const char *what)
{
    if (g_strcmp0(what, "identity") == 0)
        return _("an identity");
    if (g_strcmp0(what, "vouch") == 0)
        return _("what somebody says about another");
    if (g_strcmp0(what, "end") == 0)
        return _("the end of an identity");
    if (g_strcmp0(what, "own") == 0)
        return _("an identity of yours, which now lives on this machine too");
    return _("statements");
}

gboolean
n2_cli_id_import(N2Cli *cli, int argc, char **argv, GError **error)
{
    N2CliAgentOptions agent = N2_CLI_AGENT_INIT;
    const GOptionEntry entries[] = {N2_CLI_AGENT_ENTRIES(agent), G_OPTION_ENTRY_NULL};

    if (!n2_cli_parse(cli, entries, &argc, &argv, 1, 1, error))
        return FALSE;
    g_autoptr(GBytes) text = n2_cli_read_file(argv[1], error);
    if (!text || !n2_cli_agent_start(cli, &agent, error))
        return FALSE;
    n2_client_id_import_async(cli->client, text, cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) answer = n2_cli_order_finish(cli, NULL, NULL, error);
    if (!answer)
        return FALSE;
    if (!cli->is_json) {
        const char *address = n2_dict_string(answer, "address");
        g_autofree char *clean = n2_cli_clean(address ? address : "");
        printf("%s  %s\n", clean, say_what(n2_dict_string(answer, "what")));
    }
    return TRUE;
}

gboolean
n2_cli_id_draw(N2Cli *cli, int argc, char **argv, GError **error)
{
    N2CliAgentOptions agent = N2_CLI_AGENT_INIT;
    gboolean has_qr = FALSE;
    const GOptionEntry entries[] = {
        {"qr", 0, 0, G_OPTION_ARG_NONE, &has_qr, NULL, NULL},
        N2_CLI_AGENT_ENTRIES(agent),
        G_OPTION_ENTRY_NULL,
    };

    if (!n2_cli_parse(cli, entries, &argc, &argv, 1, 1, error) ||
        !n2_cli_agent_start(cli, &agent, error))
        return FALSE;
    n2_client_id_draw_async(cli->client, argv[1], cli->cancellable, n2_cli_done_cb, cli);
    return finish_statements(
        cli, has_qr,
        _("Take this to the other machine, 'net2o id add' there, and bring "
          "back what it prints for 'net2o id import'."),
        error);
}

gboolean
n2_cli_id_add(N2Cli *cli, int argc, char **argv, GError **error)
{
    N2CliAgentOptions agent = N2_CLI_AGENT_INIT;
    gboolean has_qr = FALSE;
    g_autofree char *identity = NULL;
    const GOptionEntry entries[] = {
        {"qr", 0, 0, G_OPTION_ARG_NONE, &has_qr, NULL, NULL},
        {"identity", 0, 0, G_OPTION_ARG_STRING, &identity, NULL, NULL},
        N2_CLI_AGENT_ENTRIES(agent),
        G_OPTION_ENTRY_NULL,
    };

    if (!n2_cli_parse(cli, entries, &argc, &argv, 1, 1, error))
        return FALSE;
    g_autoptr(GBytes) request = n2_cli_read_file(argv[1], error);
    if (!request || !n2_cli_agent_start(cli, &agent, error))
        return FALSE;
    n2_client_id_add_async(cli->client, identity, request, cli->cancellable, n2_cli_done_cb,
                           cli);
    return finish_statements(
        cli, has_qr, _("Take this back to the new machine: 'net2o id import' there."), error);
}

static gboolean
pair(N2Cli *cli, const char *identity, const char *with, const char *name, GError **error)
{
    GVariantDict options;

    if ((identity != NULL) == (with != NULL))
        return n2_cli_usage("id pair", "id pair",
                            N_("name your identity on the old machine, --with on the new one"),
                            error);
    g_variant_dict_init(&options, NULL);
    if (with)
        g_variant_dict_insert(&options, "with", "s", with);
    if (name)
        g_variant_dict_insert(&options, "name", "s", name);
    n2_client_id_pair_async(cli->client, identity, g_variant_dict_end(&options),
                            cli->cancellable, n2_cli_done_cb, cli);
    if (identity && !cli->is_json)
        n2_cli_agent_say(cli, _("Waiting for the new machine: 'net2o id pair --with "
                                "net2o://k1-.../' there, with this one's address."));
    g_autoptr(GVariant) paired = n2_cli_order_finish(cli, NULL, NULL, error);
    if (!paired)
        return FALSE;
    if (!cli->is_json) {
        const char *address = n2_dict_string(paired, "address");
        g_autofree char *clean = n2_cli_clean(address ? address : "");
        printf(_("%s has this device too now.\n"), clean);
    }
    return TRUE;
}

gboolean
n2_cli_id_pair(N2Cli *cli, int argc, char **argv, GError **error)
{
    N2CliAgentOptions agent = N2_CLI_AGENT_INIT;
    g_autofree char *with = NULL;
    g_autofree char *name = NULL;
    const GOptionEntry entries[] = {
        {"with", 0, 0, G_OPTION_ARG_STRING, &with, NULL, NULL},
        {"name", 0, 0, G_OPTION_ARG_STRING, &name, NULL, NULL},
        N2_CLI_AGENT_ENTRIES(agent),
        G_OPTION_ENTRY_NULL,
    };

    return n2_cli_parse(cli, entries, &argc, &argv, 0, 1, error) &&
           n2_cli_agent_start(cli, &agent, error) &&
           pair(cli, argc > 1 ? argv[1] : NULL, with, name, error);
}

/* ---- by token ---- */

void
n2_cli_say_lacks_vault(N2Cli *cli)
{
    n2_cli_agent_say(cli, _("Your accounts at sites are missing here. Link this machine to one "
                            "of your others, with 'net2o peer add', and they come by "
                            "themselves; or bring them in a file: 'net2o id export --own' "
                            "there, 'net2o id import FILE' here."));
}

/* Takes in statements.  Returns: (transfer full) (nullable): whose they are. */
static char *
take_in(N2Cli *cli, GBytes *text, GError **error)
{
    n2_client_id_import_async(cli->client, text, cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) taken = n2_cli_agent_finish(cli, error);
    return taken ? g_strdup(n2_dict_string(taken, "address")) : NULL;
}

/* Told as it is after the file that came with it was taken in. */
static GVariant *
joined_now(N2Cli *cli, GVariant *joined, const char *who, GError **error)
{
    GVariantDict dict;

    n2_client_id_show_async(cli->client, who, cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) shown = n2_cli_agent_finish(cli, error);
    if (!shown)
        return NULL;
    g_variant_dict_init(&dict, joined);
    g_variant_dict_insert(&dict, "lacks-vault", "b", n2_dict_bool(shown, "lacks-vault"));
    return g_variant_ref_sink(g_variant_dict_end(&dict));
}

static gboolean
say_joined(N2Cli *cli, GVariant *joined, const char *who, gboolean has_more, GError **error)
{
    g_autoptr(GVariant) now =
        has_more ? joined_now(cli, joined, who, error) : g_variant_ref(joined);

    if (!now)
        return FALSE;
    if (cli->is_json) {
        n2_cli_print_json(now);
        return TRUE;
    }
    n2_cli_print_statements(cli, now, FALSE);
    if (n2_dict_bool(now, "lacks-vault")) {
        n2_cli_agent_say(cli, _("This machine is one of yours now. Take this to your other "
                                "ones: 'net2o id import' there."));
        n2_cli_say_lacks_vault(cli);
    } else {
        n2_cli_agent_say(cli,
                         _("This machine is one of yours now, and has your accounts at sites. "
                           "Take this to those of your other ones that it has no link to: "
                           "'net2o id import' there."));
    }
    return TRUE;
}

gboolean
n2_cli_id_join(N2Cli *cli, int argc, char **argv, GError **error)
{
    N2CliAgentOptions agent = N2_CLI_AGENT_INIT;
    g_autofree char *name = NULL;
    const GOptionEntry entries[] = {
        {"name", 0, 0, G_OPTION_ARG_STRING, &name, NULL, NULL},
        N2_CLI_AGENT_ENTRIES(agent),
        G_OPTION_ENTRY_NULL,
    };
    GVariantDict options;

    if (!n2_cli_parse(cli, entries, &argc, &argv, 1, 1, error))
        return FALSE;
    gboolean is_address = g_str_has_prefix(argv[1], "k1-");
    g_autoptr(GBytes) text = is_address ? NULL : n2_cli_read_file(argv[1], error);
    if ((!is_address && !text) || !n2_cli_agent_start(cli, &agent, error))
        return FALSE;
    g_autofree char *who = is_address ? g_strdup(argv[1]) : take_in(cli, text, error);
    if (!who)
        return FALSE;
    g_variant_dict_init(&options, NULL);
    if (name)
        g_variant_dict_insert(&options, "name", "s", name);
    n2_client_id_join_async(cli->client, who, g_variant_dict_end(&options), cli->cancellable,
                            n2_cli_done_cb, cli);
    g_autoptr(GVariant) joined = n2_cli_agent_finish(cli, error);
    if (!joined)
        return FALSE;
    /* What is for machines of the identity alone: this is one now. */
    g_autofree char *again = text ? take_in(cli, text, error) : NULL;
    if (text && !again)
        return FALSE;
    return say_joined(cli, joined, who, text != NULL, error);
}

/* ---- what is said of others ---- */

gboolean
n2_cli_id_vouch(N2Cli *cli, int argc, char **argv, GError **error)
{
    N2CliAgentOptions agent = N2_CLI_AGENT_INIT;
    g_autofree char *identity = NULL;
    g_autofree char *scope = NULL;
    g_autofree char *claim = NULL;
    g_autofree char *name = NULL;
    int days = 0;
    gboolean has_qr = FALSE, is_undo = FALSE;
    const GOptionEntry entries[] = {
        {"identity", 0, 0, G_OPTION_ARG_STRING, &identity, NULL, NULL},
        {"undo", 0, 0, G_OPTION_ARG_NONE, &is_undo, NULL, NULL},
        {"scope", 0, 0, G_OPTION_ARG_STRING, &scope, NULL, NULL},
        {"claim", 0, 0, G_OPTION_ARG_STRING, &claim, NULL, NULL},
        {"name", 0, 0, G_OPTION_ARG_STRING, &name, NULL, NULL},
        {"days", 0, 0, G_OPTION_ARG_INT, &days, NULL, NULL},
        {"qr", 0, 0, G_OPTION_ARG_NONE, &has_qr, NULL, NULL},
        N2_CLI_AGENT_ENTRIES(agent),
        G_OPTION_ENTRY_NULL,
    };
    static const char *const scopes[] = {"met", "audit", "zone", "domain", "mail", NULL};
    GVariantDict options;

    if (!n2_cli_parse(cli, entries, &argc, &argv, 1, 1, error))
        return FALSE;
    if (days < 0)
        return n2_cli_usage("id vouch", "--days", N_("it is 1 or more"), error);
    if (is_undo && (claim || name))
        return n2_cli_usage("id vouch", "--undo", N_("it takes back whatever was said"), error);
    if (scope && !g_strv_contains(scopes, scope))
        return n2_cli_usage("id vouch", scope, N_("it is met, audit, zone, domain or mail"),
                            error);
    if (!n2_cli_agent_start(cli, &agent, error))
        return FALSE;
    g_variant_dict_init(&options, NULL);
    if (scope)
        g_variant_dict_insert(&options, "scope", "s", scope);
    if (claim || is_undo)
        g_variant_dict_insert(&options, "claim", "s", is_undo ? "" : claim);
    if (name)
        g_variant_dict_insert(&options, "name", "s", name);
    if (days)
        g_variant_dict_insert(&options, "days", "x", (gint64)days);
    n2_client_vouch_async(cli->client, identity, argv[1], g_variant_dict_end(&options),
                          cli->cancellable, n2_cli_done_cb, cli);
    return finish_statements(cli, has_qr, NULL, error);
}

/* As whom a site knows the user: its owner lets in the key that stands there. */
static const char *
seen_as(GVariant *account)
{
    const char *as = n2_dict_string(account, "as");
    const char *key = n2_dict_string(account, "account");

    if (g_strcmp0(as, "identity") == 0)
        return _("knows who you are");
    if (g_strcmp0(as, "nobody") == 0)
        return _("nobody, and is not to ask");
    return key && *key ? key : _("a key of its own");
}

static void
print_accounts(GVariant *accounts)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);

    for (gsize i = 0; i < g_variant_n_children(accounts); i++) {
        g_autoptr(GVariant) account = g_variant_get_child_value(accounts, i);
        g_autofree char *last = n2_cli_format_time((gint64)n2_dict_uint(account, "last"));
        const char *site = n2_dict_string(account, "site");
        const char *name = n2_dict_string(account, "name");

        g_ptr_array_add(rows, n2_cli_row(name && *name ? name
                                         : site        ? site
                                                       : "",
                                         seen_as(account), last,
                                         n2_dict_bool(account, "allowed")   ? _("always")
                                         : n2_dict_bool(account, "session") ? _("this session")
                                                                            : "",
                                         name && *name && site ? site : "", NULL));
    }
    n2_cli_print_columns(rows, 0);
}

gboolean
n2_cli_id_accounts(N2Cli *cli, int argc, char **argv, GError **error)
{
    if (!n2_cli_parse(cli, NULL, &argc, &argv, 0, 0, error))
        return FALSE;
    n2_cli_fence(cli, NULL, N2_SANDBOX_READ);
    n2_client_account_list_async(cli->client, cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) accounts = n2_cli_order_finish(cli, NULL, NULL, error);
    if (accounts && !cli->is_json)
        print_accounts(accounts);
    return accounts != NULL;
}

gboolean
n2_cli_id_forget(N2Cli *cli, int argc, char **argv, GError **error)
{
    if (!n2_cli_parse(cli, NULL, &argc, &argv, 1, 1, error))
        return FALSE;
    n2_cli_fence(cli, NULL, N2_SANDBOX_READ);
    n2_client_account_forget_async(cli->client, argv[1], cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) answer = n2_cli_order_finish(cli, "site", argv[1], error);
    return answer != NULL;
}
