/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * topology.h - the switches of one domain and the links between them, as the domain's server
 *              knows them from reports; ways within it.
 *
 * Layer:     name (may include: base, wire, crypto).  Sans-IO: time is passed in.
 * Source:    data.md, section 5; PROTOCOL.md, "Routes".
 * Invariant: a link is used only while both of its ends report it, with the worse of what they
 *            say of rate and delay; so one switch alone can add nothing (attack 43).
 * Ends:      a link dies with its port (the next report leaves it out), or when one end has
 *            missed N2_LINK_REPORTS_MISSED reports.
 * Complaints: never cut anything.  The server asks the two ends itself, and a link that fails
 *            there comes last for N2_LINK_SILENT_US behind the last time it did, or until it
 *            answers.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bucket.h"
#include "name/domain.h"

typedef struct n2_topology n2_topology;

/** A switch on a way. */
typedef struct {
    uint32_t number;
    uint16_t port; /* by which it is left; 0: the way ends here */
    uint8_t width;
} n2_inner_hop;

/** A way within the domain: labels of all its switches but the last. */
typedef struct {
    n2_route route;
    n2_inner_hop hops[N2_COMPOSED_HOPS_MAX];
    size_t n;
    uint64_t rate_Bps; /* least of its links, 0 unknown */
    uint64_t delay_us; /* one way */
    bool is_doubtful;  /* one of its links failed our probe */
} n2_inner_way;

/** Switches not to be gone through (the first and the last may be among them). */
typedef struct {
    uint32_t numbers[N2_AVOID_MAX];
    size_t n;
} n2_inner_avoid;

/** @out: (out) (transfer full).  Returns: N2_OK, N2_ERR_NOMEM. */
N2_MUST_USE n2_err n2_topology_new(n2_topology **out, const n2_id *domain);

/** @topology: (transfer full) (nullable). */
void n2_topology_free(n2_topology *topology);

/**
 * The switch @who belongs to the domain: the operator says so.
 *
 * Returns: N2_OK (also if it did already), N2_ERR_EXISTS (another identity with this number),
 *          N2_ERR_LIMIT, N2_ERR_NOMEM.
 */
N2_MUST_USE n2_err n2_topology_admit(n2_topology *topology, const n2_id *who, uint8_t width);

/**
 * Takes a report whose signature was checked.
 *
 * Returns: N2_OK
 *          N2_ERR_REFUSED  of another domain, or by a switch that does not belong to it
 *          N2_ERR_STATE    not newer than the last one: a replay
 *          N2_ERR_FORMAT   its width is not that of the switch
 *          N2_ERR_NOMEM
 */
N2_MUST_USE n2_err n2_topology_report(n2_topology *topology,
                                      const n2_links *said,
                                      uint64_t now_us);

/** When n2_topology_expire() changes something next; UINT64_MAX: never. */
uint64_t n2_topology_deadline(const n2_topology *topology);
void n2_topology_expire(n2_topology *topology, uint64_t now_us);

/** Counts whatever changes ways: who composed one keeps it while this stays. */
uint64_t n2_topology_version(const n2_topology *topology);

/** Is the link between port @port of @number and its neighbour up? */
bool n2_topology_is_up(const n2_topology *topology, uint32_t number, uint16_t port);

/**
 * Up to @room ways from switch @from to switch @to, by delay + 100 kB / rate, those in doubt
 * last; found by the sum of that over their links.  From a switch to itself: one of no labels.
 *
 * @avoid: (nullable).
 *
 * Returns: N2_OK and *@n of at least 1
 *          N2_ERR_NOTFOUND     a switch that does not belong to the domain
 *          N2_ERR_UNREACHABLE  no way is up
 *          N2_ERR_REFUSED      none that goes round what is to be avoided
 *          N2_ERR_LIMIT        all are longer than 58 bits
 *          N2_ERR_NOMEM
 */
N2_MUST_USE n2_err n2_topology_ways(n2_topology *topology,
                                    uint32_t from,
                                    uint32_t to,
                                    const n2_inner_avoid *avoid,
                                    n2_inner_way *ways,
                                    size_t room,
                                    size_t *n);

/** Ports of switch @a with links to @b that are up, at most @room.  Returns: how many. */
size_t n2_topology_between(
    const n2_topology *topology, uint32_t a, uint32_t b, uint16_t *ports, size_t room);

/**
 * Follows @route from @from: where somebody hangs whose packets come by it.
 *
 * @number, @port: (out): the last switch of ours, and its port with no link of ours; or 0: it
 * is that switch's own end point.
 * @rest: (out): what stands behind that port's label: the end's own switches.
 *
 * Returns: N2_OK, N2_ERR_NOTFOUND (@from does not belong to the domain), N2_ERR_FORMAT (it ends
 *          at one of our switches, but has no label for its end point, or more behind that).
 */
N2_MUST_USE n2_err n2_topology_follow(const n2_topology *topology,
                                      uint32_t from,
                                      const n2_route *route,
                                      uint32_t *number,
                                      uint16_t *port,
                                      n2_route *rest);

/* ---- complaints ---- */

/**
 * Somebody says that the link at @port of @number carries nothing.
 *
 * Returns: N2_OK: it will be probed, or is; N2_ERR_NOTFOUND: no such link is up; N2_ERR_LIMIT:
 *          too many at once.
 */
N2_MUST_USE n2_err n2_topology_complain(n2_topology *topology,
                                        uint32_t number,
                                        uint16_t port,
                                        uint64_t now_us);

/**
 * The next link to be probed: echoes to the switches at both of its ends, from @from; false:
 * none.
 *
 * @number, @port: (out): the link, as n2_topology_probed() wants it.
 * @near, @far: (out): ways to its two ends, the second by this very link; the first by others,
 * if there are any (bits 0: it is @from itself, which need not be asked).
 */
bool n2_topology_next_probe(n2_topology *topology,
                            uint32_t from,
                            uint32_t *number,
                            uint16_t *port,
                            n2_route *near,
                            n2_route *far);

/** What came of it.  @near_answered, but not @far_answered: it is in doubt, and probed again
 *  every N2_LINK_DOUBT_US.  If the nearer did not answer either, nothing is known of this link.
 */
void n2_topology_probed(n2_topology *topology,
                        uint32_t number,
                        uint16_t port,
                        bool near_answered,
                        bool far_answered,
                        uint64_t now_us);

typedef struct {
    uint64_t n_reports, n_refused, n_replayed, n_complaints, n_doubted;
    uint64_t n_complaints_over, n_full;  /* limits met: complaints, switches */
    size_t n_switches, n_up, n_doubtful; /* links, each once */
} n2_topology_counts;
void n2_topology_counts_get(const n2_topology *topology, n2_topology_counts *out);
