/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * liars.c - holders that sent something forged or damaged while a command ran.
 */
#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

/* Each is "k1-..." or, of those whom the user gave one, "k1-... NAME". */
static void
on_lied_cb(
    N2Client *client, const char *identity, const char *name, const char *address, N2Cli *cli)
{
    (void)client;
    (void)address;
    for (guint i = 0; i < cli->liars->len; i++)
        if (g_str_has_prefix(cli->liars->pdata[i], identity))
            return;
    g_ptr_array_add(cli->liars,
                    *name ? g_strdup_printf("%s %s", identity, name) : g_strdup(identity));
}

void
n2_cli_watch_liars(N2Cli *cli)
{
    if (cli->liars)
        return;
    cli->liars = g_ptr_array_new_with_free_func(g_free);
    g_signal_connect(cli->client, "lied", G_CALLBACK(on_lied_cb), cli);
}

void
n2_cli_say_liars(const N2Cli *cli)
{
    for (guint i = 0; cli->liars && i < cli->liars->len && !cli->is_json; i++) {
        const char *name = strchr(cli->liars->pdata[i], ' ');
        g_autofree char *shown = n2_cli_clean(name ? name + 1 : cli->liars->pdata[i]);

        /* Translators: k1-... or a personal name of another node. */
        fprintf(stderr,
                _("%s sent something forged or damaged. Nothing of that was kept; it is not "
                  "asked again for an hour.\n"),
                shown);
    }
}

void
n2_cli_add_liars(const N2Cli *cli, GVariantBuilder *dict)
{
    GVariantBuilder list;

    if (!cli->liars || !cli->liars->len)
        return;
    g_variant_builder_init(&list, G_VARIANT_TYPE_STRING_ARRAY);
    for (guint i = 0; i < cli->liars->len; i++) {
        const char *who = cli->liars->pdata[i];

        g_variant_builder_add_value(
            &list, g_variant_new_take_string(g_strndup(who, strcspn(who, " "))));
    }
    g_variant_builder_add(dict, "{sv}", "lied", g_variant_builder_end(&list));
}
