"""The obvious twin of the kernel that carries sites onto known alleles."""

from __future__ import annotations


def nearest(position, angle, known, known_angle, free, reach, look):
    out = []
    for s, here in enumerate(position):
        left = [row for row in range(len(known)) if free[row] and known[row] < here and here - known[row] <= reach]
        right = [row for row in range(len(known)) if free[row] and known[row] >= here and known[row] - here <= reach]
        choice = left[::-1][:look] + right[:look]
        if not choice:
            out.append(-1)
            continue

        def score(row, s=s, here=here):
            return abs(known[row] - here) / reach + sum(
                abs(a - b) for a, b in zip(angle[s], known_angle[row], strict=True)
            )

        best = min(choice, key=score)  # of equals the first
        free[best] = False
        out.append(best)
    return out
