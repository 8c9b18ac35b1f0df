/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-control-name.c - names of zones between two nodes, with real keys and proofs: node 1
 *                       serves a zone, or has its answers from somebody; node 0 asks.
 */
#define IDENTITY_NOW_S 1760000000 /* as two-nodes.c has it */

#include "two-nodes.h"
#include "zone-fixture.h"

#include "node/control-private.h"

typedef struct {
    two_nodes *w;
    zone_world z;
    GBytes *answer; /* the last that was given */
    guint n_asked;
    char zone[N2_ID_TEXT_BYTES];
    const char *refused; /* a label that is answered by a lie */
} world_of_names;

static n2_err
own(void *user, const n2_id *zone, const char *label, n2_slice *out)
{
    world_of_names *t = user;

    if (!n2_id_equal(zone, &t->z.w.id))
        return N2_ERR_NOTFOUND;
    t->n_asked++;
    g_clear_pointer(&t->answer, g_bytes_unref);
    t->answer = zone_answer(&t->z, label);
    out->bytes = g_bytes_get_data(t->answer, &out->len);
    return N2_OK;
}

static void
keep_zone(world_of_names *t, int node)
{
    n2_identity_set *set = set_of(&t->z.w);
    guint8 buf[1024];
    n2_box body;
    n2_grant grant = grant_of(&t->z.key, N2_RIGHT_ZONE);

    g_assert_cmpint(n2_add_body(buf, sizeof buf, &t->z.w.born, &grant, "zone", &body), ==,
                    N2_OK);
    g_autoptr(GBytes) add = say(&body, BY(&t->z.w.control[0], &t->z.key));
    assert_took(set, add);
    g_assert_cmpint(n2_store_identity_keep(t->w->node[node].store.store, set), ==, N2_OK);
    n2_identity_set_free(set);
}

/* @label is node 1 from now on. */
static void
name_node(world_of_names *t, const char *label, const n2_id *who)
{
    n2_zone_record from = zone_record_of(label, 1), r;
    zone_name *n = &t->z.names[0];

    zone_name_init(n, label, 1);
    from.who = *who;
    g_assert_cmpint(n2_zone_record_write(n->record, sizeof n->record, &from, NULL, 0, NULL, 0,
                                         n2_host_unicode(), &r),
                    ==, N2_OK);
    n->len = r.box.len;
    n2_sha256_of(n->record, n->len, n->entry.record);
    guint8 piece[65] = {3};
    memcpy(piece + 1, n->entry.label, 32);
    memcpy(piece + 33, n->entry.record, 32);
    n2_sha256_of(piece, sizeof piece, n->leaf);
    qsort(t->z.names, t->z.count, sizeof t->z.names[0], zone_name_compare);
    zone_make_head(&t->z);
}

static void
set_up(world_of_names *t, gconstpointer data)
{
    (void)data;
    memset(t, 0, sizeof *t);
    t->w = two_nodes_new(3);
    two_nodes_meet(t->w);
    two_nodes_drain(t->w);
    zone_world_init(&t->z, 5);
    name_node(t, "anna", &t->w->node[1].id);
    keep_zone(t, 1);
    t->w->node[1].control->names->own = own;
    t->w->node[1].control->names->own_user = t;
    n2_id_format(t->zone, N2_ID_IDENTITY, &t->z.w.id);
    two_nodes_assert_done(t->w, N2_JOB_ROOT_ADD, t->zone, "demo", NULL, N2_OK);
}

static void
tear_down(world_of_names *t, gconstpointer data)
{
    (void)data;
    two_nodes_free(t->w);
    g_clear_pointer(&t->answer, g_bytes_unref);
    zone_world_clear(&t->z);
}

static const char *
text(const n2_notice *done, const char *name)
{
    const n2_cell *cell = n2_table_get(done->table, 0, name);

    return cell ? cell->text : NULL;
}

/* By the neighbour, who serves the zone; then from what was kept. */
static void
test_lookup(world_of_names *t, gconstpointer data)
{
    char who[N2_ID_TEXT_BYTES];
    (void)data;

    n2_id_format(who, N2_ID_IDENTITY, &t->w->node[1].id);
    for (int again = 0; again <= 1; again++) {
        n2_notice done = two_nodes_ask(t->w, N2_JOB_NAME_LOOKUP, NULL, "Anna.demo", NULL);

        g_assert_cmpint(done.err, ==, N2_OK);
        g_assert_cmpstr(text(&done, "name"), ==, "anna.demo");
        g_assert_cmpstr(text(&done, "identity"), ==, who);
        g_assert_cmpstr(text(&done, "zone"), ==, t->zone);
        g_assert_cmpstr(text(&done, "from"), ==, who);
        g_assert_cmpint(n2_table_get(done.table, 0, "cached")->integer, ==, again);
        g_assert_cmpint(n2_table_get(done.table, 0, "kept")->integer, ==, 0);
        const n2_table *steps = n2_table_get(done.table, 0, "steps")->table;
        g_assert_cmpuint(steps->n_rows, ==, 1);
        g_assert_cmpint(n2_table_get(steps, 0, "serial")->integer, ==, 7);
        n2_notice_clear(&done);
    }
    two_nodes_assert_done(t->w, N2_JOB_NAME_LOOKUP, NULL, "bert.demo", NULL, N2_ERR_NOTFOUND);
    two_nodes_assert_done(t->w, N2_JOB_NAME_LOOKUP, NULL, "x.anna.demo", NULL, N2_ERR_NOTFOUND);
    two_nodes_assert_done(t->w, N2_JOB_NAME_LOOKUP, NULL, "anna.else", NULL, N2_ERR_NOTFOUND);
    two_nodes_assert_done(t->w, N2_JOB_NAME_LOOKUP, NULL, "anna", NULL, N2_ERR_NOTFOUND);
    two_nodes_assert_done(t->w, N2_JOB_NAME_LOOKUP, NULL, "\xd0\xb0nna.demo", NULL,
                          N2_ERR_USAGE); /* attack 42: Cyrillic a */
    two_nodes_assert_done(t->w, N2_JOB_NAME_LOOKUP, NULL, NULL, NULL, N2_ERR_USAGE);
    two_nodes_assert_done(t->w, N2_JOB_NAME_LOOKUP, NULL,
                          "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a."
                          "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.demo",
                          NULL, N2_ERR_USAGE);
    /* A name given by hand goes above the zone's. */
    two_nodes_assert_done(t->w, N2_JOB_NAME_SET, t->zone, "anna.demo", NULL, N2_OK);
    n2_notice done = two_nodes_ask(t->w, N2_JOB_NAME_LOOKUP, NULL, "anna.demo", NULL);
    g_assert_cmpstr(text(&done, "identity"), ==, t->zone);
    g_assert_cmpint(n2_table_get(done.table, 0, "own")->integer, ==, 1);
    n2_notice_clear(&done);
}

static n2_notice
trust(world_of_names *t)
{
    return two_nodes_do(t->w, 0,
                        &(n2_request){.kind = N2_JOB_PEOPLE_TRUST,
                                      .type = "read",
                                      .address = "net2o://anna.demo/"});
}

/* A page by its name; and the question of trust hears the zone. */
static void
test_open(world_of_names *t, gconstpointer data)
{
    g_autoptr(GByteArray) archive = g_byte_array_new(), got = g_byte_array_new();
    (void)data;

    archive_add(archive, 2, "index.md", (const guint8 *)"hello", 5);
    archive_add(archive, 3, NULL, NULL, 0);
    n2_notice done = two_nodes_publish(t->w, 1, archive, NULL);
    g_assert_cmpint(done.err, ==, N2_OK);
    n2_notice_clear(&done);
    n2_job opening = two_nodes_start(
        t->w, 0, &(n2_request){.kind = N2_JOB_OPEN, .address = "net2o://anna.demo/"});
    done = two_nodes_finish(t->w, 0, opening, got, NULL);
    g_assert_cmpint(done.err, ==, N2_OK);
    g_assert_cmpmem(got->data, got->len, "hello", 5);
    n2_notice_clear(&done);

    done = trust(t);
    g_assert_cmpint(done.err, ==, N2_OK);
    const n2_table *reasons = n2_table_get(done.table, 0, "reasons")->table;
    gboolean is_told = FALSE;
    for (gsize i = 0; i < reasons->n_rows; i++)
        if (!strcmp(n2_table_get(reasons, i, "code")->text, "zone")) {
            is_told = TRUE;
            g_assert_cmpstr(n2_table_get(reasons, i, "name")->text, ==, "anna.demo");
            g_assert_cmpstr(n2_table_get(reasons, i, "by")->text, ==, "demo");
            g_assert_cmpint(n2_table_get(reasons, i, "at")->integer, ==, now - 9 * day);
        }
    g_assert_true(is_told);
    n2_notice_clear(&done);
}

static void
add_peer(n2_control *c, size_t at, guint8 who, guint32 rtt_us)
{
    peer *peers = realloc(c->peers, (c->n_peers + 1) * sizeof *peers);

    g_assert_nonnull(peers);
    c->peers = peers;
    memmove(&peers[at + 1], &peers[at], (c->n_peers++ - at) * sizeof *peers);
    peers[at] = (peer){.link_id = 1000 + who,
                       .key = {.method = N2_METHOD_SHA256, .hash = {who}},
                       .port = (guint16)(1000 + who),
                       .is_up = true,
                       .rtt_us = rtt_us};
}

/* The nearest of all links is asked first, wherever it stands in the list: nobody is asked
 * before it, and nobody else as it knows the name. */
static void
test_nearest(world_of_names *t, gconstpointer data)
{
    n2_control *c = t->w->node[0].control;
    n2_resolve_counts before, counts;
    (void)data;

    /* who the zone is costs a question of its own */
    two_nodes_assert_done(t->w, N2_JOB_NAME_LOOKUP, NULL, "bert.demo", NULL, N2_ERR_NOTFOUND);
    n2_resolve_counts_get(c->names->resolver, &before);
    t->n_asked = 0;
    for (size_t i = 0; i < c->n_peers; i++)
        c->peers[i].rtt_us = 300;
    for (guint8 i = 1; i < N2_LOOKUP_CACHES_MAX; i++)
        add_peer(c, 0, i, i == 1 ? 0 : 50000 + i); /* 0: not known */
    add_peer(c, c->n_peers, N2_LOOKUP_CACHES_MAX, 301);
    two_nodes_assert_done(t->w, N2_JOB_NAME_LOOKUP, NULL, "anna.demo", NULL, N2_OK);
    n2_resolve_counts_get(c->names->resolver, &counts);
    g_assert_cmpuint(counts.n_asked - before.n_asked, ==, 1);
    g_assert_cmpuint(t->n_asked, ==, 1);
}

/* Roots stay over a restart, in their order, and so do the heads that were seen (attack 41). */
static void
test_kept(world_of_names *t, gconstpointer data)
{
    (void)data;

    two_nodes_restart(t->w, 0, disk_mem_new()); /* from here on with the database in it */
    two_nodes_meet(t->w);
    two_nodes_drain(t->w);
    two_nodes_assert_done(t->w, N2_JOB_ROOT_ADD, t->zone, "demo", NULL, N2_OK);
    two_nodes_assert_done(t->w, N2_JOB_ROOT_ADD, t->zone, "demo", NULL, N2_ERR_EXISTS);
    two_nodes_assert_done(t->w, N2_JOB_ROOT_ADD, t->zone, "x.demo", NULL, N2_ERR_EXISTS);
    two_nodes_assert_done(t->w, N2_JOB_ROOT_ADD, t->zone, "a..b", NULL, N2_ERR_USAGE);
    two_nodes_assert_done(t->w, N2_JOB_ROOT_ADD, "nobody", "other", NULL, N2_ERR_NOTFOUND);
    two_nodes_assert_done(t->w, N2_JOB_ROOT_ADD, t->zone, ".", NULL, N2_OK);
    two_nodes_assert_done(t->w, N2_JOB_NAME_LOOKUP, NULL, "anna.demo", NULL, N2_OK);
    two_nodes_restart(t->w, 0, disk_mem_copy(t->w->node[0].store.disk));
    t->w->node[1].control->names->own = own;
    n2_notice done = two_nodes_ask(t->w, N2_JOB_ROOT_LIST, NULL, NULL, NULL);
    g_assert_cmpuint(done.table->n_rows, ==, 2);
    g_assert_cmpstr(text(&done, "suffix"), ==, "demo");
    g_assert_cmpstr(text(&done, "zone"), ==, t->zone);
    g_assert_cmpint(n2_table_get(done.table, 0, "serial")->integer, ==, 7);
    g_assert_cmpstr(n2_table_get(done.table, 1, "suffix")->text, ==, ".");
    n2_notice_clear(&done);
    two_nodes_assert_done(t->w, N2_JOB_ROOT_REMOVE, NULL, "demo", NULL, N2_OK);
    two_nodes_assert_done(t->w, N2_JOB_ROOT_REMOVE, NULL, "demo", NULL, N2_ERR_NOTFOUND);
}

/* Attack 41: the zone shows node 1 another state under the same serial.  That one finds it out,
 * and says nothing more for the zone; within an hour node 0 hears of it and has the proof. */
static void
test_attack_41_fraud(world_of_names *t, gconstpointer data)
{
    (void)data;

    two_nodes_assert_done(t->w, N2_JOB_NAME_LOOKUP, NULL, "anna.demo", NULL, N2_OK);
    zone_fill(&t->z, 4);
    two_nodes_assert_done(t->w, N2_JOB_NAME_LOOKUP, NULL, "n2.demo", NULL, N2_ERR_TIMEOUT);
    two_nodes_assert_done(t->w, N2_JOB_NAME_LOOKUP, NULL, "anna.demo", NULL, N2_OK);
    guint64 until_us = t->w->now_us + N2_ZONE_HEADS_US + N2_MINUTE_US;
    while (t->w->now_us < until_us && two_nodes_step(t->w, until_us))
        ;
    two_nodes_assert_done(t->w, N2_JOB_NAME_LOOKUP, NULL, "anna.demo", NULL, N2_ERR_FORGED);
    n2_notice done = two_nodes_ask(t->w, N2_JOB_ROOT_LIST, NULL, NULL, NULL);
    const n2_cell *fraud = n2_table_get(done.table, 0, "fraud");
    g_assert_nonnull(fraud);
    g_assert_cmpuint(fraud->table->n_rows, ==, 2);
    n2_notice_clear(&done);
}

/* Attack 42: a link that has no dot leads to none of the names that the user gave. */
static void
test_attack_42_link(world_of_names *t, gconstpointer data)
{
    char who[N2_ID_TEXT_BYTES];
    (void)data;

    n2_id_format(who, N2_ID_IDENTITY, &t->w->node[1].id);
    two_nodes_assert_done(t->w, N2_JOB_NAME_SET, who, "anna", NULL, N2_OK);
    n2_notice done = two_nodes_do(t->w, 0,
                                  &(n2_request){.kind = N2_JOB_OPEN,
                                                .address = "net2o://anna/",
                                                .flags = N2_REQUEST_LINKED});
    g_assert_cmpint(done.err, ==, N2_ERR_NOTFOUND);
    n2_notice_clear(&done);
}

/* The neighbour does not know either, and asks on: as it does not know whom to ask, there is no
 * answer; once it has one, it gives that to others, and nobody else is asked. */
static void
test_cache(world_of_names *t, gconstpointer data)
{
    struct names *other = t->w->node[1].control->names;
    (void)data;

    other->own = NULL;
    two_nodes_assert_done(t->w, N2_JOB_NAME_LOOKUP, NULL, "anna.demo", NULL, N2_ERR_TIMEOUT);

    n2_zone_told told;
    g_autoptr(GBytes) answer = zone_answer(&t->z, "anna");
    n2_slice slice = {.bytes = g_bytes_get_data(answer, &slice.len)};
    g_assert_cmpint(n2_names_verify(t->w->node[1].control, &told, &t->z.w.id, "anna", &slice,
                                    NULL, t->w->wall_us),
                    ==, N2_OK);
    g_assert_cmpint(n2_name_cache_put(n2_resolver_cache(other->resolver), &told.word,
                                      &t->z.w.id, 0, t->w->now_us, t->w->wall_us),
                    ==, N2_OK);
    two_nodes_assert_done(t->w, N2_JOB_NAME_LOOKUP, NULL, "anna.demo", NULL, N2_OK);
}

/* Attack 41: an own name is looked up by way of others each hour: when they hear something
 * else, the owner is told. */
static void
test_attack_41_own(world_of_names *t, gconstpointer data)
{
    n2_notice news;
    gboolean is_told = FALSE;
    (void)data;

    zone_fill(&t->z, 5);
    name_node(t, "mine", &t->w->node[0].id);
    two_nodes_assert_done(t->w, N2_JOB_NAME_LOOKUP, NULL, "mine.demo", NULL, N2_OK);
    zone_fill(&t->z, 5);
    name_node(t, "mine", &t->w->node[1].id);
    t->z.head.serial = 9; /* a later state; the one between was not seen here */
    g_bytes_unref(t->z.signed_head);
    t->z.signed_head = zone_sign_head(&t->z, &t->z.head, NULL);
    guint64 until_us = t->w->now_us + N2_ZONE_HEADS_US + N2_MINUTE_US;
    while (t->w->now_us < until_us && two_nodes_step(t->w, until_us))
        ;
    while (two_nodes_notice(t->w, 0, 0, N2_NOTICE_LOG, &news)) {
        is_told |= strstr(news.text, "own name mine.demo") != NULL;
        n2_notice_clear(&news);
    }
    g_assert_true(is_told);
}

/* Who asks for much is told what is known, and nothing is asked on for him. */
static void
test_limit(world_of_names *t, gconstpointer data)
{
    n2_control *c = t->w->node[1].control;
    guint8 zone[N2_ID_BYTES] = {N2_METHOD_SHA256, 99};
    n2_call call = {.opcode = N2_WORD_RESOLVE, .tag = 1};
    n2_asm answer = n2_talk_values();
    n2_uses uses = {0};
    gboolean is_told = FALSE;
    (void)data;

    call.arg[0] = (n2_value){.type = 'b', .bytes = zone, .len = sizeof zone};
    call.arg[1] = (n2_value){.type = 'b', .bytes = (const guint8 *)"anna", .len = 4};
    call.arg[3] = (n2_value){.type = 'u', .u = 1 << 8};
    for (guint i = 0; i < N2_LOOKUPS_PER_OTHER_MAX; i++)
        c->names->others[i] = (name_other){.lookup = 1000 + i, .conn = 77};
    g_assert_cmpint(n2_names_asked(c, 77, &call, &answer), ==, N2_ERR_NOTFOUND);
    n2_names_uses(c, &uses);
    for (gsize i = 0; i < uses.n; i++)
        if (!strcmp(uses.rows[i].name, "lookups_per_other")) {
            is_told = TRUE;
            g_assert_cmpuint(uses.rows[i].refused, ==, 1);
        }
    g_assert_true(is_told);
    g_assert_cmpint(n2_names_asked(c, 78, &call, &answer), ==, N2_ERR_BUSY);

    /* What is no question. */
    call.arg[1] = (n2_value){.type = 'b', .bytes = (const guint8 *)"Anna", .len = 4};
    g_assert_cmpint(n2_names_asked(c, 78, &call, &answer), ==, N2_ERR_FORMAT);
    call.arg[1].len = 0;
    g_assert_cmpint(n2_names_asked(c, 78, &call, &answer), ==, N2_ERR_FORMAT);
    call.arg[0].len = 32;
    g_assert_cmpint(n2_names_asked(c, 78, &call, &answer), ==, N2_ERR_FORMAT);
    zone[0] = 77;
    call.arg[0].len = sizeof zone;
    g_assert_cmpint(n2_names_asked(c, 78, &call, &answer), ==, N2_ERR_UNSUPPORTED);
    n2_writer_clear(&answer.body);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(path, test) g_test_add(path, world_of_names, NULL, set_up, test, tear_down)
    ADD("/control-name/lookup", test_lookup);
    ADD("/control-name/nearest", test_nearest);
    ADD("/control-name/open", test_open);
    ADD("/control-name/kept", test_kept);
    ADD("/control-name/attack-41-fraud", test_attack_41_fraud);
    ADD("/control-name/attack-42-link", test_attack_42_link);
    ADD("/control-name/cache", test_cache);
    ADD("/control-name/attack-41-own", test_attack_41_own);
    ADD("/control-name/limit", test_limit);
    return g_test_run();
}
