/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * reserve-table.c - rows of reservations, found by flow and by number, and their sums.
 */
#include <stdlib.h>

#include "switch/reserve-private.h"
#include "wire/path.h"

_Static_assert(2 * (int)N2_RESERVES_MAX < (int)N2_ROW_NONE,
               "rows and pairs have 16-bit numbers");
_Static_assert((int)N2_CLAIMS_MAX < (int)N2_ROW_NONE, "and so have claims");

/* @secret is not known outside, so nobody can choose what falls together. */
static uint32_t
head_of(const n2_reserve *r, uint64_t a, uint64_t b)
{
    uint64_t h = (a ^ b * UINT64_C(0x9e3779b97f4a7c15)) * r->secret;

    h ^= h >> 29;
    h *= r->secret;
    return (uint32_t)(h >> 40) & (N2_ROW_HEADS - 1);
}

static uint64_t
ports_of(uint32_t in_port, uint32_t out_port)
{
    return (uint64_t)in_port << 16 | out_port;
}

n2_err
n2_rows_need(n2_reserve *r)
{
    if (r->rows)
        return N2_OK;
    n2_kept *rows = calloc(N2_RESERVES_MAX, sizeof *rows);
    n2_pair *pairs = calloc(2 * N2_RESERVES_MAX, sizeof *pairs);
    uint16_t *heads = malloc(3 * N2_ROW_HEADS * sizeof *heads);
    n2_reserve_port *ports = calloc(((size_t)1 << r->width) + N2_RESERVE_POTS, sizeof *ports);

    if (!rows || !pairs || !heads || !ports) {
        free(rows);
        free(pairs);
        free(heads);
        free(ports);
        return N2_ERR_NOMEM;
    }
    for (size_t i = 0; i < 3 * N2_ROW_HEADS; i++)
        heads[i] = N2_ROW_NONE;
    n2_env_random(&r->env, &r->secret, sizeof r->secret);
    r->secret |= 1;
    r->rows = rows;
    r->pairs = pairs;
    r->ports = ports;
    r->flow_heads = heads;
    r->id_heads = heads + N2_ROW_HEADS;
    r->pair_heads = heads + 2 * N2_ROW_HEADS;
    r->free_rows = r->free_pairs = N2_ROW_NONE;
    return N2_OK;
}

n2_kept *
n2_kept_find(const n2_reserve *r, uint32_t in_port, uint32_t out_port, uint64_t key)
{
    if (!r->rows)
        return NULL;
    for (uint16_t i = r->flow_heads[head_of(r, key, ports_of(in_port, out_port))];
         i != N2_ROW_NONE; i = r->rows[i].next_flow) {
        n2_kept *row = &r->rows[i];
        if (row->key == key && row->in_port == in_port && row->out_port == out_port)
            return row;
    }
    return NULL;
}

n2_kept *
n2_kept_find_id(const n2_reserve *r, uint32_t in_port, uint32_t out_port, uint64_t id)
{
    if (!r->rows)
        return NULL;
    for (uint16_t i = r->id_heads[head_of(r, id, ports_of(in_port, out_port))];
         i != N2_ROW_NONE; i = r->rows[i].next_id) {
        n2_kept *row = &r->rows[i];
        if (row->id == id && row->in_port == in_port && row->out_port == out_port)
            return row;
    }
    return NULL;
}

n2_pair *
n2_pair_find(const n2_reserve *r, uint32_t in_port, uint32_t out_port)
{
    if (!r->rows)
        return NULL;
    for (uint16_t i = r->pair_heads[head_of(r, 0, ports_of(in_port, out_port))];
         i != N2_ROW_NONE; i = r->pairs[i].next) {
        n2_pair *pair = &r->pairs[i];
        if (pair->in_port == in_port && pair->out_port == out_port)
            return pair;
    }
    return NULL;
}

/* ---- pairs ---- */

static n2_pair *
pair_need(n2_reserve *r, uint32_t in_port, uint32_t out_port)
{
    n2_pair *pair = n2_pair_find(r, in_port, out_port);

    if (pair)
        return pair;
    /* Each pair has a row at least, and a row is of two at most. */
    uint16_t i = r->free_pairs;
    if (i != N2_ROW_NONE)
        r->free_pairs = r->pairs[i].next;
    else
        i = r->n_pairs_used++;
    uint16_t *head = &r->pair_heads[head_of(r, 0, ports_of(in_port, out_port))];
    pair = &r->pairs[i];
    *pair = (n2_pair){.in_port = in_port, .out_port = (uint16_t)out_port, .next = *head};
    *head = i;
    return pair;
}

static void
pair_remove(n2_reserve *r, n2_pair *pair)
{
    uint16_t i = (uint16_t)(pair - r->pairs);
    uint16_t *at = &r->pair_heads[head_of(r, 0, ports_of(pair->in_port, pair->out_port))];

    while (*at != i)
        at = &r->pairs[*at].next;
    *at = pair->next;
    pair->next = r->free_pairs;
    r->free_pairs = i;
}

/* ---- shares ---- */

uint32_t
n2_share_of(const n2_reserve *r, const n2_reserve_way *way)
{
    if (!way->source)
        return way->in_port;
    return N2_POT_FIRST + head_of(r, way->source, N2_POT_FIRST) % N2_RESERVE_POTS;
}

uint32_t
n2_share_of_row(const n2_reserve *r, const n2_kept *row)
{
    return r->pairs[row->pot != N2_ROW_NONE ? row->pot : row->pair].in_port;
}

n2_reserve_port *
n2_share_port(const n2_reserve *r, uint32_t share)
{
    return &r->ports[share < N2_POT_FIRST ? share
                                          : share - N2_POT_FIRST + (UINT32_C(1) << r->width)];
}

/* ---- rows ---- */

static void
link_id(n2_reserve *r, n2_kept *row)
{
    uint16_t *head = &r->id_heads[head_of(r, row->id, ports_of(row->in_port, row->out_port))];

    row->next_id = *head;
    *head = (uint16_t)(row - r->rows);
}

static void
unlink_id(n2_reserve *r, const n2_kept *row)
{
    uint16_t *at = &r->id_heads[head_of(r, row->id, ports_of(row->in_port, row->out_port))];

    while (*at != row - r->rows)
        at = &r->rows[*at].next_id;
    *at = row->next_id;
}

n2_kept *
n2_kept_add(n2_reserve *r, const n2_reserve_way *way, uint64_t key, uint64_t id)
{
    uint32_t in_port = way->in_port, out_port = way->out_port, share = n2_share_of(r, way);

    if (r->stats.n == N2_RESERVES_MAX)
        return NULL;
    uint16_t i = r->free_rows;
    if (i != N2_ROW_NONE)
        r->free_rows = r->rows[i].next_flow;
    else
        i = r->n_rows_used++;
    uint16_t *head = &r->flow_heads[head_of(r, key, ports_of(in_port, out_port))];
    n2_kept *row = &r->rows[i];
    n2_pair *pair = pair_need(r, in_port, out_port);

    *row = (n2_kept){.key = key,
                     .id = id,
                     .in_port = (uint16_t)in_port,
                     .out_port = (uint16_t)out_port,
                     .claim = N2_ROW_NONE,
                     .pair = (uint16_t)(pair - r->pairs),
                     .pot = N2_ROW_NONE,
                     .next_flow = *head,
                     .is_taken = true};
    *head = i;
    link_id(r, row);
    pair->n++;
    if (share != in_port) {
        n2_pair *pot = pair_need(r, share, out_port);
        row->pot = (uint16_t)(pot - r->pairs);
        pot->n++;
        n2_share_port(r, share)->n++;
    }
    r->stats.n++;
    if (++r->ports[in_port].n > r->stats.most_of_a_port)
        r->stats.most_of_a_port = r->ports[in_port].n;
    return row;
}

void
n2_kept_remove(n2_reserve *r, n2_kept *row)
{
    uint16_t i = (uint16_t)(row - r->rows);
    uint16_t *at = &r->flow_heads[head_of(r, row->key, ports_of(row->in_port, row->out_port))];

    n2_kept_set(r, row, 0, 0);
    while (*at != i)
        at = &r->rows[*at].next_flow;
    *at = row->next_flow;
    unlink_id(r, row);
    n2_pair *pair = &r->pairs[row->pair];
    if (!--pair->n)
        pair_remove(r, pair);
    if (row->pot != N2_ROW_NONE) {
        n2_pair *pot = &r->pairs[row->pot];
        n2_share_port(r, pot->in_port)->n--;
        if (!--pot->n)
            pair_remove(r, pot);
    }
    r->ports[row->in_port].n--;
    r->stats.n--;
    r->n_words -= row->word != 0;
    *row = (n2_kept){.next_flow = r->free_rows};
    r->free_rows = i;
}

void
n2_kept_set_id(n2_reserve *r, n2_kept *row, uint64_t id)
{
    unlink_id(r, row);
    row->id = id;
    link_id(r, row);
}

void
n2_kept_join(n2_reserve *r, n2_kept *row, uint16_t claim, uint32_t kbps)
{
    if (row->claim != N2_ROW_NONE)
        r->claims[row->claim].used_kbps -= row->step_kbps;
    row->claim = claim;
    row->step_kbps = claim == N2_ROW_NONE ? 0 : kbps;
    if (claim != N2_ROW_NONE)
        r->claims[claim].used_kbps += kbps;
}

void
n2_kept_set(n2_reserve *r, n2_kept *row, uint32_t kbps, uint32_t asked_kbps)
{
    n2_pair *pair = &r->pairs[row->pair];
    uint32_t before = n2_kept_counted(row);

    if (row->is_allotment)
        pair->allotted_kbps = pair->allotted_kbps - row->kbps + kbps;
    row->kbps = kbps;
    row->asked_kbps = asked_kbps;
    uint32_t after = n2_kept_counted(row);
    pair->kbps = pair->kbps - before + after;
    if (row->pot != N2_ROW_NONE)
        r->pairs[row->pot].kbps = r->pairs[row->pot].kbps - before + after;
    r->ports[row->out_port].kbps = r->ports[row->out_port].kbps - before + after;
    if (!after)
        n2_kept_join(r, row, N2_ROW_NONE, 0);
}

static void
word_due(n2_reserve *r, n2_kept *row, n2_reserve_reason reason)
{
    r->n_words += !row->word;
    row->word = (uint8_t)reason;
}

void
n2_kept_cut(n2_reserve *r, n2_kept *row, uint64_t now_us)
{
    uint32_t kbps = row->kbps;

    n2_kept_set(r, row, 0, 0);
    row->is_cut = true;
    row->until_us = now_us + N2_RESERVE_CUT_US;
    row->step_kbps = kbps ? kbps : 1;
    r->stats.cut++;
    word_due(r, row, N2_RESERVE_REASON_CUT);
}

void
n2_kept_down(n2_reserve *r, n2_kept *row)
{
    uint32_t kbps = n2_kept_counted(row);

    n2_kept_set(r, row, 0, 0);
    if (row->is_cut) {
        n2_kept_remove(r, row); /* its asker knows */
        return;
    }
    row->step_kbps = kbps ? kbps : 1;
    word_due(r, row, N2_RESERVE_REASON_DOWN);
}

bool
n2_kept_word(n2_reserve *r, n2_reserve_message *out)
{
    for (size_t i = 0; r->n_words && i < r->n_rows_used; i++) {
        n2_kept *row = &r->rows[r->word_at];
        r->word_at = (uint16_t)((r->word_at + 1) % r->n_rows_used);
        if (!row->word)
            continue;
        *out = (n2_reserve_message){.what = N2_RESERVE_CUT,
                                    .is_allotment = row->is_allotment,
                                    .class = (uint8_t)(row->key & 3),
                                    .reason = row->word,
                                    .id = row->id,
                                    .kbps = row->step_kbps,
                                    .path =
                                        n2_path_answer((row->key & ~UINT64_C(63)) | row->used)};
        bool is_gone = row->word == N2_RESERVE_REASON_DOWN;
        row->word = 0;
        r->n_words--;
        if (is_gone)
            n2_kept_remove(r, row);
        return true;
    }
    return false;
}
