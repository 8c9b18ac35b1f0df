/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-identity-vectors.c - statements about identities, and what they come to, as
 *                           tests/vectors/identity-1.txt has them for every other program and
 *                           every later one.  With N2_VECTORS_WRITE set to a file name, they
 * are written there.
 */
#include "identity-world.h"

#include "crypto/armor.h"
#include "crypto/words.h"

static const char intro[] =
    "# Statements about identities, in the order they came, and what they come to; never "
    "changed,\n"
    "# only added to.  Made and compared by tests/unit/test-identity-vectors.c, read by "
    "tests/vectors/check.py.\n"
    "#\n"
    "#   set    name, identity (33 bytes)\n"
    "#   take   name, held since (us), verdict, statement\n"
    "#   look   name, clock (us), state, number, control statement, successor or -, "
    "contested,\n"
    "#          ended, confirmed, others confirmed (us), hash of what stands, keys as\n"
    "#          method+key:rights:from:until, sorted\n"
    "#   sheet  seed, words       qr  bytes, text       text  statement, its text's bytes\n"
    "#   words  SHA-256 of all words, a newline behind each\n";

static GString *out;

static void
put_hex(const void *bytes, gsize len)
{
    for (gsize i = 0; i < len; i++)
        g_string_append_printf(out, "%02x", ((const guint8 *)bytes)[i]);
}

static void
put_id(const n2_id *id)
{
    g_string_append_printf(out, "%02x", id->method);
    put_hex(id->hash, sizeof id->hash);
}

/* ---- sets ---- */

typedef struct {
    const char *name;
    n2_identity_set *set;
} told;

static told
begin(const char *name, const n2_id *who)
{
    told t = {.name = name};

    g_assert_cmpint(n2_identity_set_new(&t.set, who, NULL), ==, N2_OK);
    g_string_append_printf(out, "set %s ", name);
    put_id(who);
    g_string_append_c(out, '\n');
    return t;
}

/* (transfer full) @statement */
static void
tell_at(told *t, GBytes *statement, gint64 held_us)
{
    static const char *const verdicts[] = {"new", "known", "waits", "nothing"};
    n2_taken taken;
    gsize len;
    const guint8 *bytes = g_bytes_get_data(statement, &len);
    n2_err err = take_at(t->set, statement, held_us, &taken);

    g_string_append_printf(out, "take %s %" G_GINT64_FORMAT " %s ", t->name, held_us,
                           err ? n2_err_name(err) : verdicts[taken]);
    put_hex(bytes, len);
    g_string_append_c(out, '\n');
    g_bytes_unref(statement);
}

static void
tell(told *t, GBytes *statement)
{
    tell_at(t, statement, now);
}

static int
by_text(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static n2_identity
show(const told *t, gint64 wall_us)
{
    static const char *const states[] = {"live", "frozen", "ended"};
    n2_identity who = look_at(t->set, wall_us);
    g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func(g_free);
    guint8 hash[N2_HASH_BYTES];

    g_assert_cmpint(n2_identity_set_hash(t->set, hash), ==, N2_OK);
    g_string_append_printf(out, "look %s %" G_GINT64_FORMAT " %s %u ", t->name, wall_us,
                           states[who.state], who.number);
    put_hex(who.control, sizeof who.control);
    g_string_append_c(out, ' ');
    if (n2_id_is_set(&who.successor))
        put_id(&who.successor);
    else
        g_string_append_c(out, '-');
    g_string_append_printf(
        out, " %d %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " ",
        who.is_contested, who.ended_us, who.fresh_us, who.other_us);
    put_hex(hash, sizeof hash);
    for (gsize i = 0; i < who.n_keys; i++) {
        const n2_grant *g = &who.keys[i];
        GString *key = g_string_new(NULL);
        g_string_append_printf(key, "%02x", g->key.method);
        for (gsize k = 0; k < n2_key_bytes(g->key.method); k++)
            g_string_append_printf(key, "%02x", g->key.bytes[k]);
        g_string_append_printf(key, ":%u:%" G_GINT64_FORMAT ":%" G_GINT64_FORMAT, g->rights,
                               g->from_us, g->until_us);
        g_ptr_array_add(keys, g_string_free(key, FALSE));
    }
    g_ptr_array_sort(keys, by_text);
    for (guint i = 0; i < keys->len; i++)
        g_string_append_printf(out, " %s", (char *)keys->pdata[i]);
    g_string_append_c(out, '\n');
    return who;
}

static void
tell_life(world *w)
{
    told t = begin("life", &w->id);
    const n2_signing_key *c = w->control, *d = w->device;
    n2_identity who = w->born;
    guint8 buf[1024];
    n2_box body;
    n2_grant open = {.key = {.method = N2_KEY_X25519, .bytes = {9}},
                     .rights = N2_RIGHT_OPEN,
                     .from_us = now,
                     .until_us = now + 4000 * day};

    tell(&t, add_by(&who, &d[1], "before the birth", BY(&c[1], &d[1])));
    tell(&t, g_bytes_ref(w->birth));
    tell(&t, g_bytes_ref(w->birth));
    tell(&t, add_by(&who, &d[0], "desk", BY(&c[0], &d[0])));
    tell(&t, add_by(&who, &d[2], "by a device", BY(&d[0], &d[2])));
    tell(&t, add_by(&who, &d[2], "without the new key", BY(&c[0])));
    g_assert_cmpint(n2_add_body(buf, sizeof buf, &who, &open, "mail", &body), ==, N2_OK);
    tell(&t, say(&body, BY(&c[0])));
    tell(&t, fresh_by(t.set, &who, now - day, BY(&d[0])));
    (void)show(&t, now);
    tell(&t, remove_by(&who, &d[0].key, N2_REMOVED_RETIRED, BY(&d[0])));
    tell(&t, remove_by(&who, &d[0].key, N2_REMOVED_LOST, BY(&c[1])));
    tell(&t, remove_by(&who, &d[1].key, N2_REMOVED_LOST, BY(&w->thief)));
    tell(&t, remove_by(&who, &d[3].key, N2_REMOVED_STOLEN, BY(&d[3])));
    tell(&t, add_by(&who, &d[3], "removed by itself", BY(&c[0], &d[3])));
    (void)show(&t, now);
    tell(&t, fresh_by(t.set, &who, now + 1, BY(&d[1])));
    tell(&t, fresh_by(t.set, &who, now - 2 * day, BY(&d[1])));
    tell(&t, fresh_by(t.set, &who, now, BY(&w->thief)));
    (void)show(&t, now);
    tell(&t, control_by(&who, now, BY(&c[2]), BY(&d[1], &d[4]), BY(&c[0])));
    tell(&t, control_by(&who, now, BY(&w->thief), NULL, BY(&d[1])));
    who = show(&t, now);
    tell(&t, add_by(&who, &d[5], "under the second", BY(&c[2], &d[5])));
    tell(&t, add_by(&w->born, &d[5], "under the first", BY(&c[0], &d[5])));
    tell(&t, remove_by(&who, &d[4].key, N2_REMOVED_UNSAID, BY(&c[2])));
    tell(&t, birth_by(w, 2, 2));
    (void)show(&t, now);
    (void)show(&t, 0);
    n2_identity_set_free(t.set);
}

static void
tell_forks(const world *w)
{
    static const struct {
        const char *name;
        gint64 one_days, two_days;
    } rows[] = {{"fork", 3, 0}, {"settled", 40, 5}, {"settled-other", 1, 31}};

    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        told t = begin(rows[i].name, &w->id);
        tell(&t, g_bytes_ref(w->birth));
        tell(&t, add_by(&w->born, &w->device[0], "", BY(&w->control[0], &w->device[0])));
        tell_at(&t, control_by(&w->born, now, BY(&w->control[0]), NULL, BY(&w->control[0])),
                now - rows[i].one_days * day);
        tell_at(&t, control_by(&w->born, now, BY(&w->thief), NULL, BY(&w->control[1])),
                now - rows[i].two_days * day);
        (void)show(&t, now);
        n2_identity_set_free(t.set);
    }
}

static void
tell_ends(const world *w)
{
    const n2_id one = {.method = 1, .hash = {1}}, two = {.method = 1, .hash = {2}};
    const n2_distrusted lost = {w->device[0].key, now - day};
    const n2_signing_key *const *both = BY(&w->sheet_25519, &w->sheet_448);
    told t = begin("ends", &w->id);

    tell(&t, end_by(w, &one, now, NULL, 0, both));
    tell(&t, end_by(w, &one, now, NULL, 0, BY(&w->control[0], &w->control[1])));
    tell(&t, g_bytes_ref(w->birth));
    tell(&t, add_by(&w->born, &w->device[0], "", BY(&w->control[0], &w->device[0])));
    (void)show(&t, now);
    tell(&t, end_by(w, &one, now - day, &lost, 1, both));
    tell(&t, end_by(w, &one, now, NULL, 0, BY(&w->sheet_448)));
    tell(&t, add_by(&w->born, &w->device[1], "", BY(&w->sheet_25519, &w->device[1])));
    (void)show(&t, now);
    tell(&t, end_by(w, &two, now, NULL, 0, both));
    tell(&t, end_by(w, NULL, now, NULL, 0, both));
    (void)show(&t, now);
    n2_identity_set_free(t.set);
}

/* ---- texts ---- */

static void
tell_texts(const world *w)
{
    guint8 seed[N2_SHEET_SEED_BYTES], bytes[N2_SHEET_QR_BYTES], hash[N2_HASH_BYTES];
    char words[N2_SHEET_TEXT_BYTES], text[4096];
    g_autoptr(GString) list = g_string_new(NULL);
    gsize len;

    for (gsize i = 0; i < N2_WORDS; i++)
        g_string_append_printf(list, "%s\n", n2_sheet_word(i));
    n2_sha256_of(list->str, list->len, hash);
    g_string_append(out, "words ");
    put_hex(hash, sizeof hash);
    for (guint i = 0; i < 4; i++) {
        for (guint k = 0; k < sizeof seed; k++)
            seed[k] = (guint8)(i == 3 ? 0xff : i * (k * 29 + 7));
        n2_sheet_words(seed, words);
        g_string_append(out, "\nsheet ");
        put_hex(seed, sizeof seed);
        g_string_append_printf(out, " %s\nqr ", words);
        n2_sheet_qr(seed, bytes);
        g_assert_cmpint(n2_qr_write(text, sizeof text, bytes, sizeof bytes), ==, N2_OK);
        put_hex(bytes, sizeof bytes);
        g_string_append_printf(out, " %s", text);
    }
    const guint8 *birth = g_bytes_get_data(w->birth, &len);
    for (guint i = 0; i < 2; i++) {
        g_assert_cmpint(n2_armor_write(text, sizeof text,
                                       i ? N2_ARMOR_CONTAINER : N2_KIND_BIRTH, birth, len),
                        ==, N2_OK);
        g_string_append(out, "\ntext ");
        put_hex(birth, len);
        g_string_append_c(out, ' ');
        put_hex(text, strlen(text));
    }
    g_assert_cmpint(n2_qr_write(text, sizeof text, birth, len), ==, N2_OK);
    g_string_append(out, "\nqr ");
    put_hex(birth, len);
    g_string_append_printf(out, " %s\n", text);
}

static void
test_vectors(void)
{
    const char *to = g_getenv("N2_VECTORS_WRITE");
    g_autofree char *path =
        g_build_filename(g_getenv("N2_SOURCE"), "tests", "vectors", "identity-1.txt", NULL);
    g_autofree char *stored = NULL;
    guint8 seed[N2_SEED_BYTES_MAX] = {77};
    world w;

    out = g_string_new(intro);
    world_init(&w, 2);
    tell_life(&w);
    tell_forks(&w);
    tell_ends(&w);
    tell_texts(&w);
    world_clear(&w);
    /* a control key of the other method */
    g_assert_cmpint(n2_signing_key_init(&w.control[0], N2_KEY_ED448, seed), ==, N2_OK);
    w.birth = birth_by(&w, 3, 2);
    gsize len;
    const guint8 *birth = g_bytes_get_data(w.birth, &len);
    g_assert_cmpint(n2_identity_birth(&w.born, birth, len, N2_METHOD_BLAKE2B, NULL), ==, N2_OK);
    w.id = w.born.id;
    told t = begin("ed448-blake2b", &w.id);
    tell(&t, g_bytes_ref(w.birth));
    tell(&t, add_by(&w.born, &w.device[0], "", BY(&w.control[0], &w.device[0])));
    tell(&t, fresh_by(t.set, &w.born, now, BY(&w.control[0])));
    (void)show(&t, now);
    n2_identity_set_free(t.set);
    world_clear(&w);
    if (to)
        g_assert_true(g_file_set_contents(to, out->str, (gssize)out->len, NULL));
    g_assert_true(g_file_get_contents(to ? to : path, &stored, NULL, NULL));
    g_assert_cmpstr(out->str, ==, stored);
    g_string_free(out, TRUE);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vectors/identity", test_vectors);
    return g_test_run();
}
