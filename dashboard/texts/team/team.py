"""Texts of the Team page: progress, agreement, claims, the review policy."""

TEXTS: dict[str, tuple[str, str]] = {
    "team.page": ("Team", "チーム"),
    "team.title": ("Team", "チーム"),
    "team.lead": (
        "Who reviews how much, how far reviewers agree, and by which rules.",
        "誰がどれだけレビューし、どの程度一致し、どの規則によるかを示します。",
    ),
    "team.section": ("Section", "区分"),
    "team.mine": ("Your work", "自分の作業"),
    "team.progress": ("Progress", "進捗"),
    "team.policy": ("Policy", "方針"),
    "team.accounts": ("Accounts", "アカウント"),
    "team.programs": ("Programs", "プログラム"),
    "team.denied": (
        "This page is for reviewers, leads, auditors and administrators.",
        "このページは、レビュー担当、リーダー、監査担当、管理者のためのものです。",
    ),
    "team.count": ("{n:,}", "{n:,} 件"),
    "progress.none": ("No reviews yet.", "レビューはまだありません。"),
    "progress.queue": ("Queue", "レビュー待ち"),
    "progress.open": ("Waiting", "待ち"),
    "progress.disputed": ("Disputed", "意見の相違"),
    "progress.disputed_help": (
        "Reviewers disagree; a lead who has not reviewed the decision settles it.",
        "レビューが一致していません。その判定をレビューしていないリーダーが裁定します。",
    ),
    "progress.overdue": ("Overdue", "期限超過"),
    "progress.overdue_help": ("Still waiting after their due date.", "期限を過ぎても待っている判定です。"),
    "progress.overdue_some": ("past their due date", "期限を過ぎています"),
    "progress.overdue_none": ("all in time", "すべて期限内"),
    "progress.held": ("Held", "保留"),
    "progress.held_help": (
        "Not to be used until reviewers have released them.",
        "レビューで使用可になるまで、使用できません。",
    ),
    "progress.claimed": ("In work", "作業中"),
    "progress.oldest": ("Oldest waits", "最長の待ち時間"),
    "progress.people": ("People", "担当者"),
    "progress.name": ("Name", "名前"),
    "progress.reviews": ("Reviews", "レビュー"),
    "progress.today": ("Today", "本日"),
    "progress.flagged": ("Flagged", "指摘"),
    "progress.withdrawn": ("Withdrawn", "取消"),
    "progress.adjudications": ("Settled", "裁定"),
    "progress.median": ("Median time", "時間の中央値"),
    "progress.median_help": (
        "From opening a decision to submitting the review.",
        "判定を開いてからレビューを送信するまでの時間です。",
    ),
    "progress.last": ("Last (UTC)", "最後 (UTC)"),
    "progress.control": ("Control items right", "確認用判定の正答"),
    "progress.control_help": (
        "Control items are decisions whose right verdict is known; they come up among the others, unmarked. In brackets: the "
        "95 % interval (Wilson), which is wide while there are few.",
        "確認用判定は、正しい結論が分かっている判定で、他の判定に混ぜて出されます。"
        "括弧内は 95 % 区間(Wilson)で、件数が少ない間は広くなります。",
    ),
    "progress.outcome": ("As the outcome", "最終結果との一致"),
    "progress.outcome_help": (
        "Share of this person's reviews that say what the decision came to in the end, with its 95 % interval (Wilson).",
        "この人のレビューのうち、最終結果と同じだった割合です。括弧内は 95 % 区間(Wilson)です。",
    ),
    "progress.share": ("{x:.0%} ({low:.0%} to {high:.0%}) of {n:,}", "{x:.0%}({low:.0%}~{high:.0%})、{n:,} 件"),
    "progress.mine_lead": (
        "Your reviews so far. How often you judged control items right is known to leads only.",
        "これまでのあなたのレビューです。確認用判定の正答率はリーダーだけが見られます。",
    ),
    "agreement.title": ("Agreement between reviewers", "レビューの一致度"),
    "agreement.lead": (
        "On approve or flag, over decisions that several people reviewed independently. Kappa and alpha are agreement beyond "
        "chance: 1 is perfect, 0 is what guessing gives. From 0.80 on agreement counts as reliable, below 0.67 as too low to "
        "rely on (Krippendorff). A wide interval means: too few decisions yet.",
        "複数の人が独立にレビューした判定について、承認か指摘かの一致度です。カッパとアルファは偶然を超えた一致を表し、"
        "1 は完全な一致、0 は当て推量と同じです。0.80 以上は信頼でき、0.67 未満は低すぎるとされます(Krippendorff)。"
        "区間が広いのは、判定がまだ少ないためです。",
    ),
    "agreement.none": (
        "No decision has been reviewed by several people yet. With an overlap of 2 or more in the policy, this fills up.",
        "複数の人がレビューした判定はまだありません。方針の重複を 2 以上にすると、ここに表示されます。",
    ),
    "agreement.measure": ("Measure", "指標"),
    "agreement.value": ("Value", "値"),
    "agreement.interval": ("95 % interval", "95 % 区間"),
    "agreement.from_to": ("{low:.2f} to {high:.2f}", "{low:.2f}~{high:.2f}"),
    "agreement.share": ("{low:.0%} to {high:.0%}", "{low:.0%}~{high:.0%}"),
    "agreement.items": ("Decisions", "判定"),
    "agreement.meaning": ("What it says", "意味"),
    "agreement.observed": ("Observed agreement", "観測された一致"),
    "agreement.observed_means": (
        "share of pairs of reviews that say the same, chance included",
        "同じ結論だったレビューの組の割合(偶然の一致を含む)",
    ),
    "agreement.krippendorff": ("Krippendorff's alpha", "クリッペンドルフのアルファ"),
    "agreement.krippendorff_means": (
        "all decisions with two reviews or more, however many",
        "二件以上のレビューがある判定すべて",
    ),
    "agreement.fleiss": ("Fleiss' kappa", "フライスのカッパ"),
    "agreement.fleiss_means": (
        "only decisions with the most common number of reviews",
        "レビュー数が最も多い型の判定のみ",
    ),
    "agreement.pairs": ("Pairs of reviewers (Cohen's kappa)", "担当者の組(コーエンのカッパ)"),
    "agreement.first": ("Reviewer", "担当者"),
    "agreement.second": ("and", "相手"),
    "agreement.kappa": ("Kappa", "カッパ"),
    "claims.title": ("Being worked on", "作業中の判定"),
    "claims.lead": (
        "A claim keeps a decision for one person. Free it when that person will not come back to it.",
        "担当を取ると、その判定は一人のものになります。本人が戻らない場合は解放してください。",
    ),
    "claims.none": ("Nobody works on a decision right now.", "現在、作業中の判定はありません。"),
    "claims.line": (
        "**{name}** · decision {id} · since {since} UTC · until {until} UTC",
        "**{name}** · 判定 {id} · {since} UTC から · {until} UTC まで",
    ),
    "claims.dispute": ("settling a dispute", "裁定中"),
    "claims.over": ("has run out", "期限切れ"),
    "claims.free": ("Free", "解放"),
    "claims.freed": ("Claim of {name} freed.", "{name} の担当を解放しました。"),
    "claims.gone": ("This claim is gone already.", "この担当はすでに解除されています。"),
    "claims.more": ("{n:,} more.", "他 {n:,} 件。"),
    "rule.never": (
        "Nobody has changed the policy yet: these are the settings that the app came with.",
        "方針はまだ変更されていません。初期設定のままです。",
    ),
    "rule.since": ("In force since {time} UTC (entry {seq:,} of the log).", "{time} UTC から有効(ログの第 {seq:,} 件)。"),
    "rule.from_now": (
        "A change applies to decisions recorded from then on, and to claims, and is an entry of the log.",
        "変更は、以後に記録される判定と担当に適用され、ログに記録されます。",
    ),
    "rule.reviews": ("Reviews", "レビュー"),
    "rule.times": ("Times", "時間"),
    "rule.overlap": ("Independent reviews per decision", "判定ごとの独立したレビュー数"),
    "rule.overlap_help": (
        "How many people review a decision that waits, without seeing each other's reviews. When they disagree, a lead settles "
        "it. From 2 on, agreement can be measured.",
        "待っている判定を何人が互いのレビューを見ずにレビューするかです。一致しない場合はリーダーが裁定します。"
        "2 以上にすると一致度を測れます。",
    ),
    "rule.blind": ("Blind review", "ブラインドレビュー"),
    "rule.blind_help": (
        "The model's verdict is hidden until the reviewer has given theirs, so that nobody just agrees with it.",
        "レビュー担当が結論を出すまで、モデルの判定を隠します。そのまま同意することを防ぎます。",
    ),
    "rule.sampling": ("Random sample, %", "無作為抽出 (%)"),
    "rule.sampling_help": (
        "Of the decisions that nothing speaks against, so many are reviewed too: only they show what the reasons miss.",
        "問題のない判定のうち、この割合を無作為に選んでレビューします。見落としを知る唯一の手段です。",
    ),
    "rule.control": ("Control items, %", "確認用判定 (%)"),
    "rule.control_help": (
        "So many of the claims are decisions whose right verdict is known, unmarked: they measure reviewers. At most 50.",
        "割り当ての中にこの割合で、正しい結論が分かっている判定を混ぜます。レビューの質を測ります。最大 50。",
    ),
    "rule.lease": ("A claim lasts, minutes", "担当の有効時間(分)"),
    "rule.lease_help": (
        "So long a decision is kept for whoever claimed it. After that somebody else may get it.",
        "担当を取った人にこの時間だけ確保されます。その後は他の人に割り当てられることがあります。",
    ),
    "rule.due": ("Held decisions are due after, hours", "保留の期限(時間)"),
    "rule.due_help": ("0: they have no due date.", "0 にすると期限なしです。"),
    "rule.undo": ("A review can be taken back for, minutes", "レビューを取り消せる時間(分)"),
    "rule.undo_help": ("Later it can still be amended. 0: never.", "その後も修正はできます。0 にすると取り消せません。"),
    "rule.save": ("Set policy", "方針を設定"),
    "rule.discard": ("Discard", "破棄"),
    "rule.unsaved": ("Not set yet.", "まだ設定されていません。"),
    "rule.saved": ("Policy set, entry {seq:,} of the log.", "方針を設定しました(ログの第 {seq:,} 件)。"),
    "rule.yes": ("yes", "あり"),
    "rule.no": ("no", "なし"),
    "rule.setting": ("Setting", "設定"),
    "rule.value": ("Value", "値"),
    "rule.ask": (
        "A lead sets these. An administrator gives people the role under Accounts.",
        "リーダーが設定します。役割は管理者がアカウントで割り当てます。",
    ),
}
