/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-name-answer.c - answers of zones: verified, passed on, shown.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/container.h"
#include "name/zone-proof.h"
#include "node/control-private.h"

/* Marks a text for the translators; front ends look it up. */
#define N_(text) text

const char n2_names_server[] = "server";

/* ---- who the zone is ---- */

static n2_err
zone_keys(n2_control *c, const n2_id *zone, n2_identity *out)
{
    n2_identity_set *set = NULL;
    n2_err err = n2_store_identity(c->config.store, zone, &c->names->verified, &set);

    if (!err)
        err = n2_identity_look(set, c->wall_us, out);
    n2_identity_set_free(set);
    return err;
}

/* Keeps what holds of it, whatever else there is. */
void
n2_names_hear(n2_control *c, const n2_id *zone, const n2_slice *statements)
{
    n2_identity_set *set = NULL;

    if (n2_store_identity(c->config.store, zone, &c->names->verified, &set))
        return;
    size_t before = n2_identity_set_count(set);

    (void)!n2_identity_take_all(set, statements->bytes, statements->len, c->wall_us,
                                &c->names->verified);
    if (n2_identity_set_count(set) != before && !n2_store_identity_keep(c->config.store, set))
        n2_people_changed(c, zone);
    n2_identity_set_free(set);
}

static n2_head_seen
head_of(const n2_zone_head *head, const uint8_t *statement, size_t len)
{
    n2_head_seen out = {.zone = head->zone,
                        .serial = head->serial,
                        .made_us = head->made_us,
                        .until_us = head->until_us,
                        .bytes = statement,
                        .len = len};

    memcpy(out.hash, head->hash, sizeof out.hash);
    memcpy(out.previous, head->previous, sizeof out.previous);
    return out;
}

n2_err
n2_names_verify(void *user,
                n2_zone_told *out,
                const n2_id *zone,
                const char *label,
                const n2_slice *answer,
                const n2_slice *statements,
                int64_t wall_us)
{
    n2_control *c = user;
    n2_identity who;
    n2_zone_answer a;

    if (statements)
        n2_names_hear(c, zone, statements);
    n2_err err = zone_keys(c, zone, &who);

    if (!err)
        err = n2_zone_answer_check(&a, answer->bytes, answer->len, label, strlen(label), &who,
                                   n2_trust_clock(wall_us, n2_build_of(c)), c->config.unicode,
                                   &c->names->verified);
    /* It may be signed by a key that has not been heard of here. */
    if (err == N2_ERR_FORGED && !statements)
        return N2_ERR_NOTFOUND;
    if (err)
        return err;
    *out = (n2_zone_told){.word = {.zone = *zone,
                                   .is_there = a.is_there,
                                   .serial = a.head.serial,
                                   .made_us = a.head.made_us,
                                   .head_until_us = a.head.until_us,
                                   .bytes = answer->bytes,
                                   .len = answer->len},
                          .head = head_of(&a.head, a.head_statement, a.head_len)};
    memcpy(out->word.label, label, strlen(label) + 1);
    if (a.is_there) {
        out->word.who = a.record.who;
        out->word.below = a.record.zone;
        out->word.since_us = a.record.since_us;
        out->word.until_us = a.record.until_us;
        out->word.caching_s = a.record.caching_s;
        out->word.record = a.record.box.bytes;
        out->word.record_len = a.record.box.len;
    }
    return N2_OK;
}

n2_err
n2_names_head(
    n2_control *c, const n2_id *zone, const uint8_t *statement, size_t len, n2_head_seen *out)
{
    n2_identity who;
    n2_zone_head head;
    n2_err err = zone_keys(c, zone, &who);

    /* An old one is no less true: its life is not looked at. */
    if (!err)
        err = n2_zone_head_check(&head, &who, statement, len, 0, c->config.unicode,
                                 &c->names->verified);
    if (!err && !n2_id_equal(&head.zone, zone))
        err = N2_ERR_FORGED;
    if (!err)
        *out = head_of(&head, statement, len);
    return err;
}

static bool
record_of(const n2_control *c, const uint8_t *bytes, size_t len, n2_zone_record *out)
{
    return bytes && !n2_zone_record_check(out, bytes, len, c->config.unicode);
}

size_t
n2_names_servers(void *user, const n2_zone_word *word, n2_id out[static N2_LOOKUP_SERVERS_MAX])
{
    n2_control *c = user;
    n2_zone_record record;
    n2_attr attr;
    size_t n = 0, at = 0;

    if (!record_of(c, word->record, word->record_len, &record))
        return 0;
    while (n < N2_LOOKUP_SERVERS_MAX && n2_zone_record_attr(&record, &at, &attr)) {
        if (attr.type != N2_TYPE_ID || attr.name_len != strlen(n2_names_server) ||
            memcmp(attr.name, n2_names_server, attr.name_len) != 0)
            continue;
        n2_field value = n2_attr_field(&attr);

        out[n++] = n2_field_id(&value);
    }
    return n;
}

/* ---- on the wire ---- */

void
n2_names_put_statements(n2_control *c, n2_asm *answer, const n2_id *zone)
{
    n2_identity_set *set = NULL;
    uint8_t *buf = malloc(N2_VM_STRING_BYTES_MAX);
    size_t len = 0;

    if (!buf || n2_store_identity(c->config.store, zone, &c->names->verified, &set) ||
        n2_identity_set_write(set, buf, N2_VM_STRING_BYTES_MAX, &len))
        len = 0;
    n2_asm_bytes(answer, buf, len);
    n2_identity_set_free(set);
    free(buf);
}

void
n2_names_put_steps(n2_control *c,
                   n2_asm *answer,
                   const n2_answer_step *steps,
                   const n2_id *zones,
                   size_t n,
                   unsigned flags)
{
    for (size_t i = 0; i < n; i++) {
        n2_asm_u64(answer, steps[i].age_s);
        n2_asm_bytes(answer, steps[i].answer.bytes, steps[i].answer.len);
        if (flags & N2_ASK_STATEMENTS)
            n2_names_put_statements(c, answer, &zones[i]);
        else
            n2_asm_bytes(answer, "", 0);
    }
}

size_t
n2_names_read_steps(const n2_value *values,
                    size_t n,
                    n2_answer_step out[static N2_NAME_STEPS_MAX])
{
    if (n % 3 || n > 3 * N2_NAME_STEPS_MAX)
        return 0;
    for (size_t i = 0; i < n; i += 3) {
        if (values[i].type != 'u' || values[i + 1].type != 'b' || values[i + 2].type != 'b')
            return 0;
        out[i / 3] = (n2_answer_step){.answer = {values[i + 1].bytes, values[i + 1].len},
                                      .statements = {values[i + 2].bytes, values[i + 2].len},
                                      .age_s = values[i].u};
    }
    return n / 3;
}

/* ---- as evidence ---- */

void
n2_names_keep(n2_control *c, const char *name, const n2_resolved *r)
{
    struct names *n = c->names;
    const n2_resolve_step *last = &r->steps[r->n_steps - 1];
    name_evidence *e = NULL;

    for (size_t i = 0; i < NAME_EVIDENCE && !e; i++)
        if (!strcmp(n->evidence[i].name, name))
            e = &n->evidence[i];
    if (!e)
        e = &n->evidence[n->next_evidence++ % NAME_EVIDENCE];
    *e = (name_evidence){.zone = last->zone,
                         .who = r->who,
                         .since_us = last->since_us,
                         .until_us = last->until_us};
    memcpy(e->name, name, strlen(name) + 1);
    for (size_t i = 0; i < r->n_steps; i++)
        if (r->steps[i].is_kept) {
            e->is_kept = true;
            e->spoke_us = r->steps[i].spoke_us;
        }
}

n2_err
n2_names_evidence(n2_control *c, const char *name, n2_trust_query *query, n2_known *known)
{
    for (size_t i = 0; c->names && name && i < NAME_EVIDENCE; i++) {
        const name_evidence *e = &c->names->evidence[i];
        const char *dot = strchr(name, '.');
        n2_vouch vouch = {.by = e->zone,
                          .subject = e->who,
                          .scope = N2_SCOPE_NAME,
                          .from_us = e->since_us,
                          .until_us = e->until_us};

        if (strcmp(e->name, name) != 0)
            continue;
        query->zone = e->zone;
        query->zone_name = dot ? dot + 1 : NULL;
        query->is_zone_silent = e->is_kept;
        query->zone_spoke_us = e->spoke_us;
        memcpy(vouch.claim, name, strlen(name) + 1);
        return n2_known_add_vouch(known, &vouch);
    }
    return N2_OK;
}

n2_err
n2_names_known(n2_control *c, const char *text, n2_id *out)
{
    char name[N2_NAME_BYTES_MAX + 1];

    if (!c->names || n2_name_fold(name, text, strlen(text), c->config.unicode, NULL))
        return N2_ERR_NOTFOUND;
    for (size_t i = 0; i < NAME_EVIDENCE; i++)
        if (*name && !strcmp(c->names->evidence[i].name, name)) {
            *out = c->names->evidence[i].who;
            return N2_OK;
        }
    return N2_ERR_NOTFOUND;
}

/* ---- own names (attack 41) ---- */

static void
check_one(n2_control *c, const name_evidence *e, const n2_id *server)
{
    name_check *check = NULL;

    for (size_t i = 0; i < 2 * NAME_EVIDENCE && !check; i++)
        if (!c->names->checks[i].lookup)
            check = &c->names->checks[i];
    if (!check)
        return;
    *check = (name_check){.own = e->who, .server = *server};
    memcpy(check->name, e->name, sizeof check->name);
    if (n2_resolve_begin_by(c->names->resolver, e->name, server, c->now_us, c->wall_us,
                            &check->lookup))
        *check = (name_check){0};
}

void
n2_names_check_own(n2_control *c, const n2_id *near, size_t n)
{
    for (size_t i = 0; i < NAME_EVIDENCE; i++) {
        const name_evidence *e = &c->names->evidence[i];

        for (size_t k = 0; *e->name && n2_keys_own(c, &e->who) && k < n && k < 2; k++)
            check_one(c, e, &near[k]);
    }
}

bool
n2_names_checked(n2_control *c, n2_lookup lookup, const n2_resolved *r)
{
    for (size_t i = 0; i < 2 * NAME_EVIDENCE; i++) {
        name_check *check = &c->names->checks[i];
        char server[N2_ID_TEXT_BYTES], who[N2_ID_TEXT_BYTES] = "nobody";

        if (check->lookup != lookup)
            continue;
        check->lookup = 0;
        /* Silence and what does not hold say nothing about the name. */
        bool is_told = !r->err || r->why == N2_RESOLVE_NO_NAME || r->why == N2_RESOLVE_NOBODY;

        if (!is_told || (!r->err && n2_id_equal(&r->who, &check->own)))
            return true;
        n2_id_format(server, N2_ID_IDENTITY, &check->server);
        if (!r->err)
            n2_id_format(who, N2_ID_IDENTITY, &r->who);
        n2_control_log(c, "by way of %s the own name %s leads to %s", server, check->name, who);
        n2_control_changed(c, "names");
        return true;
    }
    return false;
}

/* ---- shown ---- */

static n2_table *
steps_of(const n2_resolved *r)
{
    n2_table *t = n2_table_new();

    for (size_t i = 0; i < r->n_steps; i++) {
        const n2_resolve_step *s = &r->steps[i];

        n2_table_row(t);
        n2_table_id(t, "zone", N2_ID_IDENTITY, &s->zone);
        n2_table_text(t, "label", s->label);
        n2_table_int(t, "serial", (int64_t)s->serial);
        n2_table_int(t, "since", s->since_us);
        n2_table_int(t, "until", s->until_us);
        n2_table_id(t, "from", N2_ID_IDENTITY, &s->from);
        n2_table_bool(t, "cached", s->is_cached);
        n2_table_bool(t, "kept", s->is_kept);
    }
    return t;
}

static void
put_text(n2_table *t, const char *name, const void *bytes, size_t len)
{
    char *text = malloc(len + 1);

    if (text) {
        memcpy(text, bytes, len);
        text[len] = '\0';
        n2_table_text(t, name, text);
    } else {
        t->err = N2_ERR_NOMEM;
    }
    free(text);
}

void
n2_names_put_lists(n2_table *t, const n2_zone_record *record)
{
    n2_table *hosts = n2_table_new(), *offers = n2_table_new();
    const char *host;
    n2_attr attr;
    size_t at = 0, len;

    while (record && n2_zone_record_host(record, &at, &host, &len)) {
        n2_table_row(hosts);
        put_text(hosts, "host", host, len);
    }
    for (at = 0; record && n2_zone_record_attr(record, &at, &attr);)
        n2_info_put_attr(offers, &attr);
    n2_table_take(t, "mail-hosts", hosts);
    n2_table_take(t, "offers", offers);
}

n2_table *
n2_names_row(n2_control *c, const char *name, const n2_resolved *r)
{
    n2_table *t = n2_job_row();
    const n2_resolve_step *last = &r->steps[r->n_steps - 1];
    bool is_cached = true, is_kept = false;
    n2_zone_record record;

    for (size_t i = 0; i < r->n_steps; i++) {
        is_cached &= r->steps[i].is_cached;
        is_kept |= r->steps[i].is_kept;
    }
    n2_table_text(t, "name", name);
    n2_table_id(t, "identity", N2_ID_IDENTITY, &r->who);
    n2_table_id(t, "zone", N2_ID_IDENTITY, &last->zone);
    n2_table_int(t, "since", last->since_us);
    n2_table_int(t, "until", last->until_us);
    n2_table_id(t, "from", N2_ID_IDENTITY, &last->from);
    n2_table_bool(t, "cached", is_cached);
    n2_table_bool(t, "kept", is_kept);
    n2_table_take(t, "steps", steps_of(r));
    n2_names_put_lists(t, record_of(c, r->record, r->record_len, &record) ? &record : NULL);
    return t;
}

typedef struct {
    n2_resolve_why why;
    const char *text, *next;
} words;

static const words table[] = {
    {N2_RESOLVE_NO_NAME, N_("the zone that speaks for this name says that there is none"),
     N_("Check the spelling. 'net2o name root list' shows who is asked.")},
    {N2_RESOLVE_NOBODY, N_("this name leads to a zone, and to no identity"),
     N_("Look up one of the names below it.")},
    {N2_RESOLVE_NO_ZONE, N_("there is nothing below a part of this name"),
     N_("Check the spelling; the part is at its end.")},
    {N2_RESOLVE_LOOP, N_("the zones of this name lead in a circle"),
     N_("Tell the owner of the zone. Nothing was opened.")},
    {N2_RESOLVE_FORGED, N_("nobody who answered could prove what the zone says"),
     N_("Try again later, or by another network; nothing of it was kept.")},
    {N2_RESOLVE_FRAUD, N_("a zone of this name has signed two states of itself"),
     N_("Don't trust its names. 'net2o name root list' shows which it is.")},
    {N2_RESOLVE_OLD, N_("only older states of the zone came than one that was seen already"),
     N_("Try again in a minute, or by another network.")},
    {N2_RESOLVE_EXPIRED, N_("the registration of this name is over, and its days of grace too"),
     N_("Ask whoever you mean, by another way, for the new name.")},
    {N2_RESOLVE_SILENT, N_("no server of the zone can be reached, and nothing was kept"),
     N_("Check the links of this node, or name a server with 'net2o name root add'.")},
};

void
n2_names_failed(n2_control *c, job *j, const n2_resolved *r)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].why == r->why) {
            n2_job_failed_words(c, j, r->err, table[i].text, table[i].next);
            return;
        }
    n2_job_failed(c, j, r->err);
}
