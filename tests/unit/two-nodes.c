/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * two-nodes.c - two control planes back to back: their world, its clock, and jobs on them.
 */
#include "two-nodes.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "two-nodes-plane.h"

static gint64
wall(const two_nodes *w, int i)
{
    return w->wall_us + w->node[i].wall_skew_us;
}

void
two_nodes_keys(two_nodes *w,
               int i,
               const n2_keys_request *q,
               const n2_keys_secret *in,
               n2_keys_answer *a,
               guint8 *room)
{
    g_autofree n2_keys_secret *out = g_new0(n2_keys_secret, 1);
    guint8 request[N2_KEYRING_MESSAGE_BYTES_MAX];
    gsize len;

    assert_ok(n2_keys_request_write(q, request, sizeof request, &len));
    assert_ok(n2_keyring_ask(w->node[i].ring, request, len, in, out, wall(w, i), room,
                             N2_KEYRING_MESSAGE_BYTES_MAX, &len));
    assert_ok(n2_keys_answer_read(a, room, len));
}

/* One order to the keys process, with what came by its pipe; FALSE: there is none. */
static gboolean
answer_keys(two_nodes *w, int i)
{
    g_autofree n2_keys_secret *secret = g_new0(n2_keys_secret, 1);
    test_node *n = &w->node[i];
    guint8 answer[N2_KEYRING_MESSAGE_BYTES_MAX];
    g_autofree n2_keys_answer *a = g_new0(n2_keys_answer, 1);
    n2_keys_request q;
    guint8 *request;
    gsize len, answer_len;
    int pipe;

    if (!n2_control_next_key_order(n->control, &request, &len, &pipe))
        return FALSE;
    if (pipe >= 0) {
        gssize got = read(pipe, secret->bytes, sizeof secret->bytes);
        secret->len = got > 0 ? (gsize)got : 0;
        close(pipe);
    }
    n2_err whole =
        pipe >= 0 ? n2_keys_secret_end(secret, (n2_keys_kind)request[N2_KEYS_HEAD_BYTES - 1])
                  : N2_OK;
    if (whole) {
        assert_ok(n2_keys_refuse(request, len, whole, answer, sizeof answer, &answer_len));
    } else if (w->keys && !n2_keys_request_read(&q, request, len) && w->keys(w, i, &q, a)) {
        a->id = q.id;
        a->kind = q.kind;
        assert_ok(n2_keys_answer_write(a, answer, sizeof answer, &answer_len));
    } else {
        assert_ok(n2_keyring_ask(n->ring, request, len, secret, NULL, wall(w, i), answer,
                                 sizeof answer, &answer_len));
    }
    free(request);
    n2_control_key_answer(n->control, answer, answer_len, w->now_us, wall(w, i));
    return TRUE;
}

/* The person, or that there is nobody. */
static void
answer_ask(two_nodes *w, int i, const n2_notice *notice)
{
    n2_request refuse = {
        .kind = N2_JOB_ASK_REFUSE, .number = notice->ask, .flags = N2_REQUEST_NOBODY};
    n2_request choose = {.kind = N2_JOB_ASK_CHOOSE, .number = notice->ask};

    w->asks++;
    (void)two_nodes_start(w, i, w->choose && w->choose(w, notice, &choose) ? &choose : &refuse);
}

void
two_nodes_drain(two_nodes *w)
{
    gboolean busy = TRUE;

    while (busy) {
        busy = FALSE;
        for (int i = 0; i < NODES; i++) {
            test_node *n = &w->node[i];
            n2_notice notice;
            n2_op op;

            if (!n->control)
                continue;
            while (!w->no_keys && answer_keys(w, i))
                busy = TRUE;
            while (n2_control_next_op(n->control, &op)) {
                two_nodes_order(w, i, &op);
                busy = TRUE;
            }
            while (n2_control_next_notice(n->control, &notice)) {
                if (notice.kind == N2_NOTICE_ASK && !strcmp(notice.text, "log-in")) {
                    answer_ask(w, i, &notice);
                    busy = TRUE;
                }
                g_ptr_array_add(n->notices, g_memdup2(&notice, sizeof notice));
            }
        }
    }
}

/* The helper of a node: what it was given it does one by one, in any order. */
static void
work_give(void *user, n2_work *work)
{
    test_node *n = user;

    g_assert_false(n2_work_is_done(work));
    g_ptr_array_add(n->works, work);
}

static void
work_do(test_node *n, guint which)
{
    n2_work_do(n->works->pdata[which], &n->store.crypto);
    g_ptr_array_remove_index(n->works, which);
    n->works_done++;
}

static void
work_wait(void *user)
{
    test_node *n = user;

    n->works_waited += n->works->len;
    n->has_worked |= n->works->len > 0;
    while (n->works->len)
        work_do(n, n->works->len - 1);
}

/* While other things happen, or not. */
static gboolean
work(two_nodes *w)
{
    for (int i = 0; i < NODES; i++) {
        test_node *n = &w->node[i];

        if (!n->has_worked && (!n->works->len || w->is_lazy ||
                               (w->items->len && !w->is_prompt && two_nodes_draw(w) % 4)))
            continue;
        if (!n->has_worked)
            work_do(n, (guint)(two_nodes_draw(w) % n->works->len));
        n->has_worked = FALSE;
        n2_control_worked(n->control, w->now_us, wall(w, i));
        return TRUE;
    }
    return FALSE;
}

void
two_nodes_work(two_nodes *w)
{
    work_do(&w->node[0], 0);
    n2_control_worked(w->node[0].control, w->now_us, wall(w, 0));
    two_nodes_drain(w);
}

gboolean
two_nodes_step(two_nodes *w, guint64 until_us)
{
    guint64 at = until_us;
    item *first = NULL;
    int who = -1;

    two_nodes_drain(w);
    if (work(w))
        return TRUE;
    for (guint i = 0; i < w->items->len; i++) {
        item *it = w->items->pdata[i];

        if (it->at_us < at || (first && it->at_us == at && it->number < first->number)) {
            at = it->at_us;
            first = it;
        }
    }
    for (int i = 0; i < NODES; i++) {
        guint64 deadline = n2_control_deadline(w->node[i].control);

        if (deadline < at) {
            at = deadline;
            who = i;
        }
    }
    if (at == until_us)
        return FALSE;
    at = MAX(at, w->now_us);
    w->wall_us += (gint64)(at - w->now_us);
    w->now_us = at;
    if (who >= 0) {
        n2_control_expire(w->node[who].control, w->now_us, wall(w, who));
    } else {
        guint index;

        g_ptr_array_find(w->items, first, &index);
        g_ptr_array_steal_index(w->items, index);
        two_nodes_arrive(w, first);
        two_nodes_free_item(first);
    }
    two_nodes_drain(w);
    return TRUE;
}

/* ---- jobs ---- */

n2_job
two_nodes_start(two_nodes *w, int i, const n2_request *request)
{
    n2_job job = 0;

    assert_ok(n2_control_start(w->node[i].control, request, w->now_us, wall(w, i), &job));
    g_assert_cmpuint(job, !=, 0);
    return job;
}

gboolean
two_nodes_notice(two_nodes *w, int i, n2_job job, n2_notice_kind kind, n2_notice *out)
{
    GPtrArray *all = w->node[i].notices;

    for (guint k = 0; k < all->len; k++) {
        n2_notice *n = all->pdata[k];

        if (n->kind != kind || (job && n->job != job))
            continue;
        *out = *n;
        *n = (n2_notice){0};
        g_ptr_array_remove_index(all, k);
        return TRUE;
    }
    return FALSE;
}

static void
read_all(two_nodes *w, int i, n2_job job, GByteArray *bytes)
{
    guint8 buf[50000];
    gsize len = 1;

    while (bytes && len &&
           !n2_control_read(w->node[i].control, job, buf, sizeof buf, &len, w->now_us))
        g_byte_array_append(bytes, buf, (guint)len);
}

n2_notice
two_nodes_finish(two_nodes *w, int i, n2_job job, GByteArray *bytes, n2_notice *info)
{
    guint64 limit_us = w->now_us + N2_HOUR_US;
    n2_notice done;

    if (info)
        *info = (n2_notice){0};
    for (;;) {
        two_nodes_drain(w);
        read_all(w, i, job, bytes);
        two_nodes_drain(w);
        if (info && !info->table)
            (void)two_nodes_notice(w, i, job, N2_NOTICE_INFO, info);
        if (two_nodes_notice(w, i, job, N2_NOTICE_DONE, &done))
            return done;
        if (!two_nodes_step(w, limit_us))
            g_error("job %u never ends", job);
    }
}

n2_notice
two_nodes_do(two_nodes *w, int i, const n2_request *request)
{
    return two_nodes_finish(w, i, two_nodes_start(w, i, request), NULL, NULL);
}

n2_notice
two_nodes_ask(
    two_nodes *w, n2_job_kind kind, const char *address, const char *name, const char *value)
{
    return two_nodes_do(
        w, 0, &(n2_request){.kind = kind, .address = address, .name = name, .value = value});
}

void
two_nodes_assert_done(two_nodes *w,
                      n2_job_kind kind,
                      const char *address,
                      const char *name,
                      const char *value,
                      n2_err want)
{
    n2_notice done = two_nodes_ask(w, kind, address, name, value);

    g_assert_cmpstr(n2_err_name(done.err), ==, n2_err_name(want));
    if (want) {
        g_assert_nonnull(done.what);
        g_assert_cmpuint(strlen(done.why), >, 0);
        g_assert_nonnull(done.next);
    }
    n2_notice_clear(&done);
}

/* ---- archives and pages ---- */

void
archive_add(GByteArray *archive, guint8 type, const char *path, const guint8 *bytes, gsize len)
{
    guint16 path_len = GUINT16_TO_BE((guint16)(path ? strlen(path) : 0));
    guint64 size = GUINT64_TO_BE(type == 2 ? len : 0);
    gint64 mtime = GINT64_TO_BE(G_GINT64_CONSTANT(1700000000000000));

    g_byte_array_append(archive, &type, 1);
    if (type == 3)
        return;
    g_byte_array_append(archive, (const guint8 *)&path_len, 2);
    g_byte_array_append(archive, (const guint8 *)path, (guint)strlen(path));
    g_byte_array_append(archive, (const guint8 *)&size, 8);
    g_byte_array_append(archive, (const guint8 *)&mtime, 8);
    if (type == 2 && len)
        g_byte_array_append(archive, bytes, (guint)len);
}

n2_notice
two_nodes_publish(two_nodes *w, int i, const GByteArray *archive, const char *name)
{
    n2_job job = two_nodes_start(w, i, &(n2_request){.kind = N2_JOB_PUBLISH, .name = name});

    for (gsize at = 0; at < archive->len;) {
        gsize piece = 1 + two_nodes_draw(w) % 70000;

        piece = MIN(piece, archive->len - at);

        if (n2_control_feed(w->node[i].control, job, archive->data + at, piece, w->now_us,
                            wall(w, i)))
            break;
        at += piece;
    }
    n2_control_feed_end(w->node[i].control, job, w->now_us, wall(w, i));
    return two_nodes_finish(w, i, job, NULL, NULL);
}

char *
two_nodes_address(two_nodes *w, int of, const char *path)
{
    char id[N2_ID_TEXT_BYTES];

    n2_id_format(id, N2_ID_IDENTITY, &w->node[of].id);
    return g_strdup_printf("net2o://%s/%s", id, path);
}

void
two_nodes_assert_page(
    two_nodes *w, int i, int of, const char *path, const guint8 *want, gsize len)
{
    g_autofree char *address = two_nodes_address(w, of, path);
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    n2_job job = two_nodes_start(w, i, &(n2_request){.kind = N2_JOB_OPEN, .address = address});
    n2_notice info;
    n2_notice done = two_nodes_finish(w, i, job, bytes, &info);

    assert_ok(done.err);
    g_assert_nonnull(info.table);
    g_assert_cmpuint(n2_table_get(info.table, 0, "size")->integer, ==, len);
    g_assert_cmpmem(bytes->data, bytes->len, want, len);
    n2_notice_clear(&done);
    n2_notice_clear(&info);
}

/* ---- the world ---- */

static void
free_notice(gpointer data)
{
    n2_notice_clear(data);
    g_free(data);
}

static void
start_control(two_nodes *w, int i)
{
    test_node *n = &w->node[i];

    assert_ok(n2_control_new(&n->control,
                             &(n2_control_config){.env = &n->store.env,
                                                  .store = n->store.store,
                                                  .crypto = &n->store.crypto,
                                                  .helper = &n->helper,
                                                  .switch_bits = 4,
                                                  .asks_to_meet = true,
                                                  .shows = i ? N2_SHOW_NOBODY : w->shows,
                                                  .session_hours = i ? 0 : w->session_hours,
                                                  .session_fixed = i ? 0 : w->session_fixed,
                                                  .takes_part = two_nodes_take_part,
                                                  .listeners = "test:0"},
                             w->now_us, w->wall_us));
}

static void
take_ready(two_nodes *w, int i)
{
    n2_notice ready;

    two_nodes_drain(w);
    g_assert_true(two_nodes_notice(w, i, 0, N2_NOTICE_READY, &ready));
    n2_notice_clear(&ready);
}

void
two_nodes_restart(two_nodes *w, int i, disk_mem *disk)
{
    test_node *n = &w->node[i];
    guint64 seed = n->store.seed;

    two_nodes_break(w);
    g_ptr_array_set_size(w->items, 0);
    n2_control_free(n->control);
    n->control = NULL;
    g_ptr_array_set_size(n->notices, 0);
    fixture_clear(&n->store);
    fixture_init_on(&n->store, disk, TRUE);
    n->store.seed = seed;
    start_control(w, i);
    take_ready(w, i);
}

static void
make_node(two_nodes *w, int i)
{
    test_node *n = &w->node[i];

    fixture_init(&n->store, FALSE);
    n->store.seed = two_nodes_draw(w);
    n->disk = disk_mem_new();
    n->notices = g_ptr_array_new_with_free_func(free_notice);
    n->grants = g_ptr_array_new_with_free_func(g_free);
    n->works = g_ptr_array_new();
    n->helper = (n2_helper){.user = n, .give = work_give, .wait = work_wait};
    assert_ok(n2_keyring_open(&n->ring, &n->disk->disk, &n->store.env, "", NULL));
    start_control(w, i);
}

gboolean two_nodes_take_part;

two_nodes *
two_nodes_new(guint64 seed)
{
    two_nodes *w = g_new0(two_nodes, 1);

    w->rng = seed;
    w->now_us = 1000;
    w->wall_us = G_GINT64_CONSTANT(1760000000000000);
    w->items = g_ptr_array_new_with_free_func(two_nodes_free_item);
    w->conns = g_array_new(FALSE, FALSE, sizeof(n2_conn));
    w->moves = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    w->ways = g_array_new(FALSE, FALSE, sizeof(n2_op));
    for (int i = 0; i < NODES; i++)
        make_node(w, i);
    two_nodes_drain(w);
    for (int i = 0; i < NODES; i++) {
        take_ready(w, i);
        g_assert_true(n2_control_identity(w->node[i].control, &w->node[i].id));
    }
    return w;
}

void
two_nodes_free(two_nodes *w)
{
    for (int i = 0; i < NODES; i++) {
        test_node *n = &w->node[i];

        n2_control_free(n->control);
        n2_keyring_free(n->ring);
        disk_mem_free(n->disk);
        g_ptr_array_unref(n->notices);
        g_ptr_array_unref(n->grants);
        g_ptr_array_unref(n->works);
        fixture_clear(&n->store);
    }
    g_ptr_array_unref(w->items);
    g_array_unref(w->conns);
    g_array_unref(w->moves);
    g_array_unref(w->ways);
    g_free(w);
}

void
two_nodes_meet(two_nodes *w)
{
    char id[N2_ID_TEXT_BYTES];

    n2_id_format(id, N2_ID_IDENTITY, &w->node[1].id);
    n2_notice done = two_nodes_do(w, 0,
                                  &(n2_request){.kind = N2_JOB_PEER_ADD,
                                                .address = id,
                                                .value = "udp:192.0.2.1:4711",
                                                .net = {.len = 4, .bytes = {192, 0, 2, 1}}});

    assert_ok(done.err);
    n2_notice_clear(&done);
    while (w->items->len && two_nodes_step(w, w->now_us + N2_MINUTE_US))
        ;
}
