/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-vouch.c - vouches by real keys: who may sign one, for whom it speaks, how long; and what
 *                the store knows, put before the question of trust.
 */
#include "identity-world.h"

#include "host/unicode.h"
#include "name/known.h"
#include "store-fixture.h"

static const n2_id subject = {.method = N2_METHOD_SHA256, .hash = {200}};

static n2_box
vouch_body(guint8 *buf, const n2_id *by, const n2_id *about, const char *claim, gint64 until_us)
{
    n2_box body;

    g_assert_cmpint(
        n2_vouch_body(buf, 2048, by, about, N2_SCOPE_MET, claim, now - day, until_us, &body),
        ==, N2_OK);
    return body;
}

static n2_err
check(n2_vouch *out, const n2_identity *by, GBytes *statement, gint64 wall_us)
{
    gsize len;
    const guint8 *bytes = g_bytes_get_data(statement, &len);
    g_autofree guint8 *exact = g_memdup2(bytes, len);

    return n2_vouch_check(out, by, exact, len, wall_us, n2_host_unicode(), NULL);
}

/* An identity whose session key is @k. */
static n2_identity
with_session_key(const world *w, const n2_signing_key *k)
{
    n2_identity_set *set = set_of(w);
    n2_grant grant = grant_of(k, N2_RIGHT_SESSION);
    guint8 buf[1024];
    n2_box body;

    g_assert_cmpint(n2_add_body(buf, sizeof buf, &w->born, &grant, "token", &body), ==, N2_OK);
    g_autoptr(GBytes) add = say(&body, BY(&w->control[0], k));
    assert_took(set, add);
    n2_identity who = look(set);
    n2_identity_set_free(set);
    return who;
}

/* Attack 12: who vouches, and for whom, is what is signed, by a key that may. */
static void
test_signers(void)
{
    guint8 buf[2048];
    n2_id thief_id = {.method = N2_METHOD_SHA256, .hash = {66}};
    n2_vouch v;
    world w;

    world_init(&w, 2);
    n2_identity who = with_session_key(&w, &w.device[0]);
    n2_box body = vouch_body(buf, &w.id, &subject, "Anna", now + day);
    const struct {
        const char *name;
        const n2_signing_key *by;
        n2_err want;
    } rows[] = {{"control", &w.control[0], N2_OK},  {"other-control", &w.control[1], N2_OK},
                {"session", &w.device[0], N2_OK},   {"not-added", &w.device[1], N2_ERR_FORGED},
                {"thief", &w.thief, N2_ERR_FORGED}, {"sheet", &w.sheet_25519, N2_ERR_FORGED}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GBytes) s = say(&body, BY(rows[i].by));
        g_test_message("%s", rows[i].name);
        g_assert_cmpint(check(&v, &who, s, now), ==, rows[i].want);
        g_assert_cmpstr(v.claim, ==, rows[i].want ? "" : "Anna");
    }
    /* in the name of another, whose keys did not sign; and of this one, by another's keys */
    g_autoptr(GBytes) good = say(&body, BY(&w.control[0]));
    g_assert_cmpint(check(&v, &who, good, now), ==, N2_OK);
    g_assert_true(n2_id_equal(&v.by, &w.id) && n2_id_equal(&v.subject, &subject));
    n2_identity other = who;
    other.id = thief_id;
    g_assert_cmpint(check(&v, &other, good, now), ==, N2_ERR_FORGED);
    n2_box stolen = vouch_body(buf, &thief_id, &subject, "Anna", now + day);
    g_autoptr(GBytes) misbound = say(&stolen, BY(&w.control[0]));
    g_assert_cmpint(check(&v, &who, misbound, now), ==, N2_ERR_FORGED);
    world_clear(&w);
}

static void
test_lives(void)
{
    const struct {
        const char *name;
        gint64 until_us, wall_us;
        gboolean want;
    } rows[] = {{"now", now + day, now, TRUE},
                {"two-years", now - day + 732 * day, now, TRUE},
                {"over", now + day, now + 2 * day, FALSE},
                {"over-but-no-clock", now + day, 0, TRUE},
                {"not-yet", now + day, now - 3 * day, FALSE}};
    guint8 buf[2048];
    n2_vouch v;
    n2_box body;
    world w;

    world_init(&w, 1);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        body = vouch_body(buf, &w.id, &subject, "Anna", rows[i].until_us);
        g_autoptr(GBytes) s = say(&body, BY(&w.control[0]));
        g_test_message("%s", rows[i].name);
        g_assert_cmpint(check(&v, &w.born, s, rows[i].wall_us) == N2_OK, ==, rows[i].want);
    }
    world_clear(&w);
}

/* A body of kind 10 written field by field, as no maker of ours would. */
static GBytes *
odd_vouch(
    const world *w, const n2_id *about, const char *claim, gint64 from_us, gint64 until_us)
{
    guint8 buf[2048];
    n2_box_writer b = n2_box_begin(buf, sizeof buf, N2_KIND_VOUCH);
    n2_box body;

    n2_box_put_id(&b, 1, &w->id);
    n2_box_put_id(&b, 2, about);
    n2_box_put_int(&b, 3, N2_SCOPE_MET);
    n2_box_put_text(&b, 4, claim);
    n2_box_put_time(&b, 5, from_us);
    n2_box_put_time(&b, 6, until_us);
    n2_err err = n2_box_end(&b, &body, NULL);
    g_assert_cmpint(err, ==, N2_OK);
    return say(&body, BY(&w->control[0]));
}

static void
test_odd(void)
{
    g_autofree char *fits = g_strnfill(N2_CLAIM_BYTES_MAX, 'a');
    g_autofree char *much = g_strnfill(N2_CLAIM_BYTES_MAX + 1, 'a');
    n2_vouch v;
    world w;

    world_init(&w, 1);
    g_autoptr(GBytes) longest = odd_vouch(&w, &subject, fits, now, now + day);
    g_assert_cmpint(check(&v, &w.born, longest, now), ==, N2_OK);
    g_assert_cmpstr(v.claim, ==, fits);
    g_autoptr(GBytes) too_long = odd_vouch(&w, &subject, much, now, now + day);
    g_assert_cmpint(check(&v, &w.born, too_long, now), ==, N2_ERR_LIMIT);
    g_autoptr(GBytes) own = odd_vouch(&w, &w.id, "me", now, now + day);
    g_assert_cmpint(check(&v, &w.born, own, now), ==, N2_ERR_FORMAT);
    g_autoptr(GBytes) backwards = odd_vouch(&w, &subject, "a", now, now - 1);
    g_assert_cmpint(check(&v, &w.born, backwards, 0), !=, N2_OK);
    g_autoptr(GBytes) too_old = odd_vouch(&w, &subject, "a", now - day, now + 732 * day);
    g_assert_cmpint(check(&v, &w.born, too_old, now), !=, N2_OK);
    /* attack 36: a second spelling of one claim */
    g_autoptr(GBytes) nfd = odd_vouch(&w, &subject, "Ju\xcc\x88rgen", now, now + day);
    g_assert_cmpint(check(&v, &w.born, nfd, now), ==, N2_ERR_FORMAT);
    world_clear(&w);
}

/* Attack 31: a statement of another kind with the same signer; a vouch changed in one bit. */
static void
test_borrowed(void)
{
    guint8 buf[2048];
    n2_vouch v;
    world w;

    world_init(&w, 1);
    g_assert_cmpint(check(&v, &w.born, w.birth, now), !=, N2_OK);
    n2_identity_set *set = set_of(&w);
    g_autoptr(GBytes) fresh = fresh_by(set, &w.born, now, BY(&w.control[0]));
    g_assert_cmpint(check(&v, &w.born, fresh, now), !=, N2_OK);
    n2_identity_set_free(set);
    n2_box body = vouch_body(buf, &w.id, &subject, "Anna", now + day);
    g_autoptr(GBytes) good = say(&body, BY(&w.control[0]));
    gsize len;
    const guint8 *bytes = g_bytes_get_data(good, &len);
    for (gsize i = 0; i < len; i += 3) {
        g_autofree guint8 *changed = g_memdup2(bytes, len);
        changed[i] ^= 1;
        g_autoptr(GBytes) s = g_bytes_new(changed, len);
        g_assert_cmpint(check(&v, &w.born, s, now), !=, N2_OK);
    }
    world_clear(&w);
}

/* Attack 35: who vouched has ended, or is frozen: what was kept of theirs holds no more. */
static void
test_signer_gone(void)
{
    guint8 buf[2048];
    n2_vouch v;
    world w;

    world_init(&w, 1);
    n2_box body = vouch_body(buf, &w.id, &subject, "Anna", now + day);
    g_autoptr(GBytes) s = say(&body, BY(&w.control[0]));
    n2_identity_set *set = set_of(&w);
    n2_identity who = look(set);
    g_assert_cmpint(check(&v, &who, s, now), ==, N2_OK);
    g_autoptr(GBytes) end = end_by(&w, NULL, now, NULL, 0, BY(&w.sheet_25519, &w.sheet_448));
    assert_took(set, end);
    who = look(set);
    g_assert_cmpint(check(&v, &who, s, now), !=, N2_OK);
    n2_identity_set_free(set);
    world_clear(&w);
}

/* ---- from the store to the answer ---- */

typedef struct {
    const n2_identity *by;
    guint n_asked;
} signer;

static bool
holds(void *user, const n2_store_vouch *kept, n2_vouch *out)
{
    signer *s = user;

    s->n_asked++;
    return n2_id_equal(&kept->by, &s->by->id) &&
           n2_vouch_check(out, s->by, kept->statement, kept->len, now, n2_host_unicode(),
                          NULL) == N2_OK;
}

static n2_trust
ask(fixture *f, const char *name, signer *s)
{
    n2_trust_query q = {.purpose = N2_PURPOSE_LOG_IN,
                        .subject = subject,
                        .name = name,
                        .wall_us = now,
                        .build_us = now - day,
                        .unicode = n2_host_unicode()};
    n2_known known;
    n2_trust t;

    assert_ok(n2_known_load(&known, f->store, &subject, name, holds, s));
    n2_known_fill(&known, &q);
    n2_trust_ask(&t, &q);
    n2_known_clear(&known);
    return t;
}

static gboolean
says(const n2_trust *t, n2_why why)
{
    for (gsize i = 0; i < t->n_reasons; i++)
        if (t->reasons[i].why == why)
            return TRUE;
    return FALSE;
}

static void
test_known(void)
{
    char text[N2_ID_TEXT_BYTES];
    guint8 buf[2048];
    n2_trust t;
    fixture f;
    world w;
    gsize len;

    world_init(&w, 1);
    signer s = {.by = &w.born};
    fixture_init(&f, FALSE);
    t = ask(&f, NULL, &s);
    g_assert_cmpint(t.verdict, ==, N2_VERDICT_NOTE);
    n2_box body = vouch_body(buf, &w.id, &subject, "Anna", now + day);
    g_autoptr(GBytes) statement = say(&body, BY(&w.control[0]));
    const guint8 *bytes = g_bytes_get_data(statement, &len);
    assert_ok(n2_store_vouch_put(f.store, &(n2_store_vouch){.by = w.id,
                                                            .subject = subject,
                                                            .scope = N2_SCOPE_MET,
                                                            .from_us = now - day,
                                                            .until_us = now + day,
                                                            .statement = bytes,
                                                            .len = len}));
    t = ask(&f, NULL, &s); /* a stranger's word is not even verified */
    g_assert_cmpint(t.verdict, ==, N2_VERDICT_NOTE);
    g_assert_cmpuint(s.n_asked, ==, 0);
    assert_ok(n2_store_contact_put(
        f.store, &(n2_store_contact){.who = w.id, .marks = N2_MARK_INTRODUCES}));
    n2_id_format(text, N2_ID_IDENTITY, &w.id);
    assert_ok(n2_store_name_set(f.store, "bob", text));
    assert_ok(n2_store_name_set(f.store, "a-page", "h1-nothing"));
    t = ask(&f, NULL, &s);
    g_assert_cmpint(t.verdict, ==, N2_VERDICT_GO);
    g_assert_cmpuint(s.n_asked, ==, 1);
    g_assert_cmpint(t.reasons[0].why, ==, N2_WHY_INTRODUCED);
    g_assert_cmpstr(t.reasons[0].by, ==, "bob");
    g_assert_cmpstr(t.reasons[0].name, ==, "Anna");

    /* history: of this one, and of another under the name */
    assert_ok(n2_store_seen_put(f.store, "", &subject, now - 9 * day));
    t = ask(&f, NULL, &s);
    g_assert_true(says(&t, N2_WHY_SEEN));
    assert_ok(n2_store_seen_put(f.store, "anna.demo", &w.id, now - 8 * day));
    t = ask(&f, "anna.demo", &s);
    g_assert_true(says(&t, N2_WHY_CHANGED));
    g_assert_cmpint(t.verdict, ==, N2_VERDICT_STOP);
    t = ask(&f, "\xd0\xb0nna.demo", &s); /* and that history is what a name may look like */
    g_assert_true(says(&t, N2_WHY_ALIKE));
    g_assert_false(says(&t, N2_WHY_CHANGED));

    /* an own name alone is a mark; so is 'met in person', with the name */
    n2_id_format(text, N2_ID_IDENTITY, &subject);
    assert_ok(n2_store_name_set(f.store, "anna", text));
    t = ask(&f, NULL, &s);
    g_assert_true(says(&t, N2_WHY_PETNAME));
    assert_ok(n2_store_contact_put(f.store, &(n2_store_contact){.who = subject,
                                                                .marks = N2_MARK_MET,
                                                                .met_us = now - 2 * day,
                                                                .marked_us = now,
                                                                .name = "anna.demo"}));
    t = ask(&f, "anna.demo", &s);
    g_assert_true(says(&t, N2_WHY_MET));
    g_assert_true(says(&t, N2_WHY_CHANGED)); /* said once more, and stops nobody */
    g_assert_cmpint(t.verdict, ==, N2_VERDICT_NOTE);
    fixture_clear(&f);
    world_clear(&w);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vouch/attack-12-misbinding", test_signers);
    g_test_add_func("/vouch/lives", test_lives);
    g_test_add_func("/vouch/attack-36-odd-bodies", test_odd);
    g_test_add_func("/vouch/attack-31-borrowed", test_borrowed);
    g_test_add_func("/vouch/attack-35-signer-gone", test_signer_gone);
    g_test_add_func("/vouch/known", test_known);
    return g_test_run();
}
