"""From candidate mutations to alleles and who carries them."""

import numpy as np
from numba import njit

U64 = np.uint64
MANY = 64  # bits of a word; leaves from which on a pass over all edges is cheaper than a descent (a choice)


@njit(cache=True, nogil=True)
def _leaves(x, top, first, left, right, child, leaves, stack, out, at):
    """Write the leaves below ``top`` at coordinate x to ``out[at:]``, ascending; return where they end, -1 for more
    than ``MANY``."""
    n = at
    stack[0] = top
    depth = 1
    while depth > 0:
        depth -= 1
        node = stack[depth]
        if node >= leaves:
            for e in range(first[node], first[node + 1]):
                if left[e] <= x and x < right[e]:
                    stack[depth] = child[e]
                    depth += 1
        else:
            out[n] = node
            n += 1
            if n - at > MANY:
                n, depth = -1, 0
    for i in range(at + 1, n):
        leaf = out[i]
        j = i
        while j > at and out[j - 1] > leaf:
            out[j] = out[j - 1]
            j -= 1
        out[j] = leaf
    return n


@njit(cache=True, nogil=True)
def _sweep(base, node, first, left, right, child, leaves, state):
    """Fill state uint64[nodes]: bit i says that a node is below candidate i of these, at most 64, sorted by base."""
    state[:] = 0
    m = len(base)
    place = np.full(MANY, np.inf)
    for i in range(m):
        state[node[i]] |= U64(1) << U64(i)
        place[i] = base[i]
    for u in range(len(state) - 1, leaves - 1, -1):
        if state[u] == 0:
            continue
        for e in range(first[u], first[u + 1]):
            if right[e] <= place[0] or left[e] > place[m - 1]:
                continue
            lo, hi = 0, m
            if left[e] > place[0]:
                step = MANY // 2
                while step > 0:
                    lo += step if place[lo + step - 1] < left[e] else 0
                    step //= 2
            if right[e] <= place[m - 1]:
                hi, step = 0, MANY // 2
                while step > 0:
                    hi += step if place[hi + step - 1] < right[e] else 0
                    step //= 2
            if lo < hi:
                state[child[e]] |= state[u] >> U64(lo) << U64(lo + 64 - hi) >> U64(64 - hi)


@njit(cache=True, nogil=True)
def _pick(rates, context, mark):
    """The alternative whose share of the summed rates of a context holds ``mark``, -1 beyond all of them."""
    total = 0.0
    for i in range(4):
        total += rates[context, i]
        if mark < total:
            return i
    return -1


@njit(cache=True, nogil=True)
def carriers(
    base,
    node,
    mark,
    first,
    left,
    right,
    child,
    leaves,
    context,
    region,
    forward,
    backward,
    ceiling,
    most,
    indel,
    length,
    below,
    row_base,
    row_alt,
    row_size,
    row_flip,
    off,
    out,
    began,
    became,
    made,
):
    """Resolve candidates into biallelic rows with their carriers; return the number of rows.

    Candidates sorted by (base, time), youngest first. Edges sorted by parent, ``first[u]:first[u + 1]`` those of parent
    u; samples are the nodes 0..leaves - 1 and the last of them is the reference haplotype, which has the genome's base
    everywhere. context uint8, region uint8 by base. forward[context, to] and backward[context, to] are mutation rates
    down and up a lineage; ceiling[context] bounds every sum over states of the middle base, most[context] the sums of
    the base itself; indel[region, 0] and [region, 1] are rates of deletions and insertions; length[region] the
    cumulative shares of indel lengths.

    States are resolved outwards from the reference: its own lineage upwards in time with backward rates gives the root,
    everything else downwards in time with forward rates. A candidate is accepted by mark x (ceiling + indels) against
    the rates of the state it finds, so recurrence, back mutation and third alleles are exact.

    Written: row_base int32, row_alt int8 (code of an alternative base, -1 for an indel), row_size int8 (indels: bases
    that ALT has more than REF), row_flip bool (ALT is the ancestral allele), off int64[rows + 1], out int32 (carriers,
    ascending). There are at most as many rows as candidates. below int32: room for the leaves of one base's candidates.
    Of every candidate: began int8 (base at the root), became int8 (base below it, 4 for an indel, -1 for a rejected
    one), made int32 (row of an indel, -1 for others and where it has none).
    """
    people = leaves - 1
    stack = np.empty(len(first), np.int32)
    begin = np.empty(len(base) + 1, np.int64)
    state = np.empty(leaves, np.int8)
    taken = np.empty(len(base) + 1, np.int8)
    off[0] = 0
    state_of = np.zeros(len(first) - 1, U64)
    many = np.empty(len(base), np.int32)  # candidates with more leaves below them than are listed one by one
    swept, common = -MANY, 0  # the first of the 64 of these that it speaks of, and this one
    n = 0
    k = 0
    i = 0
    for c in range(len(base)):
        became[c] = -1
        made[c] = -1
        x, here, area = base[c], np.int64(context[base[c]]), np.int64(region[base[c]])
        at = mark[c] * (ceiling[here] + indel[area, 0] + indel[area, 1])
        alone = (c == 0 or base[c - 1] != x) and (c + 1 == len(base) or base[c + 1] != x)
        if alone and at < ceiling[here] and at >= most[here]:
            continue
        if _leaves(x, node[c], first, left, right, child, leaves, stack, below, 0) < 0:
            many[common] = c
            common += 1
    many = many[:common]
    common = 0
    while i < len(base):
        x = base[i]
        j = i
        while j < len(base) and base[j] == x:
            j += 1
        m = j - i
        first_candidate = i
        i = j
        here = np.int64(context[x])
        middle = (here // 5) % 5
        side = here - 5 * middle
        area = np.int64(region[x])
        snv = ceiling[here]
        whole = snv + indel[area, 0] + indel[area, 1]
        at = mark[first_candidate] * whole
        if m == 1 and at < snv and at >= most[here]:
            continue  # rejected whatever lies below
        # the leaves below every candidate; an indel is a row of its own
        begin[0] = 0
        for c in range(m):
            candidate = first_candidate + c
            if common < len(many) and many[common] == candidate:
                # one pass over the edges, from old to young, for this candidate and the next with many leaves
                if common - swept >= MANY:
                    swept = common
                    some = many[swept : swept + MANY]
                    _sweep(base[some], node[some], first, left, right, child, leaves, state_of)
                q = begin[c]
                for h in range(leaves):
                    if state_of[h] >> U64(common - swept) & U64(1):
                        below[q] = h
                        q += 1
                common += 1
            else:
                q = _leaves(x, node[candidate], first, left, right, child, leaves, stack, below, begin[c])
            begin[c + 1] = q
            at = mark[candidate] * whole
            flip = below[begin[c + 1] - 1] == people
            taken[c] = -1
            began[candidate] = middle
            alt, size = -1, 0
            if at >= snv:
                taken[c] = -2
                became[candidate] = 4
                kind = 0 if at - snv < indel[area, 0] else 1
                share = (at - snv - kind * indel[area, 0]) / indel[area, kind]
                size = 1
                while size < length.shape[1] - 1 and length[area, size] <= share:
                    size += 1
                if (kind == 0) != flip:
                    size = -size
            elif m > 1:
                continue
            else:  # most bases: one mutation, whose carriers are who is below, or who is not
                alt = _pick(backward if flip else forward, side + 5 * middle, at)
                if alt < 0:
                    continue
                began[candidate] = alt if flip else middle
                became[candidate] = middle if flip else alt
            start = k
            q = begin[c]
            if flip:
                for h in range(people):
                    if below[q] == h:
                        q += 1
                    else:
                        out[k] = h
                        k += 1
            else:
                for q in range(begin[c], begin[c + 1]):
                    out[k] = below[q]
                    k += 1
            if k > start:
                row_base[n] = x
                row_alt[n] = alt
                row_size[n] = size
                row_flip[n] = flip
                if size != 0:
                    made[candidate] = n
                n += 1
                off[n] = k
        if m == 1:
            continue
        # the lineage of the reference, from the present upwards
        root = middle
        changes = 0
        for c in range(m):
            if taken[c] == -1 and below[begin[c + 1] - 1] == people:
                old = _pick(backward, side + 5 * root, mark[first_candidate + c] * whole)
                if old >= 0:
                    taken[c] = root  # downwards, this event makes the younger state
                    became[first_candidate + c] = root
                    root = old
                    changes += 1
        # everything else, from the root downwards
        for c in range(m):
            began[first_candidate + c] = root
        started = False
        for c in range(m - 1, -1, -1):
            if taken[c] == -2:
                continue
            if not started:
                for h in range(leaves):
                    state[h] = root
                started = True
            new = np.int64(taken[c])
            if new < 0:
                if below[begin[c + 1] - 1] == people:
                    continue  # on the lineage of the reference, and rejected
                found = np.int64(state[below[begin[c]]])
                new = _pick(forward, side + 5 * found, mark[first_candidate + c] * whole)
                if new < 0:
                    continue
                became[first_candidate + c] = new
                changes += 1
            for q in range(begin[c], begin[c + 1]):
                state[below[q]] = new
        if changes == 0:
            continue
        for alt in range(4):
            if alt == middle:
                continue
            start = k
            for h in range(people):
                if state[h] == alt:
                    out[k] = h
                    k += 1
            if k > start:
                row_base[n] = x
                row_alt[n] = alt
                row_size[n] = 0
                row_flip[n] = root != middle and alt == root
                n += 1
                off[n] = k
    return n
