/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * fuzz-trust.c - any question of trust: one answer whatever the order of what is known, never
 *                less than its heaviest reason, the same with what nobody asked.
 *
 * Purpose 1, standing 1, name 1, wall 1, then records: kind 1 (see take()) and 6 bytes.
 */
#include <string.h>

#include "base/limits.h"
#include "base/reader.h"
#include "fuzz.h"
#include "host/unicode.h"
#include "name/trust.h"

enum {
    RECORDS_MAX = 400,
    ZONE = 3,
    DOMAIN = 4,
    STRANGER = 250 /* never marked */
};

#define STEP_US (10 * 24 * (int64_t)N2_HOUR_US)
#define NOW_US INT64_C(1700000000000000)

static const char *const names[] = {"anna.demo", "bank.demo", "b\xd0\xb0nk.demo", "", "Anna"};

/* All that a question may hold. */
typedef struct {
    n2_trust_query query;
    n2_vouch evidence[RECORDS_MAX + 1];
    n2_mark marks[256];
    n2_seen seen[RECORDS_MAX];
    n2_move moves[RECORDS_MAX];
    n2_known_name known[RECORDS_MAX];
    bool has_mark[256];
} question;

static n2_id
id_of(uint8_t number)
{
    return (n2_id){.method = N2_METHOD_SHA256, .hash = {number}};
}

static const char *
name_of(uint8_t number)
{
    return names[number % (sizeof names / sizeof names[0])];
}

static void
take(question *f, n2_reader *r)
{
    n2_trust_query *q = &f->query;
    uint8_t kind = n2_read_u8(r), a = n2_read_u8(r), b = n2_read_u8(r), c = n2_read_u8(r);
    const char *name = name_of(n2_read_u8(r));
    int64_t from_us = NOW_US + ((int8_t)n2_read_u8(r)) * STEP_US;
    int64_t until_us = from_us + n2_read_u8(r) * STEP_US;

    if (r->err)
        return;
    switch (kind % 5) {
    case 0: {
        n2_vouch *v = &f->evidence[q->n_evidence++];
        *v = (n2_vouch){.by = id_of(a),
                        .subject = id_of(b),
                        .scope = c % 8,
                        .from_us = from_us,
                        .until_us = until_us};
        memcpy(v->claim, name, strlen(name));
        break;
    }
    case 1:
        f->has_mark[a % STRANGER] = true;
        f->marks[a % STRANGER] = (n2_mark){.is = c,
                                           .met_us = from_us,
                                           .marked_us = until_us,
                                           .name = b & 1 ? name : NULL,
                                           .petname = b & 2 ? name : NULL};
        break;
    case 2:
        f->seen[q->n_seen++] = (n2_seen){id_of(a), name, from_us, until_us};
        break;
    case 3:
        f->moves[q->n_moves++] = (n2_move){id_of(a), id_of(b), c & 1 ? name : NULL, from_us};
        break;
    default:
        f->known[q->n_known++] = (n2_known_name){name, id_of(a)};
        break;
    }
}

static void
pack_marks(question *f)
{
    size_t n = 0;

    for (size_t i = 0; i < STRANGER; i++)
        if (f->has_mark[i]) {
            f->marks[n] = f->marks[i];
            f->marks[n++].who = id_of((uint8_t)i);
        }
    f->query.n_marks = n;
}

static void
turn(void *items, size_t n, size_t each)
{
    uint8_t swap[sizeof(n2_vouch)], *bytes = items;

    for (size_t i = 0; i + 1 < n - i; i++) {
        memcpy(swap, bytes + i * each, each);
        memcpy(bytes + i * each, bytes + (n - 1 - i) * each, each);
        memcpy(bytes + (n - 1 - i) * each, swap, each);
    }
}

static void
check_answer(const n2_trust *t)
{
    n2_verdict worst = N2_VERDICT_GO;

    check(t->n_reasons && t->n_reasons <= N2_TRUST_REASONS_MAX);
    for (size_t i = 0; i < t->n_reasons; i++) {
        check(n2_why_word(t->reasons[i].why)[0]);
        check(memchr(t->reasons[i].name, 0, N2_SHOWN_BYTES));
        check(memchr(t->reasons[i].by, 0, N2_SHOWN_BYTES));
        if (t->reasons[i].verdict > worst)
            worst = t->reasons[i].verdict;
    }
    check(t->n_left ? t->verdict >= worst : t->verdict == worst);
}

static void
check_same(const n2_trust *a, const n2_trust *b)
{
    check(a->verdict == b->verdict && a->n_reasons == b->n_reasons && a->n_left == b->n_left);
    if (a->n_left) /* which are left out may hang on the order they came in */
        return;
    for (size_t i = 0; i < a->n_reasons; i++)
        check(a->reasons[i].why == b->reasons[i].why &&
              a->reasons[i].verdict == b->reasons[i].verdict);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static question f;
    static n2_trust first, again;
    n2_reader r = n2_reader_init(data, size);
    n2_trust_query *q = &f.query;

    memset(&f, 0, sizeof f);
    *q = (n2_trust_query){.purpose = (n2_purpose)(n2_read_u8(&r) % 6),
                          .subject = id_of(1),
                          .standing.is = n2_read_u8(&r) % 64,
                          .zone = id_of(ZONE),
                          .domain = id_of(DOMAIN),
                          .mail_host = id_of(DOMAIN),
                          .evidence = f.evidence,
                          .marks = f.marks,
                          .seen = f.seen,
                          .moves = f.moves,
                          .known = f.known,
                          .build_us = NOW_US - STEP_US,
                          .unicode = n2_host_unicode()};
    uint8_t name = n2_read_u8(&r), wall = n2_read_u8(&r);
    q->name = name & 0x80 ? NULL : name_of(name);
    q->petname = name & 0x40 ? "anna" : NULL;
    q->is_zone_silent = name & 0x20;
    q->wall_us = wall ? NOW_US + (wall & 3) * STEP_US : 0;
    q->published = wall & 4 ? id_of(2) : (n2_id){0};
    for (size_t i = 0; i < RECORDS_MAX && n2_reader_left(&r); i++)
        take(&f, &r);
    pack_marks(&f);
    n2_trust_ask(&first, q);
    check_answer(&first);
    turn(f.evidence, q->n_evidence, sizeof f.evidence[0]);
    turn(f.seen, q->n_seen, sizeof f.seen[0]);
    turn(f.moves, q->n_moves, sizeof f.moves[0]);
    turn(f.known, q->n_known, sizeof f.known[0]);
    f.evidence[q->n_evidence++] = (n2_vouch){.by = id_of(STRANGER),
                                             .subject = id_of(1),
                                             .scope = 1 + wall % 5,
                                             .claim = "anna.demo",
                                             .from_us = NOW_US,
                                             .until_us = INT64_MAX};
    n2_trust_ask(&again, q);
    check_answer(&again);
    check_same(&first, &again);
    return 0;
}
