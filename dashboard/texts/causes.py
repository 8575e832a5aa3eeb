"""Texts of the section Causes of the panel Explain: lines that led to a line, and variables that led to an alarm."""

TEXTS: dict[str, tuple[str, str]] = {
    # Lines
    "causes.line": ("**Line {line:,}**, {where}: effect {effect}.", "**{line:,} 行目**（{where}）：影響 {effect}。"),
    "causes.same": ("same {words}", "同じ {words}"),
    "causes.way": ("read by way of line {line:,}", "{line:,} 行目を経由"),
    "causes.without": (
        "Without it, {measure} goes from {before} to {after}.",
        "この行がなければ、{measure}は {before} から {after} になります。",
    ),
    "causes.without_same": ("Without it, {measure} stays at {before}.", "この行がなくても、{measure}は {before} のままです。"),
    "causes.measure": ("the probability of line {line:,}", "{line:,} 行目の確率"),
    "causes.measure_surprise": ("the surprise of line {line:,}", "{line:,} 行目の意外さ"),
    "causes.measure_itself": ("how much line {line:,} stands out", "{line:,} 行目の目立つ度合い"),
    "causes.tried": (
        "Line {line:,} read {earlier:,} earlier and {later:,} later lines. Of these and of what they read in turn, those that "
        "carry most were taken out one by one: {tried:,}.",
        "{line:,} 行目が参照した行は、前の {earlier:,} 行と後の {later:,} 行です。"
        "その行と、さらにその参照先のうち、重みの大きい {tried:,} 行を一行ずつ除きました。",
    ),
    "causes.left": ("With less effect, in the JSON: {n:,}.", "影響のより小さい行（JSON に入ります）：{n:,} 行。"),
    "causes.missing_before": (
        "**Expected before it**, as {groups_with:,} of {groups:,} other groups have it, usually {away}: {template} "
        "(as line {line:,}).",
        "**この行より前にあるはず**（通常 {away}、ほかのまとまり {groups:,} 件のうち {groups_with:,} 件にある）：{template}（"
        "例：{line:,} 行目）。",
    ),
    "causes.missing_after": (
        "**Expected after it**, as {groups_with:,} of {groups:,} other groups have it, usually {away}: {template} "
        "(as line {line:,}).",
        "**この行より後にあるはず**（通常 {away}、ほかのまとまり {groups:,} 件のうち {groups_with:,} 件にある）：{template}（"
        "例：{line:,} 行目）。",
    ),
    # Variables
    "variables.lead": (
        "States that last together longer than in any normal run of the same machine. Give at least two runs, as "
        "tables of this form or a zip.",
        "同じ機械の正常な運転ではこれほど長く同時に続かない状態です。正常な運転を二つ以上、"
        "同じ形の表または zip で指定してください。",
    ),
    "variables.upload": ("Tables of normal runs", "正常な運転の表"),
    "variables.upload_help": (
        "At most {files:,} files of together {total:,} MB; not recorded.",
        "最大 {files:,} ファイル、合計 {total:,} MB。記録はされません。",
    ),
    "variables.approved": (
        "With {n:,} earlier tables of {source} that people found normal",
        "{source} のこれまでの表のうち、人が正常とした {n:,} 件を使う",
    ),
    "variables.too_much": (
        "More than {files:,} files or {total:,} MB.",
        "{files:,} ファイルまたは {total:,} MB を超えています。",
    ),
    "variables.learn": ("Rank the variables", "変数を順位付け"),
    "variables.change": ("Other normal runs", "ほかの正常な運転"),
    "variables.by": ("By {n:,} normal runs", "正常な運転 {n:,} 件と比較"),
    "variables.moment": ("Alarm to explain", "説明する警報"),
    "variables.moment_help": ("An alarm, or a time that is typed.", "警報、または入力した時刻。"),
    "variables.moment_active": ("{alarm} · since {time}, still active at the end", "{alarm} · {time} から（終わりまで継続）"),
    "variables.moment_over": ("{alarm} · from {time} to {until}", "{alarm} · {time} から {until} まで"),
    "variables.moment_none": (
        "No alarm began in this table: type a time.",
        "この表で始まった警報はありません。時刻を入力してください。",
    ),
    "variables.moment_unknown": ("{text} is no time of this table.", "{text} はこの表の時刻ではありません。"),
    "variables.names": ("Names count", "名前も考慮"),
    "variables.names_help": (
        "A name that begins like an active alarm's gets about 3 more, and as much again like the latest alarm's.",
        "続いている警報と名前の始まりが同じ変数に約 3 を、最新の警報と同じならさらに約 3 を加えます。",
    ),
    "variables.active": ("At {time}: {alarms}.", "{time} の時点：{alarms}。"),
    "variables.since": ("{alarm} since {time}", "{alarm}（{time} から）"),
    "variables.no_alarm": ("no active alarm", "続いている警報はありません"),
    "variables.score": ("It only ranks; it is no probability. Not compared: {names}.", "順位用の値。比較対象外：{names}。"),
    "variables.col.variable": ("Variable", "変数"),
    "variables.col.since": ("For seconds", "継続（秒）"),
    "variables.col.score": ("Score", "スコア"),
    "variables.col.alike": ("Named like the alarm", "警報と似た名前"),
    "variables.col.evidence": ("Most unusual together with", "最も珍しい組み合わせ"),
    "variables.col.runs": ("Normal runs", "正常な運転"),
    "stage.normal_runs": ("Reading normal run {n}", "正常な運転 {n} 件目を読み込み中"),
    "stage.usual_states": ("Learning what is usual", "普段の状態を学習中"),
    "causes.missing_of": ("The group is that of {identifier}.", "{identifier} のまとまりです。"),
}
