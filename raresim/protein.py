"""The HGVS name of a protein change, from the protein before and after."""

from __future__ import annotations

NAMES = {
    "A": "Ala", "R": "Arg", "N": "Asn", "D": "Asp", "C": "Cys", "Q": "Gln", "E": "Glu", "G": "Gly", "H": "His",
    "I": "Ile", "L": "Leu", "K": "Lys", "M": "Met", "F": "Phe", "P": "Pro", "S": "Ser", "T": "Thr", "W": "Trp",
    "Y": "Tyr", "V": "Val", "*": "Ter",
}  # fmt: skip


def described(old: str, new: str, first: int, last: int, shift: int) -> str:
    """Return the name without ``p.``: ``(Arg12Cys)``, ``(Arg8AlafsTer8)``, ``(Ter394CysextTer9)``, ``(Leu12=)`` ...

    old, new: one-letter proteins that end in ``*`` where a stop codon is met; first, last: the residues (0-based) of
    the codons that the change touches; shift: bases gained, negative if lost.
    """
    if old == new:
        return f"({_span(old, first, max(first, last))}=)"
    i = next((k for k, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    if i >= len(old) or i >= len(new):
        return "?"
    if new[i] == "*":
        return f"({_name(old, i)}Ter)"
    if old[i] == "*":
        return f"(Ter{i + 1}{NAMES[new[i]]}ext{_stop(new, i, 0)})"
    if shift % 3:
        return f"({_name(old, i)}{NAMES[new[i]]}fs{_stop(new, i, 1)})"
    if len(new) != len(old) + shift // 3:  # an in-frame change with a stop codon
        return f"({_changed(old, i, old[i : last + 1], new[i:])})"
    tail = 0
    while tail < min(len(old), len(new)) - i and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return f"({_changed(old, i, old[i : len(old) - tail], new[i : len(new) - tail])})"


def _name(text: str, i: int) -> str:
    return f"{NAMES[text[i]]}{i + 1}"


def _span(text: str, first: int, last: int) -> str:
    return _name(text, first) if first == last else f"{_name(text, first)}_{_name(text, last)}"


def _stop(new: str, i: int, counted: int) -> str:
    """``Ter`` and the number of residues to the new stop codon, ``Ter?`` where there is none."""
    return f"Ter{new.index('*') - i + counted}" if new.endswith("*") else "Ter?"


def _changed(old: str, head: int, gone: str, came: str) -> str:
    """A substitution, deletion, duplication, insertion or both that begins at residue ``head``."""
    if not came:
        return f"{_span(old, head, head + len(gone) - 1)}del"
    inserted = "".join(NAMES[a] for a in came)
    if gone:
        if len(gone) == len(came) == 1:
            return f"{_name(old, head)}{inserted}"
        return f"{_span(old, head, head + len(gone) - 1)}delins{inserted}"
    if old[head - len(came) : head] == came:
        return f"{_span(old, head - len(came), head - 1)}dup"
    return f"{_span(old, head - 1, head)}ins{inserted}"
