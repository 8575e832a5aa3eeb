"""Texts of a verdict of weights that learned only what is normal: they tell what is unusual, and know no fault."""

TEXTS: dict[str, tuple[str, str]] = {
    "unusual.label": ("Unusual", "通常と異なる"),
    "unusual.label_usual": ("Usual", "通常どおり"),
    "unusual.fault": (
        "Unusual: {flagged:,} of {total:,} events were followed by something unexpected",
        "通常と異なる：{total:,} 件中 {flagged:,} 件のイベントの後に予想外のことが起きています",
    ),
    "unusual.normal": (
        "Usual: none of {total:,} events was followed by anything unexpected",
        "通常どおり：{total:,} 件のイベントの後に予想外のことは起きていません",
    ),
    "unusual.normal_some": (
        "Usual as a whole, although {flagged:,} of {total:,} events were followed by something unexpected",
        "全体として通常どおり。ただし {total:,} 件中 {flagged:,} 件のイベントの後に予想外のことが起きています",
    ),
    "unusual.numbers": ("Surprise {score} · known words {known}", "意外さ {score} · 既知の語 {known}"),
    "unusual.rank": ("Normal sequences as unusual", "同程度の正常な系列"),
    "unusual.of_thousand": ("{n} of 1,000", "1,000 件中 {n} 件"),
    "unusual.p_short": ("p-value {p:.3f}", "p 値 {p:.3f}"),
    "unusual.no_p_short": ("no p-value", "p 値なし"),
    "unusual.rank_help": (
        "Conformal p-value: the share of normal sequences that are at least as unusual as this one. It is not a "
        "probability of a fault: the weights learned what is normal and have never been told what a fault is.",
        "コンフォーマル p 値：正常な系列のうち、これと同程度以上に通常と異なるものの割合です。異常の確率ではありません。"
        "この重みは正常な挙動だけを学んでおり、異常が何かは学んでいません。",
    ),
    "unusual.p": (
        "Of 1,000 normal sequences about {n} are as unusual as this one (p = {p:.3f}). This does not say whether there is "
        "a fault. It holds for data like those that the weights were calibrated on.",
        "正常な系列 1,000 件のうち、約 {n} 件がこれと同程度に通常と異なります（p = {p:.3f}）。異常かどうかは示しません。"
        "重みの校正に使ったデータと同様のデータに当てはまります。",
    ),
    "unusual.p_least": (
        "None of the {count:,} normal sequences that it was compared with is as unusual: of 1,000 at most about {n} would "
        "be (p = {p:.3f}). This does not say whether there is a fault. It holds for data like those.",
        "比較した正常な系列 {count:,} 件に、これほど通常と異なるものはありません。"
        "1,000 件あっても多くて約 {n} 件です（p = {p:.3f}）。異常かどうかは示さず、同様のデータに当てはまります。",
    ),
    "unusual.not_vouched": (
        "{count:,} normal sequences cannot support the false-alarm rate of {asked:.1%} that was asked for: the rate that holds "
        "is {holds:.1%}.",
        "正常な系列が {count:,} 件では、指定した誤報率 {asked:.1%} は裏付けられません。保証できる誤報率は {holds:.1%} です。",
    ),
    "unusual.no_p": (
        "These weights have no normal sequences to compare with.",
        "この重みには、比較できる正常な系列がありません。",
    ),
    "unusual.unfamiliar": (
        "The comparison with normal sequences holds for logs whose words the model knew. For this log it does not.",
        "正常な系列との比較は、モデルが語を知っているログに当てはまります。このログには当てはまりません。",
    ),
    "unusual.event": ("Event → what came after it", "イベント → その後に起きたこと"),
    "unusual.surprise": ("Surprise", "意外さ"),
    "unusual.flagged": ("Surprising places", "予想外の箇所"),
    "unusual.route": ("unusual", "通常と異なる"),
    "unusual.events": (
        "**Lines followed by something unexpected** – the {n:,} most surprising of {total:,}, each with the pair that "
        "contributed most",
        "**後に予想外のことが起きた行**：全 {total:,} 件のうち意外さが大きい {n:,} 件と、それぞれ最も寄与した組",
    ),
    "unusual.events_none": (
        "**Lines followed by the least expected** – all below the threshold, each with the pair that contributed most",
        "**後に最も意外なことが起きた行**：いずれもしきい値未満。それぞれ最も寄与した組とともに表示",
    ),
    "unusual.event_probability": (
        "How surprising is what followed this line, on a scale where the threshold is 50%. It is not a probability of a fault.",
        "この行の後に起きたことの意外さです。しきい値が 50% になる尺度で、異常の確率ではありません。",
    ),
    "unusual.pairs_event": ("Line followed by something unexpected ({x:.1%})", "後に予想外のことが起きた行（{x:.1%}）"),
    "unusual.line_score": (
        "Surprise after line {line:,}: {probability}; flagged from {threshold:.0%} on.",
        "{line:,} 行目の後に起きたことの意外さ：{probability}（{threshold:.0%} 以上で検出）。",
    ),
    "unusual.report_events": (
        "Lines followed by something unexpected: the {n:,} most surprising of {total:,}, each with the line that it rests "
        "on most",
        "後に予想外のことが起きた {total:,} 行のうち、意外さの大きい {n:,} 行と、それぞれの最大の根拠",
    ),
    "unusual.report_events_none": (
        "The lines followed by the least expected, all below the threshold, each with the line that it rests on most",
        "後に最も意外なことが起きた行（いずれもしきい値未満）と、それぞれの最大の根拠",
    ),
    "unusual.report_line_score": (
        "Surprise {probability}, score {logit} (in logits: 0 is 50%)",
        "意外さ {probability}、スコア {logit}（単位はロジット。0 が 50% に当たる）",
    ),
    "unusual.report_without": ("Surprise without it", "除いた場合の意外さ"),
    "unusual.change_none": (
        "No single pair of lines: whichever pair is left out, at least {left:,} lines are still followed by something "
        "unexpected.",
        "行の組を一つ除いても結論は変わりません。どの組を除いても、少なくとも {left:,} 行の後に予想外のことが残ります。",
    ),
    "unusual.change_none_score": (
        "No single pair of lines: the log would still count as unusual.",
        "行の組を一つ除いても結論は変わりません。ログは通常と異なるままです。",
    ),
    "unusual.change_single": (
        "One pair is enough: without the pair of lines {query:,} and {key:,} the log would count as usual (surprise {score}).",
        "一つの組で変わります。{query:,} 行目と {key:,} 行目の組がなければ、ログは通常どおりと判定されます（意外さ {score}）。",
    ),
    "unusual.change_together": (
        "No single pair of lines, but without these {n} pairs together the log would count as usual (surprise {score}).",
        "一つの組では変わりませんが、次の {n} 組がすべてなければ、ログは通常どおりと判定されます（意外さ {score}）。",
    ),
    "unusual.change_line_still": (
        "Without the pair of lines {query:,} and {key:,}, line {line:,} would go from {before} to {after} (surprising from "
        "{threshold:.0%} on).",
        "{query:,} 行目と {key:,} 行目の組がなければ、{line:,} 行目は {before} から {after} になります（{threshold:.0%} 以"
        "上で予想外）。",
    ),
    "unusual.change_nearest": (
        "Line {line:,} is nearest to the threshold, with {probability}. What follows a line is surprising from "
        "{threshold:.0%} on, the log unusual from {from_score:.0%} on; this log has {score}.",
        "しきい値に最も近いのは {line:,} 行目（{probability}）です。"
        "行の後は {threshold:.0%} 以上で予想外、ログは {from_score:.0%} 以上で通常と異なるとされ、このログは {score} です。",
    ),
    "unusual.change_nearest_flagged": (
        "What followed line {line:,} is surprising with {probability} (from {threshold:.0%} on), yet the log as a whole, "
        "with {score}, stays below {from_score:.0%}.",
        "{line:,} 行目の後は {probability} で予想外とされます（{threshold:.0%} 以上）。"
        "ただしログ全体は {score} で、{from_score:.0%} を下回っています。",
    ),
}
