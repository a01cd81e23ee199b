"""Filling a record with terms: each slot is a softmax over the terms of one relation to the disease's entry."""

import numpy as np
from numba import njit

U = np.uint64
CONTEXT = 12  # numbers that depend on what is already recorded (see _context)


@njit(cache=True, nogil=True)
def _uniform(key, draw):
    """Uniform in (0, 1) number ``draw`` of a key: the splitmix64 finaliser (Steele, Lea and Flood 2014)."""
    x = U(key) + U(draw) * U(0x9E3779B97F4A7C15)
    x = (x ^ (x >> U(30))) * U(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> U(27))) * U(0x94D049BB133111EB)
    x = x ^ (x >> U(31))
    return (np.float64(x >> U(11)) + 0.5) / 9007199254740992.0


@njit(cache=True, nogil=True)
def _context(t, k, anc_off, anc, ic, step, branch, seen, own, many, total, branches, held, panel, out):
    """Fill out float64[CONTEXT] with what term t is to the record so far; return whether it may be recorded.

    k: 0 observed, 1 excluded. out: mean similarity to the observed terms (information that all common ancestors add,
    Phrank's), largest similarity (Resnik's), 1 if no organ system is shared; the same for the excluded terms; 1 if
    below an observed term; squared distance of the information content from the mean so far, and their product; share
    of the clinic's earlier cases that observed, that excluded the term, 1 if any did. Not allowed: a term recorded, or
    above or below one of its kind, and an excluded term that is or stands above an observed one.
    """
    out[:] = 0.0
    if seen[0, t] > 0 or seen[k, t] > 0:
        return False
    for a in range(anc_off[t], anc_off[t + 1]):
        up = anc[a]
        if own[k, up]:
            return False
        if own[0, up]:
            out[6] = 1.0
        for s in range(k + 1):
            if seen[s, up] > 0:
                out[3 * s] += step[up] * seen[s, up]
                out[3 * s + 1] = max(out[3 * s + 1], ic[up])
    for s in range(k + 1):
        if many[s] > 0:
            out[3 * s] *= 0.5 / many[s]
            out[3 * s + 1] *= 0.25
            out[3 * s + 2] = 1.0 if branch[t] & branches[s] == 0 else 0.0
    s = k if many[k] > 0 else 0
    if many[s] > 0:
        mean = total[s] / many[s]
        out[7] = (ic[t] - mean) ** 2 / 16
        out[8] = ic[t] * mean / 16
    if held[t] > 0:
        out[9] = panel[held[t] - 1, 0]
        out[10] = panel[held[t] - 1, 1]
        out[11] = 1.0
    return True


@njit(cache=True, nogil=True)
def _add(t, k, anc_off, anc, ic, branch, seen, own, many, total, branches):
    own[k, t] = True
    many[k] += 1
    total[k] += ic[t]
    branches[k] |= branch[t]
    for a in range(anc_off[t], anc_off[t + 1]):
        seen[k, anc[a]] += 1


@njit(cache=True, nogil=True)
def contexts(terms, observed, excluded, k, anc_off, anc, ic, step, branch, panel_terms, panel):
    """Return float64[n, CONTEXT] and bool[n] (see :func:`_context`) of candidate terms given what is recorded."""
    n = len(ic)
    seen, own = np.zeros((2, n), np.int32), np.zeros((2, n), np.bool_)
    many, total, branches = np.zeros(2, np.int64), np.zeros(2), np.zeros(2, np.uint32)
    held = np.zeros(n, np.int32)
    for i in range(len(panel_terms)):
        held[panel_terms[i]] = i + 1
    for t in observed:
        _add(t, 0, anc_off, anc, ic, branch, seen, own, many, total, branches)
    for t in excluded:
        _add(t, 1, anc_off, anc, ic, branch, seen, own, many, total, branches)
    out, allowed = np.zeros((len(terms), CONTEXT)), np.zeros(len(terms), np.bool_)
    for i in range(len(terms)):
        allowed[i] = _context(
            terms[i], k, anc_off, anc, ic, step, branch, seen, own, many, total, branches, held, panel, out[i]
        )
    return out, allowed


@njit(cache=True, nogil=True)
def _counts(profile, wanted, key):
    """Return int64[8]: the totals rounded at random, the shares of the classes kept by systematic rounding."""
    out = np.zeros(8, np.int64)
    for k in range(2):
        all_ = 0
        for j in range(4):
            all_ += profile[4 * k + j]
        many = int(np.floor(wanted[k] + _uniform(key, 2 * k + 1)))
        if k == 0:
            many = max(many, 1)
        if all_ == 0 or many == 0:
            continue
        u, cum, before = _uniform(key, 2 * k + 2), 0, 0
        for j in range(4):
            cum += profile[4 * k + j]
            here = many if cum == all_ else min(int(np.floor(cum * many / all_ + u)), many)
            out[4 * k + j] = here - before
            before = here
    return out


@njit(cache=True, nogil=True)
def fill(
    key,
    profile,
    wanted,
    cand_off,
    cand,
    base,
    mass,
    prob,
    alias,
    weights,
    anc_off,
    anc,
    ic,
    step,
    branch,
    barred,
    panel_terms,
    panel,
    proposals,
):
    """Draw the terms of a record: (int32 observed, int32 excluded), each in the order of the draw.

    key: of the record's uniforms. profile int64[8]: numbers of observed and excluded terms that are exact, ancestor,
    descendant, unrelated; wanted float64[2]: totals to scale them to. The candidates of class j are
    ``cand[cand_off[j]:cand_off[j + 1]]`` (int32, ascending). At the places of cand: base float32[2, c], the score of
    each term apart from the record; prob float32[2, c], alias int32[2, c]: alias tables of its exponentials over each
    class (Vose 1991); mass float64[2, 4]: the log of their sums. weights float64[2, 4, CONTEXT]. anc_off, anc: the
    ancestors of each term, itself among them; ic, step float64[n]; branch uint32[n]: organ systems as bits. barred
    bool[2, n]: terms that may not be recorded. panel_terms int32[p], panel float64[p, 2]: terms of the clinic's earlier
    cases and the shares that observed and excluded them.

    Classes with more than ``proposals`` candidates are not scored whole: as many are drawn from the base scores, which
    makes their weight the exponential of the context score alone (sampling importance resampling, Rubin 1987); the
    panel's terms of the class are scored besides.
    """
    n = len(ic)
    seen, own = np.zeros((2, n), np.int32), np.zeros((2, n), np.bool_)
    many, total, branches = np.zeros(2, np.int64), np.zeros(2), np.zeros(2, np.uint32)
    held = np.zeros(n, np.int32)
    for i in range(len(panel_terms)):
        held[panel_terms[i]] = i + 1
    counts = _counts(profile, wanted, key)
    draw = 8
    room = 2 * proposals + len(panel_terms)
    who, score = np.zeros(room, np.int32), np.zeros(room)
    features = np.zeros(CONTEXT)
    chosen = np.zeros((2, counts.sum()), np.int32)
    for k in range(2):
        later = 0
        for j in range(4):
            w = weights[k, j]
            lo, hi = cand_off[j], cand_off[j + 1]
            few = hi - lo <= proposals
            for _ in range(counts[4 * k + j] + (later if j == 3 else 0)):
                m = 0
                size = hi - lo if few else proposals + len(panel_terms)
                for i in range(size):
                    if few:
                        t = cand[lo + i]
                        s = base[k, lo + i]
                    elif i < proposals:
                        x = _uniform(key, draw) * (hi - lo)
                        draw += 1
                        at = lo + int(x)
                        if x - int(x) >= prob[k, at]:
                            at = alias[k, at]
                        t = cand[at]
                        if held[t] > 0:
                            continue
                        s = mass[k, j] - np.log(proposals)
                    else:
                        t = panel_terms[i - proposals]
                        at = np.searchsorted(cand[lo:hi], t)
                        if at == hi - lo or cand[lo + at] != t:
                            continue
                        s = base[k, lo + at]
                    if barred[k, t] or not _context(
                        t, k, anc_off, anc, ic, step, branch, seen, own, many, total, branches, held, panel, features
                    ):
                        continue
                    for f in range(CONTEXT):
                        s += w[f] * features[f]
                    who[m], score[m] = t, s
                    m += 1
                if m == 0:
                    later += 1 if j < 3 else 0
                    continue
                top = score[:m].max()
                mass_here = 0.0
                for i in range(m):
                    mass_here += np.exp(score[i] - top)
                    score[i] = mass_here
                at = min(np.searchsorted(score[:m], _uniform(key, draw) * mass_here, "right"), m - 1)
                draw += 1
                chosen[k, many[k]] = who[at]
                _add(who[at], k, anc_off, anc, ic, branch, seen, own, many, total, branches)
    return chosen[0, : many[0]].copy(), chosen[1, : many[1]].copy()


@njit(cache=True, nogil=True)
def alias_tables(weight, lo, hi, prob, alias):
    """Fill prob float32[n] and alias int32[n] from lo to hi for weights >= 0 there (Vose 1991, IEEE TSE 17:972)."""
    size = hi - lo
    if size <= 0:
        return
    mean = 0.0
    for i in range(lo, hi):
        mean += weight[i]
    mean /= size
    small, large = np.empty(size, np.int32), np.empty(size, np.int32)
    s, g = 0, 0
    rest = np.empty(size)
    for i in range(size):
        rest[i] = weight[lo + i] / mean
        if rest[i] < 1.0:
            small[s] = i
            s += 1
        else:
            large[g] = i
            g += 1
    while s > 0 and g > 0:
        s -= 1
        a, b = small[s], large[g - 1]
        prob[lo + a], alias[lo + a] = rest[a], lo + b
        rest[b] -= 1.0 - rest[a]
        if rest[b] < 1.0:
            g -= 1
            small[s] = b
            s += 1
    for i in range(g):
        prob[lo + large[i]], alias[lo + large[i]] = 1.0, lo + large[i]
    for i in range(s):
        prob[lo + small[i]], alias[lo + small[i]] = 1.0, lo + small[i]


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
