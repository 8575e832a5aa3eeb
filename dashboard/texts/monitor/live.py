"""Texts about live watching: logs that are decided on while they grow."""

TEXTS: dict[str, tuple[str, str]] = {
    "live.none": (
        "No log is being watched. On the machine where one grows: `python -m dashboard watch FILE`.",
        "監視中のログはありません。ログのあるマシンで `python -m dashboard watch FILE` を実行してください。",
    ),
    "live.lead": (
        "Logs that are decided on while they grow. *Lag*: how long a line waits from when it is written until a decision "
        "covers it. The figures are what each watcher says of itself, renewed every few seconds; decisions stand in the "
        "record.",
        "書き込みと並行して判定しているログです。*遅れ*は、行が書かれてから、それを含む判定が記録されるまでの時間です。"
        "数値は各監視プロセスの申告で、数秒ごとに更新されます。判定は記録に残ります。",
    ),
    "live.choose": ("Watched log", "監視中のログ"),
    "live.source": ("Source", "ソース"),
    "live.machine": ("Machine", "マシン"),
    "live.path": ("File", "ファイル"),
    "live.state": ("State", "状態"),
    "live.watching": ("Watching", "監視中"),
    "live.stopped": ("Stopped", "停止"),
    "live.silent": ("Not heard of", "応答なし"),
    "live.lag": ("Lag now, s", "現在の遅れ(秒)"),
    "live.lag_p95": ("Lag, 95 of 100 lines, s", "遅れの 95 パーセンタイル(秒)"),
    "live.decisions": ("Decisions", "判定数"),
    "live.held": ("Held", "保留"),
    "live.beat": ("Last heard of (UTC)", "最終応答(UTC)"),
    "live.say_watching": (
        "**{source}** is being watched: {lines:,} lines, {decisions:,} decisions since {since} UTC, the last at {last}.",
        "**{source}** を監視中です。{since} UTC からの行数 {lines:,}、判定 {decisions:,} 件。最後の判定は {last} です。",
    ),
    "live.say_stopped": (
        "**{source}** is not watched any more: the watcher stopped at {beat} UTC ({why}). What has come since is not decided "
        "on. The same command goes on from there.",
        "**{source}** の監視は {beat} UTC に停止しました({why})。それ以後の行は判定されていません。"
        "同じコマンドで続きから再開できます。",
    ),
    "live.told_to": ("as it was told to", "指示による停止"),
    "live.say_silent": (
        "**{source}** is probably not watched: the watcher was last heard of at {beat} UTC and did not say that it stopped. "
        "Look at the machine; the same command goes on from there.",
        "**{source}** は監視されていない可能性があります。最終応答は {beat} UTC で、停止の通知はありません。"
        "マシンを確認してください。同じコマンドで続きから再開できます。",
    ),
    "live.behind": (
        "Behind: {waiting:,} lines wait for a decision, the oldest for {lag:.1f} s, and {unread:,} bytes are not read yet.",
        "遅れています。判定待ち {waiting:,} 行、最も古い行は {lag:.1f} 秒待ち、未読 {unread:,} バイトです。",
    ),
    "live.problem": ("The file cannot be followed: {problem}.", "ファイルを追跡できません: {problem}。"),
    "live.failed": (
        "Windows that could not be judged since this watcher was started: {n:,}. Those of their lines that no later window "
        "covers are in no decision; Record says which and why.",
        "この監視の開始以降に判定できなかったウィンドウ: {n:,} 個。後のウィンドウに含まれない行はどの判定にも含まれません。"
        "対象と理由は「記録」にあります。",
    ),
    "live.gaps": (
        "Lines may be missing: where the watcher had stopped was not found any more when it was started again, or files were "
        "rotated away before they could be opened.",
        "抜けた行があるかもしれません。再開時に前回停止した位置が見つからなかったか、ローテーションされたファイルを開く前に"
        "見失いました。",
    ),
    "live.tile_now": ("Lag now", "現在の遅れ"),
    "live.tile_p95": ("Lag, 95 of 100 lines", "遅れの 95 パーセンタイル"),
    "live.tile_max": ("Longest lag", "最大の遅れ"),
    "live.tile_held": ("Held of decisions", "判定のうち保留"),
    "live.seconds": ("{n:.2f} s", "{n:.2f} 秒"),
    "live.of": ("{n:,} of {of:,}", "{n:,} / {of:,}"),
    "live.tile_means": (
        "Over the last ten minutes, from the last look at the file at which a line was not there yet until its decision was "
        "recorded.",
        "直近 10 分間。行がまだなかった最後の確認時刻から、その行を含む判定が記録されるまで。",
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
        "A decision looks at {context:,} lines and is made every {every:,} lines or {seconds:g} s. So far: {skipped:,} ticks "
        "fell out, {failed:,} windows failed, {rotations:,} rotations, {truncations:,} truncations, {cut:,} lines cut. The "
        "last decision took {took} s. Memory: {reader} MB reading, {judge} MB judging.",
        "判定は直近 {context:,} 行を対象に、{every:,} 行または {seconds:g} 秒ごとに行います。"
        "これまでの実績: 見送り {skipped:,} 回、失敗 {failed:,} 件、ローテーション {rotations:,} 回、"
        "切り詰め {truncations:,} 回、"
        "長すぎて切った行 {cut:,}。直近の判定は {took} 秒。メモリー: 読み取り {reader} MB、判定 {judge} MB。",
    ),
}
