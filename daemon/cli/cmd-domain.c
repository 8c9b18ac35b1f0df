/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * cmd-domain.c - net2o domain: where this node hangs, and the domain that it serves.
 */
#include <glib/gi18n.h>
#include <stdio.h>

#include "cli/cli.h"

enum {
    TEXT_BYTES_MAX = 512 * 1024
};

static const char *
word_of(GVariant *dict, const char *key)
{
    const char *word = n2_dict_string(dict, key);

    return word ? word : "";
}

/* ---- show ---- */

static void
add_places(GPtrArray *rows, GVariant *place)
{
    g_autoptr(GVariant) all = n2_dict_dup(place, "places", "aa{sv}");

    for (gsize i = 0; all && i < g_variant_n_children(all); i++) {
        g_autoptr(GVariant) one = g_variant_get_child_value(all, i);
        g_autofree char *until = n2_cli_format_time((gint64)n2_dict_uint(one, "until"));
        const char *state = word_of(one, "state");
        /* TRANSLATORS: of a place in a domain. */
        const char *said = g_str_equal(state, "attached") ? _("attached")
                           : g_str_equal(state, "guest")  ? _("attached as a guest")
                                                          : _("asked for");
        const char *why = word_of(one, "why");

        g_ptr_array_add(rows,
                        n2_cli_row(n2_dict_bool(one, "parent") ? _("Parent") : _("Domain"),
                                   word_of(one, "domain"), said, *why ? _(why) : until, NULL));
    }
}

static void
add_switches(GPtrArray *rows, GVariant *place)
{
    g_autoptr(GVariant) all = n2_dict_dup(place, "switches", "aa{sv}");

    for (gsize i = 0; all && i < g_variant_n_children(all); i++) {
        g_autoptr(GVariant) one = g_variant_get_child_value(all, i);
        g_autofree char *number =
            g_strdup_printf("#%" G_GUINT64_FORMAT, n2_dict_uint(one, "number"));

        g_ptr_array_add(rows, n2_cli_row(_("Switch"), word_of(one, "identity"), number,
                                         word_of(one, "name"), NULL));
    }
}

static void
print_place(GVariant *place)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);

    add_places(rows, place);
    if (n2_dict_bool(place, "switch"))
        g_ptr_array_add(rows, n2_cli_row(_("This node"), _("is a switch of it"), NULL));
    if (n2_dict_bool(place, "serves")) {
        g_autofree char *links =
            g_strdup_printf("%" G_GUINT64_FORMAT, n2_dict_uint(place, "links_up"));
        g_ptr_array_add(rows, n2_cli_row(_("This node"), _("serves the domain"), NULL));
        g_ptr_array_add(rows, n2_cli_row(_("Links that are up"), links, NULL));
        if (n2_dict_uint(place, "links_doubtful")) {
            g_autofree char *doubtful =
                g_strdup_printf("%" G_GUINT64_FORMAT, n2_dict_uint(place, "links_doubtful"));
            g_ptr_array_add(rows, n2_cli_row(_("of them in doubt"), doubtful, NULL));
        }
        g_ptr_array_add(rows,
                        n2_cli_row(_("Signed by all parents"),
                                   n2_dict_bool(place, "signed") ? _("yes") : _("no"), NULL));
    }
    add_switches(rows, place);
    if (rows->len)
        n2_cli_print_columns(rows, 0);
    else
        printf("%s\n", _("This node hangs in no domain."));
}

static gboolean
show(N2Cli *cli, gboolean wants_text, GError **error)
{
    n2_client_place_show_async(cli->client, wants_text, cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) answer = n2_cli_finish(cli, error);
    if (!answer)
        return FALSE;
    if (cli->is_json) {
        n2_cli_print_json(answer);
    } else if (wants_text) {
        g_auto(GStrv) lines = g_strsplit(word_of(answer, "text"), "\n", -1);
        for (char **line = lines; *line && (line[1] || **line); line++) {
            g_autofree char *clean = n2_cli_clean(*line);
            printf("%s\n", clean);
        }
    } else {
        print_place(answer);
    }
    return TRUE;
}

/* ---- changes ---- */

static gboolean
done(N2Cli *cli, const char *key, const char *value, GError **error)
{
    g_autoptr(GVariant) answer = n2_cli_finish(cli, error);

    if (answer && cli->is_json)
        n2_cli_print_json_words(key, value, NULL);
    return answer != NULL;
}

static gboolean
set(N2Cli *cli, const char *what, const char *who, GError **error)
{
    if (who && g_str_has_prefix(who, "k1-") && !n2_cli_check_identity(who, error))
        return FALSE;
    n2_client_place_set_async(cli->client, what, who, cli->cancellable, n2_cli_done_cb, cli);
    return done(cli, "domain", what, error);
}

/* What somebody else's 'net2o domain tell' printed, from standard input. */
static gboolean
learn(N2Cli *cli, GError **error)
{
    g_autofree char *text = g_malloc(TEXT_BYTES_MAX + 1);
    gsize len = fread(text, 1, TEXT_BYTES_MAX, stdin);

    text[len] = 0;
    if (!len || !g_utf8_validate(text, (gssize)len, NULL))
        return n2_cli_usage("domain", "learn",
                            N_("what came is not what 'net2o domain tell' prints"), error);
    n2_client_place_learn_async(cli->client, text, cli->cancellable, n2_cli_done_cb, cli);
    return done(cli, "domain", "learn", error);
}

gboolean
n2_cli_domain(N2Cli *cli, int argc, char **argv, GError **error)
{
    gboolean is_switch = FALSE;
    const GOptionEntry entries[] = {{"switch", 0, 0, G_OPTION_ARG_NONE, &is_switch, NULL, NULL},
                                    {0}};

    if (!n2_cli_parse(cli, entries, &argc, &argv, 1, 3, error))
        return FALSE;
    const char *verb = argv[1], *word = argc > 2 ? argv[2] : NULL;
    const char *who = argc > 3 ? argv[3] : NULL;
    static const char *const alone[] = {"serve", "unserve", "leave", "hide",
                                        "fixed", "moving",  NULL};

    if (g_strv_contains(alone, verb) && !word && !is_switch)
        return set(cli, verb, NULL, error);
    if (g_str_equal(verb, "join") && word && !who)
        return set(cli, is_switch ? "join-switch" : "join", word, error);
    if ((g_str_equal(verb, "switch") || g_str_equal(verb, "parent")) && who && !is_switch &&
        (g_str_equal(word, "add") || g_str_equal(word, "remove"))) {
        g_autofree char *what = g_strdup_printf("%s-%s", verb, word);
        return set(cli, what, who, error);
    }
    if (g_str_equal(verb, "show") && !word && !is_switch)
        return show(cli, FALSE, error);
    if (g_str_equal(verb, "tell") && !word && !is_switch)
        return show(cli, TRUE, error);
    if (g_str_equal(verb, "tell") && word && g_str_equal(word, "everybody") && !who)
        return set(cli, "tell", NULL, error);
    if (g_str_equal(verb, "learn") && !word && !is_switch)
        return learn(cli, error);
    return n2_cli_usage("domain", verb, N_("this is not how it is used"), error);
}
