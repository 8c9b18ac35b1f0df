/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * message.c - link control messages as bytes.
 */
#include "link/message.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/reader.h"
#include "base/writer.h"
#include "link/set.h"

enum {
    VERSION = 1,
    ACCEPT_BYTES = 19, /* before its check */
    CHECK_BYTES = 16,
    SCOPE_BYTES = 4 /* of an IPv6 address in an n2_net_addr; 0 on the wire, and not sent */
};

/* An address of family 4 or 6: the rest of its 19 bytes is zero. */
static void
read_net(n2_reader *r, n2_net_addr *net)
{
    uint8_t family = n2_read_u8(r);
    size_t address = family == 4 ? 4 : 16;

    if (family != 4 && family != 6)
        n2_reader_fail(r, N2_ERR_FORMAT);
    net->bytes[0] = family;
    n2_read_copy(r, net->bytes + 1, 2 + address);
    n2_read_zero(r, 16 - address);
    net->len = (uint8_t)(1 + 2 + address + (family == 6 ? SCOPE_BYTES : 0));
}

static void
write_net(n2_writer *w, const n2_net_addr *net)
{
    size_t address = net->bytes[0] == 4 ? 4 : 16;

    n2_write_bytes(w, net->bytes, 1 + 2 + address);
    n2_write_zero(w, 16 - address);
}

/* Says that an ACCEPT is as it was sent: what it tells is believed from then on, and no later
 * message would show that the line changed it. */
static void
make_check(uint8_t out[static CHECK_BYTES], const uint8_t *body, size_t len)
{
    (void)crypto_generichash(out, CHECK_BYTES, body, len, NULL, 0);
}

static void
read_accept(n2_reader *r, n2_link_message *m, const uint8_t *body)
{
    uint8_t check[CHECK_BYTES], want[CHECK_BYTES];

    m->port = n2_read_u16(r);
    m->width = n2_read_u8(r);
    n2_read_copy(r, check, sizeof check);
    if (r->err)
        return;
    make_check(want, body, ACCEPT_BYTES);
    if (memcmp(check, want, sizeof check) != 0 || m->width < 1 ||
        m->width > N2_SWITCH_WIDTH_MAX || m->port >> m->width || !m->token != !m->port)
        n2_reader_fail(r, N2_ERR_FORMAT);
}

n2_err
n2_link_message_read(n2_link_message *m, const uint8_t *bytes, size_t len)
{
    n2_reader r = n2_reader_init(bytes, len);

    *m = (n2_link_message){.type = (n2_link_message_type)n2_read_u8(&r)};
    if (n2_read_u8(&r) != VERSION)
        n2_reader_fail(&r, N2_ERR_VERSION);
    m->token = n2_read_u48(&r);
    m->nonce = n2_read_u64(&r);
    switch (m->type) {
    case N2_LINK_MSG_OPEN:
    case N2_LINK_MSG_CONFIRM:
        m->link_id = n2_read_u64(&r);
        m->port = n2_read_u16(&r);
        if (m->type == N2_LINK_MSG_CONFIRM)
            n2_read_copy(&r, m->cookie, sizeof m->cookie);
        if (!m->token || !m->link_id)
            n2_reader_fail(&r, N2_ERR_FORMAT);
        break;
    case N2_LINK_MSG_CHALLENGE:
        n2_read_copy(&r, m->cookie, sizeof m->cookie);
        break;
    case N2_LINK_MSG_ACCEPT:
        read_accept(&r, m, bytes);
        break;
    case N2_LINK_MSG_PING:
    case N2_LINK_MSG_PONG:
        break;
    case N2_LINK_MSG_CLOSE:
        if (m->nonce)
            n2_reader_fail(&r, N2_ERR_FORMAT);
        break;
    case N2_LINK_MSG_MEET:
    case N2_LINK_MSG_MEETING:
        m->port = n2_read_u16(&r);
        if (m->type == N2_LINK_MSG_MEETING)
            read_net(&r, &m->net);
        if (!m->nonce || !m->port)
            n2_reader_fail(&r, N2_ERR_FORMAT);
        break;
    case N2_LINK_MSG_USERS: {
        m->users = n2_read_u16(&r);
        uint8_t asks = n2_read_u8(&r);
        m->asks = asks;
        if (m->nonce || asks > 1)
            n2_reader_fail(&r, N2_ERR_FORMAT);
        break;
    }
    default:
        n2_reader_fail(&r, N2_ERR_FORMAT);
    }
    if (m->token && (m->type == N2_LINK_MSG_CHALLENGE || m->type >= N2_LINK_MSG_PING))
        n2_reader_fail(&r, N2_ERR_FORMAT);
    n2_read_zero(&r, n2_reader_left(&r));
    if (len < N2_LINK_BODY_BYTES || (len > N2_LINK_BODY_BYTES && m->type != N2_LINK_MSG_PING))
        n2_reader_fail(&r, N2_ERR_FORMAT);
    return n2_reader_finish(&r);
}

void
n2_link_message_send(n2_links *links,
                     const n2_net_addr *to,
                     uint64_t token,
                     uint16_t number,
                     const n2_link_message *m)
{
    n2_link_message_send_padded(links, to, token, number, m, N2_LINK_CONTROL_BYTES);
}

void
n2_link_message_send_padded(n2_links *links,
                            const n2_net_addr *to,
                            uint64_t token,
                            uint16_t number,
                            const n2_link_message *m,
                            uint32_t bytes)
{
    if (bytes > N2_LINK_CONTROL_BYTES && !links->padded)
        links->padded = calloc(1, N2_FRAME_BYTES_MAX);
    if (links->n_out == N2_LINK_OUT_MAX || (bytes > N2_LINK_CONTROL_BYTES && !links->padded)) {
        links->stats.lost_output++;
        return;
    }
    n2_link_out *out = &links->out[(links->first_out + links->n_out++) % N2_LINK_OUT_MAX];
    n2_frame head = {.token = token, .kind = N2_FRAME_CONTROL, .number = number};
    n2_writer w = n2_writer_init(out->bytes + N2_FRAME_HEAD_BYTES, N2_LINK_BODY_BYTES);

    out->to = *to;
    out->len = bytes;
    n2_frame_write(out->bytes, &head);
    n2_write_u8(&w, (uint8_t)m->type);
    n2_write_u8(&w, VERSION);
    n2_write_u48(&w, m->token);
    n2_write_u64(&w, m->nonce);
    if (m->type == N2_LINK_MSG_OPEN || m->type == N2_LINK_MSG_CONFIRM) {
        n2_write_u64(&w, m->link_id);
        n2_write_u16(&w, m->port);
    }
    if (m->type == N2_LINK_MSG_CHALLENGE || m->type == N2_LINK_MSG_CONFIRM)
        n2_write_bytes(&w, m->cookie, sizeof m->cookie);
    if (m->type == N2_LINK_MSG_ACCEPT) {
        uint8_t check[CHECK_BYTES];
        n2_write_u16(&w, m->port);
        n2_write_u8(&w, m->width);
        make_check(check, out->bytes + N2_FRAME_HEAD_BYTES, w.len);
        n2_write_bytes(&w, check, sizeof check);
    }
    if (m->type == N2_LINK_MSG_MEET || m->type == N2_LINK_MSG_MEETING)
        n2_write_u16(&w, m->port);
    if (m->type == N2_LINK_MSG_MEETING)
        write_net(&w, &m->net);
    if (m->type == N2_LINK_MSG_USERS) {
        n2_write_u16(&w, m->users);
        n2_write_u8(&w, m->asks);
    }
    n2_write_zero(&w, N2_LINK_BODY_BYTES - w.len);
}
