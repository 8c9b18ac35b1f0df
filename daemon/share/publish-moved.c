/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * publish-moved.c - who may read what stays, when folders and files get other names.
 *
 * A content that only restricted paths led to, and that those paths lead to no more, was moved
 * if it is anywhere in the new tree: what it is now is restricted as it was.  A folder that is
 * new and holds such a content of a restricted folder that is gone is that folder, and is
 * restricted as a whole.  A copy beside the old one is no move: who makes one wants it open.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/access.h"
#include "share/publish-private.h"

enum {
    VALUE_BYTES_MAX = 64, /* of an attribute "access" that can be read; others let nobody in */
    OPEN = 0              /* rule: everybody */
};

/* What one attribute "access" says. */
typedef struct {
    uint8_t type, len;
    uint8_t value[VALUE_BYTES_MAX];
    bool is_moved; /* it stood at a folder, and that is gone */
} rule;

/* A content of the old tree. */
typedef struct {
    n2_id hash;
    size_t rule; /* OPEN: open there, or still where it was */
} known;

typedef struct {
    n2_publish *p;
    rule *rules; /* (owned) [0] OPEN */
    size_t n_rules, rules_room;
    known *known; /* (owned) ascending by hash, then rule */
    size_t n_known, known_room;
    size_t n_moved; /* of them: not OPEN */
} moving;

/* Room for one more; NULL: no memory. */
static void *
grow(void *array, size_t n, size_t *room, size_t size)
{
    if (n < *room)
        return array;
    size_t more = *room ? *room * 2 : 64;
    void *grown = realloc(array, more * size);

    if (grown)
        *room = more;
    return grown;
}

/* The other folder's entry of one name after the other. */
typedef struct {
    const n2_directory *dir; /* NULL: there is none */
    n2_entry entry;
    size_t at;
    bool has;
} beside;

static beside
beside_of(const n2_directory *dir)
{
    beside b = {.dir = dir};

    b.has = dir && n2_directory_next(dir, &b.at, &b.entry);
    return b;
}

/* The entry with the name of @e, which ascend; NULL: none. */
static const n2_entry *
beside_find(beside *b, const n2_entry *e)
{
    while (b->has && n2_publish_by_name(&b->entry, e) < 0)
        b->has = n2_directory_next(b->dir, &b->at, &b->entry);
    return b->has && !n2_publish_by_name(&b->entry, e) ? &b->entry : NULL;
}

/* ---- the old tree ---- */

/* @e: NULL: everybody. */
static n2_err
add_rule(moving *m, const n2_entry *e, bool is_moved, size_t *out)
{
    rule *grown = grow(m->rules, m->n_rules, &m->rules_room, sizeof *m->rules);
    n2_attr a;

    if (!grown)
        return N2_ERR_NOMEM;
    m->rules = grown;
    rule *r = &grown[m->n_rules];
    *r = (rule){.is_moved = is_moved};
    if (e && n2_entry_attr(e, N2_ATTR_ACCESS, &a)) {
        r->type = a.type;
        r->len = (uint8_t)(a.len < VALUE_BYTES_MAX ? a.len : VALUE_BYTES_MAX);
        memcpy(r->value, a.value, r->len);
    }
    *out = m->n_rules++;
    return N2_OK;
}

static n2_err
add_known(moving *m, const n2_id *hash, size_t rule_at)
{
    known *grown = grow(m->known, m->n_known, &m->known_room, sizeof *m->known);

    if (!grown)
        return N2_ERR_NOMEM;
    m->known = grown;
    m->known[m->n_known++] = (known){.hash = *hash, .rule = rule_at};
    m->n_moved += rule_at != OPEN;
    return N2_OK;
}

/* Which rule @e has, in a folder with @above. */
static n2_err
rule_of(moving *m, const n2_entry *e, size_t above, bool is_gone, size_t *out)
{
    n2_ref list;

    switch (n2_access_of(e, &list)) {
    case N2_ACCESS_AS_ABOVE:
        *out = above;
        return N2_OK;
    case N2_ACCESS_PUBLIC:
        *out = OPEN;
        return N2_OK;
    case N2_ACCESS_LIST:
    case N2_ACCESS_NOBODY:
        break;
    }
    return add_rule(m, e, is_gone && e->type == N2_ENTRY_DIR, out);
}

/* All below @old, of which @now is what has the same path (NULL: nothing).  As deep as paths.
 */
static n2_err
learn(moving *m, const n2_ref *old, const n2_ref *now, size_t above, unsigned depth)
{
    n2_view old_view = {0}, now_view = {0};
    n2_directory old_dir, now_dir = {0};
    n2_entry was;
    n2_err err = depth > N2_PATH_DEPTH_MAX ? N2_ERR_LIMIT : N2_OK;

    if (!err)
        err = n2_publish_folder(m->p, old, &old_view, &old_dir);
    if (!err && now)
        err = n2_publish_folder(m->p, now, &now_view, &now_dir);
    beside here = beside_of(!err && now ? &now_dir : NULL);
    for (size_t at = 0; !err && n2_directory_next(&old_dir, &at, &was);) {
        const n2_entry *is = beside_find(&here, &was);
        size_t r = OPEN;

        err = rule_of(m, &was, above, !is, &r);
        if (!err && was.type == N2_ENTRY_DIR)
            err = learn(m, &was.ref, is && is->type == N2_ENTRY_DIR ? &is->ref : NULL, r,
                        depth + 1);
        else if (!err && was.type == N2_ENTRY_FILE && was.ref.size)
            err = add_known(m, &was.ref.id,
                            is && n2_id_equal(&is->ref.id, &was.ref.id) ? (size_t)OPEN : r);
    }
    n2_store_unmap(m->p->store, &old_view);
    n2_store_unmap(m->p->store, &now_view);
    return err;
}

static int
by_hash(const void *a, const void *b)
{
    const known *one = a, *two = b;
    int order = memcmp(one->hash.hash, two->hash.hash, sizeof one->hash.hash);

    if (!order)
        order = one->hash.method - two->hash.method;
    return order ? order : (one->rule > two->rule) - (one->rule < two->rule);
}

/* The rule that @hash brings with it; OPEN: none. */
static size_t
moved_rule(const moving *m, const n2_id *hash)
{
    const known first = {.hash = *hash, .rule = OPEN};
    size_t low = 0, high = m->n_known;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (by_hash(&m->known[mid], &first) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low < m->n_known && n2_id_equal(&m->known[low].hash, hash) ? m->known[low].rule
                                                                      : (size_t)OPEN;
}

/* ---- the new one ---- */

/* The rule of a restricted folder that is gone and of which something is below @ref; of several
 * the outermost.  @out: OPEN at first. */
static n2_err
folder_rule(moving *m, const n2_ref *ref, size_t *out, unsigned depth)
{
    n2_view view = {0};
    n2_directory dir;
    n2_entry e;
    n2_err err =
        depth > N2_PATH_DEPTH_MAX ? N2_ERR_LIMIT : n2_publish_folder(m->p, ref, &view, &dir);

    for (size_t at = 0; !err && n2_directory_next(&dir, &at, &e);) {
        size_t r = e.type == N2_ENTRY_FILE ? moved_rule(m, &e.ref.id) : OPEN;

        if (e.type == N2_ENTRY_DIR)
            err = folder_rule(m, &e.ref, out, depth + 1);
        else if (m->rules[r].is_moved && (*out == OPEN || r < *out))
            *out = r; /* the one around others was met before them */
    }
    n2_store_unmap(m->p->store, &view);
    return err;
}

static bool
is_same(const rule *a, const rule *b)
{
    return a->type == b->type && a->len == b->len && !memcmp(a->value, b->value, a->len);
}

static n2_err keep(moving *m, const n2_ref *old, n2_ref *ref, size_t above, unsigned depth);

/* @was: the entry of the same name in the old tree (nullable). */
static n2_err
keep_entry(moving *m,
           n2_publish_changing *c,
           const n2_entry *was,
           const n2_entry *now,
           size_t above,
           unsigned depth)
{
    n2_attr *attrs = malloc((N2_PUBLISH_ATTRS_MAX + 1) * sizeof *attrs);
    n2_entry_spec spec = {.name = now->name,
                          .name_len = now->name_len,
                          .type = now->type,
                          .ref = now->ref,
                          .attrs = attrs};
    n2_attr own;
    bool has_own = n2_entry_attr(now, N2_ATTR_ACCESS, &own);
    bool was_folder = was && was->type == N2_ENTRY_DIR;
    size_t r = OPEN;
    n2_err err = attrs ? N2_OK : N2_ERR_NOMEM;

    if (!err && !has_own && now->type == N2_ENTRY_FILE)
        r = moved_rule(m, &now->ref.id);
    else if (!err && !has_own && now->type == N2_ENTRY_DIR && !was)
        err = folder_rule(m, &now->ref, &r, depth + 1);
    bool adds = !err && r != OPEN && !is_same(&m->rules[r], &m->rules[above]);
    size_t below = r != OPEN ? r : above;
    if (!err && has_own)
        err = rule_of(m, now, above, false, &below);
    if (!err && now->type == N2_ENTRY_DIR)
        err = keep(m, was_folder ? &was->ref : NULL, &spec.ref, below, depth + 1);
    if (!err && (adds || !n2_ref_equal(&spec.ref, &now->ref))) {
        spec.n_attrs = n2_publish_attrs(now, attrs);
        if (adds)
            attrs[spec.n_attrs++] = (n2_attr){.name = (const uint8_t *)N2_ATTR_ACCESS,
                                              .name_len = sizeof N2_ATTR_ACCESS - 1,
                                              .type = m->rules[r].type,
                                              .value = m->rules[r].value,
                                              .len = m->rules[r].len};
        err = n2_publish_change(m->p, c, &spec);
    }
    free(attrs);
    return err;
}

/* As deep as paths. */
static n2_err
keep(moving *m, const n2_ref *old, n2_ref *ref, size_t above, unsigned depth)
{
    n2_view was_view = {0}, now_view = {0};
    n2_directory was_dir = {0};
    n2_publish_changing c = {0};
    n2_entry now;
    n2_err err = depth > N2_PATH_DEPTH_MAX ? N2_ERR_LIMIT : N2_OK;

    if (!err && old)
        err = n2_publish_folder(m->p, old, &was_view, &was_dir);
    if (!err)
        err = n2_publish_folder(m->p, ref, &now_view, &c.dir);
    n2_directory now_dir = c.dir;
    beside there = beside_of(!err && old ? &was_dir : NULL);
    for (size_t at = 0; !err && n2_directory_next(&now_dir, &at, &now);)
        err = keep_entry(m, &c, beside_find(&there, &now), &now, above, depth);
    if (!err && c.bytes)
        err = n2_batch_put_directory(m->p->batch, c.bytes, c.dir.len, ref);
    free(c.bytes);
    n2_store_unmap(m->p->store, &was_view);
    n2_store_unmap(m->p->store, &now_view);
    return err;
}

n2_err
n2_publish_moved(n2_publish *publish, const n2_ref *old, n2_ref *ref)
{
    moving m = {.p = publish};
    size_t open;
    n2_err err = n2_ref_equal(old, ref) ? N2_OK : add_rule(&m, NULL, false, &open);

    if (!err && m.n_rules)
        err = learn(&m, old, ref, OPEN, 1);
    if (!err && m.n_moved) {
        qsort(m.known, m.n_known, sizeof *m.known, by_hash);
        err = keep(&m, old, ref, OPEN, 1);
    }
    free(m.rules);
    free(m.known);
    return err;
}
