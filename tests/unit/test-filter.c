/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-filter.c - the promises in filter.h: which rule decides, how rules are written, and that
 *                 a set counts as a whole or not at all.
 */
#include <glib.h>
#include <string.h>

#include "base/limits.h"
#include "switch/switch.h"

enum {
    WIDTH = 4,
    LONG = N2_KIND_VERSION | N2_KIND_LONG,
    SEALED = LONG | N2_KIND_SEALED,
    SHORT = N2_KIND_VERSION,
    PLAIN_CARE = N2_CLASS_DEFAULT << N2_CARE_CLASS_SHIFT
};

static n2_filter_rule rules[N2_FILTER_RULES_MAX];

static n2_filter *
new_filter(const char *text)
{
    n2_filter *filter = NULL;
    unsigned line;
    size_t n;

    g_assert_cmpint(n2_filter_parse(text, rules, &n, &line), ==, N2_OK);
    g_assert_cmpint(n2_filter_new(&filter, WIDTH, rules, n), ==, N2_OK);
    return filter;
}

/* ---- one rule against one packet ---- */

typedef struct {
    const char *name;
    const char *text;
    guint in_port, out_port;
    guint8 kind, care;
    guint64 path;
    gboolean fits;
} row;

#define CARE(mode, class) ((mode) << N2_CARE_MODE_SHIFT | (class) << N2_CARE_CLASS_SHIFT)
#define AHEAD(label, rest) ((guint64)(label) << 60 | (guint64)(rest) << 52)

/* Each text is one rule that denies. */
static const row rows[] = {
    {"any", "deny", 5, 11, LONG, PLAIN_CARE, 0, TRUE},
    {"in", "deny in 5", 5, 11, LONG, PLAIN_CARE, 0, TRUE},
    {"in-other", "deny in 4", 5, 11, LONG, PLAIN_CARE, 0, FALSE},
    {"in-own", "deny in 0", 0, 11, LONG, PLAIN_CARE, 0, TRUE},
    {"in-range-first", "deny in 5-7", 5, 11, LONG, PLAIN_CARE, 0, TRUE},
    {"in-range-last", "deny in 3-5", 5, 11, LONG, PLAIN_CARE, 0, TRUE},
    {"in-range-beyond", "deny in 6-9", 5, 11, LONG, PLAIN_CARE, 0, FALSE},
    {"in-range-before", "deny in 0-4", 5, 11, LONG, PLAIN_CARE, 0, FALSE},
    {"out", "deny out 11", 5, 11, LONG, PLAIN_CARE, 0, TRUE},
    {"out-other", "deny out 5", 5, 11, LONG, PLAIN_CARE, 0, FALSE},
    {"out-last-port", "deny out 15", 5, 15, LONG, PLAIN_CARE, 0, TRUE},
    {"out-here", "deny out 0", 5, 0, LONG, PLAIN_CARE, 0, TRUE},
    {"both", "deny in 5 out 11", 5, 11, LONG, PLAIN_CARE, 0, TRUE},
    {"both-one-wrong", "deny in 5 out 12", 5, 11, LONG, PLAIN_CARE, 0, FALSE},
    {"to", "deny to 11/4", 5, 11, LONG, PLAIN_CARE, AHEAD(11, 0), TRUE},
    {"to-other", "deny to 10/4", 5, 11, LONG, PLAIN_CARE, AHEAD(11, 0), FALSE},
    {"to-two", "deny to 11/4,3/8", 5, 11, LONG, PLAIN_CARE, AHEAD(11, 3), TRUE},
    {"to-two-other", "deny to 11/4,2/8", 5, 11, LONG, PLAIN_CARE, AHEAD(11, 3), FALSE},
    {"to-not-into-back", "deny to 0/16,0/16,0/16,0/10", 5, 0, LONG, PLAIN_CARE, 4, FALSE},
    {"to-all", "deny to 0/16,0/16,0/16,0/10", 5, 0, LONG, PLAIN_CARE, 0, TRUE},
    {"from", "deny from 6/3", 5, 11, LONG, PLAIN_CARE, 3 << 6 | 3, TRUE},
    {"from-other", "deny from 3/3", 5, 11, LONG, PLAIN_CARE, 3 << 6 | 3, FALSE},
    {"from-two", "deny from 6/3,2/2", 5, 11, LONG, PLAIN_CARE, 0x0b << 6 | 5, TRUE},
    {"from-longer-than-it-came", "deny from 6/3", 5, 11, LONG, PLAIN_CARE, 3 << 6 | 2, FALSE},
    {"from-lie", "deny from 6/3", 5, 11, LONG, PLAIN_CARE, 3 << 6 | 63, TRUE},
    {"short-to", "deny to 11/4", 5, 11, SHORT, PLAIN_CARE, 0xb000, TRUE},
    {"short-to-other", "deny to 10/4", 5, 11, SHORT, PLAIN_CARE, 0xb000, FALSE},
    {"short-to-too-long", "deny to 11/4,0/9", 5, 11, SHORT, PLAIN_CARE, 0xb000, FALSE},
    {"short-from", "deny from 6/3", 5, 11, SHORT, PLAIN_CARE, 3 << 4 | 3, TRUE},
    {"form-short", "deny form short", 5, 11, SHORT, PLAIN_CARE, 0, TRUE},
    {"form-long", "deny form long", 5, 11, LONG, PLAIN_CARE, 0, TRUE},
    {"form-sealed", "deny form sealed", 5, 11, SEALED, PLAIN_CARE, 0, TRUE},
    {"form-not-sealed", "deny form short,long", 5, 11, SEALED, PLAIN_CARE, 0, FALSE},
    {"mode-unicast", "deny mode unicast", 5, 11, LONG, PLAIN_CARE, 0, TRUE},
    {"mode-others", "deny mode multicast,broadcast,control", 5, 11, LONG, PLAIN_CARE, 0, FALSE},
    {"mode-multicast", "deny mode multicast", 5, 11, LONG, CARE(1, 2), 0, TRUE},
    {"mode-broadcast", "deny mode broadcast", 5, 0, LONG, CARE(2, 2), 0, TRUE},
    {"mode-control", "deny mode control", 5, 11, LONG, CARE(3, 2), 0, TRUE},
    {"class-urgent", "deny class urgent", 5, 11, LONG, CARE(0, 0), 0, TRUE},
    {"class-high", "deny class urgent,high", 5, 11, LONG, CARE(0, 1), 0, TRUE},
    {"class-default", "deny class urgent,high", 5, 11, LONG, CARE(0, 2), 0, FALSE},
    {"class-low", "deny class low", 5, 11, LONG, CARE(0, 3), 0, TRUE},
    {"jam-mark-is-no-class", "deny class urgent", 5, 11, LONG, CARE(0, 0) | 8, 0, TRUE},
    {"size-32", "deny size 32", 5, 11, LONG, PLAIN_CARE, 0, TRUE},
    {"size-128", "deny size 32", 5, 11, LONG | 4, PLAIN_CARE, 0, FALSE},
    {"size-512", "deny size 512", 5, 11, LONG | 8, PLAIN_CARE, 0, TRUE},
    {"size-2048", "deny size 128,2048", 5, 11, SEALED | 12, PLAIN_CARE, 0, TRUE},
    {"phase-is-no-size", "deny size 32", 5, 11, SEALED | 2, PLAIN_CARE, 0, TRUE},
    {"all", "deny in 5 out 11 to 11/4 from 6/3 form sealed mode unicast class low size 512", 5,
     11, SEALED | 8, CARE(0, 3), AHEAD(11, 0) | 3 << 6 | 3, TRUE},
};

static void
test_row(gconstpointer data)
{
    const row *t = data;
    n2_filter *filter = new_filter(t->text);
    n2_filter_row seen[2];
    gboolean passes =
        n2_filter_passes(filter, t->in_port, t->out_port, t->kind, t->care, t->path, 100);

    g_assert_cmpint(passes, ==, !t->fits);
    g_assert_cmpuint(n2_filter_rows(filter, seen, 2), ==, 2);
    g_assert_cmpuint(seen[0].packets, ==, t->fits);
    g_assert_cmpuint(seen[0].bytes, ==, t->fits ? 100 : 0);
    g_assert_cmpuint(seen[1].packets, ==, !t->fits);
    n2_filter_free(filter);
}

/* ---- sets ---- */

/* The first that fits decides, among so many that their bits fill several words. */
static void
test_first(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    n2_filter_row seen[N2_FILTER_RULES_MAX + 1];

    for (guint i = 0; i < N2_FILTER_RULES_MAX; i++)
        g_string_append_printf(text, "%s in %u out %u\n", i & 1 ? "allow" : "deny", i >> 4 & 15,
                               i & 15);
    for (guint from = 0; from < 2; from++) {
        n2_filter *filter = new_filter(text->str);
        for (guint i = 0; i < N2_FILTER_RULES_MAX; i++)
            g_assert_cmpint(n2_filter_passes(filter, i >> 4, i & 15, LONG, PLAIN_CARE, 0, 50),
                            ==, i & 1 || from);
        g_assert_cmpuint(n2_filter_rows(filter, seen, G_N_ELEMENTS(seen)), ==,
                         N2_FILTER_RULES_MAX + 1);
        for (guint i = 0; i < N2_FILTER_RULES_MAX; i++)
            g_assert_cmpuint(seen[i].packets, ==, !from || i == 0 ? (from ? 256 : 1) : 0);
        n2_filter_free(filter);
        /* The same with one before them all that allows everything. */
        g_string_set_size(text, text->len - strlen("allow in 15 out 15\n"));
        g_string_prepend(text, "allow\n");
    }
}

static void
test_none(void)
{
    n2_filter *filter = new_filter("");
    n2_filter_row seen;

    g_assert_true(n2_filter_passes(filter, 15, 15, SEALED, PLAIN_CARE, UINT64_MAX, 9));
    g_assert_cmpuint(n2_filter_rows(filter, &seen, 1), ==, 1);
    g_assert_cmpuint(seen.packets, ==, 1);
    g_assert_cmpuint(n2_filter_count(filter), ==, 0);
    g_assert_cmpuint(n2_filter_count(NULL), ==, 0);
    g_assert_cmpuint(n2_filter_rows(NULL, &seen, 1), ==, 0);
    n2_filter_free(filter);
    n2_filter_free(NULL);
}

static void
test_faults(void)
{
    n2_filter *filter = NULL;
    n2_filter_rule many[N2_FILTER_RULES_MAX + 1];

    for (gsize i = 0; i < G_N_ELEMENTS(many); i++)
        many[i] = n2_filter_any(true);
    g_assert_cmpint(n2_filter_new(&filter, 0, many, 1), ==, N2_ERR_USAGE);
    g_assert_cmpint(n2_filter_new(&filter, 17, many, 1), ==, N2_ERR_USAGE);
    g_assert_cmpint(n2_filter_new(&filter, WIDTH, many, G_N_ELEMENTS(many)), ==, N2_ERR_LIMIT);
    static const guint16 heads[] = {0x7ff0, 0x7f0f, 0x70ff, 0x0fff, 0xffff};
    for (gsize i = 0; i < G_N_ELEMENTS(heads); i++) {
        many[0] = n2_filter_any(true);
        many[0].heads = heads[i];
        g_assert_cmpint(n2_filter_new(&filter, WIDTH, many, 1), ==, N2_ERR_USAGE);
    }
    many[0] = n2_filter_any(true);
    many[0].in_lo = 16;
    g_assert_cmpint(n2_filter_new(&filter, WIDTH, many, 1), ==, N2_ERR_USAGE);
    many[0] = n2_filter_any(true);
    many[0].out_lo = 9;
    many[0].out_hi = 8;
    g_assert_cmpint(n2_filter_new(&filter, WIDTH, many, 1), ==, N2_ERR_USAGE);
    many[0] = n2_filter_any(true);
    many[0].to = (n2_filter_way){.n = 1, .bits = {2}, .ports = {4}};
    g_assert_cmpint(n2_filter_new(&filter, WIDTH, many, 1), ==, N2_ERR_USAGE);
    many[0].to = (n2_filter_way){.n = N2_FILTER_HOPS_MAX + 1};
    g_assert_cmpint(n2_filter_new(&filter, WIDTH, many, 1), ==, N2_ERR_LIMIT);
    g_assert_null(filter);
}

/* Against one that looks at each rule in turn, with random rules and packets. */
static n2_filter_way
random_way(GRand *rand)
{
    n2_filter_way way = {.n = (guint8)g_rand_int_range(rand, 0, 3)};

    for (guint i = 0; i < way.n; i++) {
        way.bits[i] = (guint8)g_rand_int_range(rand, 1, 4);
        way.ports[i] = (guint16)g_rand_int_range(rand, 0, 1 << way.bits[i]);
    }
    return way;
}

static guint16
random_heads(GRand *rand, guint16 group)
{
    guint16 bits = (guint16)g_rand_int(rand) & group;

    return bits ? bits : group;
}

static gboolean
begins(guint64 bits, guint n, const n2_filter_way *way)
{
    for (guint i = 0; i < way->n; i++) {
        if (way->bits[i] > n || bits >> (64 - way->bits[i]) != way->ports[i])
            return FALSE;
        bits <<= way->bits[i];
        n -= way->bits[i];
    }
    return TRUE;
}

static gboolean
fits_slowly(
    const n2_filter_rule *r, guint in, guint out, guint8 kind, guint8 care, guint64 path)
{
    guint size = kind >> 2 & 3, mode = care >> 4 & 3, class = care >> 6;
    gboolean is_long = kind & N2_KIND_LONG;
    guint form = !is_long                ? N2_FILTER_SHORT
                 : kind & N2_KIND_SEALED ? N2_FILTER_SEALED
                                         : N2_FILTER_LONG;
    guint used = is_long ? path & 63 : path & 15, bits = is_long ? 58 : 12;
    guint64 back =
        is_long ? n2_path_answer(path) : (guint64)n2_path_answer_short((guint16)path) << 48;

    return in >= r->in_lo && in <= r->in_hi && out >= r->out_lo && out <= r->out_hi &&
           r->heads >> size & 1 && r->heads >> (4 + mode) & 1 && r->heads >> (8 + class) & 1 &&
           r->heads & form && begins(is_long ? path : path << 48, bits - used, &r->to) &&
           begins(back, used, &r->from);
}

static void
test_random(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(7);
    guint denied = 0;

    for (guint set = 0; set < 50; set++) {
        n2_filter *filter = NULL;
        gsize n = (gsize)g_rand_int_range(rand, 1, N2_FILTER_RULES_MAX + 1);
        for (gsize i = 0; i < n; i++) {
            n2_filter_rule *r = &rules[i];
            *r = n2_filter_any(g_rand_boolean(rand));
            r->heads =
                random_heads(rand, N2_FILTER_SIZES) | random_heads(rand, N2_FILTER_MODES) |
                random_heads(rand, N2_FILTER_CLASSES) | random_heads(rand, N2_FILTER_FORMS);
            r->in_lo = (guint16)g_rand_int_range(rand, 0, 16);
            r->in_hi = (guint16)g_rand_int_range(rand, r->in_lo, 18);
            r->out_lo = (guint16)g_rand_int_range(rand, 0, 16);
            r->out_hi = (guint16)g_rand_int_range(rand, r->out_lo, 18);
            r->to = random_way(rand);
            r->from = random_way(rand);
        }
        g_assert_cmpint(n2_filter_new(&filter, WIDTH, rules, n), ==, N2_OK);
        for (guint k = 0; k < 4000; k++) {
            guint in = (guint)g_rand_int_range(rand, 0, 16);
            guint out = (guint)g_rand_int_range(rand, 0, 16);
            guint8 kind = (guint8)(g_rand_int(rand) & 0x3e) | N2_KIND_VERSION;
            guint8 care = (guint8)(g_rand_int(rand) & 0xf8);
            gboolean is_long = kind & N2_KIND_LONG;
            guint used = (guint)g_rand_int_range(rand, 0, is_long ? 59 : 13);
            guint64 path = (guint64)g_rand_int(rand) << 32 | g_rand_int(rand);
            path = is_long ? (path & ~UINT64_C(63)) | used : (path & 0xfff0) | used;
            if (!n2_kind_is_valid(kind))
                kind &= (guint8)~N2_KIND_SEALED;
            gboolean expected = TRUE;
            for (gsize i = 0; i < n; i++)
                if (fits_slowly(&rules[i], in, out, kind, care, path)) {
                    expected = rules[i].allows;
                    break;
                }
            g_assert_cmpint(n2_filter_passes(filter, in, out, kind, care, path, 1), ==,
                            expected);
            denied += !expected;
        }
        n2_filter_free(filter);
    }
    g_assert_cmpuint(denied, >, 20000);
}

/* ---- in the switch ---- */

static void
test_switch(void)
{
    guint8 buf[N2_PACKET_BYTES_MAX] = {LONG, PLAIN_CARE}, before[sizeof buf];
    n2_label way = {.kind = N2_LABEL_WAY, .label = 12, .port = 3};
    n2_filter_row seen[3];
    n2_switch sw;

    g_assert_cmpint(n2_switch_init(&sw, WIDTH), ==, N2_OK);
    g_assert_cmpint(n2_labels_new(&sw.labels, WIDTH, 1), ==, N2_OK);
    g_assert_cmpint(n2_labels_order(sw.labels, &way), ==, N2_OK);
    sw.filter = new_filter("deny in 5 out 3; deny out 0 mode control");
    n2_packet_set_path(buf, AHEAD(11, 0));
    g_assert_cmpint(n2_switch_step(&sw, 5, buf, 50, 0).verdict, ==, N2_STEP_FORWARD);
    /* By the label too: it is the port that counts. */
    n2_packet_set_path(buf, AHEAD(12, 0));
    memcpy(before, buf, sizeof buf);
    n2_step s = n2_switch_step(&sw, 5, buf, 50, 0);
    g_assert_cmpint(s.verdict, ==, N2_STEP_DROP);
    g_assert_cmpint(s.drop, ==, N2_DROP_FILTER);
    g_assert_cmpmem(buf, sizeof buf, before, sizeof buf);
    g_assert_cmpint(n2_switch_step(&sw, 6, buf, 50, 0).verdict, ==, N2_STEP_FORWARD);
    n2_packet_set_path(buf, 0);
    g_assert_cmpint(n2_switch_step(&sw, 6, buf, 50, 0).verdict, ==, N2_STEP_DELIVER);
    buf[1] = CARE(3, 2);
    n2_packet_set_path(buf, 0);
    g_assert_cmpint(n2_switch_step(&sw, 6, buf, 50, 0).drop, ==, N2_DROP_FILTER);
    g_assert_cmpuint(sw.dropped[N2_DROP_FILTER], ==, 2);
    g_assert_cmpuint(sw.ports[5].dropped, ==, 1);
    g_assert_cmpuint(n2_filter_rows(sw.filter, seen, 3), ==, 3);
    g_assert_cmpuint(seen[0].packets, ==, 1);
    g_assert_cmpuint(seen[1].packets, ==, 1);
    g_assert_cmpuint(seen[2].packets, ==, 3);
    n2_switch_clear(&sw);
}

/* What goes to several is asked about as it comes, and again for each port. */
static void
test_copies(void)
{
    guint8 buf[N2_PACKET_BYTES_MAX] = {LONG, CARE(2, 2)};
    n2_filter_row seen[3];
    n2_switch sw;

    g_assert_cmpint(n2_switch_init(&sw, WIDTH), ==, N2_OK);
    sw.has_trees = sw.has_channels = true;
    sw.filter = new_filter("deny in 5 out 0 mode broadcast; deny out 3");
    n2_packet_set_path(buf, AHEAD(1, 2));
    g_assert_cmpint(n2_switch_step(&sw, 5, buf, 50, 0).drop, ==, N2_DROP_FILTER);
    g_assert_cmpint(n2_switch_step(&sw, 6, buf, 50, 0).verdict, ==, N2_STEP_COPIES);
    g_assert_true(n2_switch_lets(&sw, 6, 2, buf, AHEAD(1, 2), 50));
    g_assert_false(n2_switch_lets(&sw, 6, 3, buf, AHEAD(1, 2), 50));
    buf[1] = CARE(1, 2);
    n2_packet_set_path(buf, AHEAD(0, 7));
    g_assert_cmpint(n2_switch_step(&sw, 5, buf, 50, 0).verdict, ==, N2_STEP_COPIES);
    g_assert_cmpuint(sw.dropped[N2_DROP_FILTER], ==, 2);
    g_assert_cmpuint(sw.ports[5].filtered, ==, 1);
    g_assert_cmpuint(sw.ports[6].filtered, ==, 1);
    g_assert_cmpuint(n2_filter_rows(sw.filter, seen, 3), ==, 3);
    g_assert_cmpuint(seen[1].packets, ==, 1);
    g_assert_cmpuint(seen[2].packets, ==, 3);
    n2_switch_clear(&sw);
}

/* ---- text ---- */

static const struct {
    const char *name, *text;
    n2_err err;
    gsize n;
    guint line;
    const char *again; /* (nullable) the only rule, as it is written back */
} texts[] = {
    {"empty", "", N2_OK, 0, 0, NULL},
    {"comments", "# nothing\n\n  # at all", N2_OK, 0, 0, NULL},
    {"shortest", "deny", N2_OK, 1, 0, "deny"},
    {"blanks", "\t allow \t in  3  \r\n", N2_OK, 1, 0, "allow in 3"},
    {"semicolons", "deny in 3;;allow;", N2_OK, 2, 0, NULL},
    {"comment-behind", "deny in 3 # who is there; never", N2_OK, 1, 0, "deny in 3"},
    {"range", "deny in 3-9 out 0-0", N2_OK, 1, 0, "deny in 3-9 out 0"},
    {"ways", "allow to 1/4,3/2,0/16 from 5/3", N2_OK, 1, 0, "allow to 1/4,3/2,0/16 from 5/3"},
    {"words", "deny size 2048,32 class low form sealed,long mode control,unicast", N2_OK, 1, 0,
     "deny form long,sealed mode unicast,control class low size 32,2048"},
    {"all-words", "deny size 32,128,512,2048", N2_OK, 1, 0, "deny"},
    {"no-verdict", "in 3", N2_ERR_FORMAT, 0, 1, NULL},
    {"unknown-part", "deny\nallow\n\ndeny on 3", N2_ERR_FORMAT, 0, 4, NULL},
    {"no-value", "deny in", N2_ERR_FORMAT, 0, 1, NULL},
    {"no-number", "deny in x", N2_ERR_FORMAT, 0, 1, NULL},
    {"sign", "deny in +3", N2_ERR_FORMAT, 0, 1, NULL},
    {"half-range", "deny in 3-", N2_ERR_FORMAT, 0, 1, NULL},
    {"backwards", "deny in 9-3", N2_ERR_USAGE, 0, 1, NULL},
    {"too-large", "allow;deny in 65536", N2_ERR_USAGE, 0, 1, NULL},
    {"far-too-large", "deny in 99999999999999999999999", N2_ERR_USAGE, 0, 1, NULL},
    {"no-bits", "deny to 3", N2_ERR_FORMAT, 0, 1, NULL},
    {"empty-hop", "deny to 3/4,,1/2", N2_ERR_FORMAT, 0, 1, NULL},
    {"no-width", "deny to 0/0", N2_ERR_USAGE, 0, 1, NULL},
    {"wide", "deny to 0/17", N2_ERR_USAGE, 0, 1, NULL},
    {"no-such-port", "deny to 4/2", N2_ERR_USAGE, 0, 1, NULL},
    {"long-way", "deny to 0/16,0/16,0/16,0/11", N2_ERR_LIMIT, 0, 1, NULL},
    {"many-hops", "deny to 0/1,0/1,0/1,0/1,0/1,0/1,0/1,0/1,0/1", N2_ERR_LIMIT, 0, 1, NULL},
    {"twice", "deny to 0/1 to 1/1", N2_ERR_FORMAT, 0, 1, NULL},
    {"unknown-word", "deny size 33", N2_ERR_FORMAT, 0, 1, NULL},
    {"word-of-others", "deny class unicast", N2_ERR_FORMAT, 0, 1, NULL},
    {"empty-words", "deny class ,", N2_ERR_FORMAT, 0, 1, NULL},
};

static void
test_text(gconstpointer data)
{
    gsize i = GPOINTER_TO_SIZE(data), n;
    char line_text[N2_FILTER_LINE_BYTES];
    unsigned line;

    g_assert_cmpint(n2_filter_parse(texts[i].text, rules, &n, &line), ==, texts[i].err);
    if (texts[i].err) {
        g_assert_cmpuint(line, ==, texts[i].line);
        return;
    }
    g_assert_cmpuint(n, ==, texts[i].n);
    if (!texts[i].again)
        return;
    n2_filter_format(line_text, &rules[0]);
    g_assert_cmpstr(line_text, ==, texts[i].again);
}

/* More rules than a set has; and the longest line there is comes back whole. */
static void
test_text_limits(void)
{
    g_autoptr(GString) text = g_string_new(NULL);
    char again[N2_FILTER_LINE_BYTES];
    n2_filter_rule longest = n2_filter_any(false), back[1];
    unsigned line;
    size_t n;

    for (guint i = 0; i < N2_FILTER_RULES_MAX; i++)
        g_string_append(text, "deny\n");
    g_assert_cmpint(n2_filter_parse(text->str, rules, &n, &line), ==, N2_OK);
    g_string_append(text, "deny\n");
    g_assert_cmpint(n2_filter_parse(text->str, rules, &n, &line), ==, N2_ERR_LIMIT);
    g_assert_cmpuint(line, ==, N2_FILTER_RULES_MAX + 1);

    longest.heads = 0x6eee;
    longest.in_lo = longest.out_lo = 12345;
    longest.in_hi = longest.out_hi = 65534;
    for (guint i = 0; i < 8; i++) {
        longest.to.bits[i] = longest.from.bits[i] = i < 3 ? 14 : 3;
        longest.to.ports[i] = longest.from.ports[i] = i < 3 ? 16383 : 7;
    }
    longest.to.n = longest.from.n = 8;
    n2_filter_format(again, &longest);
    g_assert_cmpint(n2_filter_parse(again, back, &n, &line), ==, N2_OK);
    g_assert_cmpuint(n, ==, 1);
    g_assert_cmpmem(&back[0].to, sizeof back[0].to, &longest.to, sizeof longest.to);
    g_assert_cmpmem(&back[0].from, sizeof back[0].from, &longest.from, sizeof longest.from);
    g_assert_cmpuint(back[0].heads, ==, longest.heads);
    g_assert_cmpuint(back[0].in_lo, ==, longest.in_lo);
    g_assert_cmpuint(back[0].out_hi, ==, longest.out_hi);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/filter/rule/", rows[i].name, NULL);
        g_test_add_data_func(path, &rows[i], test_row);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *path = g_strconcat("/filter/text/", texts[i].name, NULL);
        g_test_add_data_func(path, GSIZE_TO_POINTER(i), test_text);
    }
    g_test_add_func("/filter/text/limits", test_text_limits);
    g_test_add_func("/filter/first", test_first);
    g_test_add_func("/filter/none", test_none);
    g_test_add_func("/filter/faults", test_faults);
    g_test_add_func("/filter/random", test_random);
    g_test_add_func("/filter/switch", test_switch);
    g_test_add_func("/filter/copies", test_copies);
    return g_test_run();
}
