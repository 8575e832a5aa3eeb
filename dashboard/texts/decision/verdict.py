"""Texts of a verdict: how sure it is, what it rests on, what would change it."""

TEXTS: dict[str, tuple[str, str]] = {
    "label.fault": ("Fault", "異常"),
    "label.normal": ("Normal", "正常"),
    "about.page": ("About", "概要"),
    "verdict.unfamiliar_headline": ("Unfamiliar log, not to be relied on. ", "未知のログのため、この結論は信頼できません。"),
    "verdict.fault": ("Fault: {flagged:,} of {total:,} events look faulty", "異常：{total:,} 件中 {flagged:,} 件に異常の疑い"),
    "verdict.fault_whole": (
        "Fault, judged from all {total:,} events together; the labels named no single events",
        "異常：{total:,} 件全体からの結論（ラベルは個々のイベントを示していません）",
    ),
    "verdict.likeliest": ("– most likely {name} ({x:.0%})", "（最も可能性の高い種類：{name}、{x:.0%}）"),
    "verdict.normal": ("Normal: none of {total:,} events looks faulty", "正常：{total:,} 件中に異常の疑いはありません"),
    "verdict.normal_some": (
        "Normal, although {flagged:,} of {total:,} events look faulty",
        "正常。ただし {total:,} 件中 {flagged:,} 件に異常の疑い",
    ),
    "verdict.file": ("File: {name}", "ファイル：{name}"),
    "verdict.probability": ("Fault probability", "異常の確率"),
    "verdict.threshold": ("fault from {x:.0%} on", "{x:.0%} 以上で異常"),
    "verdict.flagged": ("Faulty events", "異常の疑いがあるイベント"),
    "verdict.flagged_whole": ("Suspicious events", "疑わしいイベント"),
    "verdict.of_events": ("{n:,} of {total:,}", "{n:,} / {total:,} 件"),
    "verdict.event_threshold": ("each from {x:.0%} on", "各 {x:.0%} 以上"),
    "verdict.familiarity": ("Known words", "既知の語"),
    "verdict.floor": ("unfamiliar below {x:.0%}", "{x:.0%} 未満は未知の入力"),
    "verdict.pairs": ("Recorded pairs", "記録された組"),
    "verdict.certified": ("certified {x:.1%}", "証明済み {x:.1%}"),
    "verdict.unnamed": ("the user of this machine", "この端末の利用者"),
    "verdict.unfamiliar": (
        "Do not rely on this verdict: the model knows only {known:.0%} of this file's words, and needs {floor:.0%}. Let a "
        "person decide.",
        "この結論は信頼できません。モデルが知っている語は {known:.0%} だけで、{floor:.0%} が必要です。人が判断してください。",
    ),
    "verdict.unlike": (
        "Do not rely on this verdict: heads that match identifiers select {found:.2f} keys a line, in training {least:.2f} to "
        "{most:.2f}. Identifiers may look different here. Let a person decide.",
        "この結論は信頼できません。識別子を照合するヘッドの選択は 1 行あたり {found:.2f} 件で、"
        "学習時は {least:.2f}～{most:.2f} 件でした。識別子の形が異なる可能性があります。人が判断してください。",
    ),
    "verdict.held_because": ("Held because: {reason}", "保留の理由：{reason}"),
    "verdict.sampled": ("Also drawn for the random sample.", "無作為抽出としてもレビュー対象です。"),
    "gate.held": ("Held", "保留"),
    "gate.released": ("Released", "使用可"),
    "gate.rejected": ("Rejected", "却下"),
    "gate.refused": ("Entry refused", "項目を拒否"),
    "gate.refused_why": (
        "{text} It counts for nothing, and the gate stays closed. Tell an auditor: somebody wrote to the database. Run "
        "`python -m audit verify`; restore a backup from before, and keep this record as evidence.",
        "この項目は権限のない書き込みのため無効で、ゲートは閉じたままです。監査担当者に連絡してください。"
        "`python -m audit verify` を実行し、それ以前のバックアップを復元して、この記録は証拠として保管してください。"
        "詳細：{text}",
    ),
    "gate.held_why": ("Not to be used until {n:,} people have approved it.", "{n:,} 人が承認するまで使用できません。"),
    "gate.released_why": ("Usable; not reviewed yet.", "使用できます。レビューはまだありません。"),
    "gate.not_queued_why": ("Usable; not drawn for a review.", "使用できます。レビューの対象外です。"),
    "gate.disputed_why": ("Not to be used until a lead settles the dispute.", "リーダーが意見の相違を裁定するまで使えません。"),
    "gate.settled_approve": ("Settled by {name}: approved, {time} UTC.", "{name} が裁定：承認、{time} UTC。"),
    "gate.settled_flag": ("Settled by {name}: flagged, {time} UTC.", "{name} が裁定：指摘、{time} UTC。"),
    "gate.reviewed_approve": ("Approved by {name}, {time} UTC.", "{name} が承認、{time} UTC。"),
    "gate.reviewed_flag": ("Flagged by {name}, {time} UTC.", "{name} が指摘、{time} UTC。"),
    "route.fault": ("fault found", "異常を検出"),
    "route.unfamiliar_input": ("unfamiliar input", "未知の入力"),
    "route.uncertified": ("search not certified complete", "探索の網羅性が未証明"),
    "route.low_confidence": ("close to the threshold", "しきい値に近い"),
    "route.flagged_pairs": ("rests on pairs that were flagged before", "以前に指摘された種類の組に基づく"),
    "route.explanations_disagree": ("selection, attribution and effect disagree", "選択・帰属・影響の説明が食い違う"),
    "route.weights_not_put_to_use": ("weights not in use, or retired", "未使用または使用停止の重み"),
    "route.rate_not_vouched": ("too few normal sequences for the rate asked for", "指定の誤報率には正常な系列が少なすぎる"),
    "route.lines_learned_from": ("its weights learned from most of its lines", "行の大半が重みの学習に使われたもの"),
    "route.trial": ("trial, its source is not rolled out", "試行（ソースが未展開）"),
    "route.drift": ("its source has drifted from its reference", "ソースに基準からのドリフト"),
    "route.random_control": ("random sample", "無作為抽出"),
    "route.not_sampled": ("released, not sampled", "使用可、無作為抽出の対象外"),
    "events.title": (
        "{what}: {n:,} of {total:,}, each with its strongest pair",
        "{what}：全 {total:,} 件のうち {n:,} 件と、それぞれ最も強い組",
    ),
    "events.title_none": ("Nearest to the threshold, each with its strongest pair", "しきい値に近いものと、最も強い組"),
    "events.probability": ("Probability", "確率"),
    "events.event": ("Event", "イベント"),
    "events.cause_line": ("From line", "根拠の行"),
    "events.cause": ("From event", "根拠のイベント"),
    # What stands behind a verdict
    "confidence.title": ("How sure", "確からしさ"),
    "confidence.fault": (
        "Of {count:,} generated logs with such a fault probability ({low:.0%} to {high:.0%}), {faulty:,} held a fault.",
        "異常の確率が同程度（{low:.0%}～{high:.0%}）の生成ログ {count:,} 件のうち、{faulty:,} 件に異常がありました。",
    ),
    "confidence.rare": (
        "Only {count:,} of {total:,} generated logs had such a probability ({low:.0%} to {high:.0%}): too few to say how "
        "often it is right.",
        "このような確率（{low:.0%}～{high:.0%}）は生成ログ {total:,} 件のうち {count:,} 件だけで、"
        "どの程度当たるかは言えません。",
    ),
    "confidence.other_length": (
        " They had {counted:,} events, this log has {events:,}: take it as a rough guide.",
        " 生成ログは {counted:,} 件、このログは {events:,} 件のため、目安とお考えください。",
    ),
    "confidence.unfamiliar": (
        "The calibration does not hold for unfamiliar logs.",
        "校正は、未知のログには当てはまりません。",
    ),
    "confidence.not_counted": ("Not counted for these weights.", "この重みについては数えられていません。"),
    "confidence.counting": (
        "Counted on {logs:,} generated logs of {events:,} events, half of them healthy; off by {error:.1f} percentage points "
        "on average. Where faults are rarer, a fault probability is right less often.",
        "生成ログ {logs:,} 件（各 {events:,} 件、半数は正常）で数えました。ずれは平均 {error:.1f} ポイントです。"
        "異常が少ない現場では、異常の確率が当たる割合は下がります。",
    ),
    "confidence.events": (
        "Of {count:,} generated events with such a probability ({low:.0%} to {high:.0%}), {faulty:,} were faulty.",
        "同程度の確率（{low:.0%}～{high:.0%}）の生成イベント {count:,} 件のうち、{faulty:,} 件が異常でした。",
    ),
    "evidence.said": (
        "Without attention {alone:+.1f}; selected pairs add {attended:+.1f} (logits: above 0 speaks for a fault).",
        "アテンションなしで {alone:+.1f}、選択された組が {attended:+.1f} を加えます（ロジット：0 より大きいと異常寄り）。",
    ),
    "evidence.most": ("Most of it comes from {lines}.", "主な根拠：{lines}。"),
    "evidence.line": ("line {line:,} “{text}” ({added:+.2f})", "{line:,} 行目「{text}」（{added:+.2f}）"),
    "evidence.help": (
        "A linear model learned the runs of one to three lines that only faulty or only normal logs have; attention learned "
        "the rest.",
        "異常または正常なログにだけある 1～3 行の並びを線形モデルが学び、残りをアテンションが学びました。",
    ),
    "evidence.level": ("average of “{column}” ({added:+.2f})", "「{column}」の平均（{added:+.2f}）"),
    "evidence.size": ("“{column}” off its usual value ({added:+.2f})", "「{column}」の通常値からの離れ（{added:+.2f}）"),
    "evidence.change": ("changes of “{column}” ({added:+.2f})", "「{column}」の変化（{added:+.2f}）"),
    "evidence.apart": (
        "“{column}” off what other columns predict ({added:+.2f})",
        "ほかの列からの「{column}」のずれ（{added:+.2f}）",
    ),
    "evidence.rows": ("By row: {rows}.", "行ごと：{rows}。"),
    "evidence.row": ("line {line:,} ({added:+.2f})", "{line:,} 行目（{added:+.2f}）"),
    "evidence.table_help": (
        "A linear model learned where each column lies and how it moves; attention learned the rest. Columns and rows add up "
        "to the same sum.",
        "各列の位置と動きを線形モデルが学び、残りをアテンションが学びました。列の合計と行の合計は同じです。",
    ),
    "change.title": ("What would change it", "結論が変わる条件"),
    "change.none": (
        "No single pair that was tried changes it: at least {left:,} lines stay flagged.",
        "試した組のどれを除いても変わらず、少なくとも {left:,} 行がしきい値以上のままです。",
    ),
    "change.none_score": ("No single pair that was tried changes it.", "試した組のどれを除いても変わりません。"),
    "change.single": (
        "Without the pair of lines {query:,} and {key:,} it would be: {normal} ({score}).",
        "{query:,} 行目と {key:,} 行目の組がなければ「{normal}」になります（{score}）。",
    ),
    "change.together": (
        "Only without these {n} pairs together it would be: {normal} ({score}).",
        "次の {n} 組がすべてなければ「{normal}」になります（{score}）。",
    ),
    "change.line": (
        "Line {line:,}: {before}; without the pair of lines {query:,} and {key:,}: {after} (threshold {threshold:.0%}).",
        "{line:,} 行目：{before}。{query:,} 行目と {key:,} 行目の組がなければ {after}（しきい値 {threshold:.0%}）。",
    ),
    "change.nearest": (
        "Nearest to the threshold of {threshold:.0%} is line {line:,} with {probability}. The log has {score}, below "
        "{from_score:.0%}.",
        "しきい値 {threshold:.0%} に最も近いのは {line:,} 行目（{probability}）です。ログは {score} で、"
        "{from_score:.0%} 未満です。",
    ),
    "change.nearest_flagged": (
        "Line {line:,} is flagged with {probability} (from {threshold:.0%} on), but the log's {score} stays below "
        "{from_score:.0%}.",
        "{line:,} 行目は {probability}（しきい値 {threshold:.0%} 以上）ですが、ログは {score} で、{from_score:.0%} 未満です。",
    ),
    "change.nothing": ("No line was near the threshold.", "しきい値に近い行はありません。"),
    "change.no_line": ("No single line reaches the threshold; the log does.", "しきい値に達する行はなく、ログが達しています。"),
    "change.not_measured": (
        "Not measured for this decision; Explain measures it.",
        "測定されていない判定です。「説明」で測定できます。",
    ),
}
