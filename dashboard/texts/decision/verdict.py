"""Texts of a verdict: how sure it is, what it rests on, what would change it."""

TEXTS: dict[str, tuple[str, str]] = {
    "label.fault": ("Fault", "異常"),
    "label.normal": ("Normal", "正常"),
    "about.page": ("About", "概要"),
    "verdict.unfamiliar_headline": ("Unfamiliar log, not to be relied on. ", "未知のログのため、この結論は信頼できません。"),
    "verdict.fault": ("Fault: {flagged:,} of {total:,} events look faulty", "異常：{total:,} 件中 {flagged:,} 件に異常の疑い"),
    "verdict.fault_whole": (
        "Fault, judged from all {total:,} events together; the labels did not say which events are faulty",
        "異常：{total:,} 件全体からの結論。どのイベントが異常かはラベルに含まれていません",
    ),
    "verdict.likeliest": ("– most likely {name} ({x:.0%})", "（最も可能性の高い種類：{name}、{x:.0%}）"),
    "verdict.normal": ("Normal: none of {total:,} events looks faulty", "正常：{total:,} 件中に異常の疑いはありません"),
    "verdict.normal_some": (
        "Normal, although {flagged:,} of {total:,} events look faulty",
        "正常。ただし {total:,} 件中 {flagged:,} 件に異常の疑い",
    ),
    "verdict.file": ("File: {name}", "ファイル：{name}"),
    "verdict.numbers": ("Fault probability {score} · known words {known}", "異常の確率 {score} · 既知の語 {known}"),
    "verdict.probability": ("Fault probability", "異常の確率"),
    "verdict.threshold": ("fault from {x:.0%} on", "{x:.0%} 以上で異常"),
    "verdict.flagged": ("Faulty events", "異常の疑いがあるイベント"),
    "verdict.flagged_whole": ("Suspicious events", "疑わしいイベント"),
    "verdict.of_events": ("{n:,} of {total:,}", "{n:,} / {total:,} 件"),
    "verdict.event_threshold": ("each from {x:.0%} on", "各 {x:.0%} 以上"),
    "verdict.familiarity": ("Known words", "既知の語"),
    "verdict.floor": ("unfamiliar below {x:.0%}", "{x:.0%} 未満は未知の入力"),
    "verdict.pairs": ("Recorded pairs", "記録された組"),
    "verdict.pairs_n": ("{n:,}", "{n:,} 組"),
    "verdict.certified": ("certified {x:.1%}", "証明済み {x:.1%}"),
    "verdict.unnamed": ("the user of this machine", "この端末の利用者"),
    "verdict.unfamiliar": (
        "**Do not rely on this verdict.** The model knows only {known:.0%} of the words in this file and was trained on "
        "logs in which it knew at least {floor:.0%}. Let a person who knows the machine decide.",
        "**この結論は信頼できません。** このファイルの語のうち、モデルが知っているのは {known:.0%} だけです。"
        "学習に使ったログでは {floor:.0%} 以上でした。設備に詳しい方が判断してください。",
    ),
    "verdict.held_because": ("Held because: {reason}", "保留の理由：{reason}"),
    "verdict.sampled": ("Also in the queue as part of the random sample.", "無作為抽出としてもレビュー対象です。"),
    "gate.held": ("Held", "保留"),
    "gate.released": ("Released", "使用可"),
    "gate.rejected": ("Rejected", "却下"),
    "gate.held_why": ("Not to be used until a person has approved it.", "人が承認するまで使用できません。"),
    "gate.released_why": ("Usable; nobody has reviewed it yet.", "使用できます。レビューはまだありません。"),
    "gate.held_why_several": (
        "Not to be used until {n} people have approved it independently of each other.",
        "{n} 人がそれぞれ独立に承認するまで使用できません。",
    ),
    "gate.not_queued_why": ("Usable; not drawn for a review.", "使用できます。レビューの対象に選ばれていません。"),
    "gate.disputed_why": (
        "Not to be used: the reviewers disagree, and a lead has to settle it.",
        "使用できません。レビュー担当者の間に意見の相違があり、リーダーの裁定が必要です。",
    ),
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
    "route.weights_not_put_to_use": (
        "its weights were not put to use, or are retired",
        "使用が決定されていない、または使用停止の重みによる判定",
    ),
    "route.rate_not_vouched": (
        "too few normal sequences held out to vouch for the rate asked for",
        "指定の誤報率を保証するには、残しておいた正常な系列が少なすぎる",
    ),
    "route.lines_learned_from": (
        "most of its lines are among those that its weights learned from",
        "行の大半が、重みの学習に使われたもの",
    ),
    "route.trial": ("trial, its source is not rolled out", "試行（ソースが未展開）"),
    "route.drift": ("its source has drifted from its reference", "ソースに基準からのドリフト"),
    "route.random_control": ("random sample", "無作為抽出"),
    "route.not_sampled": ("released, not sampled", "使用可、無作為抽出の対象外"),
    "events.title": (
        "**Events that look faulty** – the {n:,} most probable of {total:,}, each with the pair that contributed most",
        "**異常の疑いがあるイベント**：全 {total:,} 件のうち確率が高い {n:,} 件と、それぞれ最も寄与した組",
    ),
    "events.title_whole": (
        "**Suspicious events** – the {n:,} most probable of {total:,}, each with the pair that contributed most",
        "**疑わしいイベント**：全 {total:,} 件のうち確率が高い {n:,} 件と、それぞれ最も寄与した組",
    ),
    "events.title_none": (
        "**Most suspicious events** – all below the threshold, each with the pair that contributed most",
        "**最も疑わしいイベント**：いずれもしきい値未満。それぞれ最も寄与した組とともに表示",
    ),
    "events.probability": ("Probability", "確率"),
    "events.event": ("Event", "イベント"),
    "events.cause_line": ("From line", "根拠の行"),
    "events.cause": ("From event", "根拠のイベント"),
    # What stands behind a verdict
    "confidence.title": ("How sure", "確からしさ"),
    "confidence.fault": (
        "Of {count:,} generated logs with a fault probability like this one ({low:.0%} to {high:.0%}), {faulty:,} really "
        "held a fault.",
        "異常の確率がこれと同程度（{low:.0%}～{high:.0%}）だった生成ログ {count:,} 件のうち、"
        "{faulty:,} 件に実際に異常がありました。",
    ),
    "confidence.normal": (
        "Of {count:,} generated logs with a fault probability like this one ({low:.0%} to {high:.0%}), {faulty:,} held a "
        "fault after all.",
        "異常の確率がこれと同程度（{low:.0%}～{high:.0%}）だった生成ログ {count:,} 件のうち、"
        "{faulty:,} 件には実際には異常がありました。",
    ),
    "confidence.rare": (
        "Probabilities like this one ({low:.0%} to {high:.0%}) are rare: {count:,} of {total:,} generated logs had one, "
        "and {faulty:,} of these held a fault. That is too few to say how often it is right.",
        "このような確率（{low:.0%}～{high:.0%}）はまれです。生成ログ {total:,} 件のうち {count:,} 件で、"
        "そのうち異常があったのは {faulty:,} 件でした。どの程度当たるかを言うには少なすぎます。",
    ),
    "confidence.other_length": (
        " They had {counted:,} events each, this log has {events:,}: take it as a rough guide.",
        "生成ログは各 {counted:,} 件、このログは {events:,} 件のため、目安とお考えください。",
    ),
    "confidence.unfamiliar": (
        "The probability was calibrated on logs whose words the model knew. For this log the calibration does not hold.",
        "確率は、モデルが語を知っているログで校正されたものです。このログには当てはまりません。",
    ),
    "confidence.not_counted": (
        "It has not been counted yet how often the probabilities of these weights are right.",
        "この重みの確率がどの程度当たるかは、まだ数えられていません。",
    ),
    "confidence.counting": (
        "Counted on {logs:,} generated logs of {events:,} events that training and calibration had not seen, half of them "
        "healthy: the probability was off by {error:.1f} percentage points on average. Where faults are rarer, a fault "
        "probability is right less often.",
        "学習にも校正にも使っていない生成ログ {logs:,} 件（各 {events:,} 件、半数は正常）で数えました。"
        "確率と実際の割合のずれは平均 {error:.1f} ポイントでした。異常がもっと少ない現場では、"
        "異常の確率が当たる割合は下がります。",
    ),
    "confidence.events": (
        "Of {count:,} generated events with a probability like that of the first line ({low:.0%} to {high:.0%}), {faulty:,}"
        " were really faulty.",
        "確率が先頭の行と同程度（{low:.0%}～{high:.0%}）だった生成イベント {count:,} 件のうち、"
        "{faulty:,} 件が実際に異常でした。",
    ),
    "carried.pair": (
        "Line {query:,} “{query_text}” was judged from line {key:,} “{key_text}”, {where} (weight {weight:.2f})",
        "{query:,} 行目「{query_text}」は、{key:,} 行目「{key_text}」（{where}）を根拠に判定されました（重み {weight:.2f}）",
    ),
    "carried.open": ("Show pair", "組を表示"),
    "evidence.said": (
        "The order of the lines alone gives {alone:+.1f}; selected pairs add {attended:+.1f} (logits: above 0 speaks for a "
        "fault).",
        "行の並びだけで {alone:+.1f}、選択された組がさらに {attended:+.1f} を加えます（ロジット：0 より大きいと異常寄り）。",
    ),
    "evidence.most": ("Most of it comes from {lines}.", "主な根拠：{lines}。"),
    "evidence.line": ("line {line:,} “{text}” ({added:+.2f})", "{line:,} 行目「{text}」（{added:+.2f}）"),
    "evidence.help": (
        "These weights learned from labels of whole logs. First a linear model learned the runs of one, two or three lines "
        "that came only in faulty logs or only in normal ones; attention learned the rest. What a line adds is the sum of "
        "the runs that end with it.",
        "この重みは、ログ全体に付けたラベルから学びました。異常なログまたは正常なログにだけ現れた 1～3 行の並びを、"
        "まず線形モデルが学び、残りをアテンションが学んでいます。行ごとの値は、その行で終わる並びが加えた量です。",
    ),
    "evidence.table_said": (
        "The columns over all rows alone give {alone:+.1f}; selected pairs add {attended:+.1f} (logits: above 0 speaks for "
        "a fault).",
        "全行を通した各列の動きだけで {alone:+.1f}、選択された組がさらに {attended:+.1f} を加えます（ロジット：0 より大きい"
        "と異常寄り）。",
    ),
    "evidence.level": ("where “{column}” lies on average ({added:+.2f})", "「{column}」の平均の位置（{added:+.2f}）"),
    "evidence.size": (
        "how far “{column}” is off its usual value ({added:+.2f})",
        "「{column}」の通常値からの離れ具合（{added:+.2f}）",
    ),
    "evidence.change": (
        "how much “{column}” changes from row to row ({added:+.2f})",
        "「{column}」の行ごとの変化の大きさ（{added:+.2f}）",
    ),
    "evidence.apart": (
        "how far “{column}” is from what the other columns predict ({added:+.2f})",
        "ほかの列から予測される値に対する「{column}」のずれ（{added:+.2f}）",
    ),
    "evidence.rows": ("By row, these contribute most: {rows}.", "行ごとに見ると、寄与が大きいのは {rows} です。"),
    "evidence.row": ("line {line:,} ({added:+.2f})", "{line:,} 行目（{added:+.2f}）"),
    "evidence.table_help": (
        "These weights learned from labels of whole tables. First a linear model learned where each column lies, how far "
        "it is off its usual value, how much it changes from row to row, and how far it is from what the other columns "
        "predict; attention learned the rest. The values of all columns, and those of all rows, add up to the same sum.",
        "この重みは、表全体に付けたラベルから学びました。各列の平均の位置、通常値からの離れ具合、"
        "行ごとの変化の大きさ、ほかの列から予測される値とのずれを、まず線形モデルが学び、残りをアテンションが学んでいます。"
        "値は、列ごとに足しても行ごとに足しても同じ合計になります。",
    ),
    "change.title": ("What would change it", "結論が変わる条件"),
    "change.none": (
        "No single pair of lines: whichever pair is left out, at least {left:,} lines still look faulty.",
        "行の組を一つ除いても結論は変わりません。どの組を除いても、少なくとも {left:,} 行に異常の疑いが残ります。",
    ),
    "change.none_whole": (
        "No single pair of lines: whichever pair is left out, at least {left:,} lines still speak for a fault.",
        "行の組を一つ除いても結論は変わりません。どの組を除いても、少なくとも {left:,} 行が異常を示します。",
    ),
    "change.none_score": (
        "No single pair of lines: the log would still count as faulty.",
        "行の組を一つ除いても結論は変わりません。ログは異常のままです。",
    ),
    "change.single": (
        "One pair is enough: without the pair of lines {query:,} and {key:,} the log would count as normal (fault "
        "probability {score}).",
        "一つの組で変わります。{query:,} 行目と {key:,} 行目の組がなければ、ログは正常と判定されます（異常の確率 {score}）。",
    ),
    "change.together": (
        "No single pair of lines, but without these {n} pairs together the log would count as normal (fault probability "
        "{score}).",
        "一つの組では変わりませんが、次の {n} 組がすべてなければ、ログは正常と判定されます（異常の確率 {score}）。",
    ),
    "change.line_below": (
        "Without the pair of lines {query:,} and {key:,}, line {line:,} would go from {before} to {after}, below the "
        "threshold of {threshold:.0%}.",
        "{query:,} 行目と {key:,} 行目の組がなければ、{line:,} 行目は {before} から {after} になり、"
        "しきい値 {threshold:.0%} を下回ります。",
    ),
    "change.line_still": (
        "Without the pair of lines {query:,} and {key:,}, line {line:,} would go from {before} to {after} (faulty from "
        "{threshold:.0%} on).",
        "{query:,} 行目と {key:,} 行目の組がなければ、{line:,} 行目は {before} から {after} になります（{threshold:.0%} 以"
        "上で異常）。",
    ),
    "change.line_same": (
        "Line {line:,} does not depend on a single pair: without the most important one (lines {query:,} and {key:,}) it "
        "stays at {before}.",
        "{line:,} 行目は一つの組に左右されません。"
        "最も重要な組（{query:,} 行目と {key:,} 行目）がなくても {before} のままです。",
    ),
    "change.line_stays": (
        "Line {line:,} does not depend on a single pair: without the most important one (lines {query:,} and {key:,}) it "
        "goes from {before} to {after}.",
        "{line:,} 行目は一つの組に左右されません。最も重要な組（{query:,} 行目と {key:,} 行目）がなくても、"
        "{before} から {after} への変化にとどまります。",
    ),
    "change.nearest": (
        "Line {line:,} is nearest to the threshold, with {probability}. A line counts as faulty from {threshold:.0%} on, "
        "the log from a fault probability of {from_score:.0%} on; this log has {score}.",
        "しきい値に最も近いのは {line:,} 行目（{probability}）です。"
        "行は {threshold:.0%} 以上、ログは異常の確率 {from_score:.0%} 以上で異常とされ、このログは {score} です。",
    ),
    "change.nearest_flagged": (
        "Line {line:,} counts as faulty with {probability} (from {threshold:.0%} on), yet the log's fault probability of "
        "{score} stays below {from_score:.0%}.",
        "{line:,} 行目は {probability} で異常とされます（{threshold:.0%} 以上）。"
        "ただしログの異常の確率は {score} で、{from_score:.0%} を下回っています。",
    ),
    "change.nothing": ("No line was near the threshold.", "しきい値に近い行はありません。"),
    "change.no_line": (
        "No single line reaches the threshold; the log as a whole does.",
        "しきい値に達する行はありませんが、ログ全体としては達しています。",
    ),
    "change.not_measured": (
        "The effect of single pairs was not measured when this decision was made; Explain measures it.",
        "この判定の時点では、組ごとの影響は測定されていません。「説明」で測定できます。",
    ),
}
