/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * people-world.h - a node, another one with two identities, and what is said of them; for
 *                  test-control-people.c and test-control-people-ends.c.
 */
#pragma once

#include <string.h>

#define IDENTITY_NOW_S 1760000000 /* as two-nodes.c has it */
#include "identity-world.h"
#include "name/vouch.h"
#include "site.h"
#include "store/people.h"

#define PAGE "# Other\n"

typedef struct {
    site s;
    two_nodes *w;
    char one[N2_ID_TEXT_BYTES];   /* node 1's identity, with the site */
    char other[N2_ID_TEXT_BYTES]; /* another one that node 1 serves, with PAGE */
} people;

static inline void
publish_as(two_nodes *w, const char *who)
{
    g_autoptr(GByteArray) archive = g_byte_array_new();
    n2_control *c = w->node[1].control;

    archive_add(archive, 2, "index.md", (const guint8 *)PAGE, sizeof PAGE - 1);
    archive_add(archive, 3, NULL, NULL, 0);
    n2_job job = two_nodes_start(w, 1, &(n2_request){.kind = N2_JOB_PUBLISH, .address = who});
    assert_ok(n2_control_feed(c, job, archive->data, archive->len, w->now_us, w->wall_us));
    n2_control_feed_end(c, job, w->now_us, w->wall_us);
    n2_notice done = two_nodes_finish(w, 1, job, NULL, NULL);
    assert_ok(done.err);
    n2_notice_clear(&done);
}

static inline void
set_up(people *p, gconstpointer data)
{
    (void)data;
    site_init(&p->s, 41);
    p->w = p->s.w;
    n2_id_format(p->one, N2_ID_IDENTITY, &p->w->node[1].id);
    n2_notice done =
        two_nodes_do(p->w, 1, &(n2_request){.kind = N2_JOB_ID_NEW, .name = "other"});
    assert_ok(done.err);
    g_strlcpy(p->other, n2_table_get(done.table, 0, "address")->text, sizeof p->other);
    n2_notice_clear(&done);
    publish_as(p->w, p->other);
    two_nodes_meet(p->w);
    two_nodes_assert_done(p->w, N2_JOB_PATH_SET, p->other, NULL, "1/4", N2_OK);
}

static inline void
tear_down(people *p, gconstpointer data)
{
    (void)data;
    site_clear(&p->s);
}

/* ---- asking ---- */

/* "ask: ask:changed go:petname" of an answer's row, but for whether its keys are confirmed:
 * that is said by the clock. */
static inline char *
words_of(const n2_table *t)
{
    static const char *const verdicts[] = {"go", "note", "ask", "stop", NULL};
    g_autoptr(GString) text = g_string_new(NULL);
    const n2_cell *reasons = n2_table_get(t, 0, "reasons");
    int most = 0;

    for (size_t i = 0; i < reasons->table->n_rows; i++) {
        const char *verdict = n2_table_get(reasons->table, i, "verdict")->text;
        const char *code = n2_table_get(reasons->table, i, "code")->text;
        int v = 0;

        while (strcmp(verdicts[v], verdict) != 0)
            g_assert_nonnull(verdicts[++v]);
        if (!i) /* the heaviest stands first, and is what it comes to */
            g_assert_cmpstr(n2_table_get(t, 0, "verdict")->text, ==, verdict);
        if (g_str_equal(code, "unconfirmed"))
            continue;
        most = MAX(most, v);
        g_string_append_printf(text, " %s:%s", verdict, code);
    }
    return g_strconcat(verdicts[most], ":", text->str, NULL);
}

static inline const char *
cell_of(const n2_table *t, const char *code, const char *cell)
{
    const n2_cell *reasons = n2_table_get(t, 0, "reasons");

    for (size_t i = 0; i < reasons->table->n_rows; i++)
        if (!strcmp(n2_table_get(reasons->table, i, "code")->text, code))
            return n2_table_get(reasons->table, i, cell)
                       ? n2_table_get(reasons->table, i, cell)->text
                       : NULL;
    return NULL;
}

/* The next thing is not of this moment. */
static inline void
pass(people *p, guint64 us)
{
    guint64 until_us = p->w->now_us + us;

    while (two_nodes_step(p->w, until_us))
        ;
    p->w->wall_us += (gint64)(until_us - p->w->now_us);
    p->w->now_us = until_us;
    n2_control_expire(p->w->node[0].control, p->w->now_us, p->w->wall_us);
    n2_control_expire(p->w->node[1].control, p->w->now_us, p->w->wall_us);
    two_nodes_drain(p->w);
}

/* Opens it; what INFO says.  Time passes behind it. */
static inline n2_table *
visit(people *p, const char *address)
{
    n2_notice info;
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    n2_job job =
        two_nodes_start(p->w, 0, &(n2_request){.kind = N2_JOB_OPEN, .address = address});
    n2_notice done = two_nodes_finish(p->w, 0, job, bytes, &info);

    assert_ok(done.err);
    g_assert_nonnull(info.table);
    n2_table *t = info.table;
    info.table = NULL;
    n2_notice_clear(&info);
    n2_notice_clear(&done);
    pass(p, N2_MINUTE_US);
    return t;
}

static inline void
assert_visit(people *p, const char *address, const char *want)
{
    n2_table *t = visit(p, address);
    g_autofree char *words = words_of(t);

    g_assert_cmpstr(words, ==, want);
    n2_table_free(t);
}

static inline n2_notice
ask(people *p, const char *address, const char *purpose)
{
    return two_nodes_do(
        p->w, 0,
        &(n2_request){.kind = N2_JOB_PEOPLE_TRUST, .address = address, .type = purpose});
}

static inline void
assert_trust(people *p, const char *address, const char *purpose, const char *want)
{
    n2_notice done = ask(p, address, purpose);

    assert_ok(done.err);
    g_autofree char *words = words_of(done.table);
    g_assert_cmpstr(words, ==, want);
    n2_notice_clear(&done);
}

static inline n2_notice
set(people *p, const char *who, const char *name, unsigned flags, gint64 met_us)
{
    return two_nodes_do(p->w, 0,
                        &(n2_request){.kind = N2_JOB_PEOPLE_SET,
                                      .address = who,
                                      .name = name,
                                      .flags = flags,
                                      .number = met_us});
}

static inline void
assert_set(people *p, const char *who, const char *name, unsigned flags, n2_err want)
{
    n2_notice done = set(p, who, name, flags, 0);

    g_assert_cmpstr(n2_err_name(done.err), ==, n2_err_name(want));
    if (want) {
        g_assert_cmpuint(strlen(done.why), >, 0);
        g_assert_cmpuint(strlen(done.next), >, 0);
    }
    n2_notice_clear(&done);
}

enum {
    MET = N2_PEOPLE_MET | N2_PEOPLE_SAID * N2_PEOPLE_MET,
    NOT_MET = N2_PEOPLE_SAID * N2_PEOPLE_MET,
    INTRODUCES = N2_PEOPLE_INTRODUCES | N2_PEOPLE_SAID * N2_PEOPLE_INTRODUCES
};

#define ADD(path, function)                                                                    \
    g_test_add("/node/control/people/" path, people, NULL, set_up, function, tear_down)
