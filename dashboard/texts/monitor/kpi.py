"""Texts of the KPI on the Monitor page: their names, what each says, and their values."""

TEXTS: dict[str, tuple[str, str]] = {
    "kpi.none": (
        "Nothing is recorded here yet. Analyse files first; the KPI follow from decisions and reviews.",
        "まだ記録がありません。まずファイルを解析してください。KPI は判定とレビューから算出します。",
    ),
    "kpi.none_in_scope": (
        "No decision fits this choice. Choose a longer time or other sources.",
        "条件に合う判定がありません。期間を長くするか、別のソースを選んでください。",
    ),
    "kpi.none_judged": (
        "Accuracy, false alarms and missed faults need people's word: {waiting:,} decisions wait for a review. The random "
        "sample among them shows what nobody was asked about.",
        "正確さ、誤報、見逃しには人の判断が必要です。{waiting:,} 件の判定がレビューを待っています。"
        "無作為抽出の判定が、誰にも尋ねられなかった判定の様子を示します。",
    ),
    "kpi.no_sample": (
        "No decision that passed was drawn at random and reviewed, so nothing tells how many faults passed unseen. Raise the "
        "random sample under Team, Policy, and review it.",
        "保留されなかった判定のうち、無作為に抽出してレビューしたものがないため、見逃しの数が分かりません。"
        "「チーム」の「方針」で無作為抽出を増やし、レビューしてください。",
    ),
    "kpi.period": ("Time", "期間"),
    "kpi.period.week": ("Last 7 days", "過去 7 日"),
    "kpi.period.month": ("Last 30 days", "過去 30 日"),
    "kpi.period.quarter": ("Last 90 days", "過去 90 日"),
    "kpi.period.all": ("Everything", "すべて"),
    "kpi.sources": ("Sources", "ソース"),
    "kpi.sources_all": ("All lines and machines", "すべてのラインと機械"),
    "kpi.weights": ("Weights", "重みファイル"),
    "kpi.weights_all": ("All", "すべて"),
    "kpi.basis": (
        "{decisions:,} decisions over {days:,.0f} days; {judged:,} are judged by people, {drawn:,} of them drawn at random. "
        "{waiting:,} wait, {overdue:,} past their due date. What holds for all decisions is estimated from those that were "
        "drawn, each weighted by how likely that was.",
        "{days:,.0f} 日間の判定 {decisions:,} 件。人が判断したもの {judged:,} 件(うち無作為抽出 {drawn:,} 件)、"
        "待ち {waiting:,} 件(うち期限超過 {overdue:,} 件)。"
        "全体についての値は、抽出された判定を抽出確率で重み付けして推定しています。",
    ),
    "kpi.goal_of": (
        "The goals are the criteria of the current stage: {stage}.",
        "目標は現在の段階「{stage}」の条件です。",
    ),
    "kpi.interval": ("95 %: {low} to {high}, n = {n:,}", "95 %: {low} ~ {high}、n = {n:,}"),
    "kpi.count": ("n = {n:,}", "n = {n:,}"),
    "kpi.none_of": ("not known yet, n = {n:,}", "まだ不明、n = {n:,}"),
    "kpi.at_least": ("at least {limit}", "{limit} 以上"),
    "kpi.at_most": ("at most {limit}", "{limit} 以下"),
    "kpi.status.met": ("met: {goal}", "達成: {goal}"),
    "kpi.status.not_met": ("not met: {goal}", "未達: {goal}"),
    "kpi.status.unsure": ("not sure: {goal}", "未確定: {goal}"),
    "kpi.status.too_few": ("{n:,} of {least:,} needed: {goal}", "必要 {least:,} 件中 {n:,} 件: {goal}"),
    "kpi.status.unknown": ("not known yet: {goal}", "まだ不明: {goal}"),
    "kpi.trend": ("Over the weeks", "週ごとの推移"),
    "kpi.trend_of": ("Figure", "指標"),
    "kpi.trend_few": (
        "With a second week of decisions a trend can be seen here.",
        "2 週目の判定が揃うと、ここに推移が表示されます。",
    ),
    "kpi.week": ("Week from", "週(開始日)"),
    "kpi.interval_name": ("95 % interval", "95 % 区間"),
    "kpi.goal": ("Goal", "目標"),
    "kpi.by_source": ("By source", "ソースごと"),
    "kpi.source": ("Source", "ソース"),
    "kpi.no_source": ("(none)", "(なし)"),
    "kpi.decisions": ("Decisions", "判定"),
    "kpi.judged": ("Judged", "判断済み"),
    "kpi.waiting_now": ("Waiting", "待ち"),
    "kpi.cell": ("{value} ({low} to {high})", "{value} ({low} ~ {high})"),
    "kpi.all": ("All figures with their definitions", "すべての指標と定義"),
    "kpi.name": ("Figure", "指標"),
    "kpi.value": ("Value", "値"),
    "kpi.n": ("n", "n"),
    "kpi.means": ("What it says", "意味"),
    "kpi.accuracy": ("Right verdicts", "正しい判定"),
    "kpi.accuracy_means": (
        "Share of all decisions whose verdict was right, by the reviewers' word.",
        "すべての判定のうち、レビューにより正しいとされた割合です。",
    ),
    "kpi.false_alarms": ("False alarms", "誤報"),
    "kpi.false_alarms_means": (
        "Share of the logs without a fault that were called faulty (false positive rate).",
        "異常のないログのうち、異常と判定された割合(偽陽性率)です。",
    ),
    "kpi.missed_faults": ("Missed faults", "見逃し"),
    "kpi.missed_faults_means": (
        "Share of the logs with a fault that were called normal (false negative rate), estimated from the random sample.",
        "異常のあるログのうち、正常と判定された割合(偽陰性率)です。無作為抽出から推定します。",
    ),
    "kpi.missed_causes": ("Missed causes", "原因の欠落"),
    "kpi.missed_causes_means": (
        "Share of the faults rightly called whose cause reviewers missed in the evidence, or found to be another.",
        "正しく検出された異常のうち、根拠に原因が欠けていた、または別の原因だったとレビューで指摘された割合です。",
    ),
    "kpi.held": ("Held", "保留"),
    "kpi.held_means": (
        "Share of the decisions that waited for a person before they could be used.",
        "使用する前に人の確認を待った判定の割合です。",
    ),
    "kpi.review_load": ("Review work", "レビュー作業"),
    "kpi.review_load_means": (
        "Reviewers' hours a day, from opening a decision to submitting the review, at most an hour each.",
        "判定を開いてからレビューを送信するまでの、1 日あたりの合計時間です(1 件最大 1 時間)。",
    ),
    "kpi.waiting": ("Time to settle", "確定までの時間"),
    "kpi.waiting_means": (
        "Nine of ten decisions that need a review are settled within this time; n is how many are settled. Of those that still "
        "wait it is known how long they have (Kaplan and Meier's estimate); where too many wait, the figure is not known yet.",
        "レビューが必要な判定の 9 割がこの時間内に確定します。n は確定した件数です。"
        "待っている判定は、これまでの待ち時間を打ち切りデータとして扱います(カプラン・マイヤー推定)。"
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
    "kpi.memory": ("Memory", "メモリー"),
    "kpi.memory_means": (
        "95 of 100 decisions took at most this much memory, with all else that the server holds.",
        "100 件中 95 件の判定がこのメモリー以下で済みました(サーバーの他の使用分を含む)。",
    ),
    "kpi.kept_pairs": ("Pairs kept", "使用した組"),
    "kpi.kept_pairs_means": (
        "Share of all pairs of events that the model selected; dense attention keeps all of them.",
        "すべてのイベントの組のうち、モデルが選択した割合です。密な注意ではすべての組を保持します。",
    ),
    "kpi.cost_hour": ("Cost an hour", "1 時間の費用"),
    "kpi.cost_hour_means": (
        "Machine and reviewers for an hour of operation, at the prices under Cost and saving.",
        "運用 1 時間あたりの機械とレビューの費用です。単価は「費用と効果」の前提によります。",
    ),
    "kpi.unit.percent": ("{x:.1f} %", "{x:.1f} %"),
    "kpi.unit.fine_percent": ("{x:.2f} %", "{x:.2f} %"),
    "kpi.unit.hours_day": ("{x:,.2f} h a day", "{x:,.2f} 時間/日"),
    "kpi.unit.hours": ("{x:,.1f} h", "{x:,.1f} 時間"),
    "kpi.unit.coefficient": ("{x:.2f}", "{x:.2f}"),
    "kpi.unit.seconds": ("{x:,.1f} s", "{x:,.1f} 秒"),
    "kpi.unit.megabytes": ("{x:,.0f} MB", "{x:,.0f} MB"),
    "kpi.unit.money": ("{currency} {x:,.2f}", "{currency} {x:,.2f}"),
}
