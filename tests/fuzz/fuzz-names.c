/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-names.c - what the node of a zone may answer to who asks it for a name, follows it, or
 *                looks one up: any values, or honest ones that were changed, cut, mixed.
 *
 * Node 1 keeps the zone "demo" with three names, and node 0 follows it.  Records: what 1, then
 *     0  n 1, bytes n: answers to requests (opcode 40) from now on; node 0 asks for a name
 *     1  number of values 1, values: of one answer to a follower (opcode 43)
 *     2  n 1, bytes n: answers to look-ups (opcode 44); node 0 looks a name up, by the wire
 * An answer is values: type 1 (u, s, else b), a number 8 (bit 4 of the type: an honest one), or
 * bytes: of which 1 (0 any, 1 the copy, 2 its first half, 3 its second, 4 a record, 5 - 7
 * answers, 8 statements), length 1 (any: so many; else: so much less); so many changes 1, each
 * place 2, byte 1.
 */
#include "base/reader.h"
#include "fuzz.h"
#include "host/unicode.h"
#include "name/zone-copy.h"
#include "name/zone-proof.h"
#include "node/control-private.h"
#include "two-nodes.h"

enum {
    TURNS = 300, /* inputs with one pair of nodes */
    RECORDS_MAX = 5,
    VALUES_MAX = 8,
    LIES_MAX = 200,
    TRUTHS = 9
};

static const char *const labels[] = {"anna", "bert", "nobody"};

typedef struct {
    two_nodes *w;
    char zone[N2_ID_TEXT_BYTES];
    GBytes *truth[TRUTHS]; /* [0]: none */
    uint64_t serial;
} table;

/* (static): tampers have no user pointer. */
static table t;
static uint8_t lies[LIES_MAX];
static size_t n_lies;
static uint8_t lied_about; /* opcode */

typedef struct {
    n2_value of[VALUES_MAX];
    uint8_t *bytes[VALUES_MAX]; /* (owned), of their exact length */
    size_t n;
} answer;

static n2_control *
control(int node)
{
    return t.w->node[node].control;
}

static kept_zone *
kept(int node)
{
    return n2_zones_find(control(node), &t.w->node[1].id);
}

/* ---- what is answered ---- */

static void
read_bytes(n2_reader *r, n2_value *out, uint8_t **bytes)
{
    GBytes *truth = t.truth[n2_read_u8(r) % TRUTHS];
    size_t room = n2_read_u8(r), len = truth ? g_bytes_get_size(truth) : room;

    if (truth)
        len -= room < len ? room : len;
    else if (len > n2_reader_left(r))
        len = n2_reader_left(r);
    *bytes = fuzz_copy(truth ? g_bytes_get_data(truth, NULL) : n2_read_bytes(r, len), len);
    for (unsigned n = n2_read_u8(r) % 4; len && n; n--) {
        size_t at = n2_read_u16(r) % len;

        (*bytes)[at] ^= n2_read_u8(r);
    }
    *out = (n2_value){.type = 'b', .bytes = *bytes, .len = len};
}

static uint64_t
read_number(n2_reader *r, bool is_honest)
{
    const uint64_t honest[] = {t.serial, t.serial + 1, 0, g_bytes_get_size(t.truth[1])};

    return is_honest ? honest[n2_read_u8(r) % 4] : n2_read_u64(r);
}

static void
read_answer(n2_reader *r, unsigned n, answer *a)
{
    *a = (answer){.n = n % (VALUES_MAX + 1)};
    for (size_t i = 0; i < a->n; i++) {
        uint8_t type = n2_read_u8(r);

        if (type % 4 == 0)
            a->of[i] = (n2_value){.type = 'u', .u = read_number(r, type & 16)};
        else if (type % 4 == 1)
            a->of[i] = (n2_value){.type = 's', .s = (int64_t)n2_read_u64(r)};
        else
            read_bytes(r, &a->of[i], &a->bytes[i]);
    }
}

static void
clear_answer(answer *a)
{
    for (size_t i = 0; i < a->n; i++)
        free(a->bytes[i]);
}

static gboolean
tamper(two_nodes *w, const n2_call *call, n2_asm *values)
{
    n2_reader r = n2_reader_init(lies, n_lies);
    answer a;
    (void)w;

    if (call->opcode != lied_about)
        return FALSE;
    read_answer(&r, n2_read_u8(&r), &a);
    for (size_t i = 0; i < a.n; i++) {
        if (a.of[i].type == 'u')
            n2_asm_u64(values, a.of[i].u);
        else if (a.of[i].type == 's')
            n2_asm_s64(values, a.of[i].s);
        else
            n2_asm_bytes(values, a.of[i].bytes, a.of[i].len);
    }
    clear_answer(&a);
    return TRUE;
}

/* ---- what must hold ---- */

/* What node 0 says of the zone is what node 1 says, byte by byte, or nothing. */
static void
check_zone(void)
{
    kept_zone *copy = kept(0), *own = kept(1);
    n2_slice one, two;

    check(copy && own);
    check(copy->coming_len <= copy->coming_whole || !copy->coming_len);
    check(n2_zone_head_of(copy->zone)->serial <= n2_zone_head_of(own->zone)->serial);
    if (n2_zone_head_of(copy->zone)->serial != n2_zone_head_of(own->zone)->serial)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(labels); i++)
        if (!n2_zones_own(control(0), &t.w->node[1].id, labels[i], &one)) {
            check(!n2_zones_own(control(1), &t.w->node[1].id, labels[i], &two));
            check(one.len == two.len && !memcmp(one.bytes, two.bytes, one.len));
        }
}

static n2_notice
ask(int node, n2_request request)
{
    n2_notice done = two_nodes_do(t.w, node, &request);

    check(!done.err || (done.why && *done.why && done.next));
    return done;
}

static void
take_lies(n2_reader *r, uint8_t opcode)
{
    size_t n = n2_read_u8(r);

    lied_about = opcode;
    n_lies = n < n2_reader_left(r) ? n : n2_reader_left(r);
    n_lies = n_lies < sizeof lies ? n_lies : sizeof lies;
    const uint8_t *bytes = n2_read_bytes(r, n_lies);
    if (n_lies)
        memcpy(lies, bytes, n_lies);
    t.w->tamper = tamper;
}

static void
ask_for_name(n2_reader *r)
{
    take_lies(r, N2_WORD_NAME_ASK);
    n2_notice done = ask(0, (n2_request){.kind = N2_JOB_NAME_REGISTER, .name = "anna.demo"});
    const n2_cell *name = done.err ? NULL : n2_table_get(done.table, 0, "name");

    check(done.err || (name && !strcmp(name->text, "anna.demo")));
    n2_notice_clear(&done);
}

static void
follow(n2_reader *r)
{
    answer a;

    read_answer(r, n2_read_u8(r), &a);
    n2_value *values = (n2_value *)fuzz_copy(a.of, a.n * sizeof a.of[0]);
    n2_zone_follow_answered(control(0), &t.w->node[1].id, N2_OK, values, a.n);
    free(values);
    clear_answer(&a);
    check_zone();
}

/* By the wire, as if nothing was known. */
static void
look_up(n2_reader *r)
{
    kept_zone *k = kept(0);
    n2_resolver *resolver = control(0)->names->resolver;
    n2_id who = k->rules.who;

    take_lies(r, N2_WORD_RESOLVE);
    memset(&k->rules.who, 0xee, sizeof k->rules.who); /* not served here for a moment */
    n2_name_cache_drop(n2_resolver_cache(resolver), &who);
    n2_notice done = ask(0, (n2_request){.kind = N2_JOB_NAME_LOOKUP, .name = "anna.demo"});
    const n2_cell *found = done.err ? NULL : n2_table_get(done.table, 0, "identity");

    check(done.err || (found && !strcmp(found->text, t.zone)));
    n2_notice_clear(&done);
    n2_name_cache_drop(n2_resolver_cache(resolver), &who);
    k->rules.who = who;
}

/* ---- the table ---- */

static void
add_truths(void)
{
    n2_writer w = n2_writer_init_growing(1 << 16);
    n2_identity_set *set = NULL;
    g_autofree uint8_t *statements = g_malloc(N2_VM_STRING_BYTES_MAX);
    size_t len = 0;
    n2_zone_answer a;
    n2_slice one;
    n2_identity who;

    check(!n2_zone_copy_write(kept(1)->zone, &w) && !n2_writer_finish(&w, NULL));
    t.truth[1] = g_bytes_new(w.buf, w.len);
    t.truth[2] = g_bytes_new(w.buf, w.len / 2);
    t.truth[3] = g_bytes_new(w.buf + w.len / 2, w.len - w.len / 2);
    n2_writer_clear(&w);
    check(!n2_keys_identity(control(1), &t.w->node[1].id, &who));
    for (size_t i = 0; i < G_N_ELEMENTS(labels); i++) {
        check(!n2_zones_own(control(1), &t.w->node[1].id, labels[i], &one));
        t.truth[5 + i] = g_bytes_new(one.bytes, one.len);
        check(!n2_zone_answer_check(&a, one.bytes, one.len, labels[i], strlen(labels[i]), &who,
                                    t.w->wall_us, n2_host_unicode(), NULL));
        if (!i)
            t.truth[4] = g_bytes_new(a.record.box.bytes, a.record.box.len);
    }
    check(!n2_store_identity(control(1)->config.store, &t.w->node[1].id, NULL, &set));
    check(!n2_identity_set_write(set, statements, N2_VM_STRING_BYTES_MAX, &len));
    n2_identity_set_free(set);
    t.truth[8] = g_bytes_new(statements, len);
    t.serial = n2_zone_head_of(kept(1)->zone)->serial;
}

static void
must(int node, n2_request request)
{
    n2_notice done = ask(node, request);

    check(!done.err);
    n2_notice_clear(&done);
}

static void
open_table(void)
{
    static const char *const names[] = {"anna.demo", "bert.demo", "carl.demo"};

    t.w = two_nodes_new(1);
    two_nodes_meet(t.w);
    two_nodes_drain(t.w);
    n2_id_format(t.zone, N2_ID_IDENTITY, &t.w->node[1].id);
    must(1, (n2_request){.kind = N2_JOB_ZONE_NEW, .name = "demo"});
    must(0, (n2_request){.kind = N2_JOB_ROOT_ADD, .name = "demo", .address = t.zone});
    must(0, (n2_request){.kind = N2_JOB_ZONE_FOLLOW, .address = t.zone});
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        must(1, (n2_request){.kind = N2_JOB_NAME_REGISTER, .name = names[i]});
    uint64_t until_us = t.w->now_us + 2 * N2_ZONE_HEAD_SPAN_US;
    while (n2_zone_waiting(kept(1)->zone) && two_nodes_step(t.w, until_us))
        ;
    two_nodes_drain(t.w);
    add_truths();
}

static void
close_table(void)
{
    two_nodes_free(t.w);
    for (size_t i = 0; i < TRUTHS; i++)
        g_clear_pointer(&t.truth[i], g_bytes_unref);
}

static void
forget_notices(void)
{
    for (int i = 0; i < NODES; i++)
        while (t.w->node[i].notices->len) {
            n2_notice *n = g_ptr_array_steal_index_fast(t.w->node[i].notices, 0);

            n2_notice_clear(n);
            g_free(n);
        }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static unsigned turn;
    n2_reader r = n2_reader_init(data, size);

    if (turn++ % TURNS == 0) {
        if (t.w)
            close_table();
        open_table();
    }
    for (unsigned n = 0; n < RECORDS_MAX && n2_reader_left(&r); n++) {
        uint8_t what = n2_read_u8(&r) % 3;

        if (!what)
            ask_for_name(&r);
        else if (what == 1)
            follow(&r);
        else
            look_up(&r);
    }
    t.w->tamper = NULL;
    check_zone();
    /* Who lied is not asked for a while; then all is as it was. */
    two_nodes_break(t.w);
    two_nodes_drain(t.w);
    t.w->now_us += 2 * N2_MINUTE_US;
    two_nodes_meet(t.w);
    two_nodes_drain(t.w);
    forget_notices();
    return 0;
}
