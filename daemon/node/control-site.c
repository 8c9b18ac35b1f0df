/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-site.c - log-ins to sites: the person is asked as whom, and what was chosen is shown
 *                  on each connection to that site.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/login.h"
#include "name/label.h"
#include "node/control-statement.h"

/* Marks a text for the translators; front ends look it up. */
#define N_(text) text

/* ---- showing it ---- */

/* Has the keys process make what is shown on that connection.  @waits: a job whose client is
 * asked for a PIN, if there is to be one; 0: none. */
static bool
prepare(n2_control *c, site_choice *choice, const n2_fetch_at *at, n2_job waits)
{
    n2_keys_request request = {.who = choice->who, .suite = at->suite};
    key_request extra = {
        .conn = at->conn, .who = choice->who, .site = choice->site, .job = waits};
    site_recall r;

    if (choice->as == N2_STORE_AS_NOBODY || choice->is_login)
        return false;
    memcpy(request.hash, at->hash, sizeof request.hash);
    request.kind = N2_KEYS_PROVE;
    choice->moves = false;
    choice->err = N2_OK;
    if (choice->as == N2_STORE_AS_ACCOUNT) {
        n2_choice_recall(c, &choice->site, &choice->who, &r);
        request.kind = N2_KEYS_ACCOUNT;
        request.site = choice->site;
        /* Of an older vault than today's: a move.  The same: an ordinary log-in. */
        if (r.is_there && !choice->cant_move)
            request.number = r.login.number;
    }
    n2_err err = n2_keys_ask(c, &request, &extra);
    n2_fetch_showing(c->fetch, at->conn, !err, c->now_us);
    choice->is_login = !err;
    if (err)
        n2_control_log(c, "cannot log in: %s", n2_err_text(err));
    return !err;
}

/* The account that moves at @site; NULL: none does. */
static site_choice *
find_move(n2_control *c, const n2_id *site)
{
    for (size_t i = 0; c->site_moves && i < N2_SITE_MOVES_MAX; i++)
        if (n2_id_is_set(&c->site_moves[i].site) && n2_id_equal(&c->site_moves[i].site, site))
            return &c->site_moves[i];
    return NULL;
}

/* Whose log-in is on its way there: one that moves goes before what was chosen. */
static site_choice *
find_login(n2_control *c, const n2_id *site)
{
    site_choice *move = find_move(c, site);

    return move ? move : n2_choice_find(c, site);
}

bool
n2_site_proven(n2_control *c, const n2_fetch_event *event)
{
    site_choice *choice = find_move(c, &event->who);

    if (!choice)
        choice = n2_choice_for(c, &event->who);
    if (!choice || choice->as == N2_STORE_AS_NOBODY)
        return false;
    choice->is_login = false; /* if it was, on a connection that is gone */
    n2_fetch_at at;

    if (n2_fetch_open_to(c->fetch, &event->who, &at))
        (void)prepare(c, choice, &at, 0);
    return true;
}

/* Begins anew what came to nothing.  A file of the reader's is used from the beginning. */
static void
go_on(n2_control *c, job *j)
{
    walk *w = j->walk;

    if (w->sink.has)
        n2_fetch_drop_sink(c->fetch, &w->sink);
    free(w->sink.has);
    w->sink.has = NULL;
    j->awaits = AWAIT_NOTHING;
    n2_open_again(c, j);
}

/* The log-in has come to its end: who waited for it goes on; of one that moves, when that is
 * over. */
static void
logged_in(n2_control *c, const site_choice *choice)
{
    n2_id site = choice->site;
    bool is_in = !choice->err;

    for (size_t i = 0; i < N2_JOBS_MAX && !choice->is_move; i++) {
        job *j = c->jobs[i];

        if (!j || !j->walk || j->walk->asks != SITE_LOGS_IN ||
            !n2_id_equal(&j->walk->who, &site))
            continue;
        j->walk->asks = SITE_DONE;
        if (is_in)
            go_on(c, j);
        else
            n2_open_failed(c, j, N2_ERR_NOTFOUND);
    }
}

void
n2_site_account(n2_control *c, const key_request *r, const n2_keys_answer *a)
{
    site_choice *choice = find_login(c, &r->site);
    n2_fetch_at at;
    n2_login login = {0};
    n2_err err = a->err;

    if (!choice || !choice->is_login || !n2_id_equal(&choice->who, &r->who))
        return;
    if (!n2_fetch_open_to(c->fetch, &r->site, &at) || at.conn != r->conn)
        err = N2_ERR_CLOSED;
    if (err == N2_ERR_NOTFOUND && !choice->cant_move && !choice->is_move) {
        choice->cant_move = true;
        choice->is_login = false;
        if (prepare(c, choice, &at, r->job))
            return;
    }
    if (!err) {
        memcpy(login.hash, at.hash, sizeof login.hash);
        err = n2_login_check(&login, a->statement.bytes, a->statement.len, c->config.unicode);
    }
    if (!err)
        err = n2_fetch_login(c->fetch, r->conn, &a->statement, c->now_us);
    choice->number = a->number;
    choice->account = login.account;
    choice->moves = login.old.method;
    choice->lacks_vault = a->err == N2_ERR_NOTFOUND;
    if (!err)
        return;
    if (choice->lacks_vault)
        (void)n2_vault_seek(c, &r->who, 0); /* for the next time */
    choice->is_login = false;
    choice->err = err;
    n2_fetch_showing(c->fetch, r->conn, false, c->now_us);
    n2_control_log(c, "cannot log in: %s", n2_err_text(err));
    const n2_id who = choice->who;
    logged_in(c, choice);
    n2_move_logged_in(c, &r->site, &who, false);
}

void
n2_site_unproven(n2_control *c, const key_request *r, n2_err err)
{
    site_choice *choice = n2_id_is_set(&r->site) ? n2_choice_find(c, &r->site) : NULL;

    if (!choice)
        return;
    choice->is_login = false;
    choice->err = err;
    logged_in(c, choice);
}

void
n2_site_shown(n2_control *c, const n2_fetch_event *event)
{
    site_choice *choice = find_login(c, &event->who);
    bool is_login = event->kind == N2_FETCH_LOGGED_IN;

    if (!choice || !choice->is_login || is_login != (choice->as == N2_STORE_AS_ACCOUNT))
        return;
    choice->is_login = false;
    choice->err = event->err;
    bool has_moved = !event->err && choice->moves;
    if (!event->err)
        n2_choice_keep(c, choice);
    const n2_id who = choice->who;
    logged_in(c, choice);
    if (is_login)
        n2_move_logged_in(c, &event->who, &who, has_moved);
}

/* ---- moves ---- */

bool
n2_site_move(n2_control *c, const n2_id *site, const n2_id *who)
{
    bool is_chosen = n2_choice_is_account(c, site, who);
    site_choice *place = is_chosen ? n2_choice_find(c, site) : NULL;
    n2_fetch_at at;

    if (!place && !c->site_moves)
        c->site_moves = calloc(N2_SITE_MOVES_MAX, sizeof *c->site_moves);
    for (size_t i = 0; !place && c->site_moves && i < N2_SITE_MOVES_MAX; i++)
        if (!n2_id_is_set(&c->site_moves[i].site)) {
            place = &c->site_moves[i];
            *place = (site_choice){
                .site = *site, .who = *who, .as = N2_STORE_AS_ACCOUNT, .is_move = true};
        }
    if (!place)
        return false;
    /* The site is not to learn that who is on this connection has that account. */
    if (!is_chosen)
        n2_fetch_hide_from(c->fetch, site, c->now_us);
    if (n2_fetch_open_to(c->fetch, site, &at))
        (void)prepare(c, place, &at, 0);
    return true;
}

void
n2_site_moved(n2_control *c, const n2_id *site, const n2_id *who)
{
    site_choice *move = find_move(c, site);

    if (!move || !n2_id_equal(&move->who, who))
        return;
    *move = (site_choice){0};
    if (!n2_choice_is_account(c, site, who))
        n2_fetch_hide_from(c->fetch, site, c->now_us);
    /* What was opened meanwhile begins anew, as whom the user chose. */
    for (size_t i = 0; i < N2_JOBS_MAX; i++) {
        job *j = c->jobs[i];

        if (!j || !j->walk || (j->walk->asks != SITE_MOVES && j->walk->asks != SITE_LOGS_IN) ||
            !n2_id_equal(&j->walk->who, site))
            continue;
        j->walk->asks = SITE_QUIET;
        go_on(c, j);
    }
}

/* ---- asking ---- */

/* Own identities, as lists of words travel: with commas between. */
static void
put_identities(n2_control *c, n2_table *t)
{
    n2_writer w = n2_writer_init_growing(N2_SERVE_IDENTITIES_MAX * N2_ID_TEXT_BYTES);
    char text[N2_ID_TEXT_BYTES];

    for (size_t i = 0; i < c->n_owns; i++) {
        n2_id_format(text, N2_ID_IDENTITY, &c->owns[i].who);
        if (i)
            n2_write_u8(&w, ',');
        n2_write_bytes(&w, text, strlen(text));
    }
    n2_write_u8(&w, 0);
    if (!w.err)
        n2_table_text(t, "identities", (const char *)w.buf);
    n2_writer_clear(&w);
}

static void
stripped_name(const n2_control *c, const walk *w, char out[static N2_SHOWN_BYTES])
{
    *out = 0;
    if (w->address.kind == N2_ADDRESS_NAME)
        n2_name_show(out, w->address.name, strlen(w->address.name), c->config.unicode);
}

static void choose(n2_control *c, job *j, const n2_chosen *chosen);

/* Does another job ask the same already? */
static bool
is_asked(const n2_control *c, const n2_id *site)
{
    for (size_t i = 0; i < N2_JOBS_MAX; i++)
        if (c->jobs[i] && c->jobs[i]->walk && c->jobs[i]->walk->asks == SITE_ASKS &&
            n2_id_equal(&c->jobs[i]->walk->who, site))
            return true;
    return false;
}

/* What is known of a site, for who logs in there. */
static const n2_trust *
trust_of(n2_control *c, const walk *w)
{
    return n2_trust_of(c, N2_PURPOSE_LOG_IN, &w->who,
                       w->address.kind == N2_ADDRESS_NAME ? w->address.name : NULL,
                       n2_id_is_set(&w->was) ? &w->was : NULL);
}

/* At somebody who was another yesterday, or whose keys do not stand, nobody logs in. */
static bool
is_trusted(n2_control *c, const walk *w)
{
    const n2_trust *trust = trust_of(c, w);

    return trust && trust->verdict != N2_VERDICT_STOP;
}

static void
ask(n2_control *c, job *j)
{
    walk *w = j->walk;
    char name[N2_SHOWN_BYTES];
    n2_table *t = n2_job_row();

    w->asks = SITE_ASKS;
    stripped_name(c, w, name);
    n2_table_id(t, "site", N2_ID_IDENTITY, &w->who);
    n2_table_text(t, "name", name);
    put_identities(c, t);
    const n2_trust *trust = trust_of(c, w);
    if (trust)
        n2_trust_put(t, trust);
    n2_ask_person(c, j, "log-in", t, choose);
}

/* All that wait for it go on, or end. */
static void
resume(n2_control *c, const n2_id *site, bool goes_on)
{
    for (size_t i = 0; i < N2_JOBS_MAX; i++) {
        job *j = c->jobs[i];
        walk *w = j ? j->walk : NULL;

        if (!w || (w->asks != SITE_ASKS && w->asks != SITE_WAITS) ||
            !n2_id_equal(&w->who, site))
            continue;
        w->asks = SITE_ASKED;
        if (goes_on)
            go_on(c, j);
        else
            n2_open_failed(c, j, N2_ERR_NOTFOUND);
    }
}

static bool
read_choice(n2_control *c, const n2_chosen *chosen, n2_store_as *as, n2_id *who)
{
    *as = N2_STORE_AS_NOBODY;
    *who = c->owns[0].who;
    if (!chosen || !strcmp(chosen->as, "nobody"))
        return true;
    *as = !strcmp(chosen->as, "account") ? N2_STORE_AS_ACCOUNT : N2_STORE_AS_IDENTITY;
    if (*as == N2_STORE_AS_IDENTITY && strcmp(chosen->as, "identity") != 0)
        return false;
    if (!*chosen->identity)
        *who = n2_identity_shown(c)->who;
    else if (n2_identity_named(c, chosen->identity, who))
        return false;
    return n2_keys_own(c, who);
}

static void
choose(n2_control *c, job *j, const n2_chosen *chosen)
{
    n2_id site = j->walk->who;
    n2_fetch_at at;
    n2_store_as as;
    n2_id who;

    if (!c->n_owns || !read_choice(c, chosen, &as, &who)) {
        n2_job_failed(c, j, N2_ERR_USAGE);
        return;
    }
    site_choice *choice = chosen ? n2_choice_place(c, &site) : NULL;
    if (choice) {
        choice->as = as;
        choice->who = who;
        choice->is_allowed = chosen->is_always;
        choice->until_us = chosen->is_always ? UINT64_MAX : c->now_us + N2_SITE_NOBODY_US;
        stripped_name(c, j->walk, choice->name);
        if (as == N2_STORE_AS_NOBODY && chosen->is_always)
            n2_choice_keep(c, choice);
        if (as != N2_STORE_AS_NOBODY && n2_fetch_open_to(c->fetch, &site, &at))
            (void)prepare(c, choice, &at, j->id);
    }
    resume(c, &site, choice && as != N2_STORE_AS_NOBODY);
}

/* It was refused once more, but the log-in is not there yet: a token wants its PIN. */
static bool
wait_for_login(n2_control *c, job *j)
{
    walk *w = j->walk;
    const site_choice *choice = n2_choice_find(c, &w->who);

    if (!choice || !choice->is_login)
        return false;
    w->asks = SITE_LOGS_IN;
    w->asks_until_us = c->now_us + N2_SITE_LOGIN_US;
    j->awaits = AWAIT_PERSON;
    return true;
}

void
n2_site_expire(n2_control *c)
{
    for (size_t i = 0; i < N2_JOBS_MAX; i++) {
        job *j = c->jobs[i];

        if (!j || !j->walk || j->walk->asks != SITE_LOGS_IN ||
            j->walk->asks_until_us > c->now_us)
            continue;
        j->walk->asks = SITE_DONE;
        n2_open_failed(c, j, N2_ERR_NOTFOUND);
    }
}

uint64_t
n2_site_deadline(const n2_control *c)
{
    uint64_t at = UINT64_MAX;

    for (size_t i = 0; i < N2_JOBS_MAX; i++) {
        const walk *w = c->jobs[i] ? c->jobs[i]->walk : NULL;

        if (w && w->asks == SITE_LOGS_IN && w->asks_until_us < at)
            at = w->asks_until_us;
    }
    return at;
}

bool
n2_site_begin(n2_control *c, job *j)
{
    walk *w = j->walk;

    if (w && w->asks == SITE_ASKED)
        return wait_for_login(c, j);
    if (!w || !w->has_who || !(w->reach & N2_CONTENT_CLOSED) || w->asks != SITE_QUIET ||
        !c->n_owns || n2_keys_own(c, &w->who) || !is_trusted(c, w))
        return false;
    if (find_move(c, &w->who)) {
        w->asks = SITE_MOVES;
        j->awaits = AWAIT_PERSON;
        return true;
    }
    site_choice *choice = n2_choice_for(c, &w->who);
    n2_fetch_at at;

    if (choice) {
        w->asks = SITE_ASKED;
        /* It was shown, so that was the answer; or it is shown now, and asked once more. */
        if (choice->as == N2_STORE_AS_NOBODY || !n2_fetch_open_to(c->fetch, &w->who, &at) ||
            (choice->as == N2_STORE_AS_ACCOUNT ? at.is_logged_in : at.is_shown) ||
            (!choice->is_login && !prepare(c, choice, &at, j->id)))
            return false;
        go_on(c, j);
        return true;
    }
    if (is_asked(c, &w->who)) {
        w->asks = SITE_WAITS;
        j->awaits = AWAIT_PERSON;
    } else {
        ask(c, j);
    }
    return true;
}

void
n2_site_dropped(n2_control *c, job *j)
{
    const walk *w = j->walk;

    if (!w || w->asks != SITE_ASKS)
        return;
    for (size_t i = 0; i < N2_JOBS_MAX; i++) {
        job *other = c->jobs[i];

        if (!other || other == j || !other->walk || other->walk->asks != SITE_WAITS ||
            !n2_id_equal(&other->walk->who, &w->who))
            continue;
        ask(c, other);
        return;
    }
}

void
n2_site_failed(n2_control *c, job *j)
{
    const walk *w = j->walk;
    const site_choice *choice = w->has_who ? n2_choice_find(c, &w->who) : NULL;

    if (!choice || choice->as == N2_STORE_AS_NOBODY)
        n2_job_failed_words(c, j, N2_ERR_NOTFOUND, n2_words_closed_why, n2_words_closed_next);
    else if (choice->err == N2_ERR_STATE || choice->err == N2_ERR_TOKEN)
        n2_job_failed_words(c, j, N2_ERR_NOTFOUND,
                            N_("only some may read it, and you are not signed in here"),
                            N_("Sign in, then open it again."));
    else if (choice->as == N2_STORE_AS_ACCOUNT && choice->lacks_vault)
        n2_job_failed_words(
            c, j, N2_ERR_NOTFOUND,
            N_("only some may read it, and your accounts at sites are on another machine of "
               "yours"),
            N_("Link the two machines, or bring them in a file, from there: net2o id export "
               "--own; here: net2o id import FILE"));
    else
        n2_job_failed_words(
            c, j, N2_ERR_NOTFOUND, N_("it is not here, or for others than who you are there"),
            choice->as == N2_STORE_AS_ACCOUNT
                ? N_("Ask its owner to let your account in: it stands in the list of your "
                     "accounts.")
                : N_("Ask its owner to let you in."));
}
