/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * merge.c - several trees become one, entry by entry.
 *
 * Of each entry there are three: in the base, in the higher head, in the lower one.  What two
 * of them have in common decides; who may read it in force there counts as a part of it.
 */
#include "share/merge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "base/writer.h"

enum {
    ATTRS_MAX = 1024, /* of one entry; a box holds no more */
    BASE = 0,
    HIGH = 1,
    LOW = 2,
    SIDES = 3
};

#define WORD_NOBODY "nobody" /* no list, so nobody is on it */

/* Who may read something: never AS_ABOVE. */
typedef struct {
    n2_access kind;
    n2_ref list;
} realm;

/* A folder of one side, open. */
typedef struct {
    n2_view view;
    n2_directory dir;
    bool is_there;
    size_t at;
    bool has_entry; /* the next one, */
    n2_entry entry; /* which is this */
    realm above;
} side;

typedef struct {
    const n2_merge_io *io;
    const n2_head *low; /* names what both have */
} merging;

/* ---- who may read ---- */

static realm
realm_of_ref(const n2_ref *access)
{
    return access->id.method ? (realm){.kind = N2_ACCESS_LIST, .list = *access}
                             : (realm){.kind = N2_ACCESS_PUBLIC};
}

static realm
realm_of(const n2_entry *entry, const realm *above)
{
    realm r = {0};

    r.kind = n2_access_of(entry, &r.list);
    return r.kind == N2_ACCESS_AS_ABOVE ? *above : r;
}

static bool
is_same_realm(const realm *a, const realm *b)
{
    return a->kind == b->kind && n2_ref_equal(&a->list, &b->list);
}

/* May nobody read @a who may not read @b? Two lists are not compared: who is on them may change
 * with the groups that they lead to. */
static bool
is_within(const realm *a, const realm *b)
{
    return b->kind == N2_ACCESS_PUBLIC || a->kind == N2_ACCESS_NOBODY || is_same_realm(a, b);
}

static realm
narrower(const realm *a, const realm *b)
{
    if (is_within(a, b))
        return *a;
    return is_within(b, a) ? *b : (realm){.kind = N2_ACCESS_NOBODY};
}

/* ---- attributes ---- */

static bool
is_access(const n2_attr *a)
{
    return a->name_len == sizeof N2_ATTR_ACCESS - 1 &&
           !memcmp(a->name, N2_ATTR_ACCESS, a->name_len);
}

static bool
find_attr(const n2_entry *entry, const n2_attr *name, n2_attr *out)
{
    if (entry)
        for (size_t at = 0; n2_entry_next_attr(entry, &at, out);)
            if (out->name_len == name->name_len &&
                !memcmp(out->name, name->name, name->name_len))
                return true;
    *out = (n2_attr){0};
    return false;
}

static bool
is_same_attr(const n2_attr *a, const n2_attr *b)
{
    return a->type == b->type && a->len == b->len &&
           (!a->len || !memcmp(a->value, b->value, a->len));
}

/* An attribute that @h or @l has (or both; type 0: it has not). */
static n2_attr
merge_attr(const n2_entry *base, const n2_attr *h, const n2_attr *l)
{
    n2_attr b;

    (void)find_attr(base, h->type ? h : l, &b);
    if (is_same_attr(h, &b) || !h->type) /* taken away against changed: changed */
        return is_same_attr(l, &b) ? *h : *l;
    return *h;
}

/* All but who may read.  @out: room for 2 * ATTRS_MAX. */
static size_t
merge_attrs(const n2_entry *base, const n2_entry *high, const n2_entry *low, n2_attr *out)
{
    size_t n = 0;
    n2_attr h, l;

    for (size_t at = 0; n < ATTRS_MAX && n2_entry_next_attr(high, &at, &h);) {
        (void)find_attr(low, &h, &l);
        out[n] = merge_attr(base, &h, &l);
        n += out[n].type && !is_access(&h);
    }
    for (size_t at = 0; n < 2 * (size_t)ATTRS_MAX && n2_entry_next_attr(low, &at, &l);) {
        if (find_attr(high, &l, &h))
            continue;
        out[n] = merge_attr(base, &h, &l);
        n += out[n].type && !is_access(&l);
    }
    return n;
}

/* Who may read an entry that both sides have changed: @want, below what @above says. */
static size_t
put_access(n2_attr *out,
           uint8_t ref[static N2_REF_BYTES],
           const realm *want,
           const realm *above)
{
    *out = (n2_attr){.name = (const uint8_t *)N2_ATTR_ACCESS,
                     .name_len = sizeof N2_ATTR_ACCESS - 1,
                     .type = N2_TYPE_TEXT,
                     .value = (const uint8_t *)WORD_NOBODY,
                     .len = sizeof WORD_NOBODY - 1};
    if (is_same_realm(want, above))
        return 0;
    if (want->kind == N2_ACCESS_PUBLIC) {
        out->value = (const uint8_t *)N2_ACCESS_WORD_PUBLIC;
        out->len = sizeof N2_ACCESS_WORD_PUBLIC - 1;
    } else if (want->kind == N2_ACCESS_LIST) {
        n2_writer w = n2_writer_init(ref, N2_REF_BYTES);

        n2_write_u8(&w, want->list.id.method);
        n2_write_bytes(&w, want->list.id.hash, sizeof want->list.id.hash);
        n2_write_u64(&w, want->list.size);
        out->type = N2_TYPE_REF;
        out->value = ref;
        out->len = N2_REF_BYTES;
    }
    return 1;
}

/* ---- folders ---- */

static void
close_side(const merging *m, side *s)
{
    if (s->is_there)
        m->io->unmap(m->io->user, &s->view);
    s->is_there = false;
}

static void
step_side(side *s)
{
    s->has_entry = s->is_there && n2_directory_next(&s->dir, &s->at, &s->entry);
}

/* @ref: (nullable), or of method 0: an empty one. */
static n2_err
open_side(const merging *m, side *s, const n2_ref *ref, const realm *above)
{
    *s = (side){.above = *above};
    if (!ref || !ref->id.method)
        return N2_OK;
    n2_err err = m->io->map(m->io->user, ref, &s->view);

    if (err)
        return err;
    s->is_there = true;
    err = n2_directory_check(&s->dir, s->view.bytes, s->view.len, m->io->unicode);
    if (!err)
        step_side(s);
    return err;
}

/* A folder of the merge, while it is made. */
typedef struct {
    side sides[SIDES];
    realm above; /* of what is made */
    n2_directory_maker *maker;
    char (*given)[N2_FILE_NAME_BYTES_MAX + 1]; /* (owned) names that were made up */
    size_t n_given;
    unsigned depth;
} folder;

static n2_err merge_folder(const merging *m,
                           const n2_ref *const refs[SIDES],
                           const realm above[SIDES],
                           const realm *made_above,
                           unsigned depth,
                           n2_ref *out);

static n2_err
put_entry(folder *f, const n2_entry *e, const char *name, size_t name_len, n2_attr *attrs)
{
    n2_entry_spec spec = {
        .name = name, .name_len = name_len, .type = e->type, .ref = e->ref, .attrs = attrs};

    for (size_t at = 0;
         spec.n_attrs < ATTRS_MAX && n2_entry_next_attr(e, &at, &attrs[spec.n_attrs]);)
        spec.n_attrs++;
    return n2_directory_maker_add(f->maker, &spec);
}

/* An entry of one side, as it is there. */
static n2_err
take(folder *f, const n2_entry *e, n2_attr *attrs)
{
    return e ? put_entry(f, e, e->name, e->name_len, attrs) : N2_OK;
}

/* ---- names for what both have ---- */

static bool
is_given(const folder *f, const char *name, size_t len)
{
    n2_entry e;

    for (size_t s = HIGH; s <= LOW; s++)
        if (f->sides[s].is_there && !n2_directory_find(&f->sides[s].dir, name, len, &e))
            return true;
    for (size_t i = 0; i < f->n_given; i++)
        if (strlen(f->given[i]) == len && !memcmp(f->given[i], name, len))
            return true;
    return false;
}

/* "name (device, 2026-11-23).ext"; @number: above 1: it stands behind the date. */
static size_t
make_name(char out[static N2_FILE_NAME_BYTES_MAX + 1],
          const n2_entry *e,
          const char *device,
          const char *date,
          unsigned number)
{
    char added[N2_DEVICE_NAME_BYTES_MAX + 64], many[16] = "";
    size_t stem = e->name_len;

    for (size_t i = e->name_len; e->type == N2_ENTRY_FILE && i > 1; i--)
        if (e->name[i - 1] == '.' && e->name_len - i < 16) {
            stem = i - 1;
            break;
        }
    if (number > 1)
        (void)snprintf(many, sizeof many, " %u", number);
    int n = snprintf(added, sizeof added, " (%s, %s%s)", device, date, many);
    size_t rest = (size_t)n + (e->name_len - stem);
    size_t kept = stem;

    while (kept + rest > N2_FILE_NAME_BYTES_MAX || /* never within a letter */
           (kept < stem && ((uint8_t)e->name[kept] & 0xc0) == 0x80))
        kept--;
    memcpy(out, e->name, kept);
    memcpy(out + kept, added, (size_t)n);
    memcpy(out + kept + n, e->name + stem, e->name_len - stem);
    out[kept + rest] = 0;
    return kept + rest;
}

static void
date_of(char *out, size_t size, int64_t time_us)
{
    time_t s = (time_t)(time_us / 1000000);
    struct tm tm;

    if (time_us < 0 || !gmtime_r(&s, &tm) || !strftime(out, size, "%Y-%m-%d", &tm))
        (void)snprintf(out, size, "0");
}

/* The lower one's @e, beside the higher's of this name. */
static n2_err
put_beside(const merging *m, folder *f, const n2_entry *e, n2_attr *attrs)
{
    char(*grown)[N2_FILE_NAME_BYTES_MAX + 1] =
        realloc(f->given, (f->n_given + 1) * sizeof *grown);
    char date[32], tag[9];
    const char *device = *m->low->device ? m->low->device : tag;
    unsigned number = 0;
    size_t len;

    if (!grown)
        return N2_ERR_NOMEM;
    f->given = grown;
    char *name = grown[f->n_given];

    for (size_t i = 0; i < 4; i++) /* a head that doesn't say is named by its hash */
        (void)snprintf(tag + 2 * i, 3, "%02x", m->low->hash[i]);
    date_of(date, sizeof date, m->low->made_us);
    len = make_name(name, e, device, date, 0);
    if (n2_utf8_check_name(name, len, m->io->unicode)) /* no device has a name like this */
        device = tag;
    do
        len = make_name(name, e, device, date, ++number);
    while (is_given(f, name, len));
    f->n_given++;
    return put_entry(f, e, name, len, attrs);
}

/* ---- one entry ---- */

static bool
is_same(const n2_entry *a, const n2_entry *b)
{
    return (!a && !b) || (a && b && a->box.len == b->box.len &&
                          !memcmp(a->box.bytes, b->box.bytes, a->box.len));
}

static bool
has_attrs_of(const n2_entry *entry, const n2_entry *of)
{
    n2_attr a, there;

    for (size_t at = 0; n2_entry_next_attr(of, &at, &a);)
        if (!(a.name_len == sizeof N2_ATTR_MODIFIED - 1 &&
              !memcmp(a.name, N2_ATTR_MODIFIED, a.name_len)) &&
            !(find_attr(entry, &a, &there) && is_same_attr(&a, &there)))
            return false;
    return true;
}

/* Has nothing changed but the time?  A copy of a folder has times of its own: that alone does
 * not bring back what the other side took away. */
static bool
is_as_it_was(const n2_entry *e, const n2_entry *was)
{
    return e->type == was->type && n2_ref_equal(&e->ref, &was->ref) && has_attrs_of(e, was) &&
           has_attrs_of(was, e);
}

/* Both sides changed it, and it can be one entry: a folder on both, or one content. */
static n2_err
merge_one(const merging *m,
          folder *f,
          const n2_entry *const e[SIDES],
          const realm realms[SIDES],
          n2_attr *attrs)
{
    const n2_entry *b = e[BASE], *h = e[HIGH], *l = e[LOW];
    const realm want = narrower(&realms[HIGH], &realms[LOW]);
    n2_entry_spec spec = {.name = h->name,
                          .name_len = h->name_len,
                          .type = h->type,
                          .ref = h->ref,
                          .attrs = attrs};
    uint8_t access[N2_REF_BYTES];
    n2_err err = N2_OK;

    if (b && b->type == h->type && n2_ref_equal(&b->ref, &h->ref))
        spec.ref = l->ref;
    if (h->type == N2_ENTRY_DIR) {
        const n2_ref *refs[SIDES] = {b && b->type == N2_ENTRY_DIR ? &b->ref : NULL, &h->ref,
                                     &l->ref};

        err = merge_folder(m, refs, realms, &want, f->depth + 1, &spec.ref);
    }
    if (err)
        return err;
    spec.n_attrs = merge_attrs(b, h, l, attrs);
    spec.n_attrs += put_access(&attrs[spec.n_attrs], access, &want, &f->above);
    return n2_directory_maker_add(f->maker, &spec);
}

static n2_err
merge_entry(const merging *m, folder *f, const n2_entry *const e[SIDES], n2_attr *attrs)
{
    const n2_entry *b = e[BASE], *h = e[HIGH], *l = e[LOW];
    realm realms[SIDES] = {0};

    for (size_t s = 0; s < SIDES; s++)
        if (e[s])
            realms[s] = realm_of(e[s], &f->sides[s].above);
    if (!h || !l) { /* one took it away, or made it */
        const n2_entry *left = h ? h : l;
        return !left || (b && is_as_it_was(left, b)) ? N2_OK : take(f, left, attrs);
    }
    bool is_high_base = is_same(h, b) && is_same_realm(&realms[HIGH], &realms[BASE]);
    bool is_low_base = is_same(l, b) && is_same_realm(&realms[LOW], &realms[BASE]);

    if (is_high_base || is_low_base)
        return take(f, is_high_base ? l : h, attrs);
    bool is_one = n2_ref_equal(&h->ref, &l->ref) || (h->type == N2_ENTRY_DIR) ||
                  (b && b->type == h->type &&
                   (n2_ref_equal(&b->ref, &h->ref) || n2_ref_equal(&b->ref, &l->ref)));
    if (h->type == l->type && is_one)
        return merge_one(m, f, e, realms, attrs);
    n2_err err = take(f, h, attrs);
    return err ? err : put_beside(m, f, l, attrs);
}

/* ---- folders ---- */

static int
by_name(const n2_entry *a, const n2_entry *b)
{
    size_t n = a->name_len < b->name_len ? a->name_len : b->name_len;
    int order = memcmp(a->name, b->name, n);

    return order ? order : (a->name_len > b->name_len) - (a->name_len < b->name_len);
}

/* The entries of the first name that is left; false: none is. */
static bool
next_entries(folder *f, const n2_entry *e[static SIDES], n2_entry copies[static SIDES])
{
    const n2_entry *first = NULL;

    for (size_t s = 0; s < SIDES; s++)
        if (f->sides[s].has_entry && (!first || by_name(&f->sides[s].entry, first) < 0))
            first = &f->sides[s].entry;
    if (!first)
        return false;
    const n2_entry name = *first;

    for (size_t s = 0; s < SIDES; s++) {
        e[s] = NULL;
        if (!f->sides[s].has_entry || by_name(&f->sides[s].entry, &name) != 0)
            continue;
        copies[s] = f->sides[s].entry;
        e[s] = &copies[s];
        step_side(&f->sides[s]);
    }
    return true;
}

static n2_err
fill(const merging *m, folder *f)
{
    const n2_entry *e[SIDES];
    n2_entry copies[SIDES];
    n2_attr *attrs = malloc((2 * (size_t)ATTRS_MAX + 1) * sizeof *attrs);
    n2_err err = attrs ? N2_OK : N2_ERR_NOMEM;

    while (!err && next_entries(f, e, copies))
        err = merge_entry(m, f, e, attrs);
    free(attrs);
    return err;
}

/* As deep as paths are. */
static n2_err
merge_folder(const merging *m,
             const n2_ref *const refs[SIDES],
             const realm above[SIDES],
             const realm *made_above,
             unsigned depth,
             n2_ref *out)
{
    folder f = {.above = *made_above, .depth = depth};
    uint8_t *bytes = NULL;
    size_t len = 0;
    n2_err err = depth > N2_PATH_DEPTH_MAX ? N2_ERR_LIMIT : N2_OK;

    for (size_t s = 0; !err && s < SIDES; s++)
        err = open_side(m, &f.sides[s], refs[s], &above[s]);
    if (!err)
        err = n2_directory_maker_new(&f.maker, m->io->unicode);
    if (!err)
        err = fill(m, &f);
    if (!err)
        err = n2_directory_maker_finish(f.maker, &bytes, &len);
    if (!err)
        err = m->io->put(m->io->user, bytes, len, out);
    for (size_t s = 0; s < SIDES; s++)
        close_side(m, &f.sides[s]);
    n2_directory_maker_free(f.maker);
    free(f.given);
    free(bytes);
    return err;
}

n2_err
n2_merge_trees(const n2_merge_io *io,
               const n2_merge_tree *base,
               const n2_merge_tree *high,
               const n2_merge_tree *low,
               const n2_head *low_head,
               n2_merge_tree *out)
{
    const merging m = {.io = io, .low = low_head};
    const n2_ref *refs[SIDES] = {&base->root, &high->root, &low->root};
    const realm above[SIDES] = {realm_of_ref(&base->access), realm_of_ref(&high->access),
                                realm_of_ref(&low->access)};
    bool is_low_base = n2_ref_equal(&base->access, &low->access);
    bool is_high_base = n2_ref_equal(&base->access, &high->access);
    realm made = narrower(&above[HIGH], &above[LOW]);
    n2_merge_tree tree = {.access = made.list};
    n2_err err = N2_OK;

    if (n2_ref_equal(&low->root, &base->root) && is_low_base) {
        *out = *high;
        return N2_OK;
    }
    if (n2_ref_equal(&high->root, &base->root) && is_high_base) {
        *out = *low;
        return N2_OK;
    }
    /* Two lists, and a head can name one: that of the folder without entries, which is none,
     * and which nobody is on. */
    if (made.kind == N2_ACCESS_NOBODY) {
        n2_ref none = {0};

        err =
            merge_folder(&m, (const n2_ref *[SIDES]){NULL, NULL, NULL}, above, &made, 1, &none);
        tree.access = none;
    }
    if (!err)
        err = merge_folder(&m, refs, above, &made, 1, &tree.root);
    if (!err)
        *out = tree;
    return err;
}
