/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-access.c - who may read a folder or file of ours: lists from and to text, signed by
 *                    the keys process like the tree that they become part of.
 */
#include <stdlib.h>
#include <string.h>

#include "crypto/access.h"
#include "node/control-private.h"

enum {
    BODY_BYTES = 1024 + N2_ACCESS_READERS_MAX * (N2_FIELD_HEAD_BYTES + N2_REF_BYTES)
};

static bool
is_word(const char *text, const char *word)
{
    return text && !strcmp(text, word);
}

bool
n2_access_is_asked(const job *j)
{
    return is_word(j->name, N2_ATTR_ACCESS) && j->value && *j->value;
}

/* ---- from text ---- */

/* A group needs its size, so it has to be here. */
static n2_err
read_group(n2_control *c, const n2_id *id, n2_member *out)
{
    n2_object found;
    n2_err err = n2_store_find(c->config.store, id, &found);

    if (!err && found.state != N2_OBJECT_WHOLE)
        err = N2_ERR_NOTFOUND;
    if (!err)
        *out = n2_member_of_list(&found.ref);
    return err;
}

/* Returns: N2_OK, N2_ERR_USAGE, N2_ERR_NOTFOUND (a group). */
static n2_err
read_member(n2_control *c, const char *word, size_t len, n2_member *out)
{
    char name[N2_NAME_BYTES_MAX + 1];
    n2_key key = {.method = N2_KEY_ED25519};
    n2_id id;

    if (!n2_id_parse(&id, N2_ID_CONTENT, word, len))
        return read_group(c, &id, out);
    if (!n2_id_parse(&id, N2_ID_ACCOUNT, word, len)) {
        memcpy(key.bytes, id.hash, sizeof id.hash);
        *out = n2_member_of_key(&key);
        return N2_OK;
    }
    if (len >= sizeof name)
        return N2_ERR_USAGE;
    memcpy(name, word, len);
    name[len] = 0;
    if (n2_name_own(c, name, &id))
        return N2_ERR_USAGE;
    *out = n2_member_of_id(&id);
    return N2_OK;
}

static bool
has_member(const n2_member *members, size_t n, const n2_member *m)
{
    for (size_t i = 0; i < n; i++)
        if (members[i].len == m->len && !memcmp(members[i].bytes, m->bytes, m->len))
            return true;
    return false;
}

/* @members: room for N2_ACCESS_READERS_MAX. */
static n2_err
read_members(n2_control *c, const char *text, n2_member *members, size_t *n)
{
    n2_err err = N2_OK;

    for (*n = 0; !err && *(text += strspn(text, ", ")); text += strcspn(text, ", ")) {
        n2_member m;

        err = read_member(c, text, strcspn(text, ", "), &m);
        if (err || has_member(members, *n, &m))
            continue;
        if (*n == N2_ACCESS_READERS_MAX)
            return N2_ERR_LIMIT;
        members[(*n)++] = m;
    }
    return err ? err : *n ? N2_OK : N2_ERR_USAGE;
}

/* ---- to text ---- */

static void
put_member(n2_writer *w, const n2_member *m)
{
    char text[N2_ID_TEXT_BYTES];
    n2_id id = {.method = m->bytes[1]};
    n2_id_kind kind = m->bytes[0] == N2_TYPE_ID    ? N2_ID_IDENTITY
                      : m->bytes[0] == N2_TYPE_REF ? N2_ID_CONTENT
                                                   : N2_ID_ACCOUNT;

    if (w->len)
        n2_write_u8(w, ',');
    if (kind == N2_ID_ACCOUNT && id.method != N2_KEY_ED25519) {
        n2_write_bytes(w, "?", 1); /* by another program: there is no text for it */
        return;
    }
    memcpy(id.hash, m->bytes + 2, sizeof id.hash);
    n2_id_format(text, kind, &id);
    n2_write_bytes(w, text, N2_ID_CHARS);
}

bool
n2_access_put(n2_control *c, n2_table *t, const n2_attr *a)
{
    n2_writer w = n2_writer_init_growing(UINT16_MAX);
    n2_field f = n2_attr_field(a);
    n2_view view = {0};
    n2_member m;
    n2_box body;

    if (a->name_len != sizeof N2_ATTR_ACCESS - 1 ||
        memcmp(a->name, N2_ATTR_ACCESS, a->name_len) != 0 || a->type != N2_TYPE_REF)
        return false;
    n2_ref list = n2_field_ref(&f);
    n2_err err = n2_store_map_checked(c->config.store, &list.id, &view);
    if (!err)
        err = n2_access_check(&body, view.bytes, view.len, c->config.unicode);
    for (size_t at = 0; !err && n2_access_next(&body, &at, &m);)
        put_member(&w, &m);
    n2_write_u8(&w, 0);
    n2_store_unmap(c->config.store, &view);
    if (!err && !w.err) {
        n2_table_text(t, "type", "access");
        n2_table_text(t, "value", (const char *)w.buf);
        n2_table_id(t, "list", N2_ID_CONTENT, &list.id);
    }
    bool is_put = !err && !w.err;
    n2_writer_clear(&w);
    return is_put;
}

/* ---- set ---- */

static void
fail(n2_control *c, job *j, n2_err err)
{
    if (err == N2_ERR_USAGE)
        n2_job_failed_words(c, j, err, n2_words_list_why, n2_words_list_next);
    else if (err == N2_ERR_NOTFOUND || err == N2_ERR_FORMAT || err == N2_ERR_TRUNCATED ||
             err == N2_ERR_TRAILING)
        n2_job_failed_words(c, j, N2_ERR_NOTFOUND, n2_words_group_why, n2_words_group_next);
    else
        n2_job_failed(c, j, err);
}

static void
ask_list(n2_control *c, job *j)
{
    n2_member *members = calloc(N2_ACCESS_READERS_MAX, sizeof *members);
    uint8_t *buf = malloc(BODY_BYTES);
    key_request extra = {.job = j->id};
    size_t n = 0;
    n2_box body;
    n2_err err = members && buf ? read_members(c, j->value, members, &n) : N2_ERR_NOMEM;

    if (err) {
        fail(c, j, err);
    } else {
        err = n2_publish_list_body(j->publish, members, n, buf, BODY_BYTES, &body);
        if (!err)
            err =
                n2_keys_ask(c,
                            &(n2_keys_request){.kind = N2_KEYS_SIGN,
                                               .who = j->who,
                                               .body = {.bytes = body.bytes, .len = body.len}},
                            &extra);
        j->signs_list = !err;
        if (err)
            n2_job_failed(c, j, err);
        else
            j->awaits = AWAIT_KEYS;
    }
    free(buf);
    free(members);
}

void
n2_access_begin(n2_control *c, job *j, const char *path)
{
    n2_attr attr = {.name = (const uint8_t *)N2_ATTR_ACCESS,
                    .name_len = sizeof N2_ATTR_ACCESS - 1,
                    .type = N2_TYPE_TEXT,
                    .value = (const uint8_t *)N2_ACCESS_WORD_PUBLIC,
                    .len = sizeof N2_ACCESS_WORD_PUBLIC - 1};

    if (is_word(j->value, N2_ACCESS_WORD_PUBLIC))
        n2_control_publish_attr(c, j, path, &attr);
    else
        ask_list(c, j);
}

void
n2_access_signed(n2_control *c, job *j, const n2_keys_answer *answer)
{
    uint8_t value[N2_REF_BYTES];
    n2_writer w = n2_writer_init(value, sizeof value);
    n2_address *address = calloc(1, sizeof *address);
    n2_ref list = {0};
    n2_err err = !address ? N2_ERR_NOMEM : answer->err;

    j->signs_list = false;
    if (!err)
        err = n2_job_address(c, j, address);
    n2_err listed = err ? N2_OK
                        : n2_publish_list(j->publish, answer->statement.bytes,
                                          answer->statement.len, &list);
    n2_write_u8(&w, list.id.method);
    n2_write_bytes(&w, list.id.hash, sizeof list.id.hash);
    n2_write_u64(&w, list.size);
    if (err)
        n2_job_failed(c, j, err);
    else if (listed)
        fail(c, j, listed);
    else
        n2_control_publish_attr(c, j, address->path,
                                &(n2_attr){.name = (const uint8_t *)N2_ATTR_ACCESS,
                                           .name_len = sizeof N2_ATTR_ACCESS - 1,
                                           .type = N2_TYPE_REF,
                                           .value = value,
                                           .len = sizeof value});
    free(address);
}
