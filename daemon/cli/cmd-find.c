/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * cmd-find.c - net2o find: what is published or pinned here, by what it is.
 */
#include <glib/gi18n.h>
#include <stdio.h>

#include "cli/cli.h"
#include "client/orders.h"

enum {
    ANSWERS = 100,
    ANSWERS_MAX = 1000 /* of one question */
};

/* The text with what was found in it set off, on one line (transfer full). */
static char *
marked_text(const N2Cli *cli, GVariant *hit)
{
    const char *text = n2_dict_string(hit, "text");
    g_autoptr(GVariant) marks = n2_dict_dup(hit, "marks", "aa{sv}");
    gsize n = marks ? g_variant_n_children(marks) : 0, at = 0;
    GString *out = g_string_new(NULL);
    gsize len = (gsize)g_utf8_strlen(text, -1);

    for (gsize i = 0; i <= n; i++) {
        g_autoptr(GVariant) mark = i < n ? g_variant_get_child_value(marks, i) : NULL;
        gsize from = mark ? (gsize)n2_dict_uint(mark, "from") : len;
        gsize until = mark ? (gsize)n2_dict_uint(mark, "until") : len;

        if (from < at || until < from || until > len)
            continue;
        g_autofree char *before = g_utf8_substring(text, (glong)at, (glong)from);
        g_autofree char *inside = g_utf8_substring(text, (glong)from, (glong)until);
        g_autofree char *clean_before = n2_cli_clean(before);
        g_autofree char *clean_inside = n2_cli_clean(inside);
        g_autofree char *tone = n2_cli_tone(cli, N2_TONE_TITLE, clean_inside);

        g_string_append(out, clean_before);
        g_string_append(out, *clean_inside ? tone : "");
        at = until;
    }
    return g_string_free(out, FALSE);
}

static void
print_hit(const N2Cli *cli, GVariant *hit)
{
    const char *title = n2_dict_string(hit, "title"), *name = n2_dict_string(hit, "name");
    const char *address = n2_dict_string(hit, "address");
    const char *place = address ? address : n2_dict_string(hit, "path");
    g_autofree char *head = n2_cli_clean(title ? title : name && *name ? name : place);
    g_autofree char *tone = n2_cli_tone(cli, N2_TONE_TITLE, head);
    g_autofree char *where = n2_cli_clean(place ? place : "");
    g_autofree char *changed = n2_cli_format_time((gint64)n2_dict_uint(hit, "changed"));
    g_autofree char *size =
        g_format_size_full(n2_dict_uint(hit, "size"), G_FORMAT_SIZE_IEC_UNITS);
    g_autofree char *type = n2_cli_clean(n2_dict_string(hit, "type"));
    gboolean is_file = g_strcmp0(n2_dict_string(hit, "kind"), "file") == 0;

    printf("%s\n  %s\n  %s", tone, where, type);
    if (is_file)
        printf("  %s", size);
    if (*changed)
        printf("  %s", changed);
    printf("\n");
    if (n2_dict_string(hit, "text")) {
        g_autofree char *text = marked_text(cli, hit);
        printf("  %s\n", text);
    }
}

static void
print_answer(const N2Cli *cli, GVariant *info, GVariant *hits)
{
    gsize n = g_variant_n_children(hits);

    if (cli->is_json) {
        n2_cli_print_json(hits);
        return;
    }
    for (gsize i = 0; i < n; i++) {
        g_autoptr(GVariant) hit = g_variant_get_child_value(hits, i);
        print_hit(cli, hit);
    }
    fflush(stdout);
    if (!n)
        fprintf(stderr, "%s\n", _("Nothing was found."));
    if (n2_dict_bool(info, "part"))
        fprintf(
            stderr, "%s\n",
            _("The time was over before everything was looked through: there may be more."));
    else if (n2_dict_bool(info, "more"))
        fprintf(stderr, "%s\n", _("There is more; --limit and --skip show it."));
    if (n2_dict_bool(info, "behind"))
        fprintf(stderr, "%s\n", _("Something has just changed and is not looked through yet."));
}

static GVariant *
ask(N2Cli *cli, const char *query, GVariant *options, GVariant **info, GError **error)
{
    n2_client_find_async(cli->client, query, options, cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GAsyncResult) result = n2_cli_await(cli);

    return n2_client_find_finish(cli->client, result, info, error);
}

static GVariant *
options_of(int limit, int skip, const char *since)
{
    GVariantDict dict;

    g_variant_dict_init(&dict, NULL);
    g_variant_dict_insert(&dict, "limit", "x", (gint64)limit);
    g_variant_dict_insert(&dict, "skip", "x", (gint64)skip);
    if (since)
        g_variant_dict_insert(&dict, "since", "s", since);
    return g_variant_dict_end(&dict);
}

gboolean
n2_cli_find(N2Cli *cli, int argc, char **argv, GError **error)
{
    int limit = ANSWERS, skip = 0;
    gboolean watches = FALSE;
    const GOptionEntry entries[] = {{"limit", 0, 0, G_OPTION_ARG_INT, &limit, NULL, NULL},
                                    {"skip", 0, 0, G_OPTION_ARG_INT, &skip, NULL, NULL},
                                    {"watch", 0, 0, G_OPTION_ARG_NONE, &watches, NULL, NULL},
                                    {NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL}};
    g_autofree char *state = NULL;

    if (!n2_cli_parse(cli, entries, &argc, &argv, 1, -1, error))
        return FALSE;
    if (limit < 1 || limit > ANSWERS_MAX || skip < 0)
        return n2_cli_usage("find", NULL, N_("--limit is 1 to 1000, --skip not below 0"),
                            error);
    n2_cli_fence(cli, NULL, N2_SANDBOX_READ);
    g_autofree char *query = g_strjoinv(" ", argv + 1);
    do {
        g_autoptr(GVariant) info = NULL;
        g_autoptr(GVariant) hits =
            ask(cli, query, options_of(limit, skip, state), &info, error);

        if (!hits)
            return FALSE;
        if (state && !cli->is_json)
            printf("\n");
        print_answer(cli, info, hits);
        fflush(stdout);
        g_free(state);
        state = g_strdup(n2_dict_string(info, "state"));
    } while (watches && state);
    return TRUE;
}
