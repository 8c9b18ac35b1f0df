/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-book.c - heads never go back; names, paths, peers and the rest come back as they went
 * in.
 */
#include <string.h>

#include "base/limits.h"
#include "store-fixture.h"

static n2_id
id(guint8 first)
{
    return (n2_id){.method = N2_METHOD_SHA256, .hash = {first}};
}

/* A signed head of identity @who; the store leaves signatures to its caller. */
static gsize
head(guint8 *out, guint8 who, guint64 counter, guint8 root)
{
    guint8 seed[N2_SEED_BYTES_MAX] = {1}, buf[1024];
    n2_head h = {.who = id(who),
                 .branch = N2_BRANCH_MAIN,
                 .counter = counter,
                 .root = {.id = id(root), .size = 5},
                 .made_us = 7,
                 .n_parents = counter > 1};
    n2_signing_key key;
    n2_box body, box;

    assert_ok(n2_signing_key_init(&key, N2_KEY_ED25519, seed));
    assert_ok(n2_head_body(buf, sizeof buf, &h, &body));
    assert_ok(n2_statement_sign(out, 2048, &body, &key, &box));
    return box.len;
}

static void
test_heads(void)
{
    guint8 first[2048], old[2048], twin[2048];
    n2_head_news news;
    n2_head got;
    uint8_t *statement = NULL;
    size_t len = 0;
    n2_id who = id(1);
    fixture f;

    fixture_init(&f, TRUE);
    assert_err(n2_store_head_get(f.store, &who, "main", &got, NULL, NULL), N2_ERR_NOTFOUND);
    gsize first_len = head(first, 1, 5, 10);
    assert_ok(n2_store_head_put(f.store, first, first_len, false, &news));
    g_assert_cmpint(news, ==, N2_HEAD_NEW);
    assert_ok(n2_store_head_put(f.store, first, first_len, false, &news));
    g_assert_cmpint(news, ==, N2_HEAD_SAME);
    gsize old_len = head(old, 1, 4, 11);
    assert_err(n2_store_head_put(f.store, old, old_len, false, &news), N2_ERR_OLD);
    fixture_reopen(&f, TRUE); /* attack 52: nor after a restart */
    assert_err(n2_store_head_put(f.store, old, old_len, false, &news), N2_ERR_OLD);
    assert_ok(n2_store_head_get(f.store, &who, "main", &got, &statement, &len));
    g_assert_cmpmem(statement, len, first, first_len);
    g_assert_cmpuint(got.counter, ==, 5);
    g_free(statement);

    /* two of one counter: the higher hash, whichever came first */
    gsize twin_len = head(twin, 1, 5, 12);
    assert_ok(n2_store_head_put(f.store, twin, twin_len, false, &news));
    g_assert_cmpint(news, ==, N2_HEAD_TWIN);
    assert_ok(n2_store_head_put(f.store, first, first_len, false, &news));
    g_assert_cmpint(news, !=, N2_HEAD_NEW);
    n2_head kept;
    assert_ok(n2_store_head_get(f.store, &who, "main", &kept, NULL, NULL));
    g_assert_cmpint(n2_head_compare(&kept, &got), >=, 0);
    assert_err(n2_store_head_put(f.store, "nonsense", 8, false, &news), N2_ERR_FORMAT);
    fixture_clear(&f);
}

/* A commit with a head that does not go forward leaves everything as it was. */
static void
test_commit_with_head(void)
{
    guint8 statement[2048];
    n2_batch *batch = NULL;
    n2_ref ref, got;
    gint64 owner = 0;
    fixture f;

    fixture_init(&f, FALSE);
    assert_ok(n2_store_owner(f.store, N2_OWNER_TREE, "k1-me", 0, &owner));
    for (int i = 0; i < 3; i++) {
        guint64 counter = i == 0 ? 1 : 2; /* 1, 2, and 2 again */
        guint8 byte = (guint8)i;
        gsize len = head(statement, 1, counter, byte);
        assert_ok(n2_batch_new(&batch, f.store, 0));
        assert_ok(n2_batch_put(batch, N2_METHOD_SHA256, &byte, 1, N2_CONTENT_PLAIN, &ref));
        n2_err err = n2_batch_commit(batch, &(n2_batch_end){.owner = owner,
                                                            .slot = "main",
                                                            .root = ref.id,
                                                            .head = statement,
                                                            .head_len = len});
        n2_batch_free(batch);
        g_assert_cmpint(err, ==, i < 2 ? N2_OK : N2_ERR_OLD);
        assert_ok(n2_store_ref_get(f.store, owner, "main", &got));
        g_assert_cmpint(n2_ref_equal(&got, &ref), ==, i < 2);
    }
    fixture_clear(&f);
}

static bool
append_statement(void *user, uint8_t kind, const uint8_t *statement, size_t len)
{
    g_string_append_printf(user, "%u:%.*s ", kind, (int)len, (const char *)statement);
    return true;
}

static void
test_statements(void)
{
    g_autoptr(GString) got = g_string_new(NULL);
    g_autofree guint8 *much = g_malloc0(N2_IDENTITY_BYTES_MAX);
    n2_id who = id(1), other = id(2);
    fixture f;

    fixture_init(&f, FALSE);
    assert_ok(n2_store_statement_put(f.store, &who, N2_KIND_ADD, "y", 1));
    assert_ok(n2_store_statement_put(f.store, &who, N2_KIND_ADD, "x", 1));
    assert_ok(n2_store_statement_put(f.store, &who, N2_KIND_ADD, "y", 1)); /* known */
    assert_ok(n2_store_statement_put(f.store, &who, N2_KIND_BIRTH, "b", 1));
    assert_ok(n2_store_statement_put(f.store, &other, N2_KIND_BIRTH, "o", 1));
    assert_ok(n2_store_statements(f.store, &who, 0, append_statement, got));
    g_assert_cmpstr(got->str, ==, "2:b 4:y 4:x ");
    g_string_truncate(got, 0);
    assert_ok(n2_store_statements(f.store, &who, N2_KIND_BIRTH, append_statement, got));
    g_assert_cmpstr(got->str, ==, "2:b ");
    assert_err(n2_store_statement_put(f.store, &who, N2_KIND_ADD, much, N2_IDENTITY_BYTES_MAX),
               N2_ERR_LIMIT);
    fixture_clear(&f);
}

static void
test_node_keys(void)
{
    guint8 answer[N2_ANSWER_BYTES_MAX] = {1, 2, 3}, got[N2_ANSWER_BYTES_MAX];
    static const gsize lengths[] = {N2_ANSWER_BYTES, N2_ANSWER_BYTES_MAX,
                                    N2_NODE_KEY_FLOOR_BYTES};
    gsize len = 0;
    n2_id who = id(1);
    fixture f;

    fixture_init(&f, FALSE);
    assert_err(n2_store_node_key_get(f.store, &who, got, &len), N2_ERR_NOTFOUND);
    for (gsize i = 0; i < G_N_ELEMENTS(lengths); i++) {
        answer[5] = (guint8)i;
        assert_ok(n2_store_node_key_put(f.store, &who, answer, lengths[i]));
        assert_ok(n2_store_node_key_get(f.store, &who, got, &len));
        g_assert_cmpmem(got, len, answer, lengths[i]);
    }
    fixture_clear(&f);
}

static bool
append_name(void *user, const char *name, const char *target)
{
    g_string_append_printf(user, "%s=%s ", name, target);
    return true;
}

static bool
stop_at_once(void *user, const char *name, const char *target)
{
    append_name(user, name, target);
    return false;
}

static void
test_names(void)
{
    g_autoptr(GString) got = g_string_new(NULL);
    char *target = NULL;
    fixture f;

    fixture_init(&f, TRUE);
    assert_ok(n2_store_name_set(f.store, "b", "k1-x"));
    assert_ok(n2_store_name_set(f.store, "a'; DROP TABLE petname; --", "k1-y"));
    assert_ok(n2_store_name_set(f.store, "b", "k1-z"));
    fixture_reopen(&f, TRUE);
    assert_ok(n2_store_names(f.store, append_name, got));
    g_assert_cmpstr(got->str, ==, "a'; DROP TABLE petname; --=k1-y b=k1-z ");
    g_string_truncate(got, 0);
    assert_ok(n2_store_names(f.store, stop_at_once, got));
    g_assert_cmpstr(got->str, ==, "a'; DROP TABLE petname; --=k1-y ");
    assert_ok(n2_store_name_get(f.store, "b", &target));
    g_assert_cmpstr(target, ==, "k1-z");
    g_free(target);
    assert_ok(n2_store_name_unset(f.store, "b"));
    assert_err(n2_store_name_unset(f.store, "b"), N2_ERR_NOTFOUND);
    assert_err(n2_store_name_get(f.store, "b", &target), N2_ERR_NOTFOUND);
    assert_ok(n2_store_setting_set(f.store, "k", "v"));
    assert_ok(n2_store_setting_get(f.store, "k", &target));
    g_assert_cmpstr(target, ==, "v");
    g_free(target);
    assert_err(n2_store_setting_get(f.store, "l", &target), N2_ERR_NOTFOUND);
    fixture_clear(&f);
}

static bool
append_path(void *user, const n2_id *who, const n2_store_hop *hops, size_t n)
{
    g_string_append_printf(user, "%u:", who->hash[0]);
    for (size_t i = 0; i < n; i++)
        g_string_append_printf(user, "%u/%u,", hops[i].port, hops[i].bits);
    return true;
}

static void
test_paths(void)
{
    static const struct {
        const char *name;
        n2_store_hop hops[5];
        gsize n;
        n2_err want;
    } rows[] = {{"two", {{3, 4}, {65535, 16}}, 2, N2_OK},
                {"58-bits", {{1, 16}, {1, 16}, {1, 16}, {1, 10}}, 4, N2_OK},
                {"59-bits", {{1, 16}, {1, 16}, {1, 16}, {1, 11}}, 4, N2_ERR_USAGE},
                {"none", {{0, 0}}, 0, N2_ERR_USAGE},
                {"no-bits", {{0, 0}}, 1, N2_ERR_USAGE},
                {"17-bits", {{1, 17}}, 1, N2_ERR_USAGE},
                {"port-too-wide", {{16, 4}}, 1, N2_ERR_USAGE}};
    g_autoptr(GString) got = g_string_new(NULL);
    n2_store_hop hops[N2_STORE_HOPS_MAX];
    n2_id who = id(1), other = id(0);
    size_t n = 0;
    fixture f;

    fixture_init(&f, FALSE);
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_test_message("%s", rows[i].name);
        g_assert_cmpint(n2_store_path_set(f.store, &who, rows[i].hops, rows[i].n), ==,
                        rows[i].want);
    }
    assert_ok(n2_store_path_get(f.store, &who, hops, &n));
    g_assert_cmpuint(n, ==, 4);
    assert_ok(n2_store_path_set(f.store, &other, rows[0].hops, rows[0].n));
    assert_ok(n2_store_paths(f.store, append_path, got));
    g_assert_cmpstr(got->str, ==, "0:3/4,65535/16,1:1/16,1/16,1/16,1/10,");
    assert_ok(n2_store_path_unset(f.store, &who));
    assert_err(n2_store_path_unset(f.store, &who), N2_ERR_NOTFOUND);
    assert_err(n2_store_path_get(f.store, &who, hops, &n), N2_ERR_NOTFOUND);
    fixture_clear(&f);
}

static bool
append_peer(void *user, const n2_store_peer *p)
{
    g_string_append_printf(user, "%s %" G_GINT64_MODIFIER "x %u %u;", p->net, p->link_id,
                           p->port, n2_id_is_set(&p->key) ? p->key.hash[0] : 999);
    return true;
}

static bool
append_port(void *user, uint64_t link_id, uint16_t port)
{
    g_string_append_printf(user, "%" G_GINT64_MODIFIER "x:%u ", link_id, port);
    return true;
}

static void
test_peers(void)
{
    g_autoptr(GString) got = g_string_new(NULL);
    n2_store_peer peer = {.net = "udp:b:1", .link_id = G_MAXUINT64 - 1, .port = 65535};
    fixture f;

    fixture_init(&f, FALSE);
    assert_ok(n2_store_peer_put(f.store, &peer));
    peer = (n2_store_peer){.net = "udp:a:1", .link_id = 7, .key = id(3)};
    assert_ok(n2_store_peer_put(f.store, &peer));
    peer.port = 2;
    assert_ok(n2_store_peer_put(f.store, &peer));
    assert_ok(n2_store_peers(f.store, append_peer, got));
    g_assert_cmpstr(got->str, ==, "udp:a:1 7 2 3;udp:b:1 fffffffffffffffe 65535 999;");
    assert_ok(n2_store_peer_drop(f.store, "udp:a:1"));
    assert_err(n2_store_peer_drop(f.store, "udp:a:1"), N2_ERR_NOTFOUND);
    g_string_truncate(got, 0);
    assert_ok(n2_store_port_put(f.store, 5, 1));
    assert_ok(n2_store_port_put(f.store, G_MAXUINT64, 9));
    assert_ok(n2_store_port_put(f.store, 5, 2));
    assert_ok(n2_store_ports(f.store, append_port, got));
    g_assert_cmpstr(got->str, ==, "ffffffffffffffff:9 5:2 ");
    fixture_clear(&f);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/store/book/heads", test_heads);
    g_test_add_func("/store/book/commit-with-head", test_commit_with_head);
    g_test_add_func("/store/book/statements", test_statements);
    g_test_add_func("/store/book/node-keys", test_node_keys);
    g_test_add_func("/store/book/names", test_names);
    g_test_add_func("/store/book/paths", test_paths);
    g_test_add_func("/store/book/peers", test_peers);
    return g_test_run();
}
