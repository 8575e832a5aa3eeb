"""Texts of a verdict on a log that the weights do not know, and that is therefore judged by itself."""

TEXTS: dict[str, tuple[str, str]] = {
    "itself.label": ("Stands out", "目立つ行あり"),
    "itself.label_usual": ("Little stands out", "目立つ行は少ない"),
    "itself.headline": ("New kind of log, judged by itself. ", "初めての種類のログのため、ログ自体から判定。"),
    "itself.fault": (
        "{flagged:,} of {total:,} events break the regularities of this log",
        "{total:,} 件中 {flagged:,} 件がこのログの規則性から外れています",
    ),
    "itself.normal": (
        "None of {total:,} events breaks the regularities of this log",
        "{total:,} 件中、このログの規則性から外れたイベントはありません",
    ),
    "itself.normal_some": (
        "{flagged:,} of {total:,} events break the regularities of this log, as some do where nothing is wrong",
        "{total:,} 件中 {flagged:,} 件がこのログの規則性から外れていますが、異常のないログでも起こります",
    ),
    "itself.probability": ("Stands out in all", "全体の目立つ度合い"),
    "itself.flagged": ("Lines that stand out", "目立つ行"),
    "itself.warning": (
        "The weights know {known:.0%} of this file's words, so it was judged by itself: by what is rare, severe, out of "
        "order, repeated, or off its usual numbers. Some lines are named even where nothing is wrong: a person decides.",
        "重みが知っている語は {known:.0%} のため、まれな行、重大な語、順序の乱れ、繰り返し、通常と異なる数値から、"
        "ファイル自体で判定しました。異常がなくても挙げられる行があります。判断は人が行います。",
    ),
    "itself.counted": (
        "On {systems:,} made-up systems that training had not seen, {found:.0%} of {faulty:,} faulty lines were named, and "
        "{alarms:.1%} of {normal:,} normal ones.",
        "学習に使っていない架空のシステム {systems:,} 件で、異常な行 {faulty:,} 件の {found:.0%}、"
        "正常な行 {normal:,} 件の {alarms:.1%} が挙げられました。",
    ),
    "itself.weights": ("the log itself", "ログ自体"),
    "itself.route": ("lines stand out", "目立つ行あり"),
    "itself.surprise": ("Stands out", "目立つ度合い"),
    "itself.event_probability": (
        "How much this line stands out; 1 of 100 normal lines of made-up systems passes 50%. No probability of a fault.",
        "この行の目立つ度合いです。架空のシステムの正常な行 100 行に 1 行が 50% を超えます。異常の確率ではありません。",
    ),
    "itself.line_score": (
        "Line {line:,} stands out with {probability}; named from {threshold:.0%} on.",
        "{line:,} 行目の目立つ度合い：{probability}（{threshold:.0%} 以上で挙げられる）。",
    ),
    "itself.confidence": ("Calibrated on made-up systems: a rough guide.", "架空のシステムで校正した目安です。"),
    "itself.threshold": ("counts from {x:.0%} on", "{x:.0%} 以上で異常あり"),
    "itself.probability_help": (
        "How often something was wrong where as much stood out in made-up systems: a rough guide. The incidents say what "
        "must be seen.",
        "架空のシステムで、同じくらい目立つときに異常があった割合です。目安とお考えください。"
        "確認すべきものは出来事に示します。",
    ),
    "itself.selection": (
        "Judged by itself: pairs say which lines were read together, not what led to what. What led to an incident stands in "
        "the verdict.",
        "ログ自体から判定しました。組は合わせて読まれた行を示すだけで、何が何を引き起こしたかは示しません。"
        "出来事のもとになった行は結論にあります。",
    ),
    "itself.explanations": (
        "Judged by itself: explanations show what stands out for the model, not what it means in your plant.",
        "ログ自体から判定しました。説明は、モデルにとって目立つものを示し、現場での意味は示しません。",
    ),
    "itself.checked": (" Checked at the decision: lines {lines}.", " 判定時に確認したのは {lines} 行目です。"),
    "fine.left_out": (
        "{n:,} more lines are of kinds that people named fine (entries of the record: {entries}).",
        "このほか {n:,} 行は、問題なしとされた種類です（記録の項目：{entries}）。",
    ),
    "fine.all": ("All lines that stand out among {total:,} events were named fine", "{total:,} 件中の目立つ行はすべて問題なし"),
    "next.title": ("**What you can do now**", "**次にできること**"),
    "next.fine_title": ("Lines that are fine", "問題のない行"),
    "next.fine": (
        "Tick the lines that are fine. Their kinds are not named again in files of {source}, whatever their numbers and times.",
        "問題のない行を選んでください。{source} では、数値や時刻が違っても、同じ種類の行は挙げられなくなります。",
    ),
    "next.kind_more": (
        "Line {line:,}: “{text}” (and {n:,} more of this kind)",
        "{line:,} 行目：「{text}」（同じ種類が他 {n:,} 行）",
    ),
    "next.why": ("Why (optional)", "理由（任意）"),
    "next.these_are_fine": ("These are fine", "問題なしとする"),
    "next.saved": (
        "Named fine for {source} (entry {seq:,}). Judge the file again to leave these lines out.",
        "{source} の問題のない行として記録しました（項目 {seq:,}）。もう一度判定すると除かれます。",
    ),
    "next.named": (
        "Kinds named fine since: {n:,}. The next decision on the file leaves them out.",
        "その後、問題なしとされた種類：{n:,}。このファイルの次の判定では除かれます。",
    ),
    "next.judge_again": ("Judge again", "もう一度判定"),
    "next.judge_again_help": (
        "A new decision that takes into account what was said of its source by now.",
        "このソースについてこれまでに記録された判断を反映して、新たに判定します。",
    ),
    "next.judge_anyway": ("Use the weights in use all the same", "使用中の重みで判定"),
    "next.judge_anyway_help": (
        "A new decision by weights that know too few words: not to be relied on.",
        "既知の語が少なすぎる重みによる判定のため、信頼できません。",
    ),
    "next.learn": ("Learn from this and similar files", "このファイルと同種のファイルから学習"),
    "next.learn_help": ("Weights that learned from your logs know the words.", "ご自身のログで学んだ重みは語を知っています。"),
}
