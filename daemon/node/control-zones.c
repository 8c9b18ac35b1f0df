/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-zones.c - zones that are kept here: answers, requests, heads, copies for others.
 *
 *     request --checked--> granted, on disk --10 s at most--> proposed --keys process--> head
 *
 * Answers are those of the last head; what was granted is in the next.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/container.h"
#include "name/zone-copy.h"
#include "node/control-private.h"
#include "node/control-statement.h"

#define COPY_USED_US (5 * N2_SECOND_US) /* somebody is fetching it */

kept_zone *
n2_zones_find(n2_control *c, const n2_id *who)
{
    struct zones *z = c->names ? c->names->zones : NULL;

    for (size_t i = 0; z && i < z->n; i++)
        if (n2_id_equal(&z->of[i].rules.who, who))
            return &z->of[i];
    return NULL;
}

static bool
is_followed(const kept_zone *k)
{
    return k->rules.flags & N2_STORE_ZONE_FOLLOWS;
}

static void
clear(kept_zone *k)
{
    n2_zone_free(k->zone);
    free(k->copy);
    free(k->coming);
    *k = (kept_zone){.zone = NULL};
}

static n2_err
open_one(n2_control *c, const n2_store_zone *rules)
{
    struct zones *z = c->names->zones;
    kept_zone *k = &z->of[z->n];
    n2_err err =
        n2_zone_open(&k->zone, c->config.store, c->config.crypto, c->config.unicode, rules);

    if (err)
        return err;
    k->rules = *rules;
    k->ask_at_us = c->now_us;
    z->n++;
    return N2_OK;
}

n2_err
n2_zones_keep(n2_control *c, const n2_store_zone *rules, kept_zone **out)
{
    struct zones *z = c->names->zones;
    kept_zone *k = n2_zones_find(c, &rules->who);

    *out = NULL;
    if (!k && z->n == N2_ZONES_KEPT_MAX)
        return N2_ERR_LIMIT;
    n2_err err = n2_store_zone_put(c->config.store, rules);

    if (!err && k) { /* by other rules from now on */
        n2_zone *zone = NULL;

        err = n2_zone_open(&zone, c->config.store, c->config.crypto, c->config.unicode, rules);
        if (!err) {
            n2_zone_free(k->zone);
            k->zone = zone;
            k->rules = *rules;
        }
    } else if (!err) {
        err = open_one(c, rules);
        k = err ? NULL : &z->of[z->n - 1];
    }
    if (!err)
        *out = k;
    n2_near_changed(c);
    return err;
}

n2_err
n2_zones_drop(n2_control *c, kept_zone *k)
{
    struct zones *z = c->names->zones;
    n2_err err = n2_store_zone_drop(c->config.store, &k->rules.who);

    if (err)
        return err;
    clear(k);
    *k = z->of[--z->n];
    z->of[z->n] = (kept_zone){.zone = NULL};
    n2_near_changed(c);
    n2_control_changed(c, "names");
    return N2_OK;
}

n2_err
n2_zones_begin(n2_control *c)
{
    n2_store_zone rules[N2_ZONES_KEPT_MAX];
    size_t n = 0;

    c->names->zones = calloc(1, sizeof *c->names->zones);
    if (!c->names->zones)
        return N2_ERR_NOMEM;
    n2_err err = n2_store_zones(c->config.store, rules, N2_ZONES_KEPT_MAX, &n);

    for (size_t i = 0; !err && i < n; i++) {
        n2_err one = open_one(c, &rules[i]);

        if (one)
            n2_control_log(c, "a zone cannot be served: %s", n2_err_text(one));
    }
    return err;
}

void
n2_zones_clear(n2_control *c)
{
    struct zones *z = c->names ? c->names->zones : NULL;

    for (size_t i = 0; z && i < z->n; i++)
        clear(&z->of[i]);
    free(z);
    if (c->names)
        c->names->zones = NULL;
}

n2_err
n2_zones_own(n2_control *c, const n2_id *zone, const char *label, n2_slice *answer)
{
    kept_zone *k = n2_zones_find(c, zone);

    if (!k)
        return N2_ERR_NOTFOUND;
    answer->bytes = c->names->zones->answer;
    return n2_zone_ask(k->zone, label, strlen(label), c->names->zones->answer, &answer->len);
}

/* ---- heads ---- */

static void
take_head(n2_control *c, kept_zone *k, const n2_keys_answer *a)
{
    n2_identity who;
    n2_err err = a->err;

    if (!err)
        err = n2_keys_identity(c, &k->rules.who, &who);
    if (!err)
        err = n2_zone_signed(k->zone, &who, a->statement.bytes, a->statement.len, c->wall_us);
    if (err)
        n2_zone_unsigned(k->zone, c->wall_us);
    else
        n2_control_changed(c, "names");
    if (err && !k->is_told)
        n2_control_log(c, "a state of an own zone is not signed: %s", n2_err_text(err));
    k->is_told = err;
}

static void
head_signed(n2_control *c, const key_request *r, const n2_keys_answer *a)
{
    kept_zone *k = n2_zones_find(c, &r->who);

    if (k)
        take_head(c, k, a);
}

void
n2_zones_tend(n2_control *c, kept_zone *k)
{
    uint8_t buf[N2_STATEMENT_BYTES_SMALL];
    key_request extra = {.who = k->rules.who, .signed_then = head_signed};
    n2_box body;

    if (!c->is_ready || is_followed(k) || k->has_no_key ||
        !n2_zone_due(k->zone, c->wall_us, NULL))
        return;
    n2_err err = n2_zone_propose(k->zone, c->wall_us, buf, sizeof buf, &body);

    if (!err)
        err = n2_keys_ask(c,
                          &(n2_keys_request){.kind = N2_KEYS_SIGN,
                                             .who = k->rules.who,
                                             .body = {.bytes = body.bytes, .len = body.len}},
                          &extra);
    if (err)
        n2_zone_unsigned(k->zone, c->wall_us);
}

uint64_t
n2_zones_deadline(const n2_control *c)
{
    const struct zones *z = c->names ? c->names->zones : NULL;
    uint64_t least = UINT64_MAX;

    for (size_t i = 0; z && c->is_ready && c->wall_us > 0 && i < z->n; i++) {
        const kept_zone *k = &z->of[i];
        uint64_t at = k->ask_at_us;
        int64_t wall_us;

        if (!is_followed(k)) {
            bool is_due = n2_zone_due(k->zone, c->wall_us, &wall_us);

            at = k->has_no_key          ? UINT64_MAX
                 : is_due               ? c->now_us
                 : wall_us == INT64_MAX ? UINT64_MAX
                                        : c->now_us + (uint64_t)(wall_us - c->wall_us);
        }
        if (at < least)
            least = at;
    }
    return least;
}

void
n2_zones_expire(n2_control *c)
{
    struct zones *z = c->names ? c->names->zones : NULL;

    for (size_t i = 0; z && c->is_ready && i < z->n; i++)
        if (!is_followed(&z->of[i]))
            n2_zones_tend(c, &z->of[i]);
        else if (z->of[i].ask_at_us <= c->now_us)
            n2_zone_follow_ask(c, &z->of[i]);
}

void
n2_zones_uses(const n2_control *c, n2_uses *uses)
{
    const struct zones *z = c->names ? c->names->zones : NULL;

    if (!z)
        return;
    n2_uses_add(uses, "zones_kept", z->n, N2_ZONES_KEPT_MAX, 0);
    n2_uses_add(uses, "zone_asks", N2_USE_NONE, N2_ZONE_ASKS_A_S, z->n_refused);
}

/* ---- requests ---- */

static n2_err
identity_of(n2_control *c, const n2_id *who, const n2_slice *known, n2_identity *out)
{
    n2_identity_set *set = NULL;
    n2_err err = n2_store_identity(c->config.store, who, &c->names->verified, &set);

    /* What comes with a request is looked at for it alone: strangers leave nothing here. */
    if (!err && known && known->len)
        (void)!n2_identity_take_all(set, known->bytes, known->len, c->wall_us,
                                    &c->names->verified);
    if (!err)
        err = n2_identity_look(set, c->wall_us, out);
    n2_identity_set_free(set);
    return err;
}

n2_err
n2_zones_do(n2_control *c,
            const n2_slice *statement,
            const n2_slice *known,
            uint8_t buf[static N2_ZONE_RECORD_BYTES_MAX],
            n2_zone_record *record,
            n2_zone_refusal *why)
{
    n2_identity who, before;
    n2_zone_request q;
    n2_statement s;
    n2_err err = n2_statement_check(&s, statement->bytes, statement->len, N2_KIND_ANY,
                                    c->config.unicode);

    *why = N2_ZONE_GRANTED;
    if (!err)
        err = n2_zone_request_read(&q, &s.body, c->config.unicode);
    if (err)
        return err;
    kept_zone *k = n2_zones_find(c, &q.zone);

    if (!k || is_followed(k))
        return N2_ERR_NOTFOUND;
    err = identity_of(c, &q.who, known, &who);
    if (err == N2_ERR_NOTFOUND)
        err = N2_ERR_FORGED; /* nobody knows whose the key is */
    if (!err)
        err = n2_zone_request_check(&q, &who, statement->bytes, statement->len,
                                    n2_trust_clock(c->wall_us, n2_build_of(c)),
                                    c->config.unicode);
    if (err)
        return err;
    n2_id holder = n2_zone_holder(k->zone, q.label);
    bool is_known = n2_id_is_set(&holder) && !n2_id_equal(&holder, &q.who) &&
                    !identity_of(c, &holder, known, &before);

    err = n2_zone_do(k->zone, &q, is_known ? &before : NULL, c->wall_us, buf, record, why);
    if (!err)
        n2_zones_tend(c, k);
    return err;
}

static n2_err
asked_request(n2_control *c, const n2_call *call, n2_asm *answer)
{
    struct zones *z = c->names->zones;
    const n2_slice statement = {call->arg[0].bytes, call->arg[0].len};
    const n2_slice known = {call->arg[1].bytes, call->arg[1].len};
    uint8_t buf[N2_ZONE_RECORD_BYTES_MAX];
    n2_zone_refusal why = N2_ZONE_GRANTED;
    n2_zone_record record;

    if (known.len > N2_ZONE_ASKER_BYTES_MAX)
        return N2_ERR_LIMIT;
    if (c->now_us - z->second_us >= N2_SECOND_US) {
        z->second_us = c->now_us;
        z->n_looked = 0;
    }
    if (z->n_looked == N2_ZONE_ASKS_A_S) {
        z->n_refused++;
        why = N2_ZONE_BUSY;
    } else {
        z->n_looked++;
        n2_err err = n2_zones_do(c, &statement, &known, buf, &record, &why);

        if (err && !why)
            return err;
    }
    n2_asm_u64(answer, why);
    n2_asm_bytes(answer, buf, why ? 0 : record.box.len);
    return N2_OK;
}

/* ---- copies for those who follow ---- */

static n2_err
renew_copy(n2_control *c, kept_zone *k)
{
    n2_writer w = n2_writer_init_growing(N2_ZONE_COPY_BYTES_MAX);
    n2_err err = n2_zone_copy_write(k->zone, &w);

    if (!err)
        err = n2_writer_finish(&w, NULL);
    if (err) {
        n2_writer_clear(&w);
        return err == N2_ERR_NOSPACE ? N2_ERR_LIMIT : err;
    }
    free(k->copy);
    k->copy = w.buf;
    k->copy_len = w.len;
    k->copy_serial = n2_zone_head_of(k->zone)->serial;
    k->copy_made_us = c->now_us;
    return N2_OK;
}

/* Who fetches it has a minute, or as long as he goes on. */
static n2_err
copy_for(n2_control *c, kept_zone *k, uint64_t serial, uint64_t offset)
{
    uint64_t newest = n2_zone_head_of(k->zone)->serial;

    if (offset)
        return !k->copy || k->copy_serial != serial ? N2_ERR_STATE
               : offset >= k->copy_len              ? N2_ERR_USAGE
                                                    : N2_OK;
    if (!newest)
        return N2_ERR_NOTFOUND;
    if (newest <= serial)
        return N2_ERR_EXISTS;
    bool is_used = k->copy && k->copy_serial > serial &&
                   c->now_us - k->copy_used_us < COPY_USED_US &&
                   c->now_us - k->copy_made_us < N2_MINUTE_US;

    return is_used || (k->copy && k->copy_serial == newest) ? N2_OK : renew_copy(c, k);
}

static n2_err
asked_map(n2_control *c, const n2_call *call, const n2_id *zone, n2_asm *answer)
{
    kept_zone *k = n2_zones_find(c, zone);
    uint64_t offset = call->arg[2].u;
    n2_err err = k ? copy_for(c, k, call->arg[1].u, offset) : N2_ERR_NOTFOUND;

    if (err)
        return err;
    size_t left = k->copy_len - (size_t)offset;

    k->copy_used_us = c->now_us;
    n2_asm_u64(answer, k->copy_serial);
    n2_asm_u64(answer, k->copy_len);
    n2_asm_bytes(answer, k->copy + offset,
                 left < N2_ZONE_COPY_STEP ? left : (size_t)N2_ZONE_COPY_STEP);
    if (offset)
        n2_asm_bytes(answer, "", 0);
    else
        n2_names_put_statements(c, answer, zone);
    return N2_OK;
}

n2_err
n2_zones_asked(n2_control *c, const n2_call *call, n2_asm *answer)
{
    n2_id zone;

    if (call->opcode == N2_WORD_NAME_ASK)
        return asked_request(c, call, answer);
    n2_err err = n2_names_zone_of(&call->arg[0], &zone);

    return err ? err : asked_map(c, call, &zone, answer);
}

/* Marks a text for the translators; front ends look it up. */
#define N_(text) text

/* ---- a new zone ---- */

static const char elsewhere_why[] = N_("this identity has a key for a zone already");
static const char elsewhere_next[] =
    N_("Another machine of it keeps the zone: two that both signed for it would look like "
       "fraud. Take another identity.");
static const char kept_why[] = N_("this identity keeps a zone already");
static const char kept_next[] = N_("See 'net2o name zone list'.");

static bool
has_key(n2_control *c, const n2_id *who)
{
    n2_identity identity;

    if (n2_keys_identity(c, who, &identity))
        return false;
    for (size_t i = 0; i < identity.n_keys; i++)
        if (n2_identity_may(&identity, &identity.keys[i].key, N2_RIGHT_ZONE, c->wall_us))
            return true;
    return false;
}

static void
claim(n2_control *c, job *j)
{
    n2_err err = n2_roots_claim(c, j->name, &j->who);

    if (err) {
        n2_job_failed(c, j, err);
        return;
    }
    n2_table *t = n2_job_row();

    n2_table_text(t, "suffix", *j->name ? j->name : ".");
    n2_table_id(t, "zone", N2_ID_IDENTITY, &j->who);
    n2_job_done(c, j, t);
}

static void
first_signed(n2_control *c, job *j, const n2_keys_answer *a)
{
    kept_zone *k = n2_zones_find(c, &j->who);

    if (k)
        take_head(c, k, a);
    if (!n2_keys_refused(c, j, a))
        claim(c, j);
}

static void
key_made(n2_control *c, job *j, const n2_keys_answer *a)
{
    kept_zone *k = n2_zones_find(c, &j->who);
    uint8_t buf[N2_STATEMENT_BYTES_SMALL];
    n2_identity identity;
    n2_box body;

    if (n2_keys_refused(c, j, a))
        return;
    n2_err err =
        k ? n2_statement_keep(c, &j->who, a->statement.bytes, a->statement.len, &identity)
          : N2_ERR_STATE;

    if (!err) {
        n2_identity_changed(c, &j->who);
        k->has_no_key = false;
        n2_near_changed(c);
        err = n2_zone_propose(k->zone, c->wall_us, buf, sizeof buf, &body);
    }
    if (err == N2_ERR_STATE) /* there was one a moment ago; the next comes by itself */
        claim(c, j);
    else if (err)
        n2_job_failed(c, j, err);
    else
        n2_keys_order(c, j,
                      &(n2_keys_request){.kind = N2_KEYS_SIGN,
                                         .who = j->who,
                                         .body = {.bytes = body.bytes, .len = body.len}},
                      -1, first_signed);
}

static void
new_zone(n2_control *c, job *j)
{
    char suffix[N2_NAME_BYTES_MAX + 1];
    n2_keys_request request = {.kind = N2_KEYS_ZONE, .label = "zone"};
    n2_store_zone rules = {.flags = j->flags & N2_REQUEST_FIXED ? N2_STORE_ZONE_CLOSED : 0};
    const char *why = NULL;
    kept_zone *k;

    if (!n2_identity_own(c, j, j->address, &j->who))
        return;
    rules.who = request.who = j->who;
    n2_err err = n2_roots_suffix(c, j->name, suffix, &why);

    if (err && why) {
        n2_job_failed_words(c, j, err, why, n2_words_name_next);
        return;
    }
    if (!err && !n2_roots_may_claim(c, suffix, &j->who)) {
        n2_job_failed_words(c, j, N2_ERR_EXISTS, n2_words_claimed_why, n2_words_claimed_next);
        return;
    }
    bool is_there = n2_zones_find(c, &j->who);

    if (!err && has_key(c, &j->who)) {
        n2_job_failed_words(c, j, N2_ERR_EXISTS, is_there ? kept_why : elsewhere_why,
                            is_there ? kept_next : elsewhere_next);
        return;
    }
    if (!err)
        err = n2_zones_keep(c, &rules, &k);
    if (!err) {
        k->has_no_key = true;
        free(j->name);
        j->name = strdup(suffix);
        err = j->name ? N2_OK : N2_ERR_NOMEM;
    }
    if (err)
        n2_job_failed(c, j, err);
    else
        n2_keys_order(c, j, &request, -1, key_made);
}

void
n2_zones_job(n2_control *c, job *j)
{
    if (!c->names)
        n2_job_failed(c, j, N2_ERR_STATE);
    else if (j->kind == N2_JOB_ZONE_NEW)
        new_zone(c, j);
    else if (j->kind == N2_JOB_ZONE_FOLLOW)
        n2_zone_follow_job(c, j);
    else if (j->kind == N2_JOB_ZONE_UNFOLLOW)
        n2_zone_unfollow_job(c, j);
    else
        n2_zones_show_job(c, j);
}
