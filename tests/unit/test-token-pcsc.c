/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-token-pcsc.c - readers, lines to cards and n2_tokens at a service that fails as it is
 * told.
 */
#include "fake-pcsc.h"

#include <poll.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "token-fixture.h"
#include "token/pcsc.h"
#include "token/tokens.h"

static void
insert(int i)
{
    const card_options options = {.serial = (uint32_t)i + 1, .seed = (uint64_t)i + 5};
    card *made = card_new(&options);

    g_mutex_lock(&fake.lock);
    fake.cards[i] = made;
    fake.counter[i]++;
    fake_changed();
    g_mutex_unlock(&fake.lock);
}

static void
assert_nothing_left(void)
{
    g_assert_cmpint(fake.n_contexts, ==, 0);
    g_assert_cmpint(fake.n_connections, ==, 0);
    g_assert_cmpint(fake.n_transactions, ==, 0);
}

/* Opens the card and asks which it is. */
static n2_token_code
ask(const char *reader, unsigned patience_ms)
{
    n2_pcsc *pcsc = NULL;
    g_autofree n2_card *k = g_new0(n2_card, 1);
    n2_openpgp_aid aid;
    n2_token_code code = n2_pcsc_connect(&pcsc, reader, patience_ms);

    if (!code) {
        code = n2_card_open(k, n2_pcsc_link(pcsc), NULL);
        if (!code)
            code = n2_card_aid(k, &aid);
        n2_card_close(k);
    }
    n2_pcsc_close(pcsc);
    assert_nothing_left();
    return code;
}

static void
test_lines(void)
{
    static const struct {
        LONG *call;
        LONG code;
        n2_token_code want;
    } rows[] = {
        {&fake.establish, SCARD_E_NO_SERVICE, N2_TOKEN_NO_SERVICE},
        {&fake.establish, SCARD_W_SECURITY_VIOLATION, N2_TOKEN_NOT_ALLOWED},
        {&fake.establish, SCARD_E_NO_ACCESS, N2_TOKEN_NOT_ALLOWED},
        {&fake.connect, SCARD_E_SHARING_VIOLATION, N2_TOKEN_IN_USE},
        {&fake.connect, SCARD_W_REMOVED_CARD, N2_TOKEN_NO_CARD},
        {&fake.connect, SCARD_W_UNRESPONSIVE_CARD, N2_TOKEN_MUTE},
        {&fake.connect, SCARD_F_COMM_ERROR, N2_TOKEN_SERVICE_DIED},
        {&fake.begin, SCARD_W_RESET_CARD, N2_TOKEN_IN_USE}, /* again and again */
        {&fake.begin, SCARD_W_REMOVED_CARD, N2_TOKEN_PULLED},
        {&fake.transmit, SCARD_W_REMOVED_CARD, N2_TOKEN_PULLED},
        {&fake.transmit, SCARD_W_RESET_CARD, N2_TOKEN_PULLED},
        {&fake.transmit, SCARD_E_NO_SMARTCARD, N2_TOKEN_PULLED},
        {&fake.transmit, SCARD_E_NOT_TRANSACTED, N2_TOKEN_MUTE}, /* and it is still there */
        {&fake.transmit, SCARD_E_INSUFFICIENT_BUFFER, N2_TOKEN_MALFORMED},
        {&fake.transmit, SCARD_F_COMM_ERROR, N2_TOKEN_SERVICE_DIED},
    };

    g_setenv("PCSCLITE_CSOCK_NAME", "/nowhere/pcscd.comm", TRUE);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        fake_reset();
        insert(0);
        assert_ok(ask("one", 0));
        *rows[i].call = rows[i].code;
        assert_code(ask("one", 0), rows[i].want);
    }
    fake_reset();
    assert_code(ask("one", 0), N2_TOKEN_NO_CARD);
    assert_code(ask("six", 0), N2_TOKEN_NO_READER);
    /* A socket that nobody listens at is no lack of rights. */
    fake.establish = SCARD_E_NO_ACCESS;
    g_setenv("PCSCLITE_CSOCK_NAME", "/dev/null", TRUE);
    assert_code(ask("one", 0), N2_TOKEN_NO_SERVICE);
}

static void
test_healed(void)
{
    fake_reset();
    insert(0);
    fake.protocol = SCARD_PROTOCOL_T0;
    assert_ok(ask("one", 0));
    fake.n_resets = 1; /* told once */
    assert_ok(ask("one", 0));
    fake.n_resets = 1;
    fake.reconnect = SCARD_W_REMOVED_CARD;
    assert_code(ask("one", 0), N2_TOKEN_PULLED);
    fake_reset();
    insert(0);
    fake.n_busy = 2;
    assert_ok(ask("one", 1000));
    fake.n_busy = 9;
    assert_code(ask("one", 60), N2_TOKEN_IN_USE);
}

/* What answers nonsense and is gone a moment later was pulled. */
static void
test_gone(void)
{
    static const LONG codes[] = {SCARD_S_SUCCESS, SCARD_E_NOT_TRANSACTED,
                                 SCARD_F_INTERNAL_ERROR};

    for (size_t i = 0; i < G_N_ELEMENTS(codes); i++)
        for (int later = 0; later < 2; later++) {
            fake_reset();
            insert(0);
            fake.is_short = TRUE;
            fake.transmit = codes[i];
            fake.is_gone_later = later;
            n2_token_code want = later    ? N2_TOKEN_PULLED
                                 : i == 0 ? N2_TOKEN_MALFORMED
                                 : i == 1 ? N2_TOKEN_MUTE
                                          : N2_TOKEN_SERVICE_FAULT;
            assert_code(ask("one", 0), want);
        }
}

static n2_token_code
ask_keys(void)
{
    n2_pcsc *pcsc = NULL;
    g_autofree n2_card *k = g_new0(n2_card, 1);
    uint64_t seed = 1;
    const n2_card_crypto crypto = token_crypto(&seed);
    const n2_card_entry entry = AT_READER;

    assert_ok(n2_pcsc_connect(&pcsc, "one", 0));
    assert_ok(n2_card_open(k, n2_pcsc_link(pcsc), &crypto));
    n2_token_code code = n2_card_verify(k, N2_CARD_PW1, &entry);
    n2_card_close(k);
    n2_pcsc_close(pcsc);
    return code;
}

static void
test_keys(void)
{
    fake_reset();
    insert(0);
    assert_code(ask_keys(), N2_TOKEN_CANCELLED);
    g_assert_true(fake.was_reset);
    fake.control = SCARD_E_UNSUPPORTED_FEATURE;
    assert_code(ask_keys(), N2_TOKEN_NO_PINPAD);
    assert_nothing_left();
}

static void
test_list(void)
{
    static n2_slot slots[N2_READERS_MAX];
    n2_readers_state state;
    size_t n;

    fake_reset();
    insert(1);
    g_assert_cmpint(n2_readers_list(slots, &n, &state), ==, N2_OK);
    g_assert_cmpuint(n, ==, 2);
    g_assert_cmpint(slots[0].state, ==, N2_SLOT_EMPTY);
    g_assert_cmpint(slots[1].state, ==, N2_SLOT_OPENPGP);
    g_assert_cmpuint(slots[1].openpgp.serial, ==, 2);
    fake.flags[1] = SCARD_STATE_EXCLUSIVE;
    g_assert_cmpint(n2_readers_list(slots, &n, &state), ==, N2_OK);
    g_assert_cmpint(slots[1].state, ==, N2_SLOT_IN_USE);
    fake.flags[1] = SCARD_STATE_MUTE;
    g_assert_cmpint(n2_readers_list(slots, &n, &state), ==, N2_OK);
    g_assert_cmpint(slots[1].state, ==, N2_SLOT_MUTE);
    fake.flags[1] = 0;
    static const struct {
        LONG *call;
        LONG code;
        n2_slot_state want;
    } rows[] = {{&fake.connect, SCARD_E_SHARING_VIOLATION, N2_SLOT_IN_USE},
                {&fake.connect, SCARD_E_NO_SMARTCARD, N2_SLOT_EMPTY},
                {&fake.connect, SCARD_W_UNRESPONSIVE_CARD, N2_SLOT_MUTE},
                {&fake.begin, SCARD_W_RESET_CARD, N2_SLOT_IN_USE},
                {&fake.transmit, SCARD_E_INSUFFICIENT_BUFFER, N2_SLOT_OTHER}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        *rows[i].call = rows[i].code;
        g_assert_cmpint(n2_readers_list(slots, &n, &state), ==, N2_OK);
        g_assert_cmpint(slots[1].state, ==, rows[i].want);
        *rows[i].call = SCARD_S_SUCCESS;
    }
    static const struct {
        LONG establish, list;
        n2_readers_state want;
    } failures[] = {{SCARD_E_NO_SERVICE, 0, N2_READERS_NO_SERVICE},
                    {SCARD_W_SECURITY_VIOLATION, 0, N2_READERS_NOT_ALLOWED},
                    {0, SCARD_E_NO_READERS_AVAILABLE, N2_READERS_NONE},
                    {0, SCARD_F_INTERNAL_ERROR, N2_READERS_FAULT}};
    for (size_t i = 0; i < G_N_ELEMENTS(failures); i++) {
        fake.establish = failures[i].establish;
        fake.list = failures[i].list;
        g_assert_cmpint(n2_readers_list(slots, &n, &state), ==, N2_ERR_TOKEN);
        g_assert_cmpint(state, ==, failures[i].want);
        g_assert_cmpuint(n, ==, 0);
    }
    assert_nothing_left();
}

/* ---- n2_tokens ---- */

static uint64_t seed = 9;
static n2_token_event event;

static n2_tokens *
start(n2_err (*fence)(void *))
{
    const n2_tokens_options options = {.crypto = token_crypto(&seed), .fence = fence};
    n2_tokens *tokens = NULL;

    g_assert_cmpint(n2_tokens_new(&tokens, &options), ==, N2_OK);
    return tokens;
}

/* The next event of a kind. */
static void
await(n2_tokens *tokens, n2_token_event_kind kind)
{
    for (;;) {
        while (n2_tokens_next(tokens, &event))
            if (event.kind == kind)
                return;
        struct pollfd watched = {.fd = n2_tokens_fd(tokens), .events = POLLIN};
        g_assert_cmpint(poll(&watched, 1, 10000), ==, 1);
    }
}

static n2_token_code
look(n2_tokens *tokens, const char *reader)
{
    n2_token_job job = {.op = N2_TOKEN_JOB_LOOK};

    g_strlcpy(job.reader, reader, sizeof job.reader);
    g_assert_cmpuint(n2_tokens_ask(tokens, &job), !=, 0);
    await(tokens, N2_TOKEN_EVENT_DONE);
    return event.result.code;
}

/* USB tokens take their reader with them. */
static void
test_reader_goes(void)
{
    fake_reset();
    insert(1);
    n2_tokens *tokens = start(NULL);
    await(tokens, N2_TOKEN_EVENT_SERVICE);
    do
        await(tokens, N2_TOKEN_EVENT_TOKEN);
    while (event.token.state != N2_TOKEN_OK);
    g_assert_cmpuint(event.token.info.aid.serial, ==, 2);
    g_mutex_lock(&fake.lock);
    fake.n_readers = 1;
    fake_changed();
    g_mutex_unlock(&fake.lock);
    do
        await(tokens, N2_TOKEN_EVENT_TOKEN);
    while (event.token.state != N2_TOKEN_NO_READER);
    g_assert_cmpstr(event.token.reader, ==, "two");
    assert_code(look(tokens, "two"), N2_TOKEN_NO_READER);
    g_mutex_lock(&fake.lock);
    fake.n_readers = 0;
    fake_changed();
    g_mutex_unlock(&fake.lock);
    await(tokens, N2_TOKEN_EVENT_SERVICE);
    assert_code(event.result.code, N2_TOKEN_NO_READER);
    assert_code(look(tokens, ""), N2_TOKEN_NO_READER);
    g_mutex_lock(&fake.lock);
    fake.n_readers = 2;
    fake_changed();
    g_mutex_unlock(&fake.lock);
    do
        await(tokens, N2_TOKEN_EVENT_TOKEN);
    while (event.token.state != N2_TOKEN_OK);
    assert_ok(look(tokens, "two"));
    g_assert_true(n2_tokens_close(tokens, 5000));
    assert_nothing_left();
}

static void
test_service_comes_back(void)
{
    fake_reset();
    insert(0);
    fake.establish = SCARD_E_NO_SERVICE;
    n2_tokens *tokens = start(NULL);
    await(tokens, N2_TOKEN_EVENT_SERVICE);
    assert_code(event.result.code, N2_TOKEN_NO_SERVICE);
    g_mutex_lock(&fake.lock);
    fake.establish = SCARD_S_SUCCESS;
    g_mutex_unlock(&fake.lock);
    await(tokens, N2_TOKEN_EVENT_SERVICE);
    assert_ok(event.result.code);
    assert_ok(look(tokens, "one"));
    g_mutex_lock(&fake.lock);
    fake.establish = SCARD_W_SECURITY_VIOLATION;
    fake_changed();
    g_mutex_unlock(&fake.lock);
    await(tokens, N2_TOKEN_EVENT_SERVICE);
    assert_code(event.result.code, N2_TOKEN_NOT_ALLOWED);
    assert_code(look(tokens, "one"), N2_TOKEN_NOT_ALLOWED);
    g_assert_true(n2_tokens_close(tokens, 5000));
    assert_nothing_left();
}

/* A card that is asked cannot be interrupted; whoever must go, goes. */
static void
test_close_in_the_middle(void)
{
    n2_token_job job = {.op = N2_TOKEN_JOB_LOOK, .reader = "one"};

    fake_reset();
    insert(0);
    n2_tokens *tokens = start(NULL);
    assert_ok(look(tokens, "one"));
    g_mutex_lock(&fake.lock);
    fake.holds = TRUE;
    g_mutex_unlock(&fake.lock);
    g_assert_cmpuint(n2_tokens_ask(tokens, &job), !=, 0);
    g_assert_cmpuint(n2_tokens_ask(tokens, &job), !=, 0);
    g_mutex_lock(&fake.lock);
    while (!fake.n_transactions) {
        g_mutex_unlock(&fake.lock);
        g_thread_yield();
        g_mutex_lock(&fake.lock);
    }
    g_mutex_unlock(&fake.lock);
    g_assert_false(n2_tokens_close(tokens, 20));
    g_mutex_lock(&fake.lock);
    fake.holds = FALSE;
    fake_changed();
    while (fake.n_contexts) { /* the threads end by themselves */
        g_mutex_unlock(&fake.lock);
        g_thread_yield();
        g_mutex_lock(&fake.lock);
    }
    g_mutex_unlock(&fake.lock);
}

static gint n_fences;

static n2_err
second_fails(void *user)
{
    (void)user;
    return g_atomic_int_add(&n_fences, 1) % 2 ? N2_ERR_IO : N2_OK;
}

/* Outside of its fence a thread does nothing, and the other one neither. */
static void
test_no_fence(void)
{
    for (int i = 0; i < 8; i++) {
        fake_reset();
        n2_tokens *tokens = start(second_fails);
        assert_code(look(tokens, "one"), N2_TOKEN_SERVICE_FAULT);
        assert_code(look(tokens, "one"), N2_TOKEN_SERVICE_FAULT);
        g_assert_true(n2_tokens_close(tokens, 5000));
        assert_nothing_left();
    }
}

/* Held, then not: nobody tells, so it is looked at again. */
static void
test_held(void)
{
    fake_reset();
    insert(0);
    fake.flags[0] = SCARD_STATE_EXCLUSIVE;
    n2_tokens *tokens = start(NULL);
    do
        await(tokens, N2_TOKEN_EVENT_TOKEN);
    while (strcmp(event.token.reader, "one") != 0);
    assert_code(event.token.state, N2_TOKEN_IN_USE);
    g_mutex_lock(&fake.lock);
    fake.flags[0] = 0; /* without a word */
    g_mutex_unlock(&fake.lock);
    do
        await(tokens, N2_TOKEN_EVENT_TOKEN);
    while (event.token.state != N2_TOKEN_OK);
    g_assert_true(n2_tokens_close(tokens, 5000));
}

/* The card is pulled at each command of each job: told, and the next one goes well. */
static void
test_any_command_fails(void)
{
    const n2_card_entry pw1 = PW1_RIGHT, pw3 = PW3_RIGHT, code = rig_pin("87654321");
    n2_token_job jobs[] = {
        {.op = N2_TOKEN_JOB_LOOK},
        {.op = N2_TOKEN_JOB_GENERATE,
         .slot = N2_CARD_AUT,
         .method = N2_CARD_ED25519,
         .admin = pw3},
        {.op = N2_TOKEN_JOB_SIGN, .pin = pw1},
        {.op = N2_TOKEN_JOB_PROVE, .pin = pw1},
        {.op = N2_TOKEN_JOB_TOUCH, .slot = N2_CARD_AUT, .touch = N2_TOUCH_ON, .admin = pw3},
        {.op = N2_TOKEN_JOB_SIGN, .pin = pw1},
        {.op = N2_TOKEN_JOB_IMPORT,
         .slot = N2_CARD_DEC,
         .method = N2_CARD_X25519,
         .admin = pw3,
         .pin = pw1},
        {.op = N2_TOKEN_JOB_AGREE, .pin = pw1},
        {.op = N2_TOKEN_JOB_NAME, .name = "Vox", .admin = pw3},
        {.op = N2_TOKEN_JOB_VERIFY, .which = N2_CARD_PW1, .pin = pw1},
        {.op = N2_TOKEN_JOB_CHANGE, .which = N2_CARD_PW3, .admin = pw3, .new_pin = pw3},
        {.op = N2_TOKEN_JOB_RESET_CODE, .admin = pw3, .new_pin = code},
        {.op = N2_TOKEN_JOB_UNBLOCK, .pin = code, .new_pin = pw1},
        {.op = N2_TOKEN_JOB_UNBLOCK, .admin = pw3, .new_pin = pw1},
        {.op = N2_TOKEN_JOB_FACTORY, .admin = pw3, .is_allowed = true},
        {.op = N2_TOKEN_JOBS},
    };
    n2_card_key made = {.method = 0}, agrees = {.method = 0};
    uint8_t point[N2_CARD_KEY_BYTES_MAX];

    fake_reset();
    insert(0);
    n2_tokens *tokens = start(NULL);
    assert_ok(look(tokens, "one"));
    for (size_t i = 0; i < G_N_ELEMENTS(jobs); i++) {
        n2_token_job *job = &jobs[i];
        n2_token_code want = job->op == N2_TOKEN_JOBS ? N2_TOKEN_USAGE : N2_TOKEN_OK, got;
        int at = 0;
        if (job->op == N2_TOKEN_JOB_IMPORT) {
            token_pair(&seed, job->method, &job->import.key, point, job->import.secret);
            agrees = job->import.key;
        }
        job->key = job->op == N2_TOKEN_JOB_AGREE ? agrees : made;
        job->peer = agrees;
        do {
            g_mutex_lock(&fake.lock);
            fake.fail_in = ++at;
            g_mutex_unlock(&fake.lock);
            g_assert_cmpuint(n2_tokens_ask(tokens, job), !=, 0);
            await(tokens, N2_TOKEN_EVENT_DONE);
            got = event.result.code;
            g_mutex_lock(&fake.lock);
            bool has_failed = !fake.fail_in;
            g_mutex_unlock(&fake.lock);
            if (has_failed && got != want)
                g_assert_true(got == N2_TOKEN_PULLED || got == N2_TOKEN_NO_CARD ||
                              got == N2_TOKEN_KEY_ABSENT);
            else
                assert_code(got, want);
            if (!has_failed)
                break;
        } while (at < 500);
        g_assert_cmpint(at, >, 1);
        g_assert_cmpint(at, <, 500);
        if (job->op == N2_TOKEN_JOB_GENERATE)
            made = event.key;
    }
    g_assert_true(n2_tokens_close(tokens, 5000));
    assert_nothing_left();
}

/* Which token: by reader, by AID, by being the only one. */
static void
test_which(void)
{
    n2_token_job job = {.op = N2_TOKEN_JOB_LOOK};
    static n2_token all[N2_READERS_MAX];

    fake_reset();
    insert(0);
    insert(1);
    n2_tokens *tokens = start(NULL);
    assert_code(look(tokens, ""), N2_TOKEN_WRONG_CARD);
    job.has_aid = true;
    job.aid.manufacturer = 0xfffe;
    job.aid.serial = 2;
    for (int reader = 0; reader < 2; reader++) {
        g_strlcpy(job.reader, reader ? "two" : "one", sizeof job.reader);
        g_assert_cmpuint(n2_tokens_ask(tokens, &job), !=, 0);
        await(tokens, N2_TOKEN_EVENT_DONE);
        assert_code(event.result.code, reader ? N2_TOKEN_OK : N2_TOKEN_WRONG_CARD);
    }
    g_assert_cmpuint(n2_tokens_list(tokens, all), ==, 2);
    /* Another card in the same reader, faster than anybody looks. */
    g_mutex_lock(&fake.lock);
    card_free(fake.cards[1]);
    fake.cards[1] = NULL;
    g_mutex_unlock(&fake.lock);
    const card_options options = {.serial = 9};
    g_mutex_lock(&fake.lock);
    fake.cards[1] = card_new(&options);
    fake.counter[1] += 2;
    g_mutex_unlock(&fake.lock);
    assert_ok(look(tokens, "two"));
    g_assert_cmpuint(event.token.info.aid.serial, ==, 9);
    g_assert_cmpuint(n2_tokens_ask(tokens, &job), !=, 0);
    await(tokens, N2_TOKEN_EVENT_DONE);
    assert_code(event.result.code, N2_TOKEN_WRONG_CARD);
    g_assert_false(n2_tokens_cancel(tokens, 77));
    g_assert_true(n2_tokens_close(tokens, 5000));
}

/* Without descriptors there is nothing, and nothing stays behind. */
static void
test_no_descriptors(void)
{
    const n2_tokens_options options = {.crypto = token_crypto(&seed)};
    struct rlimit before, low;
    n2_tokens *tokens = NULL;
    int free_fd = dup(0);

    close(free_fd);
    g_assert_cmpint(getrlimit(RLIMIT_NOFILE, &before), ==, 0);
    for (int more = 0; more < 3; more++) {
        low = before;
        low.rlim_cur = (rlim_t)(free_fd + more);
        g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &low), ==, 0);
        g_assert_cmpint(n2_tokens_new(&tokens, &options), ==, N2_ERR_IO);
        g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &before), ==, 0);
        int again = dup(0);
        g_assert_cmpint(again, ==, free_fd);
        close(again);
    }
    g_assert_null(tokens);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/token/pcsc/lines", test_lines);
    g_test_add_func("/token/pcsc/healed", test_healed);
    g_test_add_func("/token/pcsc/gone", test_gone);
    g_test_add_func("/token/pcsc/keys", test_keys);
    g_test_add_func("/token/pcsc/list", test_list);
    g_test_add_func("/token/pcsc/reader-goes", test_reader_goes);
    g_test_add_func("/token/pcsc/service-comes-back", test_service_comes_back);
    g_test_add_func("/token/pcsc/close-in-the-middle", test_close_in_the_middle);
    g_test_add_func("/token/pcsc/no-fence", test_no_fence);
    g_test_add_func("/token/pcsc/held", test_held);
    g_test_add_func("/token/pcsc/any-command-fails", test_any_command_fails);
    g_test_add_func("/token/pcsc/which", test_which);
    g_test_add_func("/token/pcsc/no-descriptors", test_no_descriptors);
    int code = g_test_run();
    fake_reset();
    return code;
}
