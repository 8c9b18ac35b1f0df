/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * two-nodes-plane.c - the data plane that plays between two control planes.
 */
#include "two-nodes-plane.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/varint.h"
#include "vm/stream.h"
#include "vm/verify.h"

guint64
two_nodes_draw(two_nodes *w)
{
    guint64 z = (w->rng += 0x9e3779b97f4a7c15u);

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

void
two_nodes_free_item(gpointer data)
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

/* ---- a holder that knows less ---- */

static gboolean
has_word(const guint8 *bytes, gsize len, n2_opcode word)
{
    n2_reader r = n2_reader_init(bytes, len);

    (void)n2_read_varint(&r); /* of the block */
    while (!r.err && n2_reader_left(&r))
        if (n2_command_read(&r).word->opcode == word)
            return TRUE;
    return FALSE;
}

static void
refuse_block(two_nodes *w, n2_conn conn)
{
    n2_op op = {.kind = N2_OP_COMMAND, .conn = conn};
    n2_asm a = n2_asm_init();

    n2_asm_s64(&a, N2_ERR_UNSUPPORTED);
    n2_asm_u64(&a, 0);
    n2_asm_word(&a, N2_WORD_DELIVER);
    assert_ok(n2_asm_finish(&a, &op.bytes, &op.len));
    two_nodes_order(w, 1, &op);
}

/* ---- orders ---- */

static void
command(two_nodes *w, int from, n2_op *op)
{
    gsize len = op->len;
    guint8 *bytes = op->bytes;

    gboolean is_way = has_word(bytes, len, N2_WORD_FOLLOW);

    w->node[from].follows += is_way;
    if (w->is_old && !from && (is_way || has_word(bytes, len, N2_WORD_WALK))) {
        free(bytes);
        refuse_block(w, op->conn);
        return;
    }
    if (w->tamper && from == 1)
        tamper_stream(w, &bytes, &len);
    /* The stream comes in units of 32 bytes, padded with zeros, and in pieces. */
    gsize padded = (len + 31) / 32 * 32;

    for (gsize at = 0; at < padded;) {
        gsize piece = 32 * (1 + two_nodes_draw(w) % 8);

        piece = MIN(piece, padded - at);
        guint8 *copy = calloc(1, piece);

        if (at < len)
            memcpy(copy, bytes + at, MIN(piece, len - at));
        later(w, !from, LATENCY_US + (from == 1 ? w->late_us : 0), FALSE,
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
        copy[two_nodes_draw(w) % op->size] ^= 1;
    later(w, !from, LATENCY_US + two_nodes_draw(w) % LATENCY_US, TRUE,
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

/* Again, with less in it: no more than that is awaited. */
static void
grant_memory(test_node *n, const n2_op *op)
{
    n2_op *g = find_grant(n, op->conn, op->address);

    g_assert_true(!g || (g->memory == op->memory && op->size <= g->size));
    if (g)
        g->size = op->size;
    else
        g_ptr_array_add(n->grants, g_memdup2(op, sizeof *op));
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

void
two_nodes_write(two_nodes *w, const guint8 *bytes, gsize len)
{
    const GPtrArray *grants = w->node[0].grants;
    const n2_op *g = grants->pdata[grants->len - 1];
    guint8 *copy = malloc(len);

    memcpy(copy, bytes, len);
    later(w, 0, LATENCY_US, TRUE,
          (n2_event){.kind = N2_EVENT_WRITTEN,
                     .conn = g->conn,
                     .address = g->address,
                     .bytes = copy,
                     .len = len});
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
                     .unit = 2048,
                     .tag = op->tag,
                     .conn = conn,
                     .initiator = TRUE,
                     .suite = op->suite,
                     .rtt_us = 2 * LATENCY_US});
    later(
        w, !from, LATENCY_US, FALSE,
        (n2_event){.kind = N2_EVENT_CONNECTED, .conn = conn, .suite = op->suite, .unit = 2048});
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

void
two_nodes_order(two_nodes *w, int from, n2_op *op)
{
    test_node *n = &w->node[from];
    gboolean concerns_conn = op->kind >= N2_OP_COMMAND;

    if (op->kind == N2_OP_RESERVE || op->kind == N2_OP_RELEASE ||
        (op->kind >= N2_OP_CAST_JOIN && op->kind <= N2_OP_CHANNEL_RULES)) {
        free(op->bytes);
        op->bytes = NULL;
        if (!from)
            g_array_append_val(w->ways, *op);
        return;
    }
    if (concerns_conn && !is_open(w, op->conn)) {
        if (w->stranger && from == 1)
            w->stranger(w, op);
        free(op->bytes);
        return;
    }
    if (!from &&
        (op->kind == N2_OP_LINK_MEET || op->kind == N2_OP_LINK_CLOSE || op->kind == N2_OP_MOVE))
        g_array_append_val(w->ways, *op);
    switch (op->kind) {
    case N2_OP_LINK_OPEN:
        open_link(w, from, op);
        break;
    case N2_OP_LINK_CLOSE:
    case N2_OP_LINK_KNOWN:
    case N2_OP_LINK_MTU:
    case N2_OP_LINK_RATE:
    case N2_OP_LINK_USERS:
    case N2_OP_LINK_PLAN:
    case N2_OP_LABEL:
    case N2_OP_LABEL_LOOK:
    case N2_OP_FILTER:
    case N2_OP_FILTER_LOOK:
    case N2_OP_SWITCH_LOOK:
    case N2_OP_CAST_JOIN:
    case N2_OP_CAST_LEAVE:
    case N2_OP_CAST_OPEN:
    case N2_OP_CAST_CLOSE:
    case N2_OP_CAST_SEND:
    case N2_OP_CHANNEL_RULES:
    case N2_OP_RESERVE:
    case N2_OP_RELEASE:
    case N2_OP_RESERVE_ROLE:
    case N2_OP_LINK_LOOK:
    case N2_OP_LINK_MEET:
    case N2_OP_PLAIN_GRANT:
    case N2_OP_PLAIN_REVOKE:
    case N2_OP_PLAIN_SEND:
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
        grant_memory(n, op);
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
    case N2_OP_MOVE: /* there is but one way here */
        g_array_append_val(w->moves, op->path);
        break;
    case N2_OP_PROBE:
    case N2_OP_RATE:
        break;
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
    if (len && w->half_send)
        return FALSE;
    g_ptr_array_remove(w->node[it->to].grants, g); /* it has ended */
    return TRUE;
}

void
two_nodes_arrive(two_nodes *w, item *it)
{
    test_node *n = &w->node[it->to];

    w->events++;
    if (w->is_silent && it->to == 0 &&
        (it->event.kind == N2_EVENT_COMMAND || it->event.kind == N2_EVENT_WRITTEN))
        return;
    if (it->is_send) {
        n2_conn conn = it->event.conn;
        guint64 tag = it->event.tag;

        if (two_nodes_draw(w) % 1000 < w->lose_in_1000) {
            end_conn(w, conn, N2_ERR_CLOSED);
            return;
        }
        later(w, !it->to, LATENCY_US, FALSE,
              (n2_event){.kind = N2_EVENT_SENT, .conn = conn, .tag = tag});
        it->event.tag = 0;
        if (!written(w, it))
            return;
    }
    n2_control_input_event(n->control, &it->event, w->now_us, w->wall_us + n->wall_skew_us);
}

void
two_nodes_break(two_nodes *w)
{
    while (w->conns->len)
        end_conn(w, g_array_index(w->conns, n2_conn, 0), N2_ERR_TIMEOUT);
}
