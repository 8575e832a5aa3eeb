"""Texts of learning from reviews: what people said, how it is learned from, and what changed."""

TEXTS: dict[str, tuple[str, str]] = {
    "feedback.none": ("No decision has been reviewed yet.", "レビューされた判定はまだありません。"),
    "feedback.no_marks": (
        "Reviews: {n:,}, without marked pairs. Mark pairs as relevant, spurious or missing while reviewing: the model learns "
        "from these.",
        "レビューは {n:,} 件ありますが、組への印がありません。レビューの際に組を「妥当」「無関係」「不足」としてください。"
        "それが学習に使われます。",
    ),
    "feedback.waiting": ("Not used yet, as reviews are needed: {n:,} decisions.", "レビューが揃うまで使わない判定：{n:,} 件。"),
    "feedback.lead": (
        "Valid reviews only: not amended or withdrawn ones, nor those of control items; a ruling counts where there was a "
        "dispute. The model learns to select relevant and missing pairs and no spurious ones; all else is to stay.",
        "有効なレビューだけを使い、修正前のもの、取り消されたもの、確認用の項目は除きます。意見の相違は裁定に従います。"
        "「妥当」と「不足」の組を選択し、「無関係」の組を選択しないように学習し、それ以外は保ちます。",
    ),
    "feedback.beside": (
        "Up to {most} logs that nobody reviewed are replayed: their verdicts are to stay.",
        "未レビューのログを最大 {most} 件使い、それらの結論が変わらないようにします。",
    ),
    "feedback.most": (
        "At most {most:,} decisions are used, those reviewed last.",
        "使う判定は新しいレビュー {most:,} 件です。",
    ),
    "feedback.decisions_help": (
        "Of ten different files or more, a fifth is held out.",
        "異なるファイルが 10 件以上なら、5 分の 1 は学習に使いません。",
    ),
    "feedback.relevant": ("Marked relevant", "「妥当」の印"),
    "feedback.spurious": ("Marked spurious", "「無関係」の印"),
    "feedback.missing": ("Marked missing", "「不足」の印"),
    "feedback.form": ("Learn from these reviews", "レビューから学習"),
    "feedback.initial_help": (
        "Weights that learned what is normal are not offered: reviews do not change what was usual.",
        "「正常な挙動」を学んだ重みは選べません。何が通常だったかはレビューでは変わらないためです。",
    ),
    "feedback.steps": ("Steps", "ステップ数"),
    "feedback.steps_help": ("More steps move more pairs, and take longer.", "多いほど変わる組が増えますが、時間もかかります。"),
    "feedback.noise_control": ("Allow for errors of reviewers", "レビュー担当者の誤りを考慮する"),
    "feedback.noise_on": (
        "Reviewers are trusted as far as they agree; marks that cannot be told from chance stop learning.",
        "レビュー担当者どうしの一致に応じて信用します。印が偶然と区別できなければ学習を止めます。",
    ),
    "feedback.noise_off": ("Every mark is used as it is, wrong ones too.", "すべての印を、誤りも含めてそのまま使います。"),
    "feedback.start": ("Learn from reviews", "レビューから学習する"),
    "feedback.start_help": (
        "The reviews leave the record without names, as a set with a hash, and the log says so.",
        "レビューは名前を除き、ハッシュ付きのフィードバックセットとして取り出され、ログに残ります。",
    ),
    "feedback.title": ("Learning from reviews", "レビューからの学習"),
    "feedback.data": ("reviews", "レビュー"),
    "feedback.cancelled": (
        "Stopped. Nothing was stored; the log says that reviews were taken out.",
        "中止しました。何も保存されていません。レビューを取り出したことはログに残ります。",
    ),
    "feedback.source": (
        "Learned from {reviewed:,} decisions with {marks:,} marked pairs (reviewers: {reviewers:,}): feedback set {sha256}, "
        "up to entry {feedback_entries:,}.",
        "判定 {reviewed:,} 件、印の付いた組 {marks:,} 件、"
        "レビュー担当者 {reviewers:,} 人から学習（フィードバックセット {sha256}、ログの第 {feedback_entries:,} 件まで）。",
    ),
    "feedback.judge": (
        "The marks can be told from chance: a relevant pair is ranked above a spurious one in {often} of 100 cases (AUC "
        "{auc:.2f}, 99% interval {low:.2f} to {high:.2f}; 0.5 is guessing).",
        "印は偶然と区別できます：100 回中 {often} 回、妥当な組が無関係な組より上に並びます（AUC {auc:.2f}、"
        "99% 区間 {low:.2f}～{high:.2f}。0.5 は偶然と同じ）。",
    ),
    "feedback.no_judge": (
        "Too few marks to learn what tells spurious pairs from relevant ones: only the marked pairs count.",
        "印が少なく、無関係な組と妥当な組の違いは学べません。印の付いた組だけを使います。",
    ),
    "feedback.at_its_word": (
        "Every mark was used as it is, without a check against chance.",
        "すべての印をそのまま使い、偶然との区別は調べていません。",
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
        "Selections look spurious where reviewers, or the judge that learned from them, consider them so. Labels and flags: "
        "against the weights before. Held out: used only to choose the best step.",
        "「無関係と思われる選択」は、レビュー担当者か、そこから学んだ判断によります。ラベルと検出は学習前の重みとの比較です。"
        "「検証」は最良のステップを選ぶためにだけ使いました。",
    ),
    "feedback.none_held_out": (
        "No decision was held out (fewer than ten files): only those learned from show whether the rest stays.",
        "ファイルが 10 件未満のため、学習に使わずに残した判定はありません。それ以外が保たれているかは、"
        "学習に使った判定でしか分かりません。",
    ),
    "feedback.pairs": ("All marked pairs, before and after, as JSON", "印の付いたすべての組（前後）を JSON で保存"),
    "feedback.refused_chance": (
        "What reviewers said of pairs cannot be told from chance. Have several people review the same decisions, or use "
        "every mark as it is. Details: {text}",
        "組へのレビュー担当者の意見が偶然と区別できません。同じ判定を複数の人がレビューするか、"
        "すべての印をそのまま使ってください。詳細：{text}",
    ),
    "feedback.refused_unmarked": (
        "No pair has been marked. Mark pairs as relevant, spurious or missing in Review.",
        "印の付いた組がありません。レビューで、組を「妥当」「無関係」「不足」としてください。",
    ),
    "feedback.refused_novelty": (
        "These weights learned what is normal, which reviews do not change. Train on normal data again.",
        "この重みは正常な挙動を学んだもので、レビューでは変わりません。正常なデータから学習し直してください。",
    ),
    "feedback.refused_dense": (
        "A dense model selects every pair. Choose other weights.",
        "密なモデルはすべての組を使います。別の重みを選んでください。",
    ),
    "failure.feedback": ("**Nothing was learned.** {text}", "**学習していません。** {text}"),
    "card.feedback_sha256": ("SHA-256 of the feedback set", "フィードバックセットの SHA-256"),
    "card.feedback_entries": ("Reviews up to log entry", "対象のレビュー（ログの項目の番号まで）"),
    "card.reviewed": ("Reviewed decisions", "レビュー済みの判定"),
    "card.left_out": ("Left out: reviewed longest ago, or too large", "対象外（レビューが古い、または大きすぎる判定）"),
    "card.reviewers": ("Reviewers", "レビュー担当者"),
    "card.marks": ("Marked pairs", "印の付いた組"),
    "card.replayed": ("Unreviewed logs replayed", "併用した未レビューのログ"),
    "card.pair_judge": ("AUC of the marks (99% interval)", "印の AUC（99% 区間）"),
    "card.noise_control": ("Allowance for errors of reviewers", "レビュー担当者の誤りの考慮"),
    "stage.review_learn": ("Learning from reviews", "レビューから学習中"),
}
