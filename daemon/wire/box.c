/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * box.c - the checker of boxes, driven by the table of kinds, and the way through a checked
 * box.
 */
#include "wire/box.h"

#include <string.h>

#include "base/limits.h"
#include "base/reader.h"

enum {
    SET_FIRST = 64,
    LIST_FIRST = 128,
    IGNORABLE_FIRST = 192
};

/* Types of a rule: bits below 16, the kind of a box above. */
#define B (1 << N2_TYPE_BYTES)
#define I (1 << N2_TYPE_INT)
#define T (1 << N2_TYPE_TIME)
#define TEXT (1 << N2_TYPE_TEXT)
#define REF (1 << N2_TYPE_REF)
#define KEY (1 << N2_TYPE_KEY)
#define ID (1 << N2_TYPE_ID)
#define ATTR (1 << N2_TYPE_ATTRIBUTE)
#define XANY (1 << N2_TYPE_BOX)
#define X(inner_kind) (1 << N2_TYPE_BOX | (inner_kind) << 16)
#define RULE(field, bits, n_, optional_)                                                       \
    {.number = (field),                                                                        \
     .inner = (uint8_t)((bits) >> 16),                                                         \
     .optional = (optional_),                                                                  \
     .types = (uint16_t)((bits)&0xffff),                                                       \
     .n = (n_)},
#define R(field, bits, n) RULE(field, bits, n, 0)
#define O(field, bits, n) RULE(field, bits, n, 1)
#define M(field, bits, n) RULE(field, bits, n, 1)

/* clang-format off */
static const n2_kind_rule kinds[] = {
#define K(number, name, word_, version_, signers_, lifetime, fields_)                          \
    [number] = {.word = (word_), .kind = (number), .version = (version_),                      \
                .signers = (signers_), .lifetime_s = (lifetime), .fields = {fields_}},
    N2_KIND_LIST(K)
#undef K
};
/* clang-format on */

#undef B
#undef I
#undef T
#undef TEXT
#undef REF
#undef KEY
#undef ID
#undef ATTR
#undef XANY
#undef X
#undef RULE
#undef R
#undef O
#undef M

const n2_kind_rule *
n2_kind_rule_of(uint8_t kind)
{
    if (kind >= sizeof kinds / sizeof kinds[0] || !kinds[kind].word)
        return NULL;
    return &kinds[kind];
}

size_t
n2_key_bytes(uint8_t method)
{
    switch (method) {
    case N2_KEY_ED25519:
    case N2_KEY_X25519:
        return 32;
    case N2_KEY_ED448:
        return 57;
    case N2_KEY_P256:
        return 33;
    case N2_KEY_X448:
        return 56;
    case N2_KEY_P256_ECDH:
        return 65;
    default:
        return 0;
    }
}

bool
n2_key_equal(const n2_key *a, const n2_key *b)
{
    return a->method == b->method && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

bool
n2_ref_equal(const n2_ref *a, const n2_ref *b)
{
    return n2_id_equal(&a->id, &b->id) && a->size == b->size;
}

static n2_err
check_method_and(const uint8_t *value, size_t len, size_t behind)
{
    if (len != 1 + behind)
        return N2_ERR_FORMAT;
    return value[0] == N2_METHOD_SHA256 || value[0] == N2_METHOD_BLAKE2B ? N2_OK
                                                                         : N2_ERR_FORMAT;
}

/* A value of types 1 to 7: those that an attribute may have, too. */
static n2_err
check_plain(uint8_t type, const uint8_t *value, size_t len, const n2_unicode *unicode)
{
    switch (type) {
    case N2_TYPE_TEXT:
        return n2_utf8_check_text((const char *)value, len, unicode);
    case N2_TYPE_INT:
    case N2_TYPE_TIME:
        return len == 8 ? N2_OK : N2_ERR_FORMAT;
    case N2_TYPE_BYTES:
        return N2_OK;
    case N2_TYPE_REF:
        return check_method_and(value, len, N2_ID_HASH_BYTES + 8);
    case N2_TYPE_ID:
        return check_method_and(value, len, N2_ID_HASH_BYTES);
    case N2_TYPE_KEY:
        return len && n2_key_bytes(value[0]) && len == 1 + n2_key_bytes(value[0])
                   ? N2_OK
                   : N2_ERR_FORMAT;
    default:
        return N2_ERR_FORMAT;
    }
}

n2_err
n2_attr_check(const n2_attr *a, const n2_unicode *unicode)
{
    if (!a->name_len || memchr(a->name, '\n', a->name_len) ||
        memchr(a->name, '\t', a->name_len))
        return N2_ERR_FORMAT;
    if (n2_utf8_check_text((const char *)a->name, a->name_len, unicode))
        return N2_ERR_FORMAT;
    return check_plain(a->type, a->value, a->len, unicode) ? N2_ERR_FORMAT : N2_OK;
}

n2_attr
n2_field_attr(const n2_field *f)
{
    n2_attr a = {0};
    n2_reader r = n2_reader_init(f->value, f->len);

    a.name_len = n2_read_u8(&r);
    a.name = n2_read_bytes(&r, a.name_len);
    a.type = n2_read_u8(&r);
    a.len = (uint16_t)n2_reader_left(&r);
    a.value = n2_read_bytes(&r, a.len);
    return n2_reader_finish(&r) ? (n2_attr){0} : a;
}

n2_field
n2_attr_field(const n2_attr *a)
{
    return (n2_field){.type = a->type, .len = a->len, .value = a->value};
}

static bool
next_field(n2_reader *r, n2_field *out)
{
    if (!n2_reader_left(r))
        return false;
    out->number = n2_read_u8(r);
    out->type = n2_read_u8(r);
    out->len = n2_read_u16(r);
    out->value = n2_read_bytes(r, out->len);
    return !r->err;
}

/* Bytes ascend, a prefix before what it begins. */
static int
compare_values(const n2_field *a, const n2_field *b)
{
    size_t common = a->len < b->len ? a->len : b->len;
    int order = common ? memcmp(a->value, b->value, common) : 0;

    return order ? order : (int)a->len - (int)b->len;
}

/* What must hold between a field and the one before it. */
static n2_err
check_order(const n2_field *before, const n2_field *f)
{
    if (f->number != before->number)
        return f->number > before->number ? N2_OK : N2_ERR_FORMAT;
    if (f->number < SET_FIRST || f->number >= IGNORABLE_FIRST)
        return N2_ERR_FORMAT;
    if (f->number >= LIST_FIRST)
        return N2_OK;
    if (compare_values(before, f) >= 0)
        return N2_ERR_FORMAT;
    if (f->type == N2_TYPE_ATTRIBUTE && before->type == N2_TYPE_ATTRIBUTE) {
        n2_attr a = n2_field_attr(before), b = n2_field_attr(f);
        if (a.name_len == b.name_len && memcmp(a.name, b.name, a.name_len) == 0)
            return N2_ERR_FORMAT; /* one attribute, two values */
    }
    return N2_OK;
}

static const n2_field_rule *
field_rule(const n2_kind_rule *kind, uint8_t number)
{
    for (const n2_field_rule *f = kind->fields; f->number; f++)
        if (f->number == number)
            return f;
    return NULL;
}

static n2_err check_box(n2_box *out,
                        const uint8_t *bytes,
                        size_t len,
                        uint8_t kind,
                        unsigned depth,
                        const n2_unicode *unicode);

static n2_err
check_value(const n2_field_rule *rule,
            const n2_field *f,
            unsigned depth,
            const n2_unicode *unicode)
{
    n2_box inner;

    if (f->type >= N2_TYPES || !(rule->types & 1u << f->type))
        return N2_ERR_FORMAT;
    bool is_single = f->number < SET_FIRST || f->number >= IGNORABLE_FIRST;
    if (rule->n && is_single && f->len != rule->n)
        return N2_ERR_FORMAT;
    if (f->type == N2_TYPE_BOX)
        return check_box(&inner, f->value, f->len, rule->inner, depth + 1, unicode);
    if (f->type == N2_TYPE_ATTRIBUTE) {
        n2_attr a = n2_field_attr(f);
        return n2_attr_check(&a, unicode);
    }
    return check_plain(f->type, f->value, f->len, unicode);
}

static n2_err
check_required(const n2_kind_rule *kind, uint64_t seen)
{
    for (const n2_field_rule *f = kind->fields; f->number; f++)
        if (!f->optional && !(seen & UINT64_C(1) << f->number))
            return N2_ERR_FORMAT;
    return N2_OK;
}

static n2_err
check_fields(n2_box *box,
             n2_reader *r,
             const n2_kind_rule *kind,
             unsigned depth,
             const n2_unicode *unicode)
{
    uint32_t most =
        box->kind == N2_KIND_DIRECTORY ? N2_BOX_DIRECTORY_FIELDS_MAX : N2_BOX_FIELDS_MAX;
    uint64_t seen = 0;
    uint32_t same = 0; /* fields with this number so far */
    n2_field before = {0}, f = {0};

    for (; next_field(r, &f); before = f, box->n_fields++) {
        if (box->n_fields == most)
            return N2_ERR_LIMIT;
        n2_err err = !f.number ? N2_ERR_FORMAT : check_order(&before, &f);
        if (err)
            return err;
        const n2_field_rule *rule = field_rule(kind, f.number);
        if (!rule && f.number < IGNORABLE_FIRST)
            return N2_ERR_FORMAT;
        if (!rule)
            continue; /* may be ignored, so it is not looked into */
        same = f.number == before.number ? same + 1 : 1;
        if (f.number >= SET_FIRST && f.number < IGNORABLE_FIRST && rule->n && same > rule->n)
            return N2_ERR_LIMIT;
        if (f.number < SET_FIRST)
            seen |= UINT64_C(1) << f.number;
        err = check_value(rule, &f, depth, unicode);
        if (err)
            return err;
    }
    n2_err err = n2_reader_finish(r);
    return err ? err : check_required(kind, seen);
}

static n2_err
check_box(n2_box *out,
          const uint8_t *bytes,
          size_t len,
          uint8_t kind,
          unsigned depth,
          const n2_unicode *unicode)
{
    n2_reader r = n2_reader_init(bytes, len);
    n2_box box = {.bytes = bytes, .len = len};

    *out = (n2_box){0};
    if (depth > N2_BOX_DEPTH_MAX)
        return N2_ERR_LIMIT;
    const uint8_t *magic = n2_read_bytes(&r, 2);
    box.kind = n2_read_u8(&r);
    box.version = n2_read_u8(&r);
    uint32_t fields_len = n2_read_u32(&r);
    if (r.err)
        return r.err;
    if (magic[0] != 'n' || magic[1] != '2' || (kind && box.kind != kind))
        return N2_ERR_FORMAT;
    const n2_kind_rule *rule = n2_kind_rule_of(box.kind);
    if (!rule || !box.version)
        return N2_ERR_FORMAT;
    if (box.version > rule->version)
        return N2_ERR_VERSION;
    if (len > (box.kind == N2_KIND_DIRECTORY ? N2_BOX_DIRECTORY_BYTES_MAX : N2_BOX_BYTES_MAX))
        return N2_ERR_LIMIT;
    if (fields_len != n2_reader_left(&r))
        return fields_len > n2_reader_left(&r) ? N2_ERR_TRUNCATED : N2_ERR_TRAILING;
    n2_err err = check_fields(&box, &r, rule, depth, unicode);
    if (!err)
        *out = box;
    return err;
}

n2_err
n2_box_check(
    n2_box *out, const void *bytes, size_t len, uint8_t kind, const n2_unicode *unicode)
{
    return check_box(out, bytes, len, kind, 1, unicode);
}

n2_box
n2_box_of_field(const n2_field *f)
{
    n2_box box = {.bytes = f->value, .len = f->len};
    n2_reader r = n2_reader_init(f->value, f->len);
    n2_field inner;

    (void)n2_read_bytes(&r, 2);
    box.kind = n2_read_u8(&r);
    box.version = n2_read_u8(&r);
    (void)n2_read_u32(&r);
    while (next_field(&r, &inner))
        box.n_fields++;
    return r.err ? (n2_box){0} : box;
}

bool
n2_box_next(const n2_box *box, size_t *at, n2_field *out)
{
    size_t from = *at ? *at : N2_BOX_HEAD_BYTES;

    if (from >= box->len)
        return false;
    n2_reader r = n2_reader_init(box->bytes + from, box->len - from);
    if (!next_field(&r, out))
        return false;
    *at = box->len - n2_reader_left(&r);
    return true;
}

bool
n2_box_find(const n2_box *box, uint8_t number, n2_field *out)
{
    n2_field f;

    for (size_t at = 0; n2_box_next(box, &at, &f) && f.number <= number;)
        if (f.number == number) {
            *out = f;
            return true;
        }
    *out = (n2_field){0};
    return false;
}

int64_t
n2_field_int(const n2_field *f)
{
    n2_reader r = n2_reader_init(f->value, f->len);

    return (int64_t)n2_read_u64(&r);
}

n2_ref
n2_field_ref(const n2_field *f)
{
    n2_ref ref = {0};
    n2_reader r = n2_reader_init(f->value, f->len);

    ref.id.method = n2_read_u8(&r);
    n2_read_copy(&r, ref.id.hash, sizeof ref.id.hash);
    ref.size = n2_read_u64(&r);
    return ref;
}

n2_id
n2_field_id(const n2_field *f)
{
    n2_id id = {0};
    n2_reader r = n2_reader_init(f->value, f->len);

    id.method = n2_read_u8(&r);
    n2_read_copy(&r, id.hash, sizeof id.hash);
    return id;
}

n2_key
n2_field_key(const n2_field *f)
{
    n2_key key = {0};
    n2_reader r = n2_reader_init(f->value, f->len);

    key.method = n2_read_u8(&r);
    n2_read_copy(&r, key.bytes, n2_key_bytes(key.method));
    return key;
}

int64_t
n2_box_int(const n2_box *box, uint8_t number)
{
    n2_field f;

    (void)n2_box_find(box, number, &f);
    return n2_field_int(&f);
}

n2_ref
n2_box_ref(const n2_box *box, uint8_t number)
{
    n2_field f;

    (void)n2_box_find(box, number, &f);
    return n2_field_ref(&f);
}

n2_id
n2_box_id(const n2_box *box, uint8_t number)
{
    n2_field f;

    (void)n2_box_find(box, number, &f);
    return n2_field_id(&f);
}

n2_key
n2_box_key(const n2_box *box, uint8_t number)
{
    n2_field f;

    (void)n2_box_find(box, number, &f);
    return n2_field_key(&f);
}

const uint8_t *
n2_box_bytes(const n2_box *box, uint8_t number, size_t *len)
{
    n2_field f;

    (void)n2_box_find(box, number, &f);
    *len = f.len;
    return f.value;
}
