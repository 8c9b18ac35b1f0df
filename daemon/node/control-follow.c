/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-follow.c - a zone of somebody else that is served here, too: its whole map is fetched
 *                    and checked against its signed head, so what is answered is, byte by byte,
 *                    what its own node answers.
 *
 *     each 30 s --zone-map, serial--> nothing newer, or a copy in pieces --checked--> in the
 * store
 */
#include <stdlib.h>
#include <string.h>

#include "name/zone-copy.h"
#include "node/control-private.h"

void
n2_zone_follow_put(const kept_zone *k, n2_asm *block)
{
    n2_asm_u64(block, k->coming_len ? k->coming_serial : n2_zone_head_of(k->zone)->serial);
    n2_asm_u64(block, k->coming_len);
    n2_asm_word(block, N2_WORD_ZONE_MAP);
}

void
n2_zone_follow_ask(n2_control *c, kept_zone *k)
{
    k->ask_at_us = c->now_us + N2_ZONE_FOLLOW_US;
    n2_names_send(
        c, &(name_send){.is_follow = true, .server = k->rules.who, .zone = k->rules.who});
}

static void
give_up(kept_zone *k)
{
    free(k->coming);
    k->coming = NULL;
    k->coming_len = k->coming_whole = 0;
    k->coming_serial = 0;
}

/* ---- a copy that is whole ---- */

typedef struct {
    n2_store_zone_name *names; /* (owned) */
    size_t n, room;
    n2_err err;
} changes;

static n2_store_zone_name *
more(changes *all)
{
    if (all->n == all->room) {
        size_t room = all->room ? 2 * all->room : 256;
        n2_store_zone_name *names = realloc(all->names, room * sizeof *names);

        if (!names) {
            all->err = N2_ERR_NOMEM;
            return NULL;
        }
        all->names = names;
        all->room = room;
    }
    all->names[all->n] = (n2_store_zone_name){.asked_us = 0};
    return &all->names[all->n++];
}

static bool
goes_cb(void *user, const n2_store_zone_name *name)
{
    n2_store_zone_name *gone = more(user);

    if (gone)
        memcpy(gone->label, name->label, sizeof gone->label);
    return gone;
}

/* All that is here goes, and all of the copy comes: in one transaction, the later counts. */
static n2_err
gather(n2_control *c, const kept_zone *k, const n2_zone_copy *copy, changes *all)
{
    n2_err err = n2_store_zone_names(c->config.store, &k->rules.who, goes_cb, all);

    for (uint32_t i = 0; !err && !all->err && i < n2_zone_copy_head(copy)->count; i++) {
        n2_store_zone_name *name = more(all);
        n2_zone_record record;
        n2_slice bytes;

        n2_zone_copy_at(copy, i, &bytes);
        if (!name)
            break;
        err = n2_zone_record_check(&record, bytes.bytes, bytes.len, c->config.unicode);
        if (err)
            break;
        n2_zone_label_hash(record.label, strlen(record.label), name->label);
        name->until_us = record.until_us;
        name->record = bytes.bytes;
        name->len = bytes.len;
    }
    return err ? err : all->err;
}

static n2_err
settle(n2_control *c, kept_zone *k)
{
    changes all = {.n = 0};
    n2_zone_copy *copy = NULL;
    n2_identity who;
    n2_head_seen head;
    n2_seen_news news;
    const n2_zone_head *before = n2_zone_head_of(k->zone);
    n2_slice signed_head = {0};
    n2_err err = n2_keys_identity(c, &k->rules.who, &who);

    if (!err)
        err = n2_zone_copy_peek(k->coming, k->coming_len, &signed_head);
    /* Whatever becomes of it: a head that the zone signed is remembered. */
    if (!err && !n2_names_head(c, &k->rules.who, signed_head.bytes, signed_head.len, &head))
        err = n2_resolve_saw(c->names->resolver, &head, &news);
    if (!err)
        err = n2_zone_copy_open(&copy, c->config.crypto, k->coming, k->coming_len, &who,
                                before->serial ? before : NULL, c->wall_us, c->config.unicode);
    if (!err)
        err = gather(c, k, copy, &all);
    if (!err)
        err = n2_store_zone_names_put(c->config.store, &k->rules.who, all.names, all.n);
    if (!err)
        err = n2_store_zone_head_put(c->config.store, &k->rules.who,
                                     n2_zone_copy_head(copy)->serial, signed_head.bytes,
                                     signed_head.len);
    n2_zone_copy_free(copy);
    free(all.names);
    give_up(k);
    if (!err)
        err = n2_zones_keep(c, &k->rules, &k);
    if (!err)
        n2_control_changed(c, "names");
    return err;
}

/* ---- pieces ---- */

static n2_err
take_piece(n2_control *c, kept_zone *k, const n2_value *values, size_t n)
{
    if (n != 4 || values[0].type != 'u' || values[1].type != 'u' || values[2].type != 'b' ||
        values[3].type != 'b' || !values[2].len || values[1].u > N2_ZONE_COPY_BYTES_MAX ||
        k->coming_len + values[2].len > values[1].u)
        return N2_ERR_FORMAT;
    if (k->coming_len && (values[0].u != k->coming_serial || values[1].u != k->coming_whole))
        return N2_ERR_FORMAT;
    if (!k->coming_len)
        n2_names_hear(c, &k->rules.who, &(n2_slice){values[3].bytes, values[3].len});
    uint8_t *grown = realloc(k->coming, k->coming_len + values[2].len);

    if (!grown)
        return N2_ERR_NOMEM;
    k->coming = grown;
    memcpy(grown + k->coming_len, values[2].bytes, values[2].len);
    k->coming_len += values[2].len;
    k->coming_serial = values[0].u;
    k->coming_whole = (size_t)values[1].u;
    return N2_OK;
}

/* Marks a text for the translators; front ends look it up. */
#define N_(text) text

static const char follow_why[] = N_("the zone could not be fetched from its own node");
static const char follow_next[] =
    N_("It is tried again each 30 seconds; check the links of this node.");

static void
tell(n2_control *c, const kept_zone *k, n2_err err)
{
    for (size_t i = 0; i < N2_JOBS_MAX; i++) {
        job *j = c->jobs[i];

        if (!j || j->kind != N2_JOB_ZONE_FOLLOW || j->awaits != AWAIT_NAME ||
            !n2_id_equal(&j->who, &k->rules.who))
            continue;
        if (err) {
            n2_job_failed_words(c, j, err, follow_why, follow_next);
            continue;
        }
        n2_table *t = n2_job_row();

        n2_table_id(t, "zone", N2_ID_IDENTITY, &k->rules.who);
        n2_table_int(t, "serial", (int64_t)n2_zone_head_of(k->zone)->serial);
        n2_table_int(t, "names", n2_zone_head_of(k->zone)->count);
        n2_job_done(c, j, t);
    }
}

void
n2_zone_follow_answered(
    n2_control *c, const n2_id *zone, n2_err err, const n2_value *values, size_t n)
{
    kept_zone *k = n2_zones_find(c, zone);

    if (!k)
        return;
    if (!err)
        err = take_piece(c, k, values, n);
    if (!err && k->coming_len < k->coming_whole) {
        n2_zone_follow_ask(c, k);
        return;
    }
    if (!err)
        err = settle(c, k);
    give_up(k);
    if (err == N2_ERR_EXISTS)
        err = N2_OK; /* nothing newer */
    if (err && !k->is_told)
        n2_control_log(c, "a zone that is followed cannot be fetched: %s", n2_err_text(err));
    k->is_told = err;
    tell(c, k, err);
}

static const char own_why[] = N_("this zone is kept here already");
static const char own_next[] = N_("Follow it on another node.");

void
n2_zone_follow_job(n2_control *c, job *j)
{
    n2_store_zone rules = {.flags = N2_STORE_ZONE_FOLLOWS};
    n2_err err = j->address ? n2_name_resolve(c, j->address, &rules.who) : N2_ERR_USAGE;
    kept_zone *k = err ? NULL : n2_zones_find(c, &rules.who);

    if (!err &&
        (n2_keys_own(c, &rules.who) || (k && !(k->rules.flags & N2_STORE_ZONE_FOLLOWS)))) {
        n2_job_failed_words(c, j, N2_ERR_EXISTS, own_why, own_next);
        return;
    }
    if (!err && !k)
        err = n2_zones_keep(c, &rules, &k);
    if (err) {
        n2_job_failed(c, j, err);
        return;
    }
    j->who = rules.who;
    j->awaits = AWAIT_NAME;
    n2_zone_follow_ask(c, k);
}

static const char unfollowed_why[] = N_("this zone is not followed here");
static const char unfollowed_next[] = N_("See 'net2o name zone list'.");

void
n2_zone_unfollow_job(n2_control *c, job *j)
{
    n2_err err = j->address ? n2_name_resolve(c, j->address, &j->who) : N2_ERR_USAGE;
    kept_zone *k = err ? NULL : n2_zones_find(c, &j->who);

    if (!err && (!k || !(k->rules.flags & N2_STORE_ZONE_FOLLOWS))) {
        n2_job_failed_words(c, j, N2_ERR_NOTFOUND, unfollowed_why, unfollowed_next);
        return;
    }
    if (!err) {
        tell(c, k, N2_ERR_CANCELLED); /* who waits for its first copy waits no longer */
        err = n2_zones_drop(c, k);
    }
    if (err) {
        n2_job_failed(c, j, err);
        return;
    }
    n2_table *t = n2_job_row();

    n2_table_id(t, "zone", N2_ID_IDENTITY, &j->who);
    n2_job_done(c, j, t);
}
