"""Texts of comparisons on the Explain page: two runs or two logs side by side."""

TEXTS: dict[str, tuple[str, str]] = {
    "compare.lead": (
        "This decision beside another one, or beside the same log under other weights. Nothing is recorded.",
        "この判定を、別の判定や、別の重みによる同じログの判定と並べて比較します。記録はされません。",
    ),
    "compare.what": ("Compare with", "比較の相手"),
    "compare.decision": ("Another decision", "別の判定"),
    "compare.weights": ("Other weights", "別の重み"),
    "compare.upload": ("Weights file (.safetensors)", "重みファイル（.safetensors）"),
    "compare.run": ("Compare", "比較する"),
    "compare.choose": ("Choose a decision", "判定を選択"),
    "compare.before": ("This decision", "この判定"),
    "compare.after_edit": ("With the changes", "変更後"),
    "compare.after_decision": ("The other decision", "別の判定"),
    "compare.after_weights": ("With the other weights", "別の重み"),
    "compare.matched": (
        "{matched:,} of {total:,} lines of the other log are the same lines.",
        "相手のログ {total:,} 行のうち {matched:,} 行が同じ行です。",
    ),
    "compare.same_log": ("Both decisions are on the same log.", "どちらも同じログに対する判定です。"),
    "compare.one_log": (
        "Both runs are of this log; only the weights differ.",
        "どちらも同じログの結果で、違うのは重みだけです。",
    ),
    # Verdicts
    "compare.flips": (
        "The verdict on the whole log differs: {before} here, {after} there.",
        "ログ全体の判定が異なります。この判定：{before}、相手：{after}。",
    ),
    "compare.same": ("The verdict on the whole log is the same: {label}.", "ログ全体の判定は同じです：{label}。"),
    "compare.flagged": ("{n:,} lines flagged", "指摘 {n:,} 行"),
    "compare.sides": ("Of the lines in both runs, {changes}.", "両方にある行のうち、{changes}。"),
    "compare.sides_none": (
        "The lines in both runs are flagged in both or in neither.",
        "両方にある行で、指摘の有無が変わったものはありません。",
    ),
    "compare.down": ("{n:,} are no longer flagged", "指摘されなくなった行は {n:,} 行"),
    "compare.down_one": ("1 is no longer flagged", "指摘されなくなった行は 1 行"),
    "compare.up": ("{n:,} are flagged now", "新たに指摘された行は {n:,} 行"),
    "compare.up_one": ("1 is flagged now", "新たに指摘された行は 1 行"),
    "compare.and": (", ", "、"),
    # Line by line
    "compare.events": ("Lines whose probability changed most", "確率が最も変わった行"),
    "compare.events_none": ("No line's probability changed noticeably.", "確率が目に見えて変わった行はありません。"),
    "compare.first_line": ("Line here", "この判定の行"),
    "compare.second_line": ("Line there", "相手の行"),
    "compare.before_percent": ("Here", "この判定"),
    "compare.after_percent": ("There", "相手"),
    "compare.text": ("Event", "イベント"),
    # The selection
    "compare.layers": ("Selected pairs", "選択された組"),
    "compare.layer": ("Layer", "層"),
    "compare.both": ("In both", "両方"),
    "compare.only_first": ("Only here", "この判定のみ"),
    "compare.only_second": ("Only there", "相手のみ"),
    "compare.kept": ("Shared", "共通"),
    "compare.layers_none": (
        "The two models have other layers or heads; their pairs cannot be counted against each other.",
        "二つのモデルは層やヘッドの構成が異なるため、組を比較できません。",
    ),
    "compare.line": ("Pairs selected by the line", "この行が選択した組"),
    "compare.line_help": (
        "The lines that changed most; the number of any other line of this log can be typed.",
        "変化の大きい行の一覧です。このログのほかの行は、行番号を入力して選べます。",
    ),
    "compare.line_item": ("Line {line}: {text}", "{line} 行目：{text}"),
    "compare.line_alone": (
        "Line {line} is only in this log, so there are no pairs to lay beside its own.",
        "{line} 行目は相手のログにないため、組を比べられません。",
    ),
    "compare.line_none": ("No line selected anything in either run.", "どちらの結果でも、この行は何も選択していません。"),
    "compare.came": ("Came in (lines there): {lines}.", "加わった行（相手の行番号）：{lines}。"),
    "compare.left": ("Left (lines here): {lines}.", "外れた行（この判定の行番号）：{lines}。"),
    "compare.stayed": ("Stayed: {n:,}.", "残った行：{n:,} 行。"),
    "compare.all_stayed": ("It selects the same lines in both runs.", "どちらの結果でも同じ行を選択しています。"),
    "compare.more": ("{lines} and {n:,} more", "{lines}、ほか {n:,} 行"),
    "compare.weights_of": (
        "Weights of all layers and heads added up: at most {first} here, {second} there. Empty: not selected.",
        "重みは全層・全ヘッドの合計です（最大値：この判定 {first}、相手 {second}）。空欄は選択されていないことを示します。",
    ),
    "compare.first_weight": ("Weight here", "この判定の重み"),
    "compare.second_weight": ("Weight there", "相手の重み"),
    "compare.key": ("Selected line", "選択された行"),
    # Kinds of pairs
    "compare.kinds": ("Kinds of pairs whose share differs most", "割合の差が大きい組の種類"),
    "compare.kinds_why": (
        "{matched:,} of {total:,} lines of the other log are the same lines, too few to compare line by line. So the kinds "
        "of pairs are compared: the two messages of a pair with numbers and identifiers masked as <\\*>, and their share of "
        "the selected weight. A line's pair with itself does not count.",
        "相手のログ {total:,} 行のうち同じ行は {matched:,} 行だけで、行ごとには比べられません。そこで組の種類で比べます。"
        "組の種類とは、数値と識別子を <\\*> に置き換えた二つのメッセージの組み合わせで、割合は選択された重みに占める割合です。"
        "行が自分自身を選択した組は数えません。",
    ),
    "compare.kinds_none": (
        "Neither run selected a pair of two different lines.",
        "どちらの結果にも、異なる行どうしの組はありません。",
    ),
    "compare.query": ("Effect", "結果"),
    "compare.cause": ("Cause", "原因"),
    "compare.difference": ("Difference", "差"),
    "compare.first_count": ("Pairs here", "この判定の組数"),
    "compare.second_count": ("Pairs there", "相手の組数"),
}
