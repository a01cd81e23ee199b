"""Filling a record with terms: each slot is a softmax over the terms of one relation to the disease's entry."""

import numpy as np
from numba import njit

U = np.uint64
OWN, COUNT = 1 << 14, (1 << 14) - 1
NOTHING = (0.0,) * 11
MICRO = 1e-6  # information content is held in whole millionths of a nat
SLOTS = 1 << 16  # of a relation, more than any record has
CONTEXT = len(NOTHING)  # numbers that depend on what is already recorded (see _context)


@njit(cache=True, nogil=True)
def _uniform(key, draw):
    """Uniform in (0, 1) number ``draw`` of a key: the splitmix64 finaliser (Steele, Lea and Flood 2014)."""
    x = U(key) + U(draw) * U(0x9E3779B97F4A7C15)
    x = (x ^ (x >> U(30))) * U(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> U(27))) * U(0x94D049BB133111EB)
    x = x ^ (x >> U(31))
    return (np.float64(x >> U(11)) + 0.5) / 9007199254740992.0


@njit(cache=True, nogil=True)
def _context(t, k, node, line, state, many, means, systems):
    """Return whether term t may be recorded, and what it is to the record so far: ``CONTEXT`` numbers.

    k: 0 observed, 1 excluded. Mean similarity to the observed terms (information that all common ancestors add,
    Phrank's), largest similarity (Resnik's), 1 if no organ system is shared, share of them that share one; the same for
    the excluded terms; 1 if below an observed term; squared distance of the information content from the mean so far,
    and their product. Not allowed: a term recorded, or above or below one of its kind, and an excluded term that is or
    stands above an observed one. state int16[n, 2]: how many recorded terms of each kind are the term or below it, and
    ``OWN`` if it is one itself. means float64[2, 3]: of the recorded terms of each kind the sum and the mean of the
    information content, and one by their number.
    """
    mean0, top0, share0, mean1, top1, share1, below = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    if state[t, 0] & COUNT or state[t, k] & COUNT:
        return False, NOTHING
    for a in range(node[t, 0], node[t + 1, 0]):
        up = line[a]
        here0, here1 = state[up, 0], state[up, 1]
        if (here1 if k == 1 else here0) & OWN:
            return False, NOTHING
        if here0 & COUNT:
            mean0 += MICRO * node[up, 3] * (here0 & COUNT)
            top0 = max(top0, MICRO * node[up, 2])
            if here0 & OWN:
                below = 1.0
        if here1:
            mean1 += MICRO * node[up, 3] * here1
            top1 = max(top1, MICRO * node[up, 2])
    packed = node[t, 1]
    while packed:
        share0 = max(share0, systems[0, packed & 63])
        share1 = max(share1, systems[1, packed & 63])
        packed >>= 6
    new0 = 1.0 if many[0] > 0 and share0 == 0.0 else 0.0
    new1 = 1.0 if many[1] > 0 and share1 == 0.0 else 0.0
    s = k if many[k] > 0 else 0
    far, product = 0.0, 0.0
    if many[s] > 0:
        mean, own = means[s, 1], MICRO * node[t, 2]
        far, product = (own - mean) ** 2 * 0.0625, own * mean * 0.0625
    first = (mean0 * 0.5 * means[0, 2], top0 * 0.25, new0, share0 * means[0, 2])
    second = (mean1 * 0.5 * means[1, 2], top1 * 0.25, new1, share1 * means[1, 2])
    return True, (*first, *second, below, far, product)


@njit(cache=True, nogil=True)
def _add(t, k, node, line, state, many, means, systems):
    many[k] += 1
    means[k, 0] += MICRO * node[t, 2]
    means[k, 1], means[k, 2] = means[k, 0] / many[k], 1.0 / many[k]
    packed = node[t, 1]
    while packed:
        systems[k, packed & 63] += 1.0
        packed >>= 6
    for a in range(node[t, 0], node[t + 1, 0]):
        state[line[a], k] += 1
    state[t, k] |= OWN


@njit(cache=True, nogil=True)
def contexts(terms, observed, excluded, k, node, line):
    """Return float64[n, CONTEXT] and bool[n] (see :func:`_context`) of candidate terms given what is recorded."""
    n = len(node) - 1
    state = np.zeros((n, 2), np.int16)
    many, means, systems = np.zeros(2, np.int64), np.zeros((2, 3)), np.zeros((2, 64))
    for t in observed:
        _add(t, 0, node, line, state, many, means, systems)
    for t in excluded:
        _add(t, 1, node, line, state, many, means, systems)
    out, allowed = np.zeros((len(terms), CONTEXT)), np.zeros(len(terms), np.bool_)
    for i in range(len(terms)):
        allowed[i], features = _context(terms[i], k, node, line, state, many, means, systems)
        for f in range(CONTEXT):
            out[i, f] = features[f]
    return out, allowed


@njit(cache=True, nogil=True)
def _counts(profile, wanted, key):
    """Return int64[8]: the totals rounded at random, the shares of the relations kept by systematic rounding."""
    out = np.zeros(8, np.int64)
    for k in range(2):
        all_ = 0.0
        for j in range(4):
            all_ += profile[4 * k + j]
        many = int(np.floor(wanted[k] + _uniform(key, 2 * k + 1)))
        if k == 0:
            many = max(many, 1)
        if all_ == 0 or many == 0:
            continue
        u, cum, before = _uniform(key, 2 * k + 2), 0.0, 0
        for j in range(4):
            cum += profile[4 * k + j]
            here = many if j == 3 else min(int(np.floor(cum * many / all_ + u)), many)
            out[4 * k + j] = here - before
            before = here
    return out


@njit(cache=True, nogil=True)
def fill(
    key,
    clinic,
    common,
    profile,
    wanted,
    cand_off,
    cand,
    base,
    alias,
    weights,
    node,
    line,
    barred,
    proposals,
    state,
):
    """Draw the terms of a record: (int32 observed, int32 excluded), each in the order of the draw.

    key: of the record's uniforms; clinic: of those that a slot has with probability common instead, the same for all
    records of the clinic. profile float64[8]: numbers of observed and excluded terms that are exact, ancestor,
    descendant, unrelated; wanted float64[2]: totals to scale them to. The candidates of class j are
    ``cand[cand_off[j]:cand_off[j + 1]]`` (int32, ascending). At the places of cand: base float32[2, c], the score of
    each term apart from the record; alias int64[2, c]: alias tables of its exponentials over each class (see
    :func:`alias_table`). weights float64[2, 4, CONTEXT]. node int32[n + 1, 4]: of each term where its ancestors (itself
    among them) begin in line (uint16), the numbers of its organ systems (from 1) in groups of six bits, its information
    content in millionths, and what it adds to that of its parents. barred bool[2, n]: terms that may not be recorded.
    state int16[n, 2]: room to work, zero before and after.

    Classes with more than ``proposals`` candidates are not scored whole: as many are drawn from the base scores, which
    makes their weight the exponential of the context score alone (sampling importance resampling, Rubin 1987). A term
    of a slot is that with the largest sum of score and Gumbel noise: a draw by the exponentials of the scores (Yellott
    1977, J Math Psychol 15:109), in which the same noise mostly means the same term.
    """
    many, means, systems = np.zeros(2, np.int64), np.zeros((2, 3)), np.zeros((2, 64))
    counts = _counts(profile, wanted, key)
    who, ahead = np.zeros(proposals, np.int32), np.zeros(proposals, np.int32)
    chosen = np.zeros((2, counts.sum()), np.int32)
    for k in range(2):
        later = 0
        for j in range(4):
            lo, hi = cand_off[j], cand_off[j + 1]
            asked = min(hi - lo, proposals)
            w = weights[k, j]
            for slot in range(counts[4 * k + j] + (later if j == 3 else 0)):
                draw = 8 + ((4 * k + j) * SLOTS + slot) * (2 * proposals + 1)
                source = clinic if _uniform(key, draw) < common else key
                if hi - lo > proposals:
                    for i in range(proposals):  # in a loop of its own: the tables come from far, many loads at once
                        x = _uniform(source, draw + 1 + proposals + i) * (hi - lo)
                        packed = alias[k, lo + int(x)]
                        other = (x - int(x)) * 65536.0 >= packed >> 32
                        who[i] = (packed >> 16 if other else packed) & 0xFFFF
                else:
                    who[:asked] = cand[lo:hi]
                for i in range(asked):  # the same for what is read of each term
                    ahead[i] = line[node[who[i], 0]] + line[node[who[i] + 1, 0] - 1] + state[who[i], 0]
                best, most = -1, 0.0
                for i in range(asked):
                    if barred[k, who[i]]:
                        continue
                    allowed, features = _context(who[i], k, node, line, state, many, means, systems)
                    if not allowed:
                        continue
                    s = 0.0 if hi - lo > proposals else np.float64(base[k, lo + i])
                    for f in range(CONTEXT):
                        s += w[f] * features[f]
                    s -= np.log(-np.log(_uniform(source, draw + 1 + i)))
                    if best < 0 or s > most:
                        best, most = i, s
                if best < 0:
                    later += 1 if j < 3 else 0
                    continue
                chosen[k, many[k]] = who[best]
                _add(who[best], k, node, line, state, many, means, systems)
    for k in range(2):
        for t in chosen[k, : many[k]]:
            for a in range(node[t, 0], node[t + 1, 0]):
                state[line[a], k] = 0
    return chosen[0, : many[0]].copy(), chosen[1, : many[1]].copy()


@njit(cache=True, nogil=True)
def alias_table(weight, cand, out):
    """Fill out int64[c] with the alias table of weights (float64[c]) of terms cand (Vose 1991, IEEE TSE 17:972).

    A place holds its own term in bits 0 to 15, another in bits 16 to 31, and from bit 32 the probability of its own in
    65,536ths.
    """
    size = len(weight)
    rest = weight / weight.mean()
    small, large = np.empty(size, np.int32), np.empty(size, np.int32)
    s, g = 0, 0
    for i in range(size):
        out[i] = np.int64(cand[i]) | np.int64(65536) << 32
        if rest[i] < 1.0:
            small[s] = i
            s += 1
        else:
            large[g] = i
            g += 1
    while s > 0 and g > 0:
        s -= 1
        a, b = small[s], large[g - 1]
        out[a] = np.int64(cand[a]) | np.int64(cand[b]) << 16 | np.int64(round(rest[a] * 65536.0)) << 32
        rest[b] -= 1.0 - rest[a]
        if rest[b] < 1.0:
            g -= 1
            small[s] = b
            s += 1


@njit(cache=True, nogil=True)
def relations(entry, anc_off, anc):
    """Return int8[n]: 0 for terms of the entry (int32 rows), 1 for those above one, 2 below one, 3 for all others.

    A term that stands both above and below terms of the entry counts as above.
    """
    n = len(anc_off) - 1
    own, above = np.zeros(n, np.bool_), np.zeros(n, np.bool_)
    for t in entry:
        own[t] = True
        for a in range(anc_off[t], anc_off[t + 1]):
            above[anc[a]] = True
    out = np.full(n, 3, np.int8)
    for t in range(n):
        if own[t]:
            out[t] = 0
        elif above[t]:
            out[t] = 1
        else:
            for a in range(anc_off[t], anc_off[t + 1]):
                if own[anc[a]]:
                    out[t] = 2
                    break
    return out


@njit(cache=True, nogil=True)
def similarity(entry, terms, anc_off, anc, ic):
    """Return float64[len(terms)]: Lin's similarity (1998) of each term to the entry's most similar term.

    2 IC(most informative common ancestor) / (IC + IC), the largest over the entry: for each ancestor the entry's least
    informative term below it is enough.
    """
    n = len(ic)
    least = np.full(n, np.inf)
    for t in entry:
        for a in range(anc_off[t], anc_off[t + 1]):
            least[anc[a]] = min(least[anc[a]], ic[t])
    out = np.zeros(len(terms))
    for i in range(len(terms)):
        t = terms[i]
        for a in range(anc_off[t], anc_off[t + 1]):
            both = ic[t] + least[anc[a]]
            if both < np.inf and both > 0.0:
                out[i] = max(out[i], 2.0 * ic[anc[a]] / both)
    return out


@njit(cache=True, nogil=True)
def overlaps(line, having_off, having, ic, diseases):
    """Return float64[diseases]: the sum of IC^2 over the terms of ``line`` that each disease has (itself or below it).

    The diseases of term t are ``having[having_off[t]:having_off[t + 1]]``.
    """
    out = np.zeros(diseases)
    for t in line:
        square = ic[t] * ic[t]
        for d in range(having_off[t], having_off[t + 1]):
            out[having[d]] += square
    return out


@njit(cache=True, nogil=True)
def closures(entry_off, entry, line_off, line, terms):
    """Return (int64[sets + 1], int32): the terms of each set and all above them, each once.

    Set s holds ``entry[entry_off[s]:entry_off[s + 1]]``; the ancestors of term t, itself among them, are
    ``line[line_off[t]:line_off[t + 1]]``; terms: number of terms.
    """
    last = np.full(terms, -1, np.int64)
    off = np.zeros(len(entry_off), np.int64)
    out = np.zeros(1, np.int32)
    for once in range(2):  # counted, then written
        last[:] = -1
        many = 0
        for s in range(len(entry_off) - 1):
            for e in range(entry_off[s], entry_off[s + 1]):
                for a in range(line_off[entry[e]], line_off[entry[e] + 1]):
                    if last[line[a]] != s:
                        last[line[a]] = s
                        if once == 1:
                            out[many] = line[a]
                        many += 1
            off[s + 1] = many
        if once == 0:
            out = np.zeros(many, np.int32)
    return off, out


@njit(cache=True, nogil=True)
def system_share(entry, terms, branch):
    """Return float64[len(terms)]: the share of the entry's mentions of organ systems (bits of ``branch``) that falls on
    the term's best system."""
    own, total = np.zeros(32), 0.0
    for t in entry:
        for b in range(32):
            if branch[t] >> np.uint32(b) & np.uint32(1):
                own[b] += 1.0
                total += 1.0
    out = np.zeros(len(terms))
    for i in range(len(terms)):
        for b in range(32):
            if branch[terms[i]] >> np.uint32(b) & np.uint32(1):
                out[i] = max(out[i], own[b] / max(total, 1.0))
    return out
