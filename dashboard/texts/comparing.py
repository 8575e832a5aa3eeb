"""Texts of comparisons in the panel Explain: with another run or log, and with what is usually selected."""

TEXTS: dict[str, tuple[str, str]] = {
    "compare.decision": ("Another decision", "別の判定"),
    "compare.weights": ("Other weights", "別の重み"),
    "compare.upload": ("Weights file (.safetensors)", "重みファイル（.safetensors）"),
    "compare.run": ("Compare", "比較する"),
    "compare.choose": ("Choose a decision", "判定を選択"),
    "compare.before": ("This decision", "この判定"),
    "compare.after_edit": ("With the changes", "変更後"),
    "compare.after_decision": ("The other decision", "別の判定"),
    "compare.after_weights": ("With the other weights", "別の重み"),
    "compare.other_model": (
        "Judged by another model ({there}, here {here}): what differs may come from the model alone.",
        "別のモデルによる判定です（相手 {there}、この判定 {here}）。違いはモデルだけによるものかもしれません。",
    ),
    "compare.matched": (
        "{matched:,} of {total:,} lines of the other log are the same lines.",
        "相手のログ {total:,} 行のうち {matched:,} 行が同じ行です。",
    ),
    # Verdicts
    "compare.flips": (
        "The verdict on the whole log differs: {before} here, {after} there.",
        "ログ全体の結論が異なります。この判定：{before}、相手：{after}。",
    ),
    "compare.same": ("The verdict on the whole log is the same: {label}.", "ログ全体の結論は同じです：{label}。"),
    "compare.flagged": ("{n:,} lines flagged", "検出 {n:,} 行"),
    "compare.sides": ("Of the lines in both, {changes}.", "両方にある行のうち、{changes}。"),
    "compare.down": ("no longer flagged: {n:,}", "検出されなくなった行は {n:,} 行"),
    "compare.up": ("flagged now: {n:,}", "新たに検出された行は {n:,} 行"),
    # Line by line
    "compare.events": ("Lines whose probability changed most", "確率が最も変わった行"),
    "compare.events_none": ("No line's probability changed noticeably.", "確率が目に見えて変わった行はありません。"),
    "compare.first_line": ("Line here", "この判定の行"),
    "compare.second_line": ("Line there", "相手の行"),
    "compare.before_percent": ("Here", "この判定"),
    "compare.after_percent": ("There", "相手"),
    # The selection
    "compare.line": ("Pairs that line {line:,} selected.", "{line:,} 行目が選択した組。"),
    "compare.line_item": ("Line {line:,}: “{text}”", "{line:,} 行目：「{text}」"),
    "compare.line_none": ("No line selected anything in either run.", "どちらの結果でも、この行は何も選択していません。"),
    "compare.came": ("Came in (lines there): {lines}.", "加わった行（相手の行番号）：{lines}。"),
    "compare.left": ("Left (lines here): {lines}.", "外れた行（この判定の行番号）：{lines}。"),
    "compare.stayed": ("Stayed: {n:,}.", "残った行：{n:,} 行。"),
    "compare.all_stayed": ("It selects the same lines in both runs.", "どちらの結果でも同じ行を選択しています。"),
    "compare.more": ("{lines} and {n:,} more", "{lines}、ほか {n:,} 行"),
    "compare.weights_of": (
        "Weights of all heads together: at most {first} here, {second} there. Empty: not selected.",
        "重みは全ヘッドの合計です（最大値：この判定 {first}、相手 {second}）。空欄は選択されていません。",
    ),
    "compare.first_weight": ("Weight here", "この判定の重み"),
    "compare.second_weight": ("Weight there", "相手の重み"),
    "compare.key": ("Selected line", "選択された行"),
    # Kinds of pairs
    "compare.kinds": ("Kinds of pairs whose share differs most", "割合の差が大きい組の種類"),
    "compare.kinds_why": (
        "Too few lines are the same, so kinds of pairs are compared: both messages with numbers and identifiers masked.",
        "同じ行が少ないため、組の種類（数値と識別子を伏せた二つのメッセージ）で比べます。",
    ),
    "compare.kinds_none": (
        "Neither run selected a pair of two different lines.",
        "どちらの結果にも、異なる行どうしの組はありません。",
    ),
    "compare.difference": ("Difference", "差"),
    "compare.first_count": ("Pairs here", "この判定の組数"),
    "compare.second_count": ("Pairs there", "相手の組数"),
    # What is usually selected
    "usual.lead": (
        "Kinds of pairs that recorded decisions usually select. A kind: both messages with numbers and identifiers masked.",
        "記録された判定で普段選択される組の種類です。種類とは、数値と識別子を伏せた二つのメッセージです。",
    ),
    "usual.compute": ("Compare with up to {n} recent decisions", "直近の判定（最大 {n} 件）と比較"),
    "usual.empty": (
        "At least {least} readable decisions of the same model on other, familiar logs are needed; there are {n}.",
        "同じモデルによる、ほかの既知のログの読み込める判定が {least} 件以上必要ですが、{n} 件しかありません。",
    ),
    "usual.unreadable": (
        "{n} decisions were left out: what is stored for them is missing or was changed. First: {id}",
        "{n} 件の判定を除外しました。保存された内容がないか、変更されています。最初の判定：{id}",
    ),
    "usual.basis": (
        "From {n} decisions of this model, {normal} normal and {faulty} faulty by its own verdict.",
        "このモデルによる判定 {n} 件（モデルの結論で正常 {normal} 件、異常 {faulty} 件）に基づきます。",
    ),
    # This decision
    "usual.among": ("Compare with", "比較対象"),
    "usual.among.all": ("all", "すべて"),
    "usual.among.normal": ("normal", "正常"),
    "usual.among.faulty": ("faulty", "異常"),
    "usual.among_none": ("The record has no other such decision.", "そのような判定は、ほかに記録されていません。"),
    "usual.new": (
        "Kinds of pairs here that none of the {others:,} others has: {n:,}, with {share:.1%} of the weight.",
        "ほかの {others:,} 件の判定にない組の種類：{n:,} 種類（重みの {share:.1%}）。",
    ),
    "usual.more_less": (
        "{more:,} kinds have much more weight than usual, {less:,} much less.",
        "普段より重みがかなり大きいものが {more:,} 種類、かなり小さいものが {less:,} 種類あります。",
    ),
    "usual.measure.new": (
        "Others have {new} kinds of their own (median).",
        "ほかの判定にも、それだけにある種類が {new} 種類あります（中央値）。",
    ),
    "usual.measure.all": (
        "Others (median): {new} new, {more} much more, {less} much less.",
        "ほかの判定（中央値）：新規 {new}、かなり大きい {more}、かなり小さい {less}。",
    ),
    "usual.measure.rank": (
        "Much more: at least {factor} times the mean share, and in the top 5%; much less: the reverse.",
        "「かなり大きい」：平均の {factor} 倍以上で、上位 5% に入るもの。「かなり小さい」はその逆です。",
    ),
    "usual.measure.few": (
        "More or less than usual is told from {least} other decisions on.",
        "普段との大小は、ほかの判定が {least} 件以上ある場合に示します。",
    ),
    "usual.nothing": ("Nothing differs from usual.", "普段と違うところはありません。"),
    "usual.how.new": ("new", "新規"),
    "usual.how.more": ("more", "大きい"),
    "usual.how.less": ("less", "小さい"),
    "usual.usually": ("Usually selected", "普段の選択"),
    "usual.clear": (
        "Clear: normal and faulty differ at 95%, although all kinds are compared at once; from {least} decisions each on.",
        "「明確」：すべての種類を比べても、正常と異常の判定に 95% の水準の差があるもの（それぞれ {least} 件以上の場合）。",
    ),
    "usual.some": (
        "The first {shown:,} of {count:,} kinds; the file has all.",
        "{count:,} 種類のうち最初の {shown:,} 種類。ファイルにはすべて入ります。",
    ),
    "usual.column.query": ("Effect", "結果"),
    "usual.column.key": ("Cause", "原因"),
    "usual.column.how": ("Here", "この判定では"),
    "usual.column.count": ("Pairs", "組数"),
    "usual.column.share_here": ("Share here", "この判定の割合"),
    "usual.column.usual": ("Usual share", "普段の割合"),
    "usual.column.factor": ("Times usual", "普段の何倍"),
    "usual.column.decisions": ("In {n} others", "ほかの {n} 件中"),
    "usual.column.normal": ("Normal share", "正常の割合"),
    "usual.column.faulty": ("Faulty share", "異常の割合"),
    "usual.column.normal_in": ("In {n} normal", "正常 {n} 件中"),
    "usual.column.faulty_in": ("In {n} faulty", "異常 {n} 件中"),
    "usual.column.difference": ("Difference (pt)", "差（pt）"),
    "usual.column.clear": ("Clear", "明確"),
    # The file that was open, before and after learning
    "again.title": ("**Your file {name}, before and after**", "**ファイル {name}：前後の比較**"),
    "again.before": ("Before", "これまで"),
    "again.after": ("With these weights", "この重み"),
    "again.familiar_now": (
        "The file was unfamiliar and is familiar now: {known:.0%} of its words are known instead of {before:.0%}.",
        "未知だったファイルが既知になりました。既知の語は {before:.0%} から {known:.0%} になりました。",
    ),
    "again.still_unfamiliar": (
        "The file is unfamiliar to these weights: they know {known:.0%} of its words, fewer than {floor:.0%}. Learn from data "
        "of the same kind.",
        "この重みにとってもファイルは未知です。既知の語は {known:.0%} で、{floor:.0%} に達しません。"
        "同じ種類のデータで学習してください。",
    ),
    "again.same": ("Verdict and flagged lines are the same.", "結論も、検出された行も同じです。"),
    "again.changed": ("The verdict or the flagged lines differ.", "結論または検出された行が異なります。"),
    "again.lines": (
        "Lines that either of them flags, at most {n} of each, with their probabilities.",
        "どちらかで検出された行（それぞれ最大 {n} 行）とその確率。",
    ),
    "again.compare": ("See what these weights say of it", "この重みによる結論を見る"),
    "again.keep_first": (
        "Keep the weights to analyse the file with them.",
        "この重みで解析するには、先に登録してください。",
    ),
    "again.analyse": ("Analyse {name} with these weights", "この重みで {name} を解析"),
    "stage.usual": ("Reading selections, decision {n}", "選択を読み込み中（判定 {n}）"),
    "usual.left": (
        "Left out, because blind, erased, unfamiliar, repeated or of another model: {n}.",
        "ブラインド・消去済み・未知・重複・別のモデルのため除外：{n} 件。",
    ),
    "usual.cut": (
        "Of {n} decisions only the strongest kinds were read.",
        "種類が多い判定 {n} 件は、重みの大きい種類だけを読み込みました。",
    ),
}
