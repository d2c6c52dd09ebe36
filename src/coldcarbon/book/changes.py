"""What a change does to the verdicts, in a table that a reviewer reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from coldcarbon.claims import Claim

__all__ = ["changes_text"]

MOST_ROWS = 200  # a summary on the page of a change holds a megabyte


def changes_text(now: Iterable[Claim], before: Mapping[str, Claim]) -> str:
    """Verdicts that changed, rows that are new and rows that are gone, as Markdown.

    Parameters
    ----------
    now : iterable of Claim
        The rows as they are with the change.
    before : mapping of id to Claim
        The rows of the branch it goes to.

    Returns
    -------
    str
        Ends with a line break. Rows on evidence of another kind are counted, not compared: a run without data says
        nothing about a verdict on data.
    """
    rows = {claim.id: claim for claim in now}
    both = [(before[name], claim) for name, claim in rows.items() if name in before]
    changed = [(old, new) for old, new in both if old.evidence == new.evidence and old.verdict != new.verdict]
    elsewhere = sum(old.evidence != new.evidence for old, new in both)
    new = [claim for name, claim in rows.items() if name not in before]
    gone = [claim for name, claim in before.items() if name not in rows]
    lines = ["## Verdicts", ""]
    lines.append(f"{len(changed)} changed, {len(new)} new, {len(gone)} gone, of {len(before)} before.")
    if elsewhere:
        lines.append(f"{elsewhere} rest on evidence of another kind than before and are not compared.")
    if changed:
        head = ["claim", "before", "now", "why"]
        lines += _table(head, [[_name(new), old.verdict, f"**{new.verdict}**", new.reason] for old, new in changed])
    for title, some in (("New", new), ("Gone", gone)):
        if some:
            lines += ["", f"### {title}", *_table(["claim", "verdict"], [[_name(c), c.verdict] for c in some])]
    return "\n".join(lines) + "\n"


def _name(claim: Claim) -> str:
    return f"`{claim.id}`: {claim.statement}"


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    lines = ["", _line(head), _line(["---"] * len(head)), *(_line(row) for row in rows[:MOST_ROWS])]
    return lines + ([f"\nand {len(rows) - MOST_ROWS} more."] if len(rows) > MOST_ROWS else [])


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(" ".join(cell.split()).replace("|", r"\|") for cell in cells) + " |"
