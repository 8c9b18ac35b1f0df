/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * test-serve-carry.c - what a cache gives of a content that has not come whole yet: what was
 *                      verified, and no byte else.
 */
#include "crypto/tree.h"
#include "serve-world.h"
#include "store/part.h"

enum {
    GROUPS = 3,
    COME_BYTES = 2 * N2_GROUP_BYTES + 500,
    MISSING = 1 /* the group that comes last */
};

#define ADDRESS UINT64_C(0x0800000000000000)

typedef struct {
    world w;
    guint8 *bytes;
    guint8 nodes[GROUPS][N2_HASH_BYTES];
    n2_ref ref;
    n2_batch *batch;
    n2_part *part; /* (nullable) what is coming */
    n2_err says;   /* of the node, for what is not coming */
    guint n_begun;
    n2_id author;
} cache_world;

static n2_err
carry(void *user, const n2_ref *ref, const n2_id *author, const n2_part **part)
{
    cache_world *t = user;

    if (author) {
        t->n_begun++;
        t->author = *author;
    }
    if (!n2_id_equal(&ref->id, &t->ref.id) || t->says)
        return t->says ? t->says : N2_ERR_NOTFOUND;
    *part = t->part;
    return N2_OK;
}

static void
write_group(cache_world *t, guint64 g)
{
    gsize at = g * N2_GROUP_BYTES;

    assert_ok(n2_part_write(t->part, g, t->bytes + at, MIN(N2_GROUP_BYTES, COME_BYTES - at)));
}

static void
cache_set_up(cache_world *t, gconstpointer data)
{
    memset(t, 0, sizeof *t);
    set_up(&t->w, data);
    t->bytes = fixture_bytes(8, COME_BYTES);
    t->ref = (n2_ref){.id.method = N2_METHOD_SHA256, .size = COME_BYTES};
    n2_tree_root_of(&t->w.f.crypto, N2_METHOD_SHA256, t->bytes, COME_BYTES, t->ref.id.hash);
    for (gsize g = 0; g < GROUPS; g++) {
        gsize at = g * N2_GROUP_BYTES;

        n2_tree_group_node(&t->w.f.crypto, N2_METHOD_SHA256, t->bytes + at,
                           MIN(N2_GROUP_BYTES, COME_BYTES - at), t->nodes[g]);
    }
    assert_ok(n2_batch_new(&t->batch, t->w.f.store, 0));
    assert_ok(n2_part_open(&t->part, t->batch, &t->ref, N2_CONTENT_PLAIN));
    n2_serve_on_carry(t->w.serve, carry, t);
}

static void
cache_tear_down(cache_world *t, gconstpointer data)
{
    n2_part_free(t->part);
    n2_batch_free(t->batch);
    g_free(t->bytes);
    tear_down(&t->w, data);
}

static n2_asm
open_block(cache_world *t, guint64 tag, const n2_ref *ref)
{
    guint8 bytes[N2_REF_BYTES];
    n2_writer w = n2_writer_init(bytes, sizeof bytes);
    guint8 who[N2_ID_BYTES] = {N2_METHOD_SHA256, 7};
    n2_asm a = n2_asm_init();

    (void)t;
    n2_write_u8(&w, ref->id.method);
    n2_write_bytes(&w, ref->id.hash, sizeof ref->id.hash);
    n2_write_u64(&w, ref->size);
    n2_asm_u64(&a, tag);
    n2_asm_word(&a, N2_WORD_TAG);
    n2_asm_bytes(&a, bytes, sizeof bytes);
    n2_asm_bytes(&a, who, sizeof who);
    n2_asm_word(&a, N2_WORD_CARRY);
    return a;
}

static void
assert_stat(cache_world *t, const n2_ref *ref, n2_err want)
{
    n2_asm a = open_block(t, 4, ref);

    n2_asm_word(&a, N2_WORD_STAT);
    assert_ok(say(&t->w, &a, 0));
    assert_answer(&t->w, 4, want);
}

static void
ask_read(cache_world *t, guint64 offset, guint64 len)
{
    n2_asm a = open_block(t, 5, &t->ref);

    n2_asm_u64(&a, offset);
    n2_asm_u64(&a, len);
    n2_asm_u64(&a, ADDRESS);
    n2_asm_word(&a, N2_WORD_READ);
    assert_ok(say(&t->w, &a, 0));
}

static void
assert_sent(cache_world *t, guint64 offset, guint64 len)
{
    n2_op op;

    ask_read(t, offset, len);
    g_assert_true(n2_op_queue_pop(&t->w.ops, &op));
    g_assert_cmpint(op.kind, ==, N2_OP_SEND);
    g_assert_cmpmem(op.memory, op.size, t->bytes + offset, len);
    n2_serve_sent(t->w.serve, CONN, op.tag);
    assert_answer(&t->w, 5, N2_OK);
}

static void
assert_not_sent(cache_world *t, guint64 offset, guint64 len)
{
    ask_read(t, offset, len);
    assert_answer(&t->w, 5, N2_ERR_LIMIT);
}

static void
ask_nodes(cache_world *t, guint64 first, guint64 count)
{
    n2_asm a = open_block(t, 6, &t->ref);

    n2_asm_u64(&a, N2_GROUP_LEVEL);
    n2_asm_u64(&a, first);
    n2_asm_u64(&a, count);
    n2_asm_word(&a, N2_WORD_NODES);
    assert_ok(say(&t->w, &a, 0));
}

/* Bytes of groups that are there, of no other, whatever they are asked along with. */
static void
test_part(cache_world *t, gconstpointer data)
{
    answer a;

    (void)data;
    assert_stat(t, &t->ref, N2_ERR_LIMIT); /* nothing has come: later */
    g_assert_cmpuint(t->n_begun, ==, 1);
    g_assert_cmpuint(t->author.hash[0], ==, 7);
    assert_ok(n2_part_set_nodes(t->part, (const guint8(*)[N2_HASH_BYTES])t->nodes, GROUPS));
    write_group(t, 2);
    write_group(t, 0);
    assert_stat(t, &t->ref, N2_OK);
    assert_sent(t, 0, N2_GROUP_BYTES);
    assert_sent(t, 2 * N2_GROUP_BYTES, 500);
    assert_not_sent(t, MISSING * N2_GROUP_BYTES, N2_GROUP_BYTES);
    assert_not_sent(t, MISSING * N2_GROUP_BYTES - 1, 2);
    assert_not_sent(t, 2 * N2_GROUP_BYTES - 1, 2);
    ask_nodes(t, 0, GROUPS);
    next_answer(&t->w, &a);
    assert_ok(a.call.err);
    g_assert_cmpmem(a.call.values[0].bytes, a.call.values[0].len, t->nodes, sizeof t->nodes);
    clear_answer(&a);
    ask_nodes(t, 1, GROUPS);
    assert_answer(&t->w, 6, N2_ERR_USAGE);
}

/* It is whole, for everybody: it goes on as any other, the missing group too. */
static void
test_whole(cache_world *t, gconstpointer data)
{
    gint64 owner;

    (void)data;
    assert_ok(n2_part_set_nodes(t->part, (const guint8(*)[N2_HASH_BYTES])t->nodes, GROUPS));
    write_group(t, 2);
    assert_stat(t, &t->ref, N2_OK);
    write_group(t, 0);
    write_group(t, MISSING);
    assert_ok(n2_part_finish(t->part));
    n2_part_free(t->part);
    t->part = NULL;
    assert_ok(n2_store_owner(t->w.f.store, N2_OWNER_CACHE, "cache", 0, &owner));
    assert_ok(n2_batch_commit(
        t->batch, &(n2_batch_end){.owner = owner, .slot = "it", .root = t->ref.id}));
    t->says = N2_ERR_NOTFOUND;
    for (guint64 g = 0; g < GROUPS; g++)
        assert_sent(t, g * N2_GROUP_BYTES,
                    MIN(N2_GROUP_BYTES, COME_BYTES - g * N2_GROUP_BYTES));
    g_assert_cmpuint(t->n_begun, ==, 1);
}

/* The fetch came to nothing: so it is said, of what was open, too. */
static void
test_lost(cache_world *t, gconstpointer data)
{
    (void)data;
    assert_ok(n2_part_set_nodes(t->part, (const guint8(*)[N2_HASH_BYTES])t->nodes, GROUPS));
    write_group(t, 2);
    assert_stat(t, &t->ref, N2_OK);
    t->says = N2_ERR_NOTFOUND;
    ask_read(t, 2 * N2_GROUP_BYTES, 500);
    assert_answer(&t->w, 5, N2_ERR_NOTFOUND);
}

/* Attack 46: what is here, but for others, is asked of the node as what is not here. */
static void
test_closed(cache_world *t, gconstpointer data)
{
    (void)data;
    t->says = N2_ERR_LIMIT;
    assert_stat(t, &t->w.closed, N2_ERR_LIMIT);
    g_assert_cmpuint(t->n_begun, ==, 1);
    assert_stat(t, &t->w.loose, N2_ERR_LIMIT);
    g_assert_cmpuint(t->n_begun, ==, 2);
    assert_stat(t, &t->w.open, N2_OK); /* here, and for everybody */
    g_assert_cmpuint(t->n_begun, ==, 2);
}

static void
test_no_cache(cache_world *t, gconstpointer data)
{
    (void)data;
    n2_serve_on_carry(t->w.serve, NULL, NULL);
    assert_stat(t, &t->ref, N2_ERR_UNSUPPORTED);
}

int
main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define ADD(name, test)                                                                        \
    g_test_add("/serve-carry/" name, cache_world, NULL, cache_set_up, test, cache_tear_down)
    ADD("part", test_part);
    ADD("whole", test_whole);
    ADD("lost", test_lost);
    ADD("attack-46-closed", test_closed);
    ADD("no-cache", test_no_cache);
#undef ADD
    return g_test_run();
}
