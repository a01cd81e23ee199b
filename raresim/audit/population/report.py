"""The comparison as a page: target, source, ours, ratio."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

import numpy as np

from raresim.audit.population import figures, notes
from raresim.audit.population.kgp import GROUPS, Compared
from raresim.audit.population.likeness import GENES_OWN, Likeness
from raresim.audit.population.measure import BINS, Mask, Measured, transitions, truncating
from raresim.audit.population.panels import ANCESTRIES, Panels
from raresim.consequence import BIT
from raresim.thinning import LOSS, MISSENSE, classes, retention

Row = tuple[str, str, float, float]  # figure, ancestry, target, ours
ADMIXED = f"{figures.EUROPEAN:.0%} European ancestors"


def table(title: str, source: str, rows: Iterable[Row]) -> list[str]:
    """Lines of a table."""
    out = [
        f"### {title}",
        "",
        f"Source: {source}.",
        "",
        "| figure | ancestry | target | ours | ratio |",
        "|---|---|---|---|---|",
    ]
    out += [
        f"| {what} | {who} | {number(want)} | {number(made)} | {ratio(made, want):.2f} |"
        for what, who, want, made in rows
    ]
    return [*out, ""]


def ratio(a: float, b: float) -> float:
    """Return a / b, not a number where there is nothing."""
    return a / b if b else float("nan")


def number(value: float) -> str:
    """Return three digits, and whole numbers from 1,000."""
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def prose(text: str) -> list[str]:
    """Lines of a paragraph."""
    return [*textwrap.wrap(" ".join(text.split()), 118), ""]


def rare(panels: Panels) -> list[Row]:
    """Rare sites a kilobase in the joint panel and alone."""
    out: list[Row] = []
    joint = panels.joint
    mixed = joint.mixed(figures.GNOMAD_PEOPLE)
    for name, (syn, mis, *_) in figures.RARE_2000.items():
        group = ANCESTRIES.index(name)
        n = int(joint.people[group])
        for kind, want in (("syn", syn), ("mis", mis)):
            made = joint.rare(group, joint.kinds[kind], mixed)
            out.append((f"{WORDS[kind]} sites a kb, AF <= 0.1%, {n:,} people", name, _scaled(panels, kind, want), made))
    return out


WORDS = {"syn": "synonymous", "mis": "missense", "nonsyn": "nonsynonymous", "stop": "stop"}


def _scaled(panels: Panels, kind: str, want: float) -> float:
    """A number of sites of the targets' sequence on ours: by the mutation rates of a coding base."""
    own = panels.opportunity
    mine = own["mis"] + own["lof"] if kind == "nonsyn" else own[kind]
    return want * mine / figures.OPPORTUNITY[kind]


def kept(panels: Panels) -> list[Row]:
    """Missense and loss of function over expectation, over synonymous."""
    out: list[Row] = []
    joint, own = panels.joint, panels.opportunity
    mixed = joint.mixed(figures.GNOMAD_PEOPLE)
    for name, (_, _, mis, lof) in figures.RARE_2000.items():
        group = ANCESTRIES.index(name)
        seen = {k: joint.rare(group, joint.kinds[k], mixed) / own[k] for k in ("syn", "mis", "lof")}
        out += [
            ("missense o/e, rare", name, mis, ratio(seen["mis"], seen["syn"])),
            ("loss of function o/e, rare", name, lof, ratio(seen["lof"], seen["syn"]) / panels.tolerance[0]),
            ("loss of function o/e, rare, expected of all genes", name, lof, expected(joint, group, mixed <= 0.001)),
        ]
    return out


def expected(made: Measured, group: int, rare: Mask) -> float:
    """Loss of function kept of all genes at rare sites of an ancestry: the mean chance that selection would have kept
    its rare synonymous ones (which are never taken), by the rule of ``raresim.population.selected``. Their sampling
    error is a tenth of that of the sites that lose function."""
    rows = np.flatnonzero(made.kinds["syn"] & (made.counts[:, group] > 0) & rare)
    counts = made.counts[rows]
    where = np.argmax(counts / (2 * made.people), 1)
    chance = np.zeros(len(rows))
    for a, name in enumerate(made.panel.ancestries):
        chance[where == a] = retention(name, int(2 * made.people[a]))[LOSS, counts[where == a, a]]
    return float(chance.mean()) if len(rows) else float("nan")


def spectra(panels: Panels) -> list[Row]:
    """Shares of the bins, and sites a kilobase."""
    out: list[Row] = []
    for (name, kind), (total, shares) in figures.SPECTRUM.items():
        if name not in panels.alone:
            continue
        alone = panels.alone[name]
        mask = alone.kinds["syn"] if kind == "syn" else alone.kinds["mis"] | alone.kinds["lof"]
        n = int(alone.people[0])
        made = alone.spectrum(0, mask)
        sites = float((mask & (alone.minor(0) > 0)).sum() / alone.coding * 1000)
        out.append((f"{WORDS[kind]} sites a kb, {n:,} people", name, _scaled(panels, kind, total), sites))
        out += [
            (f"{WORDS[kind]}, minor allele count {label}", name, want, float(have))
            for label, want, have in zip(BINS, shares, made, strict=True)
        ]
    return out


def accumulated(panels: Panels) -> list[Row]:
    """Rare sites of EUR alone in 10,000 people; frequency over all people stands at half of that in EUR."""
    if "EUR" not in panels.alone:
        return []
    alone = panels.alone["EUR"]
    n, syn, mis, *_ = figures.RARE_ALL["EUR"]
    half = alone.counts[:, 0] / (4 * alone.people[0])
    return [
        (
            f"{WORDS[k]} sites a kb, AF <= 0.1%, {n:,} people",
            "EUR",
            _scaled(panels, k, want),
            alone.rare(0, alone.kinds[k], half),
        )
        for k, want in (("syn", syn), ("mis", mis))
    ]


def persons(panels: Panels) -> list[Row]:
    """Sites of a person, scaled to the coding sequence of an exome."""
    wide = panels.wide
    scale = figures.EXOME / wide.coding
    kind, kinds = classes(wide.panel.terms), wide.kinds
    nonsyn = (kind == MISSENSE) | (kind == LOSS)
    out: list[Row] = []
    for group, name in enumerate(ANCESTRIES):
        people = wide.persons(group)
        het, hom = (float(np.mean([len(person[i]) for person in people])) for i in (0, 1))

        def sites(mask: Mask, a: int = group, b: int = group) -> float:
            return wide.sites(mask, a, b) * scale

        if name in figures.KGP_PERSON:
            syn, non = figures.KGP_PERSON[name]
            ours = sites(kinds["syn"]), sites(nonsyn)
            out.append(("synonymous sites (1000 Genomes)", name, syn, ours[0]))
            out.append(("nonsynonymous sites (1000 Genomes)", name, non, ours[1]))
            out.append(("nonsynonymous over synonymous", name, non / syn, ratio(ours[1], ours[0])))
            out.append(("nonsynonymous sites (ExAC, any transcript)", name, figures.PERSON[name][0], ours[1]))
        cut = truncating(wide.panel.terms)
        want = sum(figures.TRUNCATING[name])
        out.append(("truncating sites (ExAC)", name, want, sites(cut) / panels.tolerance[1]))
        if name == "AFR":
            share, eur = figures.EUROPEAN, ANCESTRIES.index("EUR")
            pairs = ((1 - share) ** 2, group, group), (2 * share * (1 - share), group, eur), (share**2, eur, eur)
            made = sum(weight * sites(cut, a, b) for weight, a, b in pairs) / panels.tolerance[1]
            out.append((f"truncating sites (ExAC), {ADMIXED}", name, want, made))
        if name in figures.HET_HOM:
            out.append(("heterozygous over homozygous sites", name, figures.HET_HOM[name], ratio(het, hom)))
    return out


def rarity(panels: Panels) -> list[Row]:
    """Rare protein-altering alleles of a person, by the largest frequency over the ancestries."""
    joint = panels.joint
    altering = np.isin(classes(joint.panel.terms), (MISSENSE, LOSS))
    popmax = joint.popmax()
    out: list[Row] = []
    for name, (_, *wanted) in figures.PERSON.items():
        for limit, want in zip((0.001, 0.01), wanted, strict=True):
            what = f"protein-altering alleles up to {limit:.1%} in every ancestry"
            made, eur = (
                joint.copies(ANCESTRIES.index(who), altering & (popmax <= limit)) * figures.EXOME / joint.coding
                for who in (name, "EUR")
            )
            out.append((what, name, want, made))
            if name == "AFR":
                share = figures.EUROPEAN
                out.append((f"{what}, {ADMIXED}", name, want, (1 - share) * made + share * eur))
    return out


def by_spectrum(panels: Panels) -> list[Row]:
    """Alleles of a person up to 1% in the own ancestry, by gnomAD's spectrum of nonsynonymous sites and by ours."""
    out: list[Row] = []
    for name, alone in panels.alone.items():
        if (name, "nonsyn") not in figures.SPECTRUM:
            continue
        total, shares = figures.SPECTRUM[name, "nonsyn"]
        mask = alone.kinds["mis"] | alone.kinds["lof"]
        want, made = alone.alleles(0, mask, shares)
        sites = float((mask & (alone.minor(0) > 0)).sum()) / alone.coding
        scale = _scaled(panels, "nonsyn", total) / 1000
        what = "protein-altering alleles up to 1.0% in their own ancestry"
        out.append((what, name, want * scale * figures.EXOME, made * sites * figures.EXOME))
    return out


def novel(panels: Panels) -> list[str]:
    """Alleles of a person that the database does not hold: there is no published figure for our size of it."""
    joint = panels.joint
    altering = np.isin(classes(joint.panel.terms), (MISSENSE, LOSS))
    scale = figures.EXOME / joint.coding
    size = int(joint.panel.an[0] // 2)
    parts = [f"{name} {joint.novel(i, altering) * scale:.0f}" for i, name in enumerate(ANCESTRIES)]
    return prose(f"""
        Protein-altering alleles of a person that nobody in a database of {size:,} people of each ancestry carries, an
        exome: {", ".join(parts)}. Published for a database of 60,706 people (ExAC): 41 (EUR) to 69 (EAS).
    """)


def mutation(panels: Panels) -> list[Row]:
    """Transitions, and the sorts of sites."""
    several = list(panels.alone.values()) or [panels.joint]
    out: list[Row] = []
    for kind, want in figures.TRANSITIONS.items():
        found = np.sum([transitions(made.panel.sites, made.kinds[kind]) for made in several], 0)
        out.append((f"transitions over transversions, {WORDS[kind]}", "all", want, ratio(*map(float, found))))
    terms = np.concatenate([made.panel.terms for made in several])
    inframe = (terms & np.uint32(BIT["inframe_deletion"] | BIT["inframe_insertion"])) != 0
    shifted = (terms & np.uint32(BIT["frameshift_variant"])) != 0
    out.append(
        (
            "in-frame share of coding indels",
            "all",
            figures.IN_FRAME,
            ratio(float(inframe.sum()), float(inframe.sum() + shifted.sum() / panels.tolerance[0])),
        )
    )
    return out


def structure(panels: Panels) -> list[Row]:
    """Fst of few people at many genes; long runs of homozygosity."""
    wide = panels.wide
    out: list[Row] = [
        ("Hudson's Fst", f"{a}-{b}", want, wide.fst(ANCESTRIES.index(a), ANCESTRIES.index(b)))
        for (a, b), want in figures.FST.items()
    ]
    return out + [
        ("share of the genome in runs of homozygosity above 1.5 Mb", name, want, panels.homozygosity[name][0])
        for name, want in figures.HOMOZYGOSITY.items()
        if name in panels.homozygosity
    ]


def homozygosity(panels: Panels) -> list[str]:
    """Runs of homozygosity of every ancestry that was simulated for them."""
    parts = [f"{name} {share:.4f} ({error:.4f})" for name, (share, error) in panels.homozygosity.items()]
    return prose(f"Shares in runs of homozygosity, with standard errors: {', '.join(parts)}.") if parts else []


def same_genes(found: Compared) -> list[Row]:
    """The 1000 Genomes project and ours on the same genes, in the same number of people."""
    out: list[Row] = []
    for group, name in enumerate(GROUPS):
        out.append(("heterozygous coding sites a kb", name, *found.heterozygosity(group)))
        out.append(("coding sites a kb, minor allele above 1%", name, *found.sites(group, 0.01, 0.5)))
        out.append(("coding sites a kb, 0.5 to 1%", name, *found.sites(group, 0.005, 0.01)))
    for i, a in enumerate(GROUPS):
        for j in range(i + 1, len(GROUPS)):
            out.append(("Hudson's Fst", f"{a}-{GROUPS[j]}", *found.fst(i, j)))
    return out


def likeness(found: Likeness, genes: int, panels: Panels) -> list[str]:
    """What tells the simulated sites and people of the same genes from the real ones."""
    linked: list[Row] = [(f"mean r2 of common sites, {where}", name, a, b) for name, where, a, b in found.linkage]
    linked += [
        (f"mean r2 of common sites, {where}, {panels.genes} genes", name, theirs, ours)
        for (name, where, theirs, _), (*_, ours) in zip(found.linkage, found.wider, strict=True)
    ]
    people: Row = (
        "share of people next to their own continent in a principal component analysis",
        "all",
        *found.placed,
    )
    telling = "; ".join(f"{name} {area:.2f}" for name, area in found.telling)
    return [
        *table(f"Linkage and structure in these {genes} genes", "as above, half of the people", [*linked, people]),
        *prose(notes.LINKAGE),
        *prose(f"""
            A gradient-boosted classifier, trained on other genes, tells our coding sites from theirs with an area under
            the ROC curve of {found.auc:.2f} (sites with three copies or more; nothing that depends on the bases beside
            a site, which are made up in ours). The most telling features, each alone: {telling}. Without
            {" and ".join(GENES_OWN)} the area is {found.without:.2f}: the first says that theirs have more sites in
            these genes, the second that a continent of the project is several populations, and ours one.
        """),
    ]


def page(panels: Panels, kgp: Compared | None, alike: Likeness | None, command: str, seed: int) -> str:
    """The whole page."""
    joint: Measured = panels.joint
    n, alone = int(joint.people[0]), ", ".join(f"{k} {int(m.people[0]):,}" for k, m in panels.alone.items())
    lines = [
        "# Simulated populations beside published figures",
        "",
        f"Written by `{command}` (seed {seed}). Genes: {panels.genes} autosomal ones, evenly spread, "
        f"{joint.coding / 1e6:.2f} Mb of coding sequence, synthetic bases. Panels: {n:,} people of each of "
        f"{', '.join(ANCESTRIES)} together; alone: {alone or 'none'}; {int(panels.wide.people[0])} people of each on "
        f"{panels.wide.coding / 1e6:.1f} Mb for the sites of a person.",
        "",
        *prose(f"""
            Counts of sites are compared at equal mutation: chromosome 19, where they were counted, has more CpG than
            the exome, and the target of a kilobase is multiplied by the ratio of the rates of a coding base
            ({_scaled(panels, "syn", 1):.2f} synonymous, {_scaled(panels, "mis", 1):.2f} missense). By their constraint
            our genes keep {panels.tolerance[0]:.2f} times the rare loss of function and {panels.tolerance[1]:.2f} times
            the heterozygous one of all genes, and ours are divided by it. Fitted were the growth of AFR, EAS, EUR and
            SAS (to synonymous sites of these targets), the neutral shares of missense and of loss of function, and the
            divergence of SAS, FIN and AMR (docs/figures.md); nothing else.
        """),
    ]
    lines += table("Rare sites, joint panel", figures.GNOMAD_V2, rare(panels))
    lines += table("Sites kept by selection, joint panel", figures.GNOMAD_V2, kept(panels))
    lines += prose(notes.LOSS)
    lines += (
        table("Rare sites of Europeans alone", figures.GNOMAD_V2, accumulated(panels)) if "EUR" in panels.alone else []
    )
    if panels.alone:
        lines += table("Spectra, each ancestry alone", figures.GNOMAD_V2, spectra(panels)) + prose(notes.SPECTRA)
    lines += table("A person", f"{figures.EXAC}; 1000 Genomes 2015; nine exomes", persons(panels))
    lines += prose(notes.PERSON)
    lines += table("Rare alleles of a person", figures.EXAC, rarity(panels))
    lines += prose(notes.RARE)
    if panels.alone:
        lines += table("Rare alleles of a person by the spectra", figures.GNOMAD_V2, by_spectrum(panels))
    lines += novel(panels)
    lines += table("Mutation", figures.EXAC, mutation(panels))
    lines += prose(notes.STOP)
    lines += table(
        "Structure",
        "Bhatia et al. 2013; 1000 Genomes, 50 genes (standard errors .003 to .02); homozygosity: figures.py",
        structure(panels),
    )
    lines += prose(notes.STRUCTURE) + homozygosity(panels)
    if kgp is not None:
        lines += table(
            f"The same {kgp.genes} genes of the 1000 Genomes project",
            "1000 Genomes, 30x, 2,447 unrelated people, coding single-base changes (the target is theirs)",
            same_genes(kgp),
        )
        lines += likeness(alike, kgp.genes, panels) if alike else []
        lines += prose(notes.GENES)
    return "\n".join(lines)
