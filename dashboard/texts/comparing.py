"""Texts of comparisons in the panel Explain: with another run or log, and with what is usually selected."""

TEXTS: dict[str, tuple[str, str]] = {
    "compare.lead": (
        "This decision compared with another one, or with the same log under other weights. Nothing is recorded.",
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
        "ログ全体の結論が異なります。この判定：{before}、相手：{after}。",
    ),
    "compare.same": ("The verdict on the whole log is the same: {label}.", "ログ全体の結論は同じです：{label}。"),
    "compare.flagged": ("{n:,} lines flagged", "検出 {n:,} 行"),
    "compare.sides": ("Of the lines in both runs, {changes}.", "両方にある行のうち、{changes}。"),
    "compare.sides_none": (
        "The lines in both runs are flagged in both or in neither.",
        "両方にある行で、検出の有無が変わったものはありません。",
    ),
    "compare.down": ("{n:,} are no longer flagged", "検出されなくなった行は {n:,} 行"),
    "compare.down_one": ("1 is no longer flagged", "検出されなくなった行は 1 行"),
    "compare.up": ("{n:,} are flagged now", "新たに検出された行は {n:,} 行"),
    "compare.up_one": ("1 is flagged now", "新たに検出された行は 1 行"),
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
    "compare.both": ("In both", "両方"),
    "compare.only_first": ("Only here", "この判定のみ"),
    "compare.only_second": ("Only there", "相手のみ"),
    "compare.kept": ("Shared", "共通"),
    "compare.layers_none": (
        "The two models differ in their layers or heads, so their pairs cannot be compared.",
        "二つのモデルは層やヘッドの構成が異なるため、組を比較できません。",
    ),
    "compare.line": ("Pairs selected by the line", "この行が選択した組"),
    "compare.line_help": (
        "The lines that changed most; the number of any other line of this log can be typed.",
        "変化の大きい行の一覧です。このログのほかの行は、行番号を入力して選べます。",
    ),
    "compare.line_item": ("Line {line:,}: {text}", "{line:,} 行目：{text}"),
    "compare.line_alone": (
        "Line {line:,} is only in this log, so there are no pairs to compare with.",
        "{line:,} 行目は相手のログにないため、組を比べられません。",
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
        "組の種類とは、数値と識別子を <\\*> に置き換えた二つのメッセージの組み合わせで、"
        "割合は選択された重みに占める割合です。行が自分自身を選択した組は数えません。",
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
    # What is usually selected
    "usual.lead": (
        "Which kinds of pairs the recorded decisions usually select, and how this decision differs. A kind is the two "
        "messages of a pair with numbers and identifiers masked as <\\*>; a line's pair with itself does not count.",
        "記録された判定で普段どの種類の組が選択されているか、この判定がそれとどう違うかを示します。"
        "組の種類とは、数値と識別子を <\\*> に置き換えた二つのメッセージの組み合わせです。"
        "行が自分自身を選択した組は数えません。",
    ),
    "usual.compute": ("Compare with the record", "記録と比較"),
    "usual.again": ("Compare again", "もう一度比較"),
    "usual.before": (
        "Reads the selections of up to {n} recent decisions: a moment for short logs, up to a second for each long one.",
        "直近の判定（最大 {n} 件）の選択を読み込みます。短いログならすぐに、長いログは 1 件につき 1 秒ほどかかります。",
    ),
    "usual.stale": (
        "Decisions have been recorded since this was computed; they are not in it yet.",
        "この比較の後に記録された判定は、まだ含まれていません。",
    ),
    "usual.empty": (
        "There is too little to compare with: at least {least} decisions of the same model on other logs, unfamiliar ones not "
        "counted, are needed, and the record has {n}. Analyse more logs, healthy ones too, then come back.",
        "比較できる判定がまだ足りません。"
        "同じモデルによる、ほかのログ（未知の入力を除く）の判定が少なくとも {least} 件必要ですが、"
        "記録には {n} 件しかありません。正常なものも含めてログをさらに解析してから、もう一度開いてください。",
    ),
    "usual.empty_readable": (
        "Of the other decisions only {n} could be read; at least {least} are needed to say what is usual.",
        "ほかの判定のうち読み込めたのは {n} 件だけです。普段の傾向を示すには少なくとも {least} 件必要です。",
    ),
    "usual.unreadable": (
        "{n} decisions were left out: what is stored for them is missing or was changed. Verify the record. First: {id}",
        "{n} 件の判定を除外しました。保存された内容がないか、変更されています。記録を検証してください。最初の判定：{id}",
    ),
    "usual.basis": (
        "From {n} decisions of this model, {normal} normal and {faulty} faulty by its own verdict.",
        "このモデルによる判定 {n} 件（モデルの結論で正常 {normal} 件、異常 {faulty} 件）に基づきます。",
    ),
    "usual.left.blind": ("Left out because you review them blind: {n}.", "ブラインドレビューの対象のため除外：{n} 件。"),
    "usual.left.weights": ("Left out because another model made them: {n}.", "別のモデルによるため除外：{n} 件。"),
    "usual.left.unfamiliar": (
        "Left out because the model does not know such logs: {n}.",
        "モデルにとって未知のログのため除外：{n} 件。",
    ),
    "usual.left.repeated": (
        "Left out because the same log was analysed again: {n}.",
        "同じログを再び解析したものとして除外：{n} 件。",
    ),
    "usual.left.gone": ("Erased or hidden while this was computed: {n}.", "比較中に消去または非表示になったもの：{n} 件。"),
    "usual.left.cut": (
        "Of {n} decisions with very many kinds, only the strongest kinds were read.",
        "種類が非常に多い判定 {n} 件は、重みの大きい種類だけを読み込みました。",
    ),
    # This decision
    "usual.among": ("Compare with", "比較対象"),
    "usual.among.all": ("all", "すべて"),
    "usual.among.normal": ("normal", "正常"),
    "usual.among.faulty": ("faulty", "異常"),
    "usual.among_none": (
        "The record has no other decision of this kind by this model. Choose other ones to compare with.",
        "このモデルによるその種類の判定は、ほかに記録されていません。別の比較対象を選んでください。",
    ),
    "usual.new_one": (
        "1 kind of pair in this decision was never selected in the {others:,} others; it holds {share:.1%} of the selected "
        "weight.",
        "この判定の組のうち 1 種類は、ほかの {others:,} 件の判定では一度も選択されていません。"
        "選択された重みの {share:.1%} を占めます。",
    ),
    "usual.new": (
        "{n:,} kinds of pairs in this decision were never selected in the {others:,} others; together they hold {share:.1%}"
        " of its selected weight.",
        "この判定の組のうち {n:,} 種類は、ほかの {others:,} 件の判定では一度も選択されていません。"
        "合わせて、選択された重みの {share:.1%} を占めます。",
    ),
    "usual.none_new": (
        "Every kind of pair in this decision was also selected in one of the {others:,} others.",
        "この判定の組はすべて、ほかの {others:,} 件の判定でも選択されたことのある種類です。",
    ),
    "usual.more_less": (
        "{more:,} kinds have much more weight than usual, {less:,} much less.",
        "普段より重みがかなり大きいものが {more:,} 種類、かなり小さいものが {less:,} 種類あります。",
    ),
    "usual.measure.new": (
        "A typical other decision has {new} kinds of its own (median); longer logs have more.",
        "ほかの判定でも、その判定だけにある種類が普通 {new} 種類あります（中央値）。ログが長いほど増えます。",
    ),
    "usual.measure.all": (
        "The same count for a typical other decision (median): {new} new, {more} much more, {less} much less; longer logs "
        "have more.",
        "ほかの判定について同じように数えた普通の値（中央値）：新規 {new}、かなり大きい {more}、かなり小さい {less}。"
        "ログが長いほど増えます。",
    ),
    "usual.measure.rank": (
        "Much more: at least {factor} times the others' mean share, and as much or more in at most 5% of the decisions. Much "
        "less: the reverse.",
        "「かなり大きい」とは、ほかの判定の平均の {factor} 倍以上で、同じかそれ以上の判定が 5% 以下であることです。"
        "「かなり小さい」はその逆です。",
    ),
    "usual.measure.few": (
        "Whether a kind has more or less weight than usual is shown only with {least} or more other decisions.",
        "重みが普段より大きいか小さいかは、ほかの判定が {least} 件以上ある場合にだけ示します。",
    ),
    "usual.nothing": ("Nothing differs from usual.", "普段と違うところはありません。"),
    "usual.how.new": ("new", "新規"),
    "usual.how.more": ("more", "大きい"),
    "usual.how.less": ("less", "小さい"),
    # Normal and faulty
    "usual.sides": ("Normal and faulty", "正常と異常"),
    "usual.sides_lead": (
        "The largest differences between normal and faulty decisions. Clear: stands out at 95% although all kinds are "
        "compared at once. A hint where to look, not a proof: few decisions and skewed shares make the intervals rough.",
        "正常と異常の判定で差の大きい種類です。"
        "「明確」は、すべての種類を同時に比べても 95% の水準で差があるという意味です。"
        "件数が少なく分布も偏るため区間はおおよそのもので、証明ではなく、見るべき場所の手がかりです。",
    ),
    "usual.sides_none": (
        "There is only one side to compare: {normal} normal and {faulty} faulty decisions. Analyse logs of the other kind too.",
        "判定は正常 {normal} 件、異常 {faulty} 件で、片方しかありません。もう一方のログも解析してください。",
    ),
    "usual.sides_few": (
        "No intervals: they need at least {least} normal and {least} faulty decisions.",
        "区間を示すには、正常と異常の判定がそれぞれ {least} 件以上必要です。",
    ),
    "usual.side.normal": ("Normal", "正常"),
    "usual.side.faulty": ("Faulty", "異常"),
    "usual.axis": ("Share of the selected weight, mean of decisions", "選択された重みに占める割合（判定の平均）"),
    "usual.hover": ("Normal {normal:.2%} · faulty {faulty:.2%}", "正常 {normal:.2%} · 異常 {faulty:.2%}"),
    "usual.hover_interval": (
        "Faulty − normal, {sure:.0%} interval: {low:+.2f} to {high:+.2f} points",
        "異常 − 正常の {sure:.0%} 区間：{low:+.2f}～{high:+.2f} ポイント",
    ),
    "usual.chart_alt": (
        "The {n} largest differences: mean share of each kind of pair in normal and in faulty decisions.",
        "差の大きい {n} 種類の組。正常と異常の判定での平均の割合。",
    ),
    # Usually selected
    "usual.usually": ("Usually selected", "普段の選択"),
    "usual.usually_lead": (
        "Mean share of a decision's selected weight, so that a long log counts as much as a short one.",
        "判定ごとに、選択された重みに占める割合を求めて平均したものです。長いログも短いログも同じ 1 件として扱います。",
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
    "usual.column.share": ("Share", "割合"),
    "usual.column.normal": ("Normal share", "正常の割合"),
    "usual.column.faulty": ("Faulty share", "異常の割合"),
    "usual.column.normal_in": ("In {n} normal", "正常 {n} 件中"),
    "usual.column.faulty_in": ("In {n} faulty", "異常 {n} 件中"),
    "usual.column.difference": ("Difference (pt)", "差（pt）"),
    "usual.column.low": ("95% from", "95% 下限"),
    "usual.column.high": ("95% to", "95% 上限"),
    "usual.column.clear": ("Clear", "明確"),
    # The file that was open, before and after learning
    "again.title": ("**Your file {name}, before and after**", "**ファイル {name}：前後の比較**"),
    "again.before": ("Before", "これまで"),
    "again.after": ("With these weights", "この重み"),
    "again.by": ("{when} · {weights}", "{when} · {weights}"),
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
}
