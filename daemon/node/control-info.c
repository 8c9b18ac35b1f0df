/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-info.c - what is told about a file or folder, and attributes from and to text.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base32.h"
#include "base/types.h"
#include "node/control-private.h"

/* Word of an attribute's type, as in AttrGet. */
static const struct {
    uint8_t type;
    const char *word;
} attr_types[] = {
    {N2_TYPE_TEXT, "text"},   {N2_TYPE_INT, "integer"},   {N2_TYPE_TIME, "time"},
    {N2_TYPE_BYTES, "bytes"}, {N2_TYPE_REF, "reference"}, {N2_TYPE_ID, "identity"},
    {N2_TYPE_KEY, "key"},
};

static const char *
attr_word(uint8_t type)
{
    for (size_t i = 0; i < sizeof attr_types / sizeof attr_types[0]; i++)
        if (attr_types[i].type == type)
            return attr_types[i].word;
    return "bytes";
}

/* Text that isn't NUL-terminated, as a cell. */
static void
put_text(n2_table *t, const char *name, const void *bytes, size_t len)
{
    char *text = malloc(len + 1);

    if (!text) {
        if (t)
            t->err = N2_ERR_NOMEM;
        return;
    }
    memcpy(text, bytes, len);
    text[len] = 0;
    n2_table_text(t, name, text);
    free(text);
}

static void
put_value(n2_table *t, const n2_attr *a)
{
    n2_field f = n2_attr_field(a);
    char key_text[N2_BASE32_CHARS(N2_KEY_BYTES_MAX) + 1];
    n2_ref ref;
    n2_id id;
    n2_key key;

    switch (a->type) {
    case N2_TYPE_TEXT:
        put_text(t, "value", a->value, a->len);
        break;
    case N2_TYPE_INT:
    case N2_TYPE_TIME:
        n2_table_int(t, "value", n2_field_int(&f));
        break;
    case N2_TYPE_REF:
        ref = n2_field_ref(&f);
        n2_table_id(t, "value", N2_ID_CONTENT, &ref.id);
        break;
    case N2_TYPE_ID:
        id = n2_field_id(&f);
        n2_table_id(t, "value", N2_ID_IDENTITY, &id);
        break;
    case N2_TYPE_KEY:
        key = n2_field_key(&f);
        n2_base32_encode(key_text, key.bytes, n2_key_bytes(key.method));
        n2_table_text(t, "value", key_text);
        break;
    default:
        n2_table_bytes(t, "value", a->value, a->len);
        break;
    }
}

static int
by_name(const void *a, const void *b)
{
    const n2_row *one = a;
    const n2_row *two = b;

    return strcmp(one->cells[0].text, two->cells[0].text);
}

static void
put_attribute(n2_control *c, n2_table *t, const n2_attr *a)
{
    n2_table_row(t);
    put_text(t, "name", a->name, a->name_len);
    if (n2_access_put(c, t, a))
        return;
    n2_table_text(t, "type", attr_word(a->type));
    put_value(t, a);
}

void
n2_info_put_attr(n2_table *t, const n2_attr *a)
{
    n2_table_row(t);
    put_text(t, "name", a->name, a->name_len);
    n2_table_text(t, "type", attr_word(a->type));
    put_value(t, a);
}

n2_table *
n2_info_top(n2_control *c, const n2_ref *access)
{
    uint8_t value[N2_REF_BYTES];
    n2_writer w = n2_writer_init(value, sizeof value);
    n2_table *t = n2_table_new();

    n2_write_u8(&w, access->id.method);
    n2_write_bytes(&w, access->id.hash, sizeof access->id.hash);
    n2_write_u64(&w, access->size);
    put_attribute(c, t,
                  &(n2_attr){.name = (const uint8_t *)N2_ATTR_ACCESS,
                             .name_len = sizeof N2_ATTR_ACCESS - 1,
                             .type = N2_TYPE_REF,
                             .value = value,
                             .len = sizeof value});
    return t;
}

/* Sorted by name; boxes have them in the order of their bytes. */
n2_table *
n2_info_attributes(n2_control *c, const n2_entry *entry)
{
    n2_table *t = n2_table_new();
    n2_attr a;

    for (size_t at = 0; n2_entry_next_attr(entry, &at, &a);)
        put_attribute(c, t, &a);
    if (t && !t->err && t->n_rows > 1)
        qsort(t->rows, t->n_rows, sizeof t->rows[0], by_name);
    return t;
}

/* Media type of a file: what its attribute says, else its name. */
static void
put_type(n2_table *t, const n2_table *attributes, const char *name, uint8_t entry_type)
{
    if (entry_type == N2_ENTRY_DIR) {
        n2_table_text(t, "type", "inode/directory");
        return;
    }
    for (size_t i = 0; attributes && i < attributes->n_rows; i++) {
        const n2_cell *n = n2_table_get(attributes, i, "name");
        const n2_cell *v = n2_table_get(attributes, i, "value");

        if (n && v && v->type == N2_VALUE_TEXT && !strcmp(n->text, N2_ATTR_TYPE)) {
            n2_table_text(t, "type", v->text);
            return;
        }
    }
    n2_table_text(t, "type", n2_type_by_name(name));
}

static const char *
kind_word(uint8_t entry_type)
{
    return entry_type == N2_ENTRY_DIR    ? "directory"
           : entry_type == N2_ENTRY_LINK ? "link"
                                         : "file";
}

n2_table *
n2_info_entries(n2_control *c, const n2_directory *dir)
{
    n2_table *t = n2_table_new();
    n2_entry e;

    for (size_t at = 0; n2_directory_next(dir, &at, &e);) {
        n2_table *attributes = n2_info_attributes(c, &e);
        char name[N2_FILE_NAME_BYTES_MAX + 1];
        size_t len = e.name_len < sizeof name ? e.name_len : sizeof name - 1;

        memcpy(name, e.name, len);
        name[len] = 0;
        n2_table_row(t);
        n2_table_text(t, "name", name);
        n2_table_text(t, "kind", kind_word(e.type));
        put_type(t, attributes, name, e.type);
        n2_table_int(t, "size", (int64_t)e.ref.size);
        n2_table_id(t, "hash", N2_ID_CONTENT, &e.ref.id);
        n2_table_take(t, "attributes", attributes);
    }
    return t;
}

static void
put_address(n2_table *t, const walk *w)
{
    n2_address *plain = malloc(sizeof *plain);
    size_t size = N2_ADDRESS_TEXT_BYTES_MAX * 6;
    char *text = malloc(size);

    if (plain)
        *plain = w->address;
    /* Links in a folder's page are relative to the folder. */
    if (plain && (w->type == N2_ENTRY_DIR || w->index[0]))
        plain->is_folder = true;
    if (plain && text && !n2_address_format(text, size, plain, N2_ADDRESS_URI))
        n2_table_text(t, "address", text);
    free(text);
    free(plain);
}

static void
put_from(n2_control *c, n2_table *t, const walk *w)
{
    n2_table *from = n2_table_new();

    if (w->is_fetched) {
        n2_table_row(from);
        n2_table_id(from, "identity", N2_ID_IDENTITY, &w->from);
        n2_table_take(t, "path", n2_way_words(c, &w->from));
    }
    n2_table_take(t, "from", from);
}

/* Of one's own there is nothing to be said. */
static void
put_trust(n2_control *c, n2_table *t, const walk *w)
{
    const n2_trust own = {.verdict = N2_VERDICT_GO};

    if (w->trust || n2_keys_own(c, &w->who))
        n2_trust_put(t, w->trust ? w->trust : &own);
    if (n2_id_is_set(&w->was))
        n2_table_id(t, "was", N2_ID_IDENTITY, &w->was);
}

n2_table *
n2_info_row(n2_control *c, const job *j)
{
    const walk *w = j->walk;
    n2_table *t = n2_job_row();

    put_address(t, w);
    n2_table_text(t, "kind", w->index[0] ? "directory" : kind_word(w->type));
    put_type(t, w->attributes, w->index[0] ? w->index : w->name, w->type);
    n2_table_int(t, "size", (int64_t)w->ref.size);
    n2_table_id(t, "hash", N2_ID_CONTENT, &w->ref.id);
    n2_table_id(t, "tree", N2_ID_CONTENT, &w->tree);
    if (w->has_who)
        n2_table_id(t, "identity", N2_ID_IDENTITY, &w->who);
    if (w->counter)
        n2_table_int(t, "counter", (int64_t)w->counter);
    if (w->index[0])
        n2_table_text(t, "index", w->index);
    if (w->made_us)
        n2_table_int(t, "published", w->made_us);
    if (w->offline)
        n2_table_bool(t, "unconfirmed", true);
    put_trust(c, t, w);
    put_from(c, t, w);
    n2_table_int(t, "ms", (int64_t)((c->now_us - j->begun_us) / 1000));
    return t;
}

/* ---- from text ---- */

static n2_err
encode_int(const char *value, n2_writer *w)
{
    char *end;

    errno = 0;
    long long number = strtoll(value, &end, 10);

    if (end == value || *end || errno)
        return N2_ERR_USAGE;
    n2_write_u64(w, (uint64_t)number);
    return N2_OK;
}

static n2_err
encode_id(const char *value, n2_id_kind kind, n2_writer *w, n2_id *id)
{
    if (n2_id_parse(id, kind, value, strlen(value)))
        return N2_ERR_USAGE;
    n2_write_u8(w, id->method);
    n2_write_bytes(w, id->hash, sizeof id->hash);
    return N2_OK;
}

/* A reference needs the content's size, so the content has to be here. */
static n2_err
encode_ref(n2_control *c, const char *value, n2_writer *w)
{
    n2_object found;
    n2_id id;
    n2_err err = encode_id(value, N2_ID_CONTENT, w, &id);

    if (!err)
        err = n2_store_find(c->config.store, &id, &found);
    if (!err && found.state != N2_OBJECT_WHOLE)
        err = N2_ERR_NOTFOUND;
    if (!err)
        n2_write_u64(w, found.ref.size);
    return err;
}

n2_err
n2_info_attr(
    n2_control *c, const char *type, const char *value, uint8_t *buf, size_t cap, n2_attr *out)
{
    n2_writer w = n2_writer_init(buf, cap);
    n2_err err = N2_ERR_USAGE;
    size_t len = 0;
    n2_id id;

    out->type = 0;
    for (size_t i = 0; i < sizeof attr_types / sizeof attr_types[0]; i++)
        if (!strcmp(attr_types[i].word, type ? type : "text"))
            out->type = attr_types[i].type;
    if (out->type == N2_TYPE_TEXT || out->type == N2_TYPE_BYTES) {
        n2_write_bytes(&w, value, strlen(value));
        err = N2_OK;
    } else if (out->type == N2_TYPE_INT || out->type == N2_TYPE_TIME) {
        err = encode_int(value, &w);
    } else if (out->type == N2_TYPE_ID) {
        err = encode_id(value, N2_ID_IDENTITY, &w, &id);
    } else if (out->type == N2_TYPE_REF) {
        err = encode_ref(c, value, &w);
    }
    if (!err)
        err = n2_writer_finish(&w, &len);
    if (!err && len > UINT16_MAX)
        err = N2_ERR_LIMIT;
    out->value = buf;
    out->len = (uint16_t)len;
    return err;
}
