/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-keys.h - orders to the keys process, and what is put before a person meanwhile.
 *
 * Layer: node.  Included by control-private.h only.
 *
 *     job --n2_keys_order--> keys process --answer--> `then` of the job
 *                                 |  ^
 *                               ASK  TELL (and a pipe that nobody here reads)
 *                                 v  |
 *     job --n2_ask_person--> ask --N2_NOTICE_ASK--> agent --N2_JOB_ASK_*--> `then` of the ask
 */
#pragma once

/** What @j makes of an answer; with an error too (see n2_keys_refused()). */
typedef void n2_keys_answered(n2_control *c, job *j, const n2_keys_answer *a);

typedef struct key_request key_request;

/** What the node makes of a signature that it asked for itself. */
typedef void n2_keys_signed(n2_control *c, const key_request *r, const n2_keys_answer *a);

/** What a person chose; NULL: nothing, or there is nobody to be asked. */
typedef struct {
    const char *as;       /* log-in: "nobody", "account", "identity" */
    const char *identity; /* log-in: address; or "" */
    bool is_always;       /* log-in: do not ask again */
    bool is_same;         /* words */
} n2_chosen;

typedef void n2_asked(n2_control *c, job *j, const n2_chosen *chosen);

struct key_request {
    uint32_t id;
    n2_keys_kind kind;
    uint8_t *bytes; /* (owned) the request */
    size_t len;
    bool is_sent;
    bool has_pipe;               /* it came with one */
    int pipe;                    /* (owned) until it is sent; then -1 */
    n2_job job;                  /* NEW, SIGN for a job; 0: for the node itself */
    n2_keys_answered *then;      /* (nullable) of a job by n2_keys_order() */
    uint64_t es_tag;             /* ES */
    n2_conn conn;                /* PROVE; SIGN, TAKE, VAULT of control-vault.c */
    n2_id who;                   /* SIGN of a node key; PROVE; the same */
    n2_id site;                  /* ACCOUNT */
    uint8_t suite;               /* the same, and NODE_KEY */
    uint8_t dht;                 /* SIGN for the DHT: what (control-dht-private.h) */
    n2_keys_signed *signed_then; /* (nullable) of SIGN for the node itself */
    uint8_t route;               /* SIGN: route_signs; conn and es_tag: who asked for it */
    bool is_told;                /* the same: whoever asks may hear of it */
    uint16_t index;              /* LIST */
};

/* Something that a person is to do or say. */
typedef struct {
    uint32_t id;       /* that agents know; 0: this place is free */
    n2_job job;        /* that waits; 0: none in particular */
    uint32_t request;  /* of the keys process, that waits; 0: none */
    bool is_told;      /* what the person said is on its way */
    bool wants_unlock; /* the passphrase of the file */
    n2_asked *then;    /* (nullable) of n2_ask_person() */
} person_ask;

/* ---- control-keys.c ---- */

/** Asks for the identities, or the node key, whatever is next. */
void n2_keys_begin(n2_control *c);
n2_err n2_keys_ask(n2_control *c, const n2_keys_request *request, key_request *extra);
void n2_keys_expire(n2_control *c);

/** Looks at the clock of the world, whenever it is known. */
void n2_keys_clock(n2_control *c);
void n2_keys_record(n2_control *c);
/** An identity from the statements in the store.  N2_ERR_NOTFOUND: not known here. */
n2_err n2_keys_identity(n2_control *c, const n2_id *who, n2_identity *out);
const own_identity *n2_keys_own(const n2_control *c, const n2_id *who);
void n2_keys_clear(n2_control *c);

/** A new identity, or one that joined, as the keys process tells it (NEW, LIST, JOIN): kept,
 *  served, and it signs the node key.  NULL: it could not be kept (logged). */
const own_identity *n2_keys_take_identity(n2_control *c, const n2_keys_answer *a);

/** The passphrase was right. */
void n2_keys_unlocked(n2_control *c);

/** The answer to UNLOCK: @j ends when the node is ready to work. */
void n2_keys_unlock_done(n2_control *c, job *j, const n2_keys_answer *a);

/* ---- control-es.c ---- */

void n2_keys_need_es(n2_control *c, const n2_event *event);
void n2_keys_es_came(n2_control *c, const key_request *r, const n2_keys_answer *a);

/* ---- control-vault.c ---- */

/** True: it was the answer to SIGN, TAKE or VAULT for another machine, or to one. */
bool n2_vault_said(n2_control *c, const key_request *r, const n2_keys_answer *a);

/* ---- control-order.c ---- */

/**
 * Orders something of the keys process for @j, which waits (AWAIT_KEYS) until @then is called,
 * once; if the job is cancelled before, so is the order, and @then is not called.  On failure
 * the job has ended with words.
 *
 * @pipe: (transfer full, also on failure): end of a pipe if the request wants one; -1: none.
 *        The request that wants one for reading and has none is refused (N2_ERR_USAGE).
 */
void n2_keys_order(
    n2_control *c, job *j, const n2_keys_request *request, int pipe, n2_keys_answered *then);

/** The pipe that the client gave to @j (transfer full); -1: it gave none. */
int n2_job_take_pipe(job *j);

/** True: @a is an error, and @j ended with its words. */
bool n2_keys_refused(n2_control *c, job *j, const n2_keys_answer *a);

/** A `then` for orders whose answer says nothing but that it is done. */
void n2_keys_done(n2_control *c, job *j, const n2_keys_answer *a);

enum {
    N2_TOKEN_ID_CHARS = 2 * N2_KEYS_AID_BYTES + 1
};

/** A token's id for people and programs: 16 hexadecimal digits. */
void n2_token_id_write(char out[static N2_TOKEN_ID_CHARS], const uint8_t *aid);
bool n2_token_id_read(uint8_t *aid, const char *text);

/** Gives up what @j has ordered and asked; it is about to end. */
void n2_orders_drop(n2_control *c, const job *j);

/* ---- control-ask.c ---- */

/**
 * Puts something before the person that no secret answers: @want "log-in" or "words" of
 * Agent1.Ask.  @then is called once, perhaps at once, unless the job ends before.
 *
 * @options: (transfer full): one row.
 */
void n2_ask_person(n2_control *c, job *j, const char *want, n2_table *options, n2_asked *then);

/** The keys process asks. */
void n2_ask_said(n2_control *c, const n2_keys_said *said);

/** Nothing is waited for any more: what job @waits or @request (0: none) asked is over. */
void n2_ask_over(n2_control *c, n2_job waits, uint32_t request);

/** The passphrase is not wanted any more. */
void n2_ask_unlocked(n2_control *c);

/** ASK_TELL, ASK_REFUSE, ASK_CHOOSE. */
void n2_ask_job(n2_control *c, job *j);

/* ---- control-identity.c ---- */

void n2_identity_job(n2_control *c, job *j);

/** k1-..., label of an own one, "" or NULL (the default).  N2_ERR_NOTFOUND, N2_ERR_USAGE. */
N2_MUST_USE n2_err n2_identity_named(n2_control *c, const char *text, n2_id *out);

/** The same of an own one; else @j has ended, and false is returned. */
bool n2_identity_own(n2_control *c, job *j, const char *text, n2_id *out);

/** ID_NEW: the keys process has made it. */
void n2_identity_made(n2_control *c, job *j, const own_identity *own);

/** The own identity that others are shown: of those signed in the last, else the default; NULL:
 *  there is none. */
const own_identity *n2_identity_shown(const n2_control *c);

/* ---- control-new.c ---- */

/** ID_NEW; then n2_identity_made(). */
void n2_identity_new(n2_control *c, job *j);

/* ---- control-sign.c ---- */

/** ID_SIGN_IN, ID_SIGN_OUT, ID_SHEET_SHOW, ID_SHEET_TEST, ID_PASSPHRASE, ID_UNLOCK,
 *  ID_REMOVE_KEY. */
void n2_sign_job(n2_control *c, job *j);

/** What was asked for no job, or for one that was given up too late: what the keys process did
 *  counts. */
void n2_sign_answered(n2_control *c, const key_request *r, const n2_keys_answer *a);

/** Sessions end at their time. */
void n2_sessions_expire(n2_control *c);
uint64_t n2_sessions_deadline(const n2_control *c);

/** A session of @who (not set: of all) is over: its connections are closed, and what was chosen
 * for it alone at sites is forgotten. */
void n2_identity_over(n2_control *c, const n2_id *who);

/** Something about an own identity has changed: Identity1.Changed.  @who: (nullable): any. */
void n2_identity_changed(n2_control *c, const n2_id *who);

/* ---- control-settings.c ---- */

/** Reads what the user has set; then the keys process is told, if it must know. */
void n2_settings_begin(n2_control *c);
/** Tells a keys process that was started anew. */
void n2_settings_tell(n2_control *c);
/** ID_SETTINGS. */
void n2_settings_job(n2_control *c, job *j);

/** Whose tree a publish means that does not say: the one that the user chose, or its successor;
 * else the default one.  NULL: there is none. */
const own_identity *n2_publisher(n2_control *c);

/* ---- control-show.c ---- */

/** A holder is proven: proves to it who we are, if that is wished. */
void n2_show_begin(n2_control *c, const n2_fetch_event *event);
void n2_show_proof(n2_control *c, const key_request *r, const n2_keys_answer *a);
void n2_show_ended(n2_control *c, const n2_fetch_event *event);
