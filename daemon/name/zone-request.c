/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * zone-request.c - requests to zones: written, read, and checked against who signed.
 */
#include "name/zone-request.h"

#include <string.h>

#include "base/limits.h"

enum {
    REQUEST_WHO = 1,
    REQUEST_ZONE = 2,
    REQUEST_WHAT = 3,
    REQUEST_LABEL = 4,
    REQUEST_MADE = 5,
    REQUEST_UNTIL = 6,
    REQUEST_DELEGATED = 7,
    REQUEST_HOSTS = 64,
    REQUEST_ATTRS = 65,

    TRANSFER_LABEL = 1,
    TRANSFER_FROM = 2,
    TRANSFER_TO = 3,
    TRANSFER_MADE = 4,
    TRANSFER_ZONE = 5
};

n2_err
n2_zone_request_body(void *buf,
                     size_t cap,
                     const n2_zone_request *from,
                     const char *const *hosts,
                     size_t n_hosts,
                     const n2_attr *attrs,
                     size_t n_attrs,
                     const n2_unicode *unicode,
                     n2_box *out)
{
    bool hands_on = from->what == N2_ZONE_TRANSFER;
    n2_box_writer w =
        n2_box_begin(buf, cap, hands_on ? N2_KIND_TRANSFER : N2_KIND_NAME_REQUEST);
    n2_zone_request read;

    if (hands_on) {
        n2_box_put_text(&w, TRANSFER_LABEL, from->label);
        n2_box_put_id(&w, TRANSFER_FROM, &from->who);
        n2_box_put_id(&w, TRANSFER_TO, &from->to);
        n2_box_put_time(&w, TRANSFER_MADE, from->made_us);
        n2_box_put_id(&w, TRANSFER_ZONE, &from->zone);
    } else {
        n2_box_put_id(&w, REQUEST_WHO, &from->who);
        n2_box_put_id(&w, REQUEST_ZONE, &from->zone);
        n2_box_put_int(&w, REQUEST_WHAT, from->what);
        n2_box_put_text(&w, REQUEST_LABEL, from->label);
        n2_box_put_time(&w, REQUEST_MADE, from->made_us);
        n2_box_put_time(&w, REQUEST_UNTIL, from->until_us);
        if (n2_id_is_set(&from->delegated))
            n2_box_put_id(&w, REQUEST_DELEGATED, &from->delegated);
        for (size_t i = 0; i < n_hosts; i++)
            n2_box_put_text(&w, REQUEST_HOSTS, hosts[i]);
        for (size_t i = 0; i < n_attrs; i++)
            n2_box_put_attr(&w, REQUEST_ATTRS, &attrs[i]);
    }
    n2_err err = n2_box_end(&w, out, unicode);
    return err ? err : n2_zone_request_read(&read, out, unicode);
}

static n2_err
read_label(n2_zone_request *q, uint8_t number, const n2_unicode *unicode)
{
    size_t len = 0;
    const char *label = (const char *)n2_box_bytes(&q->body, number, &len);

    if (n2_zone_label_check(label, len, unicode))
        return N2_ERR_FORMAT;
    memcpy(q->label, label, len);
    return N2_OK;
}

static n2_err
read_transfer(n2_zone_request *q, const n2_unicode *unicode)
{
    q->what = N2_ZONE_TRANSFER;
    q->who = n2_box_id(&q->body, TRANSFER_FROM);
    q->to = n2_box_id(&q->body, TRANSFER_TO);
    q->made_us = n2_box_int(&q->body, TRANSFER_MADE);
    q->zone = n2_box_id(&q->body, TRANSFER_ZONE);
    if (n2_id_equal(&q->who, &q->to))
        return N2_ERR_FORMAT;
    return read_label(q, TRANSFER_LABEL, unicode);
}

static n2_err
read_request(n2_zone_request *q, const n2_unicode *unicode)
{
    int64_t what = n2_box_int(&q->body, REQUEST_WHAT);

    q->who = n2_box_id(&q->body, REQUEST_WHO);
    q->zone = n2_box_id(&q->body, REQUEST_ZONE);
    q->made_us = n2_box_int(&q->body, REQUEST_MADE);
    q->until_us = n2_box_int(&q->body, REQUEST_UNTIL);
    q->delegated = n2_box_id(&q->body, REQUEST_DELEGATED);
    if (what < N2_ZONE_REGISTER || what >= N2_ZONE_TRANSFER)
        return N2_ERR_UNSUPPORTED;
    q->what = (n2_zone_what)what;
    if (q->until_us < 0)
        return N2_ERR_FORMAT;
    return read_label(q, REQUEST_LABEL, unicode);
}

n2_err
n2_zone_request_read(n2_zone_request *out, const n2_box *body, const n2_unicode *unicode)
{
    n2_zone_request q = {.body = *body};
    n2_err err = body->kind == N2_KIND_TRANSFER       ? read_transfer(&q, unicode)
                 : body->kind == N2_KIND_NAME_REQUEST ? read_request(&q, unicode)
                                                      : N2_ERR_FORMAT;

    *out = err ? (n2_zone_request){.made_us = 0} : q;
    return err;
}

/* A transfer has who signed it in another field than all others, so it is checked here. */
static n2_err
check_transfer(n2_zone_request *q,
               const n2_identity *who,
               const n2_statement *s,
               int64_t wall_us)
{
    bool is_signed = false;

    for (size_t i = 0; i < s->n_keys; i++)
        is_signed |= n2_identity_may(who, &s->keys[i], N2_RIGHT_CONTROL, wall_us);
    if (!is_signed || !n2_id_equal(&q->who, &who->id))
        return N2_ERR_FORGED;
    if (q->made_us > wall_us + (int64_t)N2_CLOCK_SKEW_US ||
        q->made_us < wall_us - (int64_t)N2_ZONE_TRANSFER_LIFE_US)
        return N2_ERR_FORGED;
    return n2_identity_stands(who);
}

n2_err
n2_zone_request_check(n2_zone_request *out,
                      const n2_identity *who,
                      const void *statement,
                      size_t len,
                      int64_t wall_us,
                      const n2_unicode *unicode)
{
    n2_zone_request q;
    n2_statement s;

    *out = (n2_zone_request){.made_us = 0};
    if (wall_us <= 0)
        return N2_ERR_STATE;
    if (len > N2_ZONE_REQUEST_BYTES_MAX)
        return N2_ERR_LIMIT;
    n2_err err = n2_statement_check(&s, statement, len, N2_KIND_ANY, unicode);
    if (!err)
        err = n2_zone_request_read(&q, &s.body, unicode);
    if (err)
        return err;
    if (q.what == N2_ZONE_TRANSFER)
        err = check_transfer(&q, who, &s, wall_us);
    else
        err =
            n2_identity_check(who, &s, statement, len, N2_KIND_NAME_REQUEST, wall_us, unicode);
    if (!err)
        *out = q;
    return err;
}
