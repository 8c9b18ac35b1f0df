/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-identity.c - jobs about identities: new, list, show.
 */
#include <stdio.h>
#include <string.h>

#include "base/base32.h"
#include "node/control-private.h"

/* "device publish" */
static void
rights_text(uint32_t rights, char *out, size_t size)
{
    static const struct {
        uint32_t right;
        const char *word;
    } words[] = {
        {N2_RIGHT_CONTROL, "control"}, {N2_RIGHT_SESSION, "session"},
        {N2_RIGHT_DEVICE, "device"},   {N2_RIGHT_OPEN, "open"},
        {N2_RIGHT_ZONE, "zone"},       {N2_RIGHT_PUBLISH, "publish"},
    };
    size_t used = 0;

    out[0] = 0;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (rights & words[i].right)
            used += (size_t)snprintf(out + used, size - used, "%s%s", used ? " " : "",
                                     words[i].word);
}

static n2_table *
keys_table(const n2_identity *identity)
{
    n2_table *t = n2_table_new();

    for (size_t i = 0; i < identity->n_keys; i++) {
        const n2_grant *g = &identity->keys[i];
        char text[N2_BASE32_CHARS(N2_KEY_BYTES_MAX) + 1];
        char rights[64];

        n2_base32_encode(text, g->key.bytes, n2_key_bytes(g->key.method));
        rights_text(g->rights, rights, sizeof rights);
        n2_table_row(t);
        n2_table_text(t, "id", text);
        n2_table_text(t, "rights", rights);
        if (g->from_us)
            n2_table_int(t, "from", g->from_us);
        if (g->until_us)
            n2_table_int(t, "until", g->until_us);
    }
    return t;
}

/* One row about @who; own or known from others. */
static n2_err
put_row(n2_control *c, n2_table *t, const n2_id *who, bool with_keys)
{
    const own_identity *own = n2_keys_own(c, who);
    n2_identity identity;
    n2_head head;
    n2_err err = n2_keys_identity(c, who, &identity);

    if (err)
        return err;
    n2_table_row(t);
    n2_table_text(t, "name", own ? own->label : "");
    n2_table_id(t, "address", N2_ID_IDENTITY, who);
    n2_table_bool(t, "default", own == c->owns && c->n_owns);
    n2_table_bool(t, "here", own);
    n2_table_int(t, "made", identity.made_us);
    if (!with_keys)
        return N2_OK;
    n2_table_take(t, "keys", keys_table(&identity));
    if (!n2_store_head_get(c->config.store, who, N2_BRANCH_MAIN, &head, NULL, NULL)) {
        n2_table_int(t, "counter", (int64_t)head.counter);
        n2_table_id(t, "root", N2_ID_CONTENT, &head.root.id);
    }
    return N2_OK;
}

static void
end(n2_control *c, job *j, n2_table *t, n2_err err)
{
    if (err) {
        n2_table_free(t);
        n2_job_failed(c, j, err);
    } else {
        n2_job_done(c, j, t);
    }
}

static void
show(n2_control *c, job *j)
{
    n2_id who = {0};
    n2_err err = N2_ERR_NOTFOUND;

    if (!j->address || !*j->address) {
        if (c->n_owns) {
            who = c->owns[0].who;
            err = N2_OK;
        }
    } else {
        for (size_t i = 0; i < c->n_owns && err; i++)
            if (!strcmp(c->owns[i].label, j->address)) {
                who = c->owns[i].who;
                err = N2_OK;
            }
        if (err)
            err = n2_name_resolve(c, j->address, &who);
    }
    n2_table *t = n2_table_new();

    end(c, j, t, err ? err : put_row(c, t, &who, true));
}

static void
list(n2_control *c, job *j)
{
    n2_table *t = n2_table_new();
    n2_err err = N2_OK;

    for (size_t i = 0; i < c->n_owns && !err; i++)
        err = put_row(c, t, &c->owns[i].who, false);
    end(c, j, t, err);
}

static void
make(n2_control *c, job *j)
{
    n2_keys_request request = {.kind = N2_KEYS_NEW};
    key_request extra = {.job = j->id};
    size_t len = j->name ? strlen(j->name) : 0;
    n2_err err = len > N2_OWN_LABEL_BYTES_MAX
                     ? N2_ERR_LIMIT
                     : n2_utf8_check_name(j->name ? j->name : "", len, c->config.unicode);

    if (err || !n2_utf8_is_assigned(j->name, len, c->config.unicode)) {
        n2_job_failed(c, j, N2_ERR_USAGE);
        return;
    }
    memcpy(request.label, j->name, len);
    err = n2_keys_ask(c, &request, &extra);
    if (err)
        n2_job_failed(c, j, err);
    else
        j->awaits = AWAIT_KEYS;
}

void
n2_identity_made(n2_control *c, job *j, const own_identity *own)
{
    n2_table *t = n2_table_new();

    end(c, j, t, put_row(c, t, &own->who, true));
}

void
n2_identity_job(n2_control *c, job *j)
{
    if (j->kind == N2_JOB_ID_NEW)
        make(c, j);
    else if (j->kind == N2_JOB_ID_LIST)
        list(c, j);
    else
        show(c, j);
}
