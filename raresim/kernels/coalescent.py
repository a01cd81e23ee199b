"""The coalescent with recombination and migration: Hudson's algorithm."""

import math

import numpy as np
from numba import njit

LEAST = 1024  # events after which it is looked at what is left (a choice: a hundredth of the time)
LEFT, RIGHT, NODE = 0, 1, 2  # of a piece of ancestral material
FIRST, BEGIN, END, PLACE, SIZE = 0, 1, 2, 3, 4  # of a lineage: first piece (-1: none), bounds, place in deme, pieces
ONE, SIX, LAST, BIT = np.uintp(1), np.uintp(6), np.uintp(63), np.uint64(1)
# The number of the lowest bit of a word (Leiserson, Prokop and Randall 1998, "Using de Bruijn sequences to index a 1 in
# a computer word").
DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
LOWEST = np.zeros(64, np.uint8)
LOWEST[[(0x03F79D71B4CB0A89 << i & 0xFFFFFFFFFFFFFFFF) >> 58 for i in range(64)]] = range(64)
WIDER = 1.001  # more than what rounding can add to a waiting time
NONE = np.int64(1 << 40)  # where the pieces of a lineage that has no more begin


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
def _set(tree, room, lineage, i, mass):
    """Give lineage i its crossovers in the tree of sums (Fenwick 1994, doi:10.1002/spe.4380240306) of so many; what it
    had is in the last row; return the change."""
    own = mass[lineage[i, END]] - mass[lineage[i, BEGIN] + 1]
    change = own - tree[1, i]
    tree[1, i] = own
    k = np.uintp(i) + ONE  # unsigned: not tested for "from the end"
    while change != 0.0 and k <= np.uintp(room):
        tree[0, k] += change
        k += k & (~k + ONE)
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
def _release(free, number):
    free[2 + free[0]] = number
    free[0] += 1


@njit(cache=True, nogil=True)
def _put(piece, began, k, left, right, node):
    """Write a piece to k, or make the one before as much longer if it is of the same node; return where the next is."""
    if k > began and piece[k - ONE, RIGHT] == left and piece[k - ONE, NODE] == node:
        piece[k - ONE, RIGHT] = right
        return k
    piece[k, LEFT], piece[k, RIGHT], piece[k, NODE] = left, right, node
    return k + ONE


@njit(cache=True, nogil=True)
def _meet(piece, top, lineage, i, j, edge, edges, node):
    """Join the pieces of lineages i and j in i, from ``top`` on; write edges to ``node`` where both are; return the
    ends of pieces and edges."""
    x, y = np.uintp(lineage[i, FIRST]), np.uintp(lineage[j, FIRST])
    last_x, last_y = x + np.uintp(lineage[i, SIZE]), y + np.uintp(lineage[j, SIZE])
    a, b = np.int64(piece[x, LEFT]), np.int64(piece[y, LEFT])
    began, n, front = edges, np.uintp(top), np.uintp(top)
    while True:
        if a < b:
            end = min(np.int64(piece[x, RIGHT]), b)
            n = _put(piece, front, n, a, end, piece[x, NODE])
            a = end
        elif b < a:
            end = min(np.int64(piece[y, RIGHT]), a)
            n = _put(piece, front, n, b, end, piece[y, NODE])
            b = end
        elif a == NONE:
            break
        else:
            end = np.int64(min(piece[x, RIGHT], piece[y, RIGHT]))
            for child in (piece[x, NODE], piece[y, NODE]):  # in the order of child and left
                k = edges
                while k > began and edge[k - 1, 3] > child:
                    edge[k, 0], edge[k, 1], edge[k, 3] = edge[k - 1, 0], edge[k - 1, 1], edge[k - 1, 3]
                    k -= 1
                edge[k, 0], edge[k, 1], edge[k, 3] = a, end, child
                edge[edges, 2] = node
                edges += 1
            n = _put(piece, front, n, a, end, node)
            a = b = end
        if a < NONE and piece[x, RIGHT] == a:
            x += ONE
            a = np.int64(piece[x, LEFT]) if x < last_x else NONE
        if b < NONE and piece[y, RIGHT] == b:
            y += ONE
            b = np.int64(piece[y, LEFT]) if y < last_y else NONE
    lineage[i, FIRST], lineage[i, SIZE] = top, n - front
    lineage[i, BEGIN], lineage[i, END], k = piece[front, LEFT], piece[n - ONE, RIGHT], began
    for e in range(began + 1, edges):
        if edge[k, 3] == edge[e, 3] and edge[k, 1] == edge[e, 0]:
            edge[k, 1] = edge[e, 1]
        else:
            k += 1
            edge[k, 0], edge[k, 1], edge[k, 3] = edge[e, 0], edge[e, 1], edge[e, 3]
    return np.int64(n), k + 1 if edges > began else edges


@njit(cache=True, nogil=True)
def _copied(piece, first, size, top):
    """Copy pieces to ``top``; return the end of them."""
    for k in range(np.uintp(size)):
        for field in range(3):
            piece[np.uintp(top) + k, field] = piece[np.uintp(first) + k, field]
    return top + size


@njit(cache=True, nogil=True)
def _part(piece, top, lineage, i, j, base):
    """Give lineage j what lineage i has from a base on; return the end of pieces."""
    first, size = np.int64(lineage[i, FIRST]), np.int64(lineage[i, SIZE])
    s, hi = first, first + size - 1  # the first piece that ends behind the base
    while s < hi:
        middle = (s + hi) >> 1
        if piece[middle, RIGHT] > base:
            hi = middle
        else:
            s = middle + 1
    lineage[j, FIRST], lineage[j, END], lineage[j, SIZE] = s, lineage[i, END], first + size - s
    if piece[s, LEFT] < base:  # it is cut
        lineage[j, FIRST] = top
        top = _copied(piece, s, np.int64(lineage[j, SIZE]), top)
        piece[lineage[j, FIRST], LEFT] = piece[s, RIGHT] = base
        s += 1
    lineage[j, BEGIN] = piece[lineage[j, FIRST], LEFT]
    lineage[i, SIZE], lineage[i, END] = s - first, piece[s - 1, RIGHT]
    return top


@njit(cache=True, nogil=True)
def _moved(piece, lineage, lineages, top):
    """Copy the pieces of all lineages one after the other to ``top``; return their end."""
    for i in range(lineages):
        if lineage[i, FIRST] >= 0:
            end = _copied(piece, lineage[i, FIRST], np.int64(lineage[i, SIZE]), top)
            lineage[i, FIRST], top = top, end
    return top


@njit(cache=True, nogil=True)
def _trim(piece, lineage, lineages, alive, marked, place, after, before, top):
    """Copy the pieces of all lineages to ``top``, but take from the ends of pieces what only one lineage has; return
    their end.

    A lineage that has nothing left gets the first piece -2. Room for the bases and one more: alive (zeros), place,
    after, before int32; marked uint64, a bit for each (zeros). Only where pieces begin or end is looked at.
    """
    for i in range(lineages):
        if lineage[i, FIRST] >= 0:
            for s in range(np.uintp(lineage[i, FIRST]), np.uintp(lineage[i, FIRST] + lineage[i, SIZE])):
                left, right = np.uintp(piece[s, LEFT]), np.uintp(piece[s, RIGHT])
                alive[left] += 1
                alive[right] -= 1
                marked[left >> SIX] |= BIT << (left & LAST)
                marked[right >> SIX] |= BIT << (right & LAST)
    many, end, places = 0, 0, np.uintp(0)
    for word in range(np.uintp(len(marked))):
        bits = marked[word]
        marked[word] = np.uint64(0)
        while bits:
            x = (word << SIX) + np.uintp(LOWEST[((bits & (~bits + BIT)) * DE_BRUIJN) >> np.uint64(58)])
            bits &= bits - BIT
            if many > 1:
                end = np.int64(x)
            before[x] = end  # the end of the last base that several lineages have
            many += alive[x]
            alive[x] = 0
            after[x] = many
            place[places] = x
            places += ONE
    end = len(alive) - 1
    while places > 0:
        places -= ONE
        x = np.uintp(place[places])
        if after[x] > 1:
            end = np.int64(x)
        after[x] = end  # the next such base
    for i in range(lineages):
        if lineage[i, FIRST] < 0:
            continue
        first = top
        for s in range(np.uintp(lineage[i, FIRST]), np.uintp(lineage[i, FIRST] + lineage[i, SIZE])):
            left, right = after[np.uintp(piece[s, LEFT])], before[np.uintp(piece[s, RIGHT])]
            if left < right:
                piece[top, LEFT], piece[top, RIGHT], piece[top, NODE] = left, right, piece[s, NODE]
                top += 1
        if top > first:
            lineage[i, FIRST], lineage[i, SIZE] = first, top - first
            lineage[i, BEGIN], lineage[i, END] = piece[first, LEFT], piece[top - 1, RIGHT]
        else:
            lineage[i, FIRST], lineage[i, BEGIN], lineage[i, END] = -2, 0, 1
    return top


@njit(cache=True, nogil=True)
def coalesce(deme, start, size, growth, migration, move, mass, key, piece, lineage, where, member, edge, time):
    """Simulate the ancestry of samples; return the numbers of edges and of nodes: (-1, 0) where they do not fit, (-2,
    0) where some lineages can never meet.

    deme int8[samples]. start float64[epochs]: when each epoch begins, in generations ago; the last one has no end.
    size, growth float64[epochs, demes]: diploid size at the begin of an epoch and its rate of growth forward in time;
    migration float64[epochs, demes, demes]: rate from a deme to another, back in time. move, alike: the chances of
    where a lineage of a deme goes when an epoch begins, cumulative, the last ones 1. mass float64[bases + 1]: expected
    crossovers up to each base; one between bases x - 1 and x has the rate of base x, as in msprime. key uint64.

    Written are edge int32[n, 4] (left, right, parent, child), sorted by parent, child and left, and time float64[n] and
    where int8[n] (the deme) of nodes, by time; the samples are the first ones. Work space: piece int32[2 n, 3],
    lineage int32[m, 5], member int32[demes, m].

    Two lineages of a deme meet at rate 1 / (2 size); edges are recorded where both have material that is ancestral to
    samples (Hudson 1983, doi:10.1016/0040-5809(83)90013-8). Where one lineage is left of all, its material is dropped
    now and then: until then it changes nothing of what the rest does.
    """
    samples, demes, bases, lineages = len(deme), size.shape[1], len(mass) - 1, len(lineage)
    tree = np.zeros((2, 2 * lineages + 1))
    room = 1  # of the tree: grows with the lineages
    while room < samples:
        room *= 2
    alive, marked = np.zeros(bases + 1, np.int32), np.zeros((bases >> 6) + 1, np.uint64)
    place, after, before = np.empty(bases + 1, np.int32), np.empty(bases + 1, np.int32), np.empty(bases + 1, np.int32)
    home = np.empty(lineages, np.int8)  # the deme of a lineage
    idle = np.zeros(lineages + 2, np.int32)  # lineages that are none
    count, state = np.zeros(demes, np.int64), np.zeros(1, np.uint64)
    total = 0.0
    for i in range(samples):
        time[i], where[i] = 0.0, deme[i]
        _take(idle)
        piece[i, LEFT], piece[i, RIGHT], piece[i, NODE] = 0, bases, i
        lineage[i, FIRST], lineage[i, BEGIN], lineage[i, END], lineage[i, SIZE] = i, 0, bases, 1
        _join(lineage, home, member, count, i, deme[i])
        total += _set(tree, room, lineage, i, mass)
    edges, nodes, top, events, due, stuck = 0, samples, samples, 0, 2 * samples, False
    low, half = 0, len(piece) >> 1  # the half that pieces are in; they are copied to the other one
    now, epoch = start[0], 0
    while True:
        lineages = idle[1]
        if events == due:
            low = half - low
            top = _trim(piece, lineage, lineages, alive, marked, place, after, before, low)
            tree[:, : room + 1] = 0.0  # with all that sums were rounded by
            total, live = 0.0, count.sum()
            for i in range(lineages):
                if lineage[i, FIRST] == -2:
                    _leave(lineage, home, member, count, i)
                    live -= 1
                    _release(idle, i)
                    lineage[i, FIRST] = -1
                total += _set(tree, room, lineage, i, mass)
            if live == 0:
                return edges, nodes
            due += max(LEAST, 2 * live)
        if 2 * (top - low) > half:
            low = half - low
            top = _moved(piece, lineage, lineages, low)
            if 2 * (top - low) > half:
                return -1, 0
        events += 1
        wait, kind, who = math.inf, 0, 0
        if total > 0:
            wait = -math.log(_uniform(key, state)) / total
        for p in range(demes):
            k = count[p]
            if k == 0:
                continue
            u, rate = _uniform(key, state), growth[epoch, p]
            pairs = k * (k - 1.0)
            fewer = math.exp(-rate * (now - start[epoch])) if rate != 0.0 else 1.0
            # no logarithm for what comes too late: -log(u) >= 1 - u, and e^z - 1 <= z / (1 - z)
            late = (1.0 - u) * 4.0 * size[epoch, p] * fewer * (1.0 - max(rate, 0.0) * wait) >= WIDER * wait * pairs
            if k > 1 and not late:
                x = -math.log(u) * 4.0 * size[epoch, p] / pairs
                if rate != 0.0:  # the pairs meet e^(rate t) times as often
                    x = 1.0 + rate * x * fewer
                    x = math.log(x) / rate if x > 0 else math.inf
                if x < wait:
                    wait, kind, who = x, 1, p
            rate = 0.0
            for q in range(demes):
                rate += k * migration[epoch, p, q]
            if rate > 0:
                u = _uniform(key, state)
                x = -math.log(u) / rate if 1.0 - u < WIDER * wait * rate else math.inf
                if x < wait:
                    wait, kind, who = x, 2, p
        if epoch + 1 < len(start) and now + wait >= start[epoch + 1]:
            epoch += 1
            now = start[epoch]
            count[:] = 0
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
            if idle[0] + len(lineage) == idle[1] or top + lineage[i, SIZE] > low + half:
                return -1, 0
            j = _take(idle)
            if j == room:
                tree[0, 2 * room] = tree[0, room]
                room *= 2
            top = _part(piece, top, lineage, i, j, lo)
            _join(lineage, home, member, count, j, home[i])
            total += _set(tree, room, lineage, i, mass) + _set(tree, room, lineage, j, mass)
        elif kind == 1:
            first = int(_uniform(key, state) * count[who])
            second = int(_uniform(key, state) * (count[who] - 1))
            i, j = member[who, first], member[who, second + (second >= first)]
            most = lineage[i, SIZE] + lineage[j, SIZE]
            if top + 2 * most > low + half or edges + 2 * most > len(edge) or nodes == len(time):
                return -1, 0
            _leave(lineage, home, member, count, j)
            top, end = _meet(piece, top, lineage, i, j, edge, edges, nodes)
            if end > edges:
                edges = end
                time[nodes], where[nodes] = now, who
                nodes += 1
            lineage[j, FIRST], lineage[j, BEGIN], lineage[j, END] = -1, 0, 1  # no crossover can fall into it
            _release(idle, j)
            total += _set(tree, room, lineage, i, mass) + _set(tree, room, lineage, j, mass)
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
