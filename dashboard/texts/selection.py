"""Texts of the panel Selection."""

TEXTS: dict[str, tuple[str, str]] = {
    # Finding lines and leaving pairs out
    "filter.title": ("Find and filter", "検索と絞り込み"),
    "filter.text": ("Text in the line", "行に含まれる文字"),
    "filter.pattern": ("The text is a pattern", "パターンとして検索"),
    "filter.pattern_help": (
        "A regular expression, as RE2 reads it: `torque=1[01]` finds torque=10 and torque=11.",
        "RE2 の正規表現です。`torque=1[01]` は torque=10 と torque=11 に一致します。",
    ),
    "filter.side": ("Where", "対象"),
    "filter.side.either": ("Effect or cause", "結果または原因"),
    "filter.side.effect": ("Effect", "結果"),
    "filter.side.cause": ("Cause", "原因"),
    "filter.levels": ("Level", "レベル"),
    "filter.sources": ("Station", "設備"),
    "filter.routes": ("How the pair was found", "組の見つかり方"),
    "filter.margin": ("Least margin", "余裕の下限"),
    "filter.margin_help": (
        "How far half the logit must lie above the threshold.",
        "ロジットの半分がしきい値を上回る量の下限です。",
    ),
    "filter.show": ("Show only these pairs", "この条件の組だけ表示"),
    "filter.clear": ("Show all pairs", "すべての組を表示"),
    "filter.left": ("Pairs in this view that fit the filter: {shown:,}.", "この範囲で条件に合う組は {shown:,} 件です。"),
    "filter.since": ("From", "開始"),
    "filter.until": ("To", "終了"),
    "filter.times_help": (
        "A day, or a day with a time, such as 2026-03-02 10:15; the day or minute named is included. Two times without a "
        "day, such as 22:00 and 06:00, mean every day, here every night. UTC, as the log's times are shown.",
        "日付、または 2026-03-02 10:15 のような日付と時刻です。入力した分や日も範囲に含まれます。"
        "22:00 と 06:00 のように時刻だけなら毎日（この例では毎晩）です。時刻は、ログの表示と同じ UTC です。",
    ),
    "filter.bad_times.readable": (
        "This is not a time: {text}. Write it as 2026-03-02, 2026-03-02 10:15 or 10:15.",
        "時刻として読めません：{text}。2026-03-02、2026-03-02 10:15、10:15 のように入力してください。",
    ),
    "filter.bad_times.mixed": (
        "One is a day, the other a time of day: give a day for both, or for neither.",
        "一方が日付、もう一方が時刻だけです。両方に日付を付けるか、両方とも時刻だけにしてください。",
    ),
    "filter.bad_times.order": (
        "The end lies before the beginning. Nothing was changed.",
        "終了が開始より前です。何も変更していません。",
    ),
    "filter.chosen.templates": ("Only “{cause}” → “{effect}”", "「{cause}」→「{effect}」の組だけ"),
    "filter.chosen.distance": ("Only this distance: {first}", "この距離だけ：{first}"),
    "filter.chosen.distances": ("Only distances from “{first}” to “{last}”", "距離「{first}」から「{last}」まで"),
    "filter.chosen.lines": ("Only pairs of {lines:,} chosen lines", "選んだ {lines:,} 行の組だけ"),
    "filter.chosen_help": ("Show the others again", "ほかの組も表示"),
    "filter.bad": ("This is not a pattern: {text}", "パターンとして読めません：{text}"),
    # All heads at a glance
    "overview.title": ("All heads at a glance", "すべてのヘッドの一覧"),
    "overview.lead": (
        "One map per head: the stronger the colour, the more pairs (lines downwards, the lines they looked at to the "
        "right). Below each, how far it looks: the line itself in the middle, lines before it to the left, lines after it to "
        "the right, the farthest outermost. None: the share of weight that went to no line. Click one to open it.",
        "ヘッドごとのマップです。色が強いほど組が多いことを示します（縦が行、横がその行が見た行）。"
        "下の棒は見た距離です。中央がその行自身、左が前の行、右が後の行で、外側ほど遠くなります。なし：どの行も選ばなかった重みの割合。"
        "クリックすると開きます。",
    ),
    "overview.head": ("{layer}.{head} · pairs: {pairs} · none {anchor:.0%}", "{layer}.{head} · {pairs} 組 · なし {anchor:.0%}"),
    "overview.hover": (
        "Layer {layer}, head {head}<br>Pairs: {pairs:,}<br>Search certified: {certified:.1%}<br>Weight on none: {anchor:.1%}",
        "第 {layer} 層・ヘッド {head}<br>{pairs:,} 組<br>探索の証明：{certified:.1%}<br>何も選ばなかった重み：{anchor:.1%}",
    ),
    "overview.before": ("{lines} lines before", "{lines} 行前"),
    "overview.after": ("{lines} lines after", "{lines} 行後"),
    "overview.itself": ("The line itself", "その行自身"),
    "overview.alt": (
        "Small maps of the selected pairs of {heads} heads, {pairs:,} pairs together.",
        "{heads} 個のヘッドが選択した、合わせて {pairs:,} 組の小さなマップ。",
    ),
    "selection.page": ("Selection", "選択"),
    "selection.decision_item": ("{name} · {label} · {score} · {when} UTC", "{name} · {label} · {score} · {when} UTC"),
    # Heads
    "selection.head": ("Head", "ヘッド"),
    "selection.heads_help": (
        "Heads of a layer look for different things. Certified: share of lines for which the search proved that it missed "
        "no pair. No pair: mean share of a line's attention that went to no line.",
        "同じ層の各ヘッドは、それぞれ違うものを探します。証明済み：見落としがないと探索が証明した行の割合。"
        "組なし：どの行にも向けられなかったアテンションの平均割合。",
    ),
    "selection.facts.per_query": ("Per line", "1 行あたり"),
    "selection.facts.certified": ("Certified", "証明済み"),
    "selection.facts.anchor": ("No pair", "組なし"),
    # Map
    "selection.map.title": ("Map of layer {layer}, head {head}", "第 {layer} 層・ヘッド {head} のマップ"),
    "selection.map.hint_lines": (
        "Draw a box to zoom in; click a cell or a pair to open it.",
        "枠を描くと拡大します。セルや組をクリックすると開きます。",
    ),
    "selection.map.hint_distance": (
        "Left: causes before their effect; right: after it. Draw a box or click a cell for these effects and distances only.",
        "左は結果より前、右は結果より後の原因です。枠を描くかセルをクリックすると、その結果の行と距離に絞ります。",
    ),
    "selection.map.hint_templates": (
        "Kinds of lines by how frequent they are, numbers masked. Click a cell to see its pairs line by line.",
        "数字を伏せた行の種類を、多い順に並べています。セルをクリックすると、その組を行ごとに表示します。",
    ),
    "selection.map.alt_lines": (
        "Map of the {pairs} pairs selected in this view: causes to the right, effects downwards.",
        "この範囲で選択された組 {pairs} 件のマップ。横は原因、縦は結果。",
    ),
    "selection.map.alt_distance": (
        "Map of the {pairs} pairs selected in this view: distance of the cause to the right, effects downwards.",
        "この範囲で選択された組 {pairs} 件のマップ。横は原因までの距離、縦は結果。",
    ),
    "selection.map.alt_templates": (
        "Map of the {pairs} pairs selected in this view: kinds of causes to the right, kinds of effects downwards.",
        "この範囲で選択された組 {pairs} 件のマップ。横は原因の種類、縦は結果の種類。",
    ),
    "selection.map.distance_axis": (
        "Lines between cause and effect, doubling: before ← itself → after",
        "原因と結果の間の行数（2 倍刻み）：前 ← その行自身 → 後",
    ),
    "selection.map.cause_template": ("Kind of cause (number as on the left)", "原因の種類（番号は左と同じ）"),
    "selection.map.effect_template": ("Kind of effect", "結果の種類"),
    "selection.map.cause_kind": ("Cause:", "原因："),
    "selection.map.effect_kind": ("Effect:", "結果："),
    "selection.map.pairs": ("Pairs", "組"),
    "selection.map.marks": (
        "Pink: {pairs:,} pairs of the {lines:,} lines chosen below, the strongest in view. A cross where the line is the "
        "effect, an x where it is the cause.",
        "ピンクの印：下で選んだ {lines:,} 行の組のうち、この範囲で重みの大きい {pairs:,} 組。＋は結果、×は原因の場合です。",
    ),
    "selection.map.key_axis": ("Cause (line)", "原因（行）"),
    "selection.map.query_axis": ("Effect (line)", "結果（行）"),
    "selection.map.effect": ("Effect: line", "結果：行"),
    "selection.map.cause": ("Cause: line", "原因：行"),
    "selection.map.cell": ("Largest weight {weight} · pairs: {count}", "最大の重み {weight} · 組 {count} 件"),
    "selection.map.chosen": ("Pink circle: the chosen pair.", "ピンクの円：選択中の組。"),
    "selection.map.rings": (
        "Rings: pairs through which the explained line was reached; the larger, the more their cause contributed (orange "
        "circles: it raised the line's score; blue diamonds: it lowered it).",
        "輪：説明する行に影響が届いた組。大きいほど原因の行の寄与が大きいことを示します（オレンジの丸は行のスコアを"
        "上げる寄与、青のひし形は下げる寄与）。",
    ),
    "selection.map.none": ("This head selected no pair in this view.", "この範囲で、このヘッドが選択した組はありません。"),
    # Region
    "selection.region.view": ("Effects {q0}–{q1}, causes {k0}–{k1}", "結果 {q0}–{q1}、原因 {k0}–{k1}"),
    "selection.region.back": ("Back", "戻る"),
    "selection.region.back_help": (
        "Undo the last change of head, part, axes, cells or filter",
        "ヘッド・範囲・軸・セル・絞り込みの、直前の変更を取り消します",
    ),
    "selection.region.reset": ("Whole log", "ログ全体"),
    "selection.region.title": ("Lines in view", "表示する行"),
    "selection.region.effect_from": ("Effects from line", "結果：開始行"),
    "selection.region.effect_to": ("to line", "終了行"),
    "selection.region.cause_from": ("Causes from line", "原因：開始行"),
    "selection.region.cause_to": ("to line ", "終了行 "),
    "selection.region.show": ("Show these lines", "この行を表示"),
    # Table
    "selection.table.title": ("Pairs in this view", "この範囲の組"),
    "selection.table.all": (
        "Pairs: {count}, the strongest first. Choose a row to see why.",
        "{count} 組、重みの大きい順。行を選ぶと理由が見られます。",
    ),
    "selection.table.some": (
        "Pairs: the strongest {shown} of {count}. Choose a row to see why, or zoom in on the map.",
        "{count} 組のうち、重みの大きい {shown} 組。行を選ぶと理由が見られます。マップで拡大することもできます。",
    ),
    "selection.table.own": ("With own line", "自分自身も含める"),
    "selection.table.own_help": (
        "Also list the pairs of a line with itself. The map always shows them, on the diagonal.",
        "行が自分自身を選択した組も表に含めます。マップでは常に対角線上に表示されます。",
    ),
    "selection.table.query_line": ("Effect", "結果"),
    "selection.table.query_text": ("Effect: text", "結果の行"),
    "selection.table.key_line": ("Cause", "原因"),
    "selection.table.key_text": ("Cause: text", "原因の行"),
    "selection.table.distance": ("Distance", "距離"),
    "selection.table.route": ("Found by", "経路"),
    "selection.table.mark": ("Mark", "印"),
    "selection.route.content": ("content", "内容"),
    "selection.route.local": ("nearness", "近さ"),
    "selection.route.anchor": ("no pair", "組なし"),
    # One pair
    "selection.pair.title": ("Why this pair", "この組が選ばれた理由"),
    "selection.pair.none": ("Choose a pair in the table or on the map.", "表またはマップから組を選んでください。"),
    "selection.pair.unknown": (
        "The address names a pair that this decision did not select.",
        "アドレスの組は、この判定では選択されていません。",
    ),
    "selection.pair.effect": ("Effect · line {line:,}", "結果 · {line:,} 行目"),
    "selection.pair.cause": ("Cause · line {line:,}", "原因 · {line:,} 行目"),
    "selection.pair.distance": ("Distance (lines)", "距離（行）"),
    "selection.pair.weight_words": (
        "**{share}** of what this head reads for the effect comes from the cause; it selected {selected} in all and gave "
        "{anchor} to no line.",
        "このヘッドが結果の行について読み取る内容の **{share}** が、この原因から来ています。"
        "選択した組は全部で {selected} 件、どの行にも向けられなかった割合は {anchor} です。",
    ),
    "selection.pair.margin_words": (
        "Half its logit, {half}, is above the threshold of {threshold}; at or below it the pair would not have been used.",
        "ロジットの半分 {half} が、しきい値 {threshold} を上回っています。しきい値以下なら、この組は使われませんでした。",
    ),
    "selection.pair.where": ("The cause stands {where}.", "原因は{where}にあります。"),
    "selection.pair.same": ("A line looking at itself.", "行が自分自身を見ています。"),
    "selection.pair.shared": ("Both lines hold {words}.", "両方の行に {words} があります。"),
    "selection.pair.route_content": (
        "Found by content: the search looked through the whole log.",
        "内容による発見：ログ全体を探索しました。",
    ),
    "selection.pair.route_local": (
        "Found nearby: both lie within the local window.",
        "近くで発見：両方の行が近傍の範囲にあります。",
    ),
    "selection.pair.certified": (
        "Certified: the search proved that this head missed no pair of the effect.",
        "証明済み：このヘッドがこの結果の行の組を見落としていないことを、探索が証明しました。",
    ),
    "selection.pair.uncertified": (
        "Not certified: the search could not prove that this head missed no pair of the effect.",
        "未証明：このヘッドがこの結果の行の組を見落としていないことを、探索は証明できませんでした。",
    ),
    "selection.pair.mark": ("For the review", "レビュー用の印"),
    "selection.pair.mark_help": (
        "Goes into your review of this decision. Nothing is recorded until you submit the review.",
        "この判定のレビューに反映されます。レビューを送信するまで、何も記録されません。",
    ),
    "selection.pair.others": ("Other causes of this effect ({count})", "この結果のほかの原因（{count}）"),
    "selection.pair.others_none": (
        "This head selected nothing else for this line.",
        "このヘッドは、この行についてほかに何も選択していません。",
    ),
    "selection.pair.near": ("Near misses ({count})", "惜しくも外れた組（{count}）"),
    "selection.pair.near_none": (
        "No near misses were logged for this line.",
        "この行には、惜しくも外れた組の記録がありません。",
    ),
    # Text
    "selection.text.title": ("What a line's score rests on", "行のスコアの根拠"),
    "selection.text.lead": (
        "Splits a line's score over all lines that could reach it through selected pairs, by the method you choose.",
        "選んだ方法で、行のスコアを、選択された組を通じて影響しうるすべての行に割り振ります。",
    ),
    "selection.text.event_item": (
        "Line {line:,} · fault {probability} · {text}",
        "{line:,} 行目 · 異常 {probability} · {text}",
    ),
    "selection.text.value": ("Contribution", "寄与"),
    "selection.text.event": ("Text", "本文"),
    "selection.text.target": ("This line:", "この行："),
    "selection.text.gap": (
        "{events} lines left out, {contributing} of them with a small contribution",
        "{events} 行を省略（うち {contributing} 行に小さな寄与）",
    ),
    "selection.text.gap_none": ("{events} lines left out", "{events} 行を省略"),
    "selection.text.legend": (
        ":orange-badge[Orange] raised the line's score, :blue-badge[blue] lowered it. Unit: logits. {reached} of {events} "
        "lines can reach this one; the others contributed exactly 0.",
        ":orange-badge[オレンジ] は行のスコアを上げる寄与、:blue-badge[青] は下げる寄与です。単位：ロジット。"
        "{events} 行のうち {reached} 行がこの行に影響でき、ほかの行の寄与はちょうど 0 です。",
    ),
    "selection.text.converged": (
        "The contributions add up: their sum differs from the score's change by {delta} of {total} logits ({steps} steps).",
        "寄与の合計は合っています：スコアの変化 {total} に対して差は {delta} ロジットです（{steps} ステップ）。",
    ),
    "selection.text.adds_up": (
        "The contributions add up: their sum differs from the score's change by {delta} of {total} logits.",
        "寄与の合計は合っています：スコアの変化 {total} に対して差は {delta} ロジットです。",
    ),
    "selection.text.adds_up_not": (
        "Read with care: the contributions do not add up; their sum differs from the score's change by {delta} of {total} "
        "logits.",
        "注意：寄与の合計とスコアの変化 {total} の差が {delta} ロジットあり、合いません。",
    ),
    "selection.text.not_converged": (
        "Read with care: the contributions differ from the score's change by {delta} of {total} logits even after {steps} "
        "steps.",
        "注意：{steps} ステップ後も、寄与の合計とスコアの変化 {total} の差が {delta} ロジットあります。",
    ),
}
