"""Texts of what people say about incidents, and of the list of all that was said about a source."""

TEXTS: dict[str, tuple[str, str]] = {
    "marks.open": ("What you know about an incident", "出来事について知っていること"),
    "marks.incident": ("Incident", "出来事"),
    "marks.open_help": (
        "The next log of this source tells it.",
        "このソースの次のログに反映されます。",
    ),
    "marks.routine": ("This is routine", "いつものこと"),
    "marks.routine_help": (
        "In this source's next logs, such incidents stand below the others, until they grow.",
        "このソースの次回以降のログでは、同じ種類の出来事は、規模が大きくならない限り他の下に示されます。",
    ),
    "marks.right": ("This cause is right", "この原因は正しい"),
    "marks.wrong": ("This cause is wrong", "この原因は誤り"),
    "marks.saved": (
        "Recorded for {source} in entry {seq:,}, from its next log on.",
        "{source} について記録しました（項目 {seq:,}）。次のログから反映されます。",
    ),
    "marks.all": ("Said about {source}: {n:,}", "{source} についての判断：{n:,} 件"),
    "marks.was_fine": ("Fine: {example}", "問題なし：{example}"),
    "marks.was_routine": ("Routine: {example}", "いつものこと：{example}"),
    "marks.was_right": ("Right cause: {example}", "正しい原因：{example}"),
    "marks.was_wrong": ("Wrong cause: {example}", "誤った原因：{example}"),
    "marks.by": (
        "Entry {seq:,}: {said} · {name}, {time} UTC, why: {why}",
        "項目 {seq:,}：{said} · {name}、{time} UTC、理由：{why}",
    ),
    "marks.take_back_which": ("What to take back", "取り消す判断"),
    "marks.choose": ("Choose", "選択してください"),
    "marks.take_back": ("Take these back", "選んだ判断を取り消す"),
    "marks.take_back_all": ("Take all back", "すべて取り消す"),
    "marks.taken_back": ("Taken back for {source} in entry {seq:,}.", "{source} について取り消しました（項目 {seq:,}）。"),
}
