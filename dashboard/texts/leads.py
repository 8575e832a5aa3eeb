"""Texts of the Monitor page's section on which kinds of events lead to which."""

TEXTS: dict[str, tuple[str, str]] = {
    "monitor.leads": ("Which leads to which", "前後のつながり"),
    "leads.lead": (
        "How often the model selects kinds of lines together, over many decisions, and which of them comes first. This is "
        "counting, not proof of a cause.",
        "多くの判定を通じて、モデルがどの種類の行を何回一緒に選択し、どちらが先に来るかを示します。"
        "これは集計であり、原因の証明ではありません。",
    ),
    "leads.none": (
        "Nothing is recorded here yet. Analyse files first; the graph follows from what the model selects.",
        "まだ記録がありません。まずファイルを解析してください。グラフは、モデルの選択から作成します。",
    ),
    "leads.none_in_scope": (
        "No decision fits this choice, or you review them blind. Choose another source or a longer period.",
        "条件に合う判定がないか、すべてブラインドレビューの対象です。別のソースを選ぶか、期間を長くしてください。",
    ),
    "leads.no_edges": (
        "In these decisions no line was selected together with one of another kind. Choose another source or a longer period.",
        "これらの判定では、異なる種類の行の組は選択されていません。別のソースを選ぶか、期間を長くしてください。",
    ),
    "leads.edges": ("Edges shown", "表示するつながりの数"),
    "leads.before": (
        "Decisions to count: {n}. The newest {most} at most are counted, each once; you can go on meanwhile.",
        "集計する判定：{n} 件。新しい順に最大 {most} 件を、それぞれ一度だけ集計します。その間もほかの操作を続けられます。",
    ),
    "leads.stale": (
        "The graph below is older: decisions have come since that are not in it yet.",
        "下のグラフは以前のものです。その後の判定はまだ含まれていません。",
    ),
    "leads.count": ("Draw the graph", "グラフを作成"),
    "leads.again": ("Draw again", "もう一度作成"),
    "leads.basis": (
        "Decisions: {n:,}, lines: {events:,}, selected pairs: {pairs:,}. Edges shown: the strongest {shown:,} of {all:,}.",
        "判定 {n:,} 件、{events:,} 行、選択された組 {pairs:,} 個から、全 {all:,} 件のつながりのうち強い {shown:,} 件を"
        "表示しています。",
    ),
    "leads.weights": (
        "Models that made these decisions: {n}. What they select can differ.",
        "これらの判定に使われたモデル：{n} 種類。モデルにより選択が異なることがあります。",
    ),
    "leads.older": (
        "Older decisions that are not counted, as only the newest {most} are: {n:,}.",
        "新しい {most} 件だけを集計するため、含まれない古い判定：{n:,} 件。",
    ),
    "leads.not_searched": (
        "This source has many decisions: of each model only the newest {most} are searched. Older ones of the chosen days are "
        "neither counted nor named here.",
        "このソースには多くの判定があるため、モデルごとに新しい {most} 件だけを検索します。"
        "選んだ期間でも、それより古い判定は集計にも件数にも含まれません。",
    ),
    "leads.dropped": (
        "Pairs of rare kinds that were left out: {n:,}.",
        "まれな種類のため除外された組：{n:,} 個。",
    ),
    "leads.hint": (
        "An arrow goes from the kind that comes first to the one that follows: the wider, the more often; the more orange, the "
        "more than by chance. Numbers in lines are masked as \\<\\*\\>. Choose a point on an arrow, or a row "
        "below, for examples.",
        "矢印は、先に来る種類から後に来る種類へ向かいます。太いほど回数が多く、オレンジ色に近いほど偶然より多いことを表します。"
        "行の中の数字は \\<\\*\\> で置き換えています。矢印上の点、または下の表の行を選ぶと、例を表示します。",
    ),
    "leads.alt": (
        "Directed graph of {kinds} kinds of lines with {edges} arrows; the table below says the same",
        "{kinds} 種類の行と {edges} 本の矢印からなる有向グラフ。下の表が同じ内容を示します",
    ),
    "leads.column.earlier": ("First", "先"),
    "leads.column.later": ("Then", "後"),
    "leads.column.support": ("Support", "支持件数"),
    "leads.column.lift": ("Lift", "リフト"),
    "leads.column.lag_events": ("Lag, lines", "遅れ 行"),
    "leads.column.lag_seconds": ("Lag, s", "遅れ 秒"),
    "leads.column.reverse": ("Reverse", "逆向き"),
    "leads.help.support": (
        "How many of the later lines were selected together with an earlier line of that kind.",
        "先の種類の行と一緒に選択された、後の行の数です。",
    ),
    "leads.help.share": (
        "Of all lines of the later kind: the share of those counted.",
        "後の種類の行すべてのうち、数えられた行の割合です。",
    ),
    "leads.help.decisions": ("In how many decisions this occurs.", "このつながりがある判定の数です。"),
    "leads.help.lift": (
        "How many times as many pairs there are as by chance: if the earlier lines were drawn by how frequent their kind is "
        "in each log. At 1, there are as many as by chance.",
        "先の行を、各ログでの種類の頻度どおりに無作為に選んだ場合と比べて、組が何倍あるかです。1 なら偶然と同じです。",
    ),
    "leads.help.lag_events": (
        "Half of the later lines come sooner, half later.",
        "後の行の半数はこれより早く、半数はこれより遅く来ます。",
    ),
    "leads.help.lag_seconds": (
        "The same in seconds, where lines have times.",
        "同じ値を秒で表したものです（行に時刻がある場合）。",
    ),
    "leads.help.reverse": (
        "How many lines of the first kind were selected together with an earlier line of the other kind.",
        "逆に、後の種類の行が先に来て一緒に選択された回数です。",
    ),
    "leads.kind_hover": (
        "{events:,} lines in {decisions:,} decisions; {repeats:,} after one of the same kind",
        "判定 {decisions:,} 件に {events:,} 行。うち同じ種類の後に選択：{repeats:,} 行",
    ),
    "leads.hover": (
        "{support:,} times ({share:.0%}) · lift {lift} · {decisions:,} decisions · lag {events:,.0f} lines, {time}",
        "{support:,} 回（{share:.0%}）· リフト {lift} · 判定 {decisions:,} 件 · 遅れ {events:,.0f} 行、{time}",
    ),
    "leads.chosen": ("From {earlier} to {later}", "{earlier} から {later} へ"),
    "leads.edge": (
        "*{later}* was selected together with an earlier *{earlier}* {support:,} times, {share:.0%} of all such lines, with "
        "{origins:,} different earlier lines. That is {lift} times as often as by chance. Median lag: {lag}.",
        "*{later}* は、先に来た *{earlier}* と一緒に {support:,} 回選択されました。これはその種類の行の {share:.0%} で、"
        "先の行は {origins:,} 行あります。偶然の {lift} 倍にあたります。遅れの中央値：{lag}。",
    ),
    "leads.edge_reverse": ("The other way round: {n:,} times.", "逆向き：{n:,} 回。"),
    "leads.lag_events": (
        "{median:,.0f} lines (half: {low:,.0f} to {high:,.0f})",
        "{median:,.0f} 行（半数は {low:,.0f}～{high:,.0f}）",
    ),
    "leads.lag_seconds": ("{median} (half: {low} to {high})", "{median}（半数は {low}～{high}）"),
    "leads.example": ("Line {earlier} → line {later} · {name}", "{earlier} 行目 → {later} 行目 · {name}"),
    "leads.json": ("As JSON", "JSON で保存"),
    "leads.graphml": ("As GraphML", "GraphML で保存"),
    "leads.file_help": (
        "The {n:,} strongest edges with everything that is known of them, and the decisions they come from.",
        "強い順に最大 {n:,} 件のつながりと、その詳細、元になった判定を保存します。",
    ),
    "stage.leads": ("Counting pairs, decision {n}", "組を集計中（判定 {n}）"),
}
