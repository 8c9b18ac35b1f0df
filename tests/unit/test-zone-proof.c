/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-zone-proof.c - answers of zones: each name and each gap of maps of every size, and what
 *                     a zone, a secondary or a cache that lies might send instead.
 */
#include "zone-fixture.h"

#include "name/label.h"

/* Every map from none to 48 names: each label is proven there, each other one not there. */
static void
test_sizes(void)
{
    zone_world z;
    char label[16];
    gboolean is;

    zone_world_init(&z, 0);
    for (guint32 count = 0; count <= ZONE_NAMES; count++) {
        zone_fill(&z, count);
        for (guint32 i = 0; i < count + 20; i++) {
            g_snprintf(label, sizeof label, "n%u", i);
            g_autoptr(GBytes) answer = zone_answer(&z, label);
            g_assert_cmpint(zone_check(&z, answer, label, now, &is), ==, N2_OK);
            g_assert_true(is == (i < count));
        }
    }
    zone_world_clear(&z);
}

/* No bit of an answer is idle: any one that changes makes it nobody's. */
static void
test_bits(void)
{
    zone_world z;
    gboolean is;

    zone_world_init(&z, 13);
    for (int there = 0; there < 2; there++) {
        const char *label = there ? "n5" : "nobody";
        g_autoptr(GBytes) answer = zone_answer(&z, label);
        gsize len;
        const guint8 *bytes = g_bytes_get_data(answer, &len);
        for (gsize i = 0; i < len; i++) {
            g_autofree guint8 *bad = g_memdup2(bytes, len);
            bad[i] ^= (guint8)(1 << i % 8);
            g_autoptr(GBytes) changed = g_bytes_new(bad, len);
            g_assert_cmpint(zone_check(&z, changed, label, now, &is), !=, N2_OK);
            g_autoptr(GBytes) cut = g_bytes_new(bytes, i);
            g_assert_cmpint(zone_check(&z, cut, label, now, &is), !=, N2_OK);
        }
        g_autofree guint8 *longer = g_malloc0(len + 32);
        memcpy(longer, bytes, len);
        g_autoptr(GBytes) more = g_bytes_new(longer, len + 32);
        g_assert_cmpint(zone_check(&z, more, label, now, &is), ==, N2_ERR_TRAILING);
    }
    zone_world_clear(&z);
}

static GBytes *
write_parts(const n2_zone_answer_parts *p)
{
    guint8 buf[N2_ZONE_ANSWER_BYTES_MAX];
    gsize len = 0;

    g_assert_cmpint(n2_zone_answer_write(buf, sizeof buf, p, &len), ==, N2_OK);
    return g_bytes_new(buf, len);
}

/* Attack 41: a name that is there is denied with true proofs of other leaves. */
static void
test_denied(void)
{
    guint8 hashes[N2_ZONE_PROOF_HASHES_MAX][32];
    zone_world z;
    gboolean is;

    zone_world_init(&z, 21);
    for (guint32 hidden = 0; hidden < z.count; hidden++)
        for (guint32 index = 0; index < z.count; index++)
            for (guint32 n = 1; n <= 2 && index + n <= z.count; n++) {
                n2_zone_answer_parts p = {
                    .hashes = hashes[0], .index = index, .n_neighbours = n};
                p.head = g_bytes_get_data(z.signed_head, &p.head_len);
                for (guint32 i = 0; i < n; i++)
                    p.neighbours[i] = z.names[index + i].entry;
                p.n_hashes = zone_slow_proof(z.names, z.count, index, n, hashes);
                g_autoptr(GBytes) answer = write_parts(&p);
                g_assert_cmpint(zone_check(&z, answer, z.names[hidden].label, now, &is), ==,
                                N2_ERR_FORGED);
            }
    /* neighbours of two places, each with half of a proof; an empty map; a record of another */
    n2_zone_answer_parts p = {.hashes = hashes[0], .index = 3, .n_neighbours = 2};
    p.head = g_bytes_get_data(z.signed_head, &p.head_len);
    p.neighbours[0] = z.names[3].entry;
    p.neighbours[1] = z.names[5].entry;
    p.n_hashes = zone_slow_proof(z.names, z.count, 3, 2, hashes);
    g_autoptr(GBytes) apart = write_parts(&p);
    g_assert_cmpint(zone_check(&z, apart, z.names[4].label, now, &is), ==, N2_ERR_FORGED);
    p = (n2_zone_answer_parts){.head = p.head, .head_len = p.head_len};
    g_autoptr(GBytes) empty = write_parts(&p);
    g_assert_cmpint(zone_check(&z, empty, z.names[4].label, now, &is), ==, N2_ERR_FORGED);
    g_autoptr(GBytes) other = zone_answer(&z, z.names[5].label);
    g_assert_cmpint(zone_check(&z, other, z.names[4].label, now, &is), ==, N2_ERR_FORGED);
    zone_world_clear(&z);
}

/* Records and heads that nobody with the right signed, or not for now. */
static void
test_heads(void)
{
    zone_world z;
    gboolean is;
    const struct {
        const char *name;
        gint64 clock_us;
        n2_err want;
    } clocks[] = {{"now", 0, N2_OK},
                  {"before-its-end", day / 2 - 1, N2_OK},
                  {"frozen-head", day / 2 + 2 * 3600 * (gint64)SECOND, N2_ERR_FORGED},
                  {"made-later", -2 * 3600 * (gint64)SECOND, N2_ERR_FORGED}};

    zone_world_init(&z, 5);
    g_autoptr(GBytes) answer = zone_answer(&z, "n2");
    for (gsize i = 0; i < G_N_ELEMENTS(clocks); i++) {
        g_test_message("%s", clocks[i].name);
        g_assert_cmpint(zone_check(&z, answer, "n2", now + clocks[i].clock_us, &is), ==,
                        clocks[i].want);
    }
    g_assert_cmpint(zone_check(&z, answer, "n2", 0, &is), ==, N2_OK); /* no clock */

    const struct {
        const char *name;
        const n2_signing_key *by;
    } signers[] = {
        {"thief", &z.w.thief}, {"control", &z.w.control[0]}, {"device", &z.w.device[0]}};
    for (gsize i = 0; i < G_N_ELEMENTS(signers); i++) {
        g_bytes_unref(z.signed_head);
        z.signed_head = zone_sign_head(&z, &z.head, signers[i].by);
        g_autoptr(GBytes) bad = zone_answer(&z, "n2");
        g_test_message("%s", signers[i].name);
        g_assert_cmpint(zone_check(&z, bad, "n2", now, &is), ==, N2_ERR_FORGED);
    }
    g_autofree guint8 *large = g_malloc0(N2_ZONE_HEAD_BYTES_MAX + 1); /* before it is read */
    n2_zone_head head;
    g_assert_cmpint(n2_zone_head_check(&head, &z.who, large, N2_ZONE_HEAD_BYTES_MAX + 1, now,
                                       n2_host_unicode(), NULL),
                    ==, N2_ERR_LIMIT);
    z.head.zone.hash[0] ^= 1; /* in the name of another zone */
    g_bytes_unref(z.signed_head);
    z.signed_head = zone_sign_head(&z, &z.head, NULL);
    g_autoptr(GBytes) misbound = zone_answer(&z, "n2");
    g_assert_cmpint(zone_check(&z, misbound, "n2", now, &is), ==, N2_ERR_FORGED);
    zone_world_clear(&z);
}

static void
test_chain(void)
{
    zone_world z;
    n2_zone_head first, then = {.serial = 0}, odd;
    guint8 buf[1024];
    n2_box body;

    zone_world_init(&z, 3);
    g_assert_cmpint(n2_zone_head_body(buf, sizeof buf, &z.head, &body), ==, N2_OK);
    g_assert_cmpint(n2_zone_head_read(&first, &body), ==, N2_OK);
    then = first;
    then.serial++;
    memcpy(then.previous, first.hash, sizeof then.previous);
    then.made_us += 10 * (gint64)SECOND;
    g_assert_cmpint(n2_zone_heads_compare(&first, &first), ==, N2_ZONE_HEADS_SAME);
    g_assert_cmpint(n2_zone_heads_compare(&first, &then), ==, N2_ZONE_HEADS_NEWER);
    g_assert_cmpint(n2_zone_heads_compare(&then, &first), ==, N2_ZONE_HEADS_OLDER);
    odd = then;
    odd.made_us--;
    g_assert_cmpint(n2_zone_heads_compare(&first, &odd), ==, N2_ZONE_HEADS_HASTY);
    odd = then;
    odd.previous[9] ^= 1;
    g_assert_cmpint(n2_zone_heads_compare(&first, &odd), ==, N2_ZONE_HEADS_BROKEN);
    odd = first; /* attack 41: two heads with one serial */
    odd.hash[0] ^= 1;
    g_assert_cmpint(n2_zone_heads_compare(&first, &odd), ==, N2_ZONE_HEADS_FRAUD);

    odd = first;
    odd.serial = 1; /* the first has none before it */
    g_assert_cmpint(n2_zone_head_body(buf, sizeof buf, &odd, &body), ==, N2_ERR_FORMAT);
    odd = first;
    memset(odd.previous, 0, sizeof odd.previous);
    g_assert_cmpint(n2_zone_head_body(buf, sizeof buf, &odd, &body), ==, N2_ERR_FORMAT);
    odd = first;
    odd.count = N2_ZONE_NAMES_MAX + 1;
    g_assert_cmpint(n2_zone_head_body(buf, sizeof buf, &odd, &body), ==, N2_ERR_LIMIT);
    zone_world_clear(&z);
}

/* What a record may say; attack 42: a label of mixed scripts, and one that is no label. */
static void
test_records(void)
{
    const n2_attr good = {.name = (const guint8 *)"wiki",
                          .name_len = 4,
                          .type = N2_TYPE_INT,
                          .value = (const guint8 *)"\0\0\0\0\0\0\0\1",
                          .len = 8};
    n2_attr path = good;
    const char *host = "mail.example", *odd_host = "Mail.example";
    const char *hosts[] = {"a.b", "b.b", "c.b", "d.b", "e.b"};
    g_assert_cmpuint(G_N_ELEMENTS(hosts), ==, N2_ZONE_HOSTS_MAX + 1);
    g_autoptr(GString) deep = g_string_new("a"); /* a name of 64 labels */
    char folded[N2_NAME_BYTES_MAX + 1];
    n2_spelling spelling;
    n2_zone_record from = zone_record_of("anna", 1), r;
    guint8 buf[N2_ZONE_RECORD_BYTES_MAX];
    const struct {
        const char *label;
        n2_err want;
    } labels[] = {
        {"anna", N2_OK},        {"zo\xc3\xab", N2_OK},          {"Anna", N2_ERR_FORMAT},
        {"", N2_ERR_FORMAT},    {"a.b", N2_ERR_FORMAT},         {"-a", N2_ERR_FORMAT},
        {"a b", N2_ERR_FORMAT}, {"p\xd0\xb0ul", N2_ERR_FORMAT}, {"k1-abc", N2_ERR_FORMAT}};

    for (gsize i = 0; i < G_N_ELEMENTS(labels); i++) {
        g_test_message("%s", labels[i].label);
        g_assert_cmpint(
            n2_zone_label_check(labels[i].label, strlen(labels[i].label), n2_host_unicode()),
            ==, labels[i].want);
        g_strlcpy(from.label, labels[i].label, sizeof from.label);
        g_assert_cmpint(n2_zone_record_write(buf, sizeof buf, &from, NULL, 0, NULL, 0,
                                             n2_host_unicode(), &r),
                        ==, labels[i].want);
    }
    for (int i = 1; i < 64; i++)
        g_string_append(deep, ".a");
    g_assert_cmpint(n2_name_fold(folded, deep->str, deep->len, n2_host_unicode(), &spelling),
                    ==, N2_ERR_LIMIT);
    g_assert_cmpint(spelling.fault, ==, N2_SPELLING_LONG);
    g_assert_cmpint(n2_zone_label_check(deep->str, deep->len, n2_host_unicode()), !=, N2_OK);

    path.name = (const guint8 *)"path";
#define WRITE(hosts, n_hosts, attrs, n_attrs)                                                  \
    n2_zone_record_write(buf, sizeof buf, &from, hosts, n_hosts, attrs, n_attrs,               \
                         n2_host_unicode(), &r)
    from = zone_record_of("anna", 1);
    g_assert_cmpint(WRITE(&host, 1, &good, 1), ==, N2_OK);
    g_assert_cmpuint(r.n_hosts, ==, 1);
    g_assert_cmpuint(r.n_attrs, ==, 1);
    g_assert_cmpint(WRITE(&odd_host, 1, NULL, 0), ==, N2_ERR_FORMAT);
    g_assert_cmpint(WRITE(hosts, 4, NULL, 0), ==, N2_OK);
    g_assert_cmpint(WRITE(hosts, 5, NULL, 0), ==, N2_ERR_LIMIT);
    g_assert_cmpint(WRITE(NULL, 0, &path, 1), ==, N2_ERR_FORMAT);
    from.until_us = from.since_us;
    g_assert_cmpint(WRITE(NULL, 0, NULL, 0), ==, N2_ERR_FORMAT);
    from = zone_record_of("anna", 1);
    from.caching_s = 0;
    g_assert_cmpint(WRITE(NULL, 0, NULL, 0), ==, N2_ERR_FORMAT);
    from.caching_s = N2_ZONE_CACHING_S_MAX + 1;
    g_assert_cmpint(WRITE(NULL, 0, NULL, 0), ==, N2_ERR_FORMAT);
    from = zone_record_of("anna", 1);
    from.who = (n2_id){0};
    g_assert_cmpint(WRITE(NULL, 0, NULL, 0), ==, N2_ERR_FORMAT);
    from.zone = (n2_id){.method = N2_METHOD_SHA256, .hash = {3}};
    g_assert_cmpint(WRITE(NULL, 0, NULL, 0), ==, N2_OK);
    n2_id owner = n2_zone_record_owner(&r);
    g_assert_true(n2_id_equal(&owner, &from.zone));
    g_assert_true(n2_zone_record_stands(&r, r.until_us - 1) &&
                  !n2_zone_record_stands(&r, r.until_us));
}

/* A million names: 20 hashes, about 1 KiB; a gap's proof is no longer than two ways down. */
static void
test_million(void)
{
    gsize most = 0, sum = 0, n = 0;

    for (guint32 i = 0; i < 1000000; i += 997) {
        g_assert_cmpuint(n2_zone_proof_hashes(1000000, i, 1), <=, 20);
        gsize gap = n2_zone_proof_hashes(1000000, i, i + 1 < 1000000 ? 2 : 1);
        most = MAX(most, gap);
        sum += gap;
        n++;
    }
    g_assert_cmpuint(most, <=, 38);
    g_assert_cmpuint(sum, <=, 21 * n);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/zone-proof/sizes", test_sizes);
    g_test_add_func("/zone-proof/bits", test_bits);
    g_test_add_func("/zone-proof/attack-41-denied", test_denied);
    g_test_add_func("/zone-proof/attack-41-heads", test_heads);
    g_test_add_func("/zone-proof/attack-41-chain", test_chain);
    g_test_add_func("/zone-proof/attack-42-records", test_records);
    g_test_add_func("/zone-proof/million", test_million);
    return g_test_run();
}
