/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-publish.c - jobs that make a new tree: an archive comes in, or one attribute changes;
 *                     the head is signed by the keys process, then all becomes visible at once.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/control-private.h"
#include "node/control-statement.h"

/* ---- the end ---- */

static n2_table *
answer(n2_control *c, const job *j)
{
    char id[N2_ID_TEXT_BYTES];
    char text[sizeof "net2o:///" + N2_NAME_BYTES_MAX + N2_ID_TEXT_BYTES];
    n2_publish_info info;
    n2_table *t = n2_job_row();

    n2_publish_info_get(j->publish, &info);
    n2_id_format(id, N2_ID_IDENTITY, &j->who);
    (void)snprintf(text, sizeof text, "net2o://%s/", id);
    n2_table_text(t, "by_key", text);
    n2_table_text(t, "address", text);
    n2_id_format(id, N2_ID_CONTENT, &info.root.id);
    (void)snprintf(text, sizeof text, "net2o://%s/", id);
    n2_table_text(t, "by_hash", text);
    n2_table_text(t, "hash", id);
    if (j->kind == N2_JOB_PUBLISH && j->name && *j->name) {
        (void)snprintf(text, sizeof text, "net2o://%s/", j->name);
        n2_table_text(t, "by_name", text);
    }
    n2_table_int(t, "counter", (int64_t)info.counter);
    n2_table_int(t, "files", (int64_t)info.n_files);
    n2_table_int(t, "size", (int64_t)info.bytes);
    n2_table_int(t, "ms", (int64_t)((c->now_us - j->begun_us) / 1000));
    return t;
}

/* The tree is whole: asks for a signature of its head. */
static void
ask_signature(n2_control *c, job *j)
{
    uint8_t buf[N2_STATEMENT_BYTES_SMALL];
    key_request extra = {.job = j->id};
    n2_box body;
    n2_err err = n2_publish_body(j->publish, c->wall_us, buf, sizeof buf, &body);

    if (!err)
        err = n2_keys_ask(c,
                          &(n2_keys_request){.kind = N2_KEYS_SIGN,
                                             .who = j->who,
                                             .body = {.bytes = body.bytes, .len = body.len}},
                          &extra);
    if (err)
        n2_job_failed(c, j, err);
    else
        j->awaits = AWAIT_KEYS;
}

void
n2_control_publish_signed(n2_control *c, job *j, const n2_keys_answer *signed_head)
{
    char id[N2_ID_TEXT_BYTES];
    n2_err err = signed_head->err;

    if (j->kind == N2_JOB_SYNC) {
        n2_sync_signed(c, j, signed_head);
        return;
    }
    if (j->signs_list) {
        n2_access_signed(c, j, signed_head);
        return;
    }

    if (!err)
        err = n2_publish_commit(j->publish, signed_head->statement.bytes,
                                signed_head->statement.len);
    if (err == N2_ERR_OLD && ++j->n_tries < N2_PUBLISH_TRIES) {
        ask_signature(c, j); /* another publish of this identity was first */
        return;
    }
    n2_id_format(id, N2_ID_IDENTITY, &j->who);
    if (!err && j->kind == N2_JOB_PUBLISH && j->name && *j->name)
        err = n2_store_name_set(c->config.store, j->name, id);
    if (err) {
        n2_job_failed(c, j, err);
        return;
    }
    n2_control_changed(c, "store");
    n2_near_changed(c);
    n2_dhts_changed(c);
    n2_job_done(c, j, answer(c, j));
}

/* ---- archive ---- */

n2_err
n2_control_publish_feed(n2_control *c, job *j, const uint8_t *bytes, size_t len)
{
    n2_publish_info info;
    n2_err err = n2_publish_step(j->publish, bytes, len);

    if (err) {
        n2_job_failed(c, j, err);
        return N2_OK; /* they were taken; DONE says why they were the last */
    }
    n2_publish_info_get(j->publish, &info);
    n2_control_tell(
        c, &(n2_notice){.kind = N2_NOTICE_PROGRESS, .job = j->id, .done_bytes = info.bytes});
    return N2_OK;
}

void
n2_control_publish_end(n2_control *c, job *j)
{
    if (n2_publish_has_ended(j->publish))
        ask_signature(c, j);
    else
        n2_job_failed(c, j, N2_ERR_TRUNCATED);
}

/* ---- one attribute ---- */

void
n2_control_publish_attr(n2_control *c, job *j, const char *path, const n2_attr *attr)
{
    n2_err err = n2_publish_attr(j->publish, path, attr);

    if (err)
        n2_job_failed(c, j, err);
    else
        ask_signature(c, j);
}

static void
set_attr(n2_control *c, job *j, const char *path)
{
    uint8_t *buf = malloc(UINT16_MAX);
    bool removes = !j->value || !*j->value;
    size_t name_len = j->name ? strlen(j->name) : 0;
    n2_attr attr = {.name = (const uint8_t *)j->name, .name_len = (uint8_t)name_len};
    n2_err err = !buf ? N2_ERR_NOMEM : !name_len || name_len > UINT8_MAX ? N2_ERR_USAGE : N2_OK;

    if (!err && !removes)
        err = n2_info_attr(c, j->type, j->value, buf, UINT16_MAX, &attr);
    if (err)
        n2_job_failed(c, j, err);
    else
        n2_control_publish_attr(c, j, path, &attr);
    free(buf);
}

/* ---- the beginning ---- */

/* Whose tree: that of who publishes here, or that of the address, which has to be ours. */
static n2_err
whose(n2_control *c, job *j, n2_address *address)
{
    n2_err err = N2_OK;

    if (!c->n_owns)
        return N2_ERR_STATE;
    if (j->kind == N2_JOB_PUBLISH && (!j->address || !*j->address)) {
        j->who = n2_publisher(c)->who;
        return N2_OK;
    }
    if (j->kind == N2_JOB_PUBLISH && !n2_identity_named(c, j->address, &j->who))
        return n2_keys_own(c, &j->who) ? N2_OK : N2_ERR_REFUSED;
    err = n2_job_address(c, j, address);
    if (!err && address->kind == N2_ADDRESS_CONTENT)
        err = N2_ERR_REFUSED; /* a hash can't change what it is the hash of */
    else if (!err && address->kind == N2_ADDRESS_IDENTITY)
        j->who = address->id;
    else if (!err)
        err = n2_name_resolve(c, address->name, &j->who);
    if (!err && !n2_keys_own(c, &j->who))
        err = N2_ERR_REFUSED;
    return err;
}

/* The name to be given, in its one form; NULL, or what is wrong with it (static). */
static const char *
fold_name(n2_control *c, job *j)
{
    char name[N2_NAME_BYTES_MAX + 1];
    const char *why;

    if (n2_name_take(c, j->name, name, &why))
        return why;
    char *folded = strdup(name);

    if (!folded)
        return n2_words_why(N2_ERR_NOMEM);
    free(j->name);
    j->name = folded;
    return NULL;
}

void
n2_control_publish_begin(n2_control *c, job *j)
{
    n2_address *address = calloc(1, sizeof *address);
    n2_err err = address ? whose(c, j, address) : N2_ERR_NOMEM;

    if (!err && j->kind == N2_JOB_PUBLISH && j->name && *j->name) {
        const char *why = fold_name(c, j);

        if (why) {
            free(address);
            n2_job_failed_words(c, j, N2_ERR_USAGE, why, n2_words_name_next);
            return;
        }
    }
    if (!err)
        err = n2_publish_new(&j->publish, c->config.store, &j->who, c->config.unicode);
    if (j->publish && c->config.has_versions)
        n2_publish_keep(j->publish, c->config.n_versions);
    if (err)
        n2_job_failed(c, j, err);
    else if (j->kind == N2_JOB_ATTR_SET && n2_access_is_asked(j))
        n2_access_begin(c, j, address->path);
    else if (j->kind == N2_JOB_ATTR_SET)
        set_attr(c, j, address->path);
    else
        j->awaits = AWAIT_FEED;
    free(address);
}
