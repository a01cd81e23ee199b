"""The coalescent with recombination and migration: Hudson's algorithm."""

import math

import numpy as np
from numba import njit

LEAST = 1024  # events after which it is looked at what is left (a choice: a hundredth of the time)
LEFT, RIGHT, NODE, NEXT = 0, 1, 2, 3  # of a piece of ancestral material; NEXT: the next piece of its lineage, or -1
# Of a lineage: first piece (-1: there is none), bounds, place in its deme, and that it has no more pieces than SIZE.
FIRST, BEGIN, END, PLACE, SIZE = 0, 1, 2, 3, 4


@njit(cache=True, nogil=True)
def _uniform(key, state):
    # splitmix64 finaliser (Steele, Lea and Flood 2014, doi:10.1145/2714064.2660195); 53 bits, never 0
    state[0] += np.uint64(1)
    z = key + state[0] * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z = z ^ (z >> np.uint64(31))
    return (np.float64(z >> np.uint64(11)) + 0.5) / 9007199254740992.0


@njit(cache=True, nogil=True)
def _set(tree, lineage, i, mass):
    """Give lineage i its crossovers in the tree of sums (Fenwick 1994, doi:10.1002/spe.4380240306); what it had is in
    the last row; return the change."""
    own = 0.0
    if lineage[i, FIRST] >= 0:
        own = mass[lineage[i, END]] - mass[lineage[i, BEGIN] + 1]
    change = own - tree[1, i]
    tree[1, i] = own
    k = i + 1
    while k < tree.shape[1]:
        tree[0, k] += change
        k += k & -k
    return change


@njit(cache=True, nogil=True)
def _join(lineage, where, member, count, i, deme):
    """Put lineage i into a deme."""
    where[i] = deme
    lineage[i, PLACE] = count[deme]
    member[deme, count[deme]] = i
    count[deme] += 1


@njit(cache=True, nogil=True)
def _leave(lineage, where, member, count, i):
    """Take lineage i out of its deme."""
    deme = where[i]
    count[deme] -= 1
    moved = member[deme, count[deme]]
    member[deme, lineage[i, PLACE]] = moved
    lineage[moved, PLACE] = lineage[i, PLACE]


@njit(cache=True, nogil=True)
def _take(free):
    """Return a free number: free[0] numbers were given back, from free[2] on; those from free[1] on were never used."""
    if free[0] > 0:
        free[0] -= 1
        return free[2 + free[0]]
    free[1] += 1
    return free[1] - 1


@njit(cache=True, nogil=True)
def _piece(piece, free, left, right, node, after):
    """Make a piece and return it."""
    s = _take(free)
    piece[s, LEFT], piece[s, RIGHT], piece[s, NODE], piece[s, NEXT] = left, right, node, after
    return s


@njit(cache=True, nogil=True)
def _release(free, number):
    free[2 + free[0]] = number
    free[0] += 1


@njit(cache=True, nogil=True)
def _meet(piece, free, x, y, edge, edges, node, lineage, i):
    """Join the pieces from x and from y on in lineage i; write edges to ``node`` where both are; return their end."""
    began, front, last, size = edges, -1, -1, 0
    while x >= 0 or y >= 0:
        if x < 0 or (y >= 0 and piece[y, LEFT] < piece[x, LEFT]):
            x, y = y, x
        if y < 0 or piece[x, RIGHT] <= piece[y, LEFT]:
            s, x = x, piece[x, NEXT]
        elif piece[x, LEFT] < piece[y, LEFT]:
            s = _piece(piece, free, piece[x, LEFT], piece[y, LEFT], piece[x, NODE], -1)
            piece[x, LEFT] = piece[y, LEFT]
        else:
            if piece[x, RIGHT] > piece[y, RIGHT]:
                x, y = y, x
            left, right = piece[x, LEFT], piece[x, RIGHT]
            for child in (piece[x, NODE], piece[y, NODE]):  # in the order of child and left
                k = edges
                while k > began and (edge[k - 1, 3] > child or (edge[k - 1, 3] == child and edge[k - 1, 0] > left)):
                    edge[k, 0], edge[k, 1], edge[k, 3] = edge[k - 1, 0], edge[k - 1, 1], edge[k - 1, 3]
                    k -= 1
                edge[k, 0], edge[k, 1], edge[k, 3] = left, right, child
                edge[edges, 2] = node
                edges += 1
            s, x = x, piece[x, NEXT]
            piece[s, NODE] = node
            if piece[y, RIGHT] > right:
                piece[y, LEFT] = right
            else:
                _release(free, y)
                y = piece[y, NEXT]
        piece[s, NEXT] = -1
        if last >= 0 and piece[last, RIGHT] == piece[s, LEFT] and piece[last, NODE] == piece[s, NODE]:
            piece[last, RIGHT] = piece[s, RIGHT]
            _release(free, s)
        else:
            if last >= 0:
                piece[last, NEXT] = s
            else:
                front = s
            last = s
            size += 1
    lineage[i, FIRST], lineage[i, BEGIN], lineage[i, END] = front, piece[front, LEFT], piece[last, RIGHT]
    lineage[i, SIZE] = size
    k = began
    for e in range(began + 1, edges):
        if edge[k, 3] == edge[e, 3] and edge[k, 1] == edge[e, 0]:
            edge[k, 1] = edge[e, 1]
        else:
            k += 1
            edge[k, 0], edge[k, 1], edge[k, 3] = edge[e, 0], edge[e, 1], edge[e, 3]
    return k + 1 if edges > began else edges


@njit(cache=True, nogil=True)
def _part(piece, free, lineage, i, j, base):
    """Give lineage j what lineage i has from a base on."""
    before, s = -1, lineage[i, FIRST]
    while piece[s, RIGHT] <= base:
        before, s = s, piece[s, NEXT]
    if piece[s, LEFT] < base:
        new = _piece(piece, free, base, piece[s, RIGHT], piece[s, NODE], piece[s, NEXT])
        piece[s, RIGHT] = base
        before, s = s, new
    piece[before, NEXT] = -1
    lineage[j, FIRST], lineage[j, BEGIN], lineage[j, END] = s, piece[s, LEFT], lineage[i, END]
    lineage[i, END] = piece[before, RIGHT]
    lineage[i, SIZE] += 1
    lineage[j, SIZE] = lineage[i, SIZE]


@njit(cache=True, nogil=True)
def _trim(piece, free, lineage, lineages, bases):
    """Take from the ends of pieces what only one lineage has; one that has nothing left gets the first piece -2."""
    alive = np.zeros(bases + 1, np.int32)
    for i in range(lineages):
        s = lineage[i, FIRST]
        while s >= 0:
            alive[piece[s, LEFT]] += 1
            alive[piece[s, RIGHT]] -= 1
            s = piece[s, NEXT]
    for x in range(1, bases + 1):
        alive[x] += alive[x - 1]
    after, before = np.empty(bases + 1, np.int32), np.zeros(bases + 1, np.int32)  # next one, and end of the last one
    after[bases] = bases
    for x in range(bases):
        before[x + 1] = x + 1 if alive[x] > 1 else before[x]
    for x in range(bases - 1, -1, -1):
        after[x] = x if alive[x] > 1 else after[x + 1]
    for i in range(lineages):
        s, last = lineage[i, FIRST], -1
        while s >= 0:
            following = piece[s, NEXT]
            piece[s, LEFT], piece[s, RIGHT] = after[piece[s, LEFT]], before[piece[s, RIGHT]]
            if piece[s, LEFT] >= piece[s, RIGHT]:
                _release(free, s)
            else:
                if last < 0:
                    lineage[i, FIRST], lineage[i, BEGIN] = s, piece[s, LEFT]
                else:
                    piece[last, NEXT] = s
                piece[s, NEXT] = -1
                lineage[i, END] = piece[s, RIGHT]
                last = s
            s = following
        if last < 0 and lineage[i, FIRST] >= 0:
            lineage[i, FIRST] = -2


@njit(cache=True, nogil=True)
def coalesce(deme, start, size, growth, migration, move, mass, key, piece, free, lineage, where, member, edge, time):
    """Simulate the ancestry of samples; return the numbers of edges and of nodes: (-1, 0) where they do not fit, (-2,
    0) where some lineages can never meet.

    deme int8[samples]. start float64[epochs]: when each epoch begins, in generations ago; the last one has no end.
    size, growth float64[epochs, demes]: diploid size at the begin of an epoch and its rate of growth forward in time;
    migration float64[epochs, demes, demes]: rate from a deme to another, back in time. move, alike: the chances of
    where a lineage of a deme goes when an epoch begins, cumulative, the last ones 1. mass float64[bases + 1]: expected
    crossovers up to each base; one between bases x - 1 and x has the rate of base x, as in msprime. key uint64.

    Written are edge int32[n, 4] (left, right, parent, child), sorted by parent, child and left, and time float64[n] and
    where int8[n] (the deme) of nodes, by time; the samples are the first ones. Work space: piece int32[n, 4], free
    int32[n + 2], lineage int32[m, 5], member int32[demes, m].

    Two lineages of a deme meet at rate 1 / (2 size); edges are recorded where both have material that is ancestral to
    samples (Hudson 1983, doi:10.1016/0040-5809(83)90013-8). Where one lineage is left of all, its material is dropped
    now and then: until then it changes nothing of what the rest does.
    """
    samples, demes, bases, lineages = len(deme), size.shape[1], len(mass) - 1, len(lineage)
    room = 1
    while room < lineages:
        room *= 2
    tree = np.zeros((2, room + 1))
    home = np.empty(lineages, np.int8)  # the deme of a lineage
    idle = np.empty(lineages + 2, np.int32)  # lineages that are none
    idle[0] = idle[1] = free[0] = free[1] = 0
    count, state = np.zeros(demes, np.int64), np.zeros(1, np.uint64)
    total = 0.0
    for i in range(samples):
        time[i], where[i] = 0.0, deme[i]
        s = _piece(piece, free, 0, bases, i, -1)
        _take(idle)
        lineage[i, FIRST], lineage[i, BEGIN], lineage[i, END], lineage[i, SIZE] = s, 0, bases, 1
        _join(lineage, home, member, count, i, deme[i])
        total += _set(tree, lineage, i, mass)
    edges, nodes = 0, samples
    now, epoch = start[0], 0
    events, due, stuck = 0, 2 * samples, False
    while True:
        lineages = idle[1]
        if events == due:
            _trim(piece, free, lineage, lineages, bases)
            for k in range(room + 1):
                tree[0, k] = tree[1, k] = 0.0  # with all that sums were rounded by
            total, live = 0.0, 0
            for i in range(lineages):
                if lineage[i, FIRST] == -2:
                    _leave(lineage, home, member, count, i)
                    _release(idle, i)
                    lineage[i, FIRST] = -1
                total += _set(tree, lineage, i, mass)
            for p in range(demes):
                live += count[p]
            if live == 0:
                return edges, nodes
            due += max(LEAST, 2 * live)
        events += 1
        wait, kind, who = math.inf, 0, 0
        if total > 0:
            wait = -math.log(_uniform(key, state)) / total
        for p in range(demes):
            k = count[p]
            if k == 0:
                continue
            x = -math.log(_uniform(key, state)) * 4.0 * size[epoch, p] / max(k * (k - 1.0), 1e-300)
            rate = growth[epoch, p]
            if rate != 0.0:  # the pairs meet e^(rate t) times as often
                x = 1.0 + rate * x * math.exp(-rate * (now - start[epoch]))
                x = math.log(x) / rate if x > 0 else math.inf
            if k > 1 and x < wait:
                wait, kind, who = x, 1, p
            rate = 0.0
            for q in range(demes):
                rate += k * migration[epoch, p, q]
            if rate > 0:
                x = -math.log(_uniform(key, state)) / rate
                if x < wait:
                    wait, kind, who = x, 2, p
        if epoch + 1 < len(start) and now + wait >= start[epoch + 1]:
            epoch += 1
            now = start[epoch]
            for p in range(demes):
                count[p] = 0
            for i in range(lineages):
                if lineage[i, FIRST] >= 0:
                    x, q = _uniform(key, state), 0
                    while x >= move[epoch, home[i], q]:
                        q += 1
                    _join(lineage, home, member, count, i, q)
            events -= 1
            continue
        if wait == math.inf:  # nothing can happen: is everything done?
            if stuck:
                return -2, 0
            stuck, due = True, events
            continue
        stuck = False
        now += wait
        if kind == 0:
            # the lineage in which the running sum passes a value
            i, step, rest = 0, room, _uniform(key, state) * total
            while step > 0:
                if i + step <= room and tree[0, i + step] <= rest:
                    i += step
                    rest -= tree[0, i]
                step >>= 1
            if i >= lineages or lineage[i, FIRST] < 0 or lineage[i, END] - lineage[i, BEGIN] < 2:
                continue  # by the rounding of sums
            lo, hi = lineage[i, BEGIN] + 1, lineage[i, END]
            rest += mass[lo]
            while hi - lo > 1:  # mass[lo] <= rest < mass[hi]
                middle = (lo + hi) >> 1
                if mass[middle] <= rest:
                    lo = middle
                else:
                    hi = middle
            if idle[0] + len(lineage) == idle[1] or free[0] + len(piece) == free[1]:
                return -1, 0
            j = _take(idle)
            _part(piece, free, lineage, i, j, lo)
            _join(lineage, home, member, count, j, home[i])
            total += _set(tree, lineage, i, mass) + _set(tree, lineage, j, mass)
        elif kind == 1:
            first = int(_uniform(key, state) * count[who])
            second = int(_uniform(key, state) * (count[who] - 1))
            i, j = member[who, first], member[who, second + (second >= first)]
            most = lineage[i, SIZE] + lineage[j, SIZE]
            if free[0] + len(piece) - free[1] < most or edges + 2 * most > len(edge) or nodes == len(time):
                return -1, 0
            _leave(lineage, home, member, count, j)
            end = _meet(piece, free, lineage[i, FIRST], lineage[j, FIRST], edge, edges, nodes, lineage, i)
            if end > edges:
                edges = end
                time[nodes], where[nodes] = now, who
                nodes += 1
            lineage[j, FIRST] = -1
            _release(idle, j)
            total += _set(tree, lineage, i, mass) + _set(tree, lineage, j, mass)
        else:
            i = member[who, int(_uniform(key, state) * count[who])]
            x, q = 0.0, -1
            for p in range(demes):
                x += migration[epoch, who, p]
            x *= _uniform(key, state)
            for p in range(demes):
                if migration[epoch, who, p] > 0 and x >= 0:
                    q = p
                    x -= migration[epoch, who, p]
            _leave(lineage, home, member, count, i)
            _join(lineage, home, member, count, i, q)
