"""Texts of the page Monitor about what comes in: watched logs, drift, and the diversity of the data."""

TEXTS: dict[str, tuple[str, str]] = {
    "live.none": (
        "No log is being watched. On the machine where one grows: `python -m dashboard watch FILE`.",
        "監視中のログはありません。ログのあるマシンで `python -m dashboard watch FILE` を実行してください。",
    ),
    "live.lead": (
        "Logs that are decided on while they grow. *Lag*: how long a line waits from when it is written until a decision "
        "covers it. Each watcher reports these figures every few seconds; decisions are in the record.",
        "書き込みと並行して判定しているログです。*遅れ*は、行が書かれてから、それを含む判定が記録されるまでの時間です。"
        "数値は各監視プロセスの申告で、数秒ごとに更新されます。判定は記録に残ります。",
    ),
    "live.choose": ("Watched log", "監視中のログ"),
    "live.machine": ("Machine", "マシン"),
    "live.watching": ("Watching", "監視中"),
    "live.stopped": ("Stopped", "停止"),
    "live.silent": ("No response", "応答なし"),
    "live.lag": ("Lag now, s", "現在の遅れ（秒）"),
    "live.lag_p95": ("Lag, 95 of 100 lines, s", "遅れの 95 パーセンタイル（秒）"),
    "live.held": ("Held", "保留"),
    "live.beat": ("Last response (UTC)", "最終応答（UTC）"),
    "live.say_watching": (
        "**{source}** is being watched: {lines:,} lines, {decisions:,} decisions since {since} UTC, the last at {last}.",
        "**{source}** を監視中です。{since} UTC からの行数 {lines:,}、判定 {decisions:,} 件。最後の判定は {last} です。",
    ),
    "live.say_stopped": (
        "**{source}** is not watched any more: the watcher stopped at {beat} UTC ({why}). Lines that came later are not "
        "decided on. The same command goes on from there.",
        "**{source}** の監視は {beat} UTC に停止しました（{why}）。それ以後の行は判定されていません。"
        "同じコマンドで続きから再開できます。",
    ),
    "live.told_to": ("as instructed", "指示による停止"),
    "live.say_silent": (
        "**{source}** is probably not watched: the watcher last responded at {beat} UTC and did not report that it "
        "stopped. Check the machine; the same command goes on from there.",
        "**{source}** は監視されていない可能性があります。最終応答は {beat} UTC で、停止の通知はありません。"
        "マシンを確認してください。同じコマンドで続きから再開できます。",
    ),
    "live.behind": (
        "Behind: {waiting:,} lines wait for a decision, the oldest for {lag:.1f} s, and {unread:,} bytes are not read yet.",
        "遅れています。判定待ち {waiting:,} 行、最も古い行は {lag:.1f} 秒待ち、未読 {unread:,} バイトです。",
    ),
    "live.problem": ("The file cannot be followed: {problem}.", "ファイルを追跡できません：{problem}。"),
    "live.failed": (
        "Windows that could not be judged since this watcher was started: {n:,}. Those of their lines that no later window "
        "covers are in no decision; the page Record shows which, and why.",
        "この監視の開始以降に判定できなかったウィンドウ：{n:,} 個。後のウィンドウに含まれない行はどの判定にも含まれません。"
        "対象と理由は「記録」にあります。",
    ),
    "live.by_itself": (
        "Windows of a kind that the weights do not know were judged by themselves: {n:,} of {of:,} decisions.",
        "重みが知らない種類のウィンドウは、ウィンドウ自体から判定しました：判定 {of:,} 件中 {n:,} 件。",
    ),
    "live.gaps": (
        "Lines may be missing: when the watcher was started again, it did not find the place where it had stopped, or "
        "files were rotated away before they could be opened.",
        "抜けた行があるかもしれません。再開時に前回停止した位置が見つからなかったか、"
        "ローテーションされたファイルを開く前に見失いました。",
    ),
    "live.tile_now": ("Lag now", "現在の遅れ"),
    "live.tile_p95": ("Lag, 95 of 100 lines", "遅れの 95 パーセンタイル"),
    "live.tile_max": ("Longest lag", "最大の遅れ"),
    "live.tile_held": ("Held of decisions", "判定のうち保留"),
    "live.seconds": ("{n:.2f} s", "{n:.2f} 秒"),
    "live.of": ("{n:,} of {of:,}", "{n:,} / {of:,}"),
    "live.tile_means": (
        "Over the last ten minutes: from the last look at the file before the line was there until the line's decision was "
        "recorded.",
        "直近 10 分間の値です。行がまだなかった最後の確認時刻から、その行を含む判定が記録されるまでの時間です。",
    ),
    "live.figure": ("Lag over time", "遅れの推移"),
    "live.figure_alt": (
        "Lag of 95 of 100 lines over the last twenty minutes, and how long the oldest line waited.",
        "直近 20 分間の遅れの 95 パーセンタイルと、最も古い行の待ち時間。",
    ),
    "live.axis": ("Seconds", "秒"),
    "live.line_p95": ("95 of 100 lines", "95 パーセンタイル"),
    "live.line_now": ("oldest line without a decision", "未判定の最も古い行"),
    "live.settings": (
        "A decision looks at {context:,} lines and is made every {every:,} lines or {seconds:g} s. So far: {skipped:,} "
        "decisions skipped, {failed:,} windows failed, {rotations:,} rotations, {truncations:,} truncations, {cut:,} lines "
        "cut. The last decision took {took} s. Memory: {reader} MB reading, {judge} MB judging.",
        "判定は直近 {context:,} 行を対象に、{every:,} 行または {seconds:g} 秒ごとに行います。"
        "これまでの実績：見送り {skipped:,} 回、失敗したウィンドウ {failed:,} 個、"
        "ローテーション {rotations:,} 回、切り詰め {truncations:,} 回、長すぎて切った行 {cut:,} 行。"
        "直近の判定は {took} 秒。メモリ：読み取り {reader} MB、判定 {judge} MB。",
    ),
    # Drift: whether what is selected on a source still is what it was
    "drift.none": (
        "No decision names its source yet. With the first analyses a source gets a reference, and from then on it is watched.",
        "ソースの分かる判定がまだありません。最初の解析からソースごとの基準が作られ、その後のドリフトを監視します。",
    ),
    "drift.lead": (
        "Every decision is compared with what was usual on its source: which kinds of pairs are selected, how large the "
        "margins are, and how often nothing is selected. A source that does not change raises a false alarm once in {run:,}"
        " decisions at most, on average. From {enough} decisions on a change is noticed soon. The first decisions should "
        "cover all that is normal: every shift, weekends, all recipes.",
        "各判定の選択（組の種類、余裕の大きさ、何も選択されない割合）を、そのソースの普段の選択と比べます。"
        "変化のないソースの誤報は、平均して {run:,} 件に 1 回以下です。{enough} 件を超えると変化にすぐ気付けます。"
        "最初の判定には、すべてのシフト、週末、レシピなど、正常な状態をすべて含めてください。",
    ),
    "drift.level": ("Evidence, relative to an alarm", "警報に対する証拠の大きさ"),
    "drift.last": ("Last decision (UTC)", "最後の判定（UTC）"),
    "drift.state_alarm": ("Drift since {time}", "{time} からドリフト"),
    "drift.state_watched": ("No drift", "ドリフトなし"),
    "drift.state_few": ("Too few yet: {n} of {enough}", "件数不足：{n} / {enough}"),
    "drift.state_restart": ("New reference, begins with the next decision", "新しい基準（次の判定から）"),
    "drift.choose": ("Source to look at", "表示するソース"),
    "drift.alarm": (
        "**This source has drifted**, probably since {time} UTC (decision {since:,}; found with decision {found:,}). What "
        "has changed: {what}. Decisions on it are held until a lead accepts a new reference.",
        "**このソースでドリフトを検出しました。** おそらく {time} UTC（判定 {since:,} 件目）からで、"
        "{found:,} 件目の判定で検出されました。変化した項目：{what}。"
        "リーダーが新しい基準を承認するまで、このソースの判定は保留されます。",
    ),
    "drift.watched": (
        "No drift: the selections of {n:,} decisions are as usual.",
        "ドリフトなし。{n:,} 件の判定の選択は普段どおりです。",
    ),
    "drift.few": (
        "No drift so far, after {n:,} decisions. Too few to notice a change soon: that takes {enough}.",
        "{n:,} 件の判定ではドリフトは見られません。件数がまだ少なく、変化にすぐ気付くには {enough} 件が必要です。",
    ),
    "drift.collecting": (
        "Not enough yet: the reference is being collected, {n} of {reference} decisions. From {enough} on a change is "
        "noticed soon.",
        "まだ件数が足りません。基準を集めています（判定 {reference} 件中 {n} 件）。{enough} 件を超えると変化にすぐ気付けます。",
    ),
    "drift.restart": (
        "A new reference was accepted. It takes effect with the next decision on this source.",
        "新しい基準が承認されました。このソースの次の判定から有効です。",
    ),
    "drift.warning": (
        "**The source {source} has drifted**, probably since {time} UTC: {what}. What was learned and reviewed before may "
        "no longer hold for it. Monitor shows what has changed.",
        "**ソース {source} でドリフトを検出しました**（おそらく {time} UTC から）：{what}。"
        "以前の学習やレビューの結果が当てはまらない可能性があります。変化の内容は「モニター」で確認できます。",
    ),
    "drift.banner": (
        "Drifted: {sources}. Monitor, *Drift*, shows what has changed.",
        "ドリフトのあるソース：{sources}。「モニター」の「ドリフト」で内容を確認できます。",
    ),
    "drift.banner_more": (
        "Drifted: {sources} and {n:,} more. Monitor, *Drift*, shows what has changed.",
        "ドリフトのあるソース：{sources} ほか {n:,} 件。「モニター」の「ドリフト」で内容を確認できます。",
    ),
    "drift.back": (
        "{n} of the last {of} decisions were within what was usual before.",
        "直近 {of} 件の判定のうち、{n} 件は以前の普段の範囲にあります。",
    ),
    "drift.line": ("Alarm", "警報"),
    "drift.level_axis": ("Evidence of a change", "変化の証拠"),
    "drift.level_alt": (
        "Evidence of a change over the decisions of the source, and the line at which it is an alarm.",
        "ソースの判定ごとの変化の証拠と、警報となる線。",
    ),
    "drift.number_axis": ("Decision since the reference began", "基準の開始からの判定数"),
    "drift.since_here": ("changed", "変化"),
    "drift.distance_axis": ("Distance from the reference", "基準からの距離"),
    "drift.distance_alt": (
        "Distance of every decision from the reference; the band holds nine of ten from before the change.",
        "各判定の基準からの距離。帯は変化前の 9 割が入る範囲です。",
    ),
    "drift.statistics_title": ("Statistics", "測定した項目"),
    "drift.measure": ("Statistic", "項目"),
    "drift.over_time": ("Over time", "推移を表示する項目"),
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
        "Shares of the weight given to other events, before and since the change; the largest differences. Of each "
        "decision the forty heaviest kinds are recorded by name.",
        "ほかのイベントに与えられた重みの割合を、変化の前後で比べ、差の大きい順に示します。"
        "各判定で重みの大きい 40 種類について名前が記録されています。",
    ),
    "drift.kinds_quiet": (
        "Shares of the weight given to other events, in the last fifth of the decisions and in all before; such "
        "differences are chance as long as there is no alarm.",
        "ほかのイベントに与えられた重みの割合を、直近 5 分の 1 の判定とそれ以前で比べます。"
        "警報がない限り、差は偶然の範囲です。",
    ),
    "drift.before": ("Before, %", "以前（%）"),
    "drift.after": ("Since, %", "以後（%）"),
    "drift.lift": ("Change", "変化"),
    "drift.never": ("never before", "以前はなし"),
    "drift.times": ("× {x:.2g}", "{x:.2g} 倍"),
    "drift.reference_lead": (
        "The first decisions of a source are its reference. When a change is intended and understood, a lead accepts what "
        "is usual now; this is an entry of the log.",
        "ソースの最初の判定が基準になります。意図した変化で内容を確認できたら、"
        "リーダーが現在の状態を新しい基準として承認します。承認はログの項目として残ります。",
    ),
    "drift.reference": ("Reference", "基準"),
    "drift.ask": ("A lead can accept a new reference.", "新しい基準はリーダーが承認できます。"),
    "drift.accept_how": ("New reference", "新しい基準"),
    "drift.accept_since": (
        "The decisions since the change: they show what is usual from now on",
        "変化以後の判定：それ以後の状態を今後の普段の状態とする",
    ),
    "drift.accept_now": ("The next decisions: collect a new reference", "次の判定から：最初から集め直す"),
    "drift.accept": ("Accept new reference", "新しい基準を承認"),
    "drift.needs_why": (
        "Give a reason: later readers of the log have nothing else.",
        "理由を入力してください。後でログを読む人の唯一の手がかりになります。",
    ),
    "drift.accepted": (
        "Recorded as entry {seq:,}. It takes effect with the next decision.",
        "ログの第 {seq:,} 件として記録しました。次の判定から有効です。",
    ),
    "drift.at": ("When (UTC)", "日時（UTC）"),
    "drift.by": ("Who", "承認者"),
    "drift.entry": ("Entry", "ログの項目"),
    # Diversity: how one-sided data are, and which selections were not seen in training
    "diversity.title": ("How one-sided the data are", "データの偏り"),
    "diversity.title_n": ("How one-sided the data are (remarks: {n})", "データの偏り：注意点 {n} 件"),
    "diversity.counting": ("Counting …", "集計中…"),
    "diversity.none": ("No decision yet.", "判定はまだありません。"),
    "diversity.lead": (
        "What the last {n:,} decisions were made on. Values that are rare here were hardly tried: do not rely on figures "
        "about them.",
        "直近 {n:,} 件の判定の内訳です。ここで少ないものはほとんど試されていないため、それについての数値は信頼できません。",
    ),
    "diversity.times_events": (
        "Shift and weekday are those of the events, in the time zone in which they are read: {zone}.",
        "シフトと曜日は、各イベントの時刻を、読み込みに使うタイムゾーン（{zone}）で数えたものです。",
    ),
    "diversity.times_own": (
        "Shift and weekday are those of each log's first event, in the time zone in which its source is read: {zones}.",
        "シフトと曜日は、各ログの最初のイベントの時刻を、ソースの読み込みに使うタイムゾーン（{zones}）で数えたものです。",
    ),
    "diversity.times_both": (
        "Shift and weekday are those of the first event of {own:,} logs; {others:,} logs have no time of their own and are "
        "counted by when they were analysed. Times are in the time zone in which each source is read: {zones}.",
        "シフトと曜日は、{own:,} 件のログでは最初のイベントの時刻によります。"
        "時刻のない {others:,} 件は解析した時刻で数えています。タイムゾーンは、ソースの読み込みに使うもの（{zones}）です。",
    ),
    "diversity.times_analysed": (
        "No log of these ({others:,}) has a time of its own: shift and weekday are those of the analysis, in the time "
        "zone in which each source is read: {zones}.",
        "これら {others:,} 件のログには時刻がないため、シフトと曜日は解析した時刻によります。"
        "タイムゾーンは、ソースの読み込みに使うもの（{zones}）です。",
    ),
    "diversity.balanced": ("Nothing stands out.", "目立った偏りはありません。"),
    "diversity.aspect": ("By", "区分"),
    "diversity.counted": ("Counted", "数えたもの"),
    "diversity.values": ("Values", "値の数"),
    "diversity.effective": ("Effective number", "実効数"),
    "diversity.largest": ("Most frequent", "最も多い値"),
    "diversity.share": ("Its share", "その割合"),
    "diversity.unknown": ("Not known", "不明"),
    "diversity.station": ("station", "設備"),
    "diversity.source": ("source", "ソース"),
    "diversity.level": ("level", "レベル"),
    "diversity.recipe": ("recipe", "レシピ"),
    "diversity.shift": ("shift", "シフト"),
    "diversity.weekday": ("weekday", "曜日"),
    "diversity.length": ("length in events", "イベント数"),
    "diversity.label": ("label", "ラベル"),
    "diversity.format": ("format", "形式"),
    "diversity.weights": ("weights", "重み"),
    "diversity.unit.events": ("events", "イベント"),
    "diversity.unit.sequences": ("sequences", "系列"),
    "diversity.unit.decisions": ("decisions", "判定"),
    "diversity.value.early": ("early, 06 to 14", "早番 6～14 時"),
    "diversity.value.late": ("late, 14 to 22", "遅番 14～22 時"),
    "diversity.value.night": ("night, 22 to 06", "夜勤 22～6 時"),
    "diversity.value.mon": ("Monday", "月曜"),
    "diversity.value.tue": ("Tuesday", "火曜"),
    "diversity.value.wed": ("Wednesday", "水曜"),
    "diversity.value.thu": ("Thursday", "木曜"),
    "diversity.value.fri": ("Friday", "金曜"),
    "diversity.value.sat": ("Saturday", "土曜"),
    "diversity.value.sun": ("Sunday", "日曜"),
    "diversity.value.others": ("others", "その他"),
    "diversity.one_sided": (
        "**{share:.0%}** of the {unit} are of one {aspect}, {value}: what is learned applies to it first. Add other data, "
        "or use the model only there.",
        "{unit}の **{share:.0%}** が一つの{aspect}「{value}」のものです。学習した内容はまずそこに当てはまります。"
        "ほかのデータを加えるか、利用範囲をそこに限ってください。",
    ),
    "diversity.only_one": (
        "All {unit} are of one {aspect}, {value}. Nothing is known about any other.",
        "すべての{unit}が一つの{aspect}「{value}」のものです。ほかについては何も分かりません。",
    ),
    "diversity.lacking": (
        "Not covered, {aspect}: {values}. What is normal then cannot be learned from these data.",
        "{aspect}のうち、{values} のデータがありません。その時の正常な状態はこのデータからは学習できません。",
    ),
    "diversity.missing": (
        "Combinations of station and shift without data, although other stations have some in that shift: {n:,} ({some}). "
        "Check whether the station is idle then, or its data are missing.",
        "ほかは動いているのに記録のない設備とシフトの組み合わせが {n:,} 件あります：{some}。"
        "停止しているのか、データが欠けているのかを確認してください。",
    ),
    "diversity.one_label": (
        "All sequences have the same label, {value}: there is nothing to distinguish. Without labels of both kinds only "
        "what is normal can be learned.",
        "すべての系列のラベルが同じ「{value}」です。区別は学習できません。"
        "両方のラベルがなければ、学習できるのは正常な挙動だけです。",
    ),
    "diversity.few_faulty": (
        "Only {n:,} faulty sequences: figures about faults are rough. Twenty or more of each kind are better.",
        "異常の系列が {n:,} 件しかありません。異常についての数値は粗くなります。種類ごとに 20 件以上が望まれます。",
    ),
    "diversity.look_at": ("Shares by", "割合を表示する区分"),
    "diversity.shares_alt": ("Shares of the most frequent values.", "多い値の割合。"),
    "diversity.practice": ("Selections not seen in training", "学習時になかった選択"),
    "diversity.practice_none": ("No decision has a recorded selection yet.", "選択の記録がある判定はまだありません。"),
    "diversity.practice_few": (
        "The card of these weights does not list what they selected in training, and the source's first {n} decisions are "
        "still being collected.",
        "この重みのモデルカードには学習時の選択の記録がなく、ソースの最初の判定 {n} 件もまだ集まっていません。",
    ),
    "diversity.practice_reference": (
        "The card of these weights does not list what they selected in training; compared with the source's first {n} "
        "decisions instead.",
        "この重みのモデルカードには学習時の選択の記録がないため、ソースの最初の {n} 件の判定と比べています。",
    ),
    "diversity.practice_card": (
        "Compared with what these weights select in {sequences:,} sequences ({events:,} events) of the data that they "
        "learned from.",
        "この重みが学習データの系列 {sequences:,} 件（イベント {events:,} 件）で選択した組と比べています。",
    ),
    "diversity.practice_all": (
        "None: every kind of pair among the forty heaviest of the last {n:,} decisions was selected in training.",
        "ありません。直近 {n:,} 件の判定で重みの大きい 40 種類の組は、すべて学習時にも選択されています。",
    ),
    "diversity.practice_never": (
        "**{n:,} kinds of pairs** in the last {decisions:,} decisions were never selected in training. Nothing like them "
        "was in the data: review decisions that rest on them first, and train again with such data.",
        "直近 {decisions:,} 件の判定に、学習時に一度も選択されなかった**組の種類が {n:,} 件**あります。"
        "学習データに該当するものがありません。それに基づく判定は優先して確認し、"
        "該当するデータを加えて学習し直してください。",
    ),
    "diversity.in": ("In decisions", "含まれる判定"),
    "diversity.at_most": ("Share at most, %", "最大の割合（%）"),
}
