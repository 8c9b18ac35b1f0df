/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-fetch-attacks.c - in the real fetch path: who plays another identity (attack 12), and
 * who passes hashes off as other hashes' bytes (attack 29).
 */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "keys/request.h"
#include "site.h"

/* ---- attack 12: to be somebody else ---- */

/* Keeps the chain of node 1; and once it has one, gives it to whoever asks for somebody else.
 */
static gboolean
own_chain_for_all(two_nodes *w, const n2_call *call, n2_asm *values)
{
    if (call->n_values >= 3 && !w->chain) {
        w->chain = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
        for (gsize i = 0; i < call->n_values; i++)
            g_ptr_array_add(w->chain, g_bytes_new(call->values[i].bytes, call->values[i].len));
        return FALSE;
    }
    if (call->err != N2_ERR_NOTFOUND || !w->chain)
        return FALSE;
    for (guint i = 0; i < w->chain->len; i++) {
        gsize len;
        const guint8 *bytes = g_bytes_get_data(w->chain->pdata[i], &len);

        n2_asm_bytes(values, bytes, len);
    }
    w->tamper = NULL; /* only for who it is; then it has nothing of theirs */
    return TRUE;
}

/* Attack 12: a node shows its own, true chain to who wants another identity. */
static void
test_another_identity(void)
{
    site s;
    n2_id other = {.method = N2_METHOD_SHA256, .hash = {1, 2, 3}};
    char text[N2_ID_TEXT_BYTES];
    n2_notice done;

    site_init(&s, 29);
    s.w->tamper = own_chain_for_all;
    two_nodes_meet(s.w);
    two_nodes_assert_page(s.w, 0, 1, "sub/one", (const guint8 *)"x", 1);
    g_assert_nonnull(s.w->chain);
    n2_id_format(text, N2_ID_IDENTITY, &other);
    done = two_nodes_do(
        s.w, 0, &(n2_request){.kind = N2_JOB_PATH_SET, .address = text, .value = "1/4"});
    assert_ok(done.err);
    n2_notice_clear(&done);
    done = two_nodes_do(s.w, 0, &(n2_request){.kind = N2_JOB_LIST, .address = text});
    assert_err(done.err, N2_ERR_FORGED);
    n2_notice_clear(&done);
    g_ptr_array_unref(s.w->chain);
    site_clear(&s);
}

/* The chain is true and the one asked for, but the channel ends at somebody in between. */
static void
test_man_in_the_middle(void)
{
    site s;

    site_init(&s, 32);
    s.w->is_relayed = TRUE;
    two_nodes_meet(s.w);
    site_assert_fails(&s, "sub/one", N2_ERR_FORGED);
    site_clear(&s);
}

/* The asker's own chain, shown to it as the holder's. */
static GPtrArray *reflected;

static gboolean
reflect_chain(two_nodes *w, const n2_call *call, n2_asm *values)
{
    (void)w;
    if (call->n_values < 3)
        return FALSE;
    for (guint i = 0; i < reflected->len; i++) {
        gsize len;
        const guint8 *bytes = g_bytes_get_data(reflected->pdata[i], &len);

        n2_asm_bytes(values, bytes, len);
    }
    return TRUE;
}

static bool
keep_statement(void *user, uint8_t kind, const uint8_t *statement, size_t len)
{
    (void)user;
    (void)kind;
    g_ptr_array_add(reflected, g_bytes_new(statement, len));
    return true;
}

static void
test_reflected_chain(void)
{
    n2_node_key key;
    guint8 bytes[512];
    n2_box statement;
    site s;

    site_init(&s, 42);
    test_node *asker = &s.w->node[0];
    reflected = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    assert_ok(n2_store_statements(asker->store.store, &asker->id, N2_KIND_BIRTH, keep_statement,
                                  NULL));
    assert_ok(
        n2_store_statements(asker->store.store, &asker->id, N2_KIND_ADD, keep_statement, NULL));
    assert_ok(n2_node_key_read(&key, asker->answer, sizeof asker->answer));
    n2_identity who;
    gsize len;
    const guint8 *birth = g_bytes_get_data(reflected->pdata[0], &len);
    assert_ok(n2_identity_birth(&who, birth, len, asker->id.method, NULL));
    for (guint i = 1; i < reflected->len; i++) {
        const guint8 *add = g_bytes_get_data(reflected->pdata[i], &len);
        assert_ok(n2_identity_add(&who, add, len, NULL));
    }
    for (gsize i = 0; i < who.n_keys; i++) {
        if (!(who.keys[i].rights & N2_RIGHT_DEVICE))
            continue;
        assert_ok(n2_node_key_statement(bytes, sizeof bytes, &key, &asker->id, &who.keys[i].key,
                                        &statement));
        keep_statement(NULL, N2_KIND_NODE_KEY, statement.bytes, statement.len);
    }
    s.w->tamper = reflect_chain;
    two_nodes_meet(s.w);
    site_assert_fails(&s, "sub/one", N2_ERR_FORGED);
    g_ptr_array_unref(reflected);
    site_clear(&s);
}

/* The true birth and adds, and a node key of the same identity for another connection: one that
 * was made for another machine, or last week. */
static gboolean
other_node_key(two_nodes *w, const n2_call *call, n2_asm *values)
{
    if (call->n_values < 3)
        return FALSE;
    for (gsize i = 0; i + 1 < call->n_values; i++)
        n2_asm_bytes(values, call->values[i].bytes, call->values[i].len);
    (void)w;
    gsize len;
    const guint8 *bytes = g_bytes_get_data(reflected->pdata[0], &len);
    n2_asm_bytes(values, bytes, len);
    return TRUE;
}

static void
test_other_node_key(void)
{
    guint8 request_bytes[256], answer_bytes[N2_KEYRING_MESSAGE_BYTES_MAX], bytes[512];
    n2_keys_request request = {.kind = N2_KEYS_NODE_KEY, .suite = 1, .fresh = TRUE};
    n2_keys_answer answer;
    n2_node_key key;
    n2_identity who;
    n2_box statement;
    gsize len;
    site s;

    site_init(&s, 43);
    test_node *holder = &s.w->node[1];
    /* The holder's keys sign another connection key; what it answers queries with stays. */
    request.who = holder->id;
    assert_ok(n2_keys_request_write(&request, request_bytes, sizeof request_bytes, &len));
    s.w->wall_us += G_GINT64_CONSTANT(1000000);
    assert_ok(n2_keyring_answer(holder->ring, request_bytes, len, s.w->wall_us, answer_bytes,
                                sizeof answer_bytes, &len));
    assert_ok(n2_keys_answer_read(&answer, answer_bytes, len));
    assert_ok(answer.err);
    g_assert_cmpuint(answer.key_id, !=, holder->key_id);
    assert_ok(n2_node_key_read(&key, answer.answer, answer.answer_len));
    reflected = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    assert_ok(n2_store_statements(holder->store.store, &holder->id, N2_KIND_BIRTH,
                                  keep_statement, NULL));
    assert_ok(n2_store_statements(holder->store.store, &holder->id, N2_KIND_ADD, keep_statement,
                                  NULL));
    for (guint i = 0; i < reflected->len; i++) {
        const guint8 *at = g_bytes_get_data(reflected->pdata[i], &len);
        assert_ok(i ? n2_identity_add(&who, at, len, NULL)
                    : n2_identity_birth(&who, at, len, holder->id.method, NULL));
    }
    g_ptr_array_set_size(reflected, 0);
    for (gsize i = 0; i < who.n_keys; i++)
        if (who.keys[i].rights & N2_RIGHT_DEVICE) {
            n2_statement checked;
            assert_ok(n2_node_key_statement(bytes, sizeof bytes, &key, &holder->id,
                                            &who.keys[i].key, &statement));
            if (n2_identity_check(&who, &checked, statement.bytes, statement.len,
                                  N2_KIND_NODE_KEY, s.w->wall_us, NULL) == N2_OK)
                keep_statement(NULL, N2_KIND_NODE_KEY, statement.bytes, statement.len);
        }
    g_assert_cmpuint(reflected->len, ==, 1); /* the lie is a good one */
    s.w->tamper = other_node_key;
    two_nodes_meet(s.w);
    site_assert_fails(&s, "sub/leafy", N2_ERR_FORGED);
    g_ptr_array_unref(reflected);
    site_clear(&s);
}

/* ---- attack 29: a node of the tree passed off as its leaf, and a level as another ---- */

/* What the liar says of the content with six groups: how long it is, and its bytes or nodes. */
static struct {
    guint8 nodes[6][N2_HASH_BYTES];
    guint8 bytes[1 + 2 * N2_HASH_BYTES];
    guint64 size;
    guint n_said;
} lie;

static void
join(const guint8 *left, const guint8 *right, guint8 *out)
{
    guint8 bytes[1 + 2 * N2_HASH_BYTES] = {1};

    memcpy(bytes + 1, left, N2_HASH_BYTES);
    memcpy(bytes + 1 + N2_HASH_BYTES, right, N2_HASH_BYTES);
    n2_sha256_of(bytes, sizeof bytes, out);
}

/* The two halves under the top: what is hashed there, with its prefix or without, is `bytes`.
 */
static void
prepare_lie(const site *s)
{
    guint8 pair[3][N2_HASH_BYTES];

    memset(&lie, 0, sizeof lie);
    for (guint i = 0; i < 6; i++) {
        gsize at = (gsize)i * N2_GROUP_BYTES;
        n2_tree_group_node(&s->w->node[1].store.crypto, N2_METHOD_SHA256, s->big + at,
                           MIN(BIG_BYTES - at, N2_GROUP_BYTES), lie.nodes[i]);
    }
    for (guint i = 0; i < 3; i++)
        join(lie.nodes[2 * i], lie.nodes[2 * i + 1], pair[i]);
    lie.bytes[0] = 1;
    join(pair[0], pair[1], lie.bytes + 1);
    memcpy(lie.bytes + 1 + N2_HASH_BYTES, pair[2], N2_HASH_BYTES);
}

/* Opens the content by its hash alone: its size is what the holder says. */
static void
assert_forged_by_hash(site *s)
{
    char text[N2_ID_TEXT_BYTES];
    g_autofree char *address = NULL;
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    n2_ref ref = {.id = {.method = N2_METHOD_SHA256}, .size = BIG_BYTES};

    n2_tree_root_of(&s->w->node[1].store.crypto, N2_METHOD_SHA256, s->big, BIG_BYTES,
                    ref.id.hash);
    n2_id_format(text, N2_ID_CONTENT, &ref.id);
    address = g_strconcat("net2o://", text, NULL);
    n2_job job =
        two_nodes_start(s->w, 0, &(n2_request){.kind = N2_JOB_OPEN, .address = address});
    n2_notice done = two_nodes_finish(s->w, 0, job, bytes, NULL);
    assert_err(done.err, N2_ERR_FORGED);
    n2_notice_clear(&done);
    g_assert_cmpuint(bytes->len, ==, 0);
    g_assert_cmpint(fixture_state(&s->w->node[0].store, &ref), !=, N2_OBJECT_WHOLE);
    g_assert_cmpuint(lie.n_said, ==, 2);
}

static gboolean
node_as_leaf(two_nodes *w, const n2_call *call, n2_asm *values)
{
    if (call->n_values == 1 && call->values[0].type == 'u' &&
        call->values[0].u == BIG_BYTES) { /* stat */
        n2_asm_u64(values, lie.size);
        lie.n_said++;
        return TRUE;
    }
    if (call->err != N2_ERR_NOTFOUND) /* read of a content of another size */
        return FALSE;
    two_nodes_write(w, lie.bytes + sizeof lie.bytes - lie.size, lie.size);
    n2_asm_u64(values, lie.size);
    lie.n_said++;
    return TRUE;
}

static void
test_node_as_leaf(gconstpointer size)
{
    site s;

    site_init(&s, 40);
    two_nodes_meet(s.w);
    two_nodes_assert_page(s.w, 0, 1, "sub/one", (const guint8 *)"x", 1);
    prepare_lie(&s);
    lie.size = GPOINTER_TO_SIZE(size);
    s.w->tamper = node_as_leaf;
    assert_forged_by_hash(&s);
    site_clear(&s);
}

/* Three groups, whose nodes are one level too high: they lead to the true top. */
static gboolean
level_as_another(two_nodes *w, const n2_call *call, n2_asm *values)
{
    (void)w;
    if (call->n_values == 1 && call->values[0].type == 'u' && call->values[0].u == BIG_BYTES) {
        n2_asm_u64(values, 3 * N2_GROUP_BYTES);
        lie.n_said++;
        return TRUE;
    }
    if (call->err != N2_ERR_NOTFOUND)
        return FALSE;
    guint8 pairs[3][N2_HASH_BYTES], top[2][N2_HASH_BYTES];
    for (guint i = 0; i < 3; i++)
        join(lie.nodes[2 * i], lie.nodes[2 * i + 1], pairs[i]);
    n2_tree_top(N2_METHOD_SHA256, (const guint8(*)[N2_HASH_BYTES])lie.nodes, 6, top[0]);
    n2_tree_top(N2_METHOD_SHA256, (const guint8(*)[N2_HASH_BYTES])pairs, 3, top[1]);
    g_assert_cmpmem(top[0], N2_HASH_BYTES, top[1], N2_HASH_BYTES); /* the lie is a good one */
    n2_asm_bytes(values, pairs, sizeof pairs);
    lie.n_said++;
    return TRUE;
}

static void
test_level_as_another(void)
{
    site s;

    site_init(&s, 41);
    two_nodes_meet(s.w);
    two_nodes_assert_page(s.w, 0, 1, "sub/one", (const guint8 *)"x", 1);
    prepare_lie(&s);
    s.w->tamper = level_as_another;
    assert_forged_by_hash(&s);
    site_clear(&s);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/share/fetch/attack-12-another-identity", test_another_identity);
    g_test_add_func("/share/fetch/attack-12-relayed", test_man_in_the_middle);
    g_test_add_func("/share/fetch/attack-12-reflected-chain", test_reflected_chain);
    g_test_add_func("/share/fetch/attack-12-other-node-key", test_other_node_key);
    g_test_add_data_func("/share/fetch/attack-29-node-as-leaf", GSIZE_TO_POINTER(64),
                         test_node_as_leaf);
    g_test_add_data_func("/share/fetch/attack-29-node-as-leaf-with-prefix",
                         GSIZE_TO_POINTER(65), test_node_as_leaf);
    g_test_add_func("/share/fetch/attack-29-level-as-another", test_level_as_another);
    return g_test_run();
}
