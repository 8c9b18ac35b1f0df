/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-control-order.c - orders to the keys process and what waits for a person: secrets pass
 *                        unread, each ask is answered once, whoever gives up is obeyed.
 */
#include <fcntl.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "control-world.h"

/* ---- the keys process, played by hand ---- */

/* The next request of @kind; others are passed over.  @pipe: (nullable). */
static guint32
take(world *t, n2_keys_kind kind, n2_keys_request *q, int *pipe)
{
    static guint8 kept[N2_KEYRING_MESSAGE_BYTES_MAX];
    g_autofree n2_keys_request *mine = g_new0(n2_keys_request, 1);
    guint8 *bytes;
    gsize len;
    int fd;

    q = q ? q : mine;
    while (n2_control_next_key_order(t->c, &bytes, &len, &fd)) {
        memcpy(kept, bytes, len);
        free(bytes);
        assert_ok(n2_keys_request_read(q, kept, len));
        if (q->kind == kind) {
            if (pipe)
                *pipe = fd;
            else if (fd >= 0)
                close(fd);
            return q->id;
        }
        g_assert_cmpint(fd, ==, -1);
    }
    return 0;
}

static void
answer(world *t, guint32 id, n2_keys_kind kind, n2_err err)
{
    g_autofree n2_keys_answer *a = g_new0(n2_keys_answer, 1);
    guint8 bytes[N2_KEYRING_MESSAGE_BYTES_MAX];
    gsize len;

    a->id = id;
    a->kind = kind;
    a->err = err;
    assert_ok(n2_keys_answer_write(a, bytes, sizeof bytes, &len));
    n2_control_key_answer(t->c, bytes, len, t->w->now_us, t->w->wall_us);
}

static void
ask(world *t, guint32 request, n2_ask_want want)
{
    n2_keys_said said = {
        .kind = N2_KEYS_ASK,
        .request = request,
        .want = want,
        .tries = 3,
        .place = {.slot = N2_PLACE_AUT, .aid = {0xd2, 0x76, 0, 0, 0, 7, 3, 4}}};

    say(t, &said);
}

/* ---- the agent ---- */

/* What is asked now, as its number; 0: nothing. */
static guint32
asked(world *t, n2_job job, const char *want)
{
    n2_notice n;
    guint32 id;

    two_nodes_drain(t->w);
    if (!two_nodes_notice(t->w, 0, 0, N2_NOTICE_ASK, &n))
        return 0;
    g_assert_cmpuint(n.job, ==, job);
    g_assert_cmpstr(n.text, ==, want);
    g_assert_cmpuint(n.ask, !=, 0);
    id = n.ask;
    n2_notice_clear(&n);
    return id;
}

static gboolean
is_over(world *t, guint32 id)
{
    n2_notice n;

    two_nodes_drain(t->w);
    if (!two_nodes_notice(t->w, 0, 0, N2_NOTICE_ASK_OVER, &n))
        return FALSE;
    g_assert_cmpuint(n.ask, ==, id);
    n2_notice_clear(&n);
    return TRUE;
}

/* A pipe with @secret in it; the end to read from. */
static int
pipe_with(const char *secret)
{
    int ends[2];

    g_assert_cmpint(pipe2(ends, O_CLOEXEC), ==, 0);
    g_assert_cmpint(write(ends[1], secret, strlen(secret) + 1), ==, (gssize)strlen(secret) + 1);
    close(ends[1]);
    return ends[0];
}

static ino_t
inode(int fd)
{
    struct stat st;

    g_assert_cmpint(fstat(fd, &st), ==, 0);
    return st.st_ino;
}

static n2_job
tell(world *t, guint32 id, const char *secret, unsigned flags, ino_t *which)
{
    n2_request request = {.kind = N2_JOB_ASK_TELL, .number = id, .flags = flags};

    if (secret) {
        request.has_pipe = true;
        request.pipe = pipe_with(secret);
        *which = inode(request.pipe);
    }
    return two_nodes_start(t->w, 0, &request);
}

/* Signs in, and the keys process asks for @want; returns the request. */
static guint32
begin(world *t, n2_job *job)
{
    guint32 request;

    t->w->no_keys = TRUE;
    *job =
        two_nodes_start(t->w, 0, &(n2_request){.kind = N2_JOB_ID_SIGN_IN, .address = t->own});
    request = take(t, N2_KEYS_LOGIN, NULL, NULL);
    g_assert_cmpuint(request, !=, 0);
    return request;
}

/* ---- what waits for a person ---- */

/* The very descriptor goes on, with every byte still in it. */
static void
test_secret_passes(world *t, gconstpointer data)
{
    char got[32] = "";
    n2_keys_request q;
    ino_t which = 0;
    n2_notice n;
    n2_job job;
    int fd = -1;
    guint32 request = begin(t, &job);

    (void)data;
    ask(t, request, N2_ASK_PIN);
    g_assert_true(two_nodes_notice(t->w, 0, job, N2_NOTICE_ASK, &n));
    g_assert_cmpstr(n.text, ==, "pin");
    g_assert_cmpint(cell(&n, "tries"), ==, 3);
    g_assert_cmpstr(n2_table_get(n.table, 0, "token")->text, ==, "D276 00000007");
    n2_job told = tell(t, n.ask, "123456", 0, &which);
    guint32 tells = take(t, N2_KEYS_TELL, &q, &fd);

    g_assert_cmpuint(q.about, ==, request);
    g_assert_cmpint(q.how, ==, N2_TELL_SECRET);
    g_assert_cmpint(inode(fd), ==, which);
    g_assert_cmpint(read(fd, got, sizeof got), ==, sizeof "123456");
    g_assert_cmpstr(got, ==, "123456");
    close(fd);
    /* Once: the second finds nobody. */
    assert_ended(t, tell(t, n.ask, "654321", 0, &which), N2_ERR_STATE);
    answer(t, tells, N2_KEYS_TELL, N2_OK);
    assert_ended(t, told, N2_OK);
    ask(t, request, N2_ASK_DONE);
    g_assert_true(is_over(t, n.ask));
    answer(t, request, N2_KEYS_LOGIN, N2_OK);
    assert_ended(t, job, N2_OK);
    n2_notice_clear(&n);
}

/* A wrong PIN is asked for again under another number; the old one is no longer good. */
static void
test_asked_again(world *t, gconstpointer data)
{
    ino_t which = 0;
    n2_keys_request q;
    n2_job job;
    guint32 request = begin(t, &job), first, second;
    int fd = -1;

    (void)data;
    ask(t, request, N2_ASK_PIN);
    first = asked(t, job, "pin");
    /* No PIN has that length: it was not told, and may be told again. */
    n2_job told = tell(t, first, "1", 0, &which);
    answer(t, take(t, N2_KEYS_TELL, &q, NULL), N2_KEYS_TELL, N2_ERR_FORMAT);
    assert_ended(t, told, N2_ERR_FORMAT);
    told = tell(t, first, "000000", 0, &which);
    answer(t, take(t, N2_KEYS_TELL, &q, NULL), N2_KEYS_TELL, N2_OK);
    assert_ended(t, told, N2_OK);
    ask(t, request, N2_ASK_LAST_PIN);
    g_assert_true(is_over(t, first));
    second = asked(t, job, "last-pin");
    g_assert_cmpuint(second, !=, first);
    assert_ended(t, tell(t, first, "123456", 0, &which), N2_ERR_STATE);
    told = tell(t, second, "123456", N2_REQUEST_LAST, &which);
    g_assert_cmpuint(take(t, N2_KEYS_TELL, &q, &fd), !=, 0);
    g_assert_cmpint(q.how, ==, N2_TELL_LAST);
    close(fd);
    n2_control_cancel(t->c, told, t->w->now_us, t->w->wall_us);
    /* Without a pipe it is no answer, and without a number that was asked neither. */
    assert_ended(t, tell(t, 4711, NULL, 0, &which), N2_ERR_STATE);
    assert_ended(t, tell(t, 0, "123456", 0, &which), N2_ERR_STATE);
}

/* Whoever was about to answer is gone, and nobody knows what of it was heard: the next one that
 * is asked may answer.  An answer that was heard stays the only one. */
static void
test_agent_dies(world *t, gconstpointer data)
{
    n2_keys_request q;
    ino_t which = 0;
    n2_job job;
    guint32 request = begin(t, &job);

    (void)data;
    ask(t, request, N2_ASK_PIN);
    guint32 id = asked(t, job, "pin");
    n2_job told = tell(t, id, "123456", 0, &which);
    guint32 first = take(t, N2_KEYS_TELL, &q, NULL);
    n2_control_cancel(t->c, told, t->w->now_us, t->w->wall_us);
    answer(t, first, N2_KEYS_TELL, N2_ERR_TIMEOUT);
    told = tell(t, id, "123456", 0, &which);
    guint32 second;
    do /* the first was given up, too */
        second = take(t, N2_KEYS_TELL, &q, NULL);
    while (second && q.about != request);
    g_assert_cmpuint(second, !=, 0);
    g_assert_cmpint(q.how, ==, N2_TELL_SECRET);
    answer(t, second, N2_KEYS_TELL, N2_OK);
    assert_ended(t, told, N2_OK);
    assert_ended(t, tell(t, id, "654321", 0, &which), N2_ERR_STATE);
    n2_control_cancel(t->c, told, t->w->now_us, t->w->wall_us);
    assert_ended(t, tell(t, id, "654321", 0, &which), N2_ERR_STATE);
    ask(t, request, N2_ASK_DONE);
    answer(t, request, N2_KEYS_LOGIN, N2_OK);
    assert_ended(t, job, N2_OK);
}

static void
test_refused(world *t, gconstpointer data)
{
    n2_keys_request q;
    n2_job job;
    guint32 request = begin(t, &job);

    (void)data;
    ask(t, request, N2_ASK_TOUCH);
    guint32 id = asked(t, job, "touch");
    n2_job no =
        two_nodes_start(t->w, 0, &(n2_request){.kind = N2_JOB_ASK_REFUSE, .number = id});

    assert_ended(t, no, N2_OK);
    g_assert_true(is_over(t, id));
    g_assert_cmpuint(take(t, N2_KEYS_TELL, &q, NULL), !=, 0);
    g_assert_cmpuint(q.about, ==, request);
    g_assert_cmpint(q.how, ==, N2_TELL_NO);
    answer(t, request, N2_KEYS_LOGIN, N2_ERR_CANCELLED);
    assert_ended(t, job, N2_ERR_CANCELLED);
}

/* Where nobody can be asked, that is what is said, and not that somebody cancelled. */
static void
test_nobody(world *t, gconstpointer data)
{
    n2_job job;
    guint32 request = begin(t, &job);

    (void)data;
    ask(t, request, N2_ASK_PIN);
    n2_job no = two_nodes_start(t->w, 0,
                                &(n2_request){.kind = N2_JOB_ASK_REFUSE,
                                              .number = asked(t, job, "pin"),
                                              .flags = N2_REQUEST_NOBODY});
    assert_ended(t, no, N2_OK);
    answer(t, request, N2_KEYS_LOGIN, N2_ERR_CANCELLED);
    assert_ended(t, job, N2_ERR_TOKEN);
}

/* Whoever ordered is gone: the keys process is told so, the window is taken away, and what it
 * answers then is for nobody. */
static void
test_given_up(world *t, gconstpointer data)
{
    n2_keys_request q;
    n2_notice done;
    n2_job job;
    guint32 request = begin(t, &job);

    (void)data;
    ask(t, request, N2_ASK_INSERT);
    guint32 id = asked(t, job, "insert");

    n2_control_cancel(t->c, job, t->w->now_us, t->w->wall_us);
    g_assert_true(is_over(t, id));
    g_assert_cmpuint(take(t, N2_KEYS_TELL, &q, NULL), !=, 0);
    g_assert_cmpuint(q.about, ==, request);
    g_assert_cmpint(q.how, ==, N2_TELL_NO);
    answer(t, request, N2_KEYS_LOGIN, N2_ERR_CANCELLED);
    two_nodes_drain(t->w);
    g_assert_false(two_nodes_notice(t->w, 0, job, N2_NOTICE_DONE, &done));
    /* One that was never sent is as if it had not been made. */
    job = two_nodes_start(t->w, 0, &(n2_request){.kind = N2_JOB_ID_SIGN_IN, .address = t->own});
    n2_control_cancel(t->c, job, t->w->now_us, t->w->wall_us);
    g_assert_cmpuint(take(t, N2_KEYS_LOGIN, &q, NULL), ==, 0);
}

/* It was given up, and done all the same: signed out is signed out, and open is open. */
static void
test_too_late(world *t, gconstpointer data)
{
    n2_job job;

    (void)data;
    t->w->no_keys = TRUE;
    job =
        two_nodes_start(t->w, 0, &(n2_request){.kind = N2_JOB_ID_SIGN_OUT, .address = t->own});
    guint32 request = take(t, N2_KEYS_LOGOUT, NULL, NULL);
    n2_notice changed;

    n2_control_cancel(t->c, job, t->w->now_us, t->w->wall_us);
    two_nodes_drain(t->w);
    while (two_nodes_notice(t->w, 0, 0, N2_NOTICE_CHANGED, &changed))
        n2_notice_clear(&changed);
    answer(t, request, N2_KEYS_LOGOUT, N2_OK);
    two_nodes_drain(t->w);
    g_assert_true(two_nodes_notice(t->w, 0, 0, N2_NOTICE_CHANGED, &changed));
    g_assert_true(g_str_has_prefix(changed.text, "identity k1-"));
    n2_notice_clear(&changed);

    say(t, &(n2_keys_said){
               .kind = N2_KEYS_ASK, .want = N2_ASK_PASSPHRASE, .tries = N2_TRIES_UNKNOWN});
    guint32 id = asked(t, 0, "passphrase");
    ino_t which;

    job = tell(t, id, "right", 0, &which);
    request = take(t, N2_KEYS_UNLOCK, NULL, NULL);
    n2_control_cancel(t->c, job, t->w->now_us, t->w->wall_us);
    answer(t, request, N2_KEYS_UNLOCK, N2_OK);
    g_assert_true(is_over(t, id));
    g_assert_cmpuint(take(t, N2_KEYS_NODE_KEY, NULL, NULL), !=, 0);
}

/* What is asked is bounded, whatever the keys process says: more is refused there. */
static void
test_too_many(world *t, gconstpointer data)
{
    n2_keys_request q;
    n2_job jobs[N2_PERSON_ASKS_MAX + 1];
    guint32 request = 0;

    (void)data;
    for (guint i = 0; i <= N2_PERSON_ASKS_MAX; i++) {
        request = begin(t, &jobs[i]);
        ask(t, request, N2_ASK_PIN);
        g_assert_true(!asked(t, jobs[i], "pin") == (i == N2_PERSON_ASKS_MAX));
    }
    g_assert_cmpuint(take(t, N2_KEYS_TELL, &q, NULL), !=, 0);
    g_assert_cmpuint(q.about, ==, request);
    g_assert_cmpint(q.how, ==, N2_TELL_NO);
}

/* The keys process dies: what came by a pipe is not asked again without it. */
static void
test_keys_die(world *t, gconstpointer data)
{
    n2_keys_request q;
    int ends[2];

    (void)data;
    t->w->no_keys = TRUE;
    g_assert_cmpint(pipe2(ends, O_CLOEXEC), ==, 0);
    n2_job job = two_nodes_start(t->w, 0,
                                 &(n2_request){.kind = N2_JOB_ID_SHEET_TEST,
                                               .address = t->own,
                                               .has_pipe = true,
                                               .pipe = ends[0]});
    g_assert_cmpuint(take(t, N2_KEYS_SHEET_TEST, &q, NULL), !=, 0);
    n2_control_keys_restarted(t->c, t->w->now_us, t->w->wall_us);
    assert_ended(t, job, N2_ERR_CLOSED);
    g_assert_cmpuint(take(t, N2_KEYS_SHEET_TEST, &q, NULL), ==, 0);
    close(ends[1]);
    /* A job that wants one and has none is refused before. */
    two_nodes_assert_done(t->w, N2_JOB_ID_SHEET_SHOW, t->own, NULL, NULL, N2_ERR_USAGE);
    two_nodes_assert_done(t->w, N2_JOB_ID_PASSPHRASE, NULL, NULL, NULL, N2_ERR_USAGE);
}

/* ---- a locked file ---- */

/* A node that begins, and whose keys process says nothing by itself. */
static void
begin_locked(world *t)
{
    test_node *n = &t->w->node[0];

    t->w->no_keys = TRUE;
    n2_control_free(n->control);
    g_ptr_array_set_size(n->notices, 0);
    assert_ok(n2_control_new(&n->control,
                             &(n2_control_config){.env = &n->store.env,
                                                  .store = n->store.store,
                                                  .crypto = &n->store.crypto,
                                                  .switch_bits = 4,
                                                  .listeners = "test:0"},
                             t->w->now_us, t->w->wall_us));
    t->c = n->control;
}

static void
test_locked(world *t, gconstpointer data)
{
    n2_keys_request q;
    ino_t which = 0;
    n2_notice n;
    int fd = -1;

    (void)data;
    begin_locked(t);
    say(t, &(n2_keys_said){
               .kind = N2_KEYS_ASK, .want = N2_ASK_PASSPHRASE, .tries = N2_TRIES_UNKNOWN});
    g_assert_true(two_nodes_notice(t->w, 0, 0, N2_NOTICE_LOCKED, &n));
    guint32 id = asked(t, 0, "passphrase");

    g_assert_cmpuint(id, !=, 0);
    answer(t, take(t, N2_KEYS_LIST, &q, NULL), N2_KEYS_LIST, N2_ERR_STATE);
    g_assert_cmpuint(take(t, N2_KEYS_LIST, &q, NULL), ==, 0); /* not again and again */
    two_nodes_assert_done(t->w, N2_JOB_ID_LIST, NULL, NULL, NULL, N2_ERR_STATE);
    two_nodes_assert_done(t->w, N2_JOB_STATUS, NULL, NULL, NULL, N2_OK);
    /* Nobody wants to say it now: it goes on to be wanted. */
    assert_ended(
        t, two_nodes_start(t->w, 0, &(n2_request){.kind = N2_JOB_ASK_REFUSE, .number = id}),
        N2_OK);
    n2_job told = tell(t, id, "wrong", 0, &which);
    answer(t, take(t, N2_KEYS_UNLOCK, &q, NULL), N2_KEYS_UNLOCK, N2_ERR_REFUSED);
    assert_ended(t, told, N2_ERR_REFUSED);
    told = tell(t, id, "right", 0, &which);
    guint32 unlocks = take(t, N2_KEYS_UNLOCK, &q, &fd);
    g_assert_cmpint(inode(fd), ==, which);
    close(fd);
    answer(t, unlocks, N2_KEYS_UNLOCK, N2_OK);
    g_assert_true(is_over(t, id));
    two_nodes_drain(t->w);
    g_assert_false(two_nodes_notice(t->w, 0, told, N2_NOTICE_DONE, &n)); /* not ready yet */
    t->w->no_keys = FALSE;
    two_nodes_drain(t->w);
    assert_ended(t, told, N2_OK);
    two_nodes_assert_done(t->w, N2_JOB_ID_LIST, NULL, NULL, NULL, N2_OK);
}

/* The keys process died at work, and its successor is locked: what needs no key goes on,
 * nothing is asked again and again, and the passphrase sets it going. */
static void
test_locked_again(world *t, gconstpointer data)
{
    n2_keys_request q;
    ino_t which = 0;
    n2_job told;
    guint32 id;

    (void)data;
    t->w->no_keys = TRUE;
    n2_control_keys_restarted(t->c, t->w->now_us, t->w->wall_us);
    say(t, &(n2_keys_said){
               .kind = N2_KEYS_ASK, .want = N2_ASK_PASSPHRASE, .tries = N2_TRIES_UNKNOWN});
    id = asked(t, 0, "passphrase");
    answer(t, take(t, N2_KEYS_NODE_KEY, &q, NULL), N2_KEYS_NODE_KEY, N2_ERR_STATE);
    t->w->now_us += 2 * N2_KEYS_AGAIN_US;
    t->w->wall_us += 2 * (gint64)N2_KEYS_AGAIN_US;
    n2_control_expire(t->c, t->w->now_us, t->w->wall_us);
    g_assert_cmpuint(take(t, N2_KEYS_NODE_KEY, &q, NULL), ==, 0);
    two_nodes_assert_done(t->w, N2_JOB_NAME_LIST, NULL, NULL, NULL, N2_OK);
    told = tell(t, id, "right", 0, &which);
    answer(t, take(t, N2_KEYS_UNLOCK, &q, NULL), N2_KEYS_UNLOCK, N2_OK);
    assert_ended(t, told, N2_OK);
    g_assert_true(is_over(t, id));
    g_assert_cmpuint(take(t, N2_KEYS_NODE_KEY, &q, NULL), !=, 0);
}

int
main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*run)(world *t, gconstpointer data);
    } tests[] = {
        {"secret-passes", test_secret_passes},
        {"asked-again", test_asked_again},
        {"agent-dies", test_agent_dies},
        {"refused", test_refused},
        {"nobody", test_nobody},
        {"given-up", test_given_up},
        {"too-late", test_too_late},
        {"too-many", test_too_many},
        {"keys-die", test_keys_die},
        {"locked", test_locked},
        {"locked-again", test_locked_again},
    };

    g_test_init(&argc, &argv, NULL);
    for (gsize i = 0; i < G_N_ELEMENTS(tests); i++) {
        g_autofree char *path = g_strconcat("/control-order/", tests[i].path, NULL);
        g_test_add(path, world, NULL, set_up, tests[i].run, tear_down);
    }
    return g_test_run();
}
