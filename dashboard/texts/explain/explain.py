"""Texts of the Explain page: why, what would change it, comparisons."""

TEXTS: dict[str, tuple[str, str]] = {
    "explain.page": ("Explain", "説明"),
    "explain.title": ("Explain", "説明"),
    "explain.lead": (
        "Why the model said what it said, each explanation with a measure of how far to believe it.",
        "モデルがそう判定した理由を、それぞれの説明をどこまで信じてよいかの尺度とともに示します。",
    ),
    "explain.line": ("Line to explain", "説明する行"),
    "explain.line_help": (
        "The most suspicious lines are listed; type a line number to explain any other.",
        "疑わしい行が一覧にあります。ほかの行を説明するには行番号を入力してください。",
    ),
    "explain.line_unknown": (
        "No event begins at line {line}: choose a line from the list, or type a line number of the file.",
        "{line} 行目から始まるイベントはありません。一覧から選ぶか、ファイルの行番号を入力してください。",
    ),
    "explain.compute": ("Explain this line", "この行を説明"),
    "explain.no_model": (
        "This decision cannot be run again: {error}. Its recorded selection can still be inspected.",
        "この判定は再実行できません：{error}。記録された選択は引き続き確認できます。",
    ),
    "explain.before": (
        "Takes a few seconds: each strong pair is removed and the model decides again.",
        "数秒かかります。強い組を一つずつ除き、モデルがそのつど判定し直します。",
    ),
    "explain.unfamiliar": (
        "The model does not know logs like this one. Its explanations show truly what it did, but what it did means little.",
        "モデルはこの種のログを知りません。説明はモデルの動作を正しく示しますが、その動作自体があまり当てになりません。",
    ),
    "explain.line_item": ("Line {line} · not flagged · {text}", "{line} 行目 · 指摘なし · {text}"),
    "explain.line_score": (
        "Probability of a fault at line {line}: {probability}; flagged from {threshold:.0%} on.",
        "{line} 行目の異常確率：{probability}（{threshold:.0%} 以上で指摘）。",
    ),
    "explain.event_unknown": (
        "The link names an event that this log does not have. Line {line} is shown instead.",
        "リンクのイベントはこのログにありません。代わりに {line} 行目を表示しています。",
    ),
    "explain.section": ("What to look at", "表示内容"),
    "explain.section.why": ("Why", "理由"),
    "explain.section.try": ("Remove and force", "除く・加える"),
    "explain.section.edit": ("Change the log", "ログを変える"),
    "explain.section.compare": ("Compare", "比較"),
    "explain.section.usual": ("Usual or not", "普段との違い"),
    "explain.section.report": ("Report", "レポート"),
    # Agreement
    "explain.agreement.agree": (
        "Selection, attribution and effect agree on line {target}: line {line} mattered most.",
        "{target} 行目について、選択・帰属・効果が一致しています：最も重要なのは {line} 行目です。",
    ),
    "explain.agreement.partly": (
        "For line {target}, line {line} had the largest effect, and the other views have it among their first three.",
        "{target} 行目への効果が最も大きいのは {line} 行目で、ほかの見方でも上位三つに入っています。",
    ),
    "explain.agreement.disagree": (
        "The explanations of line {target} disagree: line {line} had the largest effect, but not all other views "
        "confirm it. Look closely.",
        "{target} 行目の説明が食い違っています：効果が最も大きいのは {line} 行目ですが、ほかの見方とは一致しません。"
        "慎重に確認してください。",
    ),
    "explain.agreement.alone": (
        "No other line had an effect of half a logit or more on line {target}: it was judged by itself.",
        "{target} 行目に 0.5 ロジット以上の効果を持つ行はほかにありません：この行はそれ自体で判定されました。",
    ),
    "explain.agreement.without": (
        " Without its strongest pair, the probability of line {target} goes from {before} to {after}.",
        " その最も強い組を除くと、{target} 行目の確率は {before} から {after} になります。",
    ),
    "explain.agreement.without_same": (
        " Without its strongest pair, the probability of line {target} stays at {before}.",
        " その最も強い組を除いても、{target} 行目の確率は {before} のままです。",
    ),
    "explain.agreement.substitute": (
        " Another line would have said the same in its place.",
        " その行がなくても、別の行が同じことを示していました。",
    ),
    "explain.agreement.checked": (
        " Looked at when the decision was made: lines {lines}, the most probable ones.",
        " 判定時に、確率の高い {lines} 行目を確認しました。",
    ),
    "explain.agreement.disagreeing": (
        " The explanations of line {lines} disagree: look closely.",
        " {lines} 行目の説明は食い違っています。慎重に確認してください。",
    ),
    "explain.agreement.ranks": (
        "Rank correlation with the effect: selection {selection}, attribution {attribution}.",
        "効果との順位相関：選択 {selection}、帰属 {attribution}。",
    ),
    # Methods and controls
    "explain.method.pair_effect": ("Pair effect", "組の効果"),
    "explain.method.integrated_gradients": ("Integrated gradients", "積分勾配法"),
    "explain.method.integrated_gradients_free": ("Integrated gradients, free selection", "積分勾配法（選択は自由）"),
    "explain.method.gradient_x_activation": ("Gradient × activation", "勾配 × 活性"),
    "explain.method.feature_ablation": ("Ablation, line by line", "行ごとの除去"),
    "explain.method.feature_ablation_templates": ("Ablation, template by template", "テンプレートごとの除去"),
    "explain.method.feature_ablation_windows": ("Ablation, 32 neighbouring lines at once", "近い 32 行ごとの除去"),
    "explain.method.shapley_values": ("Shapley values of templates", "テンプレートのシャープレイ値"),
    "explain.method.rollout": ("Attention rollout", "アテンション・ロールアウト"),
    "explain.method.selection_weight": ("Selected weight", "選択の重み"),
    "explain.control.random": ("Control: random order", "対照：無作為な順"),
    "explain.control.matched": ("Control: random, same distances", "対照：同じ距離の無作為な行"),
    "explain.control.uniform": ("Control: random lines", "対照：無作為な行"),
    "explain.control.position": ("Control: nearest lines", "対照：近い行"),
    "explain.method": ("Method", "方法"),
    "explain.method_help": (
        "Groups, free selection and Shapley values take longer; they are computed when chosen.",
        "まとめての除去、選択が自由な積分勾配法、シャープレイ値は時間がかかるため、選んだときに計算します。",
    ),
    "explain.method.compute": ("Compute this method", "この方法で計算"),
    "explain.faith": (
        "Without the first lines it names the score falls by {fall} logits on average (random order: {random}); with "
        "them alone it "
        "misses {gap}.",
        "この方法が先に挙げる行を除くと、スコアは平均 {fall} ロジット下がります（無作為な順：{random}）。"
        "それらの行だけを残すと、{gap} ロジット足りません。",
    ),
    "explain.faith.beats": ("Beats all controls in {n} of 4 scores", "四つの評価のうち {n} つで、すべての対照に勝る"),
    "explain.unit.group": (
        "Every line of a group has the group's value.",
        "同じまとまりの行には、そのまとまりの値を示します。",
    ),
    "explain.unit.shapley": (
        "A template's value is shared equally among its lines.",
        "テンプレートの値を、その行に等分して示します。",
    ),
    "explain.unit.share": (
        "Values are shares of the selected weight, not contributions to the score.",
        "値は選択の重みの割合で、スコアへの寄与ではありません。",
    ),
    # Effects
    "explain.effects.title": ("Pairs by their effect", "効果の大きい組"),
    "explain.effects.lead": (
        "The score without a pair, subtracted from the score with it. Effect: others may take its place. Direct: nothing may. "
        "A pair can lead to a later line too: the model reads the log in both directions. Choose a row to see why the pair was "
        "selected.",
        "組がある場合とない場合のスコアの差です。「効果」はほかの行が代わりに入れる場合、「直接」は何も入れない場合です。"
        "モデルはログを前後両方向に読むため、後の行が根拠になることもあります。行を選ぶと、その組が選択された理由が表示されます。",
    ),
    "explain.effects.none": (
        "No pair leads to this line from another one: it was judged by itself.",
        "ほかの行からこの行につながる組はありません。この行はそれ自体で判定されました。",
    ),
    "explain.col.query_line": ("Line", "行"),
    "explain.col.key_line": ("From line", "根拠の行"),
    "explain.col.effect": ("Effect", "効果"),
    "explain.col.direct": ("Direct", "直接"),
    "explain.col.probability": ("Probability (pts)", "確率の差 (pt)"),
    "explain.col.weight": ("Weight, all heads", "重み(全ヘッド)"),
    "explain.col.weight_help": (
        "The weights of all heads that selected the pair, added up: with several heads it can be above 1.",
        "その組を選択したすべてのヘッドの重みの合計です。ヘッドが複数あれば 1 を超えます。",
    ),
    "explain.col.heads": ("Layer.head", "層.ヘッド"),
    "explain.col.key_text": ("From event", "根拠のイベント"),
    "explain.col.query_text": ("Event", "イベント"),
    "explain.col.action": ("Trial", "試行"),
    "explain.effects.save_all": ("Save everything as JSON", "すべてを JSON で保存"),
    # Scores
    "explain.scores.title": ("How far to believe each method", "各方法をどこまで信じてよいか"),
    "explain.scores.lead": (
        "Comprehensiveness: how far the score falls without the first lines of a method (more is better). "
        "Sufficiency: how much is "
        "missing with them alone (less is better). Deletion and insertion: area under the probability as lines leave or come "
        "(small and large are good; of the predicted class, so both lie near 1 where the model is sure, whatever leaves). "
        "A method is worth something only where it beats the controls.",
        "包括性：その方法が先に挙げる行を除いたときのスコアの低下（大きいほど良い）。十分性：それらだけを残したときの不足（小さいほど良い）。"
        "削除・挿入：行を減らす・増やすときの確率の面積（削除は小さく、挿入は大きいほど良い。予測した側の確率なので、モデルの確信が強ければ"
        "どちらも 1 に近くなります）。対照に勝って初めて意味があります。",
    ),
    "explain.scores.name": ("Method or control", "方法・対照"),
    "explain.scores.first_line": ("First line", "筆頭の行"),
    "explain.scores.delta": ("Delta", "収束の差"),
    "explain.scores.comprehensiveness": ("Comprehensiveness", "包括性"),
    "explain.scores.sufficiency": ("Sufficiency", "十分性"),
    "explain.scores.deletion": ("Deletion", "削除"),
    "explain.scores.insertion": ("Insertion", "挿入"),
    # Why
    "explain.why.title": ("Why line {query} looked at line {key}", "{query} 行目が {key} 行目を見た理由"),
    "explain.why.sum": (
        "Layer {layer}, head {head}: content {content} + distance {distance} + direction {direction} = logit "
        "{logit}. Half of it lies "
        "{margin} above the threshold {threshold}: weight {weight}.",
        "第 {layer} 層・ヘッド {head}：内容 {content} ＋ 距離 {distance} ＋ 向き {direction} ＝ ロジット {logit}。"
        "その半分がしきい値 {threshold} を {margin} 上回り、重みは {weight} です。",
    ),
    "explain.why.sum_out": (
        "Layer {layer}, head {head}: content {content} + distance {distance} + direction {direction} = logit "
        "{logit}. Half of it lies "
        "{margin} below the threshold {threshold}: not selected.",
        "第 {layer} 層・ヘッド {head}：内容 {content} ＋ 距離 {distance} ＋ 向き {direction} ＝ ロジット {logit}。"
        "その半分がしきい値 {threshold} を {margin} 下回るため、選択されませんでした。",
    ),
    "explain.why.certified": ("The search proved that it missed no pair.", "探索は、見落とした組がないことを証明しました。"),
    "explain.why.uncertified": (
        "The search could not prove that it missed no pair.",
        "探索は、見落とした組がないことを証明できませんでした。",
    ),
    "explain.why.key": ("What the cause brought (logits)", "原因の行の要素（ロジット）"),
    "explain.why.query": ("What the effect asked for (logits)", "結果の行の要素（ロジット）"),
    "explain.why.rejected": ("Nearest lines not selected", "選択されなかった最も近い候補"),
    "explain.why.head": ("Layer and head", "層とヘッド"),
    "explain.part": ("Part", "要素"),
    "explain.part.value": ("Logits", "ロジット"),
    "explain.part.rest": ("{count} smaller parts together", "ほか {count} 要素の合計"),
    "explain.part.read": ("Read from line {line} in layer {layer}", "第 {layer} 層で {line} 行目から読んだもの"),
    "explain.part.anchor": ("Nothing selected, layer {layer}", "第 {layer} 層で何も選択しなかった分"),
    "explain.part.feed_forward": ("Own conclusions, layer {layer}", "第 {layer} 層での推論"),
    "explain.feature.w": ("Word “{text}”", "語「{text}」"),
    "explain.feature.k": ("Name “{text}”", "項目名「{text}」"),
    "explain.feature.kv": ("“{text}”", "「{text}」"),
    "explain.feature.n": ("A number of “{text}”", "「{text}」の数値"),
    "explain.feature.u": ("Unit “{text}”", "単位「{text}」"),
    "explain.feature.g": ("Letters “{text}”", "文字列「{text}」"),
    "explain.feature.id": ("Identifier like “{text}”", "識別子「{text}」の形"),
    "explain.feature.m": ("“{key}” about {size}", "「{key}」が約 {size}"),
    "explain.feature.dt": ("About {size} s after the line before", "前の行から約 {size} 秒後"),
    "explain.feature.empty": ("An empty line", "空の行"),
}
