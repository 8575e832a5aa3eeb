"""Texts of the section Causes of the panel Explain: lines that led to a line, and variables that led to an alarm."""

TEXTS: dict[str, tuple[str, str]] = {
    # Lines
    "causes.title": ("Lines that led to line {line:,}", "{line:,} 行目につながった行"),
    "causes.lead": (
        "The model read these lines to judge this one. They are ranked by how much the decision changes when it is made "
        "again without the pair, not by the weight.",
        "モデルがこの行を判定するために読んだ行です。重みの順ではなく、組を除いて判定し直したときの変化が大きい順に並べています。",
    ),
    "causes.line": ("**{place}. Line {line:,}**, {where}", "**{place}. {line:,} 行目**（{where}）"),
    "causes.same": ("same {words}", "同じ {words}"),
    "causes.way": ("read by way of line {line:,}", "{line:,} 行目を経由"),
    "causes.without": (
        "Without it, {measure} goes from {before} to {after} (effect {effect} logits, weight {weight} over all heads).",
        "この行がなければ、{measure}は {before} から {after} になります"
        "（影響 {effect} ロジット、全ヘッドの重みの合計 {weight}）。",
    ),
    "causes.without_same": (
        "Without it, {measure} stays at {before} (effect {effect} logits, weight {weight} over all heads).",
        "この行がなくても、{measure}は {before} のままです（影響 {effect} ロジット、全ヘッドの重みの合計 {weight}）。",
    ),
    "causes.measure": ("the probability of line {line:,}", "{line:,} 行目の確率"),
    "causes.measure_surprise": ("the surprise of line {line:,}", "{line:,} 行目の意外さ"),
    "causes.measure_itself": ("how much line {line:,} stands out", "{line:,} 行目の目立つ度合い"),
    "causes.left": (
        "{n:,} more lines were read for it; none alone changes it by much.",
        "ほかに {n:,} 行が読まれましたが、一行だけで大きく変わるものはありません。",
    ),
    "causes.left_only": (
        "{n:,} lines were read for it; none alone changes it by much.",
        "{n:,} 行が読まれましたが、一行だけで大きく変わるものはありません。",
    ),
    "causes.left_telling": (
        "{n:,} more lines were read for it: they stand in the table.",
        "ほかに {n:,} 行が読まれました。下の表にあります。",
    ),
    "causes.missing": ("Expected and not there", "あるはずの行で、ないもの"),
    "causes.missing_lead": (
        "Nearly all groups of lines with such a line have these, told by this log alone. A group is what one identifier joins.",
        "同じ種類の行を持つほとんどのまとまりにあり、このまとまりにない行です。このログだけから分かることです。"
        "まとまりとは、同じ識別子を持つ行の集まりです。",
    ),
    "causes.missing_before": (
        "**Before it**, {groups_with:,} of {groups:,} other groups have it, usually {away}: {template}",
        "**この行より前**（通常 {away}、ほかのまとまり {groups:,} 件のうち {groups_with:,} 件にある）：{template}",
    ),
    "causes.missing_after": (
        "**After it**, {groups_with:,} of {groups:,} other groups have it, usually {away}: {template}",
        "**この行より後**（通常 {away}、ほかのまとまり {groups:,} 件のうち {groups_with:,} 件にある）：{template}",
    ),
    "causes.missing_example": ("For example line {line:,}:", "例：{line:,} 行目"),
    "causes.missing_example_of": (
        "The group is that of {identifier}. In another one, line {line:,}:",
        "{identifier} のまとまりにありません。ほかのまとまりの例：{line:,} 行目",
    ),
    "causes.all": ("All lines that were read for it", "読まれたすべての行"),
    "causes.choose": (
        "Choose a row to read the line and to open its pair.",
        "行を選ぶと、その本文と組を確認できます。",
    ),
    "causes.save": ("Save as JSON", "JSON で保存"),
    "causes.col.lines": ("Lines away", "行の差"),
    "causes.col.seconds": ("Seconds away", "秒の差"),
    "causes.col.without": ("Without it", "除いた場合"),
    "causes.col.shared": ("Same identifier", "同じ識別子"),
    "causes.col.by_way_of": ("By way of", "経由"),
    "causes.col.certified": ("Certified", "証明"),
    # Variables
    "variables.title": ("Variables that led to an alarm", "警報につながった変数"),
    "variables.lead": (
        "This file is an event table: each row is a change of a variable. States that last together longer than in any "
        "normal run show what was expected and did not happen.",
        "このファイルはイベント表です（各行が変数の変化）。正常な運転ではこれほど長く同時に続かない状態から、"
        "起こるはずで起こらなかったことが分かります。",
    ),
    "variables.missing": (
        "With normal runs of the same machine, this page can rank the variables that led to an alarm: by states that last "
        "together longer than in any normal run. Give at least two: tables in the same form, as files or as a zip. Until "
        "then, the table is explained line by line, as a log is.",
        "同じ機械の正常な運転があれば、さらに詳しく分かります。正常な運転ではこれほど長く同時に続かない状態から、"
        "どの変数が警報につながったかを示します。同じ形の表を二つ以上、ファイルまたは zip で指定してください。"
        "それまでは、ログと同じように一行ずつ説明します。",
    ),
    "variables.upload": ("Tables of normal runs", "正常な運転の表"),
    "variables.upload_help": (
        "At most {files:,} files of together {total:,} MB. They are only read for this explanation, and not recorded.",
        "最大 {files:,} ファイル、合計 {total:,} MB です。この説明のために読むだけで、記録はされません。",
    ),
    "variables.approved": (
        "With the {n:,} earlier tables of the source {source} that people found normal",
        "ソース {source} のこれまでの表のうち、人が正常とした {n:,} 件を使う",
    ),
    "variables.too_much": (
        "These are more than {files:,} files or {total:,} MB. Take a part of them.",
        "{files:,} ファイルまたは {total:,} MB を超えています。一部だけを指定してください。",
    ),
    "variables.learn": ("Rank the variables", "変数を順位付け"),
    "variables.change": ("Other normal runs", "ほかの正常な運転"),
    "variables.by": ("By {n:,} normal runs", "正常な運転 {n:,} 件と比較"),
    "variables.moment": ("Alarm to explain", "説明する警報"),
    "variables.moment_help": (
        "By default the latest alarm that is active at the end of the table. Type a time to explain that moment instead.",
        "既定では、表の終わりに続いている最も新しい警報です。時刻を入力すると、その時点を説明します。",
    ),
    "variables.moment_active": ("{alarm} · since {time}, still active at the end", "{alarm} · {time} から（終わりまで継続）"),
    "variables.moment_over": ("{alarm} · from {time} to {until}", "{alarm} · {time} から {until} まで"),
    "variables.moment_none": (
        "No alarm began in this table: type the time of the moment to explain.",
        "この表で始まった警報はありません。時刻を入力すると、その時点を説明します。",
    ),
    "variables.moment_unknown": (
        "{text} is not a time, or it lies outside the times of the table. Choose an alarm, or type a time as the table "
        "writes it.",
        "{text} は時刻として読めないか、表の時間の範囲外です。警報を選ぶか、表と同じ書き方で時刻を入力してください。",
    ),
    "variables.names": ("Names count", "名前も考慮"),
    "variables.names_help": (
        "A variable whose name begins like that of an active alarm gets about 3 more.",
        "続いている警報と名前の始まりが同じ変数に、約 3 を加えます。",
    ),
    "variables.active": ("At {time}: {alarms}.", "{time} の時点：{alarms}。"),
    "variables.since": ("{alarm} since {time}", "{alarm}（{time} から）"),
    "variables.no_alarm": ("no active alarm", "続いている警報はありません"),
    "variables.cause": (
        "**{place}. {variable} = {value}** for {time} (line {line:,}): score {score}",
        "**{place}. {variable} = {value}** が {time} 継続（{line:,} 行目）：スコア {score}",
    ),
    "variables.cause_alike": (
        "**{place}. {variable} = {value}** for {time} (line {line:,}, named like an active alarm): score {score}",
        "**{place}. {variable} = {value}** が {time} 継続（{line:,} 行目、続いている警報と似た名前）：スコア {score}",
    ),
    "variables.evidence": (
        "{runs:,} of {all:,} normal runs hold it so long ({time}) together with {other} = {value}.",
        "{other} = {value} と同時にこれほど長く（{time}）続いた正常な運転：{all:,} 件中 {runs:,} 件。",
    ),
    "variables.usual": (
        "Not comparable with normal runs: none of them has this variable, or it has too many values.",
        "普段と比べられません。正常な運転にこの変数がないか、値の種類が多すぎます。",
    ),
    "variables.score": (
        "The score only ranks. It is not a probability: the first variable of a run without a fault has a score, too.",
        "スコアは順位のためのもので、確率ではありません。異常のない運転でも、最上位の変数にはスコアが付きます。",
    ),
    "variables.all": ("All variables", "すべての変数"),
    "variables.col.variable": ("Variable", "変数"),
    "variables.col.since": ("For seconds", "継続（秒）"),
    "variables.col.score": ("Score", "スコア"),
    "variables.col.alike": ("Named like the alarm", "警報と似た名前"),
    "variables.col.evidence": ("Most unusual together with", "最も珍しい組み合わせ"),
    "variables.col.runs": ("Normal runs", "正常な運転"),
    "stage.normal_runs": ("Reading normal run {n}", "正常な運転 {n} 件目を読み込み中"),
    "stage.usual_states": ("Learning what is usual", "普段の状態を学習中"),
}
