/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * domain.c - reports of links and domains: written, read, checked.
 */
#include "name/domain.h"

#include <stdlib.h>

#include "base/reader.h"
#include "base/writer.h"

enum {
    LINKS_DOMAIN = 1,
    LINKS_SWITCH = 2,
    LINKS_SERIAL = 3,
    LINKS_MADE = 4,
    LINKS_ROWS = 64,

    DOMAIN_WHO = 1,
    DOMAIN_LANDMARK = 2,
    DOMAIN_SERIAL = 3,
    DOMAIN_UNTIL = 4,
    DOMAIN_PARENTS = 64,

    PARENT_WHO = 1,
    PARENT_DOWN = 2,
    PARENT_UP = 3,
    PARENT_HEADROOM = 4,
    PARENT_RATE = 5,
    PARENT_DELAY = 6,

    PARENT_BYTES_MAX = 192
};

/* A number of a checked box that must be from @least to @most; else @err is set. */
static uint64_t
number(const n2_box *box, uint8_t field, int64_t least, int64_t most, n2_err *err)
{
    int64_t value = n2_box_int(box, field);

    if (value >= least && value <= most)
        return (uint64_t)value;
    if (!*err)
        *err = N2_ERR_FORMAT;
    return 0;
}

static void
put_path(n2_box_writer *w, uint8_t field, const n2_route *route)
{
    uint8_t bytes[N2_PATH_STORED_BYTES];

    n2_route_write(bytes, route);
    n2_box_put_bytes(w, field, bytes, sizeof bytes);
}

static n2_route
path(const n2_box *box, uint8_t field, n2_err *err)
{
    n2_route route = {0};
    size_t len;
    const uint8_t *bytes = n2_box_bytes(box, field, &len);
    n2_err bad = n2_route_read(&route, bytes);

    if (bad && !*err)
        *err = bad;
    return route;
}

/* A way that is too long with what it hides can be a part of none. */
static void
bound(const n2_route *down, const n2_route *up, unsigned headroom, n2_err *err)
{
    if (!*err && (down->bits + headroom > N2_PATH_BITS || up->bits + headroom > N2_PATH_BITS))
        *err = N2_ERR_LIMIT;
}

/* ---- links ---- */

n2_err
n2_links_body(void *buf, size_t cap, const n2_links *said, n2_box *out)
{
    n2_box_writer w = n2_box_begin(buf, cap, N2_KIND_LINKS);
    n2_links *again;

    n2_box_put_id(&w, LINKS_DOMAIN, &said->domain);
    n2_box_put_int(&w, LINKS_SWITCH, said->number);
    n2_box_put_int(&w, LINKS_SERIAL, (int64_t)said->serial);
    n2_box_put_time(&w, LINKS_MADE, said->made_us);
    for (size_t i = 0; i < said->n && i < N2_LINKS_SAID_MAX; i++) {
        const n2_link_said *l = &said->links[i];
        uint8_t bytes[N2_LINK_SAID_BYTES];
        n2_writer row = n2_writer_init(bytes, sizeof bytes);
        n2_write_u16(&row, l->port);
        n2_write_u32(&row, l->neighbour);
        n2_write_u16(&row, l->neighbour_port);
        n2_write_u8(&row, l->width);
        n2_write_u8(&row, l->rate);
        n2_write_u16(&row, l->delay);
        n2_box_put_bytes(&w, LINKS_ROWS, bytes, sizeof bytes);
    }
    n2_err err = n2_box_end(&w, out, NULL);
    if (err)
        return err;
    again = malloc(sizeof *again);
    err = again ? n2_links_read(again, out) : N2_ERR_NOMEM;
    free(again);
    return err;
}

static n2_err
read_link(n2_links *out, const n2_field *f)
{
    n2_reader r = n2_reader_init(f->value, f->len);
    n2_link_said l = {.port = n2_read_u16(&r)};
    const n2_link_said *before = out->n ? &out->links[out->n - 1] : NULL;

    l.neighbour = n2_read_u32(&r);
    l.neighbour_port = n2_read_u16(&r);
    l.width = n2_read_u8(&r);
    l.rate = n2_read_u8(&r);
    l.delay = n2_read_u16(&r);
    if (n2_reader_finish(&r) || !l.width || l.width > N2_SWITCH_WIDTH_MAX || !l.port ||
        l.port >> l.width || !l.neighbour_port || !l.neighbour || l.neighbour > INT32_MAX ||
        l.neighbour == out->number)
        return N2_ERR_FORMAT;
    if (before && (before->port >= l.port || before->width != l.width))
        return N2_ERR_FORMAT;
    if (out->n == N2_LINKS_SAID_MAX)
        return N2_ERR_LIMIT;
    out->links[out->n++] = l;
    return N2_OK;
}

n2_err
n2_links_read(n2_links *out, const n2_box *body)
{
    n2_err err = N2_OK;
    size_t at = 0;
    n2_field f;

    out->n = 0;
    out->domain = n2_box_id(body, LINKS_DOMAIN);
    out->number = (uint32_t)number(body, LINKS_SWITCH, 1, INT32_MAX, &err);
    out->serial = number(body, LINKS_SERIAL, 0, INT64_MAX, &err);
    out->made_us = n2_box_int(body, LINKS_MADE);
    while (!err && n2_box_next(body, &at, &f))
        if (f.number == LINKS_ROWS)
            err = read_link(out, &f);
    if (err)
        *out = (n2_links){0};
    return err;
}

n2_err
n2_links_check(n2_links *out,
               const n2_identity *by,
               const void *statement,
               size_t len,
               int64_t wall_us,
               const n2_unicode *unicode)
{
    n2_statement s;
    n2_err err = n2_identity_check(by, &s, statement, len, N2_KIND_LINKS, wall_us, unicode);

    if (err) {
        *out = (n2_links){0};
        return err;
    }
    return n2_links_read(out, &s.body);
}

/* ---- domains ---- */

n2_err
n2_domain_body(void *buf, size_t cap, const n2_domain_said *said, n2_box *out)
{
    n2_box_writer w = n2_box_begin(buf, cap, N2_KIND_DOMAIN);
    n2_domain_said again;
    n2_err err = N2_OK;

    n2_box_put_id(&w, DOMAIN_WHO, &said->who);
    n2_box_put_int(&w, DOMAIN_LANDMARK, said->landmark);
    n2_box_put_int(&w, DOMAIN_SERIAL, (int64_t)said->serial);
    n2_box_put_time(&w, DOMAIN_UNTIL, said->until_us);
    for (size_t i = 0; i < said->n_parents && !err; i++) {
        const n2_parent *p = &said->parents[i];
        uint8_t bytes[PARENT_BYTES_MAX];
        n2_box_writer one = n2_box_begin(bytes, sizeof bytes, N2_KIND_PARENT);
        n2_box box;
        n2_box_put_id(&one, PARENT_WHO, &p->who);
        put_path(&one, PARENT_DOWN, &p->down);
        put_path(&one, PARENT_UP, &p->up);
        n2_box_put_int(&one, PARENT_HEADROOM, p->headroom);
        n2_box_put_int(&one, PARENT_RATE, p->rate);
        n2_box_put_int(&one, PARENT_DELAY, p->delay);
        err = n2_box_end(&one, &box, NULL);
        if (!err)
            n2_box_put_box(&w, DOMAIN_PARENTS, &box);
    }
    if (!err)
        err = n2_box_end(&w, out, NULL);
    return err ? err : n2_domain_read(&again, out);
}

static n2_err
read_parent(n2_domain_said *out, const n2_field *f)
{
    n2_box box = n2_box_of_field(f);
    n2_err err = N2_OK;
    n2_parent p = {.who = n2_box_id(&box, PARENT_WHO)};

    p.down = path(&box, PARENT_DOWN, &err);
    p.up = path(&box, PARENT_UP, &err);
    p.headroom = (uint8_t)number(&box, PARENT_HEADROOM, 0, N2_PATH_BITS, &err);
    p.rate = (uint8_t)number(&box, PARENT_RATE, 0, UINT8_MAX, &err);
    p.delay = (uint16_t)number(&box, PARENT_DELAY, 0, UINT16_MAX, &err);
    if (!err && (!p.down.bits || !p.up.bits || n2_id_equal(&p.who, &out->who)))
        err = N2_ERR_FORMAT;
    bound(&p.down, &p.up, p.headroom, &err);
    for (size_t i = 0; i < out->n_parents && !err; i++)
        if (n2_id_equal(&out->parents[i].who, &p.who))
            err = N2_ERR_FORMAT;
    if (!err && out->n_parents == N2_DOMAIN_PARENTS_MAX)
        err = N2_ERR_LIMIT;
    if (!err)
        out->parents[out->n_parents++] = p;
    return err;
}

n2_err
n2_domain_read(n2_domain_said *out, const n2_box *body)
{
    n2_domain_said d = {.who = n2_box_id(body, DOMAIN_WHO),
                        .until_us = n2_box_int(body, DOMAIN_UNTIL)};
    n2_err err = N2_OK;
    size_t at = 0;
    n2_field f;

    d.landmark = (uint32_t)number(body, DOMAIN_LANDMARK, 1, INT32_MAX, &err);
    d.serial = number(body, DOMAIN_SERIAL, 0, INT64_MAX, &err);
    while (!err && n2_box_next(body, &at, &f))
        if (f.number == DOMAIN_PARENTS)
            err = read_parent(&d, &f);
    *out = err ? (n2_domain_said){0} : d;
    return err;
}

/* Did a device of @p sign? */
static n2_err
check_parent(const n2_statement *s,
             const n2_parent *p,
             const n2_identity *parents,
             size_t n_parents,
             int64_t wall_us)
{
    for (size_t i = 0; i < n_parents; i++) {
        if (!n2_id_equal(&parents[i].id, &p->who))
            continue;
        n2_err err = n2_identity_stands(&parents[i]);
        for (size_t k = 0; k < s->n_keys && !err; k++)
            if (n2_identity_may(&parents[i], &s->keys[k], N2_RIGHT_DEVICE, wall_us))
                return N2_OK;
        return err ? err : N2_ERR_FORGED;
    }
    return N2_ERR_NOTFOUND;
}

n2_err
n2_domain_check(n2_domain_said *out,
                const n2_identity *by,
                const n2_identity *parents,
                size_t n_parents,
                const void *statement,
                size_t len,
                int64_t wall_us,
                const n2_unicode *unicode)
{
    n2_statement s;
    n2_domain_said d = {0};
    n2_err err = n2_identity_check(by, &s, statement, len, N2_KIND_DOMAIN, wall_us, unicode);

    if (!err)
        err = n2_domain_read(&d, &s.body);
    for (size_t i = 0; i < d.n_parents && !err; i++)
        err = check_parent(&s, &d.parents[i], parents, n_parents, wall_us);
    *out = err ? (n2_domain_said){0} : d;
    return err;
}

/* ---- attachments ---- */

int64_t
n2_place_week(int64_t wall_us)
{
    return wall_us / (int64_t)N2_PLACE_US;
}

int64_t
n2_place_week_end_us(int64_t wall_us)
{
    return (n2_place_week(wall_us) + 1) * (int64_t)N2_PLACE_US;
}

n2_err
n2_attachment_suits(const n2_attachment *a, const n2_identity *who, int64_t wall_us)
{
    n2_err err = n2_identity_stands(who);

    if (err)
        return err;
    if (!n2_identity_may(who, &a->node, N2_RIGHT_DEVICE, wall_us) ||
        (wall_us > 0 && a->until_us > n2_place_week_end_us(wall_us)))
        return N2_ERR_FORGED;
    return N2_OK;
}
