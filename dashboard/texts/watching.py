"""Texts about what comes in: watched logs and drift on Monitor, and the diversity of data to learn from."""

TEXTS: dict[str, tuple[str, str]] = {
    "live.none": (
        "No log is watched. On the machine where one grows: `python -m dashboard watch FILE`.",
        "監視中のログはありません。ログのあるマシンで `python -m dashboard watch FILE` を実行してください。",
    ),
    "live.lead": (
        "*Lag*: from a line's writing until a recorded decision covers it, as each watcher reports.",
        "*遅れ*：行が書かれてから、それを含む判定が記録されるまでの時間（各監視プロセスの申告）です。",
    ),
    "live.choose": ("Watched log", "監視中のログ"),
    "live.watching": ("Watching", "監視中"),
    "live.stopped": ("Stopped", "停止"),
    "live.silent": ("No response", "応答なし"),
    "live.lag": ("Lag now", "現在の遅れ"),
    "live.lag_p95": ("Lag, 95 of 100 lines", "遅れの 95 パーセンタイル"),
    "live.held": ("Held", "保留"),
    "live.beat": ("Last response (UTC)", "最終応答（UTC）"),
    "live.say_watching": (
        "**{source}** is watched: {lines:,} lines, {decisions:,} decisions since {since} UTC, the last at {last}.",
        "**{source}** を監視中：{since} UTC から {lines:,} 行、判定 {decisions:,} 件、最後は {last}。",
    ),
    "live.say_stopped": (
        "**{source}** is not watched: stopped at {beat} UTC ({why}). Later lines are not decided on. The same command goes "
        "on from there.",
        "**{source}** の監視は {beat} UTC に停止しました（{why}）。以後の行は判定されていません。"
        "同じコマンドで続きから再開できます。",
    ),
    "live.told_to": ("as instructed", "指示による停止"),
    "live.say_silent": (
        "**{source}** is probably not watched: the last response was at {beat} UTC. Check the machine; the same command goes "
        "on from there.",
        "**{source}** は監視されていない可能性があります。最終応答は {beat} UTC です。マシンを確認してください。"
        "同じコマンドで再開できます。",
    ),
    "live.behind": (
        "Behind: {waiting:,} lines wait, the oldest for {lag:.1f} s; {unread:,} bytes are unread.",
        "遅れています。判定待ち {waiting:,} 行、最長 {lag:.1f} 秒、未読 {unread:,} バイト。",
    ),
    "live.problem": ("The file cannot be followed: {problem}.", "ファイルを追跡できません：{problem}。"),
    "live.failed": (
        "Windows not judged: {n:,}. Lines in no later window are in no decision: Record shows which, and why.",
        "判定できなかったウィンドウ：{n:,} 個。後のウィンドウにない行は判定されません。対象と理由は「記録」にあります。",
    ),
    "live.by_itself": (
        "Windows judged by themselves, as the weights do not know their kind: {n:,} of {of:,}.",
        "重みが知らない種類のため、それ自体から判定したウィンドウ：{of:,} 件中 {n:,} 件。",
    ),
    "live.gaps": (
        "Lines may be missing: the place of the last stop was not found, or files were rotated away unopened.",
        "抜けた行があるかもしれません。前回の停止位置が見つからないか、ローテーションされたファイルを開けませんでした。",
    ),
    "live.tile_means": ("Over the last ten minutes.", "直近 10 分間の値です。"),
    "live.figure_alt": (
        "Lag of 95 of 100 lines, and the oldest line's wait, over twenty minutes.",
        "直近 20 分間の遅れの 95 パーセンタイルと、最も古い行の待ち時間。",
    ),
    "live.axis": ("Seconds", "秒"),
    "live.line_now": ("oldest line without a decision", "未判定の最も古い行"),
    "live.settings": (
        "Decides on {context:,} lines, every {every:,} lines or {seconds:g} s. Skipped: {skipped:,}; failed: {failed:,}; "
        "rotations: {rotations:,}; truncations: {truncations:,}; cut lines: {cut:,}. Last decision: {took} s. Memory: "
        "{reader} MB reading, {judge} MB judging.",
        "直近 {context:,} 行を {every:,} 行または {seconds:g} 秒ごとに判定。見送り {skipped:,}、失敗 {failed:,}、"
        "ローテーション {rotations:,}、切り詰め {truncations:,}、切った行 {cut:,}。直近の判定 {took} 秒。"
        "メモリ：読み取り {reader} MB、判定 {judge} MB。",
    ),
    # Drift: whether what is selected on a source still is what it was
    "drift.lead": (
        "Each decision is compared with what was usual on its source. A source that does not change raises one false alarm "
        "in {run:,} decisions at most, on average; a change is noticed soon from {enough} decisions on. The first ones "
        "should cover all that is normal: shifts, weekends, recipes.",
        "各判定を、そのソースの普段の選択と比べます。変化のないソースの誤報は平均 {run:,} 件に 1 回以下で、"
        "{enough} 件からは変化にすぐ気付けます。最初の判定には、シフト、週末、レシピなど、正常な状態をすべて含めてください。",
    ),
    "drift.level": ("Evidence, relative to an alarm", "警報に対する証拠の大きさ"),
    "drift.last": ("Last decision (UTC)", "最後の判定（UTC）"),
    "drift.state_alarm": ("Drift since {time}", "{time} からドリフト"),
    "drift.state_watched": ("No drift", "ドリフトなし"),
    "drift.state_few": ("Too few yet: {n} of {enough}", "件数不足：{n} / {enough}"),
    "drift.state_restart": ("New reference from the next decision on", "新しい基準（次の判定から）"),
    "drift.choose": ("Source to look at", "表示するソース"),
    "drift.alarm": (
        "**This source has drifted**, probably since {time} UTC (decision {since:,}, found with {found:,}): {what}. Its "
        "decisions are held until a lead accepts a new reference.",
        "**このソースでドリフトを検出しました**（おそらく {time} UTC、{since:,} 件目から。検出は {found:,} 件目）：{what}。"
        "リーダーが新しい基準を承認するまで、判定は保留されます。",
    ),
    "drift.warning": (
        "**The source {source} has drifted**, probably since {time} UTC: {what}. What was learned before may no longer hold.",
        "**ソース {source} でドリフトを検出しました**（おそらく {time} UTC から）：{what}。"
        "以前の学習が当てはまらない可能性があります。",
    ),
    "drift.banner": (
        "Drifted: {sources}. Monitor, *Drift*, shows what has changed.",
        "ドリフトのあるソース：{sources}。「モニター」の「ドリフト」で確認できます。",
    ),
    "drift.back": ("{n} of the last {of} decisions were as before.", "直近の判定 {of} 件中 {n} 件は以前の普段の範囲です。"),
    "drift.line": ("Alarm", "警報"),
    "drift.level_axis": ("Evidence of a change", "変化の証拠"),
    "drift.level_alt": ("Evidence of a change by decision, and the line of an alarm.", "判定ごとの変化の証拠と警報の線。"),
    "drift.number_axis": ("Decision since the reference began", "基準の開始からの判定数"),
    "drift.since_here": ("changed", "変化"),
    "drift.statistics_title": ("Statistics", "測定した項目"),
    "drift.p": ("p-value of the last", "最後の判定の p 値"),
    "drift.evidence": ("Evidence", "証拠"),
    "drift.effective": ("{n:.1f} effective", "実効 {n:.1f} 種類"),
    "drift.statistic.kinds": ("kinds of pairs", "組の種類の分布"),
    "drift.statistic.new": ("share of new kinds of pairs", "新しい組の種類の割合"),
    "drift.statistic.margins": ("margins", "余裕"),
    "drift.statistic.selected": ("pairs per line", "1 行あたりの組"),
    "drift.statistic.anchor": ("weight on no line", "組なしの重み"),
    "drift.statistic.certified": ("certified share", "証明済みの割合"),
    "drift.statistic.known": ("known words", "既知の語"),
    "drift.statistic.scores": ("events' scores", "イベントのスコア"),
    "drift.kinds_title": ("Which kinds of pairs", "変化した組の種類"),
    "drift.kinds_alarm": (
        "Shares of the weight given to other events, before and since the change.",
        "ほかのイベントに与えられた重みの割合（変化の前後）。",
    ),
    "drift.kinds_quiet": (
        "Shares of the weight given to other events, in the last fifth of the decisions and before: chance as long as there "
        "is no alarm.",
        "ほかのイベントに与えられた重みの割合（直近 5 分の 1 の判定とそれ以前）。警報がない限り、差は偶然の範囲です。",
    ),
    "drift.before": ("Before, %", "以前（%）"),
    "drift.after": ("Since, %", "以後（%）"),
    "drift.lift": ("Change", "変化"),
    "drift.never": ("never before", "以前はなし"),
    "drift.times": ("× {x:.2g}", "{x:.2g} 倍"),
    "drift.reference_lead": (
        "A source's first decisions are its reference. A lead accepts a new one when a change is intended and understood.",
        "ソースの最初の判定が基準です。意図した変化を確認したら、リーダーが新しい基準を承認します。",
    ),
    "drift.reference": ("Reference", "基準"),
    "drift.accept_how": ("New reference", "新しい基準"),
    "drift.accept_since": ("Decisions since the change: usual from now on", "変化以後の判定を、今後の普段の状態とする"),
    "drift.accept_now": ("The next decisions: collect a new reference", "次の判定から集め直す"),
    "drift.accept": ("Accept new reference", "新しい基準を承認"),
    # Diversity: how one-sided data are; and, under Drift, which selections were not seen in training
    "diversity.title_n": ("How one-sided the data are (remarks: {n})", "データの偏り：注意点 {n} 件"),
    "diversity.times_events": (
        "Shift and weekday: of the events, in the time zone {zone}.",
        "シフトと曜日：各イベントの時刻（タイムゾーン {zone}）。",
    ),
    "diversity.balanced": ("Nothing stands out.", "目立った偏りはありません。"),
    "diversity.aspect": ("By", "区分"),
    "diversity.largest": ("Most frequent values", "多い値"),
    "diversity.unknown": ("Not known", "不明"),
    "diversity.station": ("station", "設備"),
    "diversity.level": ("level", "レベル"),
    "diversity.recipe": ("recipe", "レシピ"),
    "diversity.shift": ("shift", "シフト"),
    "diversity.weekday": ("part of the week", "曜日"),
    "diversity.length": ("length in events", "イベント数"),
    "diversity.label": ("label", "ラベル"),
    "diversity.unit.events": ("events", "イベント"),
    "diversity.unit.sequences": ("sequences", "系列"),
    "diversity.value.early": ("early, 06 to 14", "早番 6～14 時"),
    "diversity.value.late": ("late, 14 to 22", "遅番 14～22 時"),
    "diversity.value.night": ("night, 22 to 06", "夜勤 22～6 時"),
    "diversity.value.week": ("Monday to Friday", "月～金曜"),
    "diversity.value.weekend": ("weekend", "週末"),
    "diversity.one_sided": (
        "**{share:.0%}** of the {unit} are of one {aspect}, {value}. Add other data, or use the model only there.",
        "{unit}の **{share:.0%}** が一つの{aspect}「{value}」のものです。ほかのデータを加えるか、"
        "利用範囲をそこに限ってください。",
    ),
    "diversity.only_one": (
        "All {unit} are of one {aspect}, {value}: nothing is known about others.",
        "すべての{unit}が一つの{aspect}「{value}」のものです。ほかについては何も分かりません。",
    ),
    "diversity.lacking": (
        "Not covered, {aspect}: {values}. What is normal then cannot be learned.",
        "{aspect}のうち、{values} のデータがありません。その時の正常な状態は学習できません。",
    ),
    "diversity.missing": (
        "Stations without data in a shift in which others have some: {n:,} ({some}). Check whether they were idle, or data "
        "are missing.",
        "ほかは動いているのに記録のない設備とシフト：{n:,} 件（{some}）。停止か、データの欠けかを確認してください。",
    ),
    "diversity.one_label": (
        "All sequences have the label {value}: only what is normal can be learned.",
        "すべての系列のラベルが「{value}」です。学習できるのは正常な挙動だけです。",
    ),
    "diversity.few_faulty": (
        "Only {n:,} faulty sequences: figures about faults are rough. Twenty of each kind are better.",
        "異常の系列が {n:,} 件しかなく、異常についての数値は粗くなります。種類ごとに 20 件以上が望まれます。",
    ),
    "drift.practice": ("Selections not seen in training", "学習時になかった選択"),
    "drift.practice_card": (
        "Compared with what these weights select in {sequences:,} sequences ({events:,} events) that they learned from.",
        "この重みが学習データの系列 {sequences:,} 件（イベント {events:,} 件）で選択した組と比べています。",
    ),
    "drift.practice_all": (
        "None among the forty heaviest kinds of the last {n:,} decisions.",
        "直近 {n:,} 件の判定で重みの大きい 40 種類にはありません。",
    ),
    "drift.practice_never": (
        "**{n:,} kinds of pairs** of the last {decisions:,} decisions were never selected in training. Review decisions that "
        "rest on them first, and train again with such data.",
        "直近 {decisions:,} 件の判定に、学習時に選択されなかった**組の種類が {n:,} 件**あります。"
        "それに基づく判定を優先して確認し、該当するデータを加えて学習し直してください。",
    ),
    "drift.in": ("In decisions", "含まれる判定"),
    "drift.at_most": ("Share at most, %", "最大の割合（%）"),
    "live.lag_max": ("Longest lag", "最大の遅れ"),
}
