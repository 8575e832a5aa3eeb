"""Texts about drift: whether what is selected on a source still is what it was."""

TEXTS: dict[str, tuple[str, str]] = {
    "drift.none": (
        "No decision names its source yet. With the first analyses a source gets a reference, and from then on it is watched.",
        "ソースのわかる判定がまだありません。最初の分析からソースごとの基準が作られ、その後の変化を見張ります。",
    ),
    "drift.lead": (
        "Every decision is compared with what was usual on its source: which kinds of pairs are selected, how clearly, how "
        "often nothing is. A source that does not change raises a false alarm once in {run:,} decisions at most, on average. "
        "From {enough} decisions on a change is noticed soon; the first ones should span all that is normal: every shift, "
        "weekends, all recipes.",
        "各判定を、そのソースで普段どおりの選択(組の種類、明確さ、何も選ばれない割合)と比べます。"
        "変化のないソースの誤報は、平均して {run:,} 件に 1 回以下です。"
        "{enough} 件を超えると変化にすぐ気付けます。基準には、すべてのシフト、週末、品種など、通常の状態を含めてください。",
    ),
    "drift.source": ("Source", "ソース"),
    "drift.state": ("State", "状態"),
    "drift.seen": ("Decisions", "判定数"),
    "drift.level": ("Evidence, of an alarm's", "警報に対する証拠の大きさ"),
    "drift.weights": ("Weights", "重み"),
    "drift.last": ("Last decision (UTC)", "最後の判定(UTC)"),
    "drift.state_alarm": ("Drift since {time}", "{time} から変化"),
    "drift.state_watched": ("No drift", "変化なし"),
    "drift.state_few": ("Too few yet: {n} of {enough}", "件数不足: {n} / {enough}"),
    "drift.state_restart": ("New reference, begins with the next decision", "新しい基準(次の判定から)"),
    "drift.choose": ("Source to look at", "表示するソース"),
    "drift.alarm": (
        "**This source has drifted**, probably since {time} UTC (decision {since:,}; found with decision {found:,}). What has "
        "changed: {what}. Decisions on it are held until a lead accepts a new reference.",
        "**このソースは変化しています。** おそらく {time} UTC(判定 {since:,} 件目)からで、"
        "{found:,} 件目の判定で検出されました。"
        "変化した項目: {what}。リーダーが新しい基準を承認するまで、このソースの判定は保留されます。",
    ),
    "drift.watched": (
        "No drift: {n:,} decisions, and what they select is what was usual.",
        "変化なし。{n:,} 件の判定の選択は普段どおりです。",
    ),
    "drift.few": (
        "No drift so far, after {n:,} decisions. Too few to notice a change soon: that takes {enough}.",
        "{n:,} 件の判定では変化は見られません。変化にすぐ気付くには {enough} 件が必要です。",
    ),
    "drift.collecting": (
        "Not enough yet: the reference is being collected, {n} of {reference} decisions. From {enough} on a change is noticed "
        "soon.",
        "まだ件数が足りません。基準を集めています({reference} 件中 {n} 件)。{enough} 件を超えると変化にすぐ気付けます。",
    ),
    "drift.restart": (
        "A new reference was accepted. It takes effect with the next decision on this source.",
        "新しい基準が承認されました。このソースの次の判定から有効です。",
    ),
    "drift.warning": (
        "**The source {source} has drifted**, probably since {time} UTC: {what}. What was learned and reviewed before may no "
        "longer hold for it. Monitor shows what has changed.",
        "**ソース {source} は変化しています**(おそらく {time} UTC から): {what}。"
        "以前の学習やレビューの結果が当てはまらない可能性があります。変化の内容は「モニター」で確認できます。",
    ),
    "drift.banner": (
        "Drifted: {sources}. Monitor, *Drift*, shows what has changed.",
        "変化のあるソース: {sources}。「モニター」の「ドリフト」で内容を確認できます。",
    ),
    "drift.banner_more": (
        "Drifted: {sources} and {n:,} more. Monitor, *Drift*, shows what has changed.",
        "変化のあるソース: {sources} ほか {n:,} 件。「モニター」の「ドリフト」で内容を確認できます。",
    ),
    "drift.back": (
        "Of the last {of} decisions {n} lay within what was usual before.",
        "直近 {of} 件の判定のうち、{n} 件は以前の普段の範囲にあります。",
    ),
    "drift.line": ("Alarm", "警報"),
    "drift.level_name": ("Evidence", "証拠"),
    "drift.level_axis": ("Evidence of a change", "変化の証拠"),
    "drift.level_alt": (
        "Evidence of a change over the decisions of the source, and the line at which it is an alarm.",
        "判定ごとの変化の証拠と、警報となる線。",
    ),
    "drift.number_axis": ("Decision since the reference began", "基準の開始からの判定数"),
    "drift.since_here": ("changed", "変化"),
    "drift.distance_axis": ("Distance from the reference", "基準からの距離"),
    "drift.distance_alt": (
        "Distance of every decision from the reference; the band holds nine of ten from before the change.",
        "各判定の基準からの距離。帯は変化前の 9 割が入る範囲です。",
    ),
    "drift.statistics_title": ("What was measured", "測定した項目"),
    "drift.measure": ("Statistic", "項目"),
    "drift.over_time": ("Over time", "推移を表示する項目"),
    "drift.usual": ("Reference", "基準"),
    "drift.now": ("Now", "現在"),
    "drift.p": ("p-value of the last", "最後の判定の p 値"),
    "drift.evidence": ("Evidence", "証拠"),
    "drift.effective": ("{n:.1f} effective", "実効 {n:.1f} 種類"),
    "drift.statistic.kinds": ("kinds of pairs", "組の種類の分布"),
    "drift.statistic.new": ("share of new kinds of pairs", "新しい組の種類の割合"),
    "drift.statistic.margins": ("margins", "マージン"),
    "drift.statistic.selected": ("pairs a query", "1 行あたりの組"),
    "drift.statistic.anchor": ("weight on nothing", "「該当なし」への重み"),
    "drift.statistic.certified": ("certified share", "証明済みの割合"),
    "drift.statistic.known": ("known words", "既知の語"),
    "drift.statistic.scores": ("events' scores", "イベントのスコア"),
    "drift.kinds_title": ("Which kinds of pairs", "変化した組の種類"),
    "drift.kinds_alarm": (
        "Shares of the weight given to other events, since the change beside before it; those that differ most. Of each "
        "decision the forty heaviest kinds are known by name.",
        "ほかのイベントに与えられた重みの割合を、変化の前後で比べ、差の大きい順に示します。"
        "各判定で重みの大きい 40 種類について名前が記録されています。",
    ),
    "drift.kinds_quiet": (
        "Shares of the weight given to other events, in the last fifth of the decisions beside all before; such differences "
        "are chance as long as there is no alarm.",
        "ほかのイベントに与えられた重みの割合を、直近 5 分の 1 の判定とそれ以前で比べます。"
        "警報がない限り、差は偶然の範囲です。",
    ),
    "drift.effect": ("Line", "行の種類"),
    "drift.cause": ("Its cause", "その原因"),
    "drift.before": ("Before, %", "以前(%)"),
    "drift.after": ("Since, %", "以後(%)"),
    "drift.lift": ("Change", "変化"),
    "drift.never": ("never before", "以前はなし"),
    "drift.times": ("× {x:.2g}", "{x:.2g} 倍"),
    "drift.reference_title": ("Reference", "基準"),
    "drift.reference_lead": (
        "The first decisions of a source are its reference. When a change is wanted and understood, a lead accepts what is "
        "usual now; this is an entry of the log.",
        "ソースの最初の判定が基準になります。意図した変化で内容を確認できたら、リーダーが現在の状態を新しい基準として承認します。"
        "承認はログに記録されます。",
    ),
    "drift.ask": ("A lead can accept a new reference.", "新しい基準はリーダーが承認できます。"),
    "drift.accept_how": ("New reference", "新しい基準"),
    "drift.accept_since": (
        "The decisions since the change: what has come since then is usual from now on",
        "変化以後の判定: それ以後の状態を今後の普段とする",
    ),
    "drift.accept_now": ("The next decisions: begin anew", "次の判定から: 最初から集め直す"),
    "drift.accept_why": ("Why", "理由"),
    "drift.accept": ("Accept new reference", "新しい基準を承認"),
    "drift.needs_why": (
        "Say why: who reads the log later has nothing else.",
        "理由を記入してください。後でログを読む人の手がかりになります。",
    ),
    "drift.accepted": (
        "Recorded as entry {seq:,}. It takes effect with the next decision.",
        "ログの {seq:,} 番に記録しました。次の判定から有効です。",
    ),
    "drift.at": ("When (UTC)", "日時(UTC)"),
    "drift.by": ("Who", "承認者"),
    "drift.why": ("Why", "理由"),
    "drift.entry": ("Entry", "ログ番号"),
}
