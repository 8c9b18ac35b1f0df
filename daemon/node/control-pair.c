/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-pair.c - two machines of one person over a connection, with three words that both
 *                  show.
 *
 *     new machine, asks                     the one that has the identity, answers `pair`
 *     DRAW, connects        -- message 1 -->
 *                           <-- message 2 --
 *                           -- message 3 -->      words
 *     words                 -- 0 -->              nothing, until its person has said yes
 *     yes: 4, its keys      -- 4, keys -->        yes: ADMIT
 *     JOIN                  <-- statements --
 *                           -- 5, add -->         TAKE
 *
 * In place of keys (keys/pair.h) the first side has the hash of the keys that it asks for, the
 * second that of the identity: so the words stand for both, and what comes later is held
 * against them.  One pairing at a time, one try; whoever comes first is heard.
 */
#include "node/control-pair.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/container.h"
#include "crypto/words.h"

/* Marks a text for the translators; front ends look it up. */
#define N_(text) text

#define WAIT_US (10 * N2_MINUTE_US) /* for the other machine, and for the person */
#define ANSWER_US (15 * N2_SECOND_US)

static void
free_pairing(void *state)
{
    pairing *p = state;

    if (!p)
        return;
    free(p->given);
    sodium_memzero(p, sizeof *p);
    free(p);
}

/* The pairing that is under way on either side; NULL: there is none. */
job *
n2_pairing_find(const n2_control *c, const job *but)
{
    for (size_t i = 0; i < N2_JOBS_MAX; i++)
        if (c->jobs[i] && c->jobs[i] != but && c->jobs[i]->kind == N2_JOB_ID_PAIR &&
            c->jobs[i]->state)
            return c->jobs[i];
    return NULL;
}

void
n2_pair_failed(n2_control *c, job *j, n2_err err)
{
    switch ((int)err) {
    case N2_ERR_REFUSED:
        n2_job_failed_words(c, j, err, N_("the words were not the same, or somebody said no"),
                            N_("Nothing was given away. Begin anew, on both machines."));
        break;
    case N2_ERR_FORGED:
    case N2_ERR_STATE:
        n2_job_failed_words(c, j, N2_ERR_FORGED,
                            N_("the other side did not say what it had promised"),
                            N_("Somebody may stand between the two machines. Begin anew, by "
                               "another way."));
        break;
    case N2_ERR_TIMEOUT:
        n2_job_failed_words(c, j, err, N_("the other machine did not come, or nobody said yes"),
                            N_("Begin anew, on both machines."));
        break;
    case N2_ERR_CLOSED:
        n2_job_failed_words(c, j, err, N_("the other machine is gone"),
                            N_("Begin anew, on both machines."));
        break;
    default:
        n2_job_failed(c, j, err);
    }
}

/* ---- what the words stand for ---- */

n2_key
n2_pair_name(const void *bytes, size_t len)
{
    n2_key key = {.method = N2_KEY_ED25519}; /* a hash in its place */

    n2_sha256_of(bytes, len, key.bytes);
    return key;
}

n2_key
n2_pair_name_of(const n2_id *who)
{
    uint8_t bytes[N2_ID_BYTES];

    bytes[0] = who->method;
    memcpy(bytes + 1, who->hash, sizeof who->hash);
    return n2_pair_name(bytes, sizeof bytes);
}

static void compared(n2_control *c, job *j, const n2_chosen *chosen);

/* The last thing that is done with @j: it may end by it. */
void
n2_pair_show(n2_control *c, job *j)
{
    pairing *p = j->state;
    char words[N2_PAIR_WORDS * (N2_WORD_CHARS_MAX + 1)];
    n2_table *t = n2_job_row();
    size_t n = 0;

    for (size_t i = 0; i < N2_PAIR_WORDS; i++) {
        const char *word = n2_sheet_word(p->pair.words[i]);
        memcpy(words + n, word, strlen(word));
        n += strlen(word);
        words[n++] = i + 1 < N2_PAIR_WORDS ? ' ' : 0;
    }
    n2_table_text(t, "words", words);
    n2_table_id(t, "other", N2_ID_IDENTITY, &p->other);
    n2_ask_person(c, j, "words", t, compared);
}

void
n2_pair_done(n2_control *c, job *j, const n2_id *who)
{
    const pairing *p = j->state;
    n2_table *t = n2_job_row();

    n2_table_id(t, "address", N2_ID_IDENTITY, who);
    n2_table_text(t, "name", p->label);
    n2_device_put_key(t, &p->keys[0].key);
    n2_identity_changed(c, who);
    n2_job_done(c, j, t);
}

/* ---- the machine that has the identity ---- */

static void
begin_other(n2_control *c, job *j, pairing *p)
{
    uint8_t none[N2_PAIR_MESSAGE_BYTES_MAX];
    size_t len;

    if (!n2_identity_own(c, j, j->address, &j->who))
        return;
    p->phase = PHASE_WAITS;
    n2_key mine = n2_pair_name_of(&j->who);
    n2_err err = n2_pair_begin(&p->pair, false, &mine, &c->env, none, &len);
    if (err)
        n2_job_failed(c, j, err);
    else
        j->awaits = AWAIT_PERSON;
}

static void listed_anew(n2_control *c, job *j, const n2_keys_answer *a);

static void
admitted(n2_control *c, job *j, const n2_keys_answer *a)
{
    n2_writer w = n2_writer_init_growing(N2_IDENTITY_BYTES_MAX);
    pairing *p = j->state;

    if (n2_device_list_anew(c, j, a, &p->admission, listed_anew) || n2_keys_refused(c, j, a))
        return;
    n2_err err = n2_device_admitted(c, a, &w);
    if (!err)
        err = n2_writer_steal(&w, &p->given, &p->given_len);
    else
        n2_writer_clear(&w);
    if (err) {
        n2_job_failed(c, j, err);
        return;
    }
    p->phase = PHASE_GIVES;
    j->awaits = AWAIT_PERSON; /* it is fetched, and what came of it is told */
}

static void
listed_anew(n2_control *c, job *j, const n2_keys_answer *a)
{
    pairing *p = j->state;

    if (!n2_keys_refused(c, j, a))
        n2_keys_order(c, j, &p->admission.request, -1, admitted);
}

/* The keys that the words stood for; @j may end by it. */
static n2_err
admit(n2_control *c, job *j, const uint8_t *bytes, size_t len)
{
    pairing *p = j->state;
    n2_keys_request *request = &p->admission.request;
    n2_key name = n2_pair_name(bytes, len);

    if (!n2_key_equal(&name, &p->theirs))
        return N2_ERR_FORGED;
    n2_err err = n2_pieces_read_keys(bytes, len, p->keys, &p->n_keys, c->config.unicode);
    if (!err)
        err = n2_device_ask(p->keys, p->n_keys, request);
    if (err)
        return err;
    request->who = j->who;
    memcpy(p->label, request->label, sizeof p->label);
    p->phase = PHASE_ADMITS;
    n2_keys_order(c, j, request, -1, admitted);
    return N2_OK;
}

static void
taken(n2_control *c, job *j, const n2_keys_answer *a)
{
    n2_id who = j->who;

    if (!n2_keys_refused(c, j, a))
        n2_pair_done(c, j, &who);
}

/* It has signed, too: so it stands. */
static n2_err
take_add(n2_control *c, job *j, const uint8_t *bytes, size_t len)
{
    pairing *p = j->state;
    n2_identity identity;
    n2_err err = n2_statement_keep(c, &j->who, bytes, len, &identity);

    if (!err && !n2_identity_may(&identity, &p->keys[0].key, N2_RIGHT_DEVICE, c->wall_us))
        err = N2_ERR_FORGED;
    if (err)
        return err;
    p->phase = PHASE_TAKES;
    n2_keys_order(c, j,
                  &(n2_keys_request){.kind = N2_KEYS_TAKE, .who = j->who, .body = {bytes, len}},
                  -1, taken);
    return N2_OK;
}

static n2_err
give(const pairing *p, n2_asm *answer)
{
    const uint8_t *statement;
    size_t at = 0, len;

    while (n2_container_next(p->given, p->given_len, &at, &statement, &len))
        n2_asm_bytes(answer, statement, len);
    return N2_OK;
}

/* Messages 1 and 3. */
static n2_err
take_message(n2_control *c, job *j, const uint8_t *bytes, size_t len, n2_asm *answer)
{
    pairing *p = j->state;
    uint8_t next[N2_PAIR_MESSAGE_BYTES_MAX];
    size_t next_len;
    n2_err err = n2_pair_take(&p->pair, bytes, len, next, &next_len);

    if (err) {
        n2_pair_failed(c, j, err); /* one try */
        return err;
    }
    if (next_len)
        n2_asm_bytes(answer, next, next_len);
    if (p->pair.state == N2_PAIR_SHOWS) {
        p->phase = PHASE_COMPARES;
        n2_pair_show(c, j);
    } else {
        p->phase = PHASE_ANSWERED;
    }
    return N2_OK;
}

n2_err
n2_pair_heard(void *user, n2_conn conn, const uint8_t *bytes, size_t len, n2_asm *answer)
{
    n2_control *c = user;
    job *j = n2_pairing_find(c, NULL);
    pairing *p = j ? j->state : NULL;

    if (len && bytes[0] == N2_SAYS_VAULT)
        return n2_vault_heard(c, conn, bytes + 1, len - 1, answer);
    if (!p || n2_pair_is_new(p))
        return N2_ERR_NOTFOUND;
    if (p->phase == PHASE_WAITS && !p->conn)
        p->conn = conn;
    if (conn != p->conn)
        return N2_ERR_REFUSED; /* it talks to another one */
    switch (len ? bytes[0] : SAYS_NOTHING) {
    case SAYS_NOTHING:
        return N2_OK;
    case SAYS_KEYS:
        if (p->phase == PHASE_SAID_YES)
            return admit(c, j, bytes + 1, len - 1);
        return p->phase == PHASE_GIVES ? give(p, answer) : N2_OK;
    case SAYS_ADD:
        return p->phase == PHASE_GIVES ? take_add(c, j, bytes + 1, len - 1) : N2_ERR_STATE;
    default:
        return take_message(c, j, bytes, len, answer);
    }
}

void
n2_pair_closed(n2_control *c, n2_conn conn)
{
    job *j = n2_pairing_find(c, NULL);
    pairing *p = j ? j->state : NULL;

    if (p && !n2_pair_is_new(p) && p->conn == conn && p->phase != PHASE_TAKES)
        n2_pair_failed(c, j, N2_ERR_CLOSED);
}

/* ---- both ---- */

static void
compared(n2_control *c, job *j, const n2_chosen *chosen)
{
    pairing *p = j->state;
    n2_err err = n2_pair_settle(&p->pair, chosen && chosen->is_same, &p->theirs);

    if (err) {
        n2_pair_failed(c, j, err);
        return;
    }
    j->awaits = AWAIT_PERSON;
    if (p->phase == PHASE_COMPARES) {
        p->phase = PHASE_SAID_YES;
        return;
    }
    p->phase = PHASE_AGREED;
    p->message[0] = SAYS_KEYS;
    memcpy(p->message + 1, p->asked, p->asked_len);
    p->message_len = 1 + p->asked_len;
    p->again_us = c->now_us;
}

/* Does the new machine ask now and then whether it is done there? */
static bool
asks_again(const pairing *p)
{
    return p->phase == PHASE_FIRST || p->phase == PHASE_SHOWS || p->phase == PHASE_AGREED;
}

static uint64_t
deadline(const n2_control *c)
{
    const job *j = n2_pairing_find(c, NULL);
    const pairing *p = j ? j->state : NULL;

    if (!p)
        return UINT64_MAX;
    if (p->is_asking)
        return p->asked_us + ANSWER_US;
    return asks_again(p) ? p->again_us : p->until_us;
}

uint64_t
n2_pair_deadline(const n2_control *c)
{
    uint64_t vault = n2_vault_deadline(c), sync = n2_sync_deadline(c), at = deadline(c);

    at = vault < at ? vault : at;
    return sync < at ? sync : at;
}

void
n2_pair_expire(n2_control *c)
{
    job *j = n2_pairing_find(c, NULL);
    pairing *p = j ? j->state : NULL;

    n2_vault_expire(c);
    n2_sync_expire(c);
    if (!p)
        return;
    if (c->now_us >= p->until_us || (p->is_asking && c->now_us >= p->asked_us + ANSWER_US))
        n2_pair_failed(c, j, N2_ERR_TIMEOUT);
    else if (!p->is_asking && asks_again(p) && c->now_us >= p->again_us)
        n2_pair_say(c, j);
}

void
n2_pair_job(n2_control *c, job *j)
{
    pairing *p = calloc(1, sizeof *p);

    if (!p || n2_pairing_find(c, j)) {
        free(p);
        n2_job_failed(c, j, p ? N2_ERR_BUSY : N2_ERR_NOMEM);
        return;
    }
    j->state = p;
    j->free_state = free_pairing;
    p->until_us = c->now_us + WAIT_US;
    if (j->address && *j->address)
        begin_other(c, j, p);
    else
        n2_pair_begin_new(c, j);
}
