/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * control-private.h - what the parts of the control plane share.
 *
 * Layer: node.  Included by control*.c only.
 * Time:  each public call notes what time it is; the parts read c->now_us and c->wall_us.
 */
#pragma once

#include "base/limits.h"
#include "crypto/access.h"
#include "keys/ask.h"
#include "name/resolve.h"
#include "name/trust.h"
#include "node/control.h"
#include "share/fetch.h"
#include "share/opqueue.h"
#include "share/publish.h"
#include "share/serve.h"
#include "share/talk.h"
#include "store/book.h"
#include "store/checked.h"
#include "switch/domains.h"
#include "switch/look.h"
#include "wire/path.h"

/* What a job waits for. */
typedef enum {
    AWAIT_NOTHING,
    AWAIT_HEAD,   /* transfer: the newest head of the identity */
    AWAIT_FOLDER, /* transfer: a folder on the way */
    AWAIT_FILE,   /* transfer: the content itself */
    AWAIT_GATHER, /* transfer: something of a tree that is fetched whole */
    AWAIT_READER, /* n2_control_read */
    AWAIT_FEED,   /* n2_control_feed */
    AWAIT_KEYS,   /* an answer of the keys process */
    AWAIT_ECHO,   /* the hops of a trace */
    AWAIT_LOOK,   /* what the switch shows of itself */
    AWAIT_RULES,  /* its labels, its filter, or its channels */
    AWAIT_RESERVED,
    AWAIT_CROWD,  /* what others know of a tree */
    AWAIT_WAY,    /* what the own domain's server answers */
    AWAIT_NAME,   /* what the zones say of it */
    AWAIT_DHT,    /* who else has it */
    AWAIT_CAST,   /* what becomes of a tree or channel */
    AWAIT_PERSON, /* n2_ask_person() */
    AWAIT_READY   /* the passphrase was right */
} awaited;

/* How far an address has been followed. */
typedef struct {
    n2_address address;
    const char *rest; /* of address.path: still to be walked */
    bool has_who;
    n2_id who;        /* whose tree it is */
    n2_id tree;       /* root of it; not set for a bare content */
    uint64_t counter; /* of its head */
    int64_t made_us;  /* that was made, as its author says */
    n2_ref ref;       /* where we are */
    uint8_t type;     /* N2_ENTRY_* */
    bool has_ref;
    char name[N2_FILE_NAME_BYTES_MAX + 1];  /* of ref in its folder, "" for a root */
    char index[N2_FILE_NAME_BYTES_MAX + 1]; /* of the index page taken, or "" */
    n2_table *attributes;                   /* (owned) (nullable) of ref's entry */
    n2_id holders[N2_FETCH_HOLDERS_MAX];
    size_t n_holders;
    bool asked_heads;
    bool asks_dht;                  /* who else has it was looked for */
    bool is_carried, is_past_cache; /* the cache is asked; was, in vain */
    bool is_fetched;                /* something came from another node */
    n2_id from;
    n2_err offline; /* the holder could not be asked for its head; the last one known is used */
    unsigned n_followed; /* successors, one after the other, of whom a name meant */
    n2_id was;           /* whom it meant, if that is another; or not set */
    n2_trust *trust;     /* (owned) (nullable) of who has answered */
    bool is_told;        /* INFO was sent */
    unsigned reach; /* N2_CONTENT_CLOSED, N2_CONTENT_ALONE: for whom it is, as far as we know */
    bool is_dry;    /* the reader had nothing and waits */
    unsigned asks;  /* SITE_*, see control-site.h */
    uint64_t asks_until_us; /* LOGS_IN */
    n2_checked content;     /* once it is here as a whole */
    bool has_content;
    uint64_t read_at;
    n2_fetch_sink sink; /* a reader's file; has: (owned), NULL: there is none, or none of use */
} walk;

enum {
    HOP_WAITS,
    HOP_ANSWERS,
    HOP_SILENT
};

typedef struct {
    n2_id who;
    n2_store_hop hops[N2_STORE_HOPS_MAX];
    size_t n_hops;
    uint8_t state[N2_STORE_HOPS_MAX + 1]; /* of the switch behind so many hops */
    uint8_t tries[N2_STORE_HOPS_MAX + 1];
    uint8_t bits[N2_STORE_HOPS_MAX + 1];
    uint32_t rtt_us[N2_STORE_HOPS_MAX + 1];
    n2_err err;       /* why the job traces: what it ends with */
    bool is_early;    /* the job still waits for its fetch */
    bool is_complete; /* early, and a hop was found gone */
} trace;

typedef struct n2_check n2_check;

typedef struct {
    n2_job id;
    n2_job_kind kind;
    awaited awaits;
    uint64_t begun_us;
    char *address; /* (owned) (nullable), as all four */
    char *name;
    char *value;
    char *type;
    n2_net_addr net;
    uint16_t port;
    bool no_content;
    bool no_index;
    bool has_sink;
    int sink;
    walk *walk;   /* (owned) (nullable) */
    trace *trace; /* (owned) (nullable) */
    n2_transfer transfer;
    n2_lookup lookup;    /* of a name; 0: none */
    n2_publish *publish; /* (owned) (nullable) */
    bool signs_list;     /* ATTR_SET: of who may read; the head is next */
    n2_check *check;     /* (owned) (nullable) */
    n2_id who;           /* PUBLISH, ATTR_SET; whom it is about */
    unsigned n_tries;
    char *other;    /* (owned) (nullable) as the four above */
    char **list;    /* (owned) (nullable) */
    uint8_t *bytes; /* (owned) (nullable) */
    size_t n_bytes;
    int64_t number;
    unsigned flags;
    bool has_pipe;
    int pipe;                        /* (owned) see n2_job_take_pipe() */
    void *state;                     /* (owned) (nullable): of the part that does the job */
    void (*free_state)(void *state); /* (nullable): free() */
} job;

typedef struct {
    n2_id who;
    char label[N2_OWN_LABEL_BYTES_MAX + 1];
    int64_t until_us; /* a session that somebody began; 0: none */
    uint64_t begun;   /* which of all that was */
    bool comes_back;  /* when the screen is unlocked; */
    bool was_by_hand; /* it was a person who had signed in */
} own_identity;

/** A connection key of ours. */
typedef struct {
    n2_node_key record;
    uint8_t answer[N2_ANSWER_BYTES_MAX];
    uint16_t id;
} own_key;

/* A link, and the peer it leads to if it is one that we wrote down. */
typedef struct {
    uint64_t link_id;
    char *endpoint; /* (owned) (nullable): NULL: the other side opened it */
    n2_id key;      /* who is there, as the user says; or not set */
    uint16_t port;  /* 0: not known yet */
    bool is_up;
    bool is_self;         /* it leads back here */
    bool is_near;         /* found in the local network, and not written down */
    uint16_t remote_port; /* ours there, 0: not known */
    uint8_t bits;         /* width of the switch there; 0: not known */
    uint32_t rtt_us;
    n2_net_addr net;
} peer;

/* A direct link to somebody who is reached through a neighbour: asked for, or there. */
typedef struct {
    n2_id who;
    uint64_t link_id; /* 0: no meeting */
    uint64_t begun_us;
    uint64_t again_us; /* not asked for again before; 0: as soon as there is a connection */
    uint64_t pause_us; /* after the next failure */
    uint64_t up_us;    /* when the link came up */
    uint16_t port;     /* 0: not up */
    bool is_proven;    /* it has answered there */
} meeting;

#include "node/control-keys.h"

#include "node/control-cache.h"
#include "node/control-crowd.h"
#include "node/control-dht.h"
#include "node/control-name.h"

#include "node/control-zones.h"

/* Bandwidth on the way to somebody. */
typedef struct {
    uint32_t number; /* 0: none */
    n2_job job;      /* that waits for it; 0: none */
    n2_id who;
    uint64_t path;
    uint64_t wish_Bps, Bps; /* asked for; given */
    uint64_t offer_Bps;
    n2_err err;
    uint8_t class, place, reason, unsure;
    bool is_asking;
} reserved;

#include "node/control-casts.h"

struct n2_control {
    n2_control_config config;
    n2_env env;
    uint64_t now_us;
    int64_t wall_us;
    uint64_t begun_us;
    n2_op_queue ops;
    n2_talk talk;
    n2_serve *serve;
    n2_fetch *fetch;
    job *jobs[N2_JOBS_MAX]; /* (owned) (nullable) */
    n2_job last_job;
    n2_notice *notices; /* (owned) ring */
    size_t notices_first, n_notices, notices_room;
    meeting meetings[N2_MEETINGS_MAX];
    reserved reserved[N2_RESERVED_MAX];
    uint32_t last_reserved;
    to_many *casts; /* (owned) (nullable) */
    uint32_t last_cast;
    n2_channel_rule *rules; /* (owned) (nullable) domains of channels */
    size_t n_rules;
    peer *peers; /* (owned) */
    size_t n_peers, peers_room;
    size_t n_others;      /* of them: links that others opened */
    uint64_t *kept_ports; /* (owned) N2_LINK_KNOWN_MAX link ids whose port is in the store */
    size_t n_kept_ports;
    own_identity owns[N2_SERVE_IDENTITIES_MAX];
    size_t n_owns;
    bool are_owns_known; /* the keys process has told all */
    bool is_ready;
    bool is_locked;  /* it waits for a passphrase */
    bool was_locked; /* when it began */
    person_ask asks[N2_PERSON_ASKS_MAX];
    uint32_t last_ask;
    uint64_t last_session;
    struct {
        uint8_t hours; /* of a sign-in that says nothing else */
        bool token_stays, screen_stays;
    } sessions;
    key_request *requests; /* (owned) in the order they were made */
    size_t n_requests, requests_room;
    uint32_t last_request;
    own_key keys[N2_SUITE_2];    /* by suite, from the first */
    struct people_known *people; /* (owned) (nullable) */
    struct cache *cache;         /* (owned) (nullable) */
    struct crowd *crowd;         /* (owned) (nullable) */
    struct routes *routes;       /* (owned) (nullable): the same */
    struct names *names;         /* (owned) (nullable): of a switch without users */
    struct dht_work *dht;        /* (owned) (nullable): no part is taken */
    uint8_t offers;              /* bits of the suites that there are keys for */
    bool has_node_key;           /* all of them came */
    uint64_t tend_at_us;         /* not earlier: the next step of keeping the store tidy */
    uint64_t keys_at_us;       /* when the keys process is to be asked again; UINT64_MAX: not */
    uint64_t clock_at_us;      /* a jump of the world's clock counts from then on */
    uint64_t woken_us;         /* looked at it */
    bool renew;                /* and then for a fresh node key */
    uint64_t sync_at_us;       /* other machines of ours are asked what they published */
    uint64_t fresh_at_us;      /* own identities are to be confirmed */
    struct site_choice *sites; /* (owned) (nullable) N2_SITE_CHOICES_MAX */
    uint64_t site_turn;
    struct near_work *near;         /* (owned) (nullable) */
    struct vault_work *vault;       /* (owned) (nullable) */
    struct site_choice *site_moves; /* (owned) N2_SITE_MOVES_MAX: accounts that move just now */
    struct {
        uint64_t path, until_us;
    } bad_ways[N2_ROUTES_BAD_MAX]; /* nobody answered there a moment ago */
    struct {
        n2_look *last, *before; /* (owned) (nullable) */
        uint64_t again_us;      /* when to look again; UINT64_MAX: not */
        bool is_asked;
    } looks;
    struct {
        uint64_t jobs, others, kept_ports, key_requests, meetings, asks;
    } met; /* limits, so many times */
};

/* ---- control.c ---- */

/** @notice: what it owns passes to the queue. */
void n2_control_tell(n2_control *c, const n2_notice *notice);
void n2_control_changed(n2_control *c, const char *what);
void n2_control_log(n2_control *c, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* control-find.c */
void n2_find_job(n2_control *c, job *j);
/** Looks again for those who wait. */
void n2_find_expire(n2_control *c);
uint64_t n2_find_deadline(const n2_control *c);

/** Takes all that fetch has to tell. */
void n2_control_drain_fetch(n2_control *c);

/* ---- control-job.c ---- */

job *n2_job_find(n2_control *c, n2_job id);

/** Ends a job with an answer.  @table: (transfer full) (nullable). */
void n2_job_done(n2_control *c, job *j, n2_table *table);

/** The job's address.  Returns: N2_OK, N2_ERR_USAGE, N2_ERR_UNSUPPORTED. */
N2_MUST_USE n2_err n2_job_address(n2_control *c, const job *j, n2_address *out);

/** Ends a job with an error and its words. */
void n2_job_failed(n2_control *c, job *j, n2_err err);

/** The same with words of its own (static). */
void n2_job_failed_words(n2_control *c, job *j, n2_err err, const char *why, const char *next);

/** The same; @gone_hop and @table (transfer full) as in n2_notice. */
void n2_job_failed_at(n2_control *c, job *j, n2_err err, int gone_hop, n2_table *table);

/** A table with one row begun; NULL counts later. */
n2_table *n2_job_row(void);
/** "k1-..." or "h1-..." as a cell. */
void n2_table_id(n2_table *t, const char *name, n2_id_kind kind, const n2_id *id);

#include "node/control-words.h"

/* ---- control-open.c ---- */

void n2_open_begin(n2_control *c, job *j);

/** The zones say that the name which @j wants to open means @who. */
void n2_open_named(n2_control *c, job *j, const n2_id *who);

/** The author of @j's tree is out of reach, and others were asked: what is known has to do. */
void n2_open_unreached(n2_control *c, job *j);

/** The step that came to nothing once more. */
void n2_open_again(n2_control *c, job *j);
void n2_open_event(n2_control *c, job *j, const n2_fetch_event *event);
void n2_walk_free(n2_control *c, walk *w);

/** Ends @j; if nobody could be reached, the hops of the way are asked first, where it broke. */
void n2_open_failed(n2_control *c, job *j, n2_err err);

/** Is what @w has come to whole here?  Learns its size. */
N2_MUST_USE n2_err n2_open_look(n2_control *c, walk *w, bool *is_here);

/** Fetches it; @content as in n2_fetch_content().  @j waits for @awaits then, unless it failed:
 * N2_ERR_NOTFOUND: nobody to ask; N2_ERR_CORRUPT: it is lost of a tree of ours. */
N2_MUST_USE n2_err n2_open_fetch(n2_control *c, job *j, unsigned content, awaited awaits);

/* ---- control-reading.c ---- */

/** The walk has come to a content: the reader gets it, fetched if it is not here. */
void n2_reading_begin(n2_control *c, job *j);

/** All of the content has come. */
void n2_reading_whole(n2_control *c, job *j);
void n2_reading_progress(n2_control *c, job *j, const n2_fetch_event *event);

/** There is something again for a reader that had nothing. */
void n2_reading_wake(n2_control *c, job *j);

/** INFO, once, to those that open. */
void n2_reading_tell(n2_control *c, job *j);

/** As n2_control_read() and n2_control_hand_out(). */
N2_MUST_USE n2_err
n2_reading_copy(n2_control *c, job *j, uint8_t *buf, size_t len, size_t *out_len);
N2_MUST_USE n2_err
n2_reading_hand_out(n2_control *c, job *j, size_t len, int sink, size_t *out_len);

/* ---- control-visit.c ---- */
/** Asks for the head of @j's tree, and for the way down to what it wants where that is not
 * here. Errors as n2_fetch_head(). */
N2_MUST_USE n2_err n2_visit_begin(n2_control *c, job *j);

/* ---- control-info.c ---- */

n2_table *n2_info_row(n2_control *c, const job *j);
n2_table *n2_info_attributes(n2_control *c, const n2_entry *entry);
/** A row name, type, value. */
void n2_info_put_attr(n2_table *t, const n2_attr *a);
/** The same of a tree as a whole, which only some may read. */
n2_table *n2_info_top(n2_control *c, const n2_ref *access);
n2_table *n2_info_entries(n2_control *c, const n2_directory *dir);

/** Encodes @value as an attribute of @type's word into @buf.  N2_ERR_USAGE: it isn't one. */
n2_err n2_info_attr(
    n2_control *c, const char *type, const char *value, uint8_t *buf, size_t cap, n2_attr *out);

/* ---- control-publish.c ---- */

void n2_control_publish_begin(n2_control *c, job *j);
n2_err n2_control_publish_feed(n2_control *c, job *j, const uint8_t *bytes, size_t len);
void n2_control_publish_end(n2_control *c, job *j);
void n2_control_publish_signed(n2_control *c, job *j, const n2_keys_answer *answer);

/** Changes an attribute of what is at @path, then has the head signed, or ends @j. */
void n2_control_publish_attr(n2_control *c, job *j, const char *path, const n2_attr *attr);

/* ---- control-access.c ---- */

/** Is @j to say who may read? */
bool n2_access_is_asked(const job *j);
/** Reads the list of @j and has it signed. */
void n2_access_begin(n2_control *c, job *j, const char *path);
/** The list came back signed: it becomes the attribute. */
void n2_access_signed(n2_control *c, job *j, const n2_keys_answer *answer);
/** Cells `type`, `value` and `list` of an attribute "access"; false: it is told like others. */
bool n2_access_put(n2_control *c, n2_table *t, const n2_attr *a);

/* ---- control-fresh.c ---- */

/** Confirms the keys of own identities, if it is time. */
void n2_confirm_expire(n2_control *c);
uint64_t n2_confirm_deadline(const n2_control *c);
/** The keys of one have changed: not only in an hour. */
void n2_confirm_soon(n2_control *c);
void n2_confirm_signed(n2_control *c, const key_request *r, const n2_keys_answer *a);

/* ---- control-peer.c ---- */
n2_err n2_peers_load(n2_control *c);
void n2_peers_open_all(n2_control *c);
void n2_peers_clear(n2_control *c);
void n2_peers_event(n2_control *c, const n2_event *event);
void n2_peer_job(n2_control *c, job *j);
n2_table *n2_peers_table(const n2_control *c);

/* ---- control-path.c ---- */

/** k1-... as it is, or whom the user calls so.  N2_ERR_NOTFOUND: no such name; N2_ERR_USAGE. */
n2_err n2_name_own(n2_control *c, const char *text, n2_id *out);

/** The same, or whom its zone was last heard to call so. */
n2_err n2_name_resolve(n2_control *c, const char *text, n2_id *out);

/** A personal name of @who (transfer full); NULL: none. */
char *n2_name_dup(n2_control *c, const n2_id *who);

/** A cell `hops`: rows n, port, bits. */
void n2_hops_put(n2_table *t, const n2_store_hop *hops, size_t n);

void n2_path_job(n2_control *c, job *j);
void n2_path_way_came(n2_control *c); /* for those who wait for one */
n2_table *n2_way_words(n2_control *c, const n2_id *who);

/* ---- control-meet.c ---- */

/** A connection of ours has begun: if it goes through a neighbour, a direct link is tried. */
void n2_meet_connected(n2_control *c, n2_conn conn);

/** LINK_UP, LINK_DOWN; MOVED; RESTARTED. */
void n2_meet_link(n2_control *c, const n2_event *event);
void n2_meet_moved(n2_control *c, const n2_event *event);
void n2_meet_restarted(n2_control *c);

/** Asks again for those links that came to nothing, or were lost, and are wanted still. */
void n2_meet_expire(n2_control *c);
uint64_t n2_meet_deadline(const n2_control *c);

/** Our port of the direct link to @who, if it has answered there; 0: there is none. */
uint16_t n2_meet_port(const n2_control *c, const n2_id *who);

/* ---- control-way.c ---- */

/**
 * The hops to @who, our own switch first.
 *
 * @source: (out) (nullable) (static): hand, peer or self.
 *
 * Returns: N2_OK, N2_ERR_NOWAY, N2_ERR_BUSY (a link to it is being opened; if it was up before,
 *          the hops are those it had).
 */
n2_err n2_way_find(n2_control *c,
                   const n2_id *who,
                   n2_store_hop hops[static N2_STORE_HOPS_MAX],
                   size_t *n,
                   const char **source);

/** Tells fetch how to reach @who, or all that it waits for (NULL). */
void n2_way_tell(n2_control *c, const n2_id *who);

/** The labels of @hops.  Returns: N2_OK, N2_ERR_USAGE, N2_ERR_LIMIT (more than 58 bits). */
N2_MUST_USE n2_err n2_way_path(const n2_store_hop *hops, size_t n, n2_route *route);

/** "PORT/BITS PORT/BITS ...": separators are spaces or commas.  Returns: N2_OK, N2_ERR_USAGE.
 */
N2_MUST_USE n2_err n2_way_parse(const char *text,
                                n2_store_hop hops[static N2_STORE_HOPS_MAX],
                                size_t *n);

/** Ways by hand for when the first fails, with ; between them; "": none. */
N2_MUST_USE n2_err n2_way_set_others(n2_control *c, const n2_id *who, const char *text);
char *n2_way_dup_others(n2_control *c, const n2_id *who); /* (transfer full) (nullable) */

/** The way of an open connection to @who that goes by its server's own label, of several behind
 *  one; else @path. */
uint64_t n2_way_in_use(const n2_control *c, const n2_id *who, uint64_t path);

/** A way to @who was set by hand, or ways that a domain tells are others: an open connection
 * goes on by the best there is. */
void n2_way_changed(n2_control *c, const n2_id *who);
/** None of the ways that a domain told to @who may be gone any more: a connection by one of
 * them ends. */
void n2_way_refused(n2_control *c, const n2_id *who);

/** The link at @port went up or down. */
void n2_way_link(n2_control *c, uint32_t port, bool is_up);

/** No connection to @who came about by the way that was tried: the next one is tried. */
void n2_way_in_vain(n2_control *c, const n2_id *who);

/** MOVED, PATH_LOST. */
void n2_way_event(n2_control *c, const n2_event *event);

/* ---- control-look.c ---- */

void n2_look_job(n2_control *c, job *j);

/** SWITCH_LOOK; takes the event's bytes. */
void n2_look_event(n2_control *c, n2_event *event);
uint64_t n2_look_deadline(const n2_control *c);
void n2_look_expire(n2_control *c);
void n2_look_restarted(n2_control *c);
void n2_look_clear(n2_control *c);

/* ---- control-reserve.c ---- */

/** RESERVE, RESERVE_LIST, RESERVE_RELEASE. */
void n2_reserve_job(n2_control *c, job *j);

/** Tells the data plane how our switch takes reservations. */
void n2_reserved_begin(n2_control *c);
n2_table *n2_reserved_table(n2_control *c); /* rows of all of them */
void n2_reserved_event(n2_control *c, const n2_event *event);
void n2_reserved_restarted(n2_control *c);

/** Our connection to @who goes by @path now, and so does what is reserved for it. */
void n2_reserved_moved(n2_control *c, const n2_id *who, uint64_t path);

/** The same for a new one. */
void n2_reserved_connected(n2_control *c, n2_conn conn);

/* ---- control-domains.c ---- */

/** Orders the channels of the ports.  Returns: N2_OK; N2_ERR_FORMAT, N2_ERR_LIMIT: the
 *  configuration; N2_ERR_NOMEM. */
N2_MUST_USE n2_err n2_domains_begin(n2_control *c);

/** The same with what was changed since. */
N2_MUST_USE n2_err n2_domains_restarted(n2_control *c);

/** DOMAIN_SET, DOMAIN_LIST. */
void n2_domains_job(n2_control *c, job *j);

/** CAST_STATE that answers such an order; false: it does not. */
bool n2_domains_event(n2_control *c, const n2_event *event);

/* ---- control-rules.c ---- */

/** Orders what the configuration says.  Returns: N2_OK, N2_ERR_NOMEM, or what is wrong with it
 *  as in n2_label_parse() and n2_filter_parse(). */
N2_MUST_USE n2_err n2_rules_begin(n2_control *c);

/** LABEL_SET, LABEL_LIST, FILTER_SET, FILTER_LIST. */
void n2_rules_job(n2_control *c, job *j);
void n2_rules_event(n2_control *c, const n2_event *event);

/* ---- control-status.c ---- */
void n2_status_job(n2_control *c, job *j);

/* ---- control-check.c ---- */

void n2_check_job(n2_control *c, job *j);
void n2_check_free(n2_check *check); /* (nullable) */
bool n2_check_is_running(const n2_control *c);
/** One step of the check that runs, if one does. */
void n2_check_expire(n2_control *c);

#include "node/control-folder.h"
#include "node/control-gather.h"
#include "node/control-keep.h"
#include "node/control-near.h"
#include "node/control-people.h"
#include "node/control-ports.h"
#include "node/control-route.h"
#include "node/control-site.h"
#include "node/control-trace.h"
