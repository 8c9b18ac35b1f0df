/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * cards-private.h - what the files of cards.h share.
 *
 * Layer: host.
 * A wish is one request that a token works for, one job after the other: of the keyring, which
 * says what comes next, or an order of a person, whose steps are in cards-order.c.
 */
#pragma once

#include <glib.h>

#include "host/cards.h"
#include "token/tokens.h"

enum {
    N2_WISHES_MAX = N2_KEYRING_PENDING_MAX + 4 /* the keyring's, and orders */
};

typedef enum {
    N2_WISH_FREE,
    N2_WISH_RUNS,
    N2_WISH_WANTS_PIN,
    N2_WISH_WANTS_TOKEN /* it is not there */
} n2_wish_state;

/** What a person wants of tokens, step by step. */
typedef struct {
    n2_keys_request q;
    size_t at;                              /* which of q.aids */
    unsigned step;                          /* there; cards-order.c */
    bool has_looked;                        /* what is on this token may be lost */
    n2_card_method methods[N2_CARD_SLOTS];  /* by index of q.makes */
    n2_card_key made[N2_CARD_SLOTS];        /* the same */
    bool is_kept[N2_CARD_SLOTS];            /* it was there */
    n2_card_import_key keys[N2_CARD_SLOTS]; /* CLONE: the same */
} n2_order;

typedef struct {
    n2_wish_state state;
    bool was_answered; /* done() is under way: a wish made in it is the same request's next */
    uint32_t id;
    uint64_t job_id;
    n2_keys_place place;
    n2_ask_want wanted; /* WANTS_PIN: which */
    n2_token_job job;   /* with the PINs, once there are some */
    n2_order *order;    /* (owned) (nullable) in locked memory */
} n2_wish;

typedef struct {
    char reader[N2_READER_NAME_BYTES];
    uint8_t aid[N2_KEYS_AID_BYTES];
    n2_card_key key[N2_CARD_SLOTS]; /* as they were seen last */
} n2_seat_taken;

struct n2_cards {
    n2_tokens *tokens;
    n2_cards_events events;
    n2_keys_tokens table;
    n2_token_code service;
    n2_seat_taken seats[N2_READERS_MAX];
    size_t n_seats;
    n2_wish *wishes; /* (owned) N2_WISHES_MAX of them, in locked memory */
};

/* cards-crypto.c */

extern const n2_tokens_options n2_cards_options;
n2_key n2_cards_key(const n2_card_key *key);
n2_card_key n2_cards_card_key(const n2_key *key);

/** A new key of @method (n2_card_method) to be imported; wipe it.  N2_OK, N2_ERR_UNSUPPORTED,
 * N2_ERR_NOMEM. */
N2_MUST_USE n2_err n2_cards_draw(n2_card_method method, n2_card_import_key *out);

/* cards.c */

n2_wish *n2_wish_find(n2_cards *c, uint32_t id);
n2_wish *n2_wish_free_place(n2_cards *c); /* (nullable) */

/** Takes @job as the wish's, with the PINs of the last one if @keep. */
void n2_wish_set_job(n2_wish *w, const n2_token_job *job, bool keep);
N2_MUST_USE n2_err n2_wish_submit(n2_cards *c, n2_wish *w);

/** Asks a person. */
void n2_wish_ask(n2_cards *c,
                 const n2_wish *w,
                 n2_ask_want want,
                 n2_token_code why,
                 uint8_t tries,
                 unsigned seconds);

/** It is over: wiped. */
void n2_wish_end(n2_cards *c, n2_wish *w);

/* cards-row.c */

/** What @token is called among those that are there: manufacturer, serial number, version. Test
 * cards and careless makers give several one number; who comes later has a count in it, for as
 * long as it is there. */
void n2_cards_id(const n2_cards *c, const n2_token *token, uint8_t out[N2_KEYS_AID_BYTES]);
n2_openpgp_aid n2_cards_openpgp_aid(const uint8_t aid[N2_KEYS_AID_BYTES]);

/** @token as the node hears of it. */
void n2_cards_row(const n2_cards *c, const n2_token *token, n2_keys_token *row);

/** The token with @aid, if it is there. */
bool n2_cards_find(const n2_cards *c, const uint8_t aid[N2_KEYS_AID_BYTES], n2_token *token);

/* cards-order.c */

/** The next step, or the answer; then @w is over. */
void n2_order_go_on(n2_cards *c, n2_wish *w);
/** It is over, with @err. */
void n2_order_fail(n2_cards *c, n2_wish *w, n2_err err, n2_token_code why);
/** The token does not have the method, and nobody chose it; false: there is no other to try. */
bool n2_order_takes_second(n2_cards *c, n2_wish *w);
/** Can the new PIN that was said be right? */
bool n2_order_is_new_pin_good(const n2_wish *w);
/** A job of it is done. */
void n2_order_done(n2_cards *c, n2_wish *w, const n2_token_event *e);
