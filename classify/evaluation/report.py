"""What an evaluation prints: tables for people, and one line of JSON for programs."""

import json
from collections.abc import Mapping, Sequence
from math import isfinite

from classify.evaluation.scores import Answers, Interval, Scores, bootstrap, confusion, reliability, score


def table_text(title: str, answers: Answers, interval: Interval | None = None) -> str:
    """Scores, classes, confusion matrix and reliability of one table."""
    if not len(answers):
        return f"{title}: no objects\n"
    scores = score(answers)
    bounds = bootstrap(answers) if interval is None else interval
    lines = [
        f"{title}: {scores.n} objects",
        f"  macro F1 {scores.macro_f1:.3f} (95 %: {bounds.low:.3f} to {bounds.high:.3f}), precision "
        f"{scores.macro_precision:.3f}, recall {scores.macro_recall:.3f}, accuracy {scores.accuracy:.3f}, "
        f"ECE {scores.ece:.3f}",
        "  class            n  precision  recall     F1",
        *(
            f"  {name:<14}{one.n:>5}{one.precision:>10.3f}{one.recall:>9.3f}{one.f1:>8.3f}"
            for name, one in scores.classes.items()
        ),
        f"  not evaluated (fewer than 30 objects): {', '.join(scores.not_evaluated) or 'none'}",
        *_confusion_lines(answers),
        "  reliability (claimed, true, objects): "
        + ", ".join(f"{part.confidence:.2f} {part.accuracy:.2f} {part.n}" for part in reliability(answers)),
    ]
    return "\n".join(lines) + "\n"


def _confusion_lines(answers: Answers) -> list[str]:
    matrix = confusion(answers)
    present = [k for k in range(len(answers.classes)) if matrix[k].sum() or matrix[:, k].sum()]
    short = [answers.classes[k][:7] for k in present]
    head = "  true \\ predicted  " + "".join(f"{name:>8}" for name in short)
    rows = [
        f"  {answers.classes[k]:<18}" + "".join(f"{matrix[k, m]:>8}" for m in present)
        for k in present
        if matrix[k].sum()
    ]
    return [head, *rows]


def scores_json(scores: Scores, interval: Interval | None = None) -> dict[str, object]:
    """Of one table; numbers that cannot be told are null."""
    content: dict[str, object] = {
        "n": scores.n,
        "macro_f1": _number(scores.macro_f1),
        "balanced_accuracy": _number(scores.macro_recall),
        "ece": _number(scores.ece),
        "classes": {
            name: {
                "n": one.n,
                "precision": _number(one.precision),
                "recall": _number(one.recall),
                "f1": _number(one.f1),
            }
            for name, one in scores.classes.items()
        },
    }
    if interval is not None:
        content["macro_f1_95"] = [_number(interval.low), _number(interval.high)]
    return content


def _number(value: float) -> float | None:
    return round(value, 5) if isfinite(value) else None


def evaluation_line(
    tables: Mapping[str, Answers], baselines: Mapping[str, Mapping[str, Answers]], extras: Mapping[str, object]
) -> str:
    """The last line of `--json`: tables, baselines, and the classes that no table evaluates.

    `baselines` holds answers by baseline and table.
    """
    scored = {name: score(answers) for name, answers in tables.items() if len(answers)}
    evaluated = {label for scores in scored.values() for label in scores.classes}
    every: Sequence[str] = next(iter(tables.values())).classes if tables else ()
    content = {
        "tables": {name: scores_json(scores, bootstrap(tables[name])) for name, scores in scored.items()},
        "baselines": {
            name: {table: scores_json(score(answers)) for table, answers in by_table.items() if len(answers)}
            for name, by_table in baselines.items()
        },
        "not_evaluated": [label for label in every if label not in evaluated],
        **extras,
    }
    return json.dumps(content, ensure_ascii=False)
