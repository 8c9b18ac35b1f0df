/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-site.c - logging in to a site: who is asked, what is shown, what is remembered, and what
 *               a site learns.
 */
#include "crypto/access.h"
#include "site.h"
#include "store/account.h"

typedef struct {
    site s;
    char owner[N2_ID_TEXT_BYTES];
    char me[N2_ID_TEXT_BYTES];
} world;

/* What the person says, every time. */
static const char *says_as;
static gboolean says_always;
static gboolean is_slow; /* the keys process waits for a PIN then */
static guint n_choices;

static gboolean
choose(two_nodes *w, const n2_notice *ask, n2_request *request)
{
    const n2_cell *where = n2_table_get(ask->table, 0, "site");
    const n2_cell *identities = n2_table_get(ask->table, 0, "identities");
    char id[N2_ID_TEXT_BYTES];

    g_assert_cmpstr(ask->text, ==, "log-in");
    n2_id_format(id, N2_ID_IDENTITY, &w->node[1].id);
    g_assert_cmpstr(where->text, ==, id);
    n2_id_format(id, N2_ID_IDENTITY, &w->node[0].id);
    g_assert_cmpstr(identities->text, ==, id);
    g_assert_nonnull(n2_table_get(ask->table, 0, "verdict"));
    n_choices++;
    w->no_keys = is_slow;
    if (!says_as)
        return FALSE;
    request->value = says_as;
    request->flags = says_always ? N2_REQUEST_ALWAYS : 0;
    return TRUE;
}

static void
set_up(world *t, gconstpointer data)
{
    (void)data;
    memset(t, 0, sizeof *t);
    site_init(&t->s, 31);
    t->s.w->choose = choose;
    two_nodes_restart(t->s.w, 0, disk_mem_new()); /* its database lasts from here on */
    two_nodes_meet(t->s.w);
    n2_id_format(t->me, N2_ID_IDENTITY, &t->s.w->node[0].id);
    n2_id_format(t->owner, N2_ID_IDENTITY, &t->s.w->node[1].id);
    says_as = NULL;
    says_always = is_slow = FALSE;
    n_choices = 0;
}

static void
tear_down(world *t, gconstpointer data)
{
    (void)data;
    site_clear(&t->s);
}

static void
set_access(world *t, const char *path, const char *value)
{
    g_autofree char *address = two_nodes_address(t->s.w, 1, path);
    n2_notice done = two_nodes_do(t->s.w, 1,
                                  &(n2_request){.kind = N2_JOB_ATTR_SET,
                                                .address = address,
                                                .name = N2_ATTR_ACCESS,
                                                .value = value});

    assert_ok(done.err);
    n2_notice_clear(&done);
}

static n2_err
open_path(world *t, const char *path)
{
    n2_notice done = site_open(&t->s, path);
    n2_err err = done.err;

    n2_notice_clear(&done);
    return err;
}

/* One cell of the only account; NULL: there is none.  (transfer full) */
static char *
account(world *t, const char *cell)
{
    n2_notice done = two_nodes_do(t->s.w, 0, &(n2_request){.kind = N2_JOB_ID_ACCOUNTS});

    assert_ok(done.err);
    g_assert_cmpuint(done.table->n_rows, <=, 1);
    const n2_cell *found = done.table->n_rows ? n2_table_get(done.table, 0, cell) : NULL;
    char *text = g_strdup(!found                         ? NULL
                          : found->type != N2_VALUE_BOOL ? found->text
                          : found->integer               ? "true"
                                                         : "false");
    n2_notice_clear(&done);
    return text;
}

/* A site that lets one account in, which it knows from what the user told its owner. */
static void
test_account(world *t, gconstpointer data)
{
    (void)data;
    set_access(t, "sub", t->owner);
    assert_ok(open_path(t, "index.md"));
    g_assert_cmpuint(n_choices, ==, 0); /* what is open asks nobody */
    says_as = "account";
    n2_notice done = site_open(&t->s, "sub/one");
    assert_err(done.err, N2_ERR_NOTFOUND);
    g_assert_nonnull(strstr(done.next, "account"));
    n2_notice_clear(&done);
    g_assert_cmpuint(n_choices, ==, 1);
    g_autofree char *key = account(t, "account");
    g_assert_true(g_str_has_prefix(key, "a1-"));
    set_access(t, "sub", key);
    t->s.w->now_us += N2_HEAD_FRESH_US;
    assert_ok(open_path(t, "sub/one"));
    assert_ok(open_path(t, "sub/big.bin"));
    g_assert_cmpuint(n_choices, ==, 1); /* agreed once */
    /* The site knows the account, and not who that is. */
    n2_notice status = two_nodes_do(t->s.w, 1, &(n2_request){.kind = N2_JOB_STATUS});
    const n2_table *conns = n2_table_get(status.table, 0, "connections")->table;
    g_assert_null(n2_table_get(conns, 0, "identity"));
    n2_notice_clear(&status);
    g_autofree char *as = account(t, "as");
    g_assert_cmpstr(as, ==, "account");
    /* Another connection, in the same run: shown without asking. */
    two_nodes_break(t->s.w);
    assert_ok(open_path(t, "sub/leafy"));
    g_assert_cmpuint(n_choices, ==, 1);
}

/* A site that does not take the log-in: nobody waits for it, and it is as if none had been. */
static void
test_refused(world *t, gconstpointer data)
{
    n2_key other = {.method = N2_KEY_ED25519, .bytes = {9}};
    n2_key mine = {.method = N2_KEY_ED25519};
    n2_id id;

    (void)data;
    set_access(t, "sub", t->owner);
    says_as = "account";
    assert_err(open_path(t, "sub/one"), N2_ERR_NOTFOUND);
    g_autofree char *key = account(t, "account");
    set_access(t, "sub", key);
    assert_ok(n2_id_parse(&id, N2_ID_ACCOUNT, key, strlen(key)));
    memcpy(mine.bytes, id.hash, sizeof id.hash);
    assert_ok(
        n2_store_account_move(t->s.w->node[1].store.store, &t->s.w->node[1].id, &mine, &other));
    two_nodes_restart(t->s.w, 0, disk_mem_copy(t->s.w->node[0].store.disk));
    two_nodes_meet(t->s.w);
    guint64 begun = t->s.w->now_us;
    assert_err(open_path(t, "sub/one"), N2_ERR_NOTFOUND);
    g_assert_cmpuint(t->s.w->now_us - begun, <, N2_SECOND_US);
    begun = t->s.w->now_us;
    assert_err(open_path(t, "sub/big.bin"), N2_ERR_NOTFOUND);
    g_assert_cmpuint(t->s.w->now_us - begun, <, N2_SECOND_US);
}

static void
sign(world *t, n2_job_kind kind)
{
    n2_notice done = two_nodes_do(t->s.w, 0, &(n2_request){.kind = kind});

    assert_ok(done.err);
    n2_notice_clear(&done);
}

/* Who is signed out shows nothing, is told so, and is as before when signed in again. */
static void
test_signed_out(world *t, gconstpointer data)
{
    (void)data;
    set_access(t, "sub", t->me);
    for (guint i = 0; i < 2; i++) {
        says_as = i ? "identity" : "account";
        sign(t, N2_JOB_ID_SIGN_OUT);
        n2_notice done = site_open(&t->s, "sub/one");
        assert_err(done.err, N2_ERR_NOTFOUND);
        g_assert_nonnull(strstr(done.next, "Sign in"));
        n2_notice_clear(&done);
        sign(t, N2_JOB_ID_SIGN_IN);
        g_assert_cmpint(open_path(t, "sub/one"), ==, i ? N2_OK : N2_ERR_NOTFOUND);
        done = two_nodes_do(t->s.w, 0,
                            &(n2_request){.kind = N2_JOB_ID_FORGET, .address = t->owner});
        assert_ok(done.err);
        n2_notice_clear(&done);
    }
}

/* A token wants its PIN first: the page waits for the log-in, and not for ever. */
static void
test_slow(world *t, gconstpointer data)
{
    g_autofree char *address = two_nodes_address(t->s.w, 1, "sub/one");
    const n2_request open = {.kind = N2_JOB_OPEN, .address = address};
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    n2_notice done;

    (void)data;
    set_access(t, "sub", t->me);
    assert_ok(open_path(t, "index.md"));
    says_as = "identity";
    is_slow = TRUE;
    n2_job job = two_nodes_start(t->s.w, 0, &open);
    guint64 until = t->s.w->now_us + 4 * N2_FETCH_SHOW_US;
    while (two_nodes_step(t->s.w, until))
        ;
    g_assert_false(two_nodes_notice(t->s.w, 0, job, N2_NOTICE_DONE, &done));
    t->s.w->no_keys = FALSE;
    done = two_nodes_finish(t->s.w, 0, job, bytes, NULL);
    assert_ok(done.err);
    g_assert_cmpuint(bytes->len, ==, 1);
    n2_notice_clear(&done);
    g_assert_cmpuint(n_choices, ==, 1);
    /* Nobody types it. */
    done =
        two_nodes_do(t->s.w, 0, &(n2_request){.kind = N2_JOB_ID_FORGET, .address = t->owner});
    assert_ok(done.err);
    n2_notice_clear(&done);
    assert_ok(open_path(t, "index.md"));
    guint64 begun = t->s.w->now_us;
    assert_err(open_path(t, "sub/leafy"), N2_ERR_NOTFOUND);
    g_assert_cmpuint(t->s.w->now_us - begun, >=, N2_SITE_LOGIN_US);
    g_assert_cmpuint(t->s.w->now_us - begun, <, 2 * N2_SITE_LOGIN_US);
}

/* For good: also after a restart; until it is forgotten. */
static void
test_always(world *t, gconstpointer data)
{
    (void)data;
    set_access(t, "sub", t->me);
    says_as = "identity";
    says_always = TRUE;
    assert_ok(open_path(t, "sub/one"));
    g_assert_cmpuint(n_choices, ==, 1);
    two_nodes_restart(t->s.w, 0, disk_mem_copy(t->s.w->node[0].store.disk));
    two_nodes_meet(t->s.w);
    guint64 begun = t->s.w->now_us;
    assert_ok(open_path(t, "sub/leafy"));
    g_assert_cmpuint(n_choices, ==, 1);
    /* What was refused before the proof was there is asked for again at once. */
    g_assert_cmpuint(t->s.w->now_us - begun, <, N2_FETCH_AGAIN_US);
    n2_notice done =
        two_nodes_do(t->s.w, 0, &(n2_request){.kind = N2_JOB_ID_FORGET, .address = t->owner});
    assert_ok(done.err);
    n2_notice_clear(&done);
    says_as = NULL;
    assert_err(open_path(t, "sub/big.bin"), N2_ERR_NOTFOUND);
    g_assert_cmpuint(n_choices, ==, 2);
    done =
        two_nodes_do(t->s.w, 0, &(n2_request){.kind = N2_JOB_ID_FORGET, .address = t->owner});
    assert_err(done.err, N2_ERR_NOTFOUND);
    n2_notice_clear(&done);
}

/* Once: a restart asks anew. */
static void
test_once(world *t, gconstpointer data)
{
    (void)data;
    set_access(t, "sub", t->me);
    says_as = "identity";
    assert_ok(open_path(t, "sub/one"));
    two_nodes_restart(t->s.w, 0, disk_mem_copy(t->s.w->node[0].store.disk));
    two_nodes_meet(t->s.w);
    assert_ok(open_path(t, "sub/leafy"));
    g_assert_cmpuint(n_choices, ==, 2);
}

/* A no, or nobody there to be asked: nothing is shown, and the answer is as ever. */
static void
test_nobody(world *t, gconstpointer data)
{
    (void)data;
    set_access(t, "sub", t->me);
    assert_err(open_path(t, "sub/one"), N2_ERR_NOTFOUND);
    says_as = "nobody";
    assert_err(open_path(t, "sub/one"), N2_ERR_NOTFOUND);
    g_assert_cmpuint(n_choices, ==, 2);
    assert_err(open_path(t, "sub/leafy"), N2_ERR_NOTFOUND);
    g_assert_cmpuint(n_choices, ==, 2); /* not again for a while */
    t->s.w->now_us += N2_SITE_NOBODY_US;
    says_always = TRUE;
    assert_err(open_path(t, "sub/one"), N2_ERR_NOTFOUND);
    g_assert_cmpuint(n_choices, ==, 3);
    t->s.w->now_us += 2 * N2_SITE_NOBODY_US;
    assert_err(open_path(t, "sub/one"), N2_ERR_NOTFOUND);
    g_assert_cmpuint(n_choices, ==, 3);
    g_autofree char *as = account(t, "as");
    g_assert_cmpstr(as, ==, "nobody");
    says_as = "somebody";
    n2_notice done =
        two_nodes_do(t->s.w, 0, &(n2_request){.kind = N2_JOB_ID_FORGET, .address = t->owner});
    n2_notice_clear(&done);
    assert_err(open_path(t, "sub/one"), N2_ERR_USAGE);
}

/* A whole site that is closed says so, and no more. */
static void
test_top(world *t, gconstpointer data)
{
    (void)data;
    set_access(t, "", t->me);
    assert_err(open_path(t, ""), N2_ERR_NOTFOUND);
    g_assert_cmpuint(n_choices, ==, 1);
    says_as = "identity";
    assert_ok(open_path(t, ""));
    assert_ok(open_path(t, "sub/one"));
    g_assert_cmpuint(n_choices, ==, 2);
}

/* What is not there asks nobody: the folder was read, and has no such name. */
static void
test_not_there(world *t, gconstpointer data)
{
    (void)data;
    set_access(t, "sub", t->me);
    assert_err(open_path(t, "none"), N2_ERR_NOTFOUND);
    g_assert_cmpuint(n_choices, ==, 0);
    says_as = "identity";
    assert_ok(open_path(t, "sub/one"));
    assert_err(open_path(t, "sub/none"), N2_ERR_NOTFOUND);
    g_assert_cmpuint(n_choices, ==, 1);
}

/* As in the control plane: a place for what is said of a site; an account of ours moves there,
 * and has moved. */
struct site_choice *n2_choice_place(n2_control *c, const n2_id *where);
bool n2_site_move(n2_control *c, const n2_id *where, const n2_id *who);
void n2_site_moved(n2_control *c, const n2_id *where, const n2_id *who);

/* What was said of N2_SITE_CHOICES_MAX sites is known; of more, the longest unused is asked of
 * again. */
static void
test_many_sites(world *t, gconstpointer data)
{
    n2_control *control = t->s.w->node[0].control;

    (void)data;
    set_access(t, "sub", t->me);
    says_as = "identity";
    assert_ok(open_path(t, "sub/one"));
    for (guint8 i = 1; i < N2_SITE_CHOICES_MAX; i++)
        g_assert_nonnull(n2_choice_place(control, &(n2_id){.method = 1, .hash = {i}}));
    two_nodes_break(t->s.w);
    assert_ok(open_path(t, "sub/leafy"));
    g_assert_cmpuint(n_choices, ==, 1);
    for (guint8 i = 1; i <= N2_SITE_CHOICES_MAX; i++)
        g_assert_nonnull(n2_choice_place(control, &(n2_id){.method = 1, .hash = {i, 1}}));
    two_nodes_break(t->s.w);
    assert_ok(open_path(t, "sub/big.bin"));
    g_assert_cmpuint(n_choices, ==, 2);
}

/* Without 'always' it holds for this session, as the list says, and not for the next. */
static void
test_session(world *t, gconstpointer data)
{
    static const char *const paths[] = {"sub/one", "sub/leafy", "sub/big.bin"};

    (void)data;
    set_access(t, "sub", t->me);
    says_as = "identity";
    for (guint i = 0; i < G_N_ELEMENTS(paths); i++) {
        says_always = i == 1; /* then it is not asked a third time */
        assert_ok(open_path(t, paths[i]));
        g_autofree char *during = account(t, "session");
        g_assert_cmpstr(during, ==, i ? "false" : "true");
        g_autofree char *allowed = account(t, "allowed");
        g_assert_cmpstr(allowed, ==, i ? "true" : "false");
        sign(t, N2_JOB_ID_SIGN_OUT);
        g_autofree char *after = account(t, "session");
        g_assert_cmpstr(after, ==, "false");
        sign(t, N2_JOB_ID_SIGN_IN);
        g_assert_cmpuint(n_choices, ==, i ? 2 : 1);
    }
}

/* Does the site know an account on a connection, or an identity? */
static gboolean
site_sees(world *t, const char *cell)
{
    n2_notice status = two_nodes_do(t->s.w, 1, &(n2_request){.kind = N2_JOB_STATUS});
    const n2_table *conns = n2_table_get(status.table, 0, "connections")->table;
    gboolean sees = FALSE;

    for (gsize i = 0; i < conns->n_rows; i++)
        sees |= n2_table_get(conns, i, cell) != NULL;
    n2_notice_clear(&status);
    return sees;
}

static void
log_in_to_move(world *t)
{
    n2_control *control = t->s.w->node[0].control;
    const n2_id *me = &t->s.w->node[0].id, *owner = &t->s.w->node[1].id;

    g_assert_true(n2_site_move(control, owner, me));
    t->s.w->now_us += N2_HEAD_FRESH_US;
    assert_ok(open_path(t, "index.md"));
    g_assert_true(site_sees(t, "account"));
    g_assert_false(site_sees(t, "identity"));
    n2_site_moved(control, owner, me);
    t->s.w->now_us += N2_HEAD_FRESH_US;
    assert_ok(open_path(t, "index.md"));
}

/* An account that moves leaves what was chosen as it was: nothing, for this session, for good,
 * somebody else; and the site does not learn that the two are one. */
static void
test_move_keeps(world *t, gconstpointer data)
{
    (void)data;
    set_access(t, "sub", t->me);
    says_as = "account";
    assert_err(open_path(t, "sub/one"), N2_ERR_NOTFOUND);
    g_autofree char *key = account(t, "account");
    sign(t, N2_JOB_ID_SIGN_OUT);
    sign(t, N2_JOB_ID_SIGN_IN);
    log_in_to_move(t);
    g_assert_false(site_sees(t, "account"));
    g_assert_cmpuint(n_choices, ==, 1);
    says_as = "identity";
    says_always = TRUE;
    assert_ok(open_path(t, "sub/one")); /* it was asked again, and not taken for agreed */
    g_assert_cmpuint(n_choices, ==, 2);
    log_in_to_move(t);
    g_assert_false(site_sees(t, "account"));
    g_assert_true(site_sees(t, "identity"));
    assert_ok(open_path(t, "sub/leafy"));
    g_assert_cmpuint(n_choices, ==, 2);
    g_autofree char *as = account(t, "as"), *allowed = account(t, "allowed");
    g_assert_cmpstr(as, ==, "identity");
    g_assert_cmpstr(allowed, ==, "true");
    g_autofree char *kept = account(t, "account"); /* it moves with the next, too */
    g_assert_cmpstr(kept, ==, key);
}

/* Many at once are one question (attack 47: a site cannot press). */
static void
test_many(world *t, gconstpointer data)
{
    static const char *const paths[] = {"sub/one", "sub/leafy", "sub/big.bin"};
    n2_job jobs[G_N_ELEMENTS(paths)];

    (void)data;
    set_access(t, "sub", t->me);
    says_as = "identity";
    for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autofree char *address = two_nodes_address(t->s.w, 1, paths[i]);
        jobs[i] =
            two_nodes_start(t->s.w, 0, &(n2_request){.kind = N2_JOB_OPEN, .address = address});
    }
    for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
        g_autoptr(GByteArray) bytes = g_byte_array_new();
        n2_notice done = two_nodes_finish(t->s.w, 0, jobs[i], bytes, NULL);
        assert_ok(done.err);
        n2_notice_clear(&done);
    }
    g_assert_cmpuint(n_choices, ==, 1);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(path, func) g_test_add("/site/" path, world, NULL, set_up, func, tear_down)
    ADD("account", test_account);
    ADD("refused", test_refused);
    ADD("signed-out", test_signed_out);
    ADD("slow", test_slow);
    ADD("always", test_always);
    ADD("once", test_once);
    ADD("session", test_session);
    ADD("move-keeps", test_move_keeps);
    ADD("nobody", test_nobody);
    ADD("top", test_top);
    ADD("not-there", test_not_there);
    ADD("attack-47-one-question", test_many);
    ADD("many-sites", test_many_sites);
    return g_test_run();
}
