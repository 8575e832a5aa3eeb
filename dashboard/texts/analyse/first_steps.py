"""Texts of the first steps of a newcomer."""

TEXTS: dict[str, tuple[str, str]] = {
    "steps.title": ("**First steps**: three of them, about two minutes", "**はじめに**: 3 つの手順、約 2 分"),
    "steps.done": (
        "**Done.** That is the whole way from a log to a reviewed decision; now take a log of your own.",
        "**完了しました。** ログからレビュー済みの判定までの流れは以上です。次はご自身のログでお試しください。",
    ),
    "steps.begin": ("Show me how", "使い方を見る"),
    "steps.close": ("Close", "閉じる"),
    "steps.sample": ("1. Have the sample analysed", "1. サンプルを解析する"),
    "steps.sample_do": ("Take the sample and analyse it", "サンプルを解析"),
    "steps.pair": ("2. See the pair behind the verdict", "2. 判定の根拠となった組を見る"),
    "steps.pair_do": ("Look at the pair", "組を見る"),
    "steps.pair_here": ("Choose a pair in the table or on the map below.", "下の表または図で組を選んでください。"),
    "steps.review": ("3. Approve or flag it", "3. 承認または指摘する"),
    "steps.review_do": ("Review it", "レビューする"),
    "steps.review_here": ("Say below whether the verdict is right.", "判定が正しいかどうかを下で回答してください。"),
}
