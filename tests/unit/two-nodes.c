/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * two-nodes.c - two control planes back to back, and the plane that plays between them.
 */
#include "two-nodes.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "vm/stream.h"

/* Something on its way to a node. */
typedef struct {
    guint64 at_us;
    guint64 number; /* what was sent first comes first */
    int to;
    n2_event event;
    gboolean is_send; /* a SEND of the other node: event.address, bytes; tag of its SENT */
} item;

static guint64
draw(two_nodes *w)
{
    guint64 z = (w->rng += 0x9e3779b97f4a7c15u);

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static void
free_item(gpointer data)
{
    item *it = data;

    free(it->event.bytes);
    g_free(it);
}

static void
later(two_nodes *w, int to, guint64 delay_us, gboolean is_send, n2_event event)
{
    item *it = g_new0(item, 1);

    *it = (item){.at_us = w->now_us + delay_us,
                 .number = w->n_items++,
                 .to = to,
                 .event = event,
                 .is_send = is_send};
    g_ptr_array_add(w->items, it);
}

static gboolean
is_open(const two_nodes *w, n2_conn conn)
{
    for (guint i = 0; i < w->conns->len; i++)
        if (g_array_index(w->conns, n2_conn, i) == conn)
            return TRUE;
    return FALSE;
}

static void
forget_grants(test_node *n, n2_conn conn)
{
    for (guint i = n->grants->len; i-- > 0;)
        if (((n2_op *)n->grants->pdata[i])->conn == conn)
            g_ptr_array_remove_index(n->grants, i);
}

static void
end_conn(two_nodes *w, n2_conn conn, n2_err err)
{
    for (guint i = 0; i < w->conns->len; i++)
        if (g_array_index(w->conns, n2_conn, i) == conn)
            g_array_remove_index_fast(w->conns, i--);
    for (guint i = w->items->len; i-- > 0;)
        if (((item *)w->items->pdata[i])->event.conn == conn)
            g_ptr_array_remove_index(w->items, i);
    for (int i = 0; i < NODES; i++) {
        forget_grants(&w->node[i], conn);
        later(w, i, 0, FALSE, (n2_event){.kind = N2_EVENT_CLOSED, .conn = conn, .err = err});
    }
}

/* ---- what node 1 says, changed ---- */

static void
put_value(n2_asm *a, const n2_value *v)
{
    if (v->type == 'u')
        n2_asm_u64(a, v->u);
    else
        n2_asm_bytes(a, v->bytes, v->len);
}

static void
tamper_stream(two_nodes *w, guint8 **bytes, gsize *len)
{
    n2_block_stream stream;
    g_autoptr(GByteArray) out = g_byte_array_new();
    const guint8 *block;
    gsize block_len;
    n2_budget budget;
    n2_call call;
    n2_vm vm;

    n2_vm_init(&vm);
    n2_block_stream_init(&stream);
    assert_ok(n2_block_stream_input(&stream, *bytes, *len));
    while (!n2_block_stream_next(&stream, &block, &block_len) && block) {
        n2_budget_init(&budget, 0);
        assert_ok(n2_vm_load(&vm, block, block_len, ~0u, &budget));
        while (!n2_vm_step(&vm, &call) && call.opcode == N2_WORD_DELIVER) {
            n2_asm a = n2_asm_init();
            guint8 *made;
            gsize made_len;

            if (w->tamper && w->tamper(w, &call, &a))
                call.err = N2_OK;
            else
                for (gsize i = 0; i < call.n_values; i++)
                    put_value(&a, &call.values[i]);
            n2_asm_s64(&a, call.err);
            n2_asm_u64(&a, call.tag);
            n2_asm_word(&a, N2_WORD_DELIVER);
            assert_ok(n2_asm_finish(&a, &made, &made_len));
            g_byte_array_append(out, made, (guint)made_len);
            free(made);
        }
    }
    n2_block_stream_clear(&stream);
    n2_vm_clear(&vm);
    free(*bytes);
    *len = out->len;
    *bytes = malloc(out->len);
    memcpy(*bytes, out->data, out->len);
}

/* ---- orders ---- */

static void
command(two_nodes *w, int from, n2_op *op)
{
    gsize len = op->len;
    guint8 *bytes = op->bytes;

    if (w->tamper && from == 1)
        tamper_stream(w, &bytes, &len);
    /* The stream comes in units of 32 bytes, padded with zeros, and in pieces. */
    gsize padded = (len + 31) / 32 * 32;

    for (gsize at = 0; at < padded;) {
        gsize piece = 32 * (1 + draw(w) % 8);

        piece = MIN(piece, padded - at);
        guint8 *copy = calloc(1, piece);

        if (at < len)
            memcpy(copy, bytes + at, MIN(piece, len - at));
        later(w, !from, LATENCY_US, FALSE,
              (n2_event){
                  .kind = N2_EVENT_COMMAND, .conn = op->conn, .bytes = copy, .len = piece});
        at += piece;
    }
    free(bytes);
}

static void
send_memory(two_nodes *w, int from, const n2_op *op)
{
    guint8 *copy = malloc(op->size);

    w->node[from].reads++;
    memcpy(copy, op->memory, op->size);
    if (w->wrong_bytes && from == 1)
        copy[draw(w) % op->size] ^= 1;
    later(w, !from, LATENCY_US + draw(w) % LATENCY_US, TRUE,
          (n2_event){.kind = N2_EVENT_WRITTEN,
                     .conn = op->conn,
                     .tag = op->tag,
                     .address = op->address,
                     .bytes = copy,
                     .len = op->size});
}

static n2_op *
find_grant(test_node *n, n2_conn conn, guint64 address)
{
    for (guint i = 0; i < n->grants->len; i++) {
        n2_op *g = n->grants->pdata[i];

        if (g->conn == conn && g->address == address)
            return g;
    }
    return NULL;
}

static void
take_back(two_nodes *w, int from, const n2_op *op)
{
    n2_op *g = find_grant(&w->node[from], op->conn, op->address);

    if (g)
        g_ptr_array_remove(w->node[from].grants, g);
    later(w, from, 0, FALSE,
          (n2_event){.kind = N2_EVENT_REVOKED, .conn = op->conn, .address = op->address});
}

static void
connect_nodes(two_nodes *w, int from, const n2_op *op)
{
    const test_node *peer = &w->node[!from];
    guint8 record[N2_HASH_BYTES];
    gboolean fits;

    n2_sha256_of(peer->answer, sizeof peer->answer, record);
    fits = peer->has_key && op->key_id == peer->key_id &&
           !memcmp(op->key, peer->key, sizeof peer->key) &&
           !memcmp(op->record, record, sizeof record);
    if (w->is_relayed)
        fits = op->key[5] != peer->key[5];
    if (w->is_dead || !fits) {
        later(w, from, N2_HELLO_PATIENCE_US, FALSE,
              (n2_event){.kind = N2_EVENT_CLOSED, .tag = op->tag, .err = N2_ERR_TIMEOUT});
        return;
    }
    n2_conn conn = ++w->last_conn;

    g_array_append_val(w->conns, conn);
    later(w, from, 2 * LATENCY_US, FALSE,
          (n2_event){.kind = N2_EVENT_CONNECTED,
                     .tag = op->tag,
                     .conn = conn,
                     .initiator = TRUE,
                     .rtt_us = 2 * LATENCY_US});
    later(w, !from, LATENCY_US, FALSE, (n2_event){.kind = N2_EVENT_CONNECTED, .conn = conn});
}

static void
query(two_nodes *w, int from, const n2_op *op)
{
    const test_node *peer = &w->node[!from];
    gboolean answers = !w->is_dead && peer->has_key;
    n2_event event = {.kind = N2_EVENT_KEY_ANSWER, .tag = op->tag, .err = N2_ERR_TIMEOUT};

    w->node[from].queries++;
    if (answers) {
        event.err = N2_OK;
        event.key_id = peer->key_id;
        event.bytes = malloc(N2_ANSWER_BYTES);
        event.len = N2_ANSWER_BYTES;
        memcpy(event.bytes, peer->answer, N2_ANSWER_BYTES);
        if (w->is_relayed)
            event.bytes[10 + 5] ^= 1; /* in the key, behind type, suites, serial, expiry */
    }
    later(w, from, answers ? 2 * LATENCY_US : N2_HELLO_PATIENCE_US, FALSE, event);
}

static void
open_link(two_nodes *w, int from, const n2_op *op)
{
    for (int i = 0; i < NODES; i++)
        later(w, i, LATENCY_US, FALSE,
              (n2_event){.kind = N2_EVENT_LINK_UP,
                         .initiator = i == from,
                         .link_id = op->link_id,
                         .port = 1,
                         .remote_port = 1,
                         .width = 4,
                         .net = op->net,
                         .rtt_us = 2 * LATENCY_US});
}

/* Labels that are not zero, from the top, in steps of 4 bits: all switches here are that wide.
 */
static guint
hops_of(guint64 path)
{
    guint n = 0;

    while (path >> 6 << 6 && path >> 60) {
        path <<= 4;
        n++;
    }
    return n;
}

static void
echo(two_nodes *w, int from, const n2_op *op)
{
    gboolean answers = !w->dead_hop || hops_of(op->path) < w->dead_hop;

    later(w, from, answers ? LATENCY_US : N2_ECHO_PATIENCE_US, FALSE,
          (n2_event){.kind = N2_EVENT_ECHO,
                     .tag = op->tag,
                     .err = answers ? N2_OK : N2_ERR_TIMEOUT,
                     .width = 4,
                     .rtt_us = LATENCY_US});
}

static void
order(two_nodes *w, int from, n2_op *op)
{
    test_node *n = &w->node[from];
    gboolean concerns_conn = op->kind >= N2_OP_COMMAND;

    if (concerns_conn && !is_open(w, op->conn)) {
        free(op->bytes);
        return;
    }
    switch (op->kind) {
    case N2_OP_LINK_OPEN:
        open_link(w, from, op);
        break;
    case N2_OP_LINK_CLOSE:
    case N2_OP_LINK_KNOWN:
    case N2_OP_LINK_MTU:
    case N2_OP_ES:
        free(op->bytes);
        break;
    case N2_OP_KEY_RECORD:
        g_assert_cmpuint(op->len, ==, N2_ANSWER_BYTES);
        memcpy(n->answer, op->bytes, op->len);
        memcpy(n->key, op->key, sizeof n->key);
        n->key_id = op->key_id;
        n->has_key = TRUE;
        free(op->bytes);
        break;
    case N2_OP_KEY_QUERY:
        query(w, from, op);
        break;
    case N2_OP_CONNECT:
        connect_nodes(w, from, op);
        break;
    case N2_OP_ECHO:
        echo(w, from, op);
        break;
    case N2_OP_COMMAND:
        command(w, from, op);
        break;
    case N2_OP_GRANT:
        g_assert_cmpuint(op->size % op->unit, ==, 0);
        g_assert_null(find_grant(n, op->conn, op->address));
        g_ptr_array_add(n->grants, g_memdup2(op, sizeof *op));
        break;
    case N2_OP_REVOKE:
        take_back(w, from, op);
        break;
    case N2_OP_SEND:
        send_memory(w, from, op);
        break;
    case N2_OP_CLOSE:
        end_conn(w, op->conn, N2_ERR_CLOSED);
        break;
    }
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
            guint8 *request;
            gsize len;
            n2_op op;

            if (!n->control)
                continue;
            while (!w->no_keys && n2_control_next_key_request(n->control, &request, &len)) {
                guint8 answer[N2_KEYRING_MESSAGE_BYTES_MAX];
                gsize answer_len;

                assert_ok(n2_keyring_answer(n->ring, request, len, w->wall_us, answer,
                                            sizeof answer, &answer_len));
                free(request);
                n2_control_key_answer(n->control, answer, answer_len, w->now_us, w->wall_us);
                busy = TRUE;
            }
            while (n2_control_next_op(n->control, &op)) {
                order(w, i, &op);
                busy = TRUE;
            }
            while (n2_control_next_notice(n->control, &notice))
                g_ptr_array_add(n->notices, g_memdup2(&notice, sizeof notice));
        }
    }
}

/* ---- what arrives ---- */

/* TRUE: all of the region is written now. */
static gboolean
written(two_nodes *w, item *it)
{
    n2_op *g = find_grant(&w->node[it->to], it->event.conn, it->event.address);
    gsize len = w->half_send ? it->event.len / 2 : it->event.len;

    if (!g)
        return FALSE;
    g_assert_cmpuint(it->event.len, <=, g->size);
    memcpy(g->memory, it->event.bytes, len);
    it->event.size = g->size;
    free(it->event.bytes);
    it->event.bytes = NULL;
    it->event.len = 0;
    return len == 0 || !w->half_send;
}

static void
arrive(two_nodes *w, item *it)
{
    test_node *n = &w->node[it->to];

    w->events++;
    if (w->is_silent && it->to == 0 &&
        (it->event.kind == N2_EVENT_COMMAND || it->event.kind == N2_EVENT_WRITTEN))
        return;
    if (it->is_send) {
        n2_conn conn = it->event.conn;
        guint64 tag = it->event.tag;

        if (draw(w) % 1000 < w->lose_in_1000) {
            end_conn(w, conn, N2_ERR_CLOSED);
            return;
        }
        later(w, !it->to, LATENCY_US, FALSE,
              (n2_event){.kind = N2_EVENT_SENT, .conn = conn, .tag = tag});
        it->event.tag = 0;
        if (!written(w, it))
            return;
    }
    n2_control_input_event(n->control, &it->event, w->now_us, w->wall_us);
}

gboolean
two_nodes_step(two_nodes *w, guint64 until_us)
{
    guint64 at = until_us;
    item *first = NULL;
    int who = -1;

    two_nodes_drain(w);
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
        n2_control_expire(w->node[who].control, w->now_us, w->wall_us);
    } else {
        guint index;

        g_ptr_array_find(w->items, first, &index);
        g_ptr_array_steal_index(w->items, index);
        arrive(w, first);
        free_item(first);
    }
    two_nodes_drain(w);
    return TRUE;
}

void
two_nodes_break(two_nodes *w)
{
    while (w->conns->len)
        end_conn(w, g_array_index(w->conns, n2_conn, 0), N2_ERR_TIMEOUT);
}

/* ---- jobs ---- */

n2_job
two_nodes_start(two_nodes *w, int i, const n2_request *request)
{
    n2_job job = 0;

    assert_ok(n2_control_start(w->node[i].control, request, w->now_us, w->wall_us, &job));
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
        gsize piece = 1 + draw(w) % 70000;

        piece = MIN(piece, archive->len - at);

        if (n2_control_feed(w->node[i].control, job, archive->data + at, piece, w->now_us,
                            w->wall_us))
            break;
        at += piece;
    }
    n2_control_feed_end(w->node[i].control, job, w->now_us, w->wall_us);
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
make_node(two_nodes *w, int i)
{
    test_node *n = &w->node[i];

    fixture_init(&n->store, FALSE);
    n->store.seed = draw(w);
    n->disk = memory_disk_new();
    n->notices = g_ptr_array_new_with_free_func(free_notice);
    n->grants = g_ptr_array_new_with_free_func(g_free);
    assert_ok(n2_keyring_open(&n->ring, &n->disk->disk, &n->store.env, "", NULL));
    assert_ok(n2_control_new(&n->control,
                             &(n2_control_config){.env = &n->store.env,
                                                  .store = n->store.store,
                                                  .crypto = &n->store.crypto,
                                                  .switch_bits = 4,
                                                  .listeners = "test:0"},
                             w->now_us, w->wall_us));
}

two_nodes *
two_nodes_new(guint64 seed)
{
    two_nodes *w = g_new0(two_nodes, 1);

    w->rng = seed;
    w->now_us = 1000;
    w->wall_us = G_GINT64_CONSTANT(1760000000000000);
    w->items = g_ptr_array_new_with_free_func(free_item);
    w->conns = g_array_new(FALSE, FALSE, sizeof(n2_conn));
    for (int i = 0; i < NODES; i++)
        make_node(w, i);
    two_nodes_drain(w);
    for (int i = 0; i < NODES; i++) {
        n2_notice ready;

        g_assert_true(two_nodes_notice(w, i, 0, N2_NOTICE_READY, &ready));
        g_assert_true(n2_control_identity(w->node[i].control, &w->node[i].id));
        n2_notice_clear(&ready);
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
        memory_disk_free(n->disk);
        g_ptr_array_unref(n->notices);
        g_ptr_array_unref(n->grants);
        fixture_clear(&n->store);
    }
    g_ptr_array_unref(w->items);
    g_array_unref(w->conns);
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
    while (w->items->len)
        (void)two_nodes_step(w, w->now_us + N2_SECOND_US);
}
