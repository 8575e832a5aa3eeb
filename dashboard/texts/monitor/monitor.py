"""Texts of the Monitor page's frame."""

TEXTS: dict[str, tuple[str, str]] = {
    "monitor.page": ("Monitor", "モニター"),
    "monitor.title": ("Monitor", "モニター"),
    "monitor.lead": (
        "How well it works in operation, measured from the record, and how far it is rolled out.",
        "運用での働きを記録から測り、どこまで展開するかを決めます。",
    ),
    "monitor.section": ("Section", "区分"),
    "monitor.kpi": ("KPI", "KPI"),
    "monitor.rollout": ("Roll-out", "展開"),
    "monitor.costs": ("Cost and saving", "費用と効果"),
    "monitor.live": ("Live", "ライブ"),
    "monitor.drift": ("Drift", "ドリフト"),
    "monitor.diversity": ("Diversity", "多様性"),
    "monitor.denied": (
        "This page is for people who have a role in the team.",
        "このページは、チームで役割を持つ人のためのものです。",
    ),
}
