"""Texts of the panel Explain: why, and what-if: pairs removed or forced in, and a changed log."""

TEXTS: dict[str, tuple[str, str]] = {
    "explain.page": ("Explain", "説明"),
    "explain.line_help": ("Choose another line in the log above.", "ほかの行は上のログで選びます。"),
    "explain.no_model": ("This decision cannot be run again: {error}.", "この判定は再実行できません：{error}。"),
    "explain.unfamiliar": (
        "The model does not know such logs: these explanations say what it did, not whether to rely on it.",
        "モデルにとって未知のログです。説明が示すのはモデルの動作で、その信頼性ではありません。",
    ),
    "explain.place": (
        "No incident: place {place:,} of {total:,} lines by what speaks for looking at it first.",
        "出来事ではありません。先に見るべき順では {total:,} 行中 {place:,} 番目です。",
    ),
    "explain.line_score": (
        "Probability of a fault at line {line:,}: {probability}; flagged from {threshold:.0%} on.",
        "{line:,} 行目の異常の確率：{probability}（{threshold:.0%} 以上で検出）。",
    ),
    "explain.section": ("View", "表示内容"),
    "explain.section.why": ("Why", "理由"),
    "explain.section.try": ("Remove and force", "除く・加える"),
    "explain.section.edit": ("Change the log", "ログを変える"),
    "explain.section.compare": ("Compare", "比較"),
    "explain.section.usual": ("Usual or not", "普段との違い"),
    "explain.section.report": ("Report", "レポート"),
    # Agreement
    "explain.agreement.agree": (
        "Selection, attribution and effect agree on line {target:,}: line {line:,} mattered most.",
        "{target:,} 行目について、選択・帰属・影響が一致しています。最も重要なのは {line:,} 行目です。",
    ),
    "explain.agreement.partly": (
        "For line {target:,}, line {line:,} mattered most, and the other views have it among their first three.",
        "{target:,} 行目について最も重要なのは {line:,} 行目で、ほかの見方でも上位三つに入っています。",
    ),
    "explain.agreement.disagree": (
        "The explanations of line {target:,} disagree: line {line:,} mattered most in one view, but not all others confirm it. "
        "Look closely.",
        "{target:,} 行目の説明が食い違っています。一つの見方では {line:,} 行目が最も重要ですが、ほかの見方とは一致しません。"
        "慎重に確認してください。",
    ),
    "explain.agreement.alone": (
        "No other line alone moved the score of line {target:,} by half a logit or more.",
        "{target:,} 行目のスコアを一行だけで 0.5 ロジット以上動かした行はありません。",
    ),
    "explain.agreement.without": (
        " Without its strongest pair, the probability of line {target:,} goes from {before} to {after}.",
        " その最も強い組を除くと、{target:,} 行目の確率は {before} から {after} になります。",
    ),
    "explain.agreement.without_same": (
        " Without its strongest pair, the probability of line {target:,} stays at {before}.",
        " その最も強い組を除いても、{target:,} 行目の確率は {before} のままです。",
    ),
    "explain.agreement.substitute": (
        " Another line would have said the same in its place.",
        " その行がなくても、別の行が同じことを示していました。",
    ),
    "explain.agreement.checked": (
        " Checked when the decision was made: lines {lines}, the most probable ones.",
        " 判定時に、確率の高い {lines} 行目を確認しました。",
    ),
    "explain.agreement.disagreeing": (
        " The explanations of line {lines} disagree: look closely.",
        " {lines} 行目の説明は食い違っています。慎重に確認してください。",
    ),
    "explain.agreement.ranks": (
        "Rank correlation with the effect: selection {selection}, attribution {attribution}.",
        "影響との順位相関：選択 {selection}、帰属 {attribution}。",
    ),
    # Methods and controls
    "explain.method.pair_effect": ("Pair effect", "組の影響"),
    "explain.method.integrated_gradients": ("Integrated gradients", "積分勾配法"),
    "explain.method.integrated_gradients_free": ("Integrated gradients, free selection", "積分勾配法（選択は自由）"),
    "explain.method.gradient_x_activation": ("Gradient × activation", "勾配 × 活性化"),
    "explain.method.feature_ablation": ("Ablation, line by line", "行ごとの除去"),
    "explain.method.feature_ablation_templates": ("Ablation, template by template", "テンプレートごとの除去"),
    "explain.method.feature_ablation_windows": ("Ablation, 32 neighbouring lines at once", "隣り合う 32 行ごとの除去"),
    "explain.method.shapley_values": ("Shapley values of templates", "テンプレートのシャープレイ値"),
    "explain.method.rollout": ("Attention rollout", "アテンション・ロールアウト"),
    "explain.method.selection_weight": ("Selected weight", "選択の重み"),
    "explain.control.random": ("Control: random order", "対照：無作為な順"),
    "explain.control.matched": ("Control: random, same distances", "対照：同じ距離の無作為な行"),
    "explain.control.uniform": ("Control: random lines", "対照：無作為な行"),
    "explain.control.position": ("Control: nearest lines", "対照：近い行"),
    "explain.unit.tried": (
        "Leaving out every line or group would take too long: only the {tried:,} of {groups:,} that most weight leads to were "
        "left out in turn. The others have 0.",
        "すべての行（まとまり）を除いて試すと時間がかかりすぎるため、{groups:,} のうち重みの大きい {tried:,} だけを順に"
        "除きました。ほかは 0 です。",
    ),
    # Effects
    "explain.effects.none": (
        "No other line forms a pair with this line.",
        "ほかの行からこの行につながる組はありません。",
    ),
    "explain.col.effect": ("Effect", "影響"),
    "explain.col.direct": ("Direct", "直接"),
    "explain.col.probability": ("Probability (pts)", "確率の差（pt）"),
    "explain.col.weight": ("Weight, all heads", "重み（全ヘッド）"),
    "explain.col.action": ("What if", "仮定"),
    # Scores
    "explain.scores.compute": ("Compare the methods", "方法を比べる"),
    "explain.scores.lead": (
        "A method is useful where it beats the controls. Comprehensiveness: the fall of the score without the lines "
        "it ranks first; sufficiency: what is missing with only them. Deletion and insertion: area under the "
        "probability, small is good for deletion, large for insertion.",
        "対照に勝る方法だけが役立ちます。包括性：上位の行を除いたときのスコアの低下。十分性："
        "上位の行だけを残したときの不足。削除・挿入：確率の面積（削除は小さく、挿入は大きいほど良い）。",
    ),
    "explain.scores.steps": (
        "Of {others:,} lines, {steps:,} equal steps were removed and added.",
        "{others:,} 行を {steps:,} 回に分けて除き、加えました。",
    ),
    "explain.scores.name": ("Method or control", "方法・対照"),
    "explain.scores.first_line": ("First line", "最上位の行"),
    "explain.scores.delta": ("Delta", "収束の差"),
    "explain.scores.comprehensiveness": ("Comprehensiveness", "包括性"),
    "explain.scores.sufficiency": ("Sufficiency", "十分性"),
    "explain.scores.deletion": ("Deletion", "削除"),
    "explain.scores.insertion": ("Insertion", "挿入"),
    # Why
    "explain.why.title": (
        "Why line {query:,} looked at line {key:,}: “{text}”",
        "{query:,} 行目が {key:,} 行目を見た理由：「{text}」",
    ),
    "explain.why.sum": (
        "content {content} + distance {distance} + direction {direction}{matched} = logit {logit}. Half of it, "
        "{half}, against the threshold {threshold}: weight {weight}.",
        "内容 {content} ＋ 距離 {distance} ＋ 向き {direction}{matched} ＝ ロジット {logit}。その半分 {half} としきい値 "
        "{threshold} から、重みは {weight} です。",
    ),
    "explain.why.identifier": (" + same identifier {value}", " ＋ 同じ識別子 {value}"),
    "explain.why.certified": ("The search proved that it missed no pair.", "探索は、見落とした組がないことを証明しました。"),
    "explain.why.uncertified": (
        "The search could not prove that it missed no pair.",
        "探索は、見落とした組がないことを証明できませんでした。",
    ),
    "explain.why.key": ("Parts of the cause line (logits)", "原因の行の要素（ロジット）"),
    "explain.why.query": ("Parts of the effect line (logits)", "結果の行の要素（ロジット）"),
    "explain.why.rejected": ("Closest candidates not selected", "選択に最も近かった候補"),
    "explain.part": ("Part", "要素"),
    "explain.part.value": ("Logits", "ロジット"),
    "explain.part.rest": ("{count} smaller parts together", "ほか {count} 要素の合計"),
    "explain.part.read": ("Read from line {line:,} in layer {layer}", "第 {layer} 層で {line:,} 行目から読んだもの"),
    "explain.part.anchor": ("Nothing selected, layer {layer}", "第 {layer} 層で何も選択しなかった分"),
    "explain.part.feed_forward": ("Own computation, layer {layer}", "第 {layer} 層での自身の計算"),
    "explain.feature.w": ("Word “{text}”", "語「{text}」"),
    "explain.feature.k": ("Name “{text}”", "項目名「{text}」"),
    "explain.feature.kv": ("“{text}”", "「{text}」"),
    "explain.feature.n": ("A number of “{text}”", "「{text}」の数値"),
    "explain.feature.u": ("Unit “{text}”", "単位「{text}」"),
    "explain.feature.g": ("Letters “{text}”", "文字列「{text}」"),
    "explain.feature.id": ("Identifier like “{text}”", "識別子「{text}」の形"),
    "explain.feature.m": ("“{key}” about {size}", "「{key}」が約 {size}"),
    "explain.feature.dt": ("About {size} s after the line before", "前の行から約 {size} 秒後"),
    "explain.feature.t1": ("The kind of line: its words without numbers", "行の種類：数字を除いた語"),
    "explain.feature.t2": ("The kinds of this line and the line before, in order", "この行と前の行の種類の並び"),
    "explain.feature.t3": ("The kinds of this line and the two before, in order", "この行と前の 2 行の種類の並び"),
    "explain.feature.before": ("{back} lines before: {what}", "{back} 行前：{what}"),
    "explain.feature.empty": ("An empty line", "空の行"),
    # What if: pairs removed and forced in, logs changed
    "what_if.pairs": ("Pairs in use – click to remove", "使われた組（クリックで除く）"),
    "what_if.near": ("Near misses – click to force in", "惜しくも外れた組（クリックで加える）"),
    "what_if.near_none": ("This line has no near misses.", "この行に、惜しくも外れた組はありません。"),
    "what_if.removed": ("removed", "除外"),
    "what_if.forced": ("forced in", "追加"),
    "what_if.undo": ("Undo", "元に戻す"),
    "what_if.reset": ("Start again", "最初からやり直す"),
    "what_if.event": ("This line", "この行"),
    "what_if.log": ("The whole log", "ログ全体"),
    "what_if.count": ("Selections changed", "変更した選択"),
    "what_if.count_words": ("{removed} removed, {forced} forced in", "除外 {removed}、追加 {forced}"),
    "what_if.line.gone": ("This line is no longer flagged.", "この行は検出されなくなります。"),
    "what_if.line.new": ("This line is flagged now.", "この行が検出されるようになります。"),
    "what_if.line.flagged": ("This line stays flagged.", "この行は検出されたままです。"),
    "what_if.line.unflagged": ("This line stays unflagged.", "この行は検出されないままです。"),
    "what_if.flips": (
        "The verdict on the log changes: {before} becomes {after}.",
        "ログの結論が変わります：{before} から {after} へ。",
    ),
    "what_if.stays": ("The verdict on the log stays: {label}.", "ログの結論は変わりません：{label}。"),
    "what_if.came": ("Now selected instead: {lines}", "代わりに選択された行：{lines}"),
    "what_if.came_none": ("Nothing else came in.", "ほかに入った行はありません。"),
    "what_if.score": ("score {before} → {after} logits", "スコア {before} → {after} ロジット"),
    "what_if.from_to": ("before: {x:.1%}", "変更前：{x:.1%}"),
    # Counterfactual
    "edit.text": ("New text", "新しい本文"),
    "edit.replace": ("Replace", "置き換え"),
    "edit.delete": ("Delete", "削除"),
    "edit.insert": ("Insert before", "前に挿入"),
    "edit.empty": ("A line cannot be empty: delete it.", "空の行にはできません。削除してください。"),
    "edit.item.replace": ("Line {line:,} replaced: {text}", "{line:,} 行目を置き換え：{text}"),
    "edit.item.delete": ("Line {line:,} deleted", "{line:,} 行目を削除"),
    "edit.item.insert": ("Inserted before line {line:,}: {text}", "{line:,} 行目の前に挿入：{text}"),
    "edit.run": ("Run again with these changes", "この変更で再実行"),
    "explain.section.pair": ("The pair", "組の理由"),
    "explain.section.methods": ("Methods", "方法"),
    "explain.section.variables": ("Variables", "変数"),
    "explain.save": ("Save as JSON", "JSON で保存"),
}
