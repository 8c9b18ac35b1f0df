/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * zone.c - a zone that is kept here: what was granted and what is signed, side by side.
 */
#include <stdlib.h>
#include <string.h>

#include "name/zone-private.h"

/* ---- opening ---- */

typedef struct {
    n2_zone *zone;
    n2_zone_change *changes; /* (owned) */
    size_t n, room;
    n2_err err;
} loading;

static bool
load_name(void *user, const n2_store_zone_name *name)
{
    loading *l = user;

    if (l->n == l->room) {
        size_t room = l->room ? 2 * l->room : 256;
        n2_zone_change *changes = realloc(l->changes, room * sizeof *changes);
        if (!changes) {
            l->err = N2_ERR_NOMEM;
            return false;
        }
        l->changes = changes;
        l->room = room;
    }
    n2_zone_change *c = &l->changes[l->n++];
    *c = (n2_zone_change){.goes = false};
    memcpy(c->entry.label, name->label, N2_HASH_BYTES);
    n2_sha256_of(name->record, name->len, c->entry.record);
    return true;
}

static n2_err
load_names(n2_zone *zone)
{
    loading l = {.zone = zone};
    n2_err err = n2_store_zone_names(zone->store, &zone->rules.zone, load_name, &l);

    if (!err)
        err = l.err;
    if (!err)
        err = n2_zone_map_apply(zone->map, l.changes, l.n);
    free(l.changes);
    return err;
}

static bool
load_head(void *user, uint64_t serial, const void *head, size_t len)
{
    n2_zone *zone = user;
    n2_statement s;

    if (len > sizeof zone->head_bytes || n2_statement_read(&s, head, len) ||
        n2_zone_head_read(&zone->head, &s.body) || zone->head.serial != serial) {
        zone->head = (n2_zone_head){.serial = 0};
        return false;
    }
    memcpy(zone->head_bytes, head, len);
    zone->head_len = len;
    return false;
}

n2_err
n2_zone_open(n2_zone **out,
             n2_store *store,
             n2_crypto *crypto,
             const n2_unicode *unicode,
             const n2_store_zone *rules)
{
    uint8_t top[N2_HASH_BYTES];
    n2_zone *zone = calloc(1, sizeof *zone);

    *out = NULL;
    if (!zone)
        return N2_ERR_NOMEM;
    zone->store = store;
    zone->unicode = unicode;
    zone->rules = (n2_zone_rules){.zone = rules->who,
                                  .term_us = rules->term_us,
                                  .is_closed = rules->flags & N2_STORE_ZONE_CLOSED,
                                  .caching_s = rules->caching_s};
    n2_err err = n2_zone_map_new(&zone->map, crypto);
    if (!err)
        err = load_names(zone);
    if (!err)
        err = n2_store_zone_heads(store, &rules->who, 1, load_head, zone);
    if (err) {
        n2_zone_free(zone);
        return err;
    }
    n2_zone_map_top(zone->map, top);
    zone->is_whole = zone->head.serial && zone->head.count == n2_zone_map_count(zone->map) &&
                     memcmp(top, zone->head.top, N2_HASH_BYTES) == 0;
    *out = zone;
    return N2_OK;
}

static void
forget(n2_zone *zone)
{
    for (size_t i = 0; i < zone->n_waits; i++)
        free(zone->waits[i].before);
    zone->n_waits = 0;
}

void
n2_zone_free(n2_zone *zone)
{
    if (!zone)
        return;
    forget(zone);
    free(zone->waits);
    n2_zone_map_free(zone->map);
    free(zone);
}

const n2_id *
n2_zone_id(const n2_zone *zone)
{
    return &zone->rules.zone;
}

const n2_zone_head *
n2_zone_head_of(const n2_zone *zone)
{
    return &zone->head;
}

size_t
n2_zone_waiting(const n2_zone *zone)
{
    return zone->n_waits;
}

/* ---- questions ---- */

/* The first change of a label since the head: what it was before that is what the head has. */
static const waiting *
find_waiting(const n2_zone *zone, const uint8_t label[static N2_HASH_BYTES])
{
    for (size_t i = 0; i < zone->n_waits; i++)
        if (memcmp(zone->waits[i].label, label, N2_HASH_BYTES) == 0)
            return &zone->waits[i];
    return NULL;
}

n2_err
n2_zone_ask(n2_zone *zone, const char *label, size_t label_len, uint8_t *buf, size_t *len)
{
    uint8_t hash[N2_HASH_BYTES], got[N2_HASH_BYTES];
    uint8_t hashes[N2_ZONE_PROOF_HASHES_MAX * N2_HASH_BYTES];
    n2_zone_answer_parts p = {.head = zone->head_bytes, .head_len = zone->head_len};
    uint8_t *record = NULL;
    int64_t asked_us;
    n2_err err = N2_OK;

    if (!zone->is_whole)
        return N2_ERR_STATE;
    n2_zone_label_hash(label, label_len, hash);
    if (n2_zone_map_answer(zone->map, hash, &p, hashes)) {
        const waiting *w = find_waiting(zone, hash);
        if (w) {
            p.record = w->before;
            p.record_len = w->before_len;
        } else {
            err = n2_store_zone_name_get(zone->store, &zone->rules.zone, hash, &record,
                                         &p.record_len, &asked_us);
            p.record = record;
        }
        if (!err)
            n2_sha256_of(p.record, p.record_len, got);
        if (err == N2_ERR_NOTFOUND ||
            (!err &&
             memcmp(got, n2_zone_map_entry(zone->map, p.index)->record, sizeof got) != 0))
            err = N2_ERR_CORRUPT;
    }
    if (!err)
        err = n2_zone_answer_write(buf, N2_ZONE_ANSWER_BYTES_MAX, &p, len);
    free(record);
    return err;
}

/* ---- requests ---- */

/* The record that stands now, granted or not yet signed; NULL: none. */
static n2_err
current(n2_zone *zone,
        const uint8_t label[static N2_HASH_BYTES],
        uint8_t **bytes,
        size_t *len,
        n2_zone_record *record,
        int64_t *asked_us)
{
    n2_err err =
        n2_store_zone_name_get(zone->store, &zone->rules.zone, label, bytes, len, asked_us);

    if (!err && n2_zone_record_check(record, *bytes, *len, zone->unicode)) {
        free(*bytes);
        *bytes = NULL;
        return N2_ERR_CORRUPT;
    }
    return err == N2_ERR_NOTFOUND ? N2_OK : err;
}

n2_id
n2_zone_holder(n2_zone *zone, const char *label)
{
    uint8_t hash[N2_HASH_BYTES], *bytes = NULL;
    n2_zone_record record;
    int64_t asked_us = 0;
    n2_id who = {0};
    size_t len = 0;

    n2_zone_label_hash(label, strlen(label), hash);
    if (!current(zone, hash, &bytes, &len, &record, &asked_us) && bytes)
        who = n2_zone_record_owner(&record);
    free(bytes);
    return who;
}

static n2_err
make_room(n2_zone *zone, size_t more)
{
    if (zone->n_waits + more <= zone->room)
        return N2_OK;
    size_t room = zone->n_waits + more + zone->room + 16;
    waiting *waits = realloc(zone->waits, room * sizeof *waits);
    if (!waits)
        return N2_ERR_NOMEM;
    zone->waits = waits;
    zone->room = room;
    return N2_OK;
}

/* Notes that a label changes.  @before: (transfer full) (nullable): its record until now; room
 * was made. */
static void
note(n2_zone *zone,
     const uint8_t label[static N2_HASH_BYTES],
     uint8_t *before,
     size_t before_len,
     const uint8_t *record,
     size_t len)
{
    waiting *w = NULL;

    /* of several changes before one head the last counts; but one that is being signed stays */
    for (size_t i = 0; i < zone->n_waits; i++)
        if (!zone->waits[i].is_proposed &&
            memcmp(zone->waits[i].label, label, N2_HASH_BYTES) == 0)
            w = &zone->waits[i];
    if (w) {
        free(before);
    } else {
        w = &zone->waits[zone->n_waits++];
        *w = (waiting){.before = before, .before_len = before_len};
        memcpy(w->label, label, N2_HASH_BYTES);
    }
    w->goes = !record;
    if (record)
        n2_sha256_of(record, len, w->record);
}

n2_err
n2_zone_do(n2_zone *zone,
           const n2_zone_request *q,
           const n2_identity *holder,
           int64_t wall_us,
           uint8_t buf[static N2_ZONE_RECORD_BYTES_MAX],
           n2_zone_record *record,
           n2_zone_refusal *why)
{
    n2_store_zone_name name = {.asked_us = q->made_us};
    n2_zone_held held = {.holder = holder};
    uint8_t *bytes = NULL;
    n2_zone_record now;
    size_t len = 0;

    *why = N2_ZONE_GRANTED;
    n2_zone_label_hash(q->label, strlen(q->label), name.label);
    n2_err err = current(zone, name.label, &bytes, &len, &now, &held.asked_us);
    held.record = bytes ? &now : NULL;
    if (!err)
        err = n2_zone_judge(&zone->rules, &held, q, wall_us, zone->unicode, buf, record, why);
    if (!err && !bytes && n2_zone_map_count(zone->map) + zone->n_waits >= N2_ZONE_NAMES_MAX)
        *why = N2_ZONE_FULL;
    if (!err && zone->n_waits >= N2_ZONE_WAITING_MAX)
        *why = N2_ZONE_BUSY;
    if (!err)
        err = *why ? n2_zone_refusal_err(*why) : make_room(zone, 1);
    if (!err) {
        name.until_us = record->until_us;
        name.record = record->box.bytes;
        name.len = record->box.len;
        err = n2_store_zone_name_put(zone->store, &zone->rules.zone, &name);
    }
    if (err) {
        free(bytes);
        return err;
    }
    note(zone, name.label, bytes, len, name.record, name.len);
    return N2_OK;
}

n2_err
n2_zone_set(n2_zone *zone, const n2_zone_record *records, size_t n, int64_t wall_us)
{
    n2_store_zone_name *names = calloc(n + 1, sizeof *names);
    struct before {
        uint8_t *bytes;
        size_t len;
    } *before = NULL;
    n2_zone_record now;
    int64_t asked_us;
    n2_err err = names ? make_room(zone, n) : N2_ERR_NOMEM;

    if (!err && zone->n_waits + n > N2_ZONE_WAITING_MAX)
        err = N2_ERR_BUSY;
    if (!err && n2_zone_map_count(zone->map) + zone->n_waits + n > N2_ZONE_NAMES_MAX)
        err = N2_ERR_LIMIT;
    if (!err)
        before = calloc(n + 1, sizeof *before);
    if (!err && !before)
        err = N2_ERR_NOMEM;
    for (size_t i = 0; !err && i < n; i++) {
        names[i] = (n2_store_zone_name){.until_us = records[i].until_us,
                                        .asked_us = wall_us,
                                        .record = records[i].box.bytes,
                                        .len = records[i].box.len};
        n2_zone_label_hash(records[i].label, strlen(records[i].label), names[i].label);
        err = current(zone, names[i].label, &before[i].bytes, &before[i].len, &now, &asked_us);
    }
    if (!err)
        err = n2_store_zone_names_put(zone->store, &zone->rules.zone, names, n);
    for (size_t i = 0; before && i < n; i++)
        if (err)
            free(before[i].bytes);
        else
            note(zone, names[i].label, before[i].bytes, before[i].len, names[i].record,
                 names[i].len);
    free(before);
    free(names);
    return err;
}

/* ---- heads ---- */

bool
n2_zone_due(const n2_zone *zone, int64_t wall_us, int64_t *at_us)
{
    int64_t life = zone->head.until_us - zone->head.made_us;
    int64_t at = zone->n_waits || !zone->is_whole
                     ? zone->head.made_us + (int64_t)N2_ZONE_HEAD_SPAN_US
                     : zone->head.made_us + life / 2;

    if (!zone->head.serial)
        at = 0;
    if (at < zone->not_before_us)
        at = zone->not_before_us;
    if (zone->next.serial)
        at = INT64_MAX; /* when that one is signed, or not */
    if (at_us)
        *at_us = at;
    return wall_us > 0 && wall_us >= at;
}

typedef struct {
    n2_zone *zone;
    n2_store_zone_name names[N2_ZONE_OVER_STEP];
    struct {
        uint8_t *bytes;
        size_t len;
    } before[N2_ZONE_OVER_STEP];
    size_t n;
    n2_err err;
} going;

static bool
goes(void *user, const n2_store_zone_name *name)
{
    going *g = user;

    g->before[g->n].bytes = malloc(name->len ? name->len : 1);
    if (!g->before[g->n].bytes) {
        g->err = N2_ERR_NOMEM;
        return false;
    }
    memcpy(g->before[g->n].bytes, name->record, name->len);
    g->before[g->n].len = name->len;
    memcpy(g->names[g->n].label, name->label, N2_HASH_BYTES);
    g->n++;
    return true;
}

/* Names whose grace is over leave; not more than a step's at each head. */
static n2_err
drop_over(n2_zone *zone, int64_t wall_us)
{
    going *g = calloc(1, sizeof *g);
    n2_err err = g ? make_room(zone, N2_ZONE_OVER_STEP) : N2_ERR_NOMEM;
    size_t taken = 0;

    if (!err)
        err = n2_store_zone_names_over(zone->store, &zone->rules.zone,
                                       wall_us - (int64_t)N2_GRACE_US + 1, N2_ZONE_OVER_STEP,
                                       goes, g);
    if (!err)
        err = g->err;
    if (!err && g->n)
        err = n2_store_zone_names_put(zone->store, &zone->rules.zone, g->names, g->n);
    for (; !err && taken < g->n; taken++)
        note(zone, g->names[taken].label, g->before[taken].bytes, g->before[taken].len, NULL,
             0);
    for (; g && taken < g->n; taken++)
        free(g->before[taken].bytes);
    free(g);
    return err;
}

/* The map with what was proposed, or again without it. */
static n2_err
turn(n2_zone *zone, bool forth)
{
    n2_zone_change *changes = calloc(zone->n_waits + 1, sizeof *changes);
    size_t n = 0;

    if (!changes)
        return N2_ERR_NOMEM;
    for (size_t i = 0; i < zone->n_waits; i++) {
        /* of two of one label the later one counts; backwards that has to be the earlier one */
        const waiting *w = &zone->waits[forth ? i : zone->n_waits - 1 - i];
        n2_zone_change *c = &changes[n];
        if (!w->is_proposed)
            continue;
        memcpy(c->entry.label, w->label, N2_HASH_BYTES);
        c->goes = forth ? w->goes : !w->before;
        if (forth)
            memcpy(c->entry.record, w->record, N2_HASH_BYTES);
        else if (w->before)
            n2_sha256_of(w->before, w->before_len, c->entry.record);
        n++;
    }
    n2_err err = n2_zone_map_apply(zone->map, changes, n);
    free(changes);
    return err;
}

n2_err
n2_zone_propose(n2_zone *zone, int64_t wall_us, void *buf, size_t cap, n2_box *body)
{
    n2_zone_head next = {.zone = zone->rules.zone,
                         .serial = zone->head.serial + 1,
                         .made_us = wall_us,
                         .until_us = wall_us + (int64_t)N2_ZONE_HEAD_LIFE_US};
    n2_err err = n2_zone_due(zone, wall_us, NULL) ? N2_OK : N2_ERR_STATE;

    if (!err)
        err = drop_over(zone, wall_us);
    if (err)
        return err;
    for (size_t i = 0; i < zone->n_waits; i++)
        zone->waits[i].is_proposed = true;
    err = turn(zone, true);
    if (!err) {
        n2_zone_map_top(zone->map, next.top);
        next.count = n2_zone_map_count(zone->map);
        memcpy(next.previous, zone->head.hash, N2_HASH_BYTES);
        err = n2_zone_head_body(buf, cap, &next, body);
        n2_err back = zone->n_waits ? turn(zone, false) : N2_OK;
        if (back) /* the map is the new one, and no head is: better no answer than a wrong one
                   */
            zone->is_whole = false;
        if (!err)
            err = back;
    }
    if (err) {
        for (size_t i = 0; i < zone->n_waits; i++)
            zone->waits[i].is_proposed = false;
        return err;
    }
    n2_sha256_of(body->bytes, body->len, next.hash);
    zone->next = next;
    return N2_OK;
}

n2_err
n2_zone_signed(
    n2_zone *zone, const n2_identity *who, const void *statement, size_t len, int64_t wall_us)
{
    n2_zone_head head;
    size_t left = 0;

    if (!zone->next.serial)
        return N2_ERR_STATE;
    n2_err err = n2_zone_head_check(&head, who, statement, len, wall_us, zone->unicode, NULL);
    if (!err && memcmp(head.hash, zone->next.hash, N2_HASH_BYTES) != 0)
        err = N2_ERR_FORGED;
    if (!err)
        err = turn(zone, true);
    if (!err) {
        err =
            n2_store_zone_head_put(zone->store, &zone->rules.zone, head.serial, statement, len);
        if (err && turn(zone, false))
            zone->is_whole = false;
    }
    if (err) {
        n2_zone_unsigned(zone, wall_us);
        return err;
    }
    for (size_t i = 0; i < zone->n_waits; i++)
        if (zone->waits[i].is_proposed)
            free(zone->waits[i].before);
        else
            zone->waits[left++] = zone->waits[i];
    zone->n_waits = left;
    zone->head = head;
    memcpy(zone->head_bytes, statement, len);
    zone->head_len = len;
    zone->is_whole = true;
    zone->next = (n2_zone_head){.serial = 0};
    return N2_OK;
}

void
n2_zone_unsigned(n2_zone *zone, int64_t wall_us)
{
    zone->next = (n2_zone_head){.serial = 0};
    zone->not_before_us = wall_us + (int64_t)N2_ZONE_HEAD_SPAN_US;
    for (size_t i = 0; i < zone->n_waits; i++)
        zone->waits[i].is_proposed = false;
}
