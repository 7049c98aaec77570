"""The figures as a table, and as JSON."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from benchmarks.figure import Figure, Section

HEAD = ("figure", "ours", "peer", "ratio (rounds)", "goal", "")


def print_report(sections: Sequence[Section], machine: Mapping[str, str]) -> None:
    """Figures with their goals, what must be known about them, and the machine."""
    rows = [_cells(figure) for section in sections for figure in section.figures]
    widths = [max(len(row[column]) for row in [HEAD, *rows]) for column in range(len(HEAD))]
    for row in [HEAD, tuple("-" * width for width in widths), *rows]:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    print()
    for section in sections:
        for note in section.notes:
            print(f"{section.name}: {note}")
    for name, text in machine.items():
        print(f"{name}: {text}")


def _cells(figure: Figure) -> tuple[str, ...]:
    ratio = figure.ratio
    return (
        figure.name,
        f"{_number(median(figure.ours))} {figure.unit}",
        f"{_number(median(figure.peer))} {figure.unit} ({figure.peer_name})" if figure.peer else "",
        "" if ratio is None else f"{ratio:.2f} ({min(figure.ratios):.2f} to {max(figure.ratios):.2f})",
        "" if figure.goal is None else str(figure.goal),
        {True: "met", False: "MISSED", None: ""}[figure.is_met],
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def write_json(file: Path, sections: Sequence[Section], machine: Mapping[str, str]) -> None:
    """Everything, round by round."""
    figures = [_plain(section, figure) for section in sections for figure in section.figures]
    notes = {section.name: list(section.notes) for section in sections}
    document = {"machine": dict(machine), "figures": figures, "notes": notes}
    file.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def _plain(section: Section, figure: Figure) -> dict[str, object]:
    return {
        "benchmark": section.name,
        "name": figure.name.strip(),
        "unit": figure.unit,
        "ours": list(figure.ours),
        "peer_name": figure.peer_name or None,
        "peer": list(figure.peer),
        "ratio": figure.ratio,
        "goal": None if figure.goal is None else str(figure.goal),
        "met": figure.is_met,
    }
