/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * words.c - quantities and kinds as people say them.
 */
#include "model/words.h"

#include <glib/gi18n.h>

typedef struct {
    const char *prefix; /* of the media type */
    const char *words;  /* translated where it is used */
    const char *icon;
} type_row;

/* The first that fits counts. */
static const type_row types[] = {
    {"inode/directory", N_("Folder"), "folder-symbolic"},
    {"text/markdown", N_("Page"), "text-x-generic-symbolic"},
    {"text/x-net2o-wiki", N_("Page"), "text-x-generic-symbolic"},
    {"text/", N_("Text"), "x-office-document-symbolic"},
    {"image/", N_("Picture"), "image-x-generic-symbolic"},
    {"audio/", N_("Sound"), "audio-x-generic-symbolic"},
    {"video/", N_("Film"), "video-x-generic-symbolic"},
    {"font/", N_("Font"), "font-x-generic-symbolic"},
    {"application/json", N_("Text"), "x-office-document-symbolic"},
    {"application/yaml", N_("Text"), "x-office-document-symbolic"},
    {"application/pdf", N_("Document"), "x-office-document-symbolic"},
    {"application/vnd.oasis.opendocument.spreadsheet", N_("Table"),
     "x-office-spreadsheet-symbolic"},
    {"application/vnd.oasis", N_("Document"), "x-office-document-symbolic"},
    {"application/zip", N_("Archive"), "package-x-generic-symbolic"},
    {"application/gzip", N_("Archive"), "package-x-generic-symbolic"},
    {"application/zstd", N_("Archive"), "package-x-generic-symbolic"},
    {"application/x-tar", N_("Archive"), "package-x-generic-symbolic"},
    {"", N_("File"), "text-x-generic-symbolic"},
};

static const type_row *
find_type(const char *type)
{
    gsize i = 0;

    while (!g_str_has_prefix(type ? type : "", types[i].prefix))
        i++; /* the last row fits everything */
    return &types[i];
}

const char *
n2_words_type(const char *type)
{
    return _(find_type(type)->words);
}

const char *
n2_words_icon(const char *type)
{
    return find_type(type)->icon;
}

gboolean
n2_words_is_page(const char *type)
{
    return g_str_has_prefix(type, "text/") || g_str_equal(type, "application/json") ||
           g_str_equal(type, "application/yaml");
}

gboolean
n2_words_is_picture(const char *type)
{
    static const char *const known[] = {
        "image/png",  "image/jpeg",   "image/gif",
        "image/webp", "image/avif",   "image/svg+xml",
        "image/bmp",  "image/x-icon", "image/vnd.microsoft.icon"};

    for (gsize i = 0; i < G_N_ELEMENTS(known); i++)
        if (g_str_equal(type, known[i]))
            return TRUE;
    return FALSE;
}

char *
n2_words_delay(gint64 delay_us)
{
    if (delay_us < 0)
        return g_strdup("");
    if (delay_us < 1000)
        return g_strdup(_("under 1 ms"));
    return g_strdup_printf(_("%d ms"), (int)((delay_us + 500) / 1000));
}

char *
n2_words_path(const N2Place *place)
{
    g_autofree char *way = NULL;

    /* Translators: what is shown may be old, as who published it can't be reached. */
    if (place->is_unconfirmed)
        return g_strdup(_("offline copy"));
    if (place->n_switches < 0)
        return g_strdup(_("kept here"));
    if (place->n_switches == 0)
        way = g_strdup(_("direct"));
    else
        way = g_strdup_printf(ngettext("%d switch", "%d switches", (gulong)place->n_switches),
                              place->n_switches);
    if (place->ms < 0)
        return g_steal_pointer(&way);
    g_autofree char *delay = n2_words_delay(place->ms * 1000);
    /* Translators: how a page came here: "direct" or "2 switches", then "52 ms". */
    return g_strdup_printf(_("%s, %s"), way, delay);
}

char *
n2_words_copy(const N2Place *place, gint64 now_us)
{
    g_autofree char *when = n2_words_time(place->published_us, now_us);

    if (!*when)
        return g_strdup(_("The author can’t be reached. There may be a newer version."));
    /* Translators: a day, like "Today 14:05", "Yesterday" or "3 March". */
    return g_strdup_printf(
        _("The author can’t be reached. This was published: %s. There may be a newer version."),
        when);
}

char *
n2_words_copy_origin(const N2Place *place)
{
    if (!place->holder)
        return g_strdup(_("Kept on this computer since you read it last"));
    /* Translators: k1-..., which of the other computers it was. */
    return g_strdup_printf(_("Sent by %s, signed by the author"), place->holder);
}

char *
n2_words_time(gint64 when_us, gint64 now_us)
{
    g_autoptr(GDateTime) when = NULL;
    g_autoptr(GDateTime) now = NULL;
    g_autoptr(GDateTime) yesterday = NULL;
    const char *format = NULL;

    if (when_us <= 0)
        return g_strdup("");
    when = g_date_time_new_from_unix_local(when_us / G_USEC_PER_SEC);
    now = g_date_time_new_from_unix_local(now_us / G_USEC_PER_SEC);
    if (!when || !now)
        return g_strdup("");
    yesterday = g_date_time_add_days(now, -1);
    if (g_date_time_get_year(when) == g_date_time_get_year(now) &&
        g_date_time_get_day_of_year(when) == g_date_time_get_day_of_year(now))
        format = _("Today %H:%M");
    else if (g_date_time_get_year(when) == g_date_time_get_year(yesterday) &&
             g_date_time_get_day_of_year(when) == g_date_time_get_day_of_year(yesterday))
        format = _("Yesterday");
    else if (g_date_time_get_year(when) == g_date_time_get_year(now))
        /* Translators: day and month. */
        format = _("%-e %B");
    else
        /* Translators: day, month and year. */
        format = _("%-e %b %Y");
    return g_date_time_format(when, format);
}

char *
n2_words_folder(GListModel *entries)
{
    guint n = g_list_model_get_n_items(entries);
    guint64 bytes = 0;
    g_autofree char *count = NULL;
    g_autofree char *size = NULL;

    for (guint i = 0; i < n; i++) {
        g_autoptr(N2Entry) entry = g_list_model_get_item(entries, i);
        bytes += entry->is_directory ? 0 : entry->size_bytes;
    }
    if (n == 0)
        return g_strdup(_("Empty"));
    count = g_strdup_printf(ngettext("%u item", "%u items", n), n);
    size = g_format_size(bytes);
    if (bytes == 0)
        return g_steal_pointer(&count);
    /* Translators: "10 items, 249 MB". */
    return g_strdup_printf(_("%s, %s"), count, size);
}

char *
n2_words_network(const N2Status *status)
{
    guint n = g_list_model_get_n_items(G_LIST_MODEL(status->lines));
    guint up = n2_status_count_up(status);

    if (n == 0)
        return g_strdup(_("Your node runs, but it has no line to any other node."));
    if (up == 0)
        return g_strdup(ngettext("Your node runs; its line to the other node is silent.",
                                 "Your node runs; its lines to other nodes are all silent.",
                                 n));
    if (up < n)
        return g_strdup_printf(
            ngettext("Connected; %u of %u line works.", "Connected; %u of %u lines work.", n),
            up, n);
    return g_strdup_printf(ngettext("Connected over %u line.", "Connected over %u lines.", up),
                           up);
}

char *
n2_words_sentence(const char *clause)
{
    g_autofree char *first = g_utf8_substring(clause, 0, 1);
    g_autofree char *upper = g_utf8_strup(first, -1);

    return *clause ? g_strconcat(upper, g_utf8_offset_to_pointer(clause, 1), ".", NULL)
                   : g_strdup("");
}
