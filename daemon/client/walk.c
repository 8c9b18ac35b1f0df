/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * walk.c - what there is to publish in a folder, in the archive's order.
 */
#include "client/walk.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "client/error.h"

typedef struct {
    char *root; /* owned: real path of the folder, without final '/' */
    gboolean with_hidden;
    GPtrArray *items;   /* owned */
    GPtrArray *skipped; /* borrowed */
} walk;

static void
item_free(gpointer data)
{
    N2WalkItem *item = data;

    g_free(item->path);
    g_free(item->source);
    g_free(item);
}

guint64
n2_walk_size(const N2WalkItem *item)
{
    return item->is_folder ? 0 : (guint64)item->st.st_size;
}

static void
skip(walk *w, const char *path, const char *why)
{
    g_ptr_array_add(w->skipped, g_strdup_printf("%s: %s", path, _(why)));
}

static bool
is_nfc(void *user, const char *text, size_t len)
{
    g_autofree char *normal = g_utf8_normalize(text, (gssize)len, G_NORMALIZE_NFC);
    (void)user;

    return normal && strlen(normal) == len && memcmp(normal, text, len) == 0;
}

static bool
is_assigned(void *user, int32_t code_point)
{
    (void)user;
    return g_unichar_isdefined((gunichar)code_point);
}

/* The name as it will be published; NULL if it cannot be. */
static char *
publishable(const char *name)
{
    const n2_unicode unicode = {.is_nfc = is_nfc, .is_assigned = is_assigned};
    g_autofree char *normal = g_utf8_normalize(name, -1, G_NORMALIZE_NFC);

    if (!normal || n2_utf8_check_name(normal, strlen(normal), &unicode) != N2_OK ||
        !n2_utf8_is_assigned(normal, strlen(normal), &unicode))
        return NULL;
    return g_steal_pointer(&normal);
}

static gboolean
is_below(const walk *w, const char *real)
{
    size_t len = strlen(w->root);

    return strncmp(real, w->root, len) == 0 && real[len] == '/';
}

/* A link inside the folder to a file inside the folder is that file; all others are left out.
 */
static gboolean
follow(walk *w, N2WalkItem *item)
{
    char *real = realpath(item->source, NULL);
    gboolean is_fine = FALSE;

    if (!real || g_stat(real, &item->st) < 0)
        skip(w, item->path, N_("a link to nothing"));
    else if (!is_below(w, real))
        skip(w, item->path, N_("a link that leads out of the folder"));
    else if (S_ISDIR(item->st.st_mode))
        skip(w, item->path, N_("a link to a folder"));
    else
        is_fine = TRUE;
    if (is_fine) {
        g_free(item->source);
        item->source = g_strdup(real);
    }
    free(real);
    return is_fine;
}

/* Decides about one name; NULL if it is left out. */
static N2WalkItem *
examine(walk *w, const char *dir_source, const char *dir_path, const char *name)
{
    g_autofree char *shown = g_filename_display_name(name);
    g_autofree char *shown_path =
        *dir_path ? g_strconcat(dir_path, "/", shown, NULL) : g_strdup(shown);
    g_autofree char *published = publishable(name);

    if (name[0] == '.' && !w->with_hidden) {
        skip(w, shown_path, N_("hidden"));
        return NULL;
    }
    if (!published) {
        skip(w, shown_path, N_("its name cannot be published"));
        return NULL;
    }
    N2WalkItem *item = g_new0(N2WalkItem, 1);
    item->path = *dir_path ? g_strconcat(dir_path, "/", published, NULL) : g_strdup(published);
    item->source = g_build_filename(dir_source, name, NULL);
    gboolean is_fine = g_lstat(item->source, &item->st) == 0;
    if (!is_fine)
        skip(w, item->path, N_("it vanished while the folder was read"));
    else if (S_ISLNK(item->st.st_mode))
        is_fine = follow(w, item);
    item->is_folder = is_fine && S_ISDIR(item->st.st_mode);
    if (is_fine && !item->is_folder && !S_ISREG(item->st.st_mode)) {
        skip(w, item->path, N_("neither file nor folder"));
        is_fine = FALSE;
    }
    if (is_fine)
        return item;
    item_free(item);
    return NULL;
}

static gint
by_path(gconstpointer a, gconstpointer b)
{
    const N2WalkItem *const *x = a;
    const N2WalkItem *const *y = b;

    return strcmp((*x)->path, (*y)->path);
}

/* The items of one folder, sorted, without two of one name. */
static GPtrArray *
read_folder(walk *w, const char *source, const char *path, GError **error)
{
    g_autoptr(GDir) dir = g_dir_open(source, 0, NULL);
    g_autoptr(GPtrArray) here = g_ptr_array_new_with_free_func(item_free);
    const char *name;

    if (!dir) {
        n2_error_set(error, N2_ERR_IO, source, g_strerror(errno), "");
        return NULL;
    }
    while ((name = g_dir_read_name(dir))) {
        N2WalkItem *item = examine(w, source, path, name);
        if (item)
            g_ptr_array_add(here, item);
    }
    g_ptr_array_sort(here, by_path);
    for (guint i = 1; i < here->len;) {
        const N2WalkItem *before = here->pdata[i - 1];
        const N2WalkItem *item = here->pdata[i];
        if (strcmp(before->path, item->path) == 0) {
            skip(w, item->path, N_("another one has the same name, written otherwise"));
            g_ptr_array_remove_index(here, i);
        } else {
            i++;
        }
    }
    return g_steal_pointer(&here);
}

/* Depth is bounded by what an address can name. */
static gboolean
descend(walk *w, const char *source, const char *path, guint depth, GError **error)
{
    g_autoptr(GPtrArray) here = read_folder(w, source, path, error);

    if (!here)
        return FALSE;
    g_ptr_array_set_free_func(here, NULL); /* the list of all takes them over, one by one */
    for (guint i = 0; i < here->len; i++) {
        N2WalkItem *item = here->pdata[i];
        gboolean is_fine = TRUE;
        if (item->is_folder && depth + 1 >= N2_PATH_DEPTH_MAX) {
            skip(w, item->path, N_("folders are nested too deeply"));
            item_free(item);
            continue;
        }
        g_ptr_array_add(w->items, item);
        if (item->is_folder)
            is_fine = descend(w, item->source, item->path, depth + 1, error);
        if (!is_fine) {
            for (guint k = i + 1; k < here->len; k++)
                item_free(here->pdata[k]);
            return FALSE;
        }
    }
    return TRUE;
}

GPtrArray *
n2_walk(const char *folder, gboolean with_hidden, GPtrArray *skipped, GError **error)
{
    char *real = realpath(folder, NULL);
    g_autofree char *root = g_strdup(real && strcmp(real, "/") ? real : "");
    walk w = {.root = root, .with_hidden = with_hidden, .skipped = skipped};

    if (!real) {
        n2_error_set(error, N2_ERR_IO, folder, g_strerror(errno), "");
        return NULL;
    }
    w.items = g_ptr_array_new_with_free_func(item_free);
    if (!descend(&w, real, "", 0, error))
        g_clear_pointer(&w.items, g_ptr_array_unref);
    free(real);
    return w.items;
}
