"""Texts of a verdict on a log that the weights do not know, and that is therefore judged by itself."""

TEXTS: dict[str, tuple[str, str]] = {
    "itself.label": ("Stands out", "目立つ行あり"),
    "itself.label_usual": ("Little stands out", "目立つ行は少ない"),
    "itself.headline": ("New kind of log, judged by itself. ", "初めての種類のログのため、ログ自体から判定。"),
    "itself.fault": (
        "{flagged:,} of {total:,} events break the regularities of this log",
        "{total:,} 件中 {flagged:,} 件がこのログの規則性から外れています",
    ),
    "itself.must": (
        "{n:,} incidents in its {total:,} lines must be seen",
        "{total:,} 行に、確認すべき出来事が {n:,} 件あります",
    ),
    "itself.must_one": ("1 incident in its {total:,} lines must be seen", "{total:,} 行に、確認すべき出来事が 1 件あります"),
    "itself.must_none": (
        "Nothing in its {total:,} lines must be seen",
        "{total:,} 行に、確認すべき出来事はありません",
    ),
    "itself.normal": (
        "None of {total:,} events breaks the regularities of this log",
        "{total:,} 件中、このログの規則性から外れたイベントはありません",
    ),
    "itself.normal_some": (
        "{flagged:,} of {total:,} events break the regularities of this log; some do even where nothing is wrong",
        "{total:,} 件中 {flagged:,} 件がこのログの規則性から外れていますが、異常のないログでも起こります",
    ),
    "itself.numbers": (
        "How much stands out in all {score} · known words {known}",
        "全体の目立つ度合い {score} · 既知の語 {known}",
    ),
    "itself.probability": ("Stands out in all", "全体の目立つ度合い"),
    "itself.flagged": ("Lines that stand out", "目立つ行"),
    "itself.warning": (
        "The weights in use know {known:.0%} of the words in this file, so it was judged by what it says about itself: what "
        "is rare, severe, out of order, repeated, or off its usual numbers. Where nothing is wrong, some lines are named all "
        "the same. A person decides.",
        "使用中の重みが知っているのは、このファイルの語の {known:.0%} です。そのため、ファイル自体から判定しました。"
        "まれな行、重大な語、順序の乱れ、繰り返し、通常と異なる数値を手がかりにしています。"
        "異常がなくても挙げられる行があります。"
        "判断は人が行います。",
    ),
    "itself.counted": (
        "Counted on {systems:,} made-up systems that training had not seen: of {faulty:,} faulty lines {found:.0%} were "
        "named, of {normal:,} normal ones {alarms:.1%}.",
        "学習に使っていない架空のシステム {systems:,} 件で数えました。異常な行 {faulty:,} 件のうち {found:.0%}、"
        "正常な行 {normal:,} 件のうち {alarms:.1%} が挙げられました。",
    ),
    "itself.weights": ("the log itself", "ログ自体"),
    "itself.route": ("lines stand out", "目立つ行あり"),
    "itself.events": (
        "**Lines that stand out** – the first {n:,} of {total:,}, each with the line that it should be read with",
        "**目立つ行**：全 {total:,} 行のうち上位 {n:,} 行と、合わせて読むべき行",
    ),
    "itself.events_none": (
        "**Lines that stand out most** – all below the threshold, each with the line that it should be read with",
        "**最も目立つ行**：いずれもしきい値未満。合わせて読むべき行とともに表示",
    ),
    "itself.surprise": ("Stands out", "目立つ度合い"),
    "itself.event_probability": (
        "How much this line stands out from its own file, on a scale where 1 of 100 normal lines of made-up systems "
        "passes 50%. It is not a probability of a fault.",
        "この行がファイルの中でどの程度目立つかを示します。架空のシステムの正常な行の約 100 行に 1 行が 50% を超える尺度で、"
        "異常の確率ではありません。",
    ),
    "itself.line_score": (
        "Line {line:,} stands out with {probability}; named from {threshold:.0%} on.",
        "{line:,} 行目の目立つ度合い：{probability}（{threshold:.0%} 以上で挙げられる）。",
    ),
    "itself.confidence": (
        "The probability was calibrated on made-up systems. Take it as a rough guide.",
        "確率は架空のシステムで校正されています。目安とお考えください。",
    ),
    "itself.report": (
        "The weights in use know {known:.0%} of the words in this file. It was judged by what it says about itself.",
        "使用中の重みが知っているのは、このファイルの語の {known:.0%} です。ファイル自体から判定しました。",
    ),
    "itself.threshold": ("counts from {x:.0%} on", "{x:.0%} 以上で異常あり"),
    "itself.probability_help": (
        "How much stands out in the file, on the scale of how often something was wrong in made-up systems: a rough guide. "
        "What must be seen is said by the incidents.",
        "ファイル全体の目立つ度合いで、架空のシステムで何らかの異常があった割合を尺度としています。目安とお考えください。"
        "確認すべきものは出来事に示します。",
    ),
    "itself.pairs_event": ("Line that stands out with {x:.1%}", "目立つ度合い {x:.1%} の行"),
    "itself.selection": (
        "This log was judged by itself. Which lines a line was read with says nothing of what led to what, whatever the two "
        "sides of a pair are called here. What led to an incident stands in the verdict.",
        "このログは、ログ自体から判定されています。組は、どの行と合わせて読まれたかを示すだけで、ここでの呼び名にかかわらず、"
        "何が何を引き起こしたかは示しません。出来事のもとになった行は結論に示されます。",
    ),
    "itself.pairs_title": ("**Lines that these were read with**", "**これらの行と合わせて読まれた行**"),
    "itself.pairs_read": ("read with", "合わせて読まれた行"),
    "itself.event_item": (
        "Line {line:,} · stands out {probability} · {text}",
        "{line:,} 行目 · 目立つ度合い {probability} · {text}",
    ),
    "itself.explanations": (
        "This log was judged by itself. The explanations show correctly what stands out in it for the model, and not what it "
        "means in your plant.",
        "このログは、ログ自体から判定されています。説明はモデルにとって何が目立つかを正しく示しますが、"
        "それが現場で何を意味するかは示しません。",
    ),
    "itself.change_nearest": (
        "Line {line:,} is nearest to the threshold, with {probability}. A line is named from {threshold:.0%} on; something is "
        "called wrong with the log from a probability of {from_score:.0%} on; this log has {score}.",
        "しきい値に最も近いのは {line:,} 行目（{probability}）です。行は {threshold:.0%} 以上で挙げられ、"
        "ログは確率 {from_score:.0%} 以上で異常ありとされます。このログは {score} です。",
    ),
    "itself.change_nearest_flagged": (
        "Line {line:,} stands out with {probability} (named from {threshold:.0%} on), yet the probability that something is "
        "wrong, {score}, stays below {from_score:.0%}.",
        "{line:,} 行目の目立つ度合いは {probability} です（{threshold:.0%} 以上で挙げられる）。"
        "ただし異常ありの確率は {score} で、{from_score:.0%} を下回っています。",
    ),
    "itself.change_line_still": (
        "Without the pair of lines {query:,} and {key:,}, line {line:,} would go from {before} to {after} (named from "
        "{threshold:.0%} on).",
        "{query:,} 行目と {key:,} 行目の組がなければ、{line:,} 行目は {before} から {after} になります"
        "（{threshold:.0%} 以上で挙げられる）。",
    ),
    "itself.checked": (
        " Checked when the decision was made: lines {lines}, the first of the named ones.",
        " 判定時に、挙げられた行のうち最初の {lines} 行目を確認しました。",
    ),
    "itself.change_none": (
        "None of the pairs that were tried: without the most effective one of them, {left:,} lines still stand out.",
        "試した組のどれを除いても結論は変わりません。最も影響の大きい組を除いても、{left:,} 行が目立つ行として残ります。",
    ),
    "itself.change_none_score": (
        "None of the pairs that were tried: much would still stand out in the log.",
        "試した組のどれを除いても結論は変わりません。ログには目立つ行が残ります。",
    ),
    "itself.change_single": (
        "One pair is enough: without the pair of lines {query:,} and {key:,} nothing would be called wrong with the log "
        "(probability {score}).",
        "一つの組で変わります。{query:,} 行目と {key:,} 行目の組がなければ、ログは異常ありとされません（確率 {score}）。",
    ),
    "itself.change_together": (
        "No single pair of lines, but without these {n} pairs together nothing would be called wrong with the log (probability "
        "{score}).",
        "一つの組では変わりませんが、次の {n} 組がすべてなければ、ログは異常ありとされません（確率 {score}）。",
    ),
    "itself.report_events": (
        "Lines that stand out: the first {n:,} of {total:,}, each with the line that it rests on most",
        "目立つ {total:,} 行のうち上位 {n:,} 行と、それぞれの最大の根拠",
    ),
    "itself.report_events_none": (
        "The lines that stand out most, all below the threshold, each with the line that it rests on most",
        "最も目立つ行（いずれもしきい値未満）と、それぞれの最大の根拠",
    ),
    "itself.report_line_score": (
        "Stands out with {probability}, score {logit} (in logits: 0 is 50%)",
        "目立つ度合い {probability}、スコア {logit}（単位はロジット。0 が 50% に当たる）",
    ),
    "itself.report_without": ("Stands out without it", "除いた場合の目立つ度合い"),
    "fine.left_out": (
        "{n:,} more lines are of kinds that people named fine (entries of the record: {entries}).",
        "このほか {n:,} 行は、問題なしとされた種類の行です（記録の項目：{entries}）。",
    ),
    "fine.left_out_one": (
        "1 more line is of a kind that people named fine (entry of the record: {entries}).",
        "このほか 1 行は、問題なしとされた種類の行です（記録の項目：{entries}）。",
    ),
    "fine.all": (
        "All lines that stand out among {total:,} events are of kinds that people named fine",
        "{total:,} 件中、目立つ行はすべて、問題なしとされた種類の行です",
    ),
    "next.title": ("**What you can do now**", "**次にできること**"),
    "next.fine_title": ("Lines that are fine", "問題のない行"),
    "next.fine": (
        "Tick the lines that are fine. Lines of these kinds are not named again in files of the source {source}; "
        "numbers and times may differ.",
        "問題のない行を選んでください。ソース {source} のファイルでは、同じ種類の行は今後挙げられません"
        "（数値や時刻の違いは問いません）。",
    ),
    "next.kind_more": (
        "Line {line:,}: {text} (and {n:,} more of this kind)",
        "{line:,} 行目：{text}（同じ種類がほかに {n:,} 行）",
    ),
    "next.why": ("Why (optional)", "理由（任意）"),
    "next.why_example": ("for example: a scanner of ours", "例：社内の監視ツールによる接続"),
    "next.these_are_fine": ("These are fine", "問題なしとする"),
    "next.saved": (
        "Named fine for {source}, in entry {seq:,} of the record. Judge the file again to leave these lines out.",
        "{source} の問題のない行として記録しました（項目 {seq:,}）。もう一度判定すると、これらの行は除かれます。",
    ),
    "next.named": (
        "{n:,} of the kinds of lines named here have been named fine by now. This decision stays as it is; the next one on the "
        "file leaves them out.",
        "ここに挙げられた行のうち {n:,} 種類は、その後、問題なしとされました。この判定は変わりませんが、"
        "このファイルの次の判定では除かれます。",
    ),
    "next.judge_again": ("Judge again", "もう一度判定"),
    "next.judge_again_help": (
        "A new decision on the same file, which takes into account what was said about its source by now.",
        "同じファイルを新たに判定します。このソースについてこれまでに記録された判断が反映されます。",
    ),
    "next.judge_anyway": ("Use the weights in use all the same", "使用中の重みで判定"),
    "next.judge_anyway_help": (
        "A new decision on the same file by the weights in use, although they know too few of its words: not to be relied on.",
        "使用中の重みで同じファイルを新たに判定します。既知の語が少なすぎるため、その結論は信頼できません。",
    ),
    "next.learn": ("Learn from this and similar files", "このファイルと同種のファイルから学習"),
    "next.learn_help": (
        "Weights that learned from your own logs know their words. Opens Data & training with this file.",
        "ご自身のログで学習した重みは、その語を知っています。このファイルを選んだ状態で「データと学習」を開きます。",
    ),
}
