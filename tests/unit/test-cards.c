/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-cards.c - between keyring and tokens: when a PIN is asked for, how often it is used,
 * what waits for a token that is not there, and what a pulled one ends.
 */
#include "cards-fixture.h"

/* Asked without a PIN first; then with the one that was said, for all of this request and for
 * no other. */
static void
test_pin(world *w, gconstpointer data)
{
    (void)data;
    w->again = 2;
    g_assert_cmpint(wish_for(w, 7, &PLACE), ==, N2_OK);
    g_assert_cmpuint(tokens.job.pin.n, ==, 0);
    g_assert_cmpuint(tokens.job.digest[0], ==, 7);
    g_assert_cmpint(tell(w, 7, N2_TELL_SECRET, "123456"), ==, N2_ERR_NOTFOUND); /* not asked */
    end_job(w, N2_TOKEN_PIN_NEEDED, N2_TOKEN_TRIES_UNKNOWN);
    g_assert_cmpint(w->said.want, ==, N2_ASK_SIGN_PIN);
    g_assert_cmpuint(w->said.tries, ==, 3);
    g_assert_cmpuint(w->said.request, ==, 7);
    g_assert_cmpint(tell(w, 8, N2_TELL_SECRET, "123456"), ==, N2_ERR_NOTFOUND);
    g_assert_cmpint(tell(w, 7, N2_TELL_SECRET, ""), ==, N2_ERR_FORMAT);
    g_assert_cmpint(tell(w, 7, N2_TELL_SECRET, "123456"), ==, N2_OK);
    for (guint i = 0; i < 3; i++) {
        g_assert_cmpmem(tokens.job.pin.bytes, tokens.job.pin.n, "123456", 6);
        g_assert_false(tokens.job.pin.is_last_allowed);
        end_job(w, N2_TOKEN_OK, 3);
    }
    g_assert_cmpuint(w->n_done, ==, 3);
    g_assert_cmpint(w->said.want, ==, N2_ASK_DONE);
    g_assert_cmpint(wish_for(w, 8, &PLACE), ==, N2_OK);
    g_assert_cmpuint(tokens.job.pin.n, ==, 0);
}

/* A wrong one is never tried again by itself; the last try needs its own word. */
static void
test_wrong_pin(world *w, gconstpointer data)
{
    (void)data;
    g_assert_cmpint(wish_for(w, 7, &PLACE), ==, N2_OK);
    end_job(w, N2_TOKEN_PIN_NEEDED, 3);
    g_assert_cmpint(tell(w, 7, N2_TELL_SECRET, "111111"), ==, N2_OK);
    guint n = tokens.n_jobs;
    end_job(w, N2_TOKEN_PIN_WRONG, 2);
    g_assert_cmpuint(tokens.n_jobs, ==, n);
    g_assert_cmpint(w->said.want, ==, N2_ASK_SIGN_PIN);
    g_assert_cmpuint(w->said.tries, ==, 2);
    g_assert_cmpint(tell(w, 7, N2_TELL_SECRET, "222222"), ==, N2_OK);
    end_job(w, N2_TOKEN_PIN_WRONG, 1);
    g_assert_cmpint(w->said.want, ==, N2_ASK_LAST_PIN);
    g_assert_cmpint(tell(w, 7, N2_TELL_SECRET, "333333"), ==, N2_OK);
    g_assert_false(tokens.job.pin.is_last_allowed);
    end_job(w, N2_TOKEN_PIN_LAST, 1);
    g_assert_cmpint(w->said.want, ==, N2_ASK_LAST_PIN);
    g_assert_cmpint(tell(w, 7, N2_TELL_LAST, "123456"), ==, N2_OK);
    g_assert_true(tokens.job.pin.is_last_allowed);
    end_job(w, N2_TOKEN_PIN_BLOCKED, 0);
    g_assert_cmpuint(w->n_done, ==, 1);
    g_assert_cmpint(w->err, ==, N2_ERR_TOKEN);
    g_assert_cmpuint(w->why, ==, N2_TOKEN_PIN_BLOCKED);
    g_assert_cmpint(tell(w, 7, N2_TELL_SECRET, "123456"), ==, N2_ERR_NOTFOUND);
}

static void
test_no(world *w, gconstpointer data)
{
    (void)data;
    g_assert_cmpint(wish_for(w, 7, &PLACE), ==, N2_OK);
    happen(w, N2_TOKEN_EVENT_TOUCH, N2_TOKEN_OK, 0, token(N2_TOKEN_OK));
    g_assert_cmpint(w->said.want, ==, N2_ASK_TOUCH);
    g_assert_cmpuint(w->said.seconds, ==, 30);
    g_assert_cmpint(tell(w, 7, N2_TELL_NO, NULL), ==, N2_OK);
    g_assert_cmpuint(tokens.cancelled, ==, tokens.id);
    g_assert_cmpint(w->err, ==, N2_ERR_CANCELLED);
    end_job(w, N2_TOKEN_OK, 3); /* too late: nobody is told */
    g_assert_cmpuint(w->n_done, ==, 1);
    g_assert_cmpint(wish_for(w, 9, &PLACE), ==, N2_OK);
    w->table->cancel(w->table->user, 9);
    end_job(w, N2_TOKEN_OK, 3);
    g_assert_cmpuint(w->n_done, ==, 1);
    for (guint32 i = 0; i < N2_KEYRING_PENDING_MAX + 4; i++)
        g_assert_cmpint(wish_for(w, 100 + i, &PLACE), ==, N2_OK);
    g_assert_cmpint(wish_for(w, 99, &PLACE), ==, N2_ERR_LIMIT);
}

static void
test_insert_and_pull(world *w, gconstpointer data)
{
    (void)data;
    g_assert_cmpint(wish_for(w, 7, &PLACE), ==, N2_OK);
    end_job(w, N2_TOKEN_KEY_ABSENT, 0);
    g_assert_cmpint(w->said.want, ==, N2_ASK_INSERT);
    guint n = tokens.n_jobs;
    n2_token other = token(N2_TOKEN_OK);
    other.key[N2_CARD_SIG].bytes[0] = 5;
    other.info.aid.serial = 10;
    happen(w, N2_TOKEN_EVENT_TOKEN, N2_TOKEN_OK, 0, other); /* another one */
    g_assert_cmpuint(tokens.n_jobs, ==, n);
    happen(w, N2_TOKEN_EVENT_TOKEN, N2_TOKEN_OK, 0, token(N2_TOKEN_OK)); /* in its place */
    g_assert_cmpuint(w->n_pulled, ==, 1);
    g_assert_cmpuint(w->pulled[5], ==, 10);
    g_assert_cmpuint(tokens.n_jobs, ==, n + 1);
    end_job(w, N2_TOKEN_OK, 3);
    g_assert_cmpint(w->err, ==, N2_OK);
    happen(w, N2_TOKEN_EVENT_TOKEN, N2_TOKEN_OK, 0, token(N2_TOKEN_IN_USE)); /* it is there */
    g_assert_cmpuint(w->n_pulled, ==, 1);
    happen(w, N2_TOKEN_EVENT_TOKEN, N2_TOKEN_OK, 0, token(N2_TOKEN_NO_CARD));
    g_assert_cmpuint(w->n_pulled, ==, 2);
    g_assert_cmpmem(w->pulled, sizeof w->pulled, PLACE.aid, sizeof PLACE.aid);
}

/* Pulled while it waits for a finger: whatever is put in then, perhaps only says that it has
 * this key.  It does not get the PIN of the one that was there. */
static void
test_other_in_its_place(world *w, gconstpointer data)
{
    (void)data;
    g_assert_cmpint(wish_for(w, 7, &PLACE), ==, N2_OK);
    end_job(w, N2_TOKEN_PIN_NEEDED, 3);
    g_assert_cmpint(tell(w, 7, N2_TELL_SECRET, "123456"), ==, N2_OK);
    g_assert_cmpuint(tokens.job.pin.n, ==, 6);
    end_job(w, N2_TOKEN_PULLED, 0);
    g_assert_cmpint(w->said.want, ==, N2_ASK_INSERT);
    guint n = tokens.n_jobs;
    n2_token other = token(N2_TOKEN_OK);
    other.info.aid.serial = 666;
    happen(w, N2_TOKEN_EVENT_TOKEN, N2_TOKEN_OK, 0, other);
    g_assert_cmpuint(tokens.n_jobs, ==, n + 1);
    g_assert_cmpuint(tokens.job.pin.n, ==, 0);
    g_assert_cmpuint(tokens.job.pin.bytes[0], ==, 0);
    end_job(w, N2_TOKEN_PIN_NEEDED, 3);
    g_assert_cmpint(w->said.want, ==, N2_ASK_SIGN_PIN);
    /* It was away when the PIN was typed: that serves it, and no clone of it. */
    for (guint is_it = 0; is_it < 2; is_it++) {
        g_assert_cmpint(tell(w, 7, N2_TELL_SECRET, "123456"), ==, N2_OK);
        end_job(w, N2_TOKEN_NO_CARD, 0);
        g_assert_cmpint(w->said.want, ==, N2_ASK_INSERT);
        happen(w, N2_TOKEN_EVENT_TOKEN, N2_TOKEN_OK, 0, is_it ? token(N2_TOKEN_OK) : other);
        g_assert_cmpuint(tokens.job.pin.n, ==, is_it ? 6 : 0);
        end_job(w, is_it ? N2_TOKEN_OK : N2_TOKEN_PIN_NEEDED, 3);
    }
    g_assert_cmpint(w->err, ==, N2_OK);
}

static n2_token
twin(const char *reader, guint8 key)
{
    n2_token t = token(N2_TOKEN_OK);

    g_strlcpy(t.reader, reader, sizeof t.reader);
    t.key[N2_CARD_SIG].bytes[0] = key;
    return t;
}

/* Two tokens with one number, as test cards have it: each has a name of its own while it is
 * there, and what is pulled is the one that is pulled. */
static void
test_twins(world *w, gconstpointer data)
{
    const n2_key mine = {.method = N2_KEY_ED25519, .bytes = {5}};
    n2_keys_request q = {.id = 50, .kind = N2_KEYS_TOKENS};
    n2_keys_token row[2];
    n2_token blue = twin("blue", 4), red = twin("red", 5), pulled = red;

    (void)data;
    happen(w, N2_TOKEN_EVENT_TOKEN, N2_TOKEN_OK, 0, blue);
    g_assert_false(w->table->is_there(w->table->user, &mine));
    happen(w, N2_TOKEN_EVENT_TOKEN, N2_TOKEN_OK, 0, red);
    g_assert_true(w->table->is_there(w->table->user, &mine));
    tokens.there[0] = red;
    tokens.there[1] = blue;
    tokens.n_there = 2;
    g_assert_cmpint(n2_cards_order(w->cards, &q), ==, N2_OK);
    end_job(w, N2_TOKEN_WRONG_CARD, 0);
    n2_slice rows = {w->rows, w->n_rows};
    for (gsize i = 0; i < 2; i++)
        g_assert_true(n2_keys_token_next(&rows, &row[i]));
    g_assert_cmpmem(row[1].aid, sizeof row[1].aid, PLACE.aid, sizeof PLACE.aid);
    g_assert_cmpmem(row[0].aid, N2_KEYS_AID_NUMBER_BYTES, PLACE.aid, N2_KEYS_AID_NUMBER_BYTES);
    g_assert_true(memcmp(row[0].aid, row[1].aid, sizeof row[0].aid) != 0);
    /* An order for one goes to its reader. */
    q = (n2_keys_request){.id = 51, .kind = N2_KEYS_TOKEN_TOUCH, .n_aids = 1, .n_makes = 1};
    memcpy(q.aids[0], row[0].aid, sizeof row[0].aid);
    q.makes[0] = (n2_keys_make){N2_PLACE_AUT, 0, N2_TOUCH_ON};
    g_assert_cmpint(n2_cards_order(w->cards, &q), ==, N2_OK);
    g_assert_cmpstr(tokens.job.reader, ==, "red");
    g_assert_cmpuint(tokens.job.aid.serial, ==, 9);
    g_assert_cmpuint(tokens.job.aid.major, ==, 3);
    n2_cards_drop_orders(w->cards);
    /* The first goes: the other keeps its name. */
    blue.state = N2_TOKEN_NO_CARD;
    happen(w, N2_TOKEN_EVENT_TOKEN, N2_TOKEN_OK, 0, blue);
    g_assert_cmpmem(w->pulled, sizeof w->pulled, PLACE.aid, sizeof PLACE.aid);
    happen(w, N2_TOKEN_EVENT_TOKEN, N2_TOKEN_OK, 0, red);
    g_assert_cmpuint(w->n_pulled, ==, 1);
    pulled.state = N2_TOKEN_IN_USE; /* held, and still there */
    happen(w, N2_TOKEN_EVENT_TOKEN, N2_TOKEN_OK, 0, pulled);
    g_assert_true(w->table->is_there(w->table->user, &mine));
    pulled.state = N2_TOKEN_NO_CARD;
    happen(w, N2_TOKEN_EVENT_TOKEN, N2_TOKEN_OK, 0, pulled);
    g_assert_cmpuint(w->n_pulled, ==, 2);
    g_assert_cmpmem(w->pulled, sizeof w->pulled, row[0].aid, sizeof row[0].aid);
    g_assert_false(w->table->is_there(w->table->user, &mine));
}

/* A reader with keys of its own: no PIN comes through here. */
static void
test_keypad(world *w, gconstpointer data)
{
    n2_token t = token(N2_TOKEN_OK);

    (void)data;
    t.has_pinpad = true;
    g_assert_cmpint(wish_for(w, 7, &PLACE), ==, N2_OK);
    happen(w, N2_TOKEN_EVENT_DONE, N2_TOKEN_PIN_NEEDED, 3, t);
    g_assert_true(tokens.job.pin.is_at_reader);
    happen(w, N2_TOKEN_EVENT_KEYPAD, N2_TOKEN_OK, 3, t);
    g_assert_cmpint(w->said.want, ==, N2_ASK_KEYPAD);
    happen(w, N2_TOKEN_EVENT_DONE, N2_TOKEN_PINPAD_TIMEOUT, 3, t);
    g_assert_cmpint(w->err, ==, N2_ERR_TOKEN);
}

#define ADD(path, function)                                                                    \
    g_test_add("/cards/" path, world, NULL, world_init, function, world_clear)

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    ADD("pin", test_pin);
    ADD("wrong-pin", test_wrong_pin);
    ADD("no", test_no);
    ADD("insert-and-pull", test_insert_and_pull);
    ADD("other-in-its-place", test_other_in_its_place);
    ADD("twins", test_twins);
    ADD("keypad", test_keypad);
    return g_test_run();
}
