"""Texts of the KPI on the Monitor page."""

TEXTS: dict[str, tuple[str, str]] = {
    "kpi.none": (
        "Nothing to measure yet. Decisions that people have reviewed, those drawn at random among them, make these figures.",
        "まだ測れるものがありません。無作為に選ばれたものを含め、人がレビューした判定から算出します。",
    ),
}
