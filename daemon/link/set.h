/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * set.h - what the files of this folder share; nobody else includes this.
 *
 * Layer: link (may include: base, wire, crypto).
 *
 *     OPENING  OPEN (or CONFIRM, once there is a cookie) is sent again and again
 *       | ACCEPT
 *       v
 *     OPEN     <-- CONFIRM, on the accepting side
 *       | all PINGs unanswered, or CLOSE: the opener goes back to OPENING, the other side
 * forgets
 */
#pragma once

#include <assert.h>

#include "base/bucket.h"
#include "base/limits.h"
#include "link/halves.h"
#include "link/link.h"

typedef enum {
    N2_LINK_OPENING,
    N2_LINK_OPEN
} n2_link_state;

typedef struct n2_link n2_link;

/* What is known of the longest datagram, see size.c; bytes, 0 unknown. */
typedef struct {
    uint32_t limit;      /* what the host thinks; 0: nothing is probed */
    uint32_t proven;     /* this much passes */
    uint32_t failed;     /* this much doesn't; above the limit: not known */
    uint32_t trial;      /* on trial; 0: none */
    unsigned tries;      /* PINGs of that size */
    bool is_small_heard; /* a short one sent beside them was answered */
    uint64_t nonce;      /* of the long PING; the short one has the next */
    uint64_t decided;    /* nonce of the trial before, of which late ones may come */
    uint64_t next_us;    /* next step */
    uint64_t search_us;  /* when all of it begins again; 0: it found the limit, or goes on */
    uint64_t proven_out; /* datagrams_out when it was proven last */
} n2_link_size;

struct n2_link {
    n2_link_state state;
    bool is_opener;
    bool is_met; /* by introduction: tried for a while, and not again when it is lost */
    uint32_t port;
    uint64_t link_id;
    uint64_t token;      /* what the other end puts into its heads; unique here */
    uint64_t peer_token; /* what we put into ours; OPEN only */
    n2_net_addr net;     /* proven when OPEN */
    uint32_t remote_port;
    uint8_t remote_width;

    /* opening */
    uint64_t nonce;
    bool has_cookie;
    uint8_t cookie[N2_LINK_COOKIE_BYTES];
    unsigned tries;
    uint64_t retry_us;   /* next distance between two tries */
    uint64_t confirm_us; /* when the one CONFIRM was sent; 0: none, or several */

    /* alive */
    uint64_t deadline_us;
    uint64_t heard_us;   /* last datagram from `net` */
    uint64_t ping_nonce; /* of the first PING of a series; the others count on from it */
    uint64_t pinged_us;  /* the last one */
    uint64_t series_us;  /* the first one since somebody was heard */
    uint32_t ping_us[N2_LINK_SILENT_PINGS]; /* low half: when each of the series was sent */
    unsigned n_asked;                       /* of the series */
    unsigned n_pings;                       /* since somebody was heard */
    uint64_t look_us;     /* when it is next looked at whether anything was sent ... */
    uint16_t look_number; /* ... since this datagram */
    uint32_t rtt_us;
    n2_bucket pongs;
    n2_bucket meets, meetings; /* introductions that it asks for, that it is told */
    uint64_t takeover_us;      /* somebody else proved to have our link id; 0: nobody */

    /* a new source address on trial; move_us 0: none */
    n2_net_addr move_net;
    uint64_t move_nonce, move_us, move_answered_us;
    n2_bucket moves;

    /* traffic */
    uint16_t number; /* of the next datagram */
    uint32_t datagram_bytes;
    n2_link_size size;
    uint64_t rate_Bps;
    uint16_t users;          /* that the other end told of, 0 not, */
    uint64_t users_until_us; /* and until when that holds */
    uint64_t asked_until_us; /* it wants to be told until then */
    uint64_t datagrams_in, bytes_in, datagrams_out, bytes_out;
    n2_halves *halves; /* owned; made when the first half comes, so that most links need none */

    n2_link *next_by_token;
    n2_link *next, *previous; /* all links */
};

typedef struct {
    n2_net_addr to;
    uint32_t len; /* longer than `bytes`: zeros follow */
    uint8_t bytes[N2_LINK_CONTROL_BYTES];
} n2_link_out;

typedef struct {
    uint64_t link_id;
    uint32_t port;
} n2_known_link;

/* We asked to be introduced and wait to hear of it. */
typedef struct {
    uint64_t link_id; /* of the link to be; 0: no meeting */
    uint64_t token;   /* of the link that was asked over */
    uint16_t far_port;
    unsigned tries;
    uint64_t next_us;
} n2_link_meeting;

struct n2_links {
    n2_links_config config;
    n2_link **by_port;  /* 2^width, [0] stays NULL */
    uint16_t *reserved; /* 2^width: how many known link ids want this port; N2_PORT_* */
    n2_net_addr *kept;  /* (owned) (nullable) 2^width: for whom a port with N2_PORT_KEPT is */
    bool has_plan;      /* n2_links_plan() has named one */
    n2_link **by_token; /* n_buckets heads of chains */
    size_t n_buckets;   /* power of two */
    n2_link *first;
    uint64_t next_us; /* no deadline of a link is earlier */

    n2_known_link *known; /* owned */
    size_t n_known, known_room;

    n2_link_event *events; /* owned, events_room items, n_events from first_event */
    size_t n_events, events_room, first_event;

    n2_link_out out[N2_LINK_OUT_MAX];
    size_t n_out, first_out;
    n2_link_out sent; /* the one that n2_links_output() showed last */
    uint8_t *padded;  /* owned (nullable): N2_FRAME_BYTES_MAX, the same when it is longer */
    uint64_t asked_until_us;     /* the latest of all links */
    uint64_t looked_us, look_us; /* n2_links_look(): last, and next (0: none) */
    n2_link_meeting meetings[N2_LINK_MEETINGS_MAX];
    n2_bucket met;

    uint8_t secrets[2][32]; /* of the cookies: this minute's and the last one's */
    uint64_t secret_minute; /* which minute secrets[0] is of, plus 1; 0: none drawn */
    n2_bucket challenges, accepts;
    n2_links_stats stats;
    size_t n_links;
    unsigned most_halves; /* that waited on one link */
};

enum {
    N2_PORT_BARRED = 0x8000, /* no link gets this port */
    N2_PORT_KEPT = 0x4000,   /* only who comes from the address that was planned */
    N2_PORT_OPEN = 0x2000    /* planned for whoever comes */
};
static_assert((int)N2_LINK_KNOWN_MAX < (int)N2_PORT_OPEN, "counts leave those bits alone");

static inline uint32_t
n2_links_n_ports(const n2_links *links)
{
    return UINT32_C(1) << links->config.width;
}

static inline n2_link **
n2_link_bucket(const n2_links *links, uint64_t token)
{
    return &links->by_token[token & (links->n_buckets - 1)];
}

/* The hot look-up: tokens are random, so a chain holds one link or two. */
static inline n2_link *
n2_link_by_token(const n2_links *links, uint64_t token)
{
    n2_link *link = *n2_link_bucket(links, token);

    while (link && link->token != token)
        link = link->next_by_token;
    return link;
}

/* set.c */
n2_link *n2_link_find(const n2_links *links, uint64_t link_id);
/* Who proved to be at @net has begun anew: the link that he had at a port kept for him, if he
 * has none to spare, is lost. */
void n2_link_make_place(n2_links *links, const n2_net_addr *net, uint64_t now_us);
/** The port for a link to @net: one that is kept for it, else the one that @link_id had, else
 *  the lowest that nobody wants, else the lowest that it may have; 0 if there is none. */
uint32_t n2_link_choose_port(const n2_links *links,
                             uint64_t link_id,
                             const n2_net_addr *net,
                             bool is_ours);
/** Remembers @port for a link id we do not know yet, if nobody else wants it. */
void n2_link_wish(n2_links *links, uint64_t link_id, uint32_t port);
/** A link with a token but without address at the free port @port; NULL: no memory.  Its port
 *  is not remembered yet. */
n2_link *n2_link_add(n2_links *links, uint64_t link_id, uint32_t port, n2_link_state state);
void n2_link_remove(n2_links *links, n2_link *link);
/** Gives the link a token that nobody knew before. */
void n2_link_draw_token(n2_links *links, n2_link *link);
void n2_link_set_deadline(n2_links *links, n2_link *link, uint64_t at_us);
/** Is the control plane so far behind that nothing new is taken?  What each link may still tell
 *  (that it is down, and another in its place) has its room. */
static inline bool
n2_links_is_behind(const n2_links *links)
{
    return links->n_events + links->n_links + 2 > N2_LINK_EVENTS_MAX;
}

void n2_link_tell(n2_links *links, const n2_link *link, n2_link_event_kind kind, n2_err err);

/* link.c */
/** Ends an open link by event; the opener begins again at @again_us. */
void n2_link_lose(n2_links *links, n2_link *link, n2_err err, uint64_t again_us);

/* meet.c */
/** MEET: @link wants to be introduced to a neighbour of ours. */
void n2_link_take_meet(
    n2_links *links, n2_link *link, uint16_t port, uint64_t nonce, uint64_t now_us);
/** MEETING: @link introduces somebody. */
void n2_link_take_meeting(n2_links *links,
                          n2_link *link,
                          uint16_t port,
                          uint64_t nonce,
                          const n2_net_addr *net,
                          uint64_t now_us);
/** Asks again, gives up; lowers links->next_us to what is due next. */
void n2_link_meetings_tick(n2_links *links, uint64_t now_us);
/** Introductions under way: asked for, and links that they open. */
unsigned n2_link_count_meetings(const n2_links *links);

/* accept.c */
/** OPEN or CONFIRM: a control body from somebody we have no link with. */
void n2_link_stranger(n2_links *links,
                      const n2_net_addr *from,
                      const uint8_t *bytes,
                      size_t len,
                      uint64_t now_us);

/* control.c */
/** A control body for @link, which may be gone afterwards. */
void n2_link_control(n2_links *links,
                     n2_link *link,
                     const n2_net_addr *from,
                     const uint8_t *bytes,
                     size_t len,
                     uint64_t now_us);
/** A datagram for @link came from an address that is not its own. */
void n2_link_foreign_source(
    n2_links *links, n2_link *link, const n2_net_addr *from, size_t len, uint64_t now_us);
void n2_link_send_open(n2_links *links, n2_link *link);
/** The other end will not have @link, for @err: that is told, and it is tried again seldom. */
void n2_link_turned_away(n2_links *links, n2_link *link, n2_err err, uint64_t now_us);
void n2_link_send_close(n2_links *links, n2_link *link);
/* size.c */
/** Sets out to prove the size in use and to find a longer one; all that was known is gone. */
void n2_link_size_begin(n2_links *links, n2_link *link);
/** The way may have changed: proves what is in use at once, and looks for more. */
void n2_link_size_doubt(n2_link *link, uint64_t now_us);
/** The way is another: nothing is known of it, and nothing is probed until the host says. */
void n2_link_size_forget(n2_links *links, n2_link *link);
/** Does what is due.  Returns: when it is to be called again. */
uint64_t n2_link_size_tick(n2_links *links, n2_link *link, uint64_t now_us);
/** A PONG with @nonce: was it one of these? */
bool n2_link_size_pong(n2_links *links, n2_link *link, uint64_t nonce, uint64_t now_us);

/* control.c */
/** What is due for @link at its deadline; it may be gone afterwards. */
void n2_link_tick(n2_links *links, n2_link *link, uint64_t now_us);
