/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * reserve.c - messages about reservations that pass a switch or end at it, and what it admits.
 */
#include "switch/reserve.h"

#include <stdlib.h>

#include "switch/reserve-private.h"
#include "wire/path.h"

enum {
    ASKERS_MAX = 100 /* users of one in-port who each have their asks a second */
};

n2_err
n2_reserve_new(n2_reserve **out, const n2_env *env, unsigned width)
{
    n2_reserve *r = calloc(1, sizeof *r);

    if (!r)
        return N2_ERR_NOMEM;
    r->env = *env;
    r->width = (uint8_t)width;
    r->next_us = r->claims_us = UINT64_MAX;
    *out = r;
    return N2_OK;
}

void
n2_reserve_free(n2_reserve *r)
{
    if (!r)
        return;
    free(r->rows);
    free(r->pairs);
    free(r->flow_heads);
    free(r->ports);
    free(r->claims);
    free(r);
}

void
n2_reserve_set_role(n2_reserve *r, n2_reserve_role role)
{
    r->role = role;
}

void
n2_reserve_say(n2_reserve *r, const n2_reserve_message *message)
{
    if (r->out_tail - r->out_head == N2_RESERVE_OUT) {
        r->stats.unsent++;
        return;
    }
    r->out[r->out_tail++ % N2_RESERVE_OUT] = *message;
}

bool
n2_reserve_output(n2_reserve *r, uint8_t out[static N2_RESERVE_BYTES], uint64_t now_us)
{
    (void)now_us;
    n2_reserve_message word;

    if (r->out_head != r->out_tail)
        word = r->out[r->out_head++ % N2_RESERVE_OUT];
    else if (!n2_kept_word(r, &word))
        return false;
    n2_reserve_message_write(out, &word);
    return true;
}

/* ---- admission ------------------------------------------------------------------------------
 */

/* Is there room for @want kbit/s, of which @row (nullable) has some already?
 * @offer: the most that there would be room for. */
static n2_reserve_reason
admit(n2_reserve *r,
      const n2_reserve_way *way,
      const n2_kept *row,
      uint32_t want,
      uint32_t *offer)
{
    uint64_t users = way->users ? way->users : 1;
    uint32_t share = n2_share_of(r, way);

    if (row) /* its address may be another by now */
        share = n2_share_of_row(r, row);
    if (!row) {
        uint64_t free_rows = N2_RESERVES_MAX - r->stats.n;
        bool is_full = !free_rows || (way->in_port &&
                                      n2_share_port(r, share)->n + 1 > users * (free_rows - 1));
        if (is_full) {
            r->stats.table_full++;
            *offer = 0;
            return N2_RESERVE_REASON_TABLE;
        }
    }
    uint64_t Bps = way->rate_Bps ? way->rate_Bps : N2_RESERVE_UNSURE_BPS;
    uint64_t all = Bps / 100 * N2_RESERVE_PERCENT / N2_RESERVE_BPS;
    uint64_t own = row ? n2_kept_counted(row) : 0;
    uint64_t others = r->ports[way->out_port].kbps - own;
    uint64_t left = all > others ? all - others : 0, room = left;

    if (way->in_port) {
        const n2_pair *pair = n2_pair_find(r, share, way->out_port);
        uint64_t mine = pair ? pair->kbps - own : 0;
        room = users * left > mine ? (users * left - mine) / (users + 1) : 0;
    }
    if (row && room < row->kbps)
        room = row->kbps; /* what it has it keeps */
    if (room < *offer)
        *offer = (uint32_t)room;
    if (want <= room)
        return N2_RESERVE_REASON_NONE;
    return want > left ? N2_RESERVE_REASON_RATE : N2_RESERVE_REASON_SHARE;
}

/* ---- messages that pass ---------------------------------------------------------------------
 */

static bool
dropped(n2_reserve *r)
{
    r->stats.dropped++;
    return false;
}

/* May this in-port, or who has it and others, ask once more?  Without memory for the
 * tables nobody may. */
static bool
is_in_time(n2_reserve *r, const n2_reserve_way *way, uint64_t now_us)
{
    unsigned users = way->users, n = users < 1 ? 1 : users > ASKERS_MAX ? ASKERS_MAX : users;

    if (n2_rows_need(r))
        return false;
    n2_bucket *asks = &n2_share_port(r, n2_share_of(r, way))->asks;
    if (n2_bucket_take(asks, n * N2_RESERVE_PER_S, n * N2_RESERVE_BURST, now_us))
        return true;
    r->stats.over_rate++;
    return false;
}

static bool
refuse(n2_reserve *r, const n2_reserve_message *m, n2_reserve_reason reason)
{
    n2_reserve_message answer = *m;

    answer.what = N2_RESERVE_REFUSED;
    answer.reason = (uint8_t)reason;
    answer.path = n2_path_answer(m->path);
    r->stats.refused++;
    n2_reserve_say(r, &answer);
    return false;
}

static void
grant(n2_reserve *r, const n2_reserve_message *m)
{
    n2_reserve_message answer = *m;

    answer.what = N2_RESERVE_GRANTED;
    answer.path = n2_path_answer(m->path);
    n2_reserve_say(r, &answer);
}

static void
hold(n2_reserve *r, n2_kept *row, uint64_t now_us)
{
    if (!row->asked_kbps)
        return; /* a late copy, or one that was cut off meanwhile */
    r->stats.granted += !row->kbps;
    n2_kept_set(r, row, row->asked_kbps, 0);
    n2_kept_join(r, row, row->claim, row->kbps);
    row->until_us = now_us + N2_RESERVE_US;
}

/* What it had asked for is not granted; it keeps what it has. */
static void
forget_noted(n2_reserve *r, n2_kept *row)
{
    n2_kept_set(r, row, row->kbps, 0);
    n2_kept_join(r, row, row->claim, row->kbps);
}

/* Counts of one byte stay at the most that fits. */
static uint8_t
add_up(unsigned a, unsigned b)
{
    return a + b < UINT8_MAX ? (uint8_t)(a + b) : UINT8_MAX;
}

/* Does the way of @path end at the switch behind @bits more labels? */
static bool
ends_behind(uint64_t path, unsigned bits)
{
    uint64_t back = (UINT64_C(1) << n2_path_used(path)) - 1;
    uint64_t ahead = (path >> N2_PATH_USED_BITS & ~back) << N2_PATH_USED_BITS;

    return bits >= 64 || !(ahead << bits);
}

/* A switch with allotments: the call may be one inside one of them.  True: then nobody else
 * needs to be asked. */
static bool
is_all_ours(n2_reserve *r, n2_kept *row, n2_reserve_message *m, uint64_t now_us)
{
    const n2_claim *step = n2_step_join(r, row, m->kbps, now_us);

    if (!step)
        return false;
    m->unsure = add_up(m->unsure, step->unsure);
    if (!ends_behind(m->path, step->bits)) {
        m->from = (uint8_t)(row->used + step->bits);
        return false;
    }
    hold(r, row, now_us);
    m->place = add_up(m->place, step->place ? step->place - 1u : 0);
    grant(r, m);
    return true;
}

static bool
pass_ask(n2_reserve *r, const n2_reserve_way *way, n2_reserve_message *m, uint64_t now_us)
{
    unsigned used = n2_path_used(m->path);
    uint64_t key = n2_kept_key(m->path, m->class);
    n2_kept *row = n2_kept_find_id(r, way->in_port, way->out_port, m->id);

    if (row && row->key != key)
        return refuse(r, m, N2_RESERVE_REASON_ID);
    if (!row)
        row = n2_kept_find(r, way->in_port, way->out_port, key);
    if (row && row->is_cut && now_us < row->until_us)
        return refuse(r, m, N2_RESERVE_REASON_CUT);
    if (row && (row->is_cut || row->is_allotment != m->is_allotment)) {
        n2_kept_remove(r, row);
        row = NULL;
    }
    if (way->is_down) {
        m->offer_kbps = 0;
        return refuse(r, m, N2_RESERVE_REASON_DOWN);
    }
    n2_reserve_reason reason = admit(r, way, row, m->kbps, &m->offer_kbps);
    if (reason)
        return refuse(r, m, reason);
    if (!row) {
        row = n2_kept_add(r, way, key, m->id);
        if (!row)
            return refuse(r, m, N2_RESERVE_REASON_TABLE);
        row->is_allotment = m->is_allotment;
        r->stats.asked++;
    } else if (row->id != m->id) {
        n2_kept_set_id(r, row, m->id); /* its asker began anew */
    }
    row->used = (uint8_t)used;
    row->noted_s = (uint8_t)(now_us / N2_SECOND_US);
    m->marks &= (UINT64_C(1) << used) - 1; /* nobody who is ahead has seen it yet */
    n2_kept_set(r, row, row->kbps, m->kbps);
    if (row->until_us < now_us + N2_RESERVE_PENDING_US)
        row->until_us = now_us + N2_RESERVE_PENDING_US;
    if (r->next_us > now_us + N2_RESERVE_LOOK_US)
        r->next_us = now_us + N2_RESERVE_LOOK_US;
    if (r->role == N2_RESERVE_ROLE_LARGE)
        m->marks |= UINT64_C(1) << used;
    m->unsure = add_up(m->unsure, !way->rate_Bps);
    return m->is_allotment || r->role != N2_RESERVE_ROLE_EDGE ||
           !is_all_ours(r, row, m, now_us);
}

static bool
pass_release(n2_reserve *r, const n2_reserve_way *way, n2_reserve_message *m)
{
    n2_kept *row = n2_kept_find_id(r, way->in_port, way->out_port, m->id);
    bool goes_on = true;

    if (!row || row->is_cut)
        return true; /* those behind may know it */
    if (row->claim != N2_ROW_NONE) {
        unsigned bits = r->claims[row->claim].bits;
        goes_on = !ends_behind(m->path, bits);
        m->from = (uint8_t)(row->used + bits);
    }
    r->stats.released++;
    n2_kept_remove(r, row);
    return goes_on;
}

/* An answer goes back to who came in by @in_port; it came by @out_port. */
static void
pass_answer(n2_reserve *r,
            uint32_t in_port,
            uint32_t out_port,
            const n2_reserve_message *m,
            uint64_t now_us)
{
    n2_kept *row = n2_kept_find_id(r, in_port, out_port, m->id);

    if (!row || row->is_cut) {
        r->stats.passed++;
        return;
    }
    if (m->what == N2_RESERVE_GRANTED) {
        if (row->asked_kbps == m->kbps)
            hold(r, row, now_us);
        n2_step_learn(r, row, m, now_us);
    } else if (m->what == N2_RESERVE_REFUSED && row->asked_kbps != m->kbps) {
        r->stats.passed++; /* to a question that was asked before */
    } else if (m->what == N2_RESERVE_REFUSED && row->kbps) {
        forget_noted(r, row);
    } else {
        n2_kept_remove(r, row);
    }
}

/* A call inside an allotment is not for us to look at, if there is one and it can be inside:
 * its own is asked for each N2_RESERVE_RENEW_US, and once more when it begins.  Else whoever
 * writes `from` would have no share here, and at those behind us the share of all. */
static bool
is_inside(n2_reserve *r,
          const n2_reserve_way *way,
          const n2_reserve_message *m,
          uint64_t now_us)
{
    n2_pair *pair = n2_pair_find(r, way->in_port, way->out_port);

    if (!way->in_port)
        return true; /* our own edge's */
    if (m->what == N2_RESERVE_RELEASE)
        return !n2_kept_find_id(r, way->in_port, way->out_port, m->id);
    if (!pair)
        return false;
    if (now_us - pair->unread_us >= N2_RESERVE_RENEW_US) {
        pair->unread_us = now_us;
        pair->unread_kbps = 0;
    }
    if (pair->unread_kbps + m->kbps > 2 * pair->allotted_kbps)
        return false;
    pair->unread_kbps += m->kbps;
    return true;
}

bool
n2_reserve_hop(
    n2_reserve *r, const n2_reserve_way *way, uint8_t *bytes, size_t len, uint64_t now_us)
{
    n2_reserve_message m;
    bool goes_on = true;

    if (n2_reserve_message_read(&m, bytes, len))
        return dropped(r);
    if (m.what != N2_RESERVE_ASK && m.what != N2_RESERVE_RELEASE) {
        pass_answer(r, way->out_port, way->in_port, &m, now_us);
        return true;
    }
    m.place = add_up(m.place, 1);
    if (m.from + r->width > n2_path_used(m.path) && is_inside(r, way, &m, now_us)) {
        r->stats.passed++;
    } else {
        if (!is_in_time(r, way, now_us))
            return dropped(r);
        goes_on =
            m.what == N2_RESERVE_ASK ? pass_ask(r, way, &m, now_us) : pass_release(r, way, &m);
    }
    if (goes_on)
        n2_reserve_message_write(bytes, &m);
    return goes_on;
}

void
n2_reserve_end(n2_reserve *r,
               uint32_t in_port,
               uint32_t users,
               const uint8_t *bytes,
               size_t len,
               uint64_t now_us)
{
    n2_reserve_message m;

    if (n2_reserve_message_read(&m, bytes, len)) {
        (void)dropped(r);
    } else if (m.what == N2_RESERVE_ASK) {
        if (is_in_time(r, &(n2_reserve_way){.in_port = in_port, .users = users}, now_us))
            grant(r, &m);
        else
            (void)dropped(r);
    } else if (m.what != N2_RESERVE_RELEASE) {
        bool is_known = n2_kept_find_id(r, 0, in_port, m.id) != NULL;
        pass_answer(r, 0, in_port, &m, now_us);
        n2_claim_answer(r, in_port, is_known, &m, now_us);
    }
}

/* ---- time -----------------------------------------------------------------------------------
 */

void
n2_reserve_down(n2_reserve *r, uint32_t port, uint64_t now_us)
{
    (void)now_us;
    for (size_t i = 0; i < r->n_rows_used; i++) {
        n2_kept *row = &r->rows[i];
        if (row->is_taken && row->in_port == port)
            n2_kept_remove(r, row);
        else if (row->is_taken && row->out_port == port)
            n2_kept_down(r, row);
    }
}

uint64_t
n2_reserve_deadline(const n2_reserve *r)
{
    if (r->has_gross || r->n_words)
        return 0;
    return r->next_us < r->claims_us ? r->next_us : r->claims_us;
}

static void
cut_gross(n2_reserve *r, uint64_t now_us)
{
    r->has_gross = false;
    for (size_t i = 0; i < r->n_rows_used; i++) {
        n2_kept *row = &r->rows[i];
        if (row->is_taken && row->is_allotment && row->kbps && r->pairs[row->pair].is_gross)
            n2_kept_cut(r, row, now_us);
    }
    for (size_t i = 0; i < r->n_pairs_used; i++)
        r->pairs[i].is_gross = false;
}

/* It is looked through often enough that seconds in a byte do not come round. */
static bool
is_noted_for_too_long(const n2_kept *row, uint64_t now_us)
{
    return (uint8_t)(now_us / N2_SECOND_US - row->noted_s) >
           N2_RESERVE_PENDING_US / N2_SECOND_US;
}

void
n2_reserve_expire(n2_reserve *r, uint64_t now_us)
{
    if (r->has_gross)
        cut_gross(r, now_us);
    n2_claims_expire(r, now_us);
    if (now_us < r->next_us)
        return;
    for (size_t i = 0; i < r->n_rows_used; i++) {
        n2_kept *row = &r->rows[i];
        if (row->is_taken && now_us >= row->until_us) {
            r->stats.expired++;
            n2_kept_remove(r, row);
        } else if (row->asked_kbps && is_noted_for_too_long(row, now_us)) {
            forget_noted(r, row);
        }
    }
    r->next_us = r->stats.n ? now_us + N2_RESERVE_LOOK_US : UINT64_MAX;
}

/* ---- how it is seen -------------------------------------------------------------------------
 */

void
n2_reserve_stats_get(const n2_reserve *r, n2_reserve_stats *out)
{
    *out = r->stats;
}

void
n2_reserve_uses(const n2_reserve *r, n2_uses *uses)
{
    n2_uses_add(uses, "reserves", r->stats.n, N2_RESERVES_MAX, r->stats.table_full);
    n2_uses_add(uses, "reserve_per_s", N2_USE_NONE, N2_RESERVE_PER_S, r->stats.over_rate);
    n2_uses_add(uses, "reserve_out", r->out_tail - r->out_head, N2_RESERVE_OUT,
                r->stats.unsent);
    n2_uses_add(uses, "claims", r->n_claims - r->n_steps, N2_CLAIMS_MAX, r->stats.claims_full);
    n2_uses_add(uses, "reserve_steps", r->n_steps, N2_STEPS_MAX, r->stats.steps_full);
}

uint64_t
n2_reserve_promised_kbps(const n2_reserve *r, uint32_t out_port)
{
    return r->ports ? r->ports[out_port].kbps : 0;
}

/* The path as it came in, from what it was behind our step. */
static uint64_t
path_before(const n2_reserve *r, const n2_kept *row)
{
    uint64_t labels = row->key >> N2_PATH_USED_BITS >> r->width;

    labels |= (uint64_t)row->out_port << (N2_PATH_BITS - r->width);
    return labels << N2_PATH_USED_BITS | (uint64_t)(row->used - r->width);
}

void
n2_reserve_look(const n2_reserve *r, n2_look *look, uint64_t now_us)
{
    if (!r->rows)
        return;
    for (size_t i = 0; i < look->n_ports; i++) {
        const n2_reserve_port *port = &r->ports[look->ports[i].port];
        look->ports[i].reserved_Bps = port->kbps * N2_RESERVE_BPS;
        look->ports[i].demoted_in = port->demoted;
    }
    for (size_t i = 0; i < r->n_rows_used; i++) {
        const n2_kept *row = &r->rows[i];
        n2_look_reservation *to = row->is_taken ? n2_look_add_reservations(look) : NULL;
        if (!to)
            continue;
        to->in_port = row->in_port;
        to->out_port = row->out_port;
        to->class = (uint8_t)(row->key & 3);
        to->is_allotment = row->is_allotment;
        to->is_pending = !row->kbps && !row->is_cut;
        to->is_cut = row->is_cut;
        to->path = path_before(r, row);
        to->rate_Bps = (uint64_t)n2_kept_counted(row) * N2_RESERVE_BPS;
        to->left_us = row->until_us > now_us ? row->until_us - now_us : 0;
        to->packets = row->packets;
        to->bytes = row->bytes;
        to->over = row->over;
    }
}
