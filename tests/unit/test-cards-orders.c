/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-cards-orders.c - what a person wants of tokens: what is asked for, in which order, and
 * that nothing is lost or sent without a word.
 */
#include "cards-fixture.h"

static n2_keys_request
order(n2_keys_kind kind)
{
    n2_keys_request q = {.id = 50, .kind = kind, .n_aids = 1};

    memcpy(q.aids[0], PLACE.aid, sizeof PLACE.aid);
    return q;
}

/* A token with nothing on it. */
static n2_token
empty_token(guint8 serial)
{
    n2_token t = token(N2_TOKEN_OK);

    t.info.aid.serial = serial;
    t.info.tries[1] = 0;
    t.info.tries[2] = 3;
    t.info.can_attributes = true;
    memset(t.key, 0, sizeof t.key);
    for (guint i = 0; i < N2_CARD_SLOTS; i++)
        t.info.slot[i].touch = N2_TOUCH_OFF;
    return t;
}

static void
be_there(n2_token t)
{
    tokens.there[tokens.n_there++] = t;
}

/* A job is over, as the token says. */
static void
said_by(world *w, n2_token_code code, guint8 pin, guint8 tries)
{
    n2_token_event e = {.kind = N2_TOKEN_EVENT_DONE,
                        .id = tokens.id,
                        .result = {.code = code, .pin = pin, .tries = tries},
                        .token = tokens.there[0],
                        .key = {.method = (guint8)tokens.job.method, .n = 32, .bytes = {8}}};

    g_queue_push_tail(&tokens.events, g_memdup2(&e, sizeof e));
    n2_cards_work(w->cards);
}

static n2_keys_token
only_row(const world *w)
{
    n2_slice rows = {w->rows, w->n_rows};
    n2_keys_token row, more;

    g_assert_true(n2_keys_token_next(&rows, &row));
    g_assert_false(n2_keys_token_next(&rows, &more));
    return row;
}

static void
test_list(world *w, gconstpointer data)
{
    n2_keys_request q = {.id = 50, .kind = N2_KEYS_TOKENS};
    n2_token full = token(N2_TOKEN_OK);

    (void)data;
    g_strlcpy(full.info.name, "Doe<<Jane", sizeof full.info.name);
    be_there(full);
    g_assert_cmpint(n2_cards_order(w->cards, &q), ==, N2_OK);
    g_assert_cmpint(n2_cards_order(w->cards, &q), ==, N2_ERR_BUSY);
    g_assert_cmpint(tokens.job.op, ==, N2_TOKEN_JOB_LOOK);
    g_assert_cmpuint(w->n_done, ==, 0);
    end_job(w, N2_TOKEN_WRONG_CARD, 0); /* there is more than one */
    g_assert_cmpuint(w->n_done, ==, 1);
    g_assert_cmpint(w->err, ==, N2_OK);
    n2_keys_token row = only_row(w);
    g_assert_cmpstr(row.reader, ==, "blue");
    g_assert_cmpstr(row.title, ==, "OpenPGP card 9 (Jane Doe)");
    g_assert_cmpmem(row.aid, sizeof row.aid, PLACE.aid, sizeof PLACE.aid);
    g_assert_cmpuint(row.tries[0], ==, 3);
    g_assert_cmpuint(row.owner.hash[0], ==, 7);
    g_assert_cmpuint(row.keys[0].key.bytes[0], ==, 4);
    g_assert_cmpuint(row.keys[1].key.method, ==, 0);

    g_assert_cmpint(wish_for(w, 7, &PLACE), ==,
                    N2_OK); /* may wait for a finger: not behind it */
    g_assert_cmpint(n2_cards_order(w->cards, &q), ==, N2_OK);
    g_assert_cmpuint(w->n_done, ==, 2);
    happen(w, N2_TOKEN_EVENT_TOKEN, N2_TOKEN_OK, 0, full);
    happen(w, N2_TOKEN_EVENT_SERVICE, N2_TOKEN_NO_SERVICE, 0, token(N2_TOKEN_NO_READER));
    g_assert_cmpuint(w->n_tokens, ==, 2);
}

/* A name on the card is a name, without orders for the terminal that shows it: no statement
 * could have such a label.  Some write UTF-8 there, which reads like that as Latin-1. */
static void
test_evil_name(world *w, gconstpointer data)
{
    n2_keys_request q = {.id = 50, .kind = N2_KEYS_TOKENS};
    n2_token evil = token(N2_TOKEN_OK);

    (void)data;
    g_strlcpy(evil.info.name,
              "Doe\x9b"
              "2J<<\033]2;x\a\r\nPIN:\x7f",
              sizeof evil.info.name);
    be_there(evil);
    g_assert_cmpint(n2_cards_order(w->cards, &q), ==, N2_OK);
    end_job(w, N2_TOKEN_OK, 3);
    n2_keys_token row = only_row(w);
    g_assert_cmpstr(row.title, ==, "OpenPGP card 9 (]2;x   PIN:  Doe 2J)");
}

/* Keys are made in each slot, proven, and only then is a touch wanted.  The admin PIN is asked
 * for once. */
static void
test_make(world *w, gconstpointer data)
{
    n2_keys_request q = order(N2_KEYS_TOKEN_MAKE);

    (void)data;
    q.flags = N2_MAKE_PROVE;
    q.n_makes = 2;
    q.makes[0] = (n2_keys_make){N2_PLACE_AUT, 0, N2_TOUCH_ON};
    q.makes[1] = (n2_keys_make){N2_PLACE_DEC, N2_KEY_P256_ECDH, N2_TOUCH_OFF};
    be_there(empty_token(9));
    g_assert_cmpint(n2_cards_order(w->cards, &q), ==, N2_OK);
    g_assert_cmpint(tokens.job.op, ==, N2_TOKEN_JOB_GENERATE);
    g_assert_cmpint(tokens.job.slot, ==, N2_CARD_AUT);
    g_assert_cmpint(tokens.job.method, ==, N2_CARD_ED25519);
    g_assert_true(tokens.job.has_aid);
    g_assert_cmpuint(tokens.job.aid.serial, ==, 9);
    said_by(w, N2_TOKEN_PIN_NEEDED, N2_CARD_PW3, N2_TOKEN_TRIES_UNKNOWN);
    g_assert_cmpint(w->said.want, ==, N2_ASK_ADMIN_PIN);
    g_assert_cmpuint(w->said.tries, ==, 3);
    g_assert_cmpstr(w->said.place.name, ==, "OpenPGP card 9");
    g_assert_cmpint(tell(w, 50, N2_TELL_SECRET, "87654321"), ==, N2_OK);
    g_assert_cmpuint(tokens.job.pin.n, ==, 0);
    said_by(w, N2_TOKEN_PIN_WRONG, N2_CARD_PW3, 1);
    g_assert_cmpint(w->said.want, ==, N2_ASK_ADMIN_PIN);
    g_assert_cmpuint(w->said.why, ==, N2_TOKEN_PIN_WRONG);
    g_assert_cmpuint(w->said.tries, ==, 1);
    g_assert_cmpint(tell(w, 50, N2_TELL_LAST, "12345678"), ==, N2_OK);
    g_assert_true(tokens.job.admin.is_last_allowed);
    said_by(w, N2_TOKEN_OK, 0, 3);
    g_assert_cmpint(tokens.job.slot, ==, N2_CARD_DEC);
    g_assert_cmpint(tokens.job.method, ==, N2_CARD_P256_ECDH);
    g_assert_cmpmem(tokens.job.admin.bytes, tokens.job.admin.n, "12345678", 8);
    g_assert_false(tokens.job.admin.is_last_allowed); /* consent is for one try */
    said_by(w, N2_TOKEN_OK, 0, 3);
    g_assert_cmpint(tokens.job.op, ==, N2_TOKEN_JOB_PROVE);
    g_assert_cmpuint(tokens.job.key.bytes[0], ==, 8);
    said_by(w, N2_TOKEN_PIN_NEEDED, N2_CARD_PW1, 3);
    g_assert_cmpint(w->said.want, ==, N2_ASK_PIN);
    g_assert_cmpint(tell(w, 50, N2_TELL_SECRET, "123456"), ==, N2_OK);
    said_by(w, N2_TOKEN_OK, 0, 3);
    g_assert_cmpint(tokens.job.op, ==, N2_TOKEN_JOB_PROVE);
    g_assert_cmpint(tokens.job.slot, ==, N2_CARD_DEC);
    said_by(w, N2_TOKEN_OK, 0, 3);
    g_assert_cmpint(tokens.job.op, ==, N2_TOKEN_JOB_TOUCH); /* of one only */
    g_assert_cmpint(tokens.job.slot, ==, N2_CARD_AUT);
    g_assert_cmpint(tokens.job.touch, ==, N2_TOUCH_ON);
    g_assert_false(tokens.job.is_allowed);
    g_assert_cmpuint(w->n_done, ==, 0);
    said_by(w, N2_TOKEN_OK, 0, 3);
    g_assert_cmpuint(w->n_done, ==, 1);
    g_assert_cmpint(w->err, ==, N2_OK);
    g_assert_cmpint(w->said.want, ==, N2_ASK_DONE);
    (void)only_row(w);
    g_assert_cmpint(tell(w, 50, N2_TELL_SECRET, "123456"), ==, N2_ERR_NOTFOUND);
}

/* A token that does not say what it offers, and has P-256 only. */
static void
test_second_method(world *w, gconstpointer data)
{
    n2_keys_request q = order(N2_KEYS_TOKEN_MAKE);

    (void)data;
    q.n_makes = 2;
    q.makes[0] = (n2_keys_make){N2_PLACE_AUT, 0, N2_TOUCH_UNKNOWN};
    q.makes[1] = (n2_keys_make){N2_PLACE_DEC, N2_KEY_X25519, N2_TOUCH_UNKNOWN};
    be_there(empty_token(9));
    g_assert_cmpint(n2_cards_order(w->cards, &q), ==, N2_OK);
    said_by(w, N2_TOKEN_PIN_NEEDED, N2_CARD_PW3, 3);
    g_assert_cmpint(tell(w, 50, N2_TELL_SECRET, "12345678"), ==, N2_OK);
    g_assert_cmpint(tokens.job.method, ==, N2_CARD_ED25519);
    said_by(w, N2_TOKEN_NO_ALGORITHM, 0, N2_TOKEN_TRIES_UNKNOWN);
    g_assert_cmpint(tokens.job.op, ==, N2_TOKEN_JOB_GENERATE);
    g_assert_cmpint(tokens.job.method, ==, N2_CARD_P256);
    g_assert_cmpuint(tokens.job.admin.n, ==, 8);
    said_by(w, N2_TOKEN_OK, 0, 3);
    g_assert_cmpint(tokens.job.method, ==, N2_CARD_X25519);
    g_assert_cmpuint(w->n_done, ==, 0);
    said_by(w, N2_TOKEN_NO_ALGORITHM, 0, N2_TOKEN_TRIES_UNKNOWN); /* a person chose it */
    g_assert_cmpint(w->err, !=, N2_OK);
    g_assert_cmpuint(w->why, ==, N2_TOKEN_NO_ALGORITHM);
    /* Neither: told, not tried for ever. */
    q.n_makes = 1;
    g_assert_cmpint(n2_cards_order(w->cards, &q), ==, N2_OK);
    said_by(w, N2_TOKEN_NO_ALGORITHM, 0, N2_TOKEN_TRIES_UNKNOWN);
    said_by(w, N2_TOKEN_NO_ALGORITHM, 0, N2_TOKEN_TRIES_UNKNOWN);
    g_assert_cmpuint(w->n_done, ==, 2);
    g_assert_cmpuint(w->why, ==, N2_TOKEN_NO_ALGORITHM);
    /* A copy is of one kind on all: the second token does not change it. */
    q = order(N2_KEYS_TOKEN_CLONE);
    q.n_aids = 2;
    memcpy(q.aids[1], PLACE.aid, sizeof PLACE.aid);
    q.aids[1][5] = 10;
    q.n_makes = 1;
    q.makes[0] = (n2_keys_make){N2_PLACE_AUT, 0, N2_TOUCH_UNKNOWN};
    tokens.there[1] = empty_token(10);
    g_strlcpy(tokens.there[1].reader, "red", sizeof tokens.there[1].reader);
    tokens.n_there = 2;
    g_assert_cmpint(n2_cards_order(w->cards, &q), ==, N2_OK);
    g_assert_cmpint(tokens.job.import.key.method, ==, N2_CARD_ED25519);
    said_by(w, N2_TOKEN_NO_ALGORITHM, 0, N2_TOKEN_TRIES_UNKNOWN);
    g_assert_cmpint(tokens.job.import.key.method, ==, N2_CARD_P256);
    said_by(w, N2_TOKEN_OK, 0, 3);
    g_assert_cmpstr(tokens.job.reader, ==, "red");
    g_assert_cmpint(tokens.job.import.key.method, ==, N2_CARD_P256);
    said_by(w, N2_TOKEN_NO_ALGORITHM, 0, N2_TOKEN_TRIES_UNKNOWN);
    g_assert_cmpuint(w->n_done, ==, 3);
    g_assert_cmpuint(w->why, ==, N2_TOKEN_NO_ALGORITHM);
}

/* What is on a token is not lost without a word; a token that is away is waited for, and a
 * pulled one begins its step anew. */
static void
test_replace(world *w, gconstpointer data)
{
    n2_keys_request q = order(N2_KEYS_TOKEN_MAKE);
    n2_token rsa = empty_token(9);

    (void)data;
    q.n_makes = 1;
    q.makes[0] = (n2_keys_make){N2_PLACE_SIG, 0, N2_TOUCH_UNKNOWN};
    be_there(token(N2_TOKEN_OK));
    g_assert_cmpint(n2_cards_order(w->cards, &q), ==, N2_OK);
    g_assert_cmpint(w->err, ==, N2_ERR_EXISTS);
    g_assert_cmpuint(tokens.n_jobs, ==, 0);
    rsa.info.slot[N2_CARD_SIG].has_fingerprint = true; /* a key, though none of our methods */
    tokens.there[0] = rsa;
    g_assert_cmpint(n2_cards_order(w->cards, &q), ==, N2_OK);
    g_assert_cmpint(w->err, ==, N2_ERR_EXISTS);
    g_assert_cmpuint(tokens.n_jobs, ==, 0);
    q.flags = N2_MAKE_REPLACE;
    tokens.there[0] = token(N2_TOKEN_OK); /* an own identity's: not even with consent */
    g_assert_cmpint(n2_cards_order(w->cards, &q), ==, N2_OK);
    g_assert_cmpint(w->err, ==, N2_ERR_EXISTS);
    g_assert_cmpuint(tokens.n_jobs, ==, 0);
    tokens.n_there = 0;
    g_assert_cmpint(n2_cards_order(w->cards, &q), ==, N2_OK);
    g_assert_cmpint(w->said.want, ==, N2_ASK_INSERT);
    g_assert_cmpuint(tokens.n_jobs, ==, 0);
    be_there(rsa);
    happen(w, N2_TOKEN_EVENT_TOKEN, N2_TOKEN_OK, 0, rsa);
    g_assert_cmpint(tokens.job.op, ==, N2_TOKEN_JOB_GENERATE);
    said_by(w, N2_TOKEN_PULLED, 0, 0);
    g_assert_cmpint(w->said.want, ==, N2_ASK_INSERT);
    g_assert_cmpuint(w->said.why, ==, N2_TOKEN_PULLED);
    guint n = tokens.n_jobs;
    happen(w, N2_TOKEN_EVENT_TOKEN, N2_TOKEN_OK, 0, rsa);
    g_assert_cmpuint(tokens.n_jobs, ==, n + 1);
    g_assert_cmpint(tokens.job.op, ==, N2_TOKEN_JOB_GENERATE);
    g_assert_cmpint(tell(w, 50, N2_TELL_NO, NULL), ==, N2_OK);
    g_assert_cmpint(w->err, ==, N2_ERR_CANCELLED);
    said_by(w, N2_TOKEN_OK, 0, 0); /* too late */
    g_assert_cmpuint(w->n_done, ==, 4);
    said_by(w, N2_TOKEN_OK, 0, 0);

    const n2_keys_make wrong[] = {{N2_PLACE_SIG, N2_KEY_X25519, 0}, {N2_PLACE_DEC, 1, 0}};
    for (gsize i = 0; i < G_N_ELEMENTS(wrong); i++) {
        q.makes[0] = wrong[i];
        g_assert_cmpint(n2_cards_order(w->cards, &q), ==, N2_ERR_FORMAT);
    }
    q.n_makes = 2;
    q.makes[0] = q.makes[1] = (n2_keys_make){N2_PLACE_SIG, 0, 0};
    g_assert_cmpint(n2_cards_order(w->cards, &q), ==, N2_ERR_FORMAT);
}

/* The old one is proven before the new one is asked for; one that is too short is asked for
 * again, and never sent. */
static void
test_set_pin(world *w, gconstpointer data)
{
    n2_keys_request q = order(N2_KEYS_TOKEN_PIN);

    (void)data;
    q.which = N2_PIN_ADMIN;
    be_there(empty_token(9));
    g_assert_cmpint(n2_cards_order(w->cards, &q), ==, N2_OK);
    g_assert_cmpint(tokens.job.op, ==, N2_TOKEN_JOB_VERIFY);
    g_assert_cmpint(tokens.job.which, ==, N2_CARD_PW3);
    said_by(w, N2_TOKEN_PIN_NEEDED, N2_CARD_PW3, 3);
    g_assert_cmpint(tell(w, 50, N2_TELL_SECRET, "12345678"), ==, N2_OK);
    said_by(w, N2_TOKEN_OK, 0, 3);
    g_assert_cmpint(w->said.want, ==, N2_ASK_NEW_PIN);
    guint n = tokens.n_jobs;
    g_assert_cmpint(tell(w, 50, N2_TELL_SECRET, "1234567"), ==, N2_OK);
    g_assert_cmpint(w->said.want, ==, N2_ASK_NEW_PIN);
    g_assert_cmpuint(w->said.why, ==, N2_TOKEN_PIN_LENGTH);
    g_assert_cmpuint(tokens.n_jobs, ==, n);
    g_assert_cmpint(tell(w, 50, N2_TELL_SECRET, "abcdefgh"), ==, N2_OK);
    g_assert_cmpint(tokens.job.op, ==, N2_TOKEN_JOB_CHANGE);
    g_assert_cmpmem(tokens.job.admin.bytes, tokens.job.admin.n, "12345678", 8);
    g_assert_cmpmem(tokens.job.new_pin.bytes, tokens.job.new_pin.n, "abcdefgh", 8);
    said_by(w, N2_TOKEN_PIN_LENGTH, N2_CARD_PW3, 3); /* too long for this card */
    g_assert_cmpint(w->said.want, ==, N2_ASK_NEW_PIN);
    g_assert_cmpint(tell(w, 50, N2_TELL_SECRET, "abcdefg9"), ==, N2_OK);
    g_assert_cmpmem(tokens.job.admin.bytes, tokens.job.admin.n, "12345678", 8);
    said_by(w, N2_TOKEN_OK, 0, 3);
    g_assert_cmpuint(w->n_done, ==, 1);
    g_assert_cmpint(w->err, ==, N2_OK);

    q.which = N2_PIN_USER; /* a reader with keys asks for both */
    tokens.there[0].has_pinpad = true;
    g_assert_cmpint(n2_cards_order(w->cards, &q), ==, N2_OK);
    g_assert_cmpint(tokens.job.op, ==, N2_TOKEN_JOB_CHANGE);
    g_assert_true(tokens.job.pin.is_at_reader);
    said_by(w, N2_TOKEN_OK, 0, 3);
    g_assert_cmpuint(w->n_done, ==, 2);
}

/* A blocked PIN: by the admin PIN, or by the reset code if that is blocked, too. */
static void
test_unblock(world *w, gconstpointer data)
{
    n2_keys_request q = order(N2_KEYS_TOKEN_PIN);
    n2_token blocked = empty_token(9);

    (void)data;
    q.which = N2_PIN_UNBLOCK;
    blocked.info.tries[0] = 0;
    be_there(blocked);
    g_assert_cmpint(n2_cards_order(w->cards, &q), ==, N2_OK);
    said_by(w, N2_TOKEN_PIN_NEEDED, N2_CARD_PW3, 3);
    g_assert_cmpint(tell(w, 50, N2_TELL_SECRET, "12345678"), ==, N2_OK);
    said_by(w, N2_TOKEN_OK, 0, 3);
    g_assert_cmpint(tell(w, 50, N2_TELL_SECRET, "654321"), ==, N2_OK);
    g_assert_cmpint(tokens.job.op, ==, N2_TOKEN_JOB_UNBLOCK);
    g_assert_cmpuint(tokens.job.admin.n, ==, 8);
    g_assert_cmpuint(tokens.job.pin.n, ==, 0);
    said_by(w, N2_TOKEN_OK, 0, 3);
    g_assert_cmpint(w->err, ==, N2_OK);

    tokens.there[0].info.tries[2] = 0;
    g_assert_cmpint(n2_cards_order(w->cards, &q), ==, N2_OK); /* no code was ever set */
    g_assert_cmpint(w->err, ==, N2_ERR_TOKEN);
    g_assert_cmpuint(w->why, ==, N2_TOKEN_PIN_BLOCKED);
    tokens.there[0].info.tries[1] = 2;
    guint n = tokens.n_jobs;
    g_assert_cmpint(n2_cards_order(w->cards, &q), ==, N2_OK);
    g_assert_cmpint(w->said.want, ==, N2_ASK_RESET_CODE);
    g_assert_cmpuint(w->said.tries, ==, 2);
    g_assert_cmpint(tell(w, 50, N2_TELL_SECRET, "rescue00"), ==, N2_OK);
    g_assert_cmpint(w->said.want, ==, N2_ASK_NEW_PIN);
    g_assert_cmpuint(tokens.n_jobs, ==, n);
    g_assert_cmpint(tell(w, 50, N2_TELL_SECRET, "654321"), ==, N2_OK);
    g_assert_cmpint(tokens.job.op, ==, N2_TOKEN_JOB_UNBLOCK);
    g_assert_cmpuint(tokens.job.admin.n, ==, 0);
    said_by(w, N2_TOKEN_PIN_WRONG, N2_CARD_RESET_CODE, 1);
    g_assert_cmpint(w->said.want, ==, N2_ASK_RESET_CODE);
    g_assert_cmpint(tell(w, 50, N2_TELL_LAST, "rescue01"), ==, N2_OK);
    g_assert_cmpmem(tokens.job.pin.bytes, tokens.job.pin.n, "rescue01", 8);
    g_assert_cmpmem(tokens.job.new_pin.bytes, tokens.job.new_pin.n, "654321", 6);
    said_by(w, N2_TOKEN_OK, 0, 3);
    g_assert_cmpint(w->err, ==, N2_OK);
}

/* A touch that nothing but a new key takes back needs its own word. */
static void
test_touch(world *w, gconstpointer data)
{
    n2_keys_request q = order(N2_KEYS_TOKEN_TOUCH);

    (void)data;
    q.n_makes = 1;
    q.makes[0] = (n2_keys_make){N2_PLACE_SIG, 0, N2_TOUCH_FIXED};
    be_there(empty_token(9));
    g_assert_cmpint(n2_cards_order(w->cards, &q), ==, N2_OK);
    g_assert_cmpint(tokens.job.op, ==, N2_TOKEN_JOB_TOUCH);
    g_assert_false(tokens.job.is_allowed);
    said_by(w, N2_TOKEN_CONSENT, 0, 3);
    g_assert_cmpint(w->err, ==, N2_ERR_REFUSED);
    g_assert_cmpuint(w->why, ==, N2_TOKEN_CONSENT);
    q.flags = N2_MAKE_FIXED;
    g_assert_cmpint(n2_cards_order(w->cards, &q), ==, N2_OK);
    g_assert_true(tokens.job.is_allowed);
    said_by(w, N2_TOKEN_OK, 0, 3);
    g_assert_cmpint(w->err, ==, N2_OK);
    q.makes[0].touch = N2_TOUCH_OFF; /* as it is */
    g_assert_cmpint(n2_cards_order(w->cards, &q), ==, N2_OK);
    g_assert_cmpuint(w->n_done, ==, 3);
}

/* A token that cannot ask for a touch: whoever wants one hears of it before keys are made. */
static void
test_no_button(world *w, gconstpointer data)
{
    n2_keys_request q = order(N2_KEYS_TOKEN_MAKE);
    n2_token plain = empty_token(9);

    (void)data;
    q.n_makes = 1;
    q.makes[0] = (n2_keys_make){N2_PLACE_AUT, 0, N2_TOUCH_ON};
    plain.info.slot[N2_CARD_AUT].touch = N2_TOUCH_UNKNOWN;
    be_there(plain);
    g_assert_cmpint(n2_cards_order(w->cards, &q), ==, N2_OK);
    g_assert_cmpuint(tokens.n_jobs, ==, 0);
    g_assert_cmpint(w->err, ==, N2_ERR_UNSUPPORTED);
    g_assert_cmpuint(w->why, ==, N2_TOKEN_NO_FUNCTION);
    q.makes[0].touch = N2_TOUCH_OFF; /* so it is */
    g_assert_cmpint(n2_cards_order(w->cards, &q), ==, N2_OK);
    g_assert_cmpint(tokens.job.op, ==, N2_TOKEN_JOB_GENERATE);
    said_by(w, N2_TOKEN_OK, 0, 3);
    g_assert_cmpuint(w->n_done, ==, 2);
    g_assert_cmpint(w->err, ==, N2_OK);
}

/* One set of keys on two tokens, each with PINs of its own; the keys differ from those of the
 * next ceremony. */
static void
test_clone(world *w, gconstpointer data)
{
    n2_keys_request q = order(N2_KEYS_TOKEN_CLONE);
    n2_card_import_key first[3], again;

    (void)data;
    g_assert_cmpint(n2_cards_order(w->cards, &q), ==, N2_ERR_FORMAT); /* one is no clone */
    q.n_aids = 2;
    memcpy(q.aids[1], PLACE.aid, sizeof PLACE.aid);
    q.n_makes = 3;
    q.makes[0] = (n2_keys_make){N2_PLACE_SIG, 0, N2_TOUCH_UNKNOWN};
    q.makes[1] = (n2_keys_make){N2_PLACE_DEC, 0, N2_TOUCH_UNKNOWN};
    q.makes[2] = (n2_keys_make){N2_PLACE_AUT, N2_KEY_P256, N2_TOUCH_UNKNOWN};
    g_assert_cmpint(n2_cards_order(w->cards, &q), ==, N2_ERR_FORMAT); /* nor twice the same */
    q.aids[1][5] = 10;
    be_there(empty_token(9));
    g_assert_cmpint(n2_cards_order(w->cards, &q), ==, N2_OK);
    for (guint i = 0; i < 3; i++) {
        g_assert_cmpint(tokens.job.op, ==, N2_TOKEN_JOB_IMPORT);
        g_assert_cmpuint(tokens.job.aid.serial, ==, 9);
        first[i] = tokens.job.import;
        if (!i) {
            said_by(w, N2_TOKEN_PIN_NEEDED, N2_CARD_PW3, 3);
            g_assert_cmpint(tell(w, 50, N2_TELL_SECRET, "12345678"), ==, N2_OK);
            said_by(w, N2_TOKEN_PIN_NEEDED, N2_CARD_PW1_SIGN, 3);
            g_assert_cmpint(w->said.want, ==, N2_ASK_PIN);
            g_assert_cmpint(tell(w, 50, N2_TELL_SECRET, "123456"), ==, N2_OK);
        }
        said_by(w, N2_TOKEN_OK, 0, 3);
    }
    g_assert_cmpint(w->said.want, ==, N2_ASK_INSERT); /* the other one */
    g_assert_cmpuint(w->said.place.aid[5], ==, 10);
    tokens.there[0] = empty_token(10);
    happen(w, N2_TOKEN_EVENT_TOKEN, N2_TOKEN_OK, 0, tokens.there[0]);
    for (guint i = 0; i < 3; i++) {
        g_assert_cmpuint(tokens.job.aid.serial, ==, 10);
        g_assert_cmpuint(tokens.job.admin.n, ==, i ? 8 : 0); /* not the first one's */
        g_assert_cmpuint(tokens.job.pin.n, ==, 0);
        g_assert_cmpmem(&tokens.job.import, sizeof first[i], &first[i], sizeof first[i]);
        if (!i) {
            said_by(w, N2_TOKEN_PIN_NEEDED, N2_CARD_PW3, 3);
            g_assert_cmpint(tell(w, 50, N2_TELL_SECRET, "87654321"), ==, N2_OK);
        }
        said_by(w, N2_TOKEN_OK, 0, 3);
    }
    g_assert_cmpuint(w->n_done, ==, 1);
    g_assert_cmpint(w->err, ==, N2_OK);
    tokens.there[0] = empty_token(9);
    g_assert_cmpint(n2_cards_order(w->cards, &q), ==, N2_OK);
    again = tokens.job.import;
    g_assert_true(memcmp(again.secret, first[0].secret, 32) != 0);
    n2_cards_drop_orders(w->cards); /* who asked is gone */
    g_assert_cmpuint(tokens.cancelled, ==, tokens.id);
    g_assert_cmpuint(w->n_done, ==, 1);
    g_assert_cmpint(tell(w, 50, N2_TELL_NO, NULL), ==, N2_ERR_NOTFOUND);
}

#define ADD(path, function)                                                                    \
    g_test_add("/cards/orders/" path, world, NULL, world_init, function, world_clear)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("list", test_list);
    ADD("evil-name", test_evil_name);
    ADD("make", test_make);
    ADD("second-method", test_second_method);
    ADD("replace", test_replace);
    ADD("set-pin", test_set_pin);
    ADD("unblock", test_unblock);
    ADD("touch", test_touch);
    ADD("no-button", test_no_button);
    ADD("clone", test_clone);
    return g_test_run();
}
