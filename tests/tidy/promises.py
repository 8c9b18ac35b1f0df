#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
#
# promises.py - checks that attacks and limits have their tests: each number of ATTACKS is in a test's
#               name, each limit of base/limits.h is used, and filled or named by a test, or listed
#               in UNREACHED with the reason why no stranger gets there.  Each decision of a design
#               says what would change it.  Prints TAP; argument: the tree's root.
import os
import re
import sys

ATTACKS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 31, 36, 44, 48, 49, 60, 62]
# In a C string or a name of a Python test: /sim/attacks/attack-24-flood, attack_04_path_too_deep.
NUMBER = re.compile(r'\battack[-_](\d+)[-_]\w')
CHANGE = re.compile(r'What would change it: \w')
LIMIT = re.compile(r'\bN2_[A-Z0-9_]+(?:_MAX|_PER_S)\b')
ROW = re.compile(r'n2_uses_add\(\s*[^,]+,\s*"(\w+)"')

# Limit, and why a test that fills it from outside says nothing.
UNREACHED = {
    'N2_AGAIN_PER_WAY_PER_S': 'sim-limits-words: a way that takes its all leaves some to a newcomer',
    'N2_ASKS_MAX': 'our own queries; a user has 256 jobs at most',
    'N2_HEADS_ANSWERED_MAX': 'an answer ends there; who wants more asks below the last of it',
    'N2_BOX_BYTES_MAX': 'a form: test-box checks what is above it by each kind',
    'N2_CONFIG_BYTES_MAX': 'a file of the operator\'s',
    'N2_DHT_THINGS_MAX': 'our own announcements; what is above it is not announced',
    'N2_DISK_PATH_BYTES_MAX': 'names of files that the store makes up itself',
    'N2_EPOCH_PACKETS_MAX': 'a number of the protocol; what comes before it is in test-transport-*',
    'N2_FAILED_OPENINGS_MAX': '2^35 forgeries under one key; test-transport-rekey sets another number',
    'N2_FETCH_HOLDERS_MAX': 'holders that a user\'s address brings',
    'N2_FETCH_REGIONS_MAX': 'our own regions: a holder cannot make us grant more',
    'N2_FETCH_REMOTES_MAX': 'identities that the user asks for',
    'N2_FETCH_TRANSFERS_MAX': 'files that the user asks for',
    'N2_FETCH_TRIES_MAX': 'our own tries',
    'N2_FIND_WATCHES_MAX': 'a user\'s own questions; a client has fewer jobs',
    'N2_GONE_MAX': 'our own revoked regions; a holder only sends into them',
    'N2_IPC_SOCKET_PATH_BYTES_MAX': 'the operator chooses the path; test-ipc',
    'N2_KEYRING_STATEMENTS_MAX': 'our own statements',
    'N2_KEY_RECORDS_MAX': 'our own keys',
    'N2_LINK_MOVE_PER_S': 'one address is on trial at a time, for 0.2 s at least',
    'N2_LINK_OUT_MAX': 'the answers of all strangers have rates whose bursts are smaller',
    'N2_LOCAL_SEEN_MAX': 'what is forgotten sooner passes again, at most N2_LOCAL_PER_S times a second',
    'N2_LOG_KIND_PER_S': 'test-log fills the gate with its own numbers; e2e-floods looks at the log',
    'N2_LOG_PER_S': 'the same',
    'N2_MEETINGS_MAX': 'our own wishes',
    'N2_NOTICE_AGAIN_MAX': 'places by hash: the newer unit takes the place',
    'N2_PERSON_ASKS_MAX': 'what the user has begun; test-control-order',
    'N2_PEERS_MAX': 'what strangers leave of it is the user\'s: peers_others',
    'N2_PIN_ENTRIES_MAX': 'a million entries of a tree that the user pins; each has 60 bytes on his disk first',
    'N2_ROUTES_BAD_MAX': 'our own ways; the one that is tried again soonest makes room',
    'N2_RESERVED_MAX': 'reservations that the user asks for',
    'N2_SEALED_KIB_MAX': 'a file of the user\'s; test-sealed, attack 39',
    'N2_SEALED_PASSES_MAX': 'the same',
    'N2_SITE_MOVES_MAX': 'orders of the user\'s: devices that are removed at once',
    'N2_SERVE_IDENTITIES_MAX': 'our own identities',
    'N2_SERVE_NODES_MAX': 'the size of one answer',
    'N2_SERVE_SEND_BYTES_MAX': '128 reads of 1 MiB are as much: serve_sends is met first',
    'N2_STORE_COLLECT_MAX': 'the size of one step',
    'N2_STORE_EVICT_MAX': 'the size of one step',
    'N2_STORE_PENDING_BYTES_MAX': 'above it the store syncs',
    'N2_STORE_PENDING_FILES_MAX': 'the same',
    'N2_STORE_PENDING_MAX': 'the same',
    'N2_STORE_SYNC_ONE_BY_ONE_MAX': 'a choice between two ways to sync',
    'N2_WAYS_SHOWN_MAX': 'the rows of one answer, of ways that the user set or uses',
    'N2_SWITCH_WIDTH_MAX': 'a form of the wire; test-wire, test-control',
}

# Tests that fill limits while something honest goes on.
FILLERS = re.compile(r'^tests/(sim/sim-limits[\w-]*|unit/test-ipc-limits)\.c$')

# Row of net2o status that none of those fills, and why.
UNFILLED = {
    'claims': 'reservations of our own; test-reserve fills it',
    'cast_events': 'of what the user follows; sim-tree fills it',
    'casts': 'what the user follows; sim-tree fills it',
    'channel_blocks': 'of switches with more than 256 ports; sim-channel fills it',
    'feeds': 'of trees that the user is the source of; sim-alone fills it',
    'fetch_regions': 'our own regions: a holder cannot make us grant more',
    'fetch_remotes': 'identities that the user asks for',
    'fetch_transfers': 'files that the user asks for',
    'filter_rules': 'the operator\'s',
    'flight_packets': 'what we send: it waits; test-transport-parts fills it',
    'gone': 'our own revoked regions; a holder only sends into them',
    'grants': 'our own regions; test-transport-memory fills it',
    'jobs': 'programs of the user\'s, each of which has ipc_jobs, which is filled',
    'labels': 'the operator\'s; test-label fills it',
    'said': 'our own words; answers to others leave at once',
    'reserve_out': 'our own words; answers to others leave at once',
    'reserve_steps': 'of edge switches; test-reserve-liars fills it',
    'lookups': 'names that the user looks up; those of others are lookups_others; test-resolve-attacks fills it',
    'lookups_others': 'test-resolve-attacks fills it, and a look-up of the user\'s goes on',
    'lookups_per_other': 'above it what is known is answered, and nothing asked on; control-name',
    'zones_kept': 'the user\'s own, and those that he follows; control-zones fills it',
    'zone_asks': 'above it others are told to come later; control-zones fills it',
    'name_answers': 'the longest unused makes room; test-resolve-cache fills it',
    'name_answers_bytes': 'the same',
    'name_zone_percent': 'the same, of its own zone',
    'dht_domain': 'test-dht fills it: who is not in the table is no less served',
    'dht_keep_per_s': 'each domain has its own; test-dht fills it beside others',
    'dht_key_values': 'the same',
    'dht_nodes': 'who was told of and did not answer makes room, and who answered stays',
    'dht_seeks': 'our own look-ups; test-dht fills it',
    'dht_share': 'each domain has its own; test-dht fills it beside others',
    'dht_shares': 'test-dht fills it, and who is there goes on',
    'dht_values': 'test-dht fills it: a node more keeps what this one has no room for',
    'dht_writer': 'each node has its own; test-dht fills it beside others',
    'route_places': 'the longest unused makes room',
    'route_questions': 'above it nothing is asked, and again when the next thing is due',
    'zones_seen': 'the longest unused makes room; test-resolve-attacks fills it',
    'link_meetings': 'strangers: link_met_per_s lets one a second in, and each is over after 2 s',
    'link_move_per_s': 'one address is on trial at a time, for 0.2 s at least: 5 a second',
    'link_out': 'the answers of all strangers have rates whose bursts are smaller',
    'local_per_s': 'only an Ethernet has local broadcasts; sim-channel, attack 19',
    'log_per_s': 'test-log fills the gate with its own numbers; e2e-floods looks at the log beside transfers',
    'meetings': 'direct links that we ask for ourselves, of nodes that we talk to',
    'plain': 'regions that the operator grants',
    'person_asks': 'what the user has begun; test-control-order fills it',
    'probes': 'our own questions; test-transport-handover fills it',
    'account_moves': 'test-store-account fills it with its own accounts: at one a second it takes 18 hours',
    'carried': 'only a cache fetches for others, and who asks for one more is told to ask later; e2e-cache',
    'login_tries': 'four of each connection; the fifth is answered LIMIT; test-login',
    'show_per_s': 'over it no proof is verified and nothing else changes; test-serve-show fills it',
    'show_tries': 'two of each connection; the third is answered LIMIT; test-serve-show',
    'sends': 'what strangers ask for is serve_sends, which is filled; test-transport-memory',
    'serve_mapped_bytes': 'nobody is refused: what nobody reads is unmapped; test-serve-mapped fills it',
    'serve_walk_bytes': 'copies of one moment: test-serve-walk fills it and has it emptied',
    'serve_send_bytes': '128 reads of 1 MiB are as much: serve_sends is met first',
    'store_cache_bytes': 'what the user reads; test-store throws it out',
    'tickets_own': 'connections that we make; test-first-flood fills it',
}


def read_all(root, tops, endings):
    """Text by path."""
    texts = {}
    for top in tops:
        for folder, folders, names in os.walk(os.path.join(root, top)):
            folders[:] = [f for f in folders if f not in ('corpus', '__pycache__')]
            for name in names:
                path = os.path.join(folder, name)
                if name.endswith(endings):
                    with open(path, encoding='utf-8', errors='replace') as file:
                        texts[os.path.relpath(path, root)] = file.read()
    return texts


def short(limit):
    """The name in net2o status."""
    return re.sub(r'_MAX$', '', limit[len('N2_'):]).lower()


def missing_attacks(tests):
    found = {int(n) for text in tests.values() for n in NUMBER.findall(text)}
    return [f'attack {n}' for n in ATTACKS if n not in found]


def limit_faults(header, code, tests):
    faults = []
    all_code, all_tests = '\n'.join(code.values()), '\n'.join(tests.values())
    limits = sorted(set(LIMIT.findall(header)))
    for limit in limits:
        if not re.search(rf'\b{limit}\b', all_code):
            faults.append(f'{limit} is used nowhere')
        is_tested = re.search(rf'\b{limit}\b', all_tests) or f'"{short(limit)}"' in all_tests
        if not is_tested and limit not in UNREACHED:
            faults.append(f'{limit} is in no test')
    return faults + [f'{limit} is listed, but is no limit' for limit in UNREACHED if limit not in limits]


def row_faults(code, tests):
    """Rows of net2o status that no test knows, or for which the command line has no words."""
    rows = {name for text in code.values() for name in ROW.findall(text)}
    words = code.get('daemon/cli/limits.c', '')
    all_tests = '\n'.join(tests.values())
    unreached = {short(limit) for limit in UNREACHED}
    faults = [f'{name}: no words in cli/limits.c' for name in sorted(rows) if f'{{"{name}",' not in words]
    return faults + [f'{name}: in no test' for name in sorted(rows)
                     if f'"{name}"' not in all_tests and f"'{name}'" not in all_tests and
                     name not in unreached and f'N2_{name.upper()}' not in all_tests]


def part(text, title):
    """What stands under a heading of the second level."""
    match = re.search(rf'^## (?:\d+\. )?{title}\n(.*?)(?=^## |\Z)', text, re.M | re.S)
    return match.group(1) if match else ''


def decision_faults(paragraphs, items, table):
    """Decisions without a last part: paragraphs and items that begin in bold, rows of a table."""
    found = re.findall(r'^(\*\*.*?)(?:\n\n|\Z)', paragraphs, re.M | re.S)
    found += re.findall(r'^- (\*\*.*?)(?=\n- |\n\n|\Z)', items, re.M | re.S)
    faults = [' '.join(text.split())[:70] for text in found if not CHANGE.search(' '.join(text.split()))]
    rows = [line.strip('| ') for line in table.split('\n') if line.startswith('| ')]
    faults += [row[:70] for row in rows if len(re.split(r'\| *', row)) != 4 or row.endswith('-')]
    return faults if found and rows else faults + ['no decisions are found']


def read_decisions(root):
    texts = []
    for path in 'daemon/DESIGN.md', 'render/SYNTAX.md', 'app/DESIGN.md':
        with open(os.path.join(root, path), encoding='utf-8') as file:
            texts.append(file.read())
    node = '\n'.join(part(texts[0], title) for title in ('Decisions', 'Sandbox', 'Limits'))
    return node, part(texts[1], 'Decisions'), part(texts[2], 'Decisions')


def unfilled_rows(code, tests):
    """Rows that no test fills beside something honest, and reasons that are not needed."""
    rows = {name for text in code.values() for name in ROW.findall(text)}
    fillers = '\n'.join(text for path, text in tests.items() if FILLERS.match(path))
    filled = {name for name in rows if f'"{name}"' in fillers}
    return ([f'{name}: filled by no test beside a transfer' for name in sorted(rows - filled - set(UNFILLED))] +
            [f'{name}: has a reason, but is {"filled" if name in filled else "no row"}'
             for name in UNFILLED if name in filled or name not in rows])


def blind():
    """Planted faults that are not seen."""
    seen = [
        missing_attacks({'t.c': '"/x/attack-01-y" def attack_2_z'}) == [f'attack {n}' for n in ATTACKS[2:]],
        'N2_NEW_MAX is used nowhere' in limit_faults('N2_NEW_MAX = 1', {}, {'t.c': '"new"'}),
        'N2_NEW_PER_S is in no test' in limit_faults('N2_NEW_PER_S = 1', {'a.c': 'N2_NEW_PER_S'}, {}),
        decision_faults('**A.** B.\n\n**C.** What would\nchange it: d.', '- **E** f\n- **G** What would change it: h.',
                        '| i | j | k | l |\n| m | n | o | - |') == ['**A.** B.', '**E** f', 'm | n | o | -'],
        'new: in no test' in row_faults({'a.c': 'n2_uses_add(uses, "new", 1, 2, 3)'}, {}),
        'new: filled by no test beside a transfer' in unfilled_rows({'a.c': 'n2_uses_add(uses, "new", 1, 2, 3)'},
                                                                    {'tests/unit/test-new.c': '"new"'}),
        'gone: has a reason, but is filled' in unfilled_rows({'a.c': 'n2_uses_add(uses, "gone", 1, 2, 3)'},
                                                             {'tests/sim/sim-limits-a.c': '"gone"'}),
    ]
    return [n for n, ok in enumerate(seen) if not ok]


def main(root):
    with open(os.path.join(root, 'daemon/base/limits.h'), encoding='utf-8') as file:
        header = file.read()
    code = read_all(root, ['daemon', 'app', 'render'], ('.c', '.h'))
    code.pop('daemon/base/limits.h')
    tests = read_all(root, ['tests'], ('.c', '.h', '.py'))
    tests.pop('tests/tidy/promises.py')
    results = [
        ('planted faults are seen', [str(n) for n in blind()]),
        ('each attack has a test that names it', missing_attacks(tests)),
        ('each limit is used, and in a test or listed', limit_faults(header, code, tests)),
        ('each row of the status has words and a test', row_faults(code, tests)),
        ('each row of the status is filled beside a transfer, or has a reason', unfilled_rows(code, tests)),
        ('each decision says what would change it', decision_faults(*read_decisions(root))),
    ]
    print(f'1..{len(results)}')
    for number, (name, faults) in enumerate(results, 1):
        for fault in faults:
            print(f'# {fault}')
        print(f'{"not ok" if faults else "ok"} {number} - {name}')


if __name__ == '__main__':
    main(sys.argv[1])
