/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * find.c - queries over many published files, in a store on disk.
 *
 *   bench-find FILES SECONDS
 *
 * FILES files in folders of 100: a third audio with artist and year, a third pages of 60 words
 * out of 2,000, the rest pictures; sizes and times spread.  Then queries of nine kinds in
 * turn, each with other values, the first page of 100 answers with all that is said of them.
 * Prints one line: queries, milliseconds at the median, the 95th percentile and the most;
 * answers that were cut by the clock; seconds that taking all in took; then a line for each
 * kind.
 */
#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/directory.h"
#include "host/clock.h"
#include "host/disk.h"
#include "store/query.h"
#include "store/write.h"

enum {
    WORDS = 2000,
    WORDS_A_PAGE = 60,
    ARTISTS = 500,
    FOLDER = 100,
    KINDS = 9
};

#define NOW_US (INT64_C(1795464000) * 1000000)

static guint64 seed = 1;

static guint
draw(guint below)
{
    seed = seed * G_GUINT64_CONSTANT(6364136223846793005) + 1442695040888963407;
    return (guint)(seed >> 33) % below;
}

static void
random_cb(void *user, void *buf, size_t len)
{
    (void)user;
    for (size_t i = 0; i < len; i++)
        ((guint8 *)buf)[i] = (guint8)draw(256);
}

/* A word that is read as one: "garbledo". */
static char *
word(guint n)
{
    static const char *const parts[] = {"ga", "re", "bli", "do", "ku", "me", "so", "ta"};
    GString *out = g_string_new(parts[n % 8]);

    for (n /= 8; n; n /= 8)
        g_string_append(out, parts[n % 8]);
    return g_string_free(out, FALSE);
}

static void
must(n2_err err, const char *what)
{
    if (err)
        g_error("%s: %s", what, n2_err_text(err));
}

static n2_attr
attr(const char *name, guint8 type, const void *value, gsize len)
{
    return (n2_attr){.name = (const guint8 *)name,
                     .name_len = (guint8)strlen(name),
                     .type = type,
                     .value = value,
                     .len = (guint16)len};
}

static void
big_endian(guint8 out[8], gint64 value)
{
    guint64 be = GUINT64_TO_BE((guint64)value);

    memcpy(out, &be, 8);
}

static char *
page(guint n)
{
    g_autofree char *title = word(n % WORDS);
    GString *text = g_string_new(NULL);

    g_string_append_printf(text, "# The %s of %u\n\n", title, n);
    for (guint i = 0; i < WORDS_A_PAGE; i++) {
        g_autofree char *w = word(draw(1 + draw(WORDS))); /* some are much more frequent */
        g_string_append_printf(text, "%s%s", w, i % 12 == 11 ? ".\n" : " ");
    }
    return g_string_free(text, FALSE);
}

static void
add_file(n2_batch *batch, n2_tree_maker *maker, guint n)
{
    static const char *const ends[] = {"ogg", "md", "jpeg"};
    g_autofree char *w = word(n % WORDS);
    g_autofree char *path =
        g_strdup_printf("%02u/%04u/%s %u.%s", n / 10000, n / FOLDER, w, n, ends[n % 3]);
    g_autofree char *text = n % 3 == 1 ? page(n) : g_strdup_printf("%u", n);
    g_autofree char *artist = word(draw(ARTISTS));
    guint8 year[8], changed[8];
    n2_attr attrs[3] = {attr(N2_ATTR_MODIFIED, N2_TYPE_TIME, changed, 8),
                        attr("artist", N2_TYPE_TEXT, artist, strlen(artist)),
                        attr("year", N2_TYPE_INT, year, 8)};
    n2_ref ref;

    big_endian(year, 1950 + draw(75));
    big_endian(changed, NOW_US - (gint64)draw(100000000) * 1000000);
    must(n2_batch_put(batch, N2_METHOD_SHA256, text, strlen(text), N2_CONTENT_PLAIN, &ref),
         "a file");
    if (n % 3 != 1) /* what it says it is, as if it were that long: only its row is looked at */
        ref.size = (guint64)draw(1 << 24);
    must(n2_tree_maker_add(maker, path, strlen(path), N2_ENTRY_FILE, &ref, attrs,
                           n % 3 == 0 ? 3 : 1),
         path);
}

static gsize
publish(n2_store *store, guint n_files)
{
    n2_batch *batch = NULL;
    n2_tree_maker *maker = NULL;
    gint64 owner;
    bool more = true;
    n2_ref root;

    must(n2_store_owner(store, N2_OWNER_TREE, "k1-me", 0, &owner), "an owner");
    must(n2_batch_new(&batch, store, N2_REALM_PUBLIC), "a batch");
    must(n2_tree_maker_new(&maker, n2_batch_put_directory, batch, NULL), "a tree");
    for (guint n = 0; n < n_files; n++)
        add_file(batch, maker, n);
    must(n2_tree_maker_finish(maker, &root), "the tree");
    n2_tree_maker_free(maker);
    must(n2_batch_commit(batch,
                         &(n2_batch_end){.owner = owner, .slot = "main/1", .root = root.id}),
         "the commit");
    n2_batch_free(batch);
    gsize n = 0;
    for (; more; n++)
        must(n2_store_tend(store, &more), "tending");
    return n;
}

/* (transfer full). */
static char *
question(guint kind)
{
    g_autofree char *w = word(draw(WORDS)), *other = word(draw(WORDS));
    g_autofree char *artist = word(draw(ARTISTS));

    switch (kind) {
    case 0:
        return g_strdup_printf("type:audio artist:\"%s\" size:>1M", artist);
    case 1:
        return g_strdup_printf("year:%u..%u sort:-size", 1950 + draw(70), 1960 + draw(65));
    case 2:
        return g_strdup_printf("name:%s sort:name", w);
    case 3:
        return g_strdup_printf("%s %s", w, other);
    case 4:
        return g_strdup_printf("\"%s\" type:text", w);
    case 5:
        return g_strdup_printf("type:image size:%uk..%uk changed:%ud", draw(8000),
                               8000 + draw(8000), 1 + draw(700));
    case 6:
        return g_strdup_printf("(artist:%s OR artist:%s) -year:<1970", artist, w);
    case 7: /* what one in eight names and nearly each page has */
        w[2] = other[2] = '\0';
        return g_strdup_printf("%s %s", w, other);
    default:
        return g_strdup_printf("path:%02u type:audio changed:>%ud", draw(10), draw(700));
    }
}

static bool
hit_cb(void *user, const n2_store_hit *hit)
{
    *(gsize *)user += strlen(hit->path);
    return true;
}

static guint64 until_us;

static bool
late_cb(void *user)
{
    (void)user;
    return n2_clock_us() >= until_us;
}

static int
by_value(gconstpointer a, gconstpointer b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double
share_of(GArray *times, double share)
{
    g_array_sort(times, by_value);
    return g_array_index(times, double, (guint)((double)(times->len - 1) * share));
}

static double
ask(n2_store *store, guint kind, guint *n_cut)
{
    g_autofree char *text = question(kind);
    n2_store_search s = {.text = text,
                         .len = strlen(text),
                         .is_own = true,
                         .wall_us = NOW_US,
                         .max = 100,
                         .is_late = late_cb};
    n2_store_found found;
    gsize n = 0;
    guint64 from_us = n2_clock_us();

    until_us = from_us + N2_FIND_US;
    must(n2_store_query(store, &s, hit_cb, &n, &found), text);
    *n_cut += found.is_part;
    return (double)(n2_clock_us() - from_us) / 1000;
}

int
main(int argc, char **argv)
{
    guint n_files = argc > 1 ? (guint)g_ascii_strtoull(argv[1], NULL, 10) : 100000;
    double seconds = argc > 2 ? g_ascii_strtod(argv[2], NULL) : 10;
    g_autofree char *folder = g_dir_make_tmp("n2-find-XXXXXX", NULL);
    n2_env env = {.random = random_cb};
    n2_host_disk *disk = NULL;
    n2_crypto crypto;
    n2_store *store = NULL;
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(double));
    GArray *kinds[KINDS];
    guint n_cut = 0;

    must(n2_crypto_init(&crypto, N2_IMPL_BEST), "crypto");
    must(n2_host_disk_open(&disk, folder), folder);
    must(n2_store_open(&store, &(n2_store_config){.disk = n2_host_disk_table(disk),
                                                  .env = &env,
                                                  .crypto = &crypto}),
         "the store");
    guint64 from_us = n2_clock_us();
    publish(store, n_files);
    double took_in = (double)(n2_clock_us() - from_us) / 1e6;
    for (guint k = 0; k < KINDS; k++)
        kinds[k] = g_array_new(FALSE, FALSE, sizeof(double));
    guint64 end_us = n2_clock_us() + (guint64)(seconds * 1e6);
    for (guint n = 0; n2_clock_us() < end_us || n < 2 * KINDS; n++) {
        double ms = ask(store, n % KINDS, &n_cut);
        g_array_append_val(all, ms);
        g_array_append_val(kinds[n % KINDS], ms);
    }
    printf("%u %.3f %.3f %.3f %u %.1f\n", all->len, share_of(all, 0.5), share_of(all, 0.95),
           share_of(all, 1), n_cut, took_in);
    for (guint k = 0; k < KINDS; k++) {
        g_autofree char *text = question(k);
        printf("%.3f %.3f %s\n", share_of(kinds[k], 0.5), share_of(kinds[k], 0.95), text);
        g_array_unref(kinds[k]);
    }
    n2_store_close(store);
    n2_host_disk_free(disk);
    n2_crypto_clear(&crypto);
    g_autofree char *command = g_strdup_printf("rm -r -- '%s'", folder);
    return g_spawn_command_line_sync(command, NULL, NULL, NULL, NULL) ? 0 : 1;
}
