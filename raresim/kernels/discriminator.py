"""What the discriminator of hybrid records looks at, and its trees."""

import numpy as np
from numba import njit

NONE = -1.0  # where a number has no value
FEATURES = 42
CERTAIN = 0.99  # frequency of terms that are said to be in everyone


@njit(cache=True, nogil=True)
def _block(values, lo, hi):
    n = hi - lo
    if n < 8:
        out = 0.0
        for i in range(lo, hi):
            out += values[i]
        return out
    part = values[lo : lo + 8].copy()
    for i in range(lo + 8, hi - n % 8):
        part[(i - lo) % 8] += values[i]
    out = ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7]))
    for i in range(hi - n % 8, hi):
        out += values[i]
    return out


@njit(cache=True, nogil=True)
def _means(values, many, out):
    """Fill out with the means of the first ``many[k]`` values of each row k, ``NONE`` where there are none.

    Up to 512 values are added up in numpy's order (pairwise: Higham 1993, SIAM J Sci Comput 14:783): the same bits.
    """
    ends = np.zeros(5, np.int64)
    for k in range(len(many)):
        n = many[k]
        half = n // 2 - (n // 2) % 8 if n > 128 else 0
        last = n - half
        ends[2], ends[4] = half, n
        ends[1] = half // 2 - (half // 2) % 8 if half > 128 else 0
        ends[3] = half + (last // 2 - (last // 2) % 8 if last > 128 else 0)
        two = np.zeros(4)
        for q in range(4):
            two[q] = _block(values[k], ends[q], ends[q + 1])
        out[k] = ((two[0] + two[1]) + (two[2] + two[3])) / n if n else NONE


@njit(cache=True, nogil=True)
def numbers(off, terms, relation, entry, share, often, system, line_off, line, info, depth, leaf, branch, lin, near):
    """Return (float64[records, FEATURES], int64[records, 32]): the features of records, and how often each organ system
    is mentioned in them; the entropy of these (column 14) is left 0.

    Record r has the observed terms ``terms[off[2 r]:off[2 r + 1]]`` and the excluded ones up to ``off[2 r + 2]``, int32
    rows of the ontology, ascending; at the same places lin float64 is Lin's similarity to the entry and near
    float64[n, 4] what ``kernels.matches.group_similarity`` says of the term and the observed ones. relation int8[n]:
    of each term to the entry; share float64[m]: frequency of the entry's terms (int32[m], ascending), nan where
    unknown; often bool[m]: expected ones; system: bits of the entry's organ systems. line_off, line, depth, leaf,
    branch as in ``clinical.knowledge.Terms``; info float64[n]: information content.
    """
    many = (len(off) - 1) // 2
    out, counts = np.full((many, FEATURES), NONE), np.zeros((many, 32), np.int64)
    own = np.zeros(len(info), np.bool_)
    most = np.int64(0)
    for i in range(2 * many):
        most = max(most, off[i + 1] - off[i])
    # rows: information, depth, similarity inside, to the entry, its largest, frequency, similarity of unrelated terms
    work, fill, mean = np.zeros((7, most)), np.zeros(7, np.int64), np.zeros(7)
    expected = np.count_nonzero(often)
    for side in range(2 * many):
        r, second = side // 2, side % 2 == 1
        start, end, x = off[side], off[side + 1], out[side // 2]
        n = end - start
        if n == 0:
            continue
        kinds, leaves, hidden, shared, held, certain, new = np.zeros(4, np.int64), 0, 0, 0, 0, 0, 0
        fill[:5], fill[5:] = n, 0
        seen = np.uint32(0)
        for t in terms[off[2 * r] : off[2 * r + 1]]:
            seen |= branch[t]
            own[t] = second
        for i in range(n):
            t = terms[start + i]
            kind = relation[t]
            kinds[kind] += 1
            leaves += leaf[t]
            shared += (branch[t] & seen) != 0
            work[0, i], work[1, i], work[2, i] = info[t], depth[t], near[start + i, 0]
            work[3, i], work[4, i] = lin[start + i], near[start + i, 2]
            if kind == 0:
                e = np.searchsorted(entry, t)
                held += often[e]
                if not np.isnan(share[e]):
                    work[5, fill[5]] = share[e]
                    fill[5] += 1
                    certain += share[e] >= CERTAIN
            if kind == 3:
                work[6, fill[6]] = lin[start + i]
                fill[6] += 1
                new += (branch[t] & system) == 0
            if second:
                for above in line[line_off[t] : line_off[t + 1]]:
                    if own[above]:
                        hidden += 1
                        break
            else:
                for bit in range(32):
                    counts[r, bit] += branch[t] >> np.uint32(bit) & np.uint32(1)
        _means(work, fill, mean)
        first = 33 if second else 15
        for j in range(4):
            x[first + j] = kinds[j] / n
        if second:
            others = off[2 * r + 1] - off[2 * r]
            x[30], x[31], x[32], x[37] = mean[0], mean[1], leaves / n, mean[5]
            x[38], x[39], x[40], x[41] = mean[2] / others, shared / n, hidden / n, mean[3]
            for t in terms[off[2 * r] : off[2 * r + 1]]:
                own[t] = False
            continue
        systems = np.count_nonzero(counts[r])
        x[3], x[5], x[6], x[7] = mean[0], work[0, :n].min(), work[0, :n].max(), mean[1]
        x[9], x[10] = work[1, :n].min(), work[1, :n].max()
        x[11], x[12], x[13], x[19] = leaves / n, systems, systems / n, mean[5]
        x[20] = certain / fill[5] if fill[5] else NONE
        x[21] = kinds[0] / len(entry)
        x[22] = held / expected if expected else NONE
        x[23], x[24], x[25] = mean[3], mean[6], new / fill[6] if fill[6] else NONE
        if n > 1:
            x[26], x[27], x[28], x[29] = mean[2] / (n - 1), work[4, :n].max(), near[start:end, 1].min(), mean[4]
        for k in range(2):
            for i in range(n):
                work[k, i] = (work[k, i] - mean[k]) * (work[k, i] - mean[k])
        _means(work, fill[:2], mean)
        x[4], x[8] = np.sqrt(mean[0]), np.sqrt(mean[1])
    for r in range(many):
        seen_terms, denied = off[2 * r + 1] - off[2 * r], off[2 * r + 2] - off[2 * r + 1]
        out[r, 0], out[r, 1], out[r, 2], out[r, 14] = seen_terms, denied, denied / (seen_terms + denied), 0.0
    return out, counts


@njit(cache=True, nogil=True)
def leaves(x, feature, threshold, left, right, value, off):
    """Return float64[records, trees]: the value of the leaf of each tree that the features x (float32) lead to; the
    arrays of the trees are those of ``hybrid.model.Discriminator``."""
    out = np.zeros((len(x), len(off) - 1))
    for r in range(len(x)):
        for tree in range(len(off) - 1):
            node = np.int64(off[tree])
            while left[node] >= 0:
                low = x[r, feature[node]] <= threshold[node]
                node = off[tree] + (left[node] if low else right[node])
            out[r, tree] = value[node]
    return out
