/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-trust.c - the question of trust, put together from what the store knows, and the
 *                   history of who was met.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/verified.h"
#include "name/known.h"
#include "node/control-private.h"

enum {
    ANSWERS = 8, /* questions whose answer is remembered */
    MET = 16     /* people to be written into the history */
};

typedef struct {
    n2_id who, was;
    n2_purpose purpose;
    char name[N2_NAME_BYTES_MAX + 1];
    uint64_t until_us; /* 0: free */
    int64_t wall_us;   /* when it was given, as the world counts */
    int64_t seen_us;   /* by this name, last; 0: never */
    n2_trust trust;
} answer;

typedef struct {
    n2_id who;
    char name[N2_NAME_BYTES_MAX + 1];
    int64_t at_us;
} met;

struct people_known {
    answer answers[ANSWERS];
    size_t next;
    met met[MET];
    size_t n_met;
    n2_verified verified;
};

static struct people_known *
people_of(n2_control *c)
{
    if (!c->people)
        c->people = calloc(1, sizeof *c->people);
    return c->people;
}

void
n2_people_clear(n2_control *c)
{
    n2_people_expire(c);
    free(c->people);
    c->people = NULL;
}

int64_t
n2_build_of(const n2_control *c)
{
    return c->config.build_us ? c->config.build_us : c->wall_us;
}

/* ---- what statements say ---- */

static n2_err
look(n2_control *c, const n2_id *who, n2_identity *out)
{
    struct people_known *p = people_of(c);
    n2_identity_set *set;
    n2_err err = n2_store_identity(c->config.store, who, p ? &p->verified : NULL, &set);

    if (!err)
        err = n2_identity_look(set, c->wall_us, out);
    n2_identity_set_free(set);
    return err;
}

static bool
has_end_cb(void *user, uint8_t kind, const uint8_t *statement, size_t len)
{
    bool *has = user;

    (void)kind;
    (void)statement;
    (void)len;
    *has = true;
    return false;
}

/* The successor of @who: of two that are named there is none. */
static bool
successor_of(n2_control *c, const n2_id *who, n2_identity *out)
{
    bool has = false;

    return !n2_store_statements(c->config.store, who, N2_KIND_END, has_end_cb, &has) && has &&
           !look(c, who, out) && out->state == N2_IDENTITY_ENDED &&
           n2_id_is_set(&out->successor);
}

bool
n2_people_follow(n2_control *c, n2_id *who)
{
    n2_identity identity;
    n2_id at = *who;

    for (int i = 0; i < N2_PEOPLE_FOLLOWED_MAX && successor_of(c, &at, &identity); i++)
        at = identity.successor;
    if (n2_id_equal(&at, who))
        return false;
    *who = at;
    return true;
}

static bool
has_live_key(const n2_identity *identity, int64_t wall_us)
{
    for (size_t i = 0; i < identity->n_keys; i++)
        if (n2_identity_may(identity, &identity->keys[i].key, UINT32_MAX, wall_us))
            return true;
    return false;
}

/* Nothing, of somebody whose statements are not here. */
static n2_standing
standing_of(n2_control *c, const n2_id *who, int64_t wall_us)
{
    n2_standing s = {0};
    n2_identity identity;

    if (look(c, who, &identity))
        return s;
    if (identity.state == N2_IDENTITY_FROZEN) {
        s.is = N2_STANDING_FROZEN;
    } else if (identity.state == N2_IDENTITY_ENDED) {
        s.is = N2_STANDING_ENDED | (identity.is_contested ? N2_STANDING_ENDS_DIFFER : 0);
        s.since_us = identity.ended_us;
        s.successor = identity.successor;
    } else if (!has_live_key(&identity, wall_us)) {
        s.is = N2_STANDING_OVER;
    } else if (wall_us && !n2_identity_is_confirmed(&identity, wall_us)) {
        s.is = N2_STANDING_UNCONFIRMED;
        s.confirmed_us = identity.fresh_us;
    }
    return s;
}

/* Does a vouch that was kept still hold? */
static bool
holds(void *user, const n2_store_vouch *kept, n2_vouch *out)
{
    n2_control *c = user;
    struct people_known *p = people_of(c);
    n2_identity by;

    return p && !look(c, &kept->by, &by) &&
           !n2_vouch_check(out, &by, kept->statement, kept->len, c->wall_us, c->config.unicode,
                           &p->verified);
}

/* ---- the question ---- */

typedef struct {
    n2_control *c;
    n2_trust_query query;
    n2_known known;
    n2_move *moves; /* (owned) */
    size_t n_moves, moves_room;
    n2_err err;
} asking;

/* The way that an end leads from @who, if there is one. */
static void
add_move(asking *a, const n2_id *who)
{
    n2_identity identity;

    for (size_t i = 0; i < a->n_moves; i++)
        if (n2_id_equal(&a->moves[i].from, who))
            return;
    if (a->err || n2_id_equal(who, &a->query.subject) || !successor_of(a->c, who, &identity))
        return;
    if (a->n_moves == a->moves_room) {
        size_t room = a->moves_room ? 2 * a->moves_room : N2_PEOPLE_FOLLOWED_MAX;
        n2_move *grown = realloc(a->moves, room * sizeof *grown);

        if (!grown) {
            a->err = N2_ERR_NOMEM;
            return;
        }
        a->moves = grown;
        a->moves_room = room;
    }
    a->moves[a->n_moves++] =
        (n2_move){.from = *who, .to = identity.successor, .made_us = identity.ended_us};
}

/* From all whom the user knows, or met as this; and on from where each of these leads. */
static void
gather_moves(asking *a)
{
    for (size_t i = 0; i < a->known.n_marks; i++)
        add_move(a, &a->known.marks[i].who);
    for (size_t i = 0; i < a->known.n_seen; i++)
        add_move(a, &a->known.seen[i].who);
    for (size_t i = 0; i < a->n_moves && a->n_moves < N2_CONTACTS_MAX; i++) {
        n2_id to = a->moves[i].to;

        add_move(a, &to);
    }
    a->query.moves = a->moves;
    a->query.n_moves = a->n_moves;
}

/* Whom the user calls @name; false: nobody. */
static bool
is_own_name(n2_control *c, const char *name, const n2_id *who)
{
    char *target = NULL;
    n2_id named;
    bool is = !n2_store_name_get(c->config.store, name, &target) &&
              !n2_id_parse(&named, N2_ID_IDENTITY, target, strlen(target)) &&
              n2_id_equal(&named, who);

    free(target);
    return is;
}

static n2_err
ask(n2_control *c, answer *to)
{
    const char *name = *to->name ? to->name : NULL;
    int64_t build_us = n2_build_of(c), wall_us = n2_trust_clock(c->wall_us, build_us);
    bool has_was = n2_id_is_set(&to->was);
    asking a = {.c = c,
                .query = {.purpose = to->purpose,
                          .subject = to->who,
                          .name = name,
                          .standing = standing_of(c, &to->who, wall_us),
                          .wall_us = c->wall_us,
                          .build_us = build_us,
                          .unicode = c->config.unicode}};

    if (name && is_own_name(c, name, has_was ? &to->was : &to->who))
        a.query.petname = name;
    a.err = n2_known_load(&a.known, c->config.store, &to->who, name, holds, c);
    if (!a.err && has_was && a.query.petname)
        a.err = n2_known_add_petname(&a.known, &to->was, name);
    if (!a.err)
        a.err = n2_names_evidence(c, name, &a.query, &a.known);
    if (!a.err)
        gather_moves(&a);
    if (!a.err) {
        n2_known_fill(&a.known, &a.query);
        n2_trust_ask(&to->trust, &a.query);
    }
    to->seen_us = 0;
    for (size_t i = 0; i < a.known.n_seen; i++)
        if (n2_id_equal(&a.known.seen[i].who, &to->who) &&
            !strcmp(a.known.seen[i].name, to->name))
            to->seen_us = a.known.seen[i].last_us;
    n2_known_clear(&a.known);
    free(a.moves);
    return a.err;
}

static bool
is_same(
    const answer *a, n2_purpose purpose, const n2_id *who, const char *name, const n2_id *was)
{
    return a->until_us && a->purpose == purpose && n2_id_equal(&a->who, who) &&
           !strcmp(a->name, name) && n2_id_equal(&a->was, was);
}

/* A clock that was put right, or wrong, makes all of them old. */
static bool
is_new(const n2_control *c, const answer *a)
{
    int64_t later_us = c->wall_us - a->wall_us;

    return a->until_us > c->now_us && later_us >= 0 && later_us <= (int64_t)N2_MINUTE_US;
}

static answer *
find(n2_control *c, n2_purpose purpose, const n2_id *who, const char *name, const n2_id *was)
{
    struct people_known *p = people_of(c);

    for (size_t i = 0; p && i < ANSWERS; i++)
        if (is_same(&p->answers[i], purpose, who, name, was) && is_new(c, &p->answers[i]))
            return &p->answers[i];
    return NULL;
}

const n2_trust *
n2_trust_of(
    n2_control *c, n2_purpose purpose, const n2_id *who, const char *name, const n2_id *was)
{
    struct people_known *p = people_of(c);
    const n2_id nobody = {0};
    size_t len = name ? strlen(name) : 0;

    if (!p || len > N2_NAME_BYTES_MAX)
        return NULL;
    answer *a = find(c, purpose, who, name ? name : "", was ? was : &nobody);

    if (a)
        return &a->trust;
    a = &p->answers[p->next++ % ANSWERS];
    a->purpose = purpose;
    a->who = *who;
    a->was = was ? *was : nobody;
    memcpy(a->name, name ? name : "", len + 1);
    a->until_us = 0;
    n2_err err = ask(c, a);

    if (err) {
        n2_control_log(c, "cannot read what is known of people: %s", n2_err_text(err));
        return NULL;
    }
    a->until_us = c->now_us + N2_TRUST_KEPT_US;
    a->wall_us = c->wall_us;
    return &a->trust;
}

n2_err
n2_trust_stops(const n2_trust *trust)
{
    if (trust->verdict != N2_VERDICT_STOP)
        return N2_OK;
    for (size_t i = 0; i < trust->n_reasons; i++) {
        if (trust->reasons[i].verdict != N2_VERDICT_STOP)
            continue;
        if (trust->reasons[i].why == N2_WHY_ENDED ||
            trust->reasons[i].why == N2_WHY_ENDS_DIFFER)
            return N2_ERR_ENDED;
        if (trust->reasons[i].why == N2_WHY_FROZEN)
            return N2_ERR_FROZEN;
    }
    return N2_ERR_FORGED;
}

/* ---- as cells ---- */

static void
put_scripts(n2_table *t, const n2_scripts *scripts)
{
    char text[5 * N2_SCRIPTS_SHOWN_MAX + 1];
    size_t len = 0;

    for (size_t i = 0; i < scripts->n; i++) {
        if (i)
            text[len++] = ' ';
        for (int shift = 24; shift >= 0; shift -= 8)
            text[len++] = (char)(scripts->of[i] >> shift);
    }
    text[len] = '\0';
    if (len)
        n2_table_text(t, "scripts", text);
}

static void
put_reason(n2_table *t, const n2_reason *r)
{
    n2_table_row(t);
    n2_table_text(t, "code", n2_why_word(r->why));
    n2_table_text(t, "verdict", n2_verdict_word(r->verdict));
    if (*r->name)
        n2_table_text(t, "name", r->name);
    if (*r->by)
        n2_table_text(t, "by", r->by);
    n2_table_id(t, "who", N2_ID_IDENTITY, &r->who);
    if (r->at_us)
        n2_table_int(t, "at", r->at_us);
    if (r->until_us)
        n2_table_int(t, "until", r->until_us);
    put_scripts(t, &r->scripts);
}

void
n2_trust_put(n2_table *t, const n2_trust *trust)
{
    n2_table *reasons = n2_table_new();

    for (size_t i = 0; i < trust->n_reasons; i++)
        put_reason(reasons, &trust->reasons[i]);
    n2_table_text(t, "verdict", n2_verdict_word(trust->verdict));
    n2_table_take(t, "reasons", reasons);
}

/* ---- history ---- */

/* Was somebody else met by this name since? */
static bool
has_changed(const n2_trust *trust)
{
    for (size_t i = 0; i < trust->n_reasons; i++)
        if (trust->reasons[i].why == N2_WHY_CHANGED)
            return true;
    return false;
}

void
n2_trust_met(n2_control *c, const n2_id *who, const char *name, const n2_trust *trust)
{
    struct people_known *p = people_of(c);
    int64_t at_us = n2_trust_clock(c->wall_us, n2_build_of(c));
    const char *text = name ? name : "";
    const answer *known = NULL;

    /* A clock that cannot be right says when this program was made: not before that. */
    if (!at_us)
        at_us = n2_build_of(c);
    if (!p || trust->verdict >= N2_VERDICT_ASK)
        return;
    for (size_t i = 0; i < ANSWERS && !known; i++)
        if (&p->answers[i].trust == trust)
            known = &p->answers[i];
    if (known && known->seen_us && at_us - known->seen_us < (int64_t)N2_SEEN_AGAIN_US &&
        !has_changed(trust))
        return;
    for (size_t i = 0; i < p->n_met; i++)
        if (n2_id_equal(&p->met[i].who, who) && !strcmp(p->met[i].name, text))
            return;
    if (p->n_met == MET)
        n2_people_expire(c);
    met *m = &p->met[p->n_met++];

    m->who = *who;
    m->at_us = at_us;
    memcpy(m->name, text, strlen(text) + 1);
}

void
n2_people_expire(n2_control *c)
{
    struct people_known *p = c->people;

    if (!p || !p->n_met)
        return;
    for (size_t i = 0; i < p->n_met; i++) {
        const met *m = &p->met[i];
        n2_err err = n2_store_seen_put(c->config.store, m->name, &m->who, m->at_us);

        if (err)
            n2_control_log(c, "cannot note who was met: %s", n2_err_text(err));
    }
    p->n_met = 0;
    for (size_t i = 0; i < ANSWERS; i++)
        p->answers[i].until_us = 0;
}

uint64_t
n2_people_deadline(const n2_control *c)
{
    return c->people && c->people->n_met ? c->now_us : UINT64_MAX;
}

void
n2_people_changed(n2_control *c, const n2_id *who)
{
    char text[sizeof "person " + N2_ID_TEXT_BYTES] = "person ";

    for (size_t i = 0; c->people && i < ANSWERS; i++)
        c->people->answers[i].until_us = 0;
    if (who)
        n2_id_format(text + strlen(text), N2_ID_IDENTITY, who);
    n2_control_changed(c, text);
}

void
n2_people_heard(n2_control *c, const n2_id *who)
{
    n2_fetch_doubt(c->fetch, who);
    n2_people_changed(c, who);
}
