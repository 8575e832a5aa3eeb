"""Texts of the report of one decision, and of the button that makes it. Names of methods and parts are those of Explain."""

TEXTS: dict[str, tuple[str, str]] = {
    # The button
    "report.incident": ("Line {line:,}; lines of the incident: {count:,}", "{line:,} 行目（出来事の行数：{count:,}）"),
    "report.make": ("Make the report", "レポートを作成"),
    "report.make_help": (
        "One file to hand on: verdict, explanation with its scores, reviews, hashes and how to check them; in both "
        "languages, readable without a network, printable.",
        "結論、説明とそのスコア、レビュー、ハッシュ、確認方法を一つのファイルにまとめます。"
        "日本語と英語の両方を含み、ネットワークなしで閲覧・印刷できます。",
    ),
    "report.take": ("Download the report", "レポートをダウンロード"),
    "report.take_note": (
        "The download is recorded as an export; the file shows the record as it is at that moment.",
        "ダウンロードは書き出しとして記録されます。ファイルの内容はその時点の記録です。",
    ),
    "report.refused_blind": (
        "This decision is reviewed blind: its report can be made once you have submitted your own review, or the decision "
        "is settled.",
        "この判定はブラインドでレビューします。レポートは、あなたがレビューを送信した後、"
        "または判定が確定した後に作成できます。",
    ),
    "report.refused_other_run": (
        "The explanation belongs to other weights or other lines than this decision. Compute it again, then make the report.",
        "説明が、この判定とは別の重みまたは別の行に基づいています。説明を計算し直してから、レポートを作成してください。",
    ),
    "stage.randomise": ("Testing the explanations with randomised weights", "重みを無作為化して説明を検査中"),
    # Head
    "report.title": ("Report of one decision", "判定レポート"),
    "report.lead": (
        "What the model decided about one log, what the decision rests on, how far to trust it, what people said, and how "
        "to check all of it.",
        "一つのログについて、モデルの判定とその根拠、説明をどこまで信頼できるか、レビューの内容、確認方法をまとめたものです。",
    ),
    "report.id": ("Decision", "判定"),
    "report.decided": ("Decided", "判定日時"),
    "report.decided_by": ("{time} UTC, started by {name}", "{time} UTC（実行者：{name}）"),
    "report.model": ("Model", "モデル"),
    "report.model_words": ("{model}, weights {weights}…", "{model}（重み {weights}…）"),
    "report.written": ("This report", "このレポート"),
    "report.written_by": ("{time} UTC, made by {name}", "{time} UTC（作成者：{name}）"),
    # Verdict
    "report.verdict": ("Verdict", "結論"),
    # The line that is explained, and whether the views of it agree
    "report.line": ("The line that is explained", "説明する行"),
    "report.line_n": ("Line {line:,}", "{line:,} 行目"),
    "report.line_score": (
        "Fault probability {probability}, score {logit} (logits: 0 is 50%)",
        "異常の確率 {probability}、スコア {logit}（ロジット：0 が 50%）",
    ),
    "report.views_lead": (
        "Three views of the same verdict: where the weight went (selection), what added to the score (attribution), and "
        "what changes when a pair is taken away (effect). The effect decides, because it was measured by trying.",
        "同じ結論を三つの見方で確かめます。重みがどの行に向けられたか（選択）、"
        "何がスコアに寄与したか（帰属）、組を取り除くと何が変わるか（影響）です。"
        "実際に試した結果である影響を判断の拠り所とします。",
    ),
    "report.view": ("View", "見方"),
    "report.view_effect": ("Effect", "影響"),
    "report.view_selection": ("Selection", "選択"),
    "report.view_attribution": ("Attribution", "帰属"),
    "report.view_first": ("First lines, best first", "上位の行（順位順）"),
    "report.view_rank": ("Rank correlation with the effect", "影響との順位相関"),
    # Pairs
    "report.pairs": ("Pairs, and what changes without them", "組と、取り除いたときの変化"),
    "report.pairs_lead": (
        "Each pair was taken away and the model decided again. Effect: how far the score of line {line:,} falls without the "
        "pair (below 0: it rises). Direct: the same when nothing may take the pair's place; where it is much larger, "
        "another line would have said the same. Weight: of all heads of the pair together. Shown: the {shown:,} with the "
        "largest effect of {tried:,} tried.",
        "組を一つずつ取り除き、モデルに判定し直させました。"
        "影響：組がないときに {line:,} 行目のスコアが下がる量（負の値は上昇）。"
        "直接：ほかの行が代わりに入れないようにした場合の値。直接の方がずっと大きいときは、"
        "別の行が同じことを示していました。重み：その組の全ヘッドの合計。"
        "試した {tried:,} 組のうち、影響の大きい {shown:,} 組を示します。",
    ),
    "report.effect_line": ("Effect: line", "結果の行"),
    "report.cause_line": ("Cause: line", "原因の行"),
    "report.without": ("Fault probability without it", "除いた場合の異常の確率"),
    "report.points": ("{probability} ({change} points)", "{probability}（{change} ポイント）"),
    # Why
    "report.why": ("Why the strongest pair was selected", "最も強い組が選ばれた理由"),
    "report.why_lead": (
        "In layer {layer}, head {head}, line {effect} looked at line {cause}. A pair is used when half its logit lies "
        "above the threshold; the difference, squared, is its weight.",
        "第 {layer} 層・ヘッド {head} で、{effect} 行目が {cause} 行目を参照しました。"
        "ロジットの半分がしきい値を上回ると組が使われ、上回った分（余裕）の二乗が重みになります。",
    ),
    "report.content": ("Content: what the two lines say", "内容：両方の行が述べていること"),
    "report.distance": ("Distance between them", "行どうしの距離"),
    "report.direction": ("Direction: the cause comes later", "向き：原因が後にある"),
    "report.identifier": ("Identifier: both lines hold the same", "識別子：両方の行が同じものを持つ"),
    "report.sum": ("Logit: the sum", "ロジット：合計"),
    "report.half": ("Half of it", "その半分"),
    "report.threshold": ("Threshold", "しきい値"),
    "report.margin": ("Margin: half the logit less the threshold", "余裕：ロジットの半分としきい値の差"),
    "report.weight": ("Weight: the margin squared", "重み：余裕の二乗"),
    "report.others": ("Other candidates", "ほかの候補"),
    "report.others_none": ("There was no other candidate.", "ほかに候補となる行はありません。"),
    "report.other_state": ("State", "状態"),
    "report.other_selected": ("selected too", "これも選択"),
    "report.other_rejected": ("not selected", "選択されず"),
    # Text
    "report.text": ("The log, coloured by contribution", "寄与で色分けしたログ"),
    "report.text_lead": (
        "Integrated gradients split the score over all lines that could reach this one. Orange and + raised it, "
        "blue and − lowered it. {reached:,} of {events:,} lines could; all others contributed exactly 0.",
        "積分勾配法により、スコアを、この行に影響しうるすべての行に割り振りました。"
        "オレンジと + はスコアを上げる寄与、青と − は下げる寄与です。"
        "{events:,} 行のうち {reached:,} 行が影響でき、ほかの行の寄与はちょうど 0 です。",
    ),
    "report.text_adds_up": (
        "The contributions add up: their sum differs from the score's change of {total} by {delta} ({steps:,} steps).",
        "寄与の合計は合っています。スコアの変化 {total} に対して、差は {delta} です（{steps:,} ステップ）。",
    ),
    "report.text_misses": (
        "Read with care: the sum of the contributions differs from the score's change of {total} by {delta} even after "
        "{steps:,} steps.",
        "注意：{steps:,} ステップ後も、寄与の合計とスコアの変化 {total} の間に {delta} の差があります。",
    ),
    # Scores
    "report.scores": ("How far to trust the explanations", "説明をどこまで信頼できるか"),
    "report.scores_lead": (
        "Every method puts the lines in an order. In a good order, the score falls without the first lines and stays with "
        "only them; the arrow tells which way is better. The controls know nothing of the model: a method is useful only "
        "where it beats them all.",
        "各方法は行に順位を付けます。良い順位付けでは、上位の行を除くとスコアが大きく下がり、"
        "上位の行だけを残せばスコアが保たれます。矢印は良い方向です。対照はモデルについて何も知りません。"
        "方法に意味があるのは、すべての対照に勝っている場合だけです。",
    ),
    "report.comprehensiveness": ("Score lost without them ↑", "除いたときのスコアの低下 ↑"),
    "report.sufficiency": ("Score lost with only them ↓", "残したときのスコアの低下 ↓"),
    "report.deletion": ("Deletion ↓", "削除 ↓"),
    "report.insertion": ("Insertion ↑", "挿入 ↑"),
    "report.beats": ("Beats all controls", "対照すべてに勝つ"),
    "report.beats_n": ("in {n} of {of}", "{of} 項目中 {n}"),
    "report.scores_note": (
        "Score lost: mean over the first 1, 5, 10, 20 and 50% of the lines, in logits of the verdict given "
        "(comprehensiveness, sufficiency). Deletion, insertion: area under the probability as the lines are removed or "
        "added, one by one. Delta: how far the method's values are from adding up to the score's change; not every method "
        "guarantees that they do.",
        "低下：上位 1、5、10、20、50% の行についての平均（出た結論のロジット。包括性と十分性）。"
        "削除・挿入：行を一つずつ減らす・増やすときの確率の面積。収束の差：方法の値の合計が、"
        "スコアの変化からどれだけずれているか（合計の一致を保証しない方法もあります）。",
    ),
    # Randomisation
    "report.curve": ("Do the explanations depend on what was learned?", "説明は学習した内容に基づいているか"),
    "report.curve_lead": (
        "The model's weights were randomised part after part, from the output back to the words, and line {line:,} was "
        "explained again each time. Shown is how similar the explanation stays to the real one (rank correlation). It has "
        "to fall towards 0: an explanation that stays the same does not explain the model. The last two methods do not "
        "look at the output, so randomising the output alone leaves them as they are.",
        "モデルの重みを出力側から語の側へ順に無作為化し、そのたびに {line:,} 行目の説明を計算し直しました。"
        "値は、元の説明とどれだけ似ているか（順位相関）を示し、0 に近づくのが正常です。"
        "変わらない説明は、モデルを説明していません。最後の二つの方法は出力部を見ないため、"
        "出力部だけを無作為化しても変わりません。",
    ),
    "report.curve_too_long": (
        "Not computed: this test takes logs of up to {most:,} lines, and this one has {events:,}.",
        "計算していません。この検査の対象は {most:,} 件までのログで、このログは {events:,} 件あります。",
    ),
    "report.curve_not_run": ("Not computed for this report.", "このレポートでは計算していません。"),
    "report.curve_axis": ("rank correlation", "順位相関"),
    "report.depth_trained": ("as trained", "学習済み"),
    "report.depth_head": ("output", "出力部"),
    "report.depth_layer": ("+ layer {n}", "+ 第 {n} 層"),
    "report.depth_embedding": ("+ words", "+ 語"),
    # Reviews
    "report.reviews": ("Reviews", "レビュー"),
    "report.reviews_none": ("None yet.", "まだありません。"),
    "report.reviews_hidden": (
        "{n:,} more are not in this report: its author may not see them before submitting a review.",
        "ほかに {n:,} 件ありますが、作成者は自分のレビューを送信するまで見られないため、このレポートには含まれません。",
    ),
    "report.reviews_seen": ("{n:,} in the record, the newest first.", "記録にある {n:,} 件を、新しい順に示します。"),
    "report.opinion": ("Opinion", "意見"),
    "report.reviewer": ("By", "レビュー担当者"),
    "report.reviewed": ("When (UTC)", "日時（UTC）"),
    "report.reason": ("Reason and comment", "理由とコメント"),
    "report.marks": ("On pairs", "組への意見"),
    "report.superseded": ("superseded by a later review", "後のレビューで修正済み"),
    "report.signed_as": ("{role}; {how}", "{role}（{how}）"),
    # Hashes
    "report.proof": ("What this decision is tied to", "この判定に結び付いた記録"),
    "report.proof_lead": (
        "A hash is a fingerprint: any change to the file, the weights, the selection or the record gives a different one.",
        "ハッシュは指紋のようなもので、ファイル・重み・選択・記録のどれかが少しでも変われば別の値になります。",
    ),
    "report.entry_hash": ("Its log entry (SHA-256)", "ログの該当項目（SHA-256）"),
    "report.head_size": ("Entries in the log", "ログの項目数"),
    "report.head_root": ("Root hash of the log", "ログのルートハッシュ"),
    "report.head_last": ("Hash of the last entry", "最後の項目のハッシュ"),
    "report.entries": ("Entries of the log about this decision", "この判定に関するログの項目"),
    # How to verify
    "report.verify": ("How to check this report", "このレポートの確認方法"),
    "report.verify_lead": (
        "On a machine with the record and this software, in the software's folder (--db gives the location of the record):",
        "記録とこのソフトウェアのある機器で、ソフトウェアのフォルダーから実行します（記録の場所は --db で指定できます）。",
    ),
    "report.do_file": (
        "The file is the one that was decided on: its hash is that of the file as uploaded, above.",
        "判定に使われたファイルであること。上の「アップロードしたファイル」と同じ値が表示されます。",
    ),
    "report.do_verify": (
        "Nothing in the record was changed: every entry, row and stored file is hashed again.",
        "記録が改ざんされていないこと。すべての項目・行・保存ファイルのハッシュを計算し直します。",
    ),
    "report.do_log": (
        "The entry of this decision, and the entry that was last when this report was made, have the hashes above. The log "
        "has grown since: exporting this report is an entry too.",
        "この判定の項目と、レポート作成時に最後だった項目のハッシュが、上の値と同じであること。"
        "レポートの書き出し自体も記録されるため、ログはその後も増えています。",
    ),
    "report.do_show": ("Verdict, numbers and reviews are those of the record.", "結論・数値・レビューが記録どおりであること。"),
    "report.do_gate": (
        "Whether the decision may be used now; that can have changed since.",
        "この判定を現在使用してよいかどうか（作成後に変わっている場合があります）。",
    ),
    "report.do_replay": (
        "The model, run again on the stored file, gives the same verdict and selection bit for bit.",
        "保存されたファイルでモデルを再実行し、結論と選択が全ビット一致すること。",
    ),
    "report.do_explain": (
        "The same explanation comes out again, with the weights whose hash stands above (--weights gives their location).",
        "同じ説明が再び得られること。上のハッシュの重みを使います（重みの場所は --weights で指定できます）。",
    ),
    # Limits
    "report.limits": ("What this report does not say", "このレポートでは分からないこと"),
    "report.limit_model": (
        "It explains what the model did with the log, not what happened at the machine. A cause here is a line that the "
        "model used; people have to decide whether it is the true cause.",
        "説明しているのはモデルがログをどう扱ったかであり、設備で実際に起きたことではありません。"
        "ここでいう原因は、モデルが根拠にした行です。本当の原因かどうかは人が判断してください。",
    ),
    "report.limit_one": (
        "It explains one line. Pairs were taken away one at a time; several together can matter more than each alone.",
        "説明しているのは一行だけです。組は一つずつ取り除いており、複数を合わせると、"
        "それぞれより大きく影響することがあります。",
    ),
    "report.limit_scores": (
        "The scores are of this line alone, and the random controls were drawn once.",
        "スコアはこの行だけのもので、無作為の対照は一度だけ引いたものです。",
    ),
    "report.limit_then": (
        "State and reviews are those of the moment at which it was made. Ask the gate before the decision is used.",
        "状態とレビューは作成時点のものです。判定を使用する前に、使用してよいかをゲートで確認してください。",
    ),
    "report.limit_unsigned": (
        "It is a copy and carries no signature. What counts is the record: check this file against it as described above.",
        "このファイルは写しであり、署名はありません。正本は記録ですので、上の方法で照合してください。",
    ),
}
