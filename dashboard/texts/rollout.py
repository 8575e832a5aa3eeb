"""Texts of the roll-out on the Monitor page."""

TEXTS: dict[str, tuple[str, str]] = {
    "rollout.none": (
        "No roll-out plan yet: decisions of all sources are treated alike.",
        "展開計画はまだありません。すべてのソースの判定を同じように扱います。",
    ),
}
