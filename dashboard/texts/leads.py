"""Texts of the Monitor page's section on which kinds of events lead to which."""

TEXTS: dict[str, tuple[str, str]] = {
    "monitor.leads": ("Which leads to which", "前後のつながり"),
    "leads.lead": (
        "How often kinds of lines are selected together, and which comes first: counting, no proof of a cause.",
        "どの種類の行が何回一緒に選択され、どちらが先に来るかの集計です。原因の証明ではありません。",
    ),
    "leads.none_in_scope": ("No decision that you may see fits this choice.", "条件に合い、閲覧できる判定がありません。"),
    "leads.no_edges": ("No line was selected together with one of another kind.", "異なる種類の行の組は選択されていません。"),
    "leads.before": ("Decisions to count: {n}; at most the newest {most}.", "集計する判定：{n} 件（最大で新しい {most} 件）。"),
    "leads.count": ("Count", "集計"),
    "leads.basis": (
        "Decisions: {n:,}, lines: {events:,}, selected pairs: {pairs:,}. Edges: the strongest {shown:,} of {all:,}.",
        "判定 {n:,} 件、{events:,} 行、選択された組 {pairs:,} 個。つながり：全 {all:,} 件のうち強い {shown:,} 件。",
    ),
    "leads.weights": ("Models that decided: {n}.", "判定に使われたモデル：{n} 種類。"),
    "leads.older": (
        "Older decisions, not counted: {n:,} (only the newest {most} are).",
        "集計しない古い判定：{n:,} 件（新しい {most} 件だけを集計）。",
    ),
    "leads.not_searched": (
        "Of each model only the newest {most} decisions are searched; older ones are neither counted nor named.",
        "モデルごとに新しい {most} 件の判定だけを検索します。それより古い判定は集計にも件数にも含まれません。",
    ),
    "leads.dropped": ("Pairs of rare kinds left out: {n:,}.", "除外したまれな種類の組：{n:,} 個。"),
    "leads.hint": (
        "\\<\\*\\> masks numbers. Choose a row for examples.",
        "\\<\\*\\> は数字の代わりです。表の行を選ぶと例を表示します。",
    ),
    "leads.column.earlier": ("First", "先"),
    "leads.column.later": ("Then", "後"),
    "leads.column.support": ("Support", "支持件数"),
    "leads.column.lift": ("Lift", "リフト"),
    "leads.column.lag_events": ("Lag, lines", "遅れ 行"),
    "leads.column.lag_seconds": ("Lag, s", "遅れ 秒"),
    "leads.column.reverse": ("Reverse", "逆向き"),
    "leads.help.support": (
        "Later lines selected together with an earlier line of that kind.",
        "先の種類の行と一緒に選択された後の行の数です。",
    ),
    "leads.help.share": ("Their share of all lines of the later kind.", "後の種類の行全体に占める割合です。"),
    "leads.help.lift": (
        "Times as many as by chance, by how frequent the kinds are in each log.",
        "各ログでの種類の頻度による偶然と比べて何倍かです。",
    ),
    "leads.help.lag_events": ("Half come sooner, half later.", "半数はこれより早く、半数は遅く来ます。"),
    "leads.help.reverse": ("How often the other way round.", "逆向きの回数です。"),
    "leads.edge": (
        "*{later}* was selected together with an earlier *{earlier}* {support:,} times: {share:.0%} of such lines, {lift} "
        "times chance, with {origins:,} different earlier lines. Median lag: {lag}.",
        "*{later}* は、先に来た *{earlier}* と一緒に {support:,} 回選択されました。その種類の行の {share:.0%}、"
        "偶然の {lift} 倍、先の行は {origins:,} 行。遅れの中央値：{lag}。",
    ),
    "leads.edge_reverse": ("The other way round: {n:,} times.", "逆向き：{n:,} 回。"),
    "leads.lag_events": (
        "{median:,.0f} lines (half: {low:,.0f}–{high:,.0f})",
        "{median:,.0f} 行（半数 {low:,.0f}–{high:,.0f}）",
    ),
    "leads.lag_seconds": ("{median} (half: {low} to {high})", "{median}（半数は {low}～{high}）"),
    "leads.example": ("Line {earlier} → line {later} · {name}", "{earlier} 行目 → {later} 行目 · {name}"),
    "leads.json": ("As JSON", "JSON で保存"),
    "leads.graphml": ("As GraphML", "GraphML で保存"),
    "leads.file_help": ("The {n:,} strongest edges, and their decisions.", "強い順に最大 {n:,} 件のつながりと、元の判定。"),
    "stage.leads": ("Counting pairs, decision {n}", "組を集計中（判定 {n}）"),
}
