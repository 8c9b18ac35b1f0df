/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-statement.h - what the jobs about statements, devices and tokens share.
 *
 * Layer: node.  Included by control*.c only.
 */
#pragma once

#include "crypto/pieces.h"
#include "node/control-private.h"

/* ---- control-statement.c ---- */

/** ID_EXPORT, ID_IMPORT, ID_END, ID_VOUCH. */
void n2_statement_job(n2_control *c, job *j);

/**
 * Takes statements about the keys of @who, in a container or alone, into what is known here.
 *
 * Returns: N2_OK; N2_ERR_NOTFOUND (its birth is not among them, nor here), what was said of the
 *          first that was refused (the others were taken), or what the store says.
 */
N2_MUST_USE n2_err n2_statement_keep(
    n2_control *c, const n2_id *who, const void *container, size_t len, n2_identity *out);

/** All that is known about the keys of @who, into @w.  @birth_len: (out) (nullable): of the
 *  first of them.  N2_ERR_NOTFOUND: nothing is. */
N2_MUST_USE n2_err n2_statement_write(n2_control *c,
                                      const n2_id *who,
                                      n2_writer *w,
                                      size_t *birth_len);

/** Those of an answer (CONTROL, REMOVE, ADMIT) that are for everybody are kept; all of them are
 *  put into @w (nullable).  Errors: n2_statement_keep(). */
N2_MUST_USE n2_err n2_statements_made(n2_control *c,
                                      const n2_id *who,
                                      const n2_keys_answer *a,
                                      n2_writer *w);

/** Is it one that everybody may see: birth to fresh? */
static inline bool
n2_statement_is_public(uint8_t kind)
{
    return kind >= N2_KIND_BIRTH && kind <= N2_KIND_FRESH;
}

/** Is it one that only our own machines are to see? */
static inline bool
n2_statement_is_ours_alone(uint8_t kind)
{
    return kind == N2_KIND_VAULT;
}

/** An error that the row of words of @j's kind has words for, else those of any. */
void n2_statement_failed(n2_control *c, job *j, n2_err err);

/* ---- control-import.c ---- */

void n2_import_begin(n2_control *c, job *j);

/* ---- control-device.c ---- */

/** ID_DRAW, ID_ADD. */
void n2_device_job(n2_control *c, job *j);

/** Cell `key`: its id. */
void n2_device_put_key(n2_table *t, const n2_key *key);

/** A label for an own identity or key, copied; false: it is none, and @j has ended. */
bool
n2_device_label(n2_control *c, job *j, const char *label, char out[N2_OWN_LABEL_BYTES_MAX + 1]);

/** DRAW is answered: its keys as @label, and as they are asked for.  Errors:
 *  n2_pieces_write_keys(). */
N2_MUST_USE n2_err n2_device_drawn(n2_control *c,
                                   const n2_keys_answer *a,
                                   const char *label,
                                   n2_asked_key *keys,
                                   uint8_t *buf,
                                   size_t cap,
                                   size_t *len);

/** JOIN is answered: the add that was @half, with both signatures; len 0: it is not there. */
n2_slice n2_device_whole_add(const n2_keys_answer *a, const n2_slice *half);

/** What ADMIT is asked for @n keys that another machine drew.  N2_ERR_FORMAT: without label. */
N2_MUST_USE n2_err n2_device_ask(const n2_asked_key *asked, size_t n, n2_keys_request *out);

/** ADMIT is answered: what is for everybody is kept, and all is put into @w for the other
 *  machine.  Errors: n2_statement_keep(). */
N2_MUST_USE n2_err n2_device_admitted(n2_control *c, const n2_keys_answer *a, n2_writer *w);

/** An order to admit a device, kept until it is over: it may have to be given twice. */
typedef struct {
    n2_keys_request request;
    bool has_listed; /* anew, to make room */
} n2_admission;

/**
 * If the order was refused as there is no room for one more word about who we are (@a), has all
 * that stands listed anew, once; @then is told what came of that, and gives the order again.
 *
 * Returns: false: it was not that, and the job goes on with @a.
 */
bool n2_device_list_anew(n2_control *c,
                         job *j,
                         const n2_keys_answer *a,
                         n2_admission *admission,
                         n2_keys_answered *then);

/* ---- control-join.c ---- */

/** ID_JOIN. */
void n2_join_job(n2_control *c, job *j);

/** Who serves the identity was asked. */
void n2_join_connected(n2_control *c, job *j, const n2_fetch_event *event);

/** The vault of @j's identity has come from another machine of it, or does not. */
void n2_join_has_asked(n2_control *c, job *j);

/* ---- control-vault.c ---- */

enum {
    N2_SAYS_VAULT = 6 /* type of a message to `pair`, beside those of a pairing */
};

/** Another machine of @who is asked for the vault, if one can be; @waits: n2_join_has_asked()
 * for that job then, 0: for none.  False: nobody can be asked now. */
bool n2_vault_seek(n2_control *c, const n2_id *who, n2_job waits);

/** A connection is there: true: it leads to a machine of ours, which is asked. */
bool n2_vault_proven(n2_control *c, const n2_fetch_event *event);

/** True: it is the answer to what was asked. */
bool n2_vault_answered(
    n2_control *c, const n2_id *who, n2_err err, const n2_value *values, size_t n);

/** Another machine asks. */
N2_MUST_USE n2_err
n2_vault_heard(n2_control *c, n2_conn conn, const uint8_t *bytes, size_t len, n2_asm *answer);

/** There is a newer head of @who's tree. */
void n2_control_news(n2_control *c, const n2_id *who);
/** Something has come of the transfer that @j waits for. */
void n2_job_event(n2_control *c, job *j, const n2_fetch_event *event);

/* ---- control-history.c ---- */

/** HISTORY. */
void n2_history_job(n2_control *c, job *j);
void n2_history_event(n2_control *c, job *j, const n2_fetch_event *event);
/** The head of @who's tree with the counter @version; of several the highest.  Returns: N2_OK,
 *  N2_ERR_NOTFOUND: it is not known here. */
N2_MUST_USE n2_err n2_version_find(n2_control *c,
                                   const n2_id *who,
                                   uint64_t version,
                                   n2_head *out);

/* ---- control-sync.c ---- */

/** SYNC. */
void n2_sync_job(n2_control *c, job *j);
void n2_sync_event(n2_control *c, job *j, const n2_fetch_event *event);
void n2_sync_signed(n2_control *c, job *j, const n2_keys_answer *a);
/** A connection to another machine of @who is there, which is ours. */
void n2_sync_begin(n2_control *c, const n2_id *who);
uint64_t n2_sync_deadline(const n2_control *c);
void n2_sync_expire(n2_control *c);

void n2_vault_clear(n2_control *c);
uint64_t n2_vault_deadline(const n2_control *c);
void n2_vault_expire(n2_control *c);

/* ---- control-way.c ---- */

/** Is there a way to another machine of @who, which is ours? */
bool n2_way_is_there(n2_control *c, const n2_id *who);

/* ---- control-pair.c ---- */

void n2_pair_job(n2_control *c, job *j);

/** The connection for it is there, or not. */
void n2_pair_connected(n2_control *c, job *j, const n2_fetch_event *event);

/** For n2_fetch_on_pair() and n2_serve_on_pair(). */
void
n2_pair_answered(void *user, const n2_id *who, n2_err err, const n2_value *values, size_t n);
n2_err
n2_pair_heard(void *user, n2_conn conn, const uint8_t *bytes, size_t len, n2_asm *answer);

void n2_pair_closed(n2_control *c, n2_conn conn);
uint64_t n2_pair_deadline(const n2_control *c);
void n2_pair_expire(n2_control *c);

/* ---- control-token.c ---- */

/** TOKEN_LIST, TOKEN_ENROL, TOKEN_PIN, TOKEN_TOUCH, TOKEN_BACKUP, TOKEN_CLONE. */
void n2_token_job(n2_control *c, job *j);

/** What TOKEN_MAKE does about touches: "sign login": just those slots want one; "": none
 * does; NULL: as it is.  false: a word is no slot. */
bool n2_token_read_touches(const char *words, n2_keys_make makes[3]);

/** The keys process says that a token came, went or changed. */
void n2_token_said(n2_control *c, const n2_keys_token *token);

/** Does an own identity list a key of that token?  @tokens: an answer to TOKENS. */
bool n2_token_is_owned(const n2_keys_answer *tokens, const char *id);

/** The keys of a token as an identity lists them, behind those @n that are there.  False: a
 * slot is empty, or there are more than @max. */
bool
n2_token_take_keys(const n2_keys_token *token, n2_keys_own_key *keys, size_t *n, size_t max);
