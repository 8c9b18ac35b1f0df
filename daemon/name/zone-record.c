/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * zone-record.c - records of names: their fields and the rules between them.
 */
#include "name/zone-record.h"

#include <string.h>

#include "base/limits.h"
#include "name/label.h"

enum {
    NAME_LABEL = 1,
    NAME_WHO = 2,
    NAME_ZONE = 3,
    NAME_SINCE = 4,
    NAME_UNTIL = 5,
    NAME_CACHING = 6,
    NAME_HOSTS = 64,
    NAME_ATTRS = 65
};

static n2_err
check_name(const char *name, size_t len, const n2_unicode *unicode)
{
    char folded[N2_NAME_BYTES_MAX + 1];
    n2_err err = n2_name_fold(folded, name, len, unicode, NULL);

    if (err)
        return err;
    return strlen(folded) == len && memcmp(folded, name, len) == 0 ? N2_OK : N2_ERR_FORMAT;
}

n2_err
n2_zone_label_check(const char *label, size_t len, const n2_unicode *unicode)
{
    if (!len || memchr(label, '.', len))
        return N2_ERR_FORMAT;
    if (len > N2_LABEL_BYTES_MAX)
        return N2_ERR_LIMIT;
    return check_name(label, len, unicode);
}

/* A capability says what somebody offers; where it lies is the business of attachments. */
static bool
is_path(const n2_attr *a)
{
    static const char *const words[] = {"path", "route", "place"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (a->name_len == strlen(words[i]) && memcmp(a->name, words[i], a->name_len) == 0)
            return true;
    return false;
}

static n2_err
check_lists(n2_zone_record *r, const n2_unicode *unicode)
{
    const char *host;
    n2_attr attr;
    size_t len;

    for (size_t at = 0; n2_zone_record_host(r, &at, &host, &len); r->n_hosts++)
        if (check_name(host, len, unicode))
            return N2_ERR_FORMAT;
    for (size_t at = 0; n2_zone_record_attr(r, &at, &attr); r->n_attrs++)
        if (is_path(&attr))
            return N2_ERR_FORMAT;
    return r->n_hosts > N2_ZONE_HOSTS_MAX || r->n_attrs > N2_ZONE_ATTRS_MAX ? N2_ERR_LIMIT
                                                                            : N2_OK;
}

static n2_err
check_fields(n2_zone_record *r, const n2_unicode *unicode)
{
    size_t len = 0;
    const char *label = (const char *)n2_box_bytes(&r->box, NAME_LABEL, &len);
    int64_t caching = n2_box_int(&r->box, NAME_CACHING);

    if (n2_zone_label_check(label, len, unicode))
        return N2_ERR_FORMAT;
    memcpy(r->label, label, len);
    r->who = n2_box_id(&r->box, NAME_WHO);
    r->zone = n2_box_id(&r->box, NAME_ZONE);
    r->since_us = n2_box_int(&r->box, NAME_SINCE);
    r->until_us = n2_box_int(&r->box, NAME_UNTIL);
    if (!n2_id_is_set(&r->who) && !n2_id_is_set(&r->zone))
        return N2_ERR_FORMAT;
    if (r->since_us <= 0 || r->until_us <= r->since_us)
        return N2_ERR_FORMAT;
    if (caching < 1 || caching > N2_ZONE_CACHING_S_MAX)
        return N2_ERR_FORMAT;
    r->caching_s = (uint32_t)caching;
    return check_lists(r, unicode);
}

n2_err
n2_zone_record_check(n2_zone_record *out,
                     const void *bytes,
                     size_t len,
                     const n2_unicode *unicode)
{
    n2_zone_record r = {.n_hosts = 0};

    *out = r;
    if (len > N2_ZONE_RECORD_BYTES_MAX)
        return N2_ERR_LIMIT;
    n2_err err = n2_box_check(&r.box, bytes, len, N2_KIND_NAME, unicode);
    if (!err)
        err = check_fields(&r, unicode);
    if (!err)
        *out = r;
    return err;
}

/* All before the lists. */
static n2_box_writer
begin(void *buf, size_t cap, const n2_zone_record *from)
{
    n2_box_writer w = n2_box_begin(buf, cap, N2_KIND_NAME);

    n2_box_put_text(&w, NAME_LABEL, from->label);
    if (n2_id_is_set(&from->who))
        n2_box_put_id(&w, NAME_WHO, &from->who);
    if (n2_id_is_set(&from->zone))
        n2_box_put_id(&w, NAME_ZONE, &from->zone);
    n2_box_put_time(&w, NAME_SINCE, from->since_us);
    n2_box_put_time(&w, NAME_UNTIL, from->until_us);
    n2_box_put_int(&w, NAME_CACHING, from->caching_s);
    return w;
}

static n2_err
end(n2_box_writer *w, const n2_unicode *unicode, n2_zone_record *out)
{
    n2_box box;
    n2_err err = n2_box_end(w, &box, unicode);

    if (!err)
        return n2_zone_record_check(out, box.bytes, box.len, unicode);
    *out = (n2_zone_record){.n_hosts = 0};
    return err;
}

n2_err
n2_zone_record_write(void *buf,
                     size_t cap,
                     const n2_zone_record *from,
                     const char *const *hosts,
                     size_t n_hosts,
                     const n2_attr *attrs,
                     size_t n_attrs,
                     const n2_unicode *unicode,
                     n2_zone_record *out)
{
    n2_box_writer w = begin(buf, cap, from);

    for (size_t i = 0; i < n_hosts; i++)
        n2_box_put_text(&w, NAME_HOSTS, hosts[i]);
    for (size_t i = 0; i < n_attrs; i++)
        n2_box_put_attr(&w, NAME_ATTRS, &attrs[i]);
    return end(&w, unicode, out);
}

n2_err
n2_zone_record_write_like(void *buf,
                          size_t cap,
                          const n2_zone_record *from,
                          const n2_box *lists,
                          const n2_unicode *unicode,
                          n2_zone_record *out)
{
    n2_box_writer w = begin(buf, cap, from);
    n2_field f;

    for (size_t at = 0; lists && n2_box_next(lists, &at, &f);)
        if (f.number == NAME_HOSTS || f.number == NAME_ATTRS)
            n2_box_put(&w, f.number, f.type, f.value, f.len);
    return end(&w, unicode, out);
}

static bool
next_of(const n2_box *box, uint8_t number, size_t *at, n2_field *f)
{
    while (n2_box_next(box, at, f))
        if (f->number == number)
            return true;
    return false;
}

bool
n2_zone_record_host(const n2_zone_record *r, size_t *at, const char **host, size_t *len)
{
    n2_field f;

    if (!next_of(&r->box, NAME_HOSTS, at, &f))
        return false;
    *host = (const char *)f.value;
    *len = f.len;
    return true;
}

bool
n2_zone_record_attr(const n2_zone_record *r, size_t *at, n2_attr *attr)
{
    n2_field f;

    if (!next_of(&r->box, NAME_ATTRS, at, &f))
        return false;
    *attr = n2_field_attr(&f);
    return true;
}

n2_id
n2_zone_record_owner(const n2_zone_record *r)
{
    return n2_id_is_set(&r->who) ? r->who : r->zone;
}

bool
n2_zone_record_stands(const n2_zone_record *r, int64_t wall_us)
{
    return !wall_us || wall_us < r->until_us;
}
