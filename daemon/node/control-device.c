/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-device.c - a new machine of somebody who has others: it draws keys, another one
 *                    admits them, and what that answers is imported here (control-import.c).
 */
#include "node/control-statement.h"

#include <stdlib.h>
#include <string.h>

#include "base/base32.h"
#include "crypto/armor.h"
#include "crypto/container.h"
#include "crypto/pieces.h"
#include "node/forms.h"

enum {
    ASKED_BYTES_MAX = 1024,
    DEVICE_DAYS = 400
};

void
n2_device_put_key(n2_table *t, const n2_key *key)
{
    char text[N2_BASE32_CHARS(N2_KEY_BYTES_MAX) + 1];

    n2_base32_encode(text, key->bytes, n2_key_bytes(key->method));
    n2_table_text(t, "key", text);
}

/* ---- draw ---- */

n2_err
n2_device_drawn(n2_control *c,
                const n2_keys_answer *a,
                const char *label,
                n2_asked_key *keys,
                uint8_t *buf,
                size_t cap,
                size_t *len)
{
    if (!a->n_keys || a->n_keys > N2_PIECES_KEYS_MAX)
        return N2_ERR_FORMAT;
    for (size_t i = 0; i < a->n_keys; i++) {
        keys[i] = (n2_asked_key){.key = a->keys[i].key, .rights = a->keys[i].rights};
        memcpy(keys[i].label, label, strlen(label) + 1);
    }
    return n2_pieces_write_keys(buf, cap, keys, a->n_keys, c->wall_us, len);
}

static void
drawn(n2_control *c, job *j, const n2_keys_answer *a)
{
    n2_asked_key keys[N2_PIECES_KEYS_MAX];
    uint8_t bytes[ASKED_BYTES_MAX];
    size_t len = 0;

    if (n2_keys_refused(c, j, a))
        return;
    n2_err err = n2_device_drawn(c, a, j->name, keys, bytes, sizeof bytes, &len);
    if (err) {
        n2_job_failed(c, j, err);
        return;
    }
    n2_table *t = n2_job_row();
    n2_forms_put_text(t, N2_KIND_KEY, bytes, len);
    n2_forms_put_qr(t, bytes, len);
    n2_device_put_key(t, &keys[0].key);
    n2_job_done(c, j, t);
}

static void
draw(n2_control *c, job *j)
{
    n2_keys_request request = {.kind = N2_KEYS_DRAW};

    if (!n2_device_label(c, j, j->name, request.label))
        return;
    n2_keys_order(c, j, &request, -1, drawn);
}

bool
n2_device_label(n2_control *c, job *j, const char *label, char out[N2_OWN_LABEL_BYTES_MAX + 1])
{
    size_t len = label ? strlen(label) : 0;
    n2_err err = len > N2_OWN_LABEL_BYTES_MAX
                     ? N2_ERR_LIMIT
                     : n2_utf8_check_name(label ? label : "", len, c->config.unicode);

    if (err || !n2_utf8_is_assigned(label, len, c->config.unicode)) {
        n2_job_failed(c, j, N2_ERR_USAGE);
        return false;
    }
    memcpy(out, label, len + 1);
    return true;
}

/* ---- add ---- */

n2_err
n2_device_admitted(n2_control *c, const n2_keys_answer *a, n2_writer *w)
{
    n2_identity identity;
    n2_err err = a->n_statements ? N2_OK : N2_ERR_FORMAT;

    for (size_t i = 0; i < a->n_statements && !err; i++) {
        const n2_slice *s = &a->statements[i];
        /* The first is whole only when the other machine has signed it. */
        if (i && n2_statement_is_public(n2_statement_kind(s->bytes, s->len)))
            err = n2_statement_keep(c, &a->who, s->bytes, s->len, &identity);
        n2_container_put(w, s->bytes, s->len);
    }
    return err ? err : w->err;
}

n2_err
n2_device_ask(const n2_asked_key *asked, size_t n, n2_keys_request *out)
{
    size_t len = strlen(asked[0].label);

    if (!len || len > N2_OWN_LABEL_BYTES_MAX)
        return N2_ERR_FORMAT;
    *out = (n2_keys_request){.kind = N2_KEYS_ADMIT, .days = DEVICE_DAYS, .n_keys = n};
    memcpy(out->label, asked[0].label, len);
    for (size_t i = 0; i < n; i++)
        out->keys[i] = (n2_keys_own_key){.key = asked[i].key, .rights = asked[i].rights};
    return N2_OK;
}

static bool
body_of(const n2_slice *statement, n2_box *body)
{
    n2_box box;
    n2_field f;

    if (n2_box_check(&box, statement->bytes, statement->len, N2_KIND_SIGNED, NULL))
        return false;
    (void)n2_box_find(&box, 1, &f);
    *body = n2_box_of_field(&f);
    return true;
}

n2_slice
n2_device_whole_add(const n2_keys_answer *a, const n2_slice *half)
{
    n2_box want, body;

    for (size_t i = 0; body_of(half, &want) && i < a->n_statements; i++)
        if (body_of(&a->statements[i], &body) && body.len == want.len &&
            !memcmp(body.bytes, want.bytes, want.len))
            return a->statements[i];
    return (n2_slice){0};
}

bool
n2_device_list_anew(n2_control *c,
                    job *j,
                    const n2_keys_answer *a,
                    n2_admission *admission,
                    n2_keys_answered *then)
{
    const n2_keys_request *admit = &admission->request;
    n2_keys_request request = {.kind = N2_KEYS_CONTROL, .who = admit->who};

    if (a->err != N2_ERR_LIMIT || admission->has_listed)
        return false;
    admission->has_listed = true;
    memcpy(request.label, admit->label, sizeof request.label);
    n2_keys_order(c, j, &request, -1, then);
    return true;
}

/* What a job that admits a device keeps. */
typedef struct {
    n2_key key;
    n2_admission admission;
} adding;

static void listed_anew(n2_control *c, job *j, const n2_keys_answer *a);

static void
admitted(n2_control *c, job *j, const n2_keys_answer *a)
{
    n2_writer w = n2_writer_init_growing(N2_IDENTITY_BYTES_MAX);
    adding *s = j->state;

    if (n2_device_list_anew(c, j, a, &s->admission, listed_anew) || n2_keys_refused(c, j, a))
        return;
    n2_err err = n2_device_admitted(c, a, &w);
    if (err) {
        n2_job_failed(c, j, err);
    } else {
        n2_table *t = n2_job_row();
        n2_forms_put_text(t, N2_ARMOR_CONTAINER, w.buf, w.len);
        n2_forms_put_parts(t, w.buf, w.len);
        n2_device_put_key(t, &s->key);
        n2_identity_changed(c, &a->who);
        n2_job_done(c, j, t);
    }
    n2_writer_clear(&w);
}

static void
listed_anew(n2_control *c, job *j, const n2_keys_answer *a)
{
    adding *s = j->state;

    if (!n2_keys_refused(c, j, a))
        n2_keys_order(c, j, &s->admission.request, -1, admitted);
}

static n2_err
read_asked(n2_control *c, const job *j, n2_keys_request *request)
{
    uint8_t *bytes = malloc(N2_IDENTITY_BYTES_MAX);
    n2_asked_key asked[N2_PIECES_KEYS_MAX];
    size_t len = 0, n = 0;

    n2_err err = !bytes      ? N2_ERR_NOMEM
                 : !j->bytes ? N2_ERR_USAGE
                             : n2_pieces_read(j->bytes, j->n_bytes, bytes, &len);
    if (!err)
        err = n2_pieces_read_keys(bytes, len, asked, &n, c->config.unicode);
    if (!err)
        err = n2_device_ask(asked, n, request);
    free(bytes);
    return err;
}

static void
add(n2_control *c, job *j)
{
    adding *s = calloc(1, sizeof *s);

    j->state = s;
    if (!n2_identity_own(c, j, j->address, &j->who))
        return;
    n2_err err = s ? read_asked(c, j, &s->admission.request) : N2_ERR_NOMEM;
    if (err) {
        n2_statement_failed(c, j, err);
        return;
    }
    s->admission.request.who = j->who;
    s->key = s->admission.request.keys[0].key;
    n2_keys_order(c, j, &s->admission.request, -1, admitted);
}

void
n2_device_job(n2_control *c, job *j)
{
    if (j->kind == N2_JOB_ID_DRAW)
        draw(c, j);
    else
        add(c, j);
}
