"""Texts of the list of all decisions: what it is filtered and ordered by."""

TEXTS: dict[str, tuple[str, str]] = {
    "list.title": ("All decisions", "すべての判定"),
    "list.text": ("Find by file name", "ファイル名で検索"),
    "list.text_hint": ("Part of the name", "名前の一部"),
    "list.any": ("All", "すべて"),
    "list.order": ("Order", "並び順"),
    "list.order.newest": ("Newest first", "新しい順"),
    "list.order.oldest": ("Oldest first", "古い順"),
    "list.order.probable": ("Most probable first", "異常の確率が高い順"),
    "list.order.urgent": ("Most urgent first", "急ぐ順"),
    "list.order.name": ("File name", "ファイル名順"),
    "list.more": ("Filters ({n})", "絞り込み({n})"),
    "list.more_none": ("Filters", "絞り込み"),
    "list.state": ("Queue", "レビューの状況"),
    "list.state.open": ("Open", "レビュー待ち"),
    "list.state.disputed": ("Disputed", "意見が不一致"),
    "list.state.settled": ("Settled", "確定"),
    "list.first": ("From day", "開始日"),
    "list.last": ("To day", "終了日"),
    "list.days_help": ("Days in UTC, both included.", "UTC の日付です。両日を含みます。"),
    "list.unfamiliar": ("Unfamiliar logs only", "未知のログのみ"),
    "list.blind": (
        "Decisions that you are to review blind are found by none of the filters that would tell what the model said, and come "
        "last by probability.",
        "ブラインドでレビューする判定は、モデルの答えが分かる絞り込みには現れず、確率順では最後に並びます。",
    ),
    "list.clear": ("Clear the filters", "絞り込みを解除"),
    "list.nothing": ("No decision fits these filters.", "条件に合う判定はありません。"),
    "list.place": ("{first:,} to {last:,} of {total:,}", "{total:,} 件中 {first:,}–{last:,} 件"),
}
