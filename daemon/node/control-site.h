/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-site.h - logging in to sites: what some only may read, and the user wants to.
 *
 * Layer: node.  Included by control-private.h only.
 *
 *     'not here', in a folder with a list --Agent1.Ask log-in--> nobody, account, identity
 *         --once more, on a connection that knows it--> here, or not
 *
 * A choice counts for this session, until it ends or the process does; for good if the user
 * said so.  That an account moves to another key changes no choice.
 */
#pragma once

#include "name/label.h"
#include "store/account.h"

/* walk.asks: what a job does about a log-in. */
enum {
    SITE_QUIET,
    SITE_ASKS,    /* the person, as whom */
    SITE_WAITS,   /* for what another job asks */
    SITE_ASKED,   /* and was begun again */
    SITE_LOGS_IN, /* the log-in takes its time: a PIN, a touch */
    SITE_MOVES,   /* an account moves there just now */
    SITE_DONE
};

/* What the user said of a site. */
typedef struct site_choice {
    n2_id site; /* not set: this place is free */
    n2_id who;  /* whose account, or who is shown */
    n2_store_as as;
    bool is_allowed;           /* without asking again: it is written down */
    bool is_move;              /* no choice: an account that only moves, of site_moves */
    bool moves;                /* ACCOUNT: the statement on its way moves it */
    bool is_login;             /* LOGGED_IN or SHOWN is awaited for it */
    n2_err err;                /* why it could not be shown; N2_OK: it was, or may be yet */
    bool cant_move;            /* the keys process does not have the vault that it was of */
    bool lacks_vault;          /* no machine here has what its account is drawn from */
    uint64_t until_us;         /* NOBODY: asked again then; UINT64_MAX: not */
    uint64_t used;             /* turn */
    uint32_t number;           /* ACCOUNT: of the vault, and */
    n2_key account;            /* the key on its way */
    char name[N2_SHOWN_BYTES]; /* by which the user came there */
} site_choice;

/**
 * @j came to something that is not here, or not for us.
 *
 * Returns: true: the job goes on when the person has chosen, or has ended; false: it is to end.
 */
bool n2_site_begin(n2_control *c, job *j);

/** Ends @j: what it wants stays closed. */
void n2_site_failed(n2_control *c, job *j);

/** Those that wait for a log-in do not wait for ever. */
void n2_site_expire(n2_control *c);
uint64_t n2_site_deadline(const n2_control *c);

/** @j is about to end: others that wait for what it asked ask themselves. */
void n2_site_dropped(n2_control *c, job *j);

/** A connection to a site is proven: what was chosen for it is shown.  False: nothing was. */
bool n2_site_proven(n2_control *c, const n2_fetch_event *event);

/** ACCOUNT; SHOWN and LOGGED_IN. */
void n2_site_account(n2_control *c, const key_request *r, const n2_keys_answer *a);
void n2_site_shown(n2_control *c, const n2_fetch_event *event);

/** The keys process made no proof for a site, or the site did not get it. */
void n2_site_unproven(n2_control *c, const key_request *r, n2_err err);

/**
 * The account of @who at @site is to move: it logs in on the connection that is open, or the
 * next one.  Where the user chose another, or none, the site gets a connection for that alone,
 * which ends with n2_site_moved().
 *
 * Returns: false: too many do at once.
 */
bool n2_site_move(n2_control *c, const n2_id *site, const n2_id *who);

/** It did, or does not for now. */
void n2_site_moved(n2_control *c, const n2_id *site, const n2_id *who);

/* ---- control-choice.c ---- */

/* What was kept of log-ins at a site. */
typedef struct {
    n2_control *c;
    const n2_id *who; /* (nullable) of this one alone; NULL: of who needs not be asked */
    n2_store_login login;
    char name[N2_SHOWN_BYTES];
    bool is_there;
} site_recall;

/** What was said of @site in this session; NULL: nothing. */
site_choice *n2_choice_find(n2_control *c, const n2_id *site);

/** Also for good; NULL: nothing that counts. */
site_choice *n2_choice_for(n2_control *c, const n2_id *site);

/** An empty place for @site; of too many one that is written down makes room, or the one that
 *  was longest not used.  NULL: no memory. */
site_choice *n2_choice_place(n2_control *c, const n2_id *site);

void n2_choice_recall(n2_control *c, const n2_id *site, const n2_id *who, site_recall *out);

/** Is the account of @who what was chosen for @site?  Takes no place. */
bool n2_choice_is_account(n2_control *c, const n2_id *site, const n2_id *who);

/** Does what is kept so count for this session, and not for good? */
bool n2_choice_is_for_session(const n2_control *c, const n2_store_login *login);

/** Writes it down.  An account that was used there stays known, whatever was chosen since. */
void n2_choice_keep(n2_control *c, const site_choice *choice);

/** The session of @who (NULL: of anybody) is over, and what was chosen for it with it. */
void n2_site_over(n2_control *c, const n2_id *who);

/** What was said of @site in this session does not count any more.  False: nothing was. */
bool n2_site_forget(n2_control *c, const n2_id *site);

/* ---- control-accounts.c ---- */

/** A cell `account`: a1-... */
void n2_site_put_account(n2_table *t, const n2_key *account);

/** ID_ACCOUNTS, ID_FORGET. */
void n2_site_job(n2_control *c, job *j);

/* ---- control-move.c ---- */

/** A key of @who was removed: its accounts get the keys of the new vault, one site after the
 *  other; then @j ends with @t (transfer full) and how many there were. */
void n2_move_begin(n2_control *c, job *j, const n2_id *who, n2_table *t);

/** DONE of its transfer. */
void n2_move_event(n2_control *c, job *j, const n2_fetch_event *event);

/** A log-in of the account of @who at @site came to an end. */
void n2_move_logged_in(n2_control *c, const n2_id *site, const n2_id *who, bool is_moved);
void n2_move_expire(n2_control *c);
uint64_t n2_move_deadline(const n2_control *c);
