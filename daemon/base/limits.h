/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * limits.h - every limit that a stranger can run into, with its name.
 *
 * Layer: base (may include: libc only).
 * Hitting a limit is an error value and a counter, never an assertion.  Times carry _US.
 * Sizes that are wire format (and so no choice) stand in the header of their format.
 *
 * Kinds of limits, and where their counter is:
 *   held     N2_..._MAX, N2_..._BYTES_MAX: what somebody else's words keep here.  A row of
 *            `net2o status`: held, at most, times refused.
 *   a second N2_..._PER_S, and N2_..._BURST at once: work.  A row too; nothing is held.
 *   form     of one input (N2_BOX_*, N2_IDENTITY_*, N2_VM_STRING_*, N2_VM_BLOCK_*,
 *            N2_VM_ARENA_*, N2_VM_STACK_*, N2_SERVE_NODES_MAX, N2_COUNTERS_MAX): what is
 *            larger is refused while it is read, before anything is kept or verified, so it
 *            can't be full and has no row.  The refusal is counted where its sender is:
 *            `vm_refused` (blocks), `dropped_endpoint` (packets); a fetch that got such a box
 *            ends with an error.
 *   time     N2_..._US.
 *   ours     sizes of our own steps and tries; no stranger sets them off more often.
 *
 * What reads pages is another process, which links nothing of the daemon and is started by
 * whoever shows them (net2o, the browser), never by the node; so its limits stand apart, in
 * render/page.h (of a page) and render/worker/frame.h (of the process).
 */
#pragma once

#include <stdint.h>

#define N2_SECOND_US UINT64_C(1000000)
#define N2_MINUTE_US (60 * N2_SECOND_US)
#define N2_HOUR_US (60 * N2_MINUTE_US)

/** Something was due, and its process came to it later than this: it did not get the processor,
 *  or the machine slept.  What others sent meanwhile may be waiting, so their time goes on only
 *  from now. */
#define N2_LATE_US (N2_SECOND_US / 2)

/* base */
enum {
    N2_DISK_PATH_BYTES_MAX = 512,     /* a path inside the profile */
    N2_ADDRESS_TEXT_BYTES_MAX = 4096, /* net2o://... as text */
    N2_PATH_DEPTH_MAX = 64            /* names in one address */
};

/* switch */
enum {
    N2_SWITCH_WIDTH_MAX = 16,    /* port bits */
    N2_SWITCH_ECHO_PER_S = 1000, /* echo answers for one in-port */
    N2_SWITCH_ECHO_BURST = 50,
    N2_SWITCH_NOTICE_PER_S = 1000, /* notices to one in-port */
    N2_SWITCH_NOTICE_BURST = 100,
    N2_QUEUE_PACKETS_MAX = 8192,          /* that wait for links, all together */
    N2_QUEUE_CAP_BYTES_MIN = 128 * 1024,  /* that wait for one link: so much at its rate as */
    N2_QUEUE_CAP_BYTES_MAX = 4 << 20,     /* ... N2_QUEUE_CAP_US say, within these two */
    N2_QUEUE_WEIGHT_MAX = 1024,           /* of an in-port */
    N2_LABELS_MAX = 4096,                 /* virtual labels, set by the operator */
    N2_LABEL_SERVERS_MAX = 16,            /* that one of them spreads over */
    N2_FILTER_RULES_MAX = 256,            /* of one set, a multiple of 64 */
    N2_FILTER_HOPS_MAX = 8,               /* labels of a way that a rule speaks of */
    N2_FILTER_TEXT_BYTES_MAX = 64 * 1024, /* a set of rules as text */
    N2_RESERVES_MAX = 4096,  /* reservations kept for flows through us, cut ones too */
    N2_RESERVE_PER_S = 1000, /* asked for and given back by one in-port */
    N2_RESERVE_BURST = 100,
    N2_RESERVE_POTS = 256,        /* shares of neighbours who may be one, by their addresses */
    N2_RESERVE_OUT = 64,          /* words of ours that wait to be sent; a power of two */
    N2_RESERVE_PERCENT = 80,      /* of a link's rate that is promised at most */
    N2_RESERVE_STEP_CALLS = 64,   /* an allotment is asked for in steps of so many calls */
    N2_RESERVE_STEP_PART = 8,     /* and of this part of what there is at most */
    N2_RESERVE_TRIES = 4,         /* of one question of ours */
    N2_CLAIMS_MAX = 256,          /* reservations of our own */
    N2_STEPS_MAX = 256,           /* allotments that an edge switch has with large ones */
    N2_POLICE_GROSS = 2,          /* times as much again as was reserved: no mistake any more */
    N2_POLICE_EASE = 32,          /* one part in so many is not surplus: two clocks, heads */
    N2_SWITCH_LOOK_ROWS_MAX = 256 /* of each kind that one look at it shows */
};

#define N2_RESERVE_US (30 * N2_SECOND_US)        /* a reservation without renewal */
#define N2_RESERVE_RENEW_US (10 * N2_SECOND_US)  /* between two renewals */
#define N2_RESERVE_PENDING_US (3 * N2_SECOND_US) /* noted, until the far end has answered */
#define N2_RESERVE_RETRY_US (N2_SECOND_US / 2)   /* a question again, later and later */
#define N2_RESERVE_CUT_US (30 * N2_SECOND_US)    /* nothing for a flow that was cut off */
#define N2_RESERVE_GROW_US (1 * N2_SECOND_US) /* an allotment that may not grow tries again */
#define N2_RESERVE_LOOK_US (1 * N2_SECOND_US) /* what is over is found so soon */
#define N2_RESERVE_UNSURE_BPS UINT64_C(125000000) /* a line's whose rate is not known */
#define N2_POLICE_BURST_US UINT64_C(30000)        /* of the rate may come at once */
#define N2_QUEUE_TARGET_US UINT64_C(7000)         /* of waiting; more is a jam */
#define N2_QUEUE_CAP_US UINT64_C(250000)          /* of waiting; more is dropped */
#define N2_QUEUE_JAM_US UINT64_C(20000)           /* a sender is told of it so often at most */
#define N2_USERS_US (1 * N2_SECOND_US) /* between two counts of the users behind links */

/* switch: one to many */
enum {
    N2_TREES_MAX = 4096,                  /* multicast trees that branch here */
    N2_TREES_PER_PORT_MAX = 1024,         /* of them asked for by one in-port */
    N2_TREE_SAME_MAX = 4,                 /* of those for one tree */
    N2_TREE_BRANCHES_MAX = 65536,         /* of all trees */
    N2_TREE_BRANCHES_PER_PORT_MAX = 8192, /* of them by one port */
    N2_TREE_SAME_PORT_MAX = 16,           /* of one tree by one port: more need a split */
    N2_TREE_TRIES = 5,                    /* joins of an entry in a row without answer */
    N2_TREE_PER_S = 1000,                 /* joins, leaves, splits of one in-port */
    N2_TREE_PASS_PER_S = 250,             /* the same, that go on: so one fills no other */
    N2_TREE_BURST = 256,
    N2_CHANNELS_MAX = 4096,          /* channels carried, in an associative table */
    N2_CHANNEL_BLOCKS_MAX = 64,      /* the same in bitmaps: of 256 channels each */
    N2_CHANNEL_BYTES_MAX = 32 << 20, /* of those; 257 rows of two bits a port are a block */
    N2_CHANNELS_PER_PORT_MAX = 1024, /* joined by one port; a whole block is one */
    N2_CHANNEL_RULES_MAX = 256,      /* domains, set by the operator */
    N2_CHANNEL_PER_S = 1000,         /* joins and leaves of one in-port */
    N2_CHANNEL_PASS_PER_S = 250,     /* the same, that go on: so one fills no other */
    N2_CHANNEL_BURST = 256,
    N2_LOCAL_PER_S = 10, /* local broadcasts of one in-port */
    N2_LOCAL_BURST = 10,
    N2_LOCAL_SEEN_MAX = 1024,  /* of them that are known again */
    N2_SAID_MAX = 64,          /* words of ours about trees, and about channels, that wait */
    N2_CASTS_MAX = 64,         /* trees and channels that our own end point has joined */
    N2_CAST_EVENTS_MAX = 1024, /* packets of them waiting for the control plane */
    N2_CAST_SOURCES_MAX = 64,  /* trees and channels that the user is the source of */
    N2_CAST_PROBES_MAX = 64,   /* packets of one probe of a tree or channel */
    N2_FEEDS_MAX = 64,         /* who get copies of our trees one by one, all trees together */
    N2_FEED_TRIES = 3          /* joins without answer, and packets stopped: he asks for that */
};
#define N2_TREE_US (30 * N2_SECOND_US)         /* a branch that nobody renews */
#define N2_TREE_IDLE_US (12 * N2_SECOND_US)    /* an entry that nobody has joined yet */
#define N2_TREE_RENEW_US (10 * N2_SECOND_US)   /* an end point joins again */
#define N2_TREE_UP_US (8 * N2_SECOND_US)       /* a switch does, if one of its branches did */
#define N2_TREE_TRY_US (N2_SECOND_US / 2)      /* a join without answer is said again */
#define N2_TREE_LOOK_US (N2_SECOND_US / 8)     /* between two looks at what is silent */
#define N2_TREE_SPLIT_US UINT64_C(5000)        /* between two SPLITs of one tree */
#define N2_CHANNEL_TURN_US (15 * N2_SECOND_US) /* who did not join in two of them is out */
#define N2_CHANNEL_WAIT_US (2 * N2_SECOND_US)  /* a channel that nobody has granted yet */
#define N2_CHANNEL_LOOK_US (N2_SECOND_US / 4)  /* between two looks at what is silent */
#define N2_CAST_SILENCE_US (1 * N2_SECOND_US)  /* it came, and comes no more: joined again */
#define N2_LOCAL_SEEN_US (2 * N2_SECOND_US)    /* a local broadcast is known again */

/* link */
enum {
    N2_LINK_HALVES_MAX = 64,        /* packets of which one half is there, for one link */
    N2_LINK_OUT_MAX = 256,          /* link control datagrams waiting to be sent; the bursts of
                                       what answers strangers are fewer together */
    N2_LINK_KNOWN_MAX = 4096,       /* link ids whose port is remembered */
    N2_LINK_EVENTS_MAX = 4096,      /* waiting for the control plane: no new links */
    N2_LINK_CHALLENGE_PER_S = 2000, /* answers to OPEN, all together: stateless */
    N2_LINK_CHALLENGE_BURST = 64,
    N2_LINK_ACCEPT_PER_S = 200, /* answers to a proven CONFIRM, all together */
    N2_LINK_ACCEPT_BURST = 32,
    N2_LINK_MOVE_PER_S = 20, /* challenges of a new source address, for one link; one
                                address is on trial at a time, so 5 come before */
    N2_LINK_MOVE_BURST = 2,
    N2_LINK_PONG_PER_S = 50, /* answers to PING, for one link */
    N2_LINK_PONG_BURST = 8,
    N2_LINK_SILENT_PINGS = 30, /* in a row, at most, until the link is down */
    N2_LINK_TRIES = 5,         /* messages without answer until opening is said to fail */
    N2_LINK_MEETINGS_MAX = 16, /* links opened by introduction, and asked for, at once */
    N2_LINK_MEET_PER_S = 2,    /* introductions made, for each neighbour that asks or is told */
    N2_LINK_MEET_BURST = 8,
    N2_LINK_MET_PER_S = 1, /* introductions to unknown ones followed, all together */
    N2_LINK_MET_BURST = 4,
    N2_LINK_MET_TRIES = 8 /* messages to an introduced address that never answered */
};
#define N2_LINK_HALF_US UINT64_C(300000)         /* until a lonely half is thrown away */
#define N2_LINK_SILENCE_US (2 * N2_SECOND_US)    /* nothing heard: PING */
#define N2_LINK_QUIET_US (1 * N2_SECOND_US)      /* nothing sent: PING, so that we are heard */
#define N2_LINK_PING_US UINT64_C(60000)          /* between two, rounded up to 100 ms */
#define N2_LINK_DEAD_US (3 * N2_SECOND_US)       /* of PINGs in vain: the link is down */
#define N2_LINK_RETRY_US UINT64_C(250000)        /* OPEN or CONFIRM again, doubling up to ... */
#define N2_LINK_RETRY_MAX_US (30 * N2_SECOND_US) /* ... this */
#define N2_LINK_COOKIE_US (60 * N2_SECOND_US)    /* a secret is drawn, and the last one kept */
#define N2_LINK_MOVE_US UINT64_C(200000)       /* the old address has this long to show life */
#define N2_LINK_MOVE_MAX_US (2 * N2_SECOND_US) /* the new one this long to answer */
#define N2_LINK_TICK_US UINT64_C(50000)        /* deadlines are rounded up to this */
#define N2_LINK_PROBE_US UINT64_C(100000)      /* at least: until a size is tried once more */
#define N2_LINK_PROVE_US (1 * N2_SECOND_US)    /* the size in use is proven so often, at work */
#define N2_LINK_SEARCH_US                                                                      \
    (60 * N2_SECOND_US)                         /* a longer one is looked for again after this \
                                                 */
#define N2_LINK_USERS_OLD_US (5 * N2_SECOND_US) /* a word about users holds so long */
#define N2_LINK_MET_US UINT64_C(250000)         /* between two messages to an introduced one */
#define N2_LINK_LOOK_US UINT64_C(200000) /* changes of the network count so often at most */

/* vm: active messages (A1) */
enum {
    N2_VM_STRING_BYTES_MAX = 64 * 1024,  /* one byte string, as operand or joined */
    N2_VM_BLOCK_BYTES_MAX = 1024 * 1024, /* one block of commands */
    N2_VM_ARENA_BYTES = 1024 * 1024,     /* all strings that one block makes */
    N2_VM_STACK_MAX = 64,                /* places of the stack */
    N2_VM_COST_PER_BLOCK = 2 << 20, /* units, see vm/words.h: a block of 1 MiB and its words */
    N2_VM_COST_PER_S = 32 << 20,    /* units a connection may spend in a second */
    N2_VM_COST_ANSWER_BYTE = 4,     /* units that a byte of an answer costs the asker */
    N2_VM_REFUSED_MAX = 16          /* blocks of a connection that fail; then it is closed */
};

/* box: canonical encoding (data.md, section 1) */
enum {
    N2_BOX_BYTES_MAX = 64 * 1024,
    N2_BOX_DIRECTORY_BYTES_MAX = 16 * 1024 * 1024,
    N2_BOX_FIELDS_MAX = 1024,
    N2_BOX_DIRECTORY_FIELDS_MAX = 100 * 1000,
    N2_BOX_DEPTH_MAX = 4,
    N2_IDENTITY_BYTES_MAX = 256 * 1024, /* one identity with all its statements */
    N2_IDENTITY_KEYS_MAX = 64,          /* keys an identity may have at one time */
    /* One statement of each kind, with signatures; */
    N2_IDENTITY_BIRTH_BYTES_MAX = 4096,
    N2_IDENTITY_CONTROL_BYTES_MAX = 24 * 1024,
    N2_IDENTITY_ADD_BYTES_MAX = 1024,
    N2_IDENTITY_REMOVE_BYTES_MAX = 512,
    N2_IDENTITY_END_BYTES_MAX = 16 * 1024,
    N2_IDENTITY_FRESH_BYTES_MAX = 512,
    /* and of the 256 KiB what all of one kind may take. */
    N2_IDENTITY_CONTROLS_BYTES_MAX = 64 * 1024,
    N2_IDENTITY_ADDS_BYTES_MAX = 56 * 1024,
    N2_IDENTITY_REMOVES_BYTES_MAX = 64 * 1024,
    N2_IDENTITY_ENDS_BYTES_MAX = 2 * N2_IDENTITY_END_BYTES_MAX,
    N2_IDENTITY_FRESHS_BYTES_MAX = 16 * 1024,
    N2_IDENTITY_WAITING_BYTES_MAX = 16 * 1024, /* that hang on what has not come */
    N2_IDENTITY_NAMED_MAX = 128,               /* keys ever named under one control statement */
    N2_CONTAINER_STATEMENTS_MAX = 1024
};
#define N2_IDENTITY_SETTLED_US                                                                 \
    (30 * 24 * N2_HOUR_US)          /* a control held so long is not disputed */
#define N2_CLOCK_SKEW_US N2_HOUR_US /* by which two honest clocks may differ */

/* name: looking names up */
enum {
    N2_ROOTS_MAX = 32,            /* suffixes that the user trusts somebody with */
    N2_ROOT_SERVERS_MAX = 4,      /* who answers for one, besides the zone itself */
    N2_NAME_STEPS_MAX = 8,        /* zones on the way down to one name, each once */
    N2_NAME_ANSWERS_MAX = 100000, /* kept, of all zones; */
    N2_NAME_ANSWERS_BYTES_MAX = 64 * 1024 * 1024, /* memory of them; */
    N2_NAME_ZONE_PERCENT_MAX = 1,                 /* of both for one zone */
    N2_NAME_CACHING_S_MAX = 86400,                /* whatever the record allows */
    N2_LOOKUPS_MAX = 256,                         /* names being looked up, */
    N2_LOOKUPS_OTHERS_MAX = 128,                  /* of them for others */
    N2_LOOKUPS_PER_OTHER_MAX = 8,                 /* under way for one connection */
    N2_LOOKUP_SERVERS_MAX = 8,                    /* asked for one step, one after the other */
    N2_LOOKUP_CACHES_MAX = 2,                     /* of them near ones, first */
    N2_LOOKUP_HOPS_MAX = 2,                       /* caches that ask on for one another */
    N2_NAME_SILENT_MAX = 64,                      /* servers that gave no answer a moment ago */
    N2_ZONES_SEEN_MAX = 256,     /* zones whose heads are remembered; the longest unused goes */
    N2_ZONE_HEADS_SEEN_MAX = 100 /* of each, the last */
};
#define N2_LOOKUP_ON_US (6 * N2_SECOND_US)    /* of one that asks on */
#define N2_NAME_NO_US (60 * N2_SECOND_US)     /* that a name is not there */
#define N2_LOOKUP_WAIT_US (2 * N2_SECOND_US)  /* for one server's answer */
#define N2_NAME_SILENT_US (60 * N2_SECOND_US) /* a silent server is the last to be asked */
#define N2_ZONE_HEADS_US N2_HOUR_US           /* another is asked what heads it has seen */

/* node: trees whose author is out of reach */
enum {
    N2_CROWD_TREES_MAX = 16, /* that others are asked for, or were a moment ago */
    N2_CARRIED_MAX = 64      /* contents that a cache fetches for others at once */
};
#define N2_CARRY_MISS_US (N2_SECOND_US / 4)   /* so long a cache looks for what it cannot give, */
#define N2_CARRY_FRESH_US (10 * N2_SECOND_US) /* and so long not again for what it did not find */
#define N2_CROWD_WAIT_US (4 * N2_SECOND_US)   /* for the first who knows one, */
#define N2_CROWD_MORE_US (N2_SECOND_US / 4)   /* and then for who knows a newer head */
#define N2_CROWD_FRESH_US (10 * N2_SECOND_US) /* and nobody is asked again, its author neither */

/* name: routes */
enum {
    N2_DOMAIN_PARENTS_MAX = 4,  /* of one domain */
    N2_DOMAIN_DEPTH_MAX = 8,    /* domains one above the other, as far as a way climbs */
    N2_DOMAINS_MAX = 1024,      /* that one server knows */
    N2_DOMAIN_CHAINS_MAX = 64,  /* ways up from one of them */
    N2_LINKS_SAID_MAX = 512,    /* links in one report */
    N2_SWITCHES_MAX = 1024,     /* of one domain */
    N2_PLACES_USER_MAX = 8,     /* attachments of one user in one domain */
    N2_PLACES_MAX = 65536,      /* of all */
    N2_COMPOSED_MAX = 4,        /* routes to one place */
    N2_COMPOSED_HOPS_MAX = 32,  /* shown of one; each takes a bit, few have so many */
    N2_AVOID_MAX = 16,          /* domains and switches not to be gone through */
    N2_END_BITS_MAX = 20,       /* an end with all its own switches */
    N2_LINK_REPORTS_MISSED = 3, /* and its links are down */
    N2_LINK_PROBES_MAX = 32,    /* complaints that are looked into at once */
    N2_LINK_PROBES_PER_S = 4,   /* and so many a second */
    N2_COMPLAINERS_MAX = 64,    /* ports of which somebody complained a moment ago */
    N2_COMPLAINTS_BURST = 4,    /* of one of them at once, */
    N2_COMPLAINT_EVERY_S = 10   /* and one more each so many seconds */
};
#define N2_LINK_REPORT_US N2_MINUTE_US       /* between two reports of a switch */
#define N2_LINK_DOUBT_US (30 * N2_SECOND_US) /* one that failed our probe is probed again */
#define N2_LINK_SILENT_US (5 * N2_MINUTE_US) /* a link that failed our probe comes last */
#define N2_PLACE_US (7 * 24 * N2_HOUR_US)    /* then everybody gets a new place */
#define N2_ROUTE_COST_BYTES 100000           /* cost of a route: delay + these at its rate */

/* name: neighbours */
enum {
    N2_NEAR_BYTES_MAX = 1200,    /* of one announcement: with its head in any IPv6 datagram */
    N2_NEAR_OFFERS_MAX = 24,     /* services of one */
    N2_NEAR_WORD_BYTES_MAX = 32, /* a service's name */
    N2_NEAR_VALUE_BYTES_MAX = 128,
    N2_NEAR_MAX = 128,        /* neighbours known: who comes later is not, until one is gone */
    N2_NEAR_STATION_MAX = 8,  /* of them heard from one address of the wire */
    N2_NEAR_PORT_MAX = 64,    /* of them heard through one port of our switch */
    N2_NEAR_CHECK_PER_S = 20, /* signatures looked at, of all together */
    N2_NEAR_CHECK_BURST = 64,
    N2_NEAR_ANSWER_PER_S = 1, /* announcements because somebody asked */
    N2_NEAR_LINKS_MAX = 4     /* links that are there because of announcements */
};
#define N2_NEAR_TURN_US (30 * N2_SECOND_US)   /* between two of ours, a quarter more or less */
#define N2_NEAR_FIRST_US (N2_SECOND_US / 2)   /* the first ones, and answers, within so long */
#define N2_NEAR_SILENT_US (95 * N2_SECOND_US) /* not heard for so long: gone */
#define N2_NEAR_STAYS_US (65 * N2_SECOND_US)  /* heard at one place: not at another before */
#define N2_NEAR_LIFE_US (N2_HOUR_US / 2)      /* one is signed anew */

/* name: trust */
enum {
    N2_TRUST_REASONS_MAX = 40,     /* of one answer */
    N2_TRUST_SHOWN_MAX = 4,        /* of them introducers; as many auditors */
    N2_INTRODUCERS_MAX = 256,      /* people whom the user marked as such; more do not count */
    N2_PEOPLE_FOLLOWED_MAX = 8,    /* ends, one after the other */
    N2_PEOPLE_NAMES_MAX = 64,      /* own names of one that are taken back in one go */
    N2_NAMES_KNOWN_MAX = 4096,     /* held against a new name, as it may look like one */
    N2_CONTACTS_MAX = 4096,        /* people with a mark of the user's */
    N2_SEEN_MAX = 32768,           /* names and identities met: the longest unseen goes */
    N2_VOUCHES_MAX = 4096,         /* kept, of all signers together */
    N2_VOUCHES_OTHERS_MAX = 1024,  /* of them by signers without a mark */
    N2_VOUCHES_PER_OTHER_MAX = 16, /* of one such signer */
    N2_VOUCHES_PER_SIGNER_MAX = 1024,
    N2_VOUCH_BYTES_MAX = 4096 /* of one statement, as it is kept */
};
#define N2_TRUST_KEPT_US                                                                       \
    (10 * N2_SECOND_US) /* an answer about somebody is not worked out again */
#define N2_SEEN_AGAIN_US                                                                       \
    N2_HOUR_US /* who is met again before has been written down already                        \
                */
#define N2_GRACE_US (30 * 24 * N2_HOUR_US)      /* a name that expired is still its owner's */
#define N2_ZONE_KEPT_US (7 * 24 * N2_HOUR_US)   /* the answer of a zone that is silent */
#define N2_MOVE_SHOWN_US (30 * 24 * N2_HOUR_US) /* a successor is shown as such */
#define N2_CLOCK_FUTURE_US                                                                     \
    (3653 * 24 * N2_HOUR_US) /* after the program was made: no clock is right */

/* name: zones (data.md, section 4) */
enum {
    N2_ZONE_NAMES_MAX = 1 << 24,       /* in one zone */
    N2_ZONE_RECORD_BYTES_MAX = 2048,   /* one record; mostly some 150 */
    N2_ZONE_HEAD_BYTES_MAX = 1024,     /* a signed head; mostly 280 */
    N2_ZONE_ANSWER_BYTES_MAX = 8192,   /* record, head and proof; mostly about 1,100 */
    N2_ZONE_HOSTS_MAX = 4,             /* mail hosts of one name */
    N2_ZONE_ATTRS_MAX = 16,            /* capabilities of one name */
    N2_ZONE_WAITING_MAX = 4096,        /* names granted between two heads */
    N2_ZONE_OVER_STEP = 256,           /* names that leave for good with one head */
    N2_ZONE_HEADS_KEPT = 100,          /* of a zone that is kept here */
    N2_ZONE_REQUEST_BYTES_MAX = 4096,  /* a signed request */
    N2_ZONES_KEPT_MAX = 32,            /* own ones, and those that are followed */
    N2_ZONE_COPY_BYTES_MAX = 64 << 20, /* of a zone that others follow; 300,000 names */
    N2_ZONE_COPY_STEP = 48 << 10,      /* of it in one answer */
    N2_ZONE_ASKS_A_S = 50,             /* requests that are looked at, of all who ask */
    N2_ZONE_ASKER_BYTES_MAX = 16384,   /* of the statements that come with one */
    N2_ZONE_CACHING_S = 3600,          /* of a name, where its zone says no other */
    N2_ZONE_CACHING_S_MAX = 24 * 3600, /* no answer outlives its head anyway */
};
#define N2_ZONE_FOLLOW_US (30 * N2_SECOND_US)    /* a primary is asked for its next head */
#define N2_ZONE_HEAD_SPAN_US (10 * N2_SECOND_US) /* between two heads of one zone, at least */
#define N2_ZONE_TERM_US                                                                        \
    (366 * 24 * N2_HOUR_US) /* how far ahead a name is held, if not said                       \
                             */
#define N2_ZONE_TRANSFER_LIFE_US (30 * 24 * N2_HOUR_US) /* it may be handed in so long */
#define N2_ZONE_HEAD_LIFE_US (24 * N2_HOUR_US)          /* of a head, at most */

/* store */
enum {
    N2_STORE_PENDING_MAX = 4096,                  /* contents made durable together */
    N2_STORE_PENDING_BYTES_MAX = 8 * 1024 * 1024, /* of them in memory */
    N2_STORE_PENDING_FILES_MAX = 256,             /* of them in open files */
    N2_STORE_SYNC_ONE_BY_ONE_MAX = 8,             /* files; more are synced with the disk */
    N2_STORE_COLLECT_MAX = 200,                   /* rows that one step of collecting deletes */
    N2_STORE_EVICT_MAX = 32,                      /* contents that one step throws out */
    N2_STORE_EVICT_LOOK = 320,                    /* of the oldest; some may be open parts */
    N2_STORE_VERSIONS_MAX = 1000,                 /* own trees kept, besides the newest */
    N2_STORE_OWNERS_SHOWN = 1024,                 /* in the list of what is kept */
    N2_STORE_RESERVE_BYTES = 4 * 1024 * 1024,     /* of the disk, left for the database */
    N2_ACCESS_READERS_MAX = 256,                  /* on one list of who may read */
    N2_ACCESS_DEPTH_MAX = 3,                      /* groups in groups, from the list */
    N2_ACCESS_GROUPS_MAX = 64,                    /* that one list leads to */
    N2_ACCESS_MEMBERS_MAX = 16384,                /* of list and groups together */
    N2_VERSIONS_MAX = 1000,                       /* heads kept of one tree; the oldest go */
    N2_MERGE_WALK_MAX = 4096,                     /* heads looked at for what two share */
    N2_PART_SYNC_BYTES = 128 * 1024 * 1024        /* of a fetch lost by a crash at most */
};

/* finding */
enum {
    N2_FIND_TEXT_BYTES_MAX = 4096,        /* of one query */
    N2_FIND_TERMS_MAX = 64,               /* words, phrases and comparisons in it */
    N2_FIND_DEPTH_MAX = 16,               /* parentheses in parentheses */
    N2_FIND_ANSWERS_MAX = 1000,           /* of one page of an answer */
    N2_FIND_SKIPPED_MAX = 1000000,        /* answers before it */
    N2_FIND_WATCHES_MAX = 64,             /* queries that are told when their answer changes */
    N2_FIND_STEPS = 20000000,             /* of the database, if nobody looks at a clock */
    N2_FIND_LOOKED_UP_MAX = 8192,         /* that have a word: of more, all is walked instead */
    N2_FIND_CLIMB_MAX = 1000,             /* folders looked at on the way up from one answer */
    N2_INDEX_ENTRIES = 500,               /* that one step of indexing takes in or out */
    N2_INDEX_PAGES = 16,                  /* pages that one step reads, */
    N2_INDEX_PAGES_BYTES = 256 * 1024,    /* and of them together, but one at least */
    N2_INDEX_PAGE_BYTES_MAX = 256 * 1024, /* of a page; what comes later is not found */
    N2_INDEX_FACT_BYTES_MAX = 1024        /* of an attribute's text: the same */
};
#define N2_FIND_US (N2_SECOND_US / 10) /* for a query; then what was found until then */

/* transport */
enum {
    N2_FLIGHT_PACKETS_MAX = 65536, /* packets of one connection under way */
    N2_CONNECTIONS_MAX = 131072,   /* open ones, both ways */
    /* All together: rings, packets under way, pieces being sent; above the least that each has
     * while it moves: 2 KiB of a ring each way, 64 packets under way, 8 pieces of 512 units.
     * Who wants more waits. */
    N2_CONNECTIONS_BYTES_MAX = 256 << 20,
    N2_QUEUES_BYTES_MAX = 64 << 20, /* commands of the control plane waiting for rings, all
                                       together: who has most of them closes */
    N2_HALF_OPEN_MAX = 4096,        /* hellos answered, first sealed packet awaited */
    N2_HALF_OPEN_PER_WAY_MAX = 16,  /* of them from one way back */
    N2_HELLO_PER_S = 256,           /* above this a hello needs a token */
    N2_AGAIN_PER_S = 32000,         /* such tokens made or looked at, */
    N2_AGAIN_PER_WAY_PER_S = 24000, /* of them for one way back: others get the rest */
    N2_AGAIN_BURST = 256,
    N2_AGAIN_PER_WAY_BURST = 192,
    N2_HELLO_WEIGHT_2 = 4,         /* of them that one of suite 2 counts for */
    N2_TICKETS_MAX = 65536,        /* given to askers: the oldest goes */
    N2_TICKETS_OWN_MAX = 1024,     /* that we may use: the oldest goes */
    N2_UNKNOWN_PER_S = 2048,       /* tickets that are not ours, answered */
    N2_QUERY_PER_S = 2048,         /* key queries answered */
    N2_SENDS_MAX = 128,            /* pieces of memory on their way, one connection */
    N2_ACK_EVERY = 128,            /* counted packets, at the latest */
    N2_ACK_TOLD = 4,               /* times each counter is told about */
    N2_GRANTS_MAX = 64,            /* data regions of one connection */
    N2_GONE_MAX = 256,             /* revoked ones of it whose late packets are still taken */
    N2_COMMAND_RING_BYTES = 65536, /* command stream, each way, not yet taken */
    N2_COMMAND_QUEUE_BYTES_MAX = 1
                                 << 20, /* commands of the control plane waiting for the ring */
    N2_RAW_QUEUE_MAX = 256,             /* unsealed packets waiting to leave */
    N2_ENDPOINT_EVENTS_MAX = 8192, /* waiting for the control plane: no more commands taken */
    N2_ENDPOINT_EVENT_BYTES_MAX = 16 << 20, /* of them together: the same */
    N2_ASKS_MAX = 64,                       /* our own queries and echoes without answer */
    N2_PLANE_RUNS_MAX = 128,                /* buffers of datagrams under way to the socket */
    N2_PLAIN_MAX = 255,                     /* plain regions: their numbers have 8 bits */
    N2_PLAIN_PER_S = 1000,                  /* packets taken by one plain region */
    N2_PLAIN_BURST = 64,
    N2_NOTICE_PER_S = 10000, /* notices of switches looked at */
    N2_NOTICE_BURST = 256,
    N2_NOTICE_AGAIN_MAX = 64, /* units sent a third time because of them, at one time */
    N2_NOTICE_LIES_MAX = 3,   /* then those of this path count for nothing for a while */
    N2_RECENT_PACKETS = 4096, /* whose sender a notice finds */
    N2_PROBES_MAX = 4,        /* of one connection under way */
    N2_PROBE_PER_S = 20000,   /* of one connection, answered */
    N2_PROBE_BURST = 64,
    N2_MOVE_PER_S = 20, /* the same for its moves */
    N2_MOVE_BURST = 8,
    N2_PATH_TIMEOUTS = 4,  /* without a word: the path may be lost */
    N2_MOVE_TRIES = 4,     /* in vain: the move is given up */
    N2_KEY_RECORDS_MAX = 8 /* own static keys that hellos may name */
};
#define N2_HALF_OPEN_US (3 * N2_SECOND_US)
#define N2_TICKET_US N2_HOUR_US                  /* since the last exchange of public keys */
#define N2_FRESH_US (10 * N2_SECOND_US)          /* a resumed connection exchanges keys then */
#define N2_FRESH_END_US (60 * N2_SECOND_US)      /* or ends */
#define N2_HELLO_PATIENCE_US (10 * N2_SECOND_US) /* hello or query without answer */
#define N2_SILENCE_PATIENCE_US (10 * N2_SECOND_US) /* packets under way, nothing heard */
#define N2_NOTICE_DEAF_US (10 * N2_SECOND_US)      /* after so many lies */
#define N2_NOTICE_QUEUE_US (2 * N2_SECOND_US)      /* of a queue, a jam lasts longer for it */
#define N2_PATH_SILENCE_US UINT64_C(500000)        /* and so long at least */
#define N2_IDLE_US (5 * N2_MINUTE_US)              /* nothing under way, nothing heard */
#define N2_REST_US (1 * N2_SECOND_US) /* the same: rings and tables are given back */
#define N2_ECHO_PATIENCE_US (1 * N2_SECOND_US)
#define N2_EPOCH_PACKETS_MAX (UINT32_C(1) << 28)   /* sealed under one key: the next is due */
#define N2_COUNTERS_MAX (2 * N2_EPOCH_PACKETS_MAX) /* never more, whatever the peer says */
#define N2_EPOCH_US (1 * N2_HOUR_US)               /* the same in time */
#define N2_EPOCH_OLD_US (10 * N2_SECOND_US)        /* the key before still opens what is late */
#define N2_FAILED_OPENINGS_MAX (UINT64_C(1) << 35) /* under one key; the connection ends */

/* share: serving and fetching contents */
enum {
    N2_TALK_BYTES_MAX = 64 << 20,        /* blocks of commands not yet whole, all together */
    N2_SERVE_SENDS_MAX = 128,            /* reads of one connection under way */
    N2_SERVE_SEND_BYTES_MAX = 128 << 20, /* of them together; 1 MiB each at most, so that the
                                            count is met before */
    N2_SERVE_IDENTITIES_MAX = 32,        /* own identities that are served */
    N2_SERVE_OBJECTS_MAX = 256,       /* contents open for reading, all connections together */
    N2_SERVE_MAPPED_BYTES = 64 << 20, /* of them in memory, when nobody reads them */
    N2_SERVE_KEPT_BYTES = 256 << 20,  /* above so many all but the last stay a moment only */
    N2_HEADS_ANSWERED_MAX = 64,       /* heads in one answer, */
    N2_HEADS_ANSWERED_BYTES = 48 * 1024, /* and bytes of them */
    N2_SERVE_NODES_MAX = 1024,           /* hashes in one answer to `nodes` */
    N2_SERVE_FOLDERS_MAX = 32,           /* folders in one answer to `follow` */
    N2_SERVE_FOLDERS_BYTES = 256 << 10,  /* of them together */
    N2_SERVE_GIVEN_BYTES = 16 << 10,     /* longest content that such an answer holds */
    N2_SERVE_GROUPS_MAX = 16,            /* groups that it has written */
    N2_WALK_CONTENTS_MAX = 1024,         /* contents in one `walk`, 1 MiB together */
    N2_WALK_FOLDER_BYTES = 64 << 10,     /* a folder whose entries one names there by numbers */
    N2_SERVE_WALK_BYTES = 64 << 20,      /* copies of them that are being written, of all */
    N2_SHOW_TRIES_MAX = 2,               /* of one asker to prove who it is */
    N2_LOGIN_TRIES_MAX = 4,              /* of one asker to log in */
    N2_ACCOUNT_MOVES_MAX = 64,           /* of one account to another key */
    N2_STRANGER_MOVES_MAX = 65536,   /* kept: accounts that no list names move up to there, */
    N2_STRANGER_MOVES_PER_S = 1,     /* so many of them a second, */
    N2_STRANGER_MOVES_BURST = 64,    /* and at once */
    N2_LOGINS_KEPT_MAX = 4096,       /* sites at which somebody logged in from here */
    N2_SHOW_PER_S = 8192,            /* of all together */
    N2_VAULT_ASKS_PER_S = 16,        /* of all who say that they are a machine of ours */
    N2_SHOW_WEIGHT_NEW = 4,          /* that one with a statement never met before counts for */
    N2_FETCH_REGIONS_MAX = 16,       /* stretches under way, all transfers together */
    N2_FETCH_NUMBERS = 4096,         /* region numbers used in turn */
    N2_FETCH_HOLDERS_MAX = 8,        /* of one content, that serve it at once */
    N2_FETCH_TRANSFERS_MAX = 256,    /* contents and heads being fetched */
    N2_FETCH_REMOTES_MAX = 256,      /* identities we have a connection to, or want one */
    N2_FETCH_TRIES_MAX = 6,          /* connections that end without one verified stretch */
    N2_PIN_ENTRIES_MAX = 1 << 20,    /* files and folders of a tree that is pinned */
    N2_PIN_AHEAD = 32,               /* of them that are being fetched at once */
    N2_FETCH_AHEAD_BYTES = 32 << 20, /* fetched before its reader took what came before */
    N2_FETCH_AHEAD_GROUPS = 4        /* asked for with the way to them */
};
#define N2_FETCH_HEDGE_US (1 * N2_SECOND_US)     /* of no use so long: another holder too */
#define N2_FETCH_STUCK_US (2 * N2_SECOND_US)     /* no stretch whole so long: given to others */
#define N2_FETCH_END_US (250 * UINT64_C(1000))   /* the same, when nothing else is left */
#define N2_FETCH_ASIDE_US (10 * N2_SECOND_US)    /* a holder that was stuck waits so long */
#define N2_FETCH_LAN_US (2 * UINT64_C(1000))     /* round trips below: on the same network, */
#define N2_FETCH_NEAR_US (10 * UINT64_C(1000))   /* at the same provider; else far */
#define N2_FETCH_PROVEN_US N2_HOUR_US            /* who somebody is, is asked again then */
#define N2_FETCH_SHOW_US (5 * N2_SECOND_US)      /* a proof of who we are is waited for */
#define N2_SERVE_KEPT_US (30 * N2_SECOND_US)     /* what was read stays in memory so long */
#define N2_SERVE_MOMENT_US (1 * N2_SECOND_US)    /* that moment */
#define N2_FETCH_PROBE_US (3 * N2_SECOND_US / 2) /* nothing came while it writes: asked */
#define N2_FETCH_SILENCE_US (6 * N2_SECOND_US)   /* nothing came, asked or not: lost */
#define N2_FETCH_SLOW_US (3 * N2_SECOND_US)      /* no answer so long: the hops are asked */
#define N2_FETCH_STALL_US (5 * N2_MINUTE_US) /* it answers, but no stretch gets whole: lost */
#define N2_FETCH_SETUP_US                                                                      \
    (12 * N2_SECOND_US)                    /* until a connection is there, all tries of one */
#define N2_FETCH_WAY_US (3 * N2_SECOND_US) /* waiting for a link that is being opened */
#define N2_FETCH_TROUBLE_US                                                                    \
    (10 * N2_SECOND_US) /* tries in vain for so long: the next is the last */
#define N2_FETCH_AGAIN_US (500 * UINT64_C(1000)) /* pause before the next try */
#define N2_FETCH_IDLE_US (60 * N2_SECOND_US)     /* an unused connection is closed */
#define N2_FETCH_REFUSED_US (1 * N2_HOUR_US)     /* a holder of wrong bytes is out so long */
#define N2_FETCH_AHEAD_US (1 * N2_SECOND_US)     /* a content on its way, until it is wanted */
#define N2_HEAD_FRESH_US (2 * N2_SECOND_US) /* a head just asked for is not asked for again */

/* share: who has what, without anybody in the middle (dht.h) */
enum {
    N2_DHT_DOMAIN_MAX = 2,         /* nodes of one domain in a bucket, list or holder set */
    N2_DHT_PARENT_MAX = 4,         /* the same of the domains of one parent */
    N2_DHT_POOL_MAX = 256,         /* nodes that one look-up remembers */
    N2_DHT_SEEKS_MAX = 64,         /* look-ups at once */
    N2_DHT_VALUES_MAX = 8192,      /* kept for others, */
    N2_DHT_VALUE_BYTES_MAX = 4096, /* each of them, */
    N2_DHT_KEY_VALUES_MAX = 32,    /* of one key, */
    N2_DHT_KEY_DOMAIN_MAX = 8,     /* of one key by one domain, */
    N2_DHT_WRITER_MAX = 64,        /* by one node, */
    N2_DHT_SHARE_MAX = 512,        /* by the nodes of one domain, */
    N2_DHT_SHARES_MAX = 1024,      /* and by so many domains */
    N2_DHT_KEEP_PER_S = 2,         /* asked by one domain to be kept, */
    N2_DHT_KEEP_BURST = 256,       /* and at once */
    N2_DHT_ANSWER_VALUES = 8,      /* in one answer */
    N2_DHT_NODES_MAX = 1024,       /* of others, that one node remembers with ways to them */
    N2_DHT_THINGS_MAX = 32         /* contents that one node announces */
};
#define N2_DHT_ASK_US (2 * N2_SECOND_US)    /* an answer is waited for */
#define N2_DHT_STALE_US (10 * N2_MINUTE_US) /* who was not heard for so long gives way */
#define N2_DHT_TEND_US (1 * N2_MINUTE_US)   /* between two looks after the table */
#define N2_DHT_AGAIN_US (10 * N2_MINUTE_US) /* between two announcements of one thing */
#define N2_DHT_VALUE_US (2 * N2_HOUR_US)    /* the longest life of one */

/* sealed file and keyring */
enum {
    N2_SEALED_PASSES_MAX = 10,       /* of Argon2id, before a reader refuses the file */
    N2_SEALED_KIB_MAX = 1024 * 1024, /* memory of the same: 1 GiB */
    N2_PASSPHRASE_BYTES_MAX = 1024,  /* UTF-8 */
    N2_KEYRING_IDENTITIES_MAX = 16,  /* own identities of one profile */
    N2_KEYRING_STATICS_MAX = 16,     /* connection keys of one identity that still live */
    N2_KEYRING_STATEMENTS_MAX = 40,  /* of one own identity, all kinds */
    N2_KEYRING_STATEMENTS_BYTES_MAX = 14 * 1024, /* of them together: they fit one answer */
    N2_KEYRING_KEYS_MAX = 16,   /* of one own identity: those that are here or on tokens */
    N2_KEYRING_PENDING_MAX = 8, /* requests that wait for a token */
    N2_KEYRING_SECRET_BYTES_MAX = 4096, /* passphrases, words: what comes by a pipe */
    N2_SESSION_HOURS = 12,              /* of a sign-in that says nothing else */
    N2_SESSION_HOURS_MAX = 24,
    N2_KEYRING_MESSAGE_BYTES_MAX = 16 * 1024 /* one request or answer */
};
#define N2_STATIC_LIFETIME_US                                                                  \
    (7 * 24 * N2_HOUR_US)                        /* a connection key; data.md allows 8 days */
#define N2_SESSION_LIFETIME_US (12 * N2_HOUR_US) /* a session key; data.md allows 24 h */
#define N2_SESSION_RENEW_US (1 * N2_HOUR_US)     /* before its end another is drawn */
#define N2_DEVICE_LIFETIME_US (400 * 24 * N2_HOUR_US)         /* a device key's grant */
#define N2_TOKEN_KEY_LIFETIME_US (20 * 365 * 24 * N2_HOUR_US) /* of session and open keys */

/* ipc */
enum {
    N2_IPC_CLIENTS_MAX = 64,           /* connections at one time */
    N2_IPC_JOBS_MAX = 256,             /* calls and transfers of one client at one time */
    N2_IPC_CHUNK_BYTES = 256 * 1024,   /* held for one transfer while its pipe is full */
    N2_IPC_PIPE_BYTES = 1024 * 1024,   /* asked for; the system may give less */
    N2_IPC_TURN_CHUNKS = 4,            /* for one transfer in one turn of the main loop */
    N2_IPC_TELL_US = 100000,           /* between two signals of one kind */
    N2_IPC_BACKLOG = 64,               /* connections that nobody has accepted yet */
    N2_IPC_GREET_S = 5,                /* a client must say who it is within this */
    N2_IPC_IMPORT_BYTES_MAX = 1 << 20, /* of an identity as somebody pastes it */
    N2_IPC_SOCKET_PATH_BYTES_MAX = 107 /* struct sockaddr_un, without the NUL */
};

/* node: the control plane */
enum {
    N2_JOBS_MAX = 256, /* requests of ipc under way */
    N2_KEY_REQUESTS_MAX =
        1024,            /* to the keys process, unanswered; hellos above it are refused */
    N2_PEERS_MAX = 1024, /* written down, and links that others opened */
    N2_PEERS_OTHERS_MAX = 768, /* of them: links that others opened */
    N2_ROUTES_MAX = 8,         /* ways to one identity */
    N2_WAYS_SHOWN_MAX = 64,    /* identities, one way each, for a map of them */
    N2_MEETINGS_MAX = 32,      /* direct links that we asked for */
    N2_ROUTES_BAD_MAX = 16,    /* of all, that were silent a moment ago */
    N2_ECHO_TRIES = 3,         /* of one hop of a trace */
    N2_RESERVED_MAX = 64,      /* reservations that the user has asked for */
    N2_SITE_MOVES_MAX = 4,     /* accounts at sites that move at once */
    N2_SITE_CHOICES_MAX = 64,  /* sites of which is known as whom the user is there */
    N2_PERSON_ASKS_MAX = 32,   /* PINs, touches, choices that wait for a person */
    N2_PUBLISH_TRIES = 3       /* signatures asked for, when another head came first */
};
#define N2_SITE_LOGIN_US (2 * N2_MINUTE_US) /* a log-in that wants a PIN or a touch */
#define N2_SITE_NOBODY_US N2_MINUTE_US      /* who said 'nobody' at a site is not asked again */
#define N2_MOVE_SITE_US (5 * N2_SECOND_US)  /* an account is moved in this time, or later; */
#define N2_MOVE_ALL_US (20 * N2_SECOND_US)  /* all together */
#define N2_SYNC_AGAIN_US (5 * N2_MINUTE_US) /* other machines of ours are asked again */
#define N2_FRESH_AGAIN_US N2_HOUR_US        /* own identities are confirmed anew */
#define N2_MEET_AGAIN_US (5 * N2_SECOND_US) /* a direct link is asked for again after this, */
#define N2_MEET_AGAIN_MAX_US                                                                   \
    (10 * N2_MINUTE_US)                    /* twice as long each time in vain, up to this */
#define N2_WAY_BAD_US (10 * N2_SECOND_US)  /* one that was silent is the last choice so long */
#define N2_LOOK_SPAN_US (N2_SECOND_US / 2) /* between two looks at the switch: rates */
#define N2_LOOK_OLD_US (10 * N2_SECOND_US) /* a look that old tells nothing of now */
#define N2_STORE_TEND_US UINT64_C(10000)   /* between two steps of keeping the store tidy */
#define N2_NODE_KEY_RENEW_US (24 * N2_HOUR_US) /* before its end a node key is renewed */
#define N2_KEYS_AGAIN_US (5 * N2_SECOND_US)    /* the keys process failed: asked again after */
#define N2_KEYS_CLOCK_US                                                                       \
    (10 * N2_MINUTE_US) /* the clock of the world is looked at so often                        \
                         */

/* host: net2o.conf */
enum {
    N2_CONFIG_BYTES_MAX = 1 << 20
};

/* host: lines in the log, for which strangers give cause */
enum {
    N2_LOG_BURST = 100,     /* lines of one process at once, */
    N2_LOG_PER_S = 10,      /* then so many a second */
    N2_LOG_KIND_BURST = 20, /* of them of one kind at once, */
    N2_LOG_KIND_PER_S = 1,  /* then so many a second */
    N2_LOG_KINDS = 64       /* told apart */
};
