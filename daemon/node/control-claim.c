/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-claim.c - what the user asks of a zone about one name: its zone is looked up, the
 *                   request signed, and handed in where the zone is kept.
 *
 *     job --zone of the name--> body --keys process--> statement --name-ask--> granted, or why
 *                                                                               not
 */
#include <stdlib.h>
#include <string.h>

#include "name/zone-request.h"
#include "node/control-private.h"
#include "node/control-statement.h"

/* Marks a text for the translators; front ends look it up. */
#define N_(text) text

#define DAY_US (24 * (int64_t)N2_HOUR_US)

enum {
    DAYS_MAX = 100 * 366
};

typedef struct {
    char name[N2_NAME_BYTES_MAX + 1];
    n2_zone_request q;
    n2_writer known; /* (owned) statements about who asks */
    uint8_t statement[N2_ZONE_REQUEST_BYTES_MAX];
    size_t len;
} claim;

static void
free_claim(void *state)
{
    claim *s = state;

    n2_writer_clear(&s->known);
    free(s);
}

bool
n2_claim_is(n2_job_kind kind)
{
    return kind >= N2_JOB_NAME_REGISTER && kind <= N2_JOB_NAME_TRANSFER;
}

static n2_zone_what
what_of(n2_job_kind kind)
{
    switch ((int)kind) {
    case N2_JOB_NAME_REGISTER:
        return N2_ZONE_REGISTER;
    case N2_JOB_NAME_RENEW:
        return N2_ZONE_RENEW;
    case N2_JOB_NAME_CHANGE:
        return N2_ZONE_CHANGE;
    case N2_JOB_NAME_REVOKE:
        return N2_ZONE_REVOKE;
    default:
        return N2_ZONE_TRANSFER;
    }
}

/* ---- what came of it ---- */

typedef struct {
    unsigned why;
    const char *text, *next;
} words;

static const words refusals[] = {
    {N2_ZONE_OTHER, N_("another zone speaks for this name"), N_("Look the name up anew.")},
    {N2_ZONE_REPLAYED, N_("something later was asked about this name already"),
     N_("Check the clock of this machine.")},
    {N2_ZONE_CLOSED, N_("this zone gives no names to strangers"),
     N_("Ask the owner of the zone to register it.")},
    {N2_ZONE_HELD, N_("somebody else has this name"), N_("Choose another name.")},
    {N2_ZONE_GRACE, N_("this name is over, and who had it may still renew it"),
     N_("Try again when its 30 days of grace are over.")},
    {N2_ZONE_FREE, N_("nobody has this name"), N_("Register it with 'net2o name register'.")},
    {N2_ZONE_NOT_YOURS, N_("this name belongs to another identity"),
     N_("Ask as the identity that has it.")},
    {N2_ZONE_OVER, N_("this name is over"), N_("Renew it first, with 'net2o name renew'.")},
    {N2_ZONE_LOOP, N_("the zone below this name would be the zone itself"),
     N_("Name another zone.")},
    {N2_ZONE_TERM, N_("the end that was asked for lies before now"),
     N_("Ask for a number of days from now on.")},
    {N2_ZONE_FULL, N_("this zone has no room for more names"), N_("Choose another zone.")},
    {N2_ZONE_BUSY, N_("too many ask this zone at the moment"), N_("Try again in a minute.")},
};

static const words errors[] = {
    {N2_ERR_NOTFOUND, N_("the node of this zone does not keep it"),
     N_("Tell the owner of the zone; a server that only follows it grants no names.")},
    {N2_ERR_FORGED, N_("the zone does not believe who asks, or when"),
     N_("Check the clock of this machine, and that its key was not removed.")},
    {N2_ERR_TIMEOUT, N_("the node of this zone does not answer"),
     N_("Try again later; nothing is known of whether it was granted.")},
    {N2_ERR_NOWAY, N_("there is no way to the node of this zone"),
     N_("Check the links of this node, or set a way with 'net2o path set'.")},
};

static void
refused(n2_control *c, job *j, n2_err err, unsigned why, const words *table, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (table[i].why == why) {
            n2_job_failed_words(c, j, err, table[i].text, table[i].next);
            return;
        }
    n2_job_failed(c, j, err);
}

static void
ended(n2_control *c, job *j, n2_err err, n2_zone_refusal why, const n2_zone_record *record)
{
    claim *s = j->state;

    if (why) {
        refused(c, j, n2_zone_refusal_err(why), why, refusals,
                sizeof refusals / sizeof *refusals);
        return;
    }
    if (err) {
        refused(c, j, err, (unsigned)err, errors, sizeof errors / sizeof *errors);
        return;
    }
    /* What was kept here of that zone is of before. */
    n2_name_cache_drop(n2_resolver_cache(c->names->resolver), &s->q.zone);
    n2_table *t = n2_job_row();

    n2_table_text(t, "name", s->name);
    n2_table_id(t, "zone", N2_ID_IDENTITY, &s->q.zone);
    n2_table_id(t, "identity", N2_ID_IDENTITY, &record->who);
    if (n2_id_is_set(&record->zone))
        n2_table_id(t, "below", N2_ID_IDENTITY, &record->zone);
    n2_table_int(t, "since", record->since_us);
    n2_table_int(t, "until", record->until_us);
    n2_control_changed(c, "names");
    n2_job_done(c, j, t);
}

void
n2_claim_answered(n2_control *c, job *j, n2_err err, const n2_value *values, size_t n)
{
    claim *s = j->state;
    n2_zone_record record;
    n2_zone_refusal why = N2_ZONE_GRANTED;

    j->awaits = AWAIT_NOTHING;
    if (!err && (n != 2 || values[0].type != 'u' || values[1].type != 'b'))
        err = N2_ERR_FORMAT;
    if (!err && values[0].u) {
        why = values[0].u <= N2_ZONE_BUSY ? (n2_zone_refusal)values[0].u : N2_ZONE_NOT_YOURS;
    } else if (!err) {
        err = n2_zone_record_check(&record, values[1].bytes, values[1].len, c->config.unicode);
        if (!err && strcmp(record.label, s->q.label) != 0)
            err = N2_ERR_FORMAT;
    }
    ended(c, j, err, why, &record);
}

/* ---- asking ---- */

void
n2_claim_put(const job *j, n2_asm *block)
{
    const claim *s = j->state;

    n2_asm_bytes(block, s->statement, s->len);
    n2_asm_bytes(block, s->known.buf, s->known.len);
    n2_asm_word(block, N2_WORD_NAME_ASK);
}

static void
hand_in(n2_control *c, job *j)
{
    claim *s = j->state;
    const n2_slice statement = {s->statement, s->len}, known = {s->known.buf, s->known.len};
    uint8_t buf[N2_ZONE_RECORD_BYTES_MAX];
    n2_zone_refusal why;
    n2_zone_record record;
    kept_zone *k = n2_zones_find(c, &s->q.zone);

    if (k && !(k->rules.flags & N2_STORE_ZONE_FOLLOWS)) {
        n2_err err = n2_zones_do(c, &statement, &known, buf, &record, &why);

        ended(c, j, err, why, &record);
        return;
    }
    j->awaits = AWAIT_NAME;
    n2_names_send(c, &(name_send){.job = j->id, .server = s->q.zone, .zone = s->q.zone});
}

static void
is_signed(n2_control *c, job *j, const n2_keys_answer *a)
{
    claim *s = j->state;

    if (n2_keys_refused(c, j, a))
        return;
    if (a->statement.len > sizeof s->statement) {
        n2_job_failed(c, j, N2_ERR_LIMIT);
        return;
    }
    memcpy(s->statement, a->statement.bytes, a->statement.len);
    s->len = a->statement.len;
    hand_in(c, j);
}

/* Mail hosts and servers, as "mail=HOST", "server=k1-...". */
typedef struct {
    const char *hosts[N2_ZONE_HOSTS_MAX];
    n2_attr attrs[N2_ZONE_ATTRS_MAX];
    uint8_t ids[N2_ZONE_ATTRS_MAX][N2_ID_BYTES];
    size_t n_hosts, n_attrs;
} lists;

static n2_err
read_list(n2_control *c, char **list, lists *out)
{
    for (char **one = list; one && *one; one++) {
        n2_id id;

        if (!strncmp(*one, "mail=", 5)) {
            if (out->n_hosts == N2_ZONE_HOSTS_MAX)
                return N2_ERR_LIMIT;
            out->hosts[out->n_hosts++] = *one + 5;
            continue;
        }
        if (strncmp(*one, "server=", 7) != 0 || n2_name_resolve(c, *one + 7, &id))
            return N2_ERR_USAGE;
        if (out->n_attrs == N2_LOOKUP_SERVERS_MAX)
            return N2_ERR_LIMIT;
        uint8_t *bytes = out->ids[out->n_attrs];

        bytes[0] = id.method;
        memcpy(bytes + 1, id.hash, sizeof id.hash);
        out->attrs[out->n_attrs++] = (n2_attr){.name = (const uint8_t *)n2_names_server,
                                               .name_len = (uint8_t)strlen(n2_names_server),
                                               .type = N2_TYPE_ID,
                                               .value = bytes,
                                               .len = N2_ID_BYTES};
    }
    return N2_OK;
}

static void
ask(n2_control *c, job *j)
{
    claim *s = j->state;
    uint8_t buf[N2_ZONE_REQUEST_BYTES_MAX];
    n2_id before;
    lists l = {.n_hosts = 0};
    n2_box body;
    n2_err err = read_list(c, j->list, &l);

    s->q.made_us = c->wall_us;
    if (j->number)
        s->q.until_us = c->wall_us + j->number * DAY_US;
    if (!err)
        err = n2_zone_request_body(buf, sizeof buf, &s->q, l.hosts, l.n_hosts, l.attrs,
                                   l.n_attrs, c->config.unicode, &body);
    if (!err)
        err = n2_statement_write(c, &s->q.who, &s->known, NULL);
    if (!err && j->value && *j->value) { /* who has the name, if that identity has ended */
        err = n2_name_resolve(c, j->value, &before);
        if (!err)
            err = n2_statement_write(c, &before, &s->known, NULL);
    }
    if (err) {
        n2_job_failed(c, j, err == N2_ERR_FORMAT ? N2_ERR_USAGE : err);
        return;
    }
    n2_keys_order(c, j,
                  &(n2_keys_request){.kind = N2_KEYS_SIGN,
                                     .who = s->q.who,
                                     .body = {.bytes = body.bytes, .len = body.len}},
                  -1, is_signed);
}

void
n2_claim_named(n2_control *c, job *j, const n2_resolved *r)
{
    claim *s = j->state;
    n2_resolved none = *r;
    n2_zone_record record;

    none.err = N2_ERR_NOTFOUND;
    none.why = N2_RESOLVE_NO_ZONE;
    if (r->err && r->why != N2_RESOLVE_NOBODY) {
        n2_names_failed(c, j, r);
        return;
    }
    bool is_there =
        r->record &&
        !n2_zone_record_check(&record, r->record, r->record_len, c->config.unicode) &&
        n2_id_is_set(&record.zone);

    /* A zone that is above itself: it would be granted, and nobody could look it up. */
    for (size_t i = 0; is_there && i < r->n_steps; i++)
        if (n2_id_equal(&r->steps[i].zone, &record.zone))
            none.why = N2_RESOLVE_LOOP;
    if (!is_there || none.why == N2_RESOLVE_LOOP) {
        n2_names_failed(c, j, &none);
    } else {
        s->q.zone = record.zone;
        ask(c, j);
    }
}

static n2_err
read_order(n2_control *c, job *j, claim *s, const char **why)
{
    n2_err err = j->name ? n2_name_take(c, j->name, s->name, why) : N2_ERR_USAGE;
    const char *dot = err ? NULL : strchr(s->name, '.');

    if (!err && (!dot || j->number < 0 || j->number > DAYS_MAX))
        err = N2_ERR_USAGE;
    if (err)
        return err;
    memcpy(s->q.label, s->name, (size_t)(dot - s->name));
    s->q.what = what_of(j->kind);
    bool has_other = j->other && *j->other;

    if (s->q.what == N2_ZONE_TRANSFER)
        return has_other ? n2_name_resolve(c, j->other, &s->q.to) : N2_ERR_USAGE;
    return has_other ? n2_name_resolve(c, j->other, &s->q.delegated) : N2_OK;
}

void
n2_claim_job(n2_control *c, job *j)
{
    claim *s = calloc(1, sizeof *s);
    const char *why = NULL;
    size_t len = 0;

    if (!s || !c->names) {
        free(s);
        n2_job_failed(c, j, c->names ? N2_ERR_NOMEM : N2_ERR_STATE);
        return;
    }
    s->known = n2_writer_init_growing(N2_ZONE_ASKER_BYTES_MAX);
    j->state = s;
    j->free_state = free_claim;
    if (!n2_identity_own(c, j, j->address, &j->who))
        return;
    s->q.who = j->who;
    n2_err err = read_order(c, j, s, &why);
    if (err && why) {
        n2_job_failed_words(c, j, err, why, n2_words_name_next);
        return;
    }
    if (err) {
        n2_job_failed(c, j, err);
        return;
    }
    const n2_root *root = n2_roots_find(n2_resolver_roots(c->names->resolver), s->name, &len);

    if (!root) {
        n2_job_failed_words(c, j, N2_ERR_NOTFOUND, n2_words_no_root_why, n2_words_no_root_next);
    } else if (!memchr(s->name, '.', len)) {
        s->q.zone = root->zone;
        ask(c, j);
    } else {
        err = n2_names_look(c, j, strchr(s->name, '.') + 1);
        if (err)
            n2_job_failed(c, j, err);
        else
            n2_names_pump(c);
    }
}
