"""Texts of learning from reviews: what people said, how it is learned from, and what changed."""

TEXTS: dict[str, tuple[str, str]] = {
    "feedback.none": (
        "No decision has been reviewed yet. The model can learn from what reviewers say of decisions and their pairs.",
        "レビューされた判定はまだありません。判定や組についてのレビュー担当者の意見から学習できます。",
    ),
    "feedback.no_marks": (
        "Reviews: {n:,}, but no pair has been marked. Mark pairs as relevant or spurious, or add what is missing, "
        "while reviewing: the model learns from these marks.",
        "レビューは {n:,} 件ありますが、組への印がまだありません。レビューの際に、"
        "組を「妥当」「無関係」とするか、足りない組を加えてください。それが学習に使われます。",
    ),
    "feedback.waiting": (
        "Reviewed decisions that need further reviews: {n:,}. Their reviews are used once all of them have been given.",
        "必要なレビューがまだ揃っていない判定：{n:,} 件。すべて揃った後で学習に使われます。",
    ),
    "feedback.lead": (
        "Only valid reviews are counted: not those that were amended later or taken back, and not those of control items. A "
        "flag of the evidence alone leaves the verdict as it is, and where a dispute was settled the ruling counts. The "
        "model learns to stop selecting pairs marked as spurious, and to select relevant and missing ones; everything else "
        "is to stay as it is.",
        "有効なレビューだけを数えています（修正前のもの、取り消されたもの、確認用の項目は除きます）。"
        "根拠だけへの指摘は結論を誤りとはせず、意見の相違があったときは裁定に従います。"
        "「無関係」とされた組は選択されなくなるように、「妥当」と「不足」の組は選択されるように学習し、"
        "それ以外はそのまま保ちます。",
    ),
    "feedback.beside": (
        "In addition, up to {most} decided logs that nobody reviewed are replayed: their verdicts are to stay as they are.",
        "これに加えて、判定済みで未レビューのログを最大 {most} 件使い、それらの結論が変わらないようにします。",
    ),
    "feedback.most": (
        "Not all of them are used: the model learns from at most {most:,} decisions at a time, those that were reviewed last.",
        "すべては使われません。一度に学習に使うのは、レビューが新しいものから最大 {most:,} 件の判定です。",
    ),
    "feedback.decisions_help": (
        "Of ten different files or more, a fifth is held out, to see what changes in decisions that were not used for "
        "learning.",
        "異なるファイルが 10 件以上あれば、その 5 分の 1 は学習に使わず、学習に使っていない判定の変化を確かめるために残しま"
        "す。",
    ),
    "feedback.relevant": ("Marked relevant", "「妥当」の印"),
    "feedback.spurious": ("Marked spurious", "「無関係」の印"),
    "feedback.missing": ("Marked missing", "「不足」の印"),
    "feedback.form": ("Learn from these reviews", "レビューから学習"),
    "feedback.initial_help": (
        "The weights whose selection is to be corrected. Those that learned what is normal are not offered: reviews do not "
        "change what was usual.",
        "選択を修正する重みです。「正常な挙動」を学んだ重みは選べません。何が通常だったかはレビューでは変わらないためです。",
    ),
    "feedback.steps": ("Steps", "ステップ数"),
    "feedback.steps_help": (
        "More steps move more pairs over the threshold, and take longer.",
        "多いほど、しきい値を越える組が増えますが、時間もかかります。",
    ),
    "feedback.noise_control": ("Allow for errors of reviewers", "レビュー担当者の誤りを考慮する"),
    "feedback.noise_on": (
        "Reviewers are trusted as far as they agree with each other. If the marks cannot be told from chance, learning "
        "stops and says so.",
        "レビュー担当者どうしの一致の程度に応じて信用します。偶然と区別できない内容からは何も学習せず、"
        "その旨を表示して止まります。",
    ),
    "feedback.noise_off": (
        "Every mark is used as it is, wrong ones too. For a few reviews by people who are sure.",
        "すべての印を、誤りも含めてそのまま使います。確信のある少数のレビューに向いています。",
    ),
    "feedback.start": ("Learn from reviews", "レビューから学習する"),
    "feedback.start_help": (
        "The reviews leave the record as a set with a hash, without names, and the log records this. Nothing is used for "
        "analyses before a lead says so.",
        "レビューの内容は、名前を除き、ハッシュ付きのフィードバックセットとして取り出され、そのことがログに残ります。"
        "リーダーが決めるまで、解析には使われません。",
    ),
    "feedback.title": ("Learning from reviews", "レビューからの学習"),
    "feedback.data": ("reviews", "レビュー"),
    "feedback.cancelled": (
        "Stopped. No weights were stored. The log still says that reviews were taken out for learning.",
        "中止しました。重みは保存されていません。学習のためにレビューを取り出したことはログに残ります。",
    ),
    "feedback.source": (
        "Learned from {reviewed:,} reviewed decisions with {marks:,} marked pairs (reviewers: {reviewers:,}): the feedback "
        "set {sha256}, up to entry {feedback_entries:,} of the log.",
        "レビュー済みの判定 {reviewed:,} 件、印の付いた組 {marks:,} 件、レビュー担当者 {reviewers:,} 人から学習しました（フ"
        "ィードバックセット {sha256}、ログの第 {feedback_entries:,} 件まで）。",
    ),
    "feedback.judge": (
        "The marks can be told from chance: of a relevant and a spurious pair that were not used for learning, the "
        "relevant one is ranked first in {often} of 100 cases (AUC {auc:.2f}, 99% interval {low:.2f} to {high:.2f}; 0.5 is "
        "guessing).",
        "印は偶然と区別できます。学習に使っていない妥当な組と無関係な組を比べると、"
        "100 回中 {often} 回、妥当な組が上に並びます（AUC {auc:.2f}、99% 区間 {low:.2f}～{high:.2f}。0.5 は偶然と同じ）。",
    ),
    "feedback.no_judge": (
        "There are too few marks to learn what tells spurious pairs from relevant ones: only the marked pairs themselves "
        "count, as far as reviewers agree.",
        "印が少なく、無関係な組と妥当な組の違いは学べません。印の付いた組だけを、レビュー担当者の一致の程度に応じて使います。",
    ),
    "feedback.at_its_word": (
        "Every mark was used as it is; whether the marks can be told from chance was not checked.",
        "すべての印をそのまま使いました。偶然と区別できるかどうかは調べていません。",
    ),
    "feedback.learned_from": ("Learned", "学習"),
    "feedback.held_out": ("Held out", "検証"),
    "feedback.of": ("total", "総数"),
    "feedback.before": ("before", "前"),
    "feedback.after": ("after", "後"),
    "feedback.row_spurious": ("Spurious pairs that are selected", "選択される無関係な組"),
    "feedback.row_relevant": ("Relevant or missing pairs selected", "選択される妥当・不足の組"),
    "feedback.row_objected": ("Selections that look spurious", "無関係と思われる選択"),
    "feedback.row_decided_otherwise": ("Decisions with another label", "ラベルが変わった判定"),
    "feedback.row_flagged_otherwise": ("Events flagged differently", "検出が変わったイベント"),
    "feedback.row_agreeing": ("Labels as reviewers say", "レビュー担当者と一致するラベル"),
    "feedback.changes_note": (
        "Spurious, relevant and missing is what reviewers said of single pairs. Selections look spurious, over all heads, "
        "where reviewers, or the judge that learned from them, consider them so. Labels and flags are compared with those "
        "of the weights before. Learned: decisions that were learned from; held out: others, used only to choose the best "
        "step.",
        "無関係・妥当・不足は、個々の組へのレビュー担当者の意見です。"
        "「無関係と思われる選択」は、すべてのヘッドによる選択のうち、レビュー担当者か、"
        "そこから学んだ判断で無関係とみなされるものです。ラベルと検出は学習前の重みと比べています。"
        "「学習」は学習に使った判定、「検証」は使わなかった判定で、最良のステップを選ぶためにだけ使いました。",
    ),
    "feedback.none_held_out": (
        "No decision was held out: there are reviews of fewer than ten different files. Only the decisions that were "
        "learned from show whether the rest stays as it is.",
        "異なるファイルのレビューが 10 件に満たないため、学習に使わずに残した判定はありません。"
        "それ以外が保たれているかは、学習に使った判定でしか確かめられません。",
    ),
    "feedback.pairs": ("**{n:,} marked pairs**, the changed ones first", "**印の付いた {n:,} 組**（変化したものが先）"),
    "feedback.key_line": ("Cause line", "原因の行"),
    "feedback.said": ("Review", "レビュー"),
    "feedback.and": (" and ", "・"),
    "feedback.relevant_share": ("Relevant", "妥当の確率"),
    "feedback.relevant_share_help": (
        "How probable it is that the pair matters, by all reviews of it and by how far its reviewers agree with others. "
        "50% means undecided.",
        "レビューの内容とレビュー担当者どうしの一致から見て、その組が妥当である確率です。50% は何も言えないことを表します。",
    ),
    "feedback.heads_before": ("Heads before", "ヘッド数（前）"),
    "feedback.heads_after": ("Heads after", "ヘッド数（後）"),
    "feedback.part": ("Use of decision", "判定の扱い"),
    "feedback.decision": ("Decision ID", "判定 ID"),
    "feedback.choose": ("Choose a row to look at its lines.", "行を選ぶと、該当する行を表示できます。"),
    "feedback.refused_chance": (
        "**Nothing was learned.** What reviewers said of pairs cannot be told from chance. Have several people review the "
        "same decisions, then try again; or use every mark as it is. Details: {text}",
        "**学習していません。** 組へのレビュー担当者の意見が偶然と区別できません。"
        "同じ判定を複数の人がレビューしてから、もう一度お試しください。すべての印をそのまま使うこともできます。詳細：{text}",
    ),
    "feedback.refused_unmarked": (
        "**Nothing was learned.** No pair has been marked. Mark pairs as relevant, spurious or missing in Review.",
        "**学習していません。** 印の付いた組がありません。レビューで、組を「妥当」「無関係」「不足」としてください。",
    ),
    "feedback.refused_novelty": (
        "**Nothing was learned.** These weights learned what is normal; reviews do not change what was usual. Train on "
        "normal data again instead.",
        "**学習していません。** この重みは正常な挙動を学んだもので、何が通常だったかはレビューでは変わりません。"
        "正常なデータから学習し直してください。",
    ),
    "feedback.refused_dense": (
        "**Nothing was learned.** A dense model selects every pair: there is no selection to correct. Choose other weights.",
        "**学習していません。** 密なモデルはすべての組を使うため、修正する選択がありません。別の重みを選んでください。",
    ),
    "failure.feedback": (
        "**Nothing was learned.** The reviews could not be read. Details: {text}",
        "**学習していません。** レビューの内容を読み取れませんでした。詳細：{text}",
    ),
    "card.feedback_sha256": ("SHA-256 of the feedback set", "フィードバックセットの SHA-256"),
    "card.feedback_entries": ("Reviews up to log entry", "対象のレビュー（ログの項目の番号まで）"),
    "card.reviewed": ("Reviewed decisions", "レビュー済みの判定"),
    "card.left_out": ("Left out: reviewed longest ago, or too large", "対象外（レビューが古い、または大きすぎる判定）"),
    "card.reviewers": ("Reviewers", "レビュー担当者"),
    "card.marks": ("Marked pairs", "印の付いた組"),
    "card.replayed": ("Unreviewed logs replayed", "併用した未レビューのログ"),
    "card.pair_judge": ("AUC of the marks (99% interval)", "印の AUC（99% 区間）"),
    "card.noise_control": ("Allowance for errors of reviewers", "レビュー担当者の誤りの考慮"),
    "stage.review_take": ("Collecting reviews", "レビューを収集中"),
    "stage.review_judge": ("Judging pairs", "組を判断中"),
    "stage.review_learn": ("Learning from reviews", "レビューから学習中"),
    "stage.review_compare": ("Comparing before and after", "前後を比較中"),
}
