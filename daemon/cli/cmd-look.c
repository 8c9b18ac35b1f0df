/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * cmd-look.c - net2o status switch: ports, queues, jams, reservations, labels, trees, channels.
 */
#include <glib/gi18n.h>
#include <stdio.h>

#include "cli/cli.h"
#include "client/rate.h"

static GPtrArray *
new_rows(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
}

/* "3 Mbit/s", or with a known rate "3 Mbit/s, 30 %"; empty for nothing (transfer full). */
static char *
format_load(guint64 bps, guint64 of_bps)
{
    g_autofree char *rate = n2_rate_dup_words(bps);

    if (!bps)
        return g_strdup("");
    /* Translators: a data rate, and how much of the line's rate that is. */
    return of_bps ? g_strdup_printf(_("%s, %u %%"), rate, (guint)(bps * 100 / of_bps))
                  : g_steal_pointer(&rate);
}

static char *
format_count(guint64 n)
{
    return n ? g_strdup_printf("%" G_GUINT64_FORMAT, n) : g_strdup("");
}

static const char *
say_state(const char *state)
{
    return g_strcmp0(state, "up") == 0        ? _("up")
           : g_strcmp0(state, "opening") == 0 ? _("opening")
           : g_strcmp0(state, "self") == 0    ? _("this node")
                                              : _("down");
}

static const char *
say_where(GVariant *port)
{
    const char *words[] = {n2_dict_string(port, "name"), n2_dict_string(port, "identity"),
                           n2_dict_string(port, "endpoint")};

    for (gsize i = 0; i < G_N_ELEMENTS(words); i++)
        if (words[i] && *words[i])
            return words[i];
    return "";
}

/* What the line to another node carries; unknown, nothing waits for it (transfer full). */
static char *
format_line(GVariant *port)
{
    guint64 rate = n2_dict_uint(port, "rate_bps");

    if (!n2_dict_uint(port, "port") || g_strcmp0(n2_dict_string(port, "state"), "up") != 0)
        return g_strdup("");
    return rate ? n2_rate_dup_words(rate) : g_strdup(_("not known"));
}

/* Since when more comes than fits (transfer full). */
static char *
format_jam(GVariant *port)
{
    if (!n2_dict_bool(port, "jammed"))
        return g_strdup("");
    return g_strdup_printf(_("%u s"),
                           (guint)(n2_dict_uint(port, "jammed_us") / G_USEC_PER_SEC));
}

enum {
    JAM_COLUMN = 6
};

static void
add_port(const N2Cli *cli, GPtrArray *rows, GVariant *port)
{
    guint64 rate = n2_dict_uint(port, "rate_bps"),
            reserved_bps = n2_dict_uint(port, "reserved_bps");
    g_autofree char *number = g_strdup_printf("%" G_GUINT64_FORMAT, n2_dict_uint(port, "port"));
    g_autofree char *line = format_line(port);
    g_autofree char *in = format_load(n2_dict_uint(port, "in_bps"), rate);
    g_autofree char *out = format_load(n2_dict_uint(port, "out_bps"), rate);
    g_autofree char *queue = n2_cli_format_us(n2_dict_uint(port, "queue_us"));
    g_autofree char *dropped =
        format_count(n2_dict_uint(port, "dropped_out") + n2_dict_uint(port, "dropped_in"));
    g_autofree char *reserved = reserved_bps ? n2_rate_dup_words(reserved_bps) : g_strdup("");
    g_autofree char *jam = format_jam(port);
    char **row = n2_cli_row(number, say_state(n2_dict_string(port, "state")), line, in, out,
                            queue, jam, dropped, reserved, say_where(port), NULL);

    if (*jam) { /* put in after the cleaning, which would take the colour */
        g_free(row[JAM_COLUMN]);
        row[JAM_COLUMN] = n2_cli_tone(cli, N2_TONE_BAD, jam);
    }
    g_ptr_array_add(rows, row);
}

static void
print_ports(const N2Cli *cli, GVariant *ports)
{
    g_autoptr(GPtrArray) rows = new_rows();

    /* Translators: heads of columns: of a line what it carries, what comes in and goes out, how
     * long what goes out waits, for how long it is jammed already, ... */
    g_ptr_array_add(rows,
                    n2_cli_row(_("Port"), _("State"), _("Line"), _("In"), _("Out"), _("Waits"),
                               _("Jammed"), _("Dropped"), _("Reserved"), _("Where"), NULL));
    for (gsize i = 0; i < g_variant_n_children(ports); i++) {
        g_autoptr(GVariant) port = g_variant_get_child_value(ports, i);
        add_port(cli, rows, port);
    }
    printf("\n");
    n2_cli_print_table(rows, "rlrrrrrrrl");
}

/* ---- lists ---- */

/* "port 3", and of 0 "here" (transfer full). */
static char *
format_port(GVariant *row, const char *key)
{
    guint port = (guint)n2_dict_uint(row, key);

    return port ? g_strdup_printf(_("port %u"), port) : g_strdup(_("here"));
}

static char *
format_packets(guint64 n)
{
    return g_strdup_printf(ngettext("%lu packet", "%lu packets", (gulong)n), (gulong)n);
}

static char **
reservation_row(GVariant *r)
{
    g_autofree char *rate = n2_rate_dup_words(n2_dict_uint(r, "rate_bps"));
    g_autofree char *from = format_port(r, "in_port");
    g_autofree char *to = format_port(r, "out_port");
    /* Translators: two ports, such as "from port 1 to port 2", "from here to port 2". */
    g_autofree char *way = g_strdup_printf(_("from %s to %s"), from, to);
    g_autofree char *left =
        g_strdup_printf(_("%u s left"), (guint)(n2_dict_uint(r, "left_us") / G_USEC_PER_SEC));
    const char *state = n2_dict_string(r, "state");
    const char *says = g_strcmp0(state, "cut") == 0       ? _("cut off: it took too much")
                       : g_strcmp0(state, "pending") == 0 ? _("asked for")
                                                          : "";
    guint64 over = n2_dict_uint(r, "over");
    g_autofree char *count = format_count(over);
    /* Translators: packets, such as 12. */
    g_autofree char *lost =
        over ? g_strdup_printf(_("%s beyond the rate"), count) : g_strdup("");

    return n2_cli_row(rate, way, left, *says ? says : lost, say_where(r), NULL);
}

static char **
label_row(GVariant *r)
{
    guint ways = (guint)n2_dict_uint(r, "ways");
    g_autofree char *label = g_strdup_printf("%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT,
                                             n2_dict_uint(r, "label"), n2_dict_uint(r, "bits"));
    g_autofree char *to = g_strdup_printf(ngettext("%u way", "%u ways", ways), ways);
    g_autofree char *packets = format_packets(n2_dict_uint(r, "packets"));

    return n2_cli_row(label, to, packets, NULL);
}

static char **
tree_row(GVariant *r)
{
    guint n = (guint)n2_dict_uint(r, "branches");
    g_autofree char *port = format_port(r, "in_port");
    g_autofree char *from = g_strdup_printf(_("from %s"), port);
    g_autofree char *to = g_strdup_printf(ngettext("%u branch", "%u branches", n), n);
    g_autofree char *packets = format_packets(n2_dict_uint(r, "packets"));
    guint n_alone = (guint)n2_dict_uint(r, "alone");
    /* Translators: who gets packets one by one, as no tree takes them: "1 by unicast". */
    g_autofree char *alone =
        n_alone ? g_strdup_printf(_("%u by unicast"), n_alone) : g_strdup("");
    const char *tree = n2_dict_string(r, "tree");

    return n2_cli_row(tree ? tree : "", from, to, packets, alone, NULL);
}

static char **
channel_row(GVariant *r)
{
    guint n = (guint)n2_dict_uint(r, "ports");
    g_autofree char *channel =
        g_strdup_printf("%" G_GUINT64_FORMAT, n2_dict_uint(r, "channel"));
    g_autofree char *port = format_port(r, "in_port");
    g_autofree char *from = g_strdup_printf(_("from %s"), port);
    g_autofree char *to = g_strdup_printf(ngettext("to %u port", "to %u ports", n), n);
    g_autofree char *packets = format_packets(n2_dict_uint(r, "packets"));

    return n2_cli_row(channel, from, to, packets, NULL);
}

/* A list under its title; nothing if it is empty. */
static void
print_list(const N2Cli *cli,
           GVariant *look,
           const char *key,
           const char *title,
           char **(*row_of)(GVariant *row))
{
    g_autoptr(GVariant) list = n2_dict_dup(look, key, "aa{sv}");
    g_autofree char *count = g_strconcat("n_", key, NULL);
    guint64 n_all = n2_dict_uint(look, count);
    g_autoptr(GPtrArray) rows = new_rows();
    g_autofree char *toned = n2_cli_tone(cli, N2_TONE_TITLE, title);
    gsize n = list ? g_variant_n_children(list) : 0;

    if (!n)
        return;
    printf("\n%s\n", toned);
    for (gsize i = 0; i < n; i++) {
        g_autoptr(GVariant) row = g_variant_get_child_value(list, i);
        g_ptr_array_add(rows, row_of(row));
    }
    n2_cli_print_columns(rows, 0);
    if (n_all > n) {
        g_autofree char *left = format_count(n_all - n);
        /* Translators: rows of a list, such as 12. */
        g_autofree char *more = g_strdup_printf(_("and %s more"), left);
        printf("%s\n", more);
    }
}

static void
print_head(GVariant *look)
{
    g_autoptr(GPtrArray) rows = new_rows();
    guint n_ports = 1u << n2_dict_uint(look, "bits");
    guint rules = (guint)n2_dict_uint(look, "filter_rules");
    g_autofree char *size = g_strdup_printf(ngettext("%u port", "%u ports", n_ports), n_ports);
    g_autofree char *passed = format_packets(n2_dict_uint(look, "forwarded"));
    g_autofree char *own = format_packets(n2_dict_uint(look, "delivered"));
    g_autofree char *filter = g_strdup_printf(ngettext("%u rule", "%u rules", rules), rules);

    g_ptr_array_add(rows, n2_cli_row(_("Switch"), size, NULL));
    g_ptr_array_add(rows, n2_cli_row(_("Passed on"), passed, NULL));
    g_ptr_array_add(rows, n2_cli_row(_("For this node"), own, NULL));
    if (rules)
        g_ptr_array_add(rows, n2_cli_row(_("Filter"), filter, NULL));
    n2_cli_print_columns(rows, 0);
}

static void
print_look(const N2Cli *cli, GVariant *look)
{
    g_autoptr(GVariant) ports = n2_dict_dup(look, "ports", "aa{sv}");
    gsize n_ports = ports ? g_variant_n_children(ports) : 0;

    print_head(look);
    if (n_ports > 1)
        print_ports(cli, ports);
    else /* the node itself */
        printf("\n%s\n", _("No line to any other node"));
    print_list(cli, look, "reservations", _("Reservations"), reservation_row);
    print_list(cli, look, "labels", _("Virtual labels"), label_row);
    print_list(cli, look, "trees", _("Multicast trees"), tree_row);
    print_list(cli, look, "channels", _("Broadcast channels"), channel_row);
}

gboolean
n2_cli_status_switch(N2Cli *cli, GError **error)
{
    n2_client_switch_look_async(cli->client, cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) look = n2_cli_finish(cli, error);

    if (!look)
        return FALSE;
    if (cli->is_json)
        n2_cli_print_json(look);
    else
        print_look(cli, look);
    return TRUE;
}
