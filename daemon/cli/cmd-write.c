/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * cmd-write.c - net2o publish, attr: what others shall find here.
 */
#include <glib/gi18n.h>
#include <stdio.h>

#include "cli/cli.h"
#include "client/archive.h"

enum {
    TICK_MS = 100
};

typedef struct {
    N2Cli *cli;
    N2Archive *archive;
    N2CliProgress progress;
} publishing;

static gboolean
on_tick_cb(gpointer user_data)
{
    publishing *p = user_data;
    guint64 bytes = 0;
    guint files = 0;

    n2_archive_get_done(p->archive, &bytes, &files);
    n2_cli_progress(p->cli, &p->progress, bytes, n2_archive_get_total(p->archive));
    return G_SOURCE_CONTINUE;
}

/* What was left out is said even if the rest went well. */
static void
print_skipped(const N2Cli *cli, char **skipped)
{
    for (char **word = skipped; !cli->is_json && *word; word++) {
        g_autofree char *clean = n2_cli_clean(*word);
        /* Translators: a file that is not published, and why. */
        fprintf(stderr, _("left out: %s\n"), clean);
    }
}

static void
print_published(const N2Cli *cli, GVariant *result, char **skipped)
{
    static const char *const keys[] = {"by_key", "by_hash", "by_name"};
    GVariantBuilder dict;
    GVariantIter iter;
    const char *key;
    GVariant *value;

    if (!cli->is_json) {
        for (guint i = 0; i < G_N_ELEMENTS(keys); i++)
            if (n2_dict_string(result, keys[i]))
                printf("%s\n", n2_dict_string(result, keys[i]));
        return;
    }
    g_variant_builder_init(&dict, G_VARIANT_TYPE_VARDICT);
    g_variant_iter_init(&iter, result);
    while (g_variant_iter_next(&iter, "{&sv}", &key, &value)) {
        g_variant_builder_add(&dict, "{sv}", key, value);
        g_variant_unref(value);
    }
    g_variant_builder_add(&dict, "{sv}", "skipped",
                          g_variant_new_strv((const char *const *)skipped, -1));
    g_autoptr(GVariant) whole = g_variant_ref_sink(g_variant_builder_end(&dict));
    n2_cli_print_json(whole);
}

gboolean
n2_cli_publish(N2Cli *cli, int argc, char **argv, GError **error)
{
    g_autofree char *name = NULL;
    g_autofree char *identity = NULL;
    gboolean with_hidden = FALSE;
    const GOptionEntry entries[] = {
        {"name", 0, 0, G_OPTION_ARG_STRING, &name, NULL, NULL},
        {"identity", 0, 0, G_OPTION_ARG_STRING, &identity, NULL, NULL},
        {"hidden", 0, 0, G_OPTION_ARG_NONE, &with_hidden, NULL, NULL},
        G_OPTION_ENTRY_NULL,
    };
    publishing p = {.cli = cli};
    g_auto(GStrv) skipped = NULL;
    g_autoptr(GError) cause = NULL;
    int fd = -1;

    if (!n2_cli_parse(cli, entries, &argc, &argv, 1, 1, error))
        return FALSE;
    n2_cli_fence(cli, argv[1], N2_SANDBOX_READ);
    g_autoptr(N2Archive) archive =
        n2_archive_new(argv[1], with_hidden ? N2_ARCHIVE_HIDDEN : 0, &fd, error);
    if (!archive)
        return FALSE;
    p.archive = archive;
    guint tick = g_timeout_add(TICK_MS, on_tick_cb, &p);
    n2_client_publish_async(cli->client, fd, name, identity, cli->cancellable, n2_cli_done_cb,
                            cli);
    g_autoptr(GVariant) result = n2_cli_finish(cli, &cause);
    g_source_remove(tick);
    n2_cli_progress_end(&p.progress);

    /* A file that could not be read is the cause of what the node then says. */
    if (!n2_archive_finish(archive, &skipped, error))
        return FALSE;
    print_skipped(cli, skipped);
    if (!result) {
        g_propagate_error(error, g_steal_pointer(&cause));
        return FALSE;
    }
    print_published(cli, result, skipped);
    return TRUE;
}

/* ---- attr ---- */

static char *
value_text(GVariant *attribute)
{
    g_autoptr(GVariant) value = g_variant_lookup_value(attribute, "value", NULL);

    if (!value)
        return g_strdup("");
    if (g_strcmp0(n2_dict_string(attribute, "type"), "time") == 0 &&
        g_variant_is_of_type(value, G_VARIANT_TYPE_INT64))
        return n2_cli_format_time(g_variant_get_int64(value));
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_STRING))
        return n2_cli_clean(g_variant_get_string(value, NULL));
    if (g_variant_is_of_type(value, G_VARIANT_TYPE_BYTESTRING)) {
        gsize len = 0;
        const guchar *bytes = g_variant_get_fixed_array(value, &len, 1);
        return g_base64_encode(bytes, len);
    }
    return g_variant_print(value, FALSE);
}

static void
print_attributes(GVariant *attributes)
{
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);

    for (gsize i = 0; i < g_variant_n_children(attributes); i++) {
        g_autoptr(GVariant) attribute = g_variant_get_child_value(attributes, i);
        g_autofree char *value = value_text(attribute);
        const char *name = n2_dict_string(attribute, "name");
        const char *type = n2_dict_string(attribute, "type");
        g_ptr_array_add(rows, n2_cli_row(name ? name : "", type ? type : "", value, NULL));
    }
    n2_cli_print_columns(rows, 0);
}

static gboolean
list_attributes(N2Cli *cli, const char *address, GError **error)
{
    n2_client_attr_list_async(cli->client, address, cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) attributes = n2_cli_finish(cli, error);
    if (!attributes)
        return FALSE;
    if (cli->is_json)
        n2_cli_print_json(attributes);
    else
        print_attributes(attributes);
    return TRUE;
}

static gboolean
get_attribute(N2Cli *cli, const char *address, const char *name, GError **error)
{
    n2_client_attr_get_async(cli->client, address, name, cli->cancellable, n2_cli_done_cb, cli);
    g_autoptr(GVariant) attribute = n2_cli_finish(cli, error);
    if (!attribute)
        return FALSE;
    g_autofree char *value = value_text(attribute);
    if (cli->is_json)
        n2_cli_print_json(attribute);
    else
        printf("%s\n", value);
    return TRUE;
}

/* @value: (nullable): NULL removes. */
static gboolean
set_attribute(N2Cli *cli,
              const char *address,
              const char *name,
              const char *value,
              const char *type,
              GError **error)
{
    char *nothing[] = {NULL};
    g_autofree char *sent = value ? n2_cli_attribute_value(type, value, error) : NULL;

    if (value && !sent)
        return FALSE;
    n2_client_attr_set_async(cli->client, address, name, sent, type, cli->cancellable,
                             n2_cli_done_cb, cli);
    g_autoptr(GVariant) result = n2_cli_finish(cli, error);
    if (!result)
        return FALSE;
    print_published(cli, result, nothing);
    return TRUE;
}

gboolean
n2_cli_attr(N2Cli *cli, int argc, char **argv, GError **error)
{
    g_autofree char *type = NULL;
    gboolean is_removal = FALSE;
    const GOptionEntry entries[] = {
        {"type", 0, 0, G_OPTION_ARG_STRING, &type, NULL, NULL},
        {"remove", 0, 0, G_OPTION_ARG_NONE, &is_removal, NULL, NULL},
        G_OPTION_ENTRY_NULL,
    };

    if (!n2_cli_parse(cli, entries, &argc, &argv, 2, 4, error))
        return FALSE;
    const char *verb = argv[1];
    if (g_str_equal(verb, "list") && argc == 3)
        return list_attributes(cli, argv[2], error);
    if (g_str_equal(verb, "get") && argc == 4)
        return get_attribute(cli, argv[2], argv[3], error);
    if (g_str_equal(verb, "set") && argc == (is_removal ? 4 : 5))
        return set_attribute(cli, argv[2], argv[3], is_removal ? NULL : argv[4], type, error);
    return n2_cli_usage("attr", verb, N_("this is not how it is used"), error);
}
