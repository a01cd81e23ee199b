"""The obvious twins of the kernels that make a panel."""

from __future__ import annotations

import math

import numpy as np

MASK = (1 << 64) - 1


def uniform(key, count):
    z = (key + count * 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    z ^= z >> 31
    return ((z >> 11) + 0.5) / 2**53


def mutate(trees, cumulative, key):
    """Candidates (base, node, time, mark) of a tree sequence, in the order of its edges."""
    out, count = [], 1
    wait = -math.log(uniform(key, count))
    time = trees.nodes_time
    for edge in trees.edges():
        a, b = int(edge.left), int(edge.right)
        span = time[edge.parent] - time[edge.child]
        area = span * (cumulative[b] - cumulative[a])
        while wait < area:
            at = cumulative[a] + wait / span
            base = min(int(np.searchsorted(cumulative, at, "right")) - 1, b - 1)
            width = cumulative[base + 1] - cumulative[base]
            when = time[edge.child] + span * uniform(key, count + 1)
            out.append((base, edge.child, when, min((at - cumulative[base]) / width, 1 - 1e-16)))
            count += 2
            wait -= math.log(uniform(key, count))
        wait -= area
    return out


def pick(rates, mark):
    for i, edge in enumerate(np.cumsum(rates)):
        if mark < edge:
            return i
    return None


def carriers(trees, candidates, people, context, region, rates):
    """Rows {(base, alt or "indel", size): (flipped, haplotypes)} with one list of indel rows; sample ``people`` is the
    reference."""
    rows, indels = {}, []
    for base in sorted({c[0] for c in candidates}):
        tree = trees.at(base)
        here = int(context[base])
        middle, side = here // 5 % 5, here - 5 * (here // 5 % 5)
        deletion, insertion = rates.indel[region[base]]
        whole = rates.ceiling[here] + deletion + insertion
        events = sorted((c for c in candidates if c[0] == base), key=lambda c: c[2])
        snvs = []
        for _, node, _, mark in events:
            below = set(tree.samples(node))
            at = mark * whole
            if at < rates.ceiling[here]:
                snvs.append((below, at))
                continue
            at -= rates.ceiling[here]
            share = at / deletion if at < deletion else (at - deletion) / insertion
            size = max(1, int(np.searchsorted(rates.length[region[base]], share, "right")))
            size = -min(size, 30) if at < deletion else min(size, 30)
            flip = people in below
            found = set(range(people)) - below if flip else below
            if found:
                indels.append((base, -size if flip else size, flip, sorted(found)))
        root, known = middle, {}
        for i, (below, at) in enumerate(snvs):
            if people in below:
                old = pick(rates.backward[side + 5 * root], at)
                if old is not None:
                    known[i], root = root, old
        state = dict.fromkeys(range(people + 1), root)
        for i, (below, at) in reversed(list(enumerate(snvs))):
            new = known.get(i) if people in below else pick(rates.forward[side + 5 * state[min(below)]], at)
            if new is not None:
                state.update(dict.fromkeys(below, new))
        assert state[people] == middle
        for alt in range(4):
            found = [h for h in range(people) if state[h] == alt]
            if alt != middle and found:
                rows[base, alt] = (root != middle and alt == root, found)
    return rows, indels
