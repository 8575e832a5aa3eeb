"""Texts of cost and saving on the Monitor page: the comparison, and the assumptions behind it."""

TEXTS: dict[str, tuple[str, str]] = {
    "costs.lead": (
        "Compares SparseMix, as measured, with dense attention and with today's work by hand. All figures follow from the "
        "assumptions below and from the record; change an assumption and the result changes.",
        "測定に基づく SparseMix を、密なアテンション、現在の手作業と比較します。"
        "結果はすべて以下の前提と記録から求めたもので、前提を変えれば変わります。",
    ),
    "costs.missing": (
        "Not measured yet: {names}. Until then only the cost of today's work is known. Review the waiting decisions, the "
        "random sample too.",
        "まだ測定されていません：{names}。それまでは現在の作業のみ金額にできます。"
        "無作為抽出を含め、レビュー待ちの判定をレビューしてください。",
    ),
    "costs.sparse": ("With SparseMix", "SparseMix を利用"),
    "costs.dense": ("Dense attention", "密なアテンション"),
    "costs.manual": ("By hand, as today", "手作業（現状）"),
    "costs.way": ("Way of working", "方法"),
    "costs.machine": ("Machine", "マシン"),
    "costs.people": ("People", "人"),
    "costs.false_alarms": ("False alarms", "誤報"),
    "costs.missed_faults": ("Missed faults", "見逃し"),
    "costs.upkeep": ("Upkeep", "維持"),
    "costs.year": ("A year", "1 年"),
    "costs.hour": ("An hour", "1 時間"),
    "costs.once": ("One-off", "初期費用"),
    "costs.short": ("First 3 months", "最初の 3 か月"),
    "costs.long": ("3 years", "3 年"),
    "costs.saving_short": ("Saved in 3 months", "3 か月の効果"),
    "costs.saving_long": ("Saved in 3 years", "3 年の効果"),
    "costs.saving_help": (
        "Compared with today's work by hand, one-off costs included. Below zero: it costs more.",
        "現在の手作業と比べた効果です（初期費用を含む）。マイナスは費用増を表します。",
    ),
    "costs.saving_dense": ("Against dense, 3 years", "密なアテンションとの差（3 年）"),
    "costs.saving_dense_help": (
        "What SparseMix saves compared with dense attention. Dense attention is assumed to judge as well, on the machine "
        "assumed for it.",
        "同じ精度で判定すると仮定した密なアテンションと比べた効果です。前提のマシンで動かすものとします。",
    ),
    "costs.break_even": ("Pays off after", "回収期間"),
    "costs.break_even_help": (
        "When SparseMix, one-off costs included, has cost less than work by hand; counted from today.",
        "初期費用を含め、SparseMix の費用が手作業を下回る時点です（今日から）。",
    ),
    "costs.never": ("not at all", "回収できません"),
    "costs.at_once": ("at once", "直ちに"),
    "costs.months": ("{n:.1f} months", "{n:.1f} か月"),
    "costs.extrapolated": (
        "SparseMix's time was measured on logs of {events:,.0f} events on average, and is assumed to grow with their "
        "number up to {assumed:,.0f}. The fixed time that every decision takes is multiplied as well, so SparseMix's time, and "
        "the share above, are far too high. Decide on logs of the assumed length, or set the length that yours have.",
        "SparseMix の時間は平均 {events:,.0f} 件のイベントのログで測定し、{assumed:,.0f} 件まで件数に比例するとみなしていま"
        "す。短いログでもかかる一定の時間まで何倍にもなるため、上の割合も含めて大きすぎる値です。"
        "想定した長さのログで判定するか、実際の長さを設定してください。",
    ),
    "costs.time_fitted": (
        "SparseMix's time for a log: {constant:,.2f} s whatever its length and {each:,.3f} ms per event, fitted to {n:,} "
        "recorded decisions of {shortest:,} to {longest:,} events.",
        "SparseMix のログ 1 件の時間：長さによらず {constant:,.2f} 秒、イベントあたり {each:,.3f} ミリ秒。"
        "{shortest:,}～{longest:,} 件のイベントを持つ {n:,} 件の判定から求めた値です。",
    ),
    "costs.time_proportional": (
        "SparseMix's time for a log is assumed to grow in proportion to its events: the recorded decisions are too few, or "
        "too similar in length, to tell how much time a log takes whatever its length.",
        "SparseMix のログ 1 件の時間はイベント数に比例するとみなしています。"
        "長さによらない時間を求めるには、記録された判定が少ないか、長さが似すぎています。",
    ),
    "costs.busy": (
        "At this volume SparseMix keeps its machine busy for {sparse:.2%} of the hours of operation, dense attention "
        "{dense:.2%}; a dedicated machine is paid for all of them.",
        "この量では、稼働時間のうち SparseMix は {sparse:.2%}、密なアテンションは {dense:.2%} の間、マシンを使います。"
        "専用マシンの場合は全時間の費用がかかります。",
    ),
    "costs.lengths": ("Compared with dense attention, by length", "密なアテンションとの比較（長さ別）"),
    "costs.lengths_lead": (
        "Time and pairs of one log. SparseMix's time includes the explanations and grows with the number of events. Dense "
        "attention has no explanations, and its time grows with the square of that number.",
        "ログ 1 件の時間と組の数です。SparseMix の時間は説明を含み、イベント数とともに増えます。"
        "密なアテンションの時間は説明を含まず、イベント数の二乗で増えます。",
    ),
    "costs.sparse_seconds": ("SparseMix, seconds", "SparseMix（秒）"),
    "costs.dense_seconds": ("Dense, seconds", "密なアテンション（秒）"),
    "costs.sparse_pairs": ("Pairs kept per head", "使用する組（ヘッドごと）"),
    "costs.dense_pairs": ("All pairs per head", "すべての組（ヘッドごと）"),
    "costs.over_time": ("Costs so far, over three years", "3 年間の累積費用"),
    "costs.month": ("Months", "月"),
    "costs.money": ("{currency}, cumulative", "{currency}（累積）"),
    "costs.hangs_on": ("What the saving of three years depends on", "3 年の効果を左右する前提"),
    "costs.hangs_on_lead": (
        "Each assumption and each measured value is changed alone: 50% less and 50% more. Now: {saving}.",
        "前提と測定値を一つずつ 50% 減らした場合と増やした場合の効果です。現在：{saving}。",
    ),
    "costs.less": ("50% less", "50% 減"),
    "costs.more": ("50% more", "50% 増"),
    "costs.measured": ("What the record says", "記録からの値"),
    "costs.figure": ("Figure", "項目"),
    "costs.how": ("How", "求め方"),
    "costs.seconds_sequence": ("Machine time per log", "ログ 1 件のマシン時間"),
    "costs.seconds_sequence_how": (
        "From the times of recorded decisions, explanations included, for the assumed number of events.",
        "記録された判定の時間（説明を含む）から、想定のイベント数について求めた値です。",
    ),
    "costs.reviews_sequence": ("Reviews per log", "ログ 1 件のレビュー数"),
    "costs.reviews_sequence_how": (
        "Share held because of their content, and the random share of the rest, times the overlap of today's policy.",
        "内容により保留された割合と、残りの無作為抽出の割合に、現在の方針の重複を掛けた値です。",
    ),
    "costs.seconds_review": ("Time per review", "1 レビューの時間"),
    "costs.seconds_review_how": (
        "Mean from opening to submitting, at most an hour per review.",
        "開いてから送信するまでの平均です（1 件最大 1 時間）。",
    ),
    "costs.false_alarm_rate": ("False alarms", "誤報"),
    "costs.rate_how": (
        "As under KPI, over all decisions of the newest weights.",
        "KPI と同じ定義で、最新の重みによる判定全体の値です。",
    ),
    "costs.missed_rate": ("Missed faults", "見逃し"),
    "costs.dense_sequence": ("Dense: machine time per log", "密なアテンション：ログ 1 件のマシン時間"),
    "costs.dense_sequence_how": (
        "Assumed time per event and per pair, for all pairs; without explanations, because dense attention has none.",
        "前提のイベントあたり・組あたりの時間から、すべての組について計算した値です（密なアテンションには説明がないため、"
        "説明を含みません）。",
    ),
    "costs.fault_share_measured": ("Logs with a fault", "異常のあるログ"),
    "costs.fault_share_measured_how": (
        "Estimated from reviews; the computation uses the assumption.",
        "レビューからの推定です。計算には前提の値を使います。",
    ),
    "costs.unknown": ("not measured", "未測定"),
    "costs.seconds": ("{x:,.2f} s", "{x:,.2f} 秒"),
    "costs.number": ("{x:,.3g}", "{x:,.3g}"),
    "costs.percent": ("{x:.1%}", "{x:.1%}"),
    "costs.amount": ("{currency} {x:,.0f}", "{currency} {x:,.0f}"),
    "costs.assumptions": ("Assumptions", "前提"),
    "costs.since": ("Set in entry {seq:,} of the log, {time} UTC.", "ログの第 {seq:,} 件（{time} UTC）で設定。"),
    "costs.defaults": (
        "The assumptions have not been set yet: these are the defaults of the app, and none of them is yours.",
        "前提はまだ設定されていません。初期値であり、貴社の値ではありません。",
    ),
    "costs.group.volume": ("Volume", "量"),
    "costs.group.today": ("By hand, today", "現在の手作業"),
    "costs.group.prices": ("Prices", "単価"),
    "costs.group.dense": ("Dense attention", "密なアテンション"),
    "costs.group.consequences": ("Consequences", "影響"),
    "costs.group.once": ("Once and every year", "初期と毎年"),
    "costs.a.currency": ("Currency", "通貨"),
    "costs.a.sequences_day": ("Logs per day", "1 日のログ数"),
    "costs.a.events_sequence": ("Events per log", "ログ 1 件のイベント数"),
    "costs.a.hours_day": ("Hours of operation per day", "1 日の稼働時間"),
    "costs.a.days_year": ("Days of operation per year", "年間の稼働日数"),
    "costs.a.fault_share": ("Logs with a fault, %", "異常のあるログ（%）"),
    "costs.a.machine_hour": ("An hour of the machine", "マシン 1 時間"),
    "costs.a.dedicated": ("Dedicated machine, paid all day", "専用マシン（終日の費用）"),
    "costs.a.dense_machine_hour": ("An hour of its machine", "マシン 1 時間（密なアテンション）"),
    "costs.a.dense_us_event": ("Time per event, µs", "1 イベントの時間（µs）"),
    "costs.a.dense_ns_pair": ("Time per pair of events, ns", "イベント 1 組の時間（ns）"),
    "costs.a.dense_review_factor": ("A review takes this many times as long", "レビュー時間の倍率"),
    "costs.a.dense_hardware": ("Hardware for it, once", "ハードウェア（初期）"),
    "costs.a.reviewer_hour": ("An hour of a reviewer", "レビュー担当者 1 時間"),
    "costs.a.engineer_hour": ("An hour of an engineer", "技術者 1 時間"),
    "costs.a.manual_lines_hour": ("Lines read per hour", "1 時間に読む行数"),
    "costs.a.manual_share": ("Logs that are read, %", "人が読むログ（%）"),
    "costs.a.manual_found": ("Faults found in them, %", "その中で見つかる異常（%）"),
    "costs.a.missed_fault": ("A missed fault", "見逃し 1 件"),
    "costs.a.false_alarm": ("A false alarm, besides its review", "誤報 1 件（レビュー以外）"),
    "costs.a.set_up": ("Setting up", "導入"),
    "costs.a.training": ("Training", "学習"),
    "costs.a.labelling": ("Labelling", "ラベル付け"),
    "costs.a.upkeep_year": ("Upkeep per year", "年間の維持"),
    "costs.save": ("Set assumptions", "前提を設定"),
    "costs.saved": ("Assumptions set, entry {seq:,} of the log.", "前提を設定しました（ログの第 {seq:,} 件）。"),
    "costs.unsaved": (
        "Not set yet; the figures above already use these values.",
        "まだ設定されていません。上の数値には反映済みです。",
    ),
    "costs.ask": ("A lead sets the assumptions.", "前提の設定はリーダーが行います。"),
    "costs.measure": ("Measure dense attention on this machine", "このマシンで密なアテンションを測定"),
    "costs.measure_help": (
        "Runs the loaded model's network with attention over every pair, the cheapest way there is, on generated logs of "
        "2,048 to 16,384 events. Takes about ten seconds.",
        "読み込んだモデルのネットワークを、すべての組へのアテンション（最も安価な方法）で、"
        "2,048～16,384 イベントの生成ログに対して実行します。10 秒ほどかかります。",
    ),
    "costs.measured_runs": (
        "Measured on {machine}: {event:.3g} µs per event and {pair:.3g} ns per pair. At {n:,} events dense "
        "attention takes {dense:.2f} s, SparseMix with its record of pairs {sparse:.2f} s. The fields above hold these "
        "values; set the assumptions to keep them.",
        "{machine} で測定：1 イベント {event:.3g} µs、1 組 {pair:.3g} ns。"
        "{n:,} イベントでは、密なアテンション {dense:.2f} 秒、SparseMix（組の記録を含む）{sparse:.2f} 秒です。"
        "上の欄に入力済みです。保存するには前提を設定してください。",
    ),
    "costs.measured_on": ("Dense attention was measured: {where}.", "密なアテンションの測定：{where}。"),
    "costs.guessed": (
        "The time of dense attention is an assumption until it is measured.",
        "密なアテンションの時間は、測定するまで仮の値です。",
    ),
    "stage.measure": ("Measuring on this machine", "このマシンで測定中"),
}
