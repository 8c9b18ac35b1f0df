/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * sim-limits-control.c - strangers fill what the control plane holds for them, while another
 *                        node reads from it as before.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "crypto/tree.h"
#include "met.h"
#include "two-nodes.h"

enum {
    FILE_BYTES = 6 * N2_GROUP_BYTES + 1000,
    SMALL = 300, /* contents */
    SMALL_BYTES = 100,
    STRANGERS = 400,
    FIRST_CONN = 1000000
};

/* The strangers; there is one world at a time. */
static struct {
    gboolean is_open[STRANGERS], is_told[STRANGERS];
    guint n_closed;
    guint next;
    n2_ref small[SMALL];
    guint64 number;
    GArray *ended; /* of n2_conn: CLOSED is to be said */
} them;

static void
tell(two_nodes *w, n2_event event)
{
    n2_control_input_event(w->node[1].control, &event, w->now_us, w->wall_us);
}

static void
stranger_cb(two_nodes *w, const n2_op *op)
{
    (void)w;
    if (op->kind != N2_OP_CLOSE)
        return;
    g_array_append_val(them.ended, op->conn);
}

/* Connections that were ended end. */
static void
settle(two_nodes *w)
{
    two_nodes_drain(w);
    while (them.ended->len) {
        n2_conn conn = g_array_index(them.ended, n2_conn, 0);

        g_array_remove_index(them.ended, 0);
        if (!them.is_open[conn - FIRST_CONN])
            continue;
        them.is_open[conn - FIRST_CONN] = FALSE;
        them.n_closed++;
        tell(w, (n2_event){.kind = N2_EVENT_CLOSED, .conn = conn, .err = N2_ERR_LIMIT});
        two_nodes_drain(w);
    }
}

static n2_conn
stranger(two_nodes *w, guint i)
{
    if (!them.is_open[i])
        tell(w,
             (n2_event){
                 .kind = N2_EVENT_CONNECTED, .conn = FIRST_CONN + i, .suite = 1, .unit = 2048});
    them.is_open[i] = TRUE;
    return FIRST_CONN + i;
}

/* (transfer full) of the bytes. */
static void
say(two_nodes *w, guint i, guint8 *bytes, gsize len)
{
    n2_conn conn = stranger(w, i);

    tell(w, (n2_event){.kind = N2_EVENT_COMMAND, .conn = conn, .bytes = bytes, .len = len});
    settle(w);
}

static void
say_block(two_nodes *w, guint i, n2_asm *a)
{
    guint8 *bytes;
    gsize len;

    assert_ok(n2_asm_finish(a, &bytes, &len));
    say(w, i, bytes, len);
}

/* ---- what they do ---- */

/* The beginning of a block that never ends. */
static void
unfinished_blocks(two_nodes *w)
{
    enum {
        PART = 64 * 1024
    };
    guint8 *bytes = calloc(1, PART);
    guint i = them.next++ % 120;

    if (!them.is_told[i] || !them.is_open[i]) {
        bytes[0] = 0xc0; /* 2^20 as varint */
        bytes[1] = 0x80;
        bytes[2] = 0x00;
        them.is_told[i] = TRUE;
    }
    say(w, i, bytes, PART);
}

static void
put_reference(n2_asm *a, const n2_ref *ref)
{
    guint8 bytes[41];
    guint64 size = GUINT64_TO_BE(ref->size);

    bytes[0] = ref->id.method;
    memcpy(bytes + 1, ref->id.hash, 32);
    memcpy(bytes + 33, &size, 8);
    n2_asm_bytes(a, bytes, sizeof bytes);
    n2_asm_word(a, N2_WORD_OBJECT);
}

static void
read_small(two_nodes *w, guint i, guint which)
{
    n2_asm a = n2_asm_init();

    n2_asm_u64(&a, them.number++);
    n2_asm_word(&a, N2_WORD_TAG);
    put_reference(&a, &them.small[which]);
    n2_asm_u64(&a, 0);
    n2_asm_u64(&a, SMALL_BYTES);
    n2_asm_u64(&a, (G_GUINT64_CONSTANT(1) << 59) + them.number);
    n2_asm_word(&a, N2_WORD_READ);
    say_block(w, i, &a);
}

/* Reads and reads, and takes nothing. */
static void
reads(two_nodes *w)
{
    read_small(w, 0, them.next++ % 4);
}

static void
reads_of_all(two_nodes *w)
{
    guint which = them.next++ % SMALL;

    read_small(w, which / 30, which);
}

/* attack 28 */
static void
expensive_blocks(two_nodes *w)
{
    static const guint8 text[40000];
    n2_asm a = n2_asm_init();

    n2_asm_bytes(&a, text, sizeof text);
    for (guint i = 0; i < 14; i++) {
        n2_asm_word(&a, N2_WORD_DUP);
        n2_asm_bytes(&a, text, 20000);
        n2_asm_word(&a, N2_WORD_CONCAT);
        n2_asm_word(&a, N2_WORD_DROP);
    }
    say_block(w, them.next++ % 3, &a);
}

static void
faulty_blocks(two_nodes *w)
{
    guint8 *bytes = malloc(2);

    bytes[0] = 1;
    bytes[1] = 0x3e; /* no command */
    say(w, them.next++ % 3, bytes, 2);
}

static void
hellos(two_nodes *w)
{
    for (guint i = 0; i < 40; i++) {
        n2_event event = {.kind = N2_EVENT_NEED_ES, .tag = ++them.number, .suite = 1};

        w->no_keys = TRUE;
        tell(w, event);
    }
    two_nodes_drain(w);
}

static n2_event
link_event(n2_event_kind kind, guint64 number)
{
    return (n2_event){.kind = kind,
                      .link_id = 77000 + number,
                      .port = (guint16)(2 + number),
                      .net = {.len = 6, .bytes = {1, 2, 3, 4, 5, 6}}};
}

static void
links(two_nodes *w)
{
    for (guint i = 0; i < 20; i++)
        tell(w, link_event(N2_EVENT_LINK_UP, them.number++));
    two_nodes_drain(w);
}

static void
links_up_and_down(two_nodes *w)
{
    for (guint i = 0; i < 100; i++) {
        tell(w, link_event(N2_EVENT_LINK_UP, them.number));
        tell(w, link_event(N2_EVENT_LINK_DOWN, them.number++));
    }
    two_nodes_drain(w);
}

/* ---- rows ---- */

typedef struct {
    const char *limit;
    void (*step)(two_nodes *w);
    guint warm; /* steps until it is full */
    gboolean fills;
    gboolean closes; /* those who take too much lose their connections */
    double factor;
} row;

static const row rows[] = {
    {"talk_bytes", unfinished_blocks, 2400, FALSE, TRUE, 1.2},
    {"serve_sends", reads, 100, TRUE, FALSE, 1.2},
    {"serve_objects", reads_of_all, 600, FALSE, TRUE, 3},
    {"vm_cost_per_s", expensive_blocks, 100, FALSE, FALSE, 1.2},
    {"vm_refused", faulty_blocks, 100, TRUE, TRUE, 1.2},
    {"key_requests", hellos, 60, TRUE, FALSE, 1.2},
    {"peers_others", links, 60, TRUE, FALSE, 1.2},
    {"link_kept", links_up_and_down, 60, TRUE, FALSE, 1.2},
};

static void
publish(two_nodes *w, const guint8 *file)
{
    g_autoptr(GByteArray) archive = g_byte_array_new();

    for (guint i = 0; i < SMALL; i++) {
        g_autofree char *name = g_strdup_printf("s/%03u", i);
        guint8 bytes[SMALL_BYTES] = {(guint8)i, (guint8)(i >> 8)};

        archive_add(archive, 2, name, bytes, sizeof bytes);
        n2_tree_root_of(&w->node[1].store.crypto, N2_METHOD_SHA256, bytes, sizeof bytes,
                        them.small[i].id.hash);
        them.small[i].id.method = N2_METHOD_SHA256;
        them.small[i].size = SMALL_BYTES;
    }
    archive_add(archive, 2, "z1", file, FILE_BYTES);
    archive_add(archive, 2, "z2", file + 1, FILE_BYTES - 1);
    archive_add(archive, 2, "z3", file + 2, FILE_BYTES - 2);
    archive_add(archive, 3, NULL, NULL, 0);
    n2_notice done = two_nodes_publish(w, 1, archive, NULL);

    assert_ok(done.err);
    n2_notice_clear(&done);
}

/* Microseconds that node 0 takes for a file, a step of the attack before each thing that
 * happens. */
static guint64
transfer(two_nodes *w, const row *r, const char *path, const guint8 *want, gsize len)
{
    g_autofree char *address = two_nodes_address(w, 1, path);
    guint64 began_us = w->now_us;
    n2_job job = two_nodes_start(w, 0, &(n2_request){.kind = N2_JOB_OPEN, .address = address});
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    guint8 buf[50000];
    n2_notice done;
    gsize got = 0;

    while (!two_nodes_notice(w, 0, job, N2_NOTICE_DONE, &done)) {
        if (r)
            r->step(w);
        if (!two_nodes_step(w, began_us + N2_MINUTE_US))
            g_error("%s: the transfer hangs", r ? r->limit : "undisturbed");
        while (!n2_control_read(w->node[0].control, job, buf, sizeof buf, &got, w->now_us) &&
               got)
            g_byte_array_append(bytes, buf, (guint)got);
    }
    assert_ok(done.err);
    g_assert_cmpmem(bytes->data, bytes->len, want, len);
    n2_notice_clear(&done);
    return w->now_us - began_us;
}

static n2_use
use_of(two_nodes *w, const char *name)
{
    n2_use use = {.name = name, .at = N2_USE_NONE};
    n2_notice done = two_nodes_do(w, 1, &(n2_request){.kind = N2_JOB_STATUS});
    const n2_table *limits = n2_table_get(done.table, 0, "limits")->table;
    gboolean is_there = FALSE;

    for (size_t i = 0; i < limits->n_rows; i++) {
        const n2_cell *at = n2_table_get(limits, i, "at");

        if (strcmp(n2_table_get(limits, i, "name")->text, name))
            continue;
        is_there = TRUE;
        if (at)
            use.at = (guint64)at->integer;
        use.max = (guint64)n2_table_get(limits, i, "max")->integer;
        use.refused = (guint64)n2_table_get(limits, i, "refused")->integer;
    }
    g_assert_true(is_there);
    n2_notice_clear(&done);
    return use;
}

static void
test_row(gconstpointer data)
{
    const row *r = data;
    two_nodes *w = two_nodes_new(5);
    guint8 *file = fixture_bytes(9, FILE_BYTES);
    guint64 most = 0;

    memset(&them, 0, sizeof them);
    them.ended = g_array_new(FALSE, FALSE, sizeof(n2_conn));
    publish(w, file);
    two_nodes_meet(w);
    (void)transfer(w, NULL, "z1", file, FILE_BYTES); /* makes the connection */
    guint64 calm_us = transfer(w, NULL, "z3", file + 2, FILE_BYTES - 2);
    w->stranger = stranger_cb;
    for (guint i = 0; i < r->warm; i++) {
        r->step(w);
        if (i % 50 == 0 && use_of(w, r->limit).at != N2_USE_NONE)
            most = MAX(most, use_of(w, r->limit).at);
    }
    size_t before = met_allocated();
    guint64 us = transfer(w, r, "z2", file + 1, FILE_BYTES - 1);
    g_test_message("%.0f ms instead of %.0f ms, %u strangers sent away", (double)us / 1000,
                   (double)calm_us / 1000, them.n_closed);
    n2_use use = use_of(w, r->limit);
    met_assert(&use, r->fills, most);
    g_assert_cmpfloat((double)us, <, (double)calm_us * r->factor + 10000);
    /* The file itself is in node 0's store and in the test now. */
    g_assert_cmpuint(met_allocated(), <, before + 4 * FILE_BYTES);
    g_assert_true((them.n_closed > 0) == r->closes);
    two_nodes_free(w);
    g_array_unref(them.ended);
    g_free(file);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *path = g_strconcat("/sim/limits/", rows[i].limit, NULL);
        g_test_add_data_func(path, &rows[i], test_row);
    }
    return g_test_run();
}
