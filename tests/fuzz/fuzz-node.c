/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-node.c - what a user asks of the control plane, and what another node says to it: any
 *               job with any words, while the other side answers with any values; then an
 *               honest page is opened.
 *
 * Records: what 1, then
 *     below 0xc0   a job of that kind: which texts it has 1 (bits: address, name, value, type;
 *                  bit 4: no content, 5: no index), each text length 1 and bytes.  In them
 *                  0x01 stands for the other node's address, 0x02 for this one's, 0x03 for a
 *                  content, 0x04 for the other's identity, each as text; 0x05 doubles what was
 *                  written before
 *     0xc0-0xdf    the answers of the other node from now on: n values 1, each type 1 and
 *                  value; with bit 4 they are as they should be again
 *     0xe0-0xef    publish: length 1, archive
 *     0xf0-0xf7    the other node is silent (odd) or not
 *     0xf8-0xfb    connections break
 *     0xfc-        somebody's message to `pair`: connection 1, length 2, message
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/reader.h"
#include "fuzz.h"
#include "node/control-statement.h"
#include "two-nodes.h"

enum {
    TURNS = 400, /* inputs with one pair of nodes */
    RECORDS_MAX = 6,
    LOOK_EVERY = 20,
    LIES_MAX = 256,
    DOUBLED_MAX = 2048 /* bytes of a text that is doubled */
};

typedef struct {
    two_nodes *w;
    char *other, *own, *content;
    char identity[N2_ID_TEXT_BYTES]; /* of the other */
} table;

/* What the other node answers instead; (static): tampers have no user pointer. */
static uint8_t lies[LIES_MAX];
static size_t n_lies;

static gboolean
tamper(two_nodes *w, const n2_call *call, n2_asm *values)
{
    n2_reader r = n2_reader_init(lies, n_lies);
    (void)w;
    (void)call;

    for (unsigned n = n2_read_u8(&r) % 5; n; n--) {
        uint8_t type = n2_read_u8(&r);

        if (type % 4 == 0) {
            n2_asm_u64(values, n2_read_u64(&r));
        } else if (type % 4 == 1) {
            n2_asm_s64(values, (int64_t)n2_read_u64(&r));
        } else {
            size_t len = n2_read_u8(&r), left = n2_reader_left(&r);

            len = len < left ? len : left;
            const uint8_t *bytes = n2_read_bytes(&r, len);

            n2_asm_bytes(values, bytes ? bytes : lies, bytes ? len : 0);
        }
    }
    return TRUE;
}

static char *
read_text(const table *t, n2_reader *r)
{
    size_t len = n2_read_u8(r), left = n2_reader_left(r);
    GString *text = g_string_new(NULL);

    len = len < left ? len : left;
    const uint8_t *bytes = n2_read_bytes(r, len);

    for (size_t i = 0; bytes && i < len; i++) {
        if (bytes[i] == 1)
            g_string_append(text, t->other);
        else if (bytes[i] == 2)
            g_string_append(text, t->own);
        else if (bytes[i] == 3)
            g_string_append(text, t->content);
        else if (bytes[i] == 4)
            g_string_append(text, t->identity);
        else if (bytes[i] == 5 && text->len <= DOUBLED_MAX)
            g_string_append_len(text, text->str, (gssize)text->len);
        else if (bytes[i])
            g_string_append_c(text, (char)bytes[i]);
    }
    return g_string_free(text, FALSE);
}

static void
check_table(const n2_table *t)
{
    for (size_t i = 0; t && i < t->n_rows; i++)
        for (size_t k = 0; k < t->rows[i].n_cells; k++) {
            const n2_cell *cell = &t->rows[i].cells[k];

            check(cell->name && *cell->name);
            if (cell->type == N2_VALUE_TEXT)
                check(cell->text != NULL);
            if (cell->type == N2_VALUE_TABLE)
                check_table(cell->table);
        }
}

static void
check_done(n2_notice *done)
{
    check(!done->err || (done->why && *done->why));
    check(done->gone_hop >= 0 && done->gone_hop <= 64);
    check_table(done->table);
    n2_notice_clear(done);
}

static void
do_job(table *t, uint8_t what, n2_reader *r)
{
    uint8_t has = n2_read_u8(r);
    g_autofree char *address = has & 1 ? read_text(t, r) : NULL;
    g_autofree char *name = has & 2 ? read_text(t, r) : NULL;
    g_autofree char *value = has & 4 ? read_text(t, r) : NULL;
    g_autofree char *type = has & 8 ? read_text(t, r) : NULL;
    n2_request request = {.kind = (n2_job_kind)(what % N2_JOB_KINDS),
                          .address = address,
                          .name = name,
                          .value = value,
                          .type = type,
                          .other = name,
                          .bytes = (const guint8 *)value,
                          .n_bytes = value ? strlen(value) : 0,
                          .flags = has,
                          .number = has,
                          .no_content = has & 16,
                          .no_index = has & 32};
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    n2_notice info, done;

    if (request.kind == N2_JOB_PUBLISH)
        return;
    if (request.kind == N2_JOB_SWITCH_LOOK || request.kind == N2_JOB_LABEL_SET ||
        request.kind == N2_JOB_LABEL_LIST || request.kind == N2_JOB_FILTER_SET ||
        request.kind == N2_JOB_FILTER_LIST)
        return; /* the plane that plays has no switch to be looked at */
    if (request.kind == N2_JOB_PEER_ADD) {
        if (!value)
            return; /* the host has made an address of it */
        request.net = (n2_net_addr){.len = 1, .bytes = {9}};
    }
    done = two_nodes_finish(t->w, 0, two_nodes_start(t->w, 0, &request), bytes, &info);
    check_table(info.table);
    n2_notice_clear(&info);
    check_done(&done);
}

static void
publish(table *t, n2_reader *r)
{
    size_t len = n2_read_u8(r), left = n2_reader_left(r);
    g_autoptr(GByteArray) archive = g_byte_array_new();

    len = len < left ? len : left;
    g_byte_array_append(archive, n2_read_bytes(r, len), (guint)len);
    n2_notice done = two_nodes_publish(t->w, 0, archive, NULL);

    check_done(&done);
}

static void
hear_pair(table *t, n2_reader *r)
{
    n2_conn conn = 1 + n2_read_u8(r) % 4;
    size_t len = n2_read_u16(r), left = n2_reader_left(r);

    len = len < left ? len : left;
    const uint8_t *bytes = n2_read_bytes(r, len);
    n2_asm answer = n2_asm_init();
    uint8_t *block;
    size_t n_block;
    n2_err err = n2_pair_heard(t->w->node[0].control, conn, bytes, bytes ? len : 0, &answer);
    check(!n2_asm_finish(&answer, &block, &n_block));
    check(!err || *n2_err_text(err));
    free(block);
    two_nodes_drain(t->w);
}

static void
act(table *t, n2_reader *r)
{
    uint8_t what = n2_read_u8(r);

    if (what < 0xc0) {
        do_job(t, what, r);
    } else if (what < 0xe0) {
        size_t left = n2_reader_left(r);

        t->w->tamper = what & 16 ? NULL : tamper;
        n_lies = left < sizeof lies ? left : sizeof lies;
        memcpy(lies, r->pos, n_lies);
        n_lies = n_lies < 64 ? n_lies : 64;
        (void)n2_read_bytes(r, n_lies);
    } else if (what < 0xf0) {
        publish(t, r);
    } else if (what < 0xf8) {
        t->w->is_silent = what & 1;
    } else if (what < 0xfc) {
        two_nodes_break(t->w);
    } else {
        hear_pair(t, r);
    }
}

static void
forget_notices(two_nodes *w)
{
    n2_notice notice;

    for (int i = 0; i < NODES; i++)
        while (w->node[i].notices->len) {
            n2_notice *n = g_ptr_array_steal_index_fast(w->node[i].notices, 0);

            notice = *n;
            n2_notice_clear(&notice);
            g_free(n);
        }
}

static void
open_table(table *t)
{
    static const guint8 page[] = "hello\n";
    g_autoptr(GByteArray) archive = g_byte_array_new();

    t->w = two_nodes_new(1);
    two_nodes_meet(t->w);
    archive_add(archive, 2, "page.md", page, sizeof page - 1);
    archive_add(archive, 3, NULL, NULL, 0);
    n2_notice done = two_nodes_publish(t->w, 1, archive, NULL);

    check(!done.err);
    n2_notice_clear(&done);
    t->other = two_nodes_address(t->w, 1, "");
    n2_id_format(t->identity, N2_ID_IDENTITY, &t->w->node[1].id);
    t->own = two_nodes_address(t->w, 0, "");
    t->content = g_strdup("h1-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
}

static void
close_table(table *t)
{
    two_nodes_free(t->w);
    g_free(t->other);
    g_free(t->own);
    g_free(t->content);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const guint8 page[] = "hello\n";
    static unsigned turn;
    static table t;
    n2_reader r = n2_reader_init(data, size);

    if (turn++ % TURNS == 0) {
        if (t.w)
            close_table(&t);
        open_table(&t);
    }
    for (unsigned n = 0; n < RECORDS_MAX && n2_reader_left(&r); n++)
        act(&t, &r);
    t.w->tamper = NULL;
    t.w->is_silent = FALSE;
    forget_notices(t.w);
    if (turn % LOOK_EVERY)
        return 0;
    /* Who lied is not asked for a while; then all is as it was. */
    two_nodes_break(t.w);
    two_nodes_drain(t.w);
    t.w->now_us += N2_HOUR_US;
    t.w->wall_us += (gint64)N2_HOUR_US;
    two_nodes_meet(t.w);
    two_nodes_drain(t.w);
    two_nodes_assert_page(t.w, 0, 1, "page.md", page, sizeof page - 1);
    forget_notices(t.w);
    return 0;
}
