/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * cmd-name.c - net2o name lookup, net2o name root: whom a name of a zone means, and whom the
 *              user trusts to say so.
 */
#include <glib/gi18n.h>
#include <stdio.h>

#include "cli/cli.h"

static const char *
text_of(GVariant *dict, const char *key)
{
    const char *text = "";

    (void)g_variant_lookup(dict, key, "&s", &text);
    return text;
}

static void
add_line(GPtrArray *rows, const char *what, const char *value)
{
    if (*value)
        g_ptr_array_add(rows, n2_cli_row(what, value, NULL));
}

static void
add_time(GPtrArray *rows, const char *what, GVariant *dict, const char *key)
{
    gint64 at_us = 0;

    (void)g_variant_lookup(dict, key, "x", &at_us);
    g_autofree char *text = n2_cli_format_time(at_us);
    add_line(rows, what, text);
}

static gboolean
is(GVariant *dict, const char *key)
{
    gboolean value = FALSE;

    return g_variant_lookup(dict, key, "b", &value) && value;
}

/* One line for each zone on the way: "demo: k1-..., state 7". */
static void
add_steps(GPtrArray *rows, GVariant *answer)
{
    g_autoptr(GVariant) steps =
        g_variant_lookup_value(answer, "steps", G_VARIANT_TYPE("aa{sv}"));

    for (gsize i = 0; steps && i < g_variant_n_children(steps); i++) {
        g_autoptr(GVariant) step = g_variant_get_child_value(steps, i);
        gint64 serial = 0;

        (void)g_variant_lookup(step, "serial", "x", &serial);
        g_autofree char *state = g_strdup_printf("%" G_GINT64_FORMAT, serial);
        /* TRANSLATORS: a part of a name, the zone that speaks for it, number of its state. */
        g_autofree char *line = g_strdup_printf(
            _("%s, says %s (state %s)"), text_of(step, "label"), text_of(step, "zone"), state);
        add_line(rows, i ? "" : _("Zones"), line);
    }
}

static void
add_all(GPtrArray *rows, GVariant *answer, const char *key, const char *cell, const char *what)
{
    g_autoptr(GVariant) list = g_variant_lookup_value(answer, key, G_VARIANT_TYPE("aa{sv}"));

    for (gsize i = 0; list && i < g_variant_n_children(list); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(list, i);

        add_line(rows, i ? "" : what, text_of(row, cell));
    }
}

static void
print_answer(GVariant *answer)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);

    add_line(rows, _("Name"), text_of(answer, "name"));
    add_line(rows, _("Identity"), text_of(answer, "identity"));
    if (is(answer, "own"))
        add_line(rows, _("Says"), _("you yourself"));
    add_time(rows, _("Since"), answer, "since");
    add_time(rows, _("Until"), answer, "until");
    add_steps(rows, answer);
    add_line(rows, _("Answer of"), text_of(answer, "from"));
    if (is(answer, "kept"))
        add_line(rows, _("Note"), _("the zone is out of reach; it said so before"));
    else if (is(answer, "cached"))
        add_line(rows, _("Note"), _("it was known here already"));
    add_all(rows, answer, "mail-hosts", "host", _("Mail host"));
    add_all(rows, answer, "offers", "name", _("Offers"));
    n2_cli_print_columns(rows, 0);
}

gboolean
n2_cli_name_lookup(N2Cli *cli, const char *name, GError **error)
{
    if (!n2_cli_check_name(name, error))
        return FALSE;
    n2_client_name_lookup_async(cli->client, name, cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) answer = n2_cli_finish(cli, error);
    if (!answer)
        return FALSE;
    if (cli->is_json)
        n2_cli_print_json(answer);
    else
        print_answer(answer);
    return TRUE;
}

/* ---- roots ---- */

static void
print_roots(GVariant *roots)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);

    for (gsize i = 0; i < g_variant_n_children(roots); i++) {
        g_autoptr(GVariant) root = g_variant_get_child_value(roots, i);
        g_autoptr(GVariant) fraud = g_variant_lookup_value(root, "fraud", NULL);

        g_ptr_array_add(rows,
                        n2_cli_row(text_of(root, "suffix"), text_of(root, "zone"),
                                   fraud ? _("has signed two states of itself") : "", NULL));
    }
    n2_cli_print_columns(rows, 0);
}

static gboolean
list_roots(N2Cli *cli, GError **error)
{
    n2_client_root_list_async(cli->client, cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) roots = n2_cli_finish(cli, error);
    if (!roots)
        return FALSE;
    if (cli->is_json)
        n2_cli_print_json(roots);
    else
        print_roots(roots);
    return TRUE;
}

/* What neighbour @row says of names: "k1-ZONE", or "SUFFIX k1-ZONE" (transfer full) (nullable).
 */
static GVariant *
offer_of(GVariant *row)
{
    g_autoptr(GVariant) services =
        g_variant_lookup_value(row, "services", G_VARIANT_TYPE("aa{sv}"));

    for (gsize i = 0; services && i < g_variant_n_children(services); i++) {
        g_autoptr(GVariant) one = g_variant_get_child_value(services, i);
        g_auto(GStrv) words = g_strsplit(text_of(one, "value"), " ", 2);
        GVariantDict dict;

        if (!g_str_equal(text_of(one, "service"), "names") || !words[0])
            continue;
        g_variant_dict_init(&dict, NULL);
        g_variant_dict_insert(&dict, "suffix", "s", words[1] ? words[0] : ".");
        g_variant_dict_insert(&dict, "zone", "s", words[1] ? words[1] : words[0]);
        g_variant_dict_insert(&dict, "identity", "s", text_of(row, "identity"));
        g_variant_dict_insert(&dict, "name", "s", text_of(row, "name"));
        g_variant_dict_insert(&dict, "state", "s", text_of(row, "state"));
        return g_variant_ref_sink(g_variant_dict_end(&dict));
    }
    return NULL;
}

static void
print_offers(GVariant *offers)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);

    for (gsize i = 0; i < g_variant_n_children(offers); i++) {
        g_autoptr(GVariant) one = g_variant_get_child_value(offers, i);
        const char *name = text_of(one, "name");

        g_ptr_array_add(rows, n2_cli_row(text_of(one, "suffix"), text_of(one, "zone"),
                                         *name ? name : text_of(one, "identity"),
                                         g_str_equal(text_of(one, "state"), "proven")
                                             ? _("key proven")
                                             : _("key claimed"),
                                         NULL));
    }
    n2_cli_print_columns(rows, 0);
}

/* Roots that neighbours name: shown, and taken by nobody unasked. */
static gboolean
list_offered(N2Cli *cli, GError **error)
{
    GVariantBuilder builder;

    n2_client_neighbours_async(cli->client, "names", cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) answer = n2_cli_finish(cli, error);
    if (!answer)
        return FALSE;
    g_variant_builder_init(&builder, G_VARIANT_TYPE("aa{sv}"));
    for (gsize i = 0; i < g_variant_n_children(answer); i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(answer, i);
        g_autoptr(GVariant) offer = offer_of(row);
        if (offer)
            g_variant_builder_add_value(&builder, offer);
    }
    g_autoptr(GVariant) offers = g_variant_ref_sink(g_variant_builder_end(&builder));
    if (cli->is_json)
        n2_cli_print_json(offers);
    else
        print_offers(offers);
    return TRUE;
}

gboolean
n2_cli_name_root(N2Cli *cli, char **words, GError **error)
{
    const char *verb = words[0], *suffix = words[1], *zone = suffix ? words[2] : NULL;
    gboolean is_add = g_str_equal(verb, "add");

    if (g_str_equal(verb, "list") && !suffix)
        return list_roots(cli, error);
    if (g_str_equal(verb, "offered") && !suffix)
        return list_offered(cli, error);
    if (suffix && !g_str_equal(suffix, ".") && !n2_cli_check_name(suffix, error))
        return FALSE;
    if (is_add && zone)
        n2_client_root_add_async(cli->client, suffix, zone, (const char *const *)(words + 3),
                                 cli->cancellable, n2_cli_done_cb, cli);
    else if (g_str_equal(verb, "remove") && suffix && !zone)
        n2_client_root_remove_async(cli->client, suffix, cli->cancellable, n2_cli_done_cb, cli);
    else
        return n2_cli_usage("name", verb, N_("this is not how it is used"), error);
    g_autoptr(GVariant) answer = n2_cli_finish(cli, error);
    if (!answer)
        return FALSE;
    if (cli->is_json && is_add)
        n2_cli_print_json_words("suffix", suffix, "zone", zone, NULL);
    else if (cli->is_json)
        n2_cli_print_json_words("removed", suffix, NULL);
    return TRUE;
}
