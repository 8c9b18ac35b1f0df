/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * tokens.h - all tokens of this machine: which are there, what to do with them, without
 *            waiting.
 *
 * Layer:   token (may include: base only; PC/SC-lite, threads).
 * Threads: two of its own.  One waits for readers and cards, and does nothing else; the other
 *          talks to cards, one job after the other, as a card may take half a minute.  All
 *          functions here are for one thread of the caller's, and none of them waits but
 *          n2_tokens_close().
 * Use:     n2_tokens_new(); poll n2_tokens_fd() for reading; then n2_tokens_next() until it
 *          says false.
 * Secrets: PINs, keys and results lie in memory of its own that is locked, left out of core
 *          dumps, and wiped as soon as they are used.  What n2_token_event holds is the
 *          caller's to wipe.
 */
#pragma once

#include "token/card.h"
#include "token/readers.h"

enum {
    N2_TOKENS_JOBS_MAX = 16,     /* that wait, all together */
    N2_TOKENS_TOUCH_MS = 500,    /* a card with a button is silent for so long: it waits */
    N2_TOKENS_TOUCH_WAIT_S = 30, /* for a touch, most cards */
    N2_TOKENS_IN_USE_MS = 1500,  /* tried again for so long while another program holds it */
    N2_TOKENS_AGAIN_MS = 1000    /* a held or mute card is looked at again */
};

/** What there is to know of a reader and the token in it. */
typedef struct {
    char reader[N2_READER_NAME_BYTES];
    n2_token_code state; /* OK: `info` and `key` hold; NO_CARD, MUTE, IN_USE, NO_APPLET, ... */
    uint32_t insertion;  /* another number, another card (or the same one, put in again) */
    bool has_pinpad;
    n2_openpgp_info info;
    n2_card_key key[N2_CARD_SLOTS]; /* method 0: none, or not one of ours */
} n2_token;

typedef enum {
    N2_TOKEN_JOB_LOOK,       /* reads the token anew: tries, keys */
    N2_TOKEN_JOB_SIGN,       /* `digest` by `key` -> output */
    N2_TOKEN_JOB_AGREE,      /* with `peer` by `key` -> output */
    N2_TOKEN_JOB_PROVE,      /* `key` */
    N2_TOKEN_JOB_GENERATE,   /* `slot`, `method`, `created` -> key */
    N2_TOKEN_JOB_IMPORT,     /* `slot`, `import`, `created`; pin and admin */
    N2_TOKEN_JOB_TOUCH,      /* `slot`, `touch`, `is_allowed` */
    N2_TOKEN_JOB_NAME,       /* `name` */
    N2_TOKEN_JOB_VERIFY,     /* `which`: is the PIN right? */
    N2_TOKEN_JOB_CHANGE,     /* `which` from pin (PW3: admin) to new_pin */
    N2_TOKEN_JOB_UNBLOCK,    /* new_pin, by reset code in pin, or by admin */
    N2_TOKEN_JOB_RESET_CODE, /* new_pin, by admin */
    N2_TOKEN_JOB_FACTORY,    /* `is_allowed`; admin if it is known */
    N2_TOKEN_JOBS
} n2_token_op;

/**
 * One job.  Which token: the one that has `key` (SIGN, AGREE, PROVE), wherever it is; the one
 * in `reader` else, which must be `aid` if has_aid.
 */
typedef struct {
    n2_token_op op;
    char reader[N2_READER_NAME_BYTES]; /* "": the only token there is, N2_TOKEN_WRONG_CARD if
                                          there are more */
    bool has_aid;
    n2_openpgp_aid aid;
    n2_card_key key;
    n2_card_slot slot;
    n2_card_entry pin;   /* PW1; its mode follows from the job */
    n2_card_entry admin; /* PW3 */
    n2_card_entry new_pin;
    n2_card_pin which;
    uint8_t digest[N2_CARD_DIGEST_BYTES];
    n2_card_key peer;
    n2_card_method method;
    uint32_t created; /* s since 1970 */
    n2_card_import_key import;
    n2_card_touch touch;
    char name[N2_OPENPGP_NAME_BYTES_MAX + 1];
    bool is_allowed; /* consent to what cannot be undone */
} n2_token_job;

typedef enum {
    N2_TOKEN_EVENT_SERVICE, /* `result`: OK, NO_SERVICE, NOT_ALLOWED, NO_READER, ... */
    N2_TOKEN_EVENT_TOKEN,   /* `token` came, went or changed; the reader went: NO_READER */
    N2_TOKEN_EVENT_TOUCH,   /* job `id` waits for a touch of `token`, `seconds` more at most */
    N2_TOKEN_EVENT_KEYPAD,  /* job `id` waits for the PIN at the reader's keys */
    N2_TOKEN_EVENT_DONE,    /* job `id` is over: `result`, and what it gives */
    N2_TOKEN_EVENT_IDLE     /* the card is done with job `id`, which was cancelled before */
} n2_token_event_kind;

typedef struct {
    n2_token_event_kind kind;
    uint64_t id;
    n2_token_result result;
    unsigned seconds;
    n2_token token;  /* TOKEN, TOUCH, KEYPAD (reader and AID), DONE (as it was last seen) */
    n2_card_key key; /* GENERATE */
    uint8_t output[N2_CARD_SIGNATURE_BYTES_MAX]; /* SIGN, AGREE; wipe it */
    size_t n_output;
} n2_token_event;

typedef struct n2_tokens n2_tokens;

typedef struct {
    n2_card_crypto crypto; /* called in the thread that talks to cards */

    /** (nullable): each of the two threads calls it first, and ends if it fails. */
    n2_err (*fence)(void *user);
    void *user;
} n2_tokens_options;

/**
 * Starts the threads.
 *
 * Returns: N2_OK, N2_ERR_NOMEM, N2_ERR_IO (no thread, no descriptor).
 */
N2_MUST_USE n2_err n2_tokens_new(n2_tokens **tokens, const n2_tokens_options *options);

/**
 * Ends all: waiting jobs are wiped, the threads end.  A card that is asked at this moment
 * cannot be interrupted, and is waited for.
 *
 * @patience_ms: at most so long.  Returns: false if that was not enough: the threads go on and
 * end by themselves or with the process, @tokens is no longer the caller's.
 */
bool n2_tokens_close(n2_tokens *tokens, unsigned patience_ms);

/** Readable when n2_tokens_next() has something; never read it. */
int n2_tokens_fd(const n2_tokens *tokens);

/**
 * The next event; false if there is none.  They tell how things are, not their history: what
 * changed twice since it was asked for is told once.  Jobs are each told, in the order given.
 */
bool n2_tokens_next(n2_tokens *tokens, n2_token_event *event);

/**
 * Gives a job to the tokens; it is copied, wipe yours.
 *
 * Returns: its number, from 1; 0 if N2_TOKENS_JOBS_MAX wait already.  It ends with one
 *          N2_TOKEN_EVENT_DONE, whatever happens.
 */
uint64_t n2_tokens_ask(n2_tokens *tokens, const n2_token_job *job);

/**
 * Gives a job up: it is DONE at once with N2_TOKEN_CANCELLED.  A card that was asked already
 * cannot be called back; what it still says is thrown away, and then IDLE is told.
 *
 * Returns: false if there is no such job any more.
 */
bool n2_tokens_cancel(n2_tokens *tokens, uint64_t id);

/** Copies what is known of all readers; @tokens_out: N2_READERS_MAX.  Returns: how many. */
size_t n2_tokens_list(n2_tokens *tokens, n2_token *tokens_out);
