/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-fetch-identity.c - in the real fetch path: what an asker takes of `identity`, and what
 * it says of identities that are frozen, ended, or shown as they once were (attack 35).
 */
#include <stdlib.h>

#define IDENTITY_NOW_S 1760000000 /* as two-nodes.c has it */
#include "identity-world.h"
#include "site.h"

/* What node 1 answers for who is not there: statements, then a node key by a device. */
static struct {
    GBytes *const *statements; /* NULL-terminated */
    const n2_signing_key *device;
    const n2_id *who;
} picture;

static gboolean
show_picture(two_nodes *w, const n2_call *call, n2_asm *values)
{
    guint8 bytes[N2_STATEMENT_BYTES_SMALL];
    n2_node_key k;
    n2_box box;

    if (call->err != N2_ERR_NOTFOUND)
        return FALSE;
    for (GBytes *const *s = picture.statements; *s; s++) {
        gsize len;
        const guint8 *data = g_bytes_get_data(*s, &len);
        n2_asm_bytes(values, data, len);
    }
    g_assert_cmpint(n2_node_key_read(&k, w->node[1].answer, sizeof w->node[1].answer), ==,
                    N2_OK);
    g_assert_cmpint(n2_node_key_sign(&k, picture.who, picture.device), ==, N2_OK);
    g_assert_cmpint(
        n2_node_key_statement(bytes, sizeof bytes, &k, picture.who, &picture.device->key, &box),
        ==, N2_OK);
    n2_asm_bytes(values, box.bytes, box.len);
    w->tamper = NULL; /* the head is not there: NOTFOUND */
    return TRUE;
}

/* Somebody asks for the pages of @w's identity and is shown this. */
static void
assert_visit(site *s,
             const world *w,
             GBytes *const *statements,
             const n2_signing_key *device,
             n2_err want)
{
    char text[N2_ID_TEXT_BYTES];

    n2_id_format(text, N2_ID_IDENTITY, &w->id);
    picture.statements = statements;
    picture.device = device;
    picture.who = &w->id;
    s->w->tamper = show_picture;
    n2_notice done = two_nodes_do(
        s->w, 0, &(n2_request){.kind = N2_JOB_PATH_SET, .address = text, .value = "1/4"});
    g_assert_cmpint(done.err, ==, N2_OK);
    n2_notice_clear(&done);
    done = two_nodes_do(s->w, 0, &(n2_request){.kind = N2_JOB_LIST, .address = text});
    g_assert_cmpstr(n2_err_name(done.err), ==, n2_err_name(want));
    n2_notice_clear(&done);
    /* the connection is given up, so that the next visit asks anew */
    two_nodes_restart(s->w, 0, disk_mem_copy(s->w->node[0].store.disk));
    two_nodes_meet(s->w);
}

#define SHOW(...) ((GBytes *const[]){w.birth, __VA_ARGS__, NULL})

static void
test_states(void)
{
    site s;
    world w;

    site_init(&s, 71);
    world_init(&w, 2);
    two_nodes_meet(s.w);
    const n2_signing_key *d = w.device;
    g_autoptr(GBytes) one = add_by(&w.born, &d[0], "one", BY(&w.control[0], &d[0]));
    g_autoptr(GBytes) two = add_by(&w.born, &d[1], "two", BY(&w.control[0], &d[1]));
    g_autoptr(GBytes) gone = remove_by(&w.born, &d[0].key, 2, BY(&w.control[0]));
    g_autoptr(GBytes) next =
        control_by(&w.born, now, BY(&w.control[0]), BY(&d[1]), BY(&w.control[0]));
    g_autoptr(GBytes) fork =
        control_by(&w.born, now, BY(&w.thief), BY(&d[2]), BY(&w.control[1]));
    g_autoptr(GBytes) end = end_by(&w, NULL, now, NULL, 0, BY(&w.sheet_25519, &w.sheet_448));

    assert_visit(&s, &w, SHOW(one), &d[0], N2_ERR_NOTFOUND); /* proven, and has no pages */
    assert_visit(&s, &w, SHOW(one, two, gone), &d[1], N2_ERR_NOTFOUND);
    assert_visit(&s, &w, SHOW(one, next), &d[1], N2_ERR_NOTFOUND); /* what fell is no lie */
    assert_visit(&s, &w, SHOW(one, fork), &d[2], N2_ERR_FROZEN);
    assert_visit(&s, &w, SHOW(one, next), &d[1], N2_ERR_FROZEN); /* what was seen was seen */
    assert_visit(&s, &w, SHOW(end), &d[1], N2_ERR_ENDED);
    assert_visit(&s, &w, SHOW(one, two, next), &d[1], N2_ERR_ENDED);
    world_clear(&w);
    site_clear(&s);
}

/* A thief shows the picture of before his device was removed, to who has seen that. */
static void
test_old_picture(void)
{
    site s;
    world w;

    site_init(&s, 72);
    world_init(&w, 1);
    two_nodes_meet(s.w);
    const n2_signing_key *d = w.device;
    g_autoptr(GBytes) one = add_by(&w.born, &d[0], "one", BY(&w.control[0], &d[0]));
    g_autoptr(GBytes) two = add_by(&w.born, &d[1], "two", BY(&w.control[0], &d[1]));
    g_autoptr(GBytes) gone = remove_by(&w.born, &d[0].key, 2, BY(&w.control[0]));

    assert_visit(&s, &w, SHOW(one, two), &d[0], N2_ERR_NOTFOUND);
    assert_visit(&s, &w, SHOW(one, two, gone), &d[1], N2_ERR_NOTFOUND);
    assert_visit(&s, &w, SHOW(one, two), &d[0], N2_ERR_FORGED);
    world_clear(&w);
    site_clear(&s);
}

/* One statement that is a lie, and it is all one. */
static void
test_lies(void)
{
    site s;
    world w;

    site_init(&s, 73);
    world_init(&w, 1);
    two_nodes_meet(s.w);
    const n2_signing_key *d = w.device;
    g_autoptr(GBytes) one = add_by(&w.born, &d[0], "one", BY(&w.control[0], &d[0]));
    g_autoptr(GBytes) lie = add_by(&w.born, &d[1], "two", BY(&d[0], &d[1]));

    assert_visit(&s, &w, SHOW(one, lie), &d[0], N2_ERR_FORGED);
    world_clear(&w);
    site_clear(&s);
}

/* ---- again and again ---- */

static struct {
    guint n_asked;
    gboolean lies;
} late;

/* Of all that is asked here, only an identity has several values. */
static gboolean
count_identities(two_nodes *w, const n2_call *call, n2_asm *values)
{
    (void)w;
    if (call->err || call->n_values < 2)
        return FALSE;
    late.n_asked++;
    for (guint i = 0; late.lies && i < 2; i++)
        n2_asm_bytes(values, "x", 1);
    return late.lies;
}

static n2_err
list_later(site *s, guint64 us)
{
    g_autofree char *address = two_nodes_address(s->w, 1, "");
    guint64 until_us = s->w->now_us + us;

    while (two_nodes_step(s->w, until_us))
        ;
    s->w->wall_us += (gint64)(until_us - s->w->now_us);
    s->w->now_us = until_us;
    n2_notice done =
        two_nodes_do(s->w, 0, &(n2_request){.kind = N2_JOB_LIST, .address = address});
    n2_err err = done.err;
    n2_notice_clear(&done);
    return err;
}

/* A key of it may be removed, or all of it ended, while its node key lives: who it is, is asked
 * again each hour, and believed no longer than that. */
static void
test_asked_again(void)
{
    site s;

    late.n_asked = 0;
    late.lies = FALSE;
    site_init(&s, 74);
    two_nodes_meet(s.w);
    g_assert_cmpint(list_later(&s, N2_SECOND_US), ==, N2_OK);
    s.w->tamper = count_identities;
    g_assert_cmpint(list_later(&s, 40 * N2_MINUTE_US), ==, N2_OK); /* another connection */
    g_assert_cmpuint(late.n_asked, ==, 0);
    g_assert_cmpint(list_later(&s, 40 * N2_MINUTE_US), ==, N2_OK);
    g_assert_cmpuint(late.n_asked, ==, 1);
    /* One connection, which is never unused for a minute. */
    guint n_conns = s.w->conns->len;
    for (guint i = 0; i < 2 * 60 * 60 / 40; i++)
        g_assert_cmpint(list_later(&s, 40 * N2_SECOND_US), ==, N2_OK);
    g_assert_cmpuint(late.n_asked, >=, 2);
    g_assert_cmpuint(late.n_asked, <=, 3);
    g_assert_cmpuint(s.w->conns->len, ==, n_conns);
    /* What it says then counts. */
    late.lies = TRUE;
    n2_err err = N2_OK;
    for (guint i = 0; i < 60 * 60 / 40 + 1 && !err; i++)
        err = list_later(&s, 40 * N2_SECOND_US);
    g_assert_cmpint(err, ==, N2_ERR_FORGED);
    site_clear(&s);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/share/fetch/identity/states", test_states);
    g_test_add_func("/share/fetch/identity/attack-35-old-picture", test_old_picture);
    g_test_add_func("/share/fetch/identity/lies", test_lies);
    g_test_add_func("/share/fetch/identity/attack-35-heard-late", test_asked_again);
    return g_test_run();
}
