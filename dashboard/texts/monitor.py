"""Texts of the page Monitor: its frame, the KPIs, and the roll-out."""

TEXTS: dict[str, tuple[str, str]] = {
    "monitor.page": ("Monitor", "モニター"),
    "monitor.lead": (
        "How well the model works in operation, measured from the record, and how far it is rolled out.",
        "運用での性能を記録から測り、どこまで展開しているかを示します。",
    ),
    "monitor.kpi": ("KPI", "KPI"),
    "monitor.rollout": ("Roll-out", "展開"),
    "monitor.costs": ("Cost and saving", "費用と効果"),
    "monitor.live": ("Live", "ライブ"),
    "monitor.drift": ("Drift", "ドリフト"),
    "monitor.diversity": ("Diversity", "多様性"),
    "monitor.denied": (
        "This page is for people who have a role in the team.",
        "このページは、チームで役割を持つ人のためのものです。",
    ),
    # KPIs: their names, what each says, and their values
    "kpi.none": (
        "Nothing is recorded here yet. Analyse files first; the KPIs follow from decisions and reviews.",
        "まだ記録がありません。まずファイルを解析してください。KPI は判定とレビューから算出します。",
    ),
    "kpi.none_in_scope": (
        "No decision fits this choice. Choose a longer period or other sources.",
        "条件に合う判定がありません。期間を長くするか、別のソースを選んでください。",
    ),
    "kpi.none_judged": (
        "Accuracy, false alarms and missed faults need reviews: {waiting:,} decisions wait for one. The random sample "
        "among them covers the decisions that were not held.",
        "正確さ、誤報、見逃しには人のレビューが必要です。{waiting:,} 件の判定がレビュー待ちです。"
        "そのうち無作為抽出の判定から、保留されなかった判定の状況が分かります。",
    ),
    "kpi.no_sample": (
        "No decision that passed was drawn at random and reviewed, so it is not known how many faults were missed. Raise "
        "the random sample under Team, Policy, and review it.",
        "保留されなかった判定のうち、無作為に抽出してレビューしたものがないため、見逃しの数が分かりません。"
        "「チーム」の「方針」で無作為抽出を増やし、レビューしてください。",
    ),
    "kpi.period": ("Period", "期間"),
    "kpi.period.week": ("Last 7 days", "過去 7 日"),
    "kpi.period.month": ("Last 30 days", "過去 30 日"),
    "kpi.period.quarter": ("Last 90 days", "過去 90 日"),
    "kpi.period.all": ("Everything", "すべて"),
    "kpi.sources": ("Sources", "ソース"),
    "kpi.sources_all": ("All lines and machines", "すべてのラインと設備"),
    "kpi.basis": (
        "Decisions: {decisions:,}, over {days:,.1f} days; {judged:,} are judged by people, {drawn:,} of them drawn at "
        "random. {waiting:,} wait, {overdue:,} past their due date. Figures for all decisions are estimated from those "
        "that were drawn, each weighted by how likely it was to be drawn.",
        "{days:,.1f} 日間の判定 {decisions:,} 件。人が判断したもの {judged:,} 件（うち無作為抽出 {drawn:,} 件）、"
        "待ち {waiting:,} 件（うち期限超過 {overdue:,} 件）。全体についての値は、"
        "抽出された判定を抽出確率で重み付けして推定しています。",
    ),
    "kpi.goal_of": ("The goals are the criteria of the current stage: {stage}.", "目標は現在の段階「{stage}」の条件です。"),
    "kpi.interval": ("95%: {low} to {high}, n = {n:,}", "95%：{low}～{high}、n = {n:,}"),
    "kpi.count": ("n = {n:,}", "n = {n:,}"),
    "kpi.none_of": ("not known yet, n = {n:,}", "まだ不明、n = {n:,}"),
    "kpi.at_least": ("at least {limit}", "{limit} 以上"),
    "kpi.at_most": ("at most {limit}", "{limit} 以下"),
    "kpi.status.met": ("met: {goal}", "達成：{goal}"),
    "kpi.status.not_met": ("not met: {goal}", "未達：{goal}"),
    "kpi.status.unsure": ("not sure: {goal}", "未確定：{goal}"),
    "kpi.status.too_few": ("{n:,} of {least:,} needed: {goal}", "必要 {least:,} 件中 {n:,} 件：{goal}"),
    "kpi.status.unknown": ("not known yet: {goal}", "まだ不明：{goal}"),
    "kpi.trend": ("Over the weeks", "週ごとの推移"),
    "kpi.trend_few": (
        "With a second week of decisions a trend can be seen here.",
        "2 週目の判定が揃うと、ここに推移が表示されます。",
    ),
    "kpi.week": ("Week from", "週（開始日）"),
    "kpi.goal": ("Goal", "目標"),
    "kpi.by_source": ("By source", "ソースごと"),
    "kpi.no_source": ("(none)", "（なし）"),
    "kpi.decisions": ("Decisions", "判定"),
    "kpi.judged": ("Judged", "判断済み"),
    "kpi.waiting_now": ("Waiting", "待ち"),
    "kpi.cell": ("{value} ({low} to {high})", "{value}（{low}～{high}）"),
    "kpi.all": ("All figures with their definitions", "すべての指標と定義"),
    "kpi.name": ("Figure", "指標"),
    "kpi.n": ("n", "n"),
    "kpi.accuracy": ("Right verdicts", "正しい結論"),
    "kpi.accuracy_means": (
        "Share of all decisions whose verdict was right, according to reviewers.",
        "すべての判定のうち、レビュー担当者により結論が正しいとされた割合です。",
    ),
    "kpi.false_alarms": ("False alarms", "誤報"),
    "kpi.false_alarms_means": (
        "Share of the logs without a fault that were called faulty (false positive rate).",
        "異常のないログのうち、異常と判定された割合（偽陽性率）です。",
    ),
    "kpi.missed_faults": ("Missed faults", "見逃し"),
    "kpi.missed_faults_means": (
        "Share of the logs with a fault that were called normal (false negative rate), estimated from the random sample.",
        "異常のあるログのうち、正常と判定された割合（偽陰性率）です。無作為抽出から推定します。",
    ),
    "kpi.missed_causes": ("Missed causes", "原因の欠落"),
    "kpi.missed_causes_means": (
        "Share of the correctly detected faults where reviewers found the cause missing from the evidence, or a different one.",
        "正しく検出された異常のうち、根拠に原因が欠けていた、または別の原因だったとレビュー担当者が指摘した割合です。",
    ),
    "kpi.held": ("Held", "保留"),
    "kpi.held_means": (
        "Share of the decisions that waited for a person before they could be used.",
        "使用する前に人の確認を待った判定の割合です。",
    ),
    "kpi.review_load": ("Review work", "レビュー作業"),
    "kpi.review_load_means": (
        "Reviewers' hours per day, from opening a decision to submitting the review, at most an hour per review.",
        "レビュー担当者が判定を開いてからレビューを送信するまでの、1 日あたりの合計時間です（1 件最大 1 時間）。",
    ),
    "kpi.waiting": ("Time to settle", "確定までの時間"),
    "kpi.waiting_means": (
        "Nine of ten decisions that need a review are settled within this time; n is how many are settled. Decisions that "
        "still wait count with the time waited so far (Kaplan and Meier's estimate); where too many wait, the figure is "
        "not known yet.",
        "レビューが必要な判定の 9 割がこの時間内に確定します。n は確定した件数です。"
        "待っている判定は、これまでの待ち時間を打ち切りデータとして扱います（カプラン・マイヤー推定）。"
        "待っている判定が多い間は、値はまだ分かりません。",
    ),
    "kpi.agreement": ("Agreement", "一致度"),
    "kpi.agreement_means": (
        "Krippendorff's alpha of independent reviews: 1 is perfect, 0 is chance. It needs an overlap of 2 or more.",
        "独立したレビューのクリッペンドルフのアルファです。1 が完全な一致、0 が偶然です。重複 2 以上で測れます。",
    ),
    "kpi.latency": ("Time to decide", "判定時間"),
    "kpi.latency_means": (
        "95 of 100 files are decided, explained and recorded within this time.",
        "100 件中 95 件がこの時間内に判定、説明、記録まで終わります。",
    ),
    "kpi.memory": ("Memory", "メモリ"),
    "kpi.memory_means": (
        "95 of 100 decisions took at most this much memory, including everything else that the server holds.",
        "100 件中 95 件の判定がこのメモリ以下で済みました（サーバーのほかの使用分を含む）。",
    ),
    "kpi.kept_pairs": ("Pairs kept", "使用した組"),
    "kpi.kept_pairs_means": (
        "Share of all pairs of events that the model selected; dense attention keeps all of them.",
        "すべてのイベントの組のうち、モデルが選択した割合です。密なアテンションではすべての組を使います。",
    ),
    "kpi.cost_hour": ("Cost per hour", "1 時間の費用"),
    "kpi.cost_hour_means": (
        "Machine and reviewers for an hour of operation, at the prices under Cost and saving.",
        "運用 1 時間あたりのマシンとレビュー担当者の費用です。単価は「費用と効果」の前提によります。",
    ),
    "kpi.unit.percent": ("{x:.1f}%", "{x:.1f}%"),
    "kpi.unit.fine_percent": ("{x:.2f}%", "{x:.2f}%"),
    "kpi.unit.hours_day": ("{x:,.2f} h a day", "{x:,.2f} 時間/日"),
    "kpi.unit.hours": ("{x:,.1f} h", "{x:,.1f} 時間"),
    "kpi.unit.coefficient": ("{x:.2f}", "{x:.2f}"),
    "kpi.unit.seconds": ("{x:,.1f} s", "{x:,.1f} 秒"),
    "kpi.unit.megabytes": ("{x:,.0f} MB", "{x:,.0f} MB"),
    "kpi.unit.money": ("{currency} {x:,.2f}", "{currency} {x:,.2f}"),
    # Roll-out
    "rollout.none": (
        "No roll-out plan yet: decisions of all sources are treated alike.",
        "展開計画はまだありません。すべてのソースの判定を同じように扱います。",
    ),
    "rollout.none_lead": (
        "A plan leads from a prototype on little data, through chosen lines or machines, to all of them. While a source is "
        "not rolled out, its decisions are trials: recorded, shown, and held. Set the stages below.",
        "計画は、少ないデータでの試作から、選んだラインや設備、そして全体へと進みます。"
        "展開していないソースの判定は試行として記録・表示され、保留されます。以下で段階を設定してください。",
    ),
    "rollout.prototype": ("Prototype", "試作"),
    "rollout.partial": ("Partial", "一部展開"),
    "rollout.full": ("Full", "全面展開"),
    "rollout.prototype_does": (
        "Every decision is a trial, and is held until people have approved it.",
        "すべての判定は試行であり、人が承認するまで保留されます。",
    ),
    "rollout.partial_does": (
        "Decisions on the chosen sources follow the policy; all others are trials and are held.",
        "選んだソースの判定は方針に従い、その他は試行として保留されます。",
    ),
    "rollout.full_does": ("Decisions on these sources follow the policy.", "これらのソースの判定は方針に従います。"),
    "rollout.since": ("Since {time} UTC, on: {sources}", "{time} UTC から、対象：{sources}"),
    "rollout.assessment": ("What the KPIs say", "KPI による評価"),
    "rollout.outcome.go": (
        "**Go**: all criteria for the next stage are met.",
        "**次へ進めます**：次の段階への条件をすべて満たしています。",
    ),
    "rollout.outcome.no_go": (
        "**No go**: {n} of {all} criteria are not met.",
        "**進めません**：{all} 件中 {n} 件の条件を満たしていません。",
    ),
    "rollout.outcome.wait": (
        "**Wait**: no criterion has failed, but {n} of {all} cannot be judged yet.",
        "**様子見**：未達の条件はありませんが、{all} 件中 {n} 件はまだ判断できません。",
    ),
    "rollout.outcome.wait_none": (
        "**Wait**: the plan has no criteria for the next stage.",
        "**様子見**：計画に次の段階への条件がありません。",
    ),
    "rollout.stay.go": (
        "**Stay**: all criteria of this stage are met.",
        "**継続できます**：この段階の条件をすべて満たしています。",
    ),
    "rollout.stay.no_go": (
        "**Consider stepping back**: {n} of {all} criteria for staying are not met.",
        "**前の段階に戻すことを検討してください**：継続の条件 {all} 件中 {n} 件を満たしていません。",
    ),
    "rollout.stay.wait": (
        "**Stay for now**: no criterion has failed, but {n} of {all} cannot be judged yet.",
        "**当面は継続**：未達の条件はありませんが、{all} 件中 {n} 件はまだ判断できません。",
    ),
    "rollout.stay.wait_none": ("**Stay**: the plan has no criteria for staying.", "**継続**：計画に継続の条件がありません。"),
    "rollout.looked_at": (
        "{n:,} decisions of this stage's sources, made by the weights {weights}; other weights are another model and do "
        "not count.",
        "この段階のソースについて、重み {weights} による判定 {n:,} 件。ほかの重みは別のモデルなので数えません。",
    ),
    "rollout.looked_at_none": (
        "No decision on this stage's sources yet. Analyse their files, and review the held decisions.",
        "この段階のソースの判定がまだありません。ファイルを解析し、保留の判定をレビューしてください。",
    ),
    "rollout.closed": (
        "What the KPIs say is shown to leads and auditors.",
        "KPI による評価は、リーダーと監査担当者に表示されます。",
    ),
    "rollout.known_stage": ("Stage", "段階"),
    "rollout.part": ("For", "目的"),
    "rollout.part.exit": ("leaving {stage}", "「{stage}」の終了"),
    "rollout.part.stay": ("staying in {stage}", "「{stage}」の継続"),
    "rollout.part.entry": ("entering {stage}", "「{stage}」の開始"),
    "rollout.criterion": ("Criterion", "条件"),
    "rollout.needed": ("Required n", "必要な n"),
    "rollout.certain_short": (", with its interval", "（区間全体）"),
    "rollout.verdict": ("Verdict", "評価"),
    "rollout.status.met": ("met", "達成"),
    "rollout.status.not_met": ("not met", "未達"),
    "rollout.status.unsure": ("not sure", "未確定"),
    "rollout.status.too_few": ("too few: {n:,} of {least:,}", "不足：{least:,} 件中 {n:,} 件"),
    "rollout.decide": ("Decide", "判断"),
    "rollout.choice": ("What to do", "どうするか"),
    "rollout.do.go": ("Go on to {stage}", "「{stage}」へ進む"),
    "rollout.do.stay": ("Stay in {stage}", "「{stage}」にとどまる"),
    "rollout.do.back": ("Step back to {stage}", "「{stage}」へ戻る"),
    "rollout.why_help": (
        "Recorded with the measured values and the criteria, so that others can see later what was known.",
        "測定値と条件とともに記録され、当時何が分かっていたかを後から確認できます。",
    ),
    "rollout.against": ("I decide against what the KPIs say", "KPI による評価に反して判断します"),
    "rollout.record": ("Record decision", "判断を記録"),
    "rollout.recorded": ("Decided, entry {seq:,} of the log.", "判断を記録しました（ログの第 {seq:,} 件）。"),
    "rollout.needs_why": ("Give a reason.", "理由を入力してください。"),
    "rollout.needs_against": (
        "The KPIs say something else. Tick that you decide against them, or decide otherwise.",
        "KPI による評価と異なります。評価に反して判断する場合は確認欄を選択し、そうでない場合は別の判断をしてください。",
    ),
    "rollout.history": ("Earlier decisions", "これまでの判断"),
    "rollout.time": ("Time (UTC)", "日時（UTC）"),
    "rollout.who": ("By", "判断者"),
    "rollout.what": ("Decision", "判断"),
    "rollout.said": ("The KPIs said", "KPI の評価"),
    "rollout.kind.start": ("begun with {stage}", "「{stage}」を開始"),
    "rollout.kind.go": ("go to {stage}", "「{stage}」へ進む"),
    "rollout.kind.stay": ("stay in {stage}", "「{stage}」にとどまる"),
    "rollout.kind.back": ("back to {stage}", "「{stage}」へ戻る"),
    "rollout.against_short": ("{what}, against the KPIs", "{what}（KPI に反して）"),
    "rollout.says.go": ("go", "可"),
    "rollout.says.no_go": ("no go", "不可"),
    "rollout.says.wait": ("wait", "様子見"),
    "rollout.known": ("What was known at the decision", "判断時に分かっていたこと"),
    "rollout.plan": ("Stages and criteria", "段階と条件"),
    "rollout.plan_set": ("Plan of entry {seq:,} of the log.", "計画はログの第 {seq:,} 件です。"),
    "rollout.sources": ("Sources, one per line", "ソース（1 行に 1 件）"),
    "rollout.sources_help": (
        "Names of lines or machines; `*` stands for any text, `?` for one character.",
        "ラインや設備の名前です。`*` は任意の文字列、`?` は 1 文字を表します。",
    ),
    "rollout.fits": ("{n:,} of {all:,} sources so far: {names}", "これまでのソース {all:,} 件中 {n:,} 件：{names}"),
    "rollout.fits_none": (
        "None of the sources so far matches: at this stage every decision would be a trial and held.",
        "これまでのソースに当てはまるものがありません。この段階では、すべての判定が試行となり保留されます。",
    ),
    "rollout.entry": ("To enter", "開始の条件"),
    "rollout.entry_help": (
        "Measured on this stage's own sources before it begins, while they are trials.",
        "この段階のソースについて、開始前の試行のあいだに測定します。",
    ),
    "rollout.exit": ("To leave", "終了の条件"),
    "rollout.exit_help": (
        "Measured on this stage's sources since it began; all have to be met before the next stage.",
        "この段階のソースについて、開始以降に測定します。次の段階に進む前にすべて満たす必要があります。",
    ),
    "rollout.stay_title": ("To stay", "継続の条件"),
    "rollout.stay_help": (
        "Measured all the time; when one is not met, consider stepping back.",
        "常に測定します。満たされない場合は、前の段階に戻すことを検討します。",
    ),
    "rollout.limit": ("{name}: {way}, {unit}", "{name}：{way}（{unit}）"),
    "rollout.way.more": ("at least", "下限"),
    "rollout.way.less": ("at most", "上限"),
    "rollout.least": ("over at least n =", "最少の n"),
    "rollout.certain": ("with its interval", "区間全体で判断"),
    "rollout.certain_help": (
        "The whole 95% interval has to meet the criterion, not only the value: fewer wrong roll-outs, more reviews.",
        "値だけでなく 95% 区間全体が条件を満たす必要があります。誤った展開が減り、必要なレビューが増えます。",
    ),
    "rollout.days": ("Measured over at most (days)", "測定期間の上限（日）"),
    "rollout.days_help": (
        "0: since the stage began. A prototype also counts the trials before there was a plan.",
        "0 にすると段階の開始からです。試作では計画の前の試行も数えます。",
    ),
    "rollout.begin": ("Begin with the prototype", "試作を開始"),
    "rollout.save": ("Set plan", "計画を設定"),
    "rollout.saved": ("Plan set, entry {seq:,} of the log.", "計画を設定しました（ログの第 {seq:,} 件）。"),
    "rollout.plan_why": ("Why this plan", "この計画の理由"),
    "rollout.ask": (
        "A lead sets the plan and decides. An administrator gives people the role under Team, Accounts.",
        "計画の設定と判断はリーダーが行います。役割は管理者が「チーム」の「アカウント」で割り当てます。",
    ),
    "rollout.unit.percent": ("%", "%"),
    "rollout.unit.hours_day": ("hours a day", "時間/日"),
    "rollout.unit.hours": ("hours", "時間"),
    "rollout.unit.coefficient": ("alpha", "アルファ"),
    "rollout.unit.seconds": ("seconds", "秒"),
    "rollout.unit.megabytes": ("MB", "MB"),
    "rollout.unit.money": ("per hour", "1 時間あたり"),
}
