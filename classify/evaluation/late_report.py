"""What `arrayan evaluate late` prints."""

from collections.abc import Iterator
from dataclasses import asdict

from classify.evaluation.late import LateReport
from classify.evaluation.report import evaluation_line, table_text
from classify.evaluation.scores import score
from classify.training.late_study import Study


def report_text(report: LateReport) -> str:
    """For people."""
    parts = [f"{report.seen} objects were trained on; the sibling without their fold answers for them.\n"]
    parts += [table_text(name, answers) for name, answers in report.tables.items()]
    parts += list(_baselines(report))
    parts += list(_sources(report))
    parts += list(_growth(report))
    parts += list(_shifted(report))
    parts += list(_without_survey(report.study))
    return "\n".join(parts)


def _baselines(report: LateReport) -> Iterator[str]:
    yield "baselines (macro F1)"
    for baseline, tables in report.baselines.items():
        found = ", ".join(f"{name} {score(answers).macro_f1:.3f}" for name, answers in tables.items())
        yield f"  {baseline}: {found}"
    yield ""


def _sources(report: LateReport) -> Iterator[str]:
    yield "recall of real objects by source (objects)"
    for source, answers in report.sources.items():
        scores = score(answers)
        if scores.classes:
            found = ", ".join(f"{name} {one.recall:.2f} ({one.n})" for name, one in scores.classes.items())
            yield f"  {source}: {found}"
    yield ""


def _growth(report: LateReport) -> Iterator[str]:
    yield "macro F1 as light curves grow (at most 60 objects of a class; those that can be answered then)"
    for table in report.tables:
        for by in ("detections", "days"):
            steps = [grown for grown in report.grown if grown.table == table and grown.by == by]
            if steps:
                found = ", ".join(f"{one.step:g}: {one.macro_f1:.3f} ({one.n})" for one in steps)
                yield f"  {table}, by {by}: {found}"
    yield ""


def _shifted(report: LateReport) -> Iterator[str]:
    yield "precision if classes came in the shares of a stream (our choice of shares; confusion as measured)"
    for table, precision in report.shifted.items():
        found = ", ".join(f"{name} {value:.2f}" for name, value in precision.items())
        yield f"  {table}: {found}"


def _without_survey(study: Study | None) -> Iterator[str]:
    if study is None or study.simulated_only_macro_f1 is None:
        return
    known, unknown = study.mean_recall
    yield "leave one survey out, of the training data: recall with the survey (by fold) and without it (objects)"
    yield f"  mean: {known:.3f} -> {unknown:.3f}"
    for source in dict.fromkeys(one.source for one in study.left_out):
        found = (
            f"{one.label} {one.recall_with:.2f} -> {one.recall_without:.2f} ({one.n})"
            for one in study.left_out
            if one.source == source
        )
        yield f"  {source}: {', '.join(found)}"
    yield (
        f"  trained on simulated objects alone: macro F1 of real ones {study.simulated_only_macro_f1:.3f}, "
        f"by fold {study.by_fold_macro_f1:.3f}"
    )
    yield ""


def json_line(report: LateReport) -> str:
    """For programs: the line that evaluations end with, and beside it growth, shifted precision and sources."""
    return evaluation_line(
        report.tables,
        report.baselines,
        {
            "growth": [
                {"table": one.table, "by": one.by, "step": one.step, "n": one.n, "macro_f1": round(one.macro_f1, 5)}
                for one in report.grown
                if one.macro_f1 == one.macro_f1
            ],
            "seen_in_training": report.seen,
            "leave_one_survey_out": None if report.study is None else asdict(report.study),
        },
    )
