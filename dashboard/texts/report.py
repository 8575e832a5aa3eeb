"""Texts of the report of one decision, and of the button that makes it. Names of methods and parts are those of Explain."""

TEXTS: dict[str, tuple[str, str]] = {
    # The button
    "report.incident": ("Line {line:,}; lines of the incident: {count:,}", "{line:,} 行目（出来事の行数：{count:,}）"),
    "report.make": ("Make the report", "レポートを作成"),
    "report.make_help": (
        "One file in both languages: verdict, explanation, reviews, hashes and how to check them.",
        "結論、説明、レビュー、ハッシュ、確認方法を日英両方で一つのファイルにまとめます。",
    ),
    "report.take": ("Download the report", "レポートをダウンロード"),
    "report.take_note": ("The download is recorded as an export.", "ダウンロードは書き出しとして記録されます。"),
    "report.refused_blind": (
        "Reviewed blind: submit your own review first, or wait until the decision is settled.",
        "ブラインドレビューの判定です。先に自分のレビューを送信するか、判定の確定を待ってください。",
    ),
    "report.refused_other_run": (
        "The explanation belongs to other weights or lines. Compute it again, then make the report.",
        "説明が別の重みまたは行に基づいています。説明を計算し直してから、レポートを作成してください。",
    ),
    # Head
    "report.title": ("Report of one decision", "判定レポート"),
    "report.lead": (
        "What was decided about one log, what that rests on, how far to trust it, what people said, and how to check it.",
        "一つのログの判定、根拠、信頼の程度、レビューの内容、確認方法です。",
    ),
    "report.decided": ("Decided", "判定日時"),
    "report.decided_by": ("{time} UTC, started by {name}", "{time} UTC（実行者：{name}）"),
    "report.model_words": ("{model}, weights {weights}…", "{model}（重み {weights}…）"),
    "report.written": ("This report", "このレポート"),
    "report.written_by": ("{time} UTC, made by {name}", "{time} UTC（作成者：{name}）"),
    # Verdict
    # The line that is explained, and whether the views of it agree
    "report.line": ("The line that is explained", "説明する行"),
    "report.line_n": ("Line {line:,}", "{line:,} 行目"),
    "report.line_score": (
        "{what} {probability}, score {logit} (logits: 0 is 50%)",
        "{what} {probability}、スコア {logit}（ロジット：0 が 50%）",
    ),
    "report.views_lead": (
        "Three views: where the weight went (selection), what added to the score (attribution), what changes without a pair "
        "(effect). The effect decides, because it was measured by trying.",
        "三つの見方：重みの向いた行（選択）、スコアへの寄与（帰属）、組を除いたときの変化（影響）。"
        "実際に試した影響を拠り所とします。",
    ),
    "report.view": ("View", "見方"),
    "report.view_attribution": ("Attribution", "帰属"),
    "report.view_first": ("First lines", "上位の行"),
    "report.view_rank": ("Rank correlation with the effect", "影響との順位相関"),
    # Pairs
    "report.pairs": ("Pairs, and what changes without them", "組と、取り除いたときの変化"),
    "report.pairs_lead": (
        "Effect: how far the score of line {line:,} falls without the pair (below 0: it rises). Direct: the same when "
        "nothing takes its place; where it is much larger, another line says the same. Weight: of all heads. The {shown:,} "
        "largest of {tried:,} tried.",
        "影響：組がないときに {line:,} 行目のスコアが下がる量（負の値は上昇）。直接：何も代わりに入らない場合の値。ずっと大き"
        "いときは、別の行が同じことを示しています。重み：全ヘッドの合計。試した {tried:,} 組のうち上位 {shown:,} 組。",
    ),
    "report.effect_line": ("Effect: line", "結果の行"),
    "report.cause_line": ("Cause: line", "原因の行"),
    "report.without": ("Without it", "除いた場合"),
    "report.points": ("{probability} ({change} points)", "{probability}（{change} ポイント）"),
    # Why
    "report.why": ("Why the strongest pair was selected", "最も強い組が選ばれた理由"),
    "report.why_lead": (
        "Layer {layer}, head {head}: line {effect} looked at line {cause}. A pair is used when half its logit is above the "
        "threshold; the difference, squared, is its weight.",
        "第 {layer} 層・ヘッド {head}：{effect} 行目が {cause} 行目を参照。ロジットの半分がしきい値を上回ると組が使われ、"
        "その差の二乗が重みです。",
    ),
    "report.content": ("Content of the two lines", "両方の行の内容"),
    "report.distance": ("Distance between them", "行どうしの距離"),
    "report.direction": ("Direction: the cause comes later", "向き：原因が後にある"),
    "report.identifier": ("Identifier: both hold the same", "識別子：両方に同じものがある"),
    "report.sum": ("Logit: the sum", "ロジット：合計"),
    "report.half": ("Half of it", "その半分"),
    "report.margin": ("Margin: half the logit less the threshold", "余裕：ロジットの半分としきい値の差"),
    "report.weight": ("Weight: the margin squared", "重み：余裕の二乗"),
    "report.others": ("Other candidates", "ほかの候補"),
    "report.others_none": ("There was no other candidate.", "ほかに候補となる行はありません。"),
    "report.other_selected": ("selected too", "これも選択"),
    "report.other_rejected": ("not selected", "選択されず"),
    # Text
    "report.text": ("What each line contributed", "各行の寄与"),
    "report.text_lead": (
        "Integrated gradients split the score over the {reached:,} of {events:,} lines that can reach this one: + raised "
        "it, − lowered it. The strongest, and those around this line.",
        "積分勾配法で、この行に影響しうる {reached:,} 行（全 {events:,} 行）にスコアを割り振りました。"
        "+ は上げる寄与、− は下げる寄与です。寄与の大きい行とこの行の前後を示します。",
    ),
    "report.text_adds_up": (
        "The contributions add up: their sum is {delta} off the score's change of {total} ({steps:,} steps).",
        "寄与の合計は合っています。スコアの変化 {total} との差は {delta} です（{steps:,} ステップ）。",
    ),
    "report.text_misses": (
        "Read with care: after {steps:,} steps the sum is still {delta} off the score's change of {total}.",
        "注意：{steps:,} ステップ後も、スコアの変化 {total} との間に {delta} の差があります。",
    ),
    # Scores
    "report.scores": ("How far to trust the explanations", "説明をどこまで信頼できるか"),
    "report.scores_lead": (
        "In a good order of lines the score falls without the first ones and stays with only them; arrows say which way is "
        "better. A method is useful only where it beats all controls, which know nothing of the model.",
        "良い順位付けでは、上位の行を除くとスコアが下がり、上位の行だけでスコアが保たれます。矢印は良い方向です。"
        "方法に意味があるのは、モデルを知らないすべての対照に勝つ場合だけです。",
    ),
    "report.comprehensiveness": ("Score lost without them ↑", "除いたときのスコアの低下 ↑"),
    "report.sufficiency": ("Score lost with only them ↓", "残したときのスコアの低下 ↓"),
    "report.deletion": ("Deletion ↓", "削除 ↓"),
    "report.insertion": ("Insertion ↑", "挿入 ↑"),
    "report.beats": ("Beats all controls", "対照すべてに勝つ"),
    "report.beats_n": ("in {n} of {of}", "{of} 項目中 {n}"),
    "report.scores_note": (
        "Score lost: mean over the first 1, 5, 10, 20 and 50% of lines, in logits of the verdict. Deletion, insertion: area "
        "under the probability. Delta: how far the values are from adding up.",
        "スコアの低下：上位 1、5、10、20、50% の行の平均（結論のロジット）。削除・挿入：確率の面積。収束の差：値の合計のずれ。",
    ),
    # Randomisation
    "report.curve": ("Do the explanations depend on what was learned?", "説明は学習した内容に基づいているか"),
    "report.curve_lead": (
        "The weights were randomised part by part, from the output back to the words, and line {line:,} explained again: "
        "rank correlation with the real explanation. It has to fall towards 0, or the explanation does not explain the "
        "model. The last two methods do not look at the output.",
        "重みを出力側から語の側へ順に無作為化し、{line:,} 行目を説明し直して、元の説明との順位相関を示します。"
        "0 に近づかない説明は、モデルを説明していません。最後の二つの方法は出力部を見ません。",
    ),
    "report.curve_too_long": (
        "Not computed: at most {most:,} lines, this log has {events:,}.",
        "計算していません。対象は {most:,} 件までで、このログは {events:,} 件あります。",
    ),
    "report.curve_not_run": ("Not computed for this report.", "このレポートでは計算していません。"),
    "report.depth_trained": ("as trained", "学習済み"),
    "report.depth_head": ("output", "出力部"),
    "report.depth_layer": ("+ layer {n}", "+ 第 {n} 層"),
    "report.depth_embedding": ("+ words", "+ 語"),
    # Reviews
    "report.reviews_none": ("None yet.", "まだありません。"),
    "report.reviews_hidden": (
        "{n:,} more are hidden until the report's author has submitted a review.",
        "ほかに {n:,} 件は、作成者がレビューを送信するまで含まれません。",
    ),
    "report.reviews_seen": ("{n:,}, the newest first.", "{n:,} 件（新しい順）。"),
    "report.opinion": ("Opinion", "意見"),
    "report.marks": ("On pairs", "組への意見"),
    "report.superseded": ("superseded by a later review", "後のレビューで修正済み"),
    "report.signed_as": ("{role}; {how}", "{role}（{how}）"),
    # Hashes
    "report.proof": ("What this decision is tied to", "この判定に結び付いた記録"),
    "report.proof_lead": (
        "Any change to the file, the weights, the selection or the record gives another hash.",
        "ファイル・重み・選択・記録が少しでも変われば、ハッシュは別の値になります。",
    ),
    "report.entry_hash": ("Its log entry (SHA-256)", "ログの該当項目（SHA-256）"),
    "report.head_size": ("Entries in the log", "ログの項目数"),
    "report.head_root": ("Root hash of the log", "ログのルートハッシュ"),
    "report.head_last": ("Hash of the last entry", "最後の項目のハッシュ"),
    "report.entries": ("Entries of the log about this decision", "この判定に関するログの項目"),
    # How to verify
    "report.verify": ("How to check this report", "このレポートの確認方法"),
    "report.verify_lead": (
        "In the software's folder, on a machine with the record (--db says where it is):",
        "記録のある機器で、ソフトウェアのフォルダーから実行します（記録の場所は --db）。",
    ),
    "report.do_file": (
        "The file has the hash of the file as uploaded, above.",
        "ファイルのハッシュが、上の「アップロードしたファイル」と同じであること。",
    ),
    "report.do_verify": ("Nothing in the record was changed.", "記録が改ざんされていないこと。"),
    "report.do_log": (
        "This decision's entry, and the last entry of that time, have the hashes above. The log has grown since.",
        "この判定の項目と、当時最後だった項目が上のハッシュと同じであること。ログはその後も増えています。",
    ),
    "report.do_show": ("Verdict, numbers and reviews are those of the record.", "結論・数値・レビューが記録どおりであること。"),
    "report.do_gate": ("Whether the decision may be used now.", "この判定を現在使用してよいかどうか。"),
    "report.do_replay": ("The model gives the same verdict and selection bit for bit.", "結論と選択が全ビット一致すること。"),
    "report.do_explain": (
        "The same explanation comes again, with the weights whose hash stands above (--weights).",
        "上のハッシュの重み（--weights）で、同じ説明が得られること。",
    ),
    # Limits
    "report.limits": ("What this report does not say", "このレポートでは分からないこと"),
    "report.limit_model": (
        "It explains the model, not the machine. A cause here is a line that the model used; people decide whether it is the "
        "true cause.",
        "説明しているのはモデルで、設備ではありません。原因はモデルが根拠にした行です。"
        "本当の原因かどうかは人が判断してください。",
    ),
    "report.limit_one": (
        "It explains one line, and pairs were taken away one at a time: several together can matter more.",
        "説明しているのは一行だけで、組は一つずつ除いています。複数を合わせると影響が大きいことがあります。",
    ),
    "report.limit_scores": (
        "The scores are of this line, and the random controls were drawn once.",
        "スコアはこの行だけのもので、無作為の対照は一度だけ引いたものです。",
    ),
    "report.limit_then": (
        "State and reviews are of that moment. Ask the gate before the decision is used.",
        "状態とレビューは作成時点のものです。判定の使用前にゲートで確認してください。",
    ),
    "report.limit_unsigned": (
        "It is an unsigned copy. What counts is the record: check it as described above.",
        "署名のない写しです。正本は記録ですので、上の方法で照合してください。",
    ),
    "report.threshold": ("Threshold", "しきい値"),
}
