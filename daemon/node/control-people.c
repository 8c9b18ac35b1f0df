/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-people.c - jobs about people: whom the user knows, what is said of them, and whether
 *                    to go on with somebody.
 */
#include <stdlib.h>
#include <string.h>

#include "name/vouch.h"
#include "node/control-private.h"
#include "store/people.h"

/* Marks a text for the translators; front ends look it up. */
#define N_(text) text

static const char own_why[] = N_("this identity is one of your own");
static const char own_next[] = N_("Write somebody else’s address; see 'net2o id list'.");
static const char dot_why[] = N_("a name that you give to somebody has no dot");
static const char taken_why[] = N_("somebody else is called so already");
static const char taken_next[] = N_("Take another name, or take that one back first.");
static const char content_why[] = N_("this is the address of a content, not of somebody");
static const char content_next[] = N_("Ask about who published it: net2o://k1-.../ or a name.");
static const char elsewhere_why[] = N_("the name does not lead to this identity");
static const char elsewhere_next[] = N_("Open it again, and look who answers now.");

/* ---- what is known of one ---- */

typedef struct {
    n2_id who;
    n2_store_contact contact; /* its name is not used */
    bool is_there;
    char name[N2_NAME_BYTES_MAX + 1];   /* under which the user means it */
    char called[N2_NAME_BYTES_MAX + 1]; /* what the user calls it, the first of several */
    int64_t first_us, last_us;
} person;

typedef struct {
    person *people; /* (owned) */
    size_t n, room;
    const n2_id *only; /* (nullable) */
    n2_err err;
} people;

/* The person @who, put in if need be; NULL: no memory, or not the one who is wanted. */
static person *
person_of(people *all, const n2_id *who, bool adds)
{
    for (size_t i = 0; i < all->n; i++)
        if (n2_id_equal(&all->people[i].who, who))
            return &all->people[i];
    if (!adds || (all->only && !n2_id_equal(all->only, who)))
        return NULL;
    if (all->n == all->room) {
        size_t room = all->room ? 2 * all->room : 16;
        person *grown = realloc(all->people, room * sizeof *grown);

        if (!grown) {
            all->err = N2_ERR_NOMEM;
            return NULL;
        }
        all->people = grown;
        all->room = room;
    }
    all->people[all->n] = (person){.who = *who};
    return &all->people[all->n++];
}

static void
copy_name(char out[static N2_NAME_BYTES_MAX + 1], const char *name)
{
    size_t len = strlen(name);

    if (len > N2_NAME_BYTES_MAX)
        len = 0;
    memcpy(out, name, len);
    out[len] = '\0';
}

static bool
contact_cb(void *user, const n2_store_contact *contact)
{
    people *all = user;
    person *p = person_of(all, &contact->who, true);

    if (p) {
        p->is_there = true;
        p->contact = *contact;
        p->contact.name = NULL;
        copy_name(p->name, contact->name);
    }
    return !all->err;
}

static bool
name_cb(void *user, const char *name, const char *target)
{
    people *all = user;
    n2_id who;

    if (n2_id_parse(&who, N2_ID_IDENTITY, target, strlen(target)))
        return true;
    person *p = person_of(all, &who, true);

    if (p && !*p->called)
        copy_name(p->called, name);
    return !all->err;
}

static bool
seen_cb(void *user, const n2_store_seen *seen)
{
    person *p = person_of(user, &seen->who, false);

    if (p && (!p->first_us || seen->first_us < p->first_us))
        p->first_us = seen->first_us;
    if (p && seen->last_us > p->last_us)
        p->last_us = seen->last_us;
    return true;
}

/* @only: (nullable): of one, who is always there then. */
static n2_err
load(n2_control *c, const n2_id *only, people *out)
{
    *out = (people){.only = only};
    if (only)
        (void)person_of(out, only, true);
    n2_err err = n2_store_contacts(c->config.store, contact_cb, out);

    if (!err && !out->err)
        err = n2_store_names(c->config.store, name_cb, out);
    if (!err && !out->err)
        err = n2_store_seen_list(c->config.store, NULL, only, seen_cb, out);
    err = out->err ? out->err : err;
    if (err) {
        free(out->people);
        *out = (people){0};
    }
    return err;
}

/* ---- as rows ---- */

static void
put_state(n2_control *c, n2_table *t, const n2_id *who)
{
    static const char *const states[] = {"live", "frozen", "ended"};
    n2_identity identity;
    n2_err err = n2_keys_identity(c, who, &identity);

    n2_table_text(t, "state", err ? "unknown" : states[identity.state]);
    if (!err)
        n2_table_id(t, "successor", N2_ID_IDENTITY, &identity.successor);
}

typedef struct {
    n2_control *control;
    n2_vouch vouch; /* claim "": there is none */
} own_vouch;

/* The statement was ours and looked at when it came in. */
static bool
own_vouch_cb(void *user, const n2_store_vouch *v)
{
    own_vouch *own = user;
    n2_statement s;
    n2_vouch vouch;

    if (v->scope == N2_SCOPE_MET && v->until_us > own->control->wall_us &&
        n2_keys_own(own->control, &v->by) && !n2_statement_read(&s, v->statement, v->len) &&
        !n2_vouch_read(&vouch, &s.body) && *vouch.claim)
        own->vouch = vouch;
    return !*own->vouch.claim;
}

/* What one of ours says of @who, for those who ask it. */
static void
put_vouch(n2_control *c, n2_table *t, const n2_id *who)
{
    own_vouch own = {.control = c};

    if (n2_store_vouches(c->config.store, who, own_vouch_cb, &own) || !*own.vouch.claim)
        return;
    n2_table_text(t, "vouched", own.vouch.claim);
    n2_table_id(t, "vouched-by", N2_ID_IDENTITY, &own.vouch.by);
    n2_table_int(t, "vouched-until", own.vouch.until_us);
}

static void
put_person(n2_control *c, n2_table *t, const person *p)
{
    const n2_store_contact *k = &p->contact;

    n2_table_row(t);
    n2_table_id(t, "address", N2_ID_IDENTITY, &p->who);
    n2_table_text(t, "name", p->called);
    n2_table_bool(t, "met", k->marks & N2_MARK_MET);
    if (k->marks & N2_MARK_MET && k->met_us)
        n2_table_int(t, "met-at", k->met_us);
    n2_table_bool(t, "introduces", k->marks & N2_MARK_INTRODUCES);
    n2_table_bool(t, "audits", k->marks & N2_MARK_AUDITS);
    if (p->is_there)
        n2_table_int(t, "marked", k->marked_us);
    if (p->first_us)
        n2_table_int(t, "first", p->first_us);
    if (p->last_us)
        n2_table_int(t, "last", p->last_us);
    put_vouch(c, t, &p->who);
    put_state(c, t, &p->who);
}

/* Which name meant it once is not what somebody is to the user. */
static bool
is_known(const person *p)
{
    return p->contact.marks || *p->called;
}

static void
list(n2_control *c, job *j)
{
    people all;
    n2_err err = load(c, NULL, &all);

    if (err) {
        n2_job_failed(c, j, err);
        return;
    }
    n2_table *t = n2_table_new();

    for (size_t i = 0; i < all.n; i++)
        if (is_known(&all.people[i]) && !n2_keys_own(c, &all.people[i].who))
            put_person(c, t, &all.people[i]);
    free(all.people);
    n2_job_done(c, j, t);
}

static void
show(n2_control *c, job *j, const n2_id *who)
{
    people all;
    n2_err err = load(c, who, &all);

    if (err) {
        n2_job_failed(c, j, err);
        return;
    }
    n2_table *t = n2_table_new();

    put_person(c, t, &all.people[0]);
    free(all.people);
    n2_job_done(c, j, t);
}

/* ---- what the user says ---- */

typedef struct {
    const char *target;               /* k1-... */
    char *names[N2_PEOPLE_NAMES_MAX]; /* (owned) that lead there */
    size_t n;
    bool all;        /* or those without a dot alone, */
    const char *but; /* (nullable) and not this one */
} names;

static bool
names_cb(void *user, const char *name, const char *target)
{
    names *n = user;

    if (!strcmp(target, n->target) && (n->all || n2_name_is_own(name)) &&
        (!n->but || strcmp(name, n->but)))
        n->names[n->n++] = strdup(name);
    return n->n < N2_PEOPLE_NAMES_MAX;
}

/* Takes back some of what the user calls @who.  @dropped: (out): how many. */
static n2_err
drop_some(n2_control *c, const n2_id *who, bool all, const char *but, size_t *dropped)
{
    char target[N2_ID_TEXT_BYTES];
    names own = {.target = target, .all = all, .but = but};

    n2_id_format(target, N2_ID_IDENTITY, who);
    n2_err err = n2_store_names(c->config.store, names_cb, &own);

    for (size_t i = 0; i < own.n; i++) {
        if (!err)
            err = own.names[i] ? n2_store_name_unset(c->config.store, own.names[i])
                               : N2_ERR_NOMEM;
        free(own.names[i]);
    }
    *dropped = own.n;
    return err;
}

/* All of it (@all), or names without a dot; but not @but (nullable). */
static n2_err
drop_names(n2_control *c, const n2_id *who, bool all, const char *but)
{
    n2_err err;
    size_t n;

    do
        err = drop_some(c, who, all, but, &n);
    while (!err && n == N2_PEOPLE_NAMES_MAX);
    return err;
}

/* @name: (out): @text in its one form.
 * @why:  (out) (static): with USAGE or EXISTS. */
static n2_err
call_it(n2_control *c,
        const n2_id *who,
        const char *text,
        char name[static N2_NAME_BYTES_MAX + 1],
        const char **why)
{
    char target[N2_ID_TEXT_BYTES];
    char *other = NULL;

    if (!*text)
        return drop_names(c, who, false, NULL);
    n2_err err = n2_name_take(c, text, name, why);

    if (!err && !n2_name_is_own(name)) {
        *why = dot_why;
        err = N2_ERR_USAGE;
    }
    if (err)
        return err;
    n2_id_format(target, N2_ID_IDENTITY, who);
    err = n2_store_name_get(c->config.store, name, &other);
    if (!err && strcmp(other, target)) {
        *why = taken_why;
        err = N2_ERR_EXISTS;
    }
    free(other);
    if (err == N2_ERR_NOTFOUND)
        err = n2_store_name_set(c->config.store, name, target);
    return err ? err : drop_names(c, who, false, name);
}

static n2_err
keep_marks(n2_control *c, const job *j, const n2_id *who, const char *name)
{
    people all;
    n2_err err = load(c, who, &all);

    if (err)
        return err;
    const person *p = &all.people[0];
    n2_store_contact contact = p->contact;
    uint32_t said = j->flags / N2_PEOPLE_SAID & N2_PEOPLE_ALL;
    bool was_met = contact.marks & N2_MARK_MET;

    contact.who = *who;
    contact.name = name ? name : p->name;
    contact.marks = (contact.marks & ~said) | (j->flags & said);
    contact.marked_us = c->wall_us;
    if (!(contact.marks & N2_MARK_MET))
        contact.met_us = 0;
    else if (j->number)
        contact.met_us = j->number;
    else if (!was_met)
        contact.met_us = c->wall_us;
    err = n2_store_contact_put(c->config.store, &contact);
    free(all.people);
    return err;
}

static void
told(n2_control *c, const n2_id *who, bool has_names)
{
    n2_people_changed(c, who);
    if (has_names)
        n2_control_changed(c, "names");
}

static void
set(n2_control *c, job *j, const n2_id *who)
{
    char name[N2_NAME_BYTES_MAX + 1] = "";
    const char *why = NULL;
    n2_err err = j->name ? call_it(c, who, j->name, name, &why) : N2_OK;

    /* Whoever says what somebody is called means it, whoever was called so before. */
    if (!err)
        err = keep_marks(c, j, who, *name ? name : NULL);
    if (err && why) {
        n2_job_failed_words(c, j, err, why, why == taken_why ? taken_next : n2_words_name_next);
        return;
    }
    if (err) {
        n2_job_failed(c, j, err);
        return;
    }
    told(c, who, j->name);
    show(c, j, who);
}

static void
remove_it(n2_control *c, job *j, const n2_id *who)
{
    char *name = NULL;
    n2_err had = n2_store_petname_of(c->config.store, who, &name);
    n2_err err = had == N2_ERR_NOTFOUND ? N2_OK : had;

    free(name);
    if (!err)
        err = drop_names(c, who, true, NULL);
    if (!err) {
        err = n2_store_contact_drop(c->config.store, who);
        if (err == N2_ERR_NOTFOUND && !had)
            err = N2_OK;
    }
    if (err) {
        n2_job_failed(c, j, err);
        return;
    }
    told(c, who, !had);
    n2_job_done(c, j, NULL);
}

/* ---- trust ---- */

static bool
purpose_of(const char *word, n2_purpose *out)
{
    static const char *const words[] = {"read", "log-in", "write", "script", "install", "pay"};

    for (size_t i = 0; word && i < sizeof words / sizeof words[0]; i++)
        if (!strcmp(words[i], word)) {
            *out = (n2_purpose)i;
            return true;
        }
    return false;
}

static void
answer_trust(n2_control *c,
             job *j,
             n2_purpose purpose,
             const n2_id *who,
             const char *name,
             const n2_id *was)
{
    const n2_trust own = {.verdict = N2_VERDICT_GO};
    const n2_trust *trust =
        n2_keys_own(c, who) ? &own : n2_trust_of(c, purpose, who, name, was);

    if (!trust) {
        n2_job_failed(c, j, N2_ERR_IO);
        return;
    }
    n2_table *t = n2_job_row();

    n2_table_id(t, "identity", N2_ID_IDENTITY, who);
    n2_table_text(t, "name", name ? name : "");
    n2_trust_put(t, trust);
    n2_job_done(c, j, t);
}

static void
trust(n2_control *c, job *j)
{
    n2_address *a = malloc(sizeof *a);
    n2_id who = {0}, was = {0};
    n2_purpose purpose = N2_PURPOSE_READ;
    n2_err err = a ? n2_job_address(c, j, a) : N2_ERR_NOMEM;
    char name[N2_NAME_BYTES_MAX + 1] = "";
    bool is_content = !err && a->kind == N2_ADDRESS_CONTENT;

    if (!err && (is_content || !purpose_of(j->type, &purpose)))
        err = N2_ERR_USAGE;
    if (!err && a->kind == N2_ADDRESS_IDENTITY) {
        who = a->id;
    } else if (!err) {
        copy_name(name, a->name);
        err = n2_name_resolve(c, name, &who);
        was = who;
        if (err || !n2_people_follow(c, &who))
            was = (n2_id){0};
    }
    free(a);
    if (is_content)
        n2_job_failed_words(c, j, err, content_why, content_next);
    else if (err)
        n2_job_failed(c, j, err);
    else
        answer_trust(c, j, purpose, &who, *name ? name : NULL,
                     n2_id_is_set(&was) ? &was : NULL);
}

/* The name leads to @who now, or to whom the sheet of @who's predecessor named. */
static bool
leads_to(n2_control *c, const char *name, const n2_id *who)
{
    n2_id is;

    if (n2_name_resolve(c, name, &is))
        return false;
    if (n2_id_equal(&is, who))
        return true;
    return n2_people_follow(c, &is) && n2_id_equal(&is, who);
}

static void
accept(n2_control *c, job *j)
{
    char name[N2_NAME_BYTES_MAX + 1];
    n2_address *a = malloc(sizeof *a);
    n2_id who;
    n2_err err = a ? N2_OK : N2_ERR_NOMEM;

    if (!err && (!j->name || !j->address ||
                 n2_id_parse(&who, N2_ID_IDENTITY, j->address, strlen(j->address)) ||
                 n2_address_parse(a, j->name, c->config.unicode) || a->kind != N2_ADDRESS_NAME))
        err = N2_ERR_USAGE;
    if (!err)
        copy_name(name, a->name);
    free(a);
    if (!err && !leads_to(c, name, &who)) {
        n2_job_failed_words(c, j, N2_ERR_STATE, elsewhere_why, elsewhere_next);
        return;
    }
    if (!err && !n2_keys_own(c, &who))
        err = keep_marks(c, j, &who, name);
    if (err) {
        n2_job_failed(c, j, err);
        return;
    }
    told(c, &who, false);
    n2_job_done(c, j, NULL);
}

static void
forget(n2_control *c, job *j)
{
    n2_people_expire(c); /* who was met a moment ago, too */
    n2_err err = j->number < 0
                     ? N2_ERR_USAGE
                     : n2_store_seen_forget(c->config.store, j->number ? j->number : INT64_MAX);

    if (err) {
        n2_job_failed(c, j, err);
        return;
    }
    n2_people_changed(c, NULL);
    n2_job_done(c, j, NULL);
}

void
n2_people_job(n2_control *c, job *j)
{
    n2_id who;

    if (j->kind == N2_JOB_PEOPLE_LIST) {
        list(c, j);
        return;
    }
    if (j->kind == N2_JOB_PEOPLE_TRUST) {
        trust(c, j);
        return;
    }
    if (j->kind == N2_JOB_PEOPLE_ACCEPT) {
        accept(c, j);
        return;
    }
    if (j->kind == N2_JOB_PEOPLE_FORGET) {
        forget(c, j);
        return;
    }
    n2_err err = j->address ? n2_name_resolve(c, j->address, &who) : N2_ERR_USAGE;

    if (err)
        n2_job_failed(c, j, err);
    else if (n2_keys_own(c, &who))
        n2_job_failed_words(c, j, N2_ERR_USAGE, own_why, own_next);
    else if (j->kind == N2_JOB_PEOPLE_SET)
        set(c, j, &who);
    else
        remove_it(c, j, &who);
}
