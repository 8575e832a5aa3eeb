"""Texts of incidents: what happened in a file, why it is shown, and what led to it."""

TEXTS: dict[str, tuple[str, str]] = {
    "incidents.title": ("What happened", "起きたこと"),
    "incidents.none": ("No incident: no line has to be looked at first.", "出来事はありません。先に見るべき行はありません。"),
    "incidents.alike": ("All {total:,} lines are alike.", "全 {total:,} 行が同じ内容です。"),
    "incidents.must_many": ("{n:,} incidents must be seen", "確認すべき出来事が {n:,} 件あります"),
    "incidents.must_none": ("Nothing must be seen", "確認すべき出来事はありません"),
    "incidents.new_many": (
        "New since the decision of {time} UTC on this source: {n:,}.",
        "同じソースの前回の判定（{time} UTC）以後の新しい種類：{n:,} 件。",
    ),
    "incidents.routine_many": ("Incidents marked routine, below: {n:,}.", "「いつものこと」とされた出来事（下）：{n:,} 件。"),
    "incidents.wrong_many": ("Causes marked wrong, not told: {n:,}.", "誤りとされ、示さない原因：{n:,} 件。"),
    "incidents.none_else": ("No incident beside those marked routine.", "「いつものこと」以外に、出来事はありません。"),
    "incidents.routine": ("Marked routine: {n:,}", "いつものこととされた出来事：{n:,} 件"),
    "incidents.marked_routine": ("Marked routine on {date} by {name}", "{date} に {name} が「いつものこと」とした"),
    "incidents.grown": (
        "{said}; void here: {then:,} lines then, {now:,} now",
        "{said}が、行数が増えたため無効（当時 {then:,} 行、今回 {now:,} 行）",
    ),
    "incidents.severer": ("{said}; void here: more severe now", "{said}が、当時より重大なため無効"),
    "incidents.marked_right": ("{said} Marked right on {date} by {name}.", "{said}（{date} に {name} が正しいとした）"),
    "incidents.because": ("Shown because {reasons}.", "理由：{reasons}。"),
    "incidents.speaks": ("What speaks for it: {reasons}.", "目立つ点：{reasons}。"),
    "incidents.because_nothing": ("Nothing speaks for it more than for other lines.", "特に目立つ点はありません。"),
    "incidents.join": ("; ", "、"),
    "incidents.effect": ("{reason} ({effect:.1f})", "{reason}（{effect:.1f}）"),
    "incidents.reason_severity": (
        'it says "{word}", with {lines:,} of {of:,} lines at least as severe',
        "「{word}」とあり、同程度以上に重大な行は {of:,} 行中 {lines:,} 行",
    ),
    "incidents.reason_severity_level": (
        "at least as severe: {lines:,} of {of:,} lines",
        "同程度以上に重大な行は {of:,} 行中 {lines:,} 行",
    ),
    "incidents.reason_rarity": ("only {times:,} of {of:,} lines are of its kind", "この種類は {of:,} 行中 {times:,} 回だけ"),
    "incidents.reason_rarity_stretches": (
        "its kind comes in {times:,} stretches, {lines:,} of {of:,} lines",
        "この種類は {of:,} 行中 {lines:,} 行が {times:,} か所に集まっている",
    ),
    "incidents.reason_time": ("nothing was written for {length} before it", "直前の {length} は何も記録されていない"),
    "incidents.reason_clock": ("the clock runs back by {length}", "時刻が {length} 戻っている"),
    "incidents.reason_consequence": (
        "severe lines among the {of:,} after it: {lines:,}",
        "続く {of:,} 行のうち重大な行は {lines:,} 行",
    ),
    "incidents.reason_flood": ("{lines:,} severe lines close together: {word}", "「{word}」を含む重大な行が {lines:,} 行続く"),
    "incidents.reason_numbers": ("a number in it is far from the others", "同じ位置の他の値から大きく外れた数値がある"),
    "incidents.reason_order": ("such lines usually come elsewhere", "通常と異なる順序で現れている"),
    "incidents.reason_sessions": ("it is out of order in its session", "同じセッションの中で順序が異なる"),
    "incidents.reason_entities": ("its names do not belong together", "通常は組にならない名前が同じ行にある"),
    "incidents.reason_repetition": ("such lines repeat here as nowhere else", "同様の行がここだけ繰り返されている"),
    "incidents.reason_states": ("an earlier line set something else", "以前の行で設定された内容と合わない"),
    "incidents.reason_table": ("its values are off their usual course", "値が通常の推移から外れている"),
    "incidents.reason_weights": ("the weights give it a probability of {probability}", "重みが示す確率は {probability}"),
    "incidents.reason_unexpected": (
        "the weights expected something else ({probability})",
        "重みは別の内容を予想していた（意外さ {probability}）",
    ),
    "incidents.led_trouble": (
        "Led to by line {line:,}, where trouble with {word} began: {text}",
        "{line:,} 行目（「{word}」の異常の始まり）に続くもの：「{text}」",
    ),
    "incidents.led_opened": (
        "Led to by line {line:,}, where {word} began: {text}",
        "{line:,} 行目（「{word}」の始まり）に続くもの：「{text}」",
    ),
    "incidents.led_changed": (
        "Led to by line {line:,}, a change ({word}) since which severe lines are more frequent: {text}",
        "{line:,} 行目の変更（「{word}」）以後、重大な行が増えたもの：「{text}」",
    ),
    "incidents.led_announced": (
        'Led to by line {line:,}, which alone says "{word}" as this incident does: {text}',
        "{line:,} 行目（「{word}」がこの出来事のほかに一度だけ現れる行）に続くもの：「{text}」",
    ),
    "incidents.led_prepared": (
        'Led to by line {line:,}, shortly before, which shares the rare word "{word}": {text}',
        "少し前の {line:,} 行目（まれな語「{word}」が共通）に続くもの：「{text}」",
    ),
    "incidents.led_pair": (
        "Led to by line {line:,}: without it the score falls by {effect:.1f}. {text}",
        "{line:,} 行目によるもの（なければスコアが {effect:.1f} 下がる）：「{text}」",
    ),
}
