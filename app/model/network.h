/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * network.h - the ways that the node knows, as a tree that begins here: for the map and its
 * twin in words.
 *
 * Layer: app/model (no widgets).  As in place.h: filled once, then read only.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum {
    N2_WAYPOINT_HERE,     /* this computer */
    N2_WAYPOINT_SWITCH,   /* others lie behind it */
    N2_WAYPOINT_PLACE,    /* a node that we know by its identity */
    N2_WAYPOINT_COMPUTER, /* a node that nobody has named */
    N2_WAYPOINT_ASLEEP    /* one that does not answer */
} N2WaypointKind;

/** How the line to a stop is; the later ones are the more urgent. */
typedef enum {
    N2_WAY_KNOWN,
    N2_WAY_USED,
    N2_WAY_ASLEEP,
    N2_WAY_JAMMED
} N2WayState;

#define N2_TYPE_WAYPOINT (n2_waypoint_get_type())
G_DECLARE_FINAL_TYPE(N2Waypoint, n2_waypoint, N2, WAYPOINT, GObject)

/** A stop of the map, and the line that leads to it from the one before. */
struct _N2Waypoint {
    GObject parent_instance;
    char *key;     /* labels from here to there, "1/4 3/2"; "" here */
    char *title;   /* a name, else what is known */
    char *address; /* (nullable) net2o://k1-.../ */
    char *where;   /* (nullable) udp:HOST:PORT, eth:... */
    char *avoid;   /* (nullable) by which it can be avoided, as n2_avoided.hop */
    N2WaypointKind kind;
    guint parent;  /* its place among the points; of the first one its own */
    guint depth;   /* lines from here */
    gint64 rtt_us; /* there and back; -1 unknown */

    N2WayState line;
    guint port;       /* of our own switch, if it is our own line, else 0 */
    guint64 rate_bps; /* 0 unknown; it and all below: of an own line only */
    guint64 in_bps, out_bps, reserved_bps;
    guint64 queue_us, n_dropped;
    gint64 jammed_us; /* since; -1: it is not */
};

N2Waypoint *n2_waypoint_new(void); /* empty (transfer full) */

/** 0 to 1: how full the line is, the fuller direction; -1: its rate is not known. */
double n2_waypoint_load(const N2Waypoint *self);

/** Is nearly all of its rate taken?  A jam can be without: of a queue that short bursts fill.
 */
gboolean n2_waypoint_is_full(const N2Waypoint *self);

#define N2_TYPE_RESERVATION (n2_reservation_get_type())
G_DECLARE_FINAL_TYPE(N2Reservation, n2_reservation, N2, RESERVATION, GObject)

/** A part of a line that is ours. */
struct _N2Reservation {
    GObject parent_instance;
    char *title;    /* whom it leads to */
    guint64 number; /* by which it is given back */
    guint64 rate_bps;
    gboolean is_asked;  /* the answer is not here yet */
    gboolean is_urgent; /* of the highest class */
};

N2Reservation *n2_reservation_new(void); /* empty (transfer full) */

#define N2_TYPE_CAST (n2_cast_get_type())
G_DECLARE_FINAL_TYPE(N2Cast, n2_cast, N2, CAST, GObject)

/** A tree or a channel that our switch passes on. */
struct _N2Cast {
    GObject parent_instance;
    char *key;    /* its number */
    char *title;  /* "Tree from Hafen" */
    guint n_ways; /* it goes out by */
    guint64 n_packets;
};

N2Cast *n2_cast_new(void); /* empty (transfer full) */

/** "3 branches, 4,711 packets" (transfer full). */
char *n2_cast_dup_words(const N2Cast *self);

/** What no way goes through, because the user says so. */
typedef struct {
    char *hop; /* "#NUMBER" of a switch, k1-... of a domain */
    char *title;
} n2_avoided;

#define N2_TYPE_NETWORK (n2_network_get_type())
G_DECLARE_FINAL_TYPE(N2Network, n2_network, N2, NETWORK, GObject)

struct _N2Network {
    GObject parent_instance;
    GPtrArray *points;        /* of N2Waypoint (owned); a parent comes before its children */
    GListStore *reservations; /* of N2Reservation: our own */
    GPtrArray *avoided;       /* of n2_avoided (owned) */
    GListStore *casts;        /* of N2Cast: as many as the node tells of, of n_casts */
    guint n_labels, n_trees, n_channels, n_casts, n_rules;
    guint64 n_forwarded;
};

N2Network *n2_network_new(void); /* with this computer alone (transfer full) */

/** Copies both. */
void n2_network_add_avoided(N2Network *self, const char *hop, const char *title);
gboolean n2_network_is_avoided(const N2Network *self, const char *hop);

/** What SwitchLook answers, as a network (transfer full). */
N2Network *n2_network_read(GVariant *look);

/** What a trace found of a stop: its delay; below 0: nobody answers there, or behind it.  Of a
 * line that is ours, or in use, the node knows better. */
void n2_network_note(N2Network *self, const char *key, gint64 rtt_us);

/** The stop with this key, or NULL. */
N2Waypoint *n2_network_find(const N2Network *self, const char *key);

N2Waypoint *n2_network_point(const N2Network *self, guint i);

/** How many own lines there are, and of these how many work without a jam. */
guint n2_network_count_lines(const N2Network *self, guint *good);

/** One sentence, for the head of the view (transfer full). */
char *n2_network_dup_headline(const N2Network *self);

/** What is wrong, or what goes on, in a sentence (transfer full). */
char *n2_network_dup_sentence(const N2Network *self);

/** "50 % of 100 Mbit/s", "3 Mbit/s", "asleep" (transfer full). */
char *n2_network_dup_load(const N2Waypoint *line);

/** All that is known of a stop and its line, in one go, for who does not see the map (transfer
 * full). */
char *n2_network_dup_description(const N2Network *self, const N2Waypoint *point);

G_END_DECLS
