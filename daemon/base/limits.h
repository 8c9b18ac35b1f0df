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
    N2_SWITCH_NOTICE_BURST = 100
};

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
    (60 * N2_SECOND_US)                  /* a longer one is looked for again after this        \
                                          */
#define N2_LINK_MET_US UINT64_C(250000)  /* between two messages to an introduced one */
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
    N2_IDENTITY_KEYS_MAX = 64           /* keys an identity may have at one time */
};
#define N2_CLOCK_SKEW_US N2_HOUR_US /* by which two honest clocks may differ */

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
    N2_STORE_RESERVE_BYTES = 4 * 1024 * 1024,     /* of the disk, left for the database */
    N2_PART_SYNC_BYTES = 128 * 1024 * 1024        /* of a fetch lost by a crash at most */
};

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
    N2_PLANE_RUNS_PER_PORT_MAX = 32,        /* of them for one link whose rate is known */
    N2_URGENT_BURST = 64,
    N2_URGENT_PER_S = 1000, /* urgent packets of one in-port; more are not urgent */
    N2_PLAIN_MAX = 255,     /* plain regions: their numbers have 8 bits */
    N2_PLAIN_PER_S = 1000,  /* packets taken by one plain region */
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
    N2_SERVE_NODES_MAX = 1024,        /* hashes in one answer to `nodes` */
    N2_SERVE_FOLDERS_MAX = 32,        /* folders in one answer to `follow` */
    N2_SERVE_FOLDERS_BYTES = 256 << 10, /* of them together */
    N2_SERVE_GIVEN_BYTES = 16 << 10,    /* longest content that such an answer holds */
    N2_SERVE_GROUPS_MAX = 16,           /* groups that it has written */
    N2_SHOW_TRIES_MAX = 2,              /* of one asker to prove who it is */
    N2_SHOW_PER_S = 8192,               /* of all together */
    N2_SHOW_WEIGHT_NEW = 4,          /* that one with a statement never met before counts for */
    N2_FETCH_REGIONS_MAX = 16,       /* stretches under way, all transfers together */
    N2_FETCH_NUMBERS = 4096,         /* region numbers used in turn */
    N2_FETCH_HOLDERS_MAX = 8,        /* of one content, asked in turn */
    N2_FETCH_TRANSFERS_MAX = 256,    /* contents and heads being fetched */
    N2_FETCH_REMOTES_MAX = 256,      /* identities we have a connection to, or want one */
    N2_FETCH_TRIES_MAX = 6,          /* connections that end without one verified stretch */
    N2_FETCH_AHEAD_BYTES = 32 << 20, /* fetched before its reader took what came before */
    N2_FETCH_AHEAD_GROUPS = 4        /* asked for with the way to them */
};
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

/* sealed file and keyring */
enum {
    N2_SEALED_PASSES_MAX = 10,       /* of Argon2id, before a reader refuses the file */
    N2_SEALED_KIB_MAX = 1024 * 1024, /* memory of the same: 1 GiB */
    N2_PASSPHRASE_BYTES_MAX = 1024,  /* UTF-8 */
    N2_KEYRING_IDENTITIES_MAX = 16,  /* own identities of one profile */
    N2_KEYRING_STATICS_MAX = 16,     /* connection keys of one identity that still live */
    N2_KEYRING_STATEMENTS_MAX = 8,   /* birth and adds of one own identity */
    N2_KEYRING_MESSAGE_BYTES_MAX = 16 * 1024 /* one request or answer */
};
#define N2_STATIC_LIFETIME_US                                                                  \
    (7 * 24 * N2_HOUR_US)                        /* a connection key; data.md allows 8 days */
#define N2_SESSION_LIFETIME_US (12 * N2_HOUR_US) /* a session key; data.md allows 24 h */
#define N2_SESSION_RENEW_US (1 * N2_HOUR_US)     /* before its end another is drawn */
#define N2_DEVICE_LIFETIME_US (400 * 24 * N2_HOUR_US) /* a device key's grant */

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
    N2_MEETINGS_MAX = 32,      /* direct links that we asked for */
    N2_ROUTES_BAD_MAX = 16,    /* of all, that were silent a moment ago */
    N2_ECHO_TRIES = 3,         /* of one hop of a trace */
    N2_PUBLISH_TRIES = 3       /* signatures asked for, when another head came first */
};
#define N2_MEET_AGAIN_US (5 * N2_SECOND_US) /* a direct link is asked for again after this, */
#define N2_MEET_AGAIN_MAX_US                                                                   \
    (10 * N2_MINUTE_US)                   /* twice as long each time in vain, up to this */
#define N2_WAY_BAD_US (10 * N2_SECOND_US) /* one that was silent is the last choice so long */
#define N2_STORE_TEND_US UINT64_C(10000)  /* between two steps of keeping the store tidy */
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
