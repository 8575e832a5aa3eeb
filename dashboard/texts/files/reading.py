"""Texts of how a file is read: its columns, its times, and the settings that are kept for its source."""

TEXTS: dict[str, tuple[str, str]] = {
    "reading.title": ("How the file is read, and corrections", "読み取り方の確認と修正"),
    "reading.lead": (
        "What is not set is guessed. A correction here takes effect at once.",
        "指定がない項目は自動で判断します。ここで修正すると、すぐに反映されます。",
    ),
    "reading.encoding": ("Encoding", "文字コード"),
    "reading.time_zone": ("Time zone of times without one", "時差の指定がない時刻のタイムゾーン"),
    "reading.time_zone_help": (
        "The zone of the clock that recorded them. Times that name their own zone, such as 08:00+09:00, stay as they are.",
        "記録した時計がある地域です。08:00+09:00 のように時差が書かれた時刻は、そのまま使います。",
    ),
    "reading.sources": ("Sources in the file", "ファイル内のソース"),
    "reading.sources_help": (
        "A file can hold the logs of several hosts or programs, one after another. Times and distances are said within one.",
        "ファイルには、複数のホストやプログラムのログが続けて入っていることがあります。時間や距離は、同じソースの中で数えます。",
    ),
    "reading.sources_one": ("one source", "1 つのソース"),
    "reading.sources_clock": ("another one wherever the clock jumps back", "時刻が戻るたびに別のソース"),
    "reading.guessed": ("as recognised: {value}", "自動判断：{value}"),
    "reading.guess": ("as recognised", "自動判断"),
    "reading.clock_help": (
        "Only when date and time of day are in two columns.",
        "日付と時分秒が別の列にある場合だけ指定します。",
    ),
    "reading.message_help": (
        "Set for a table of events: every row is read as its message. A table of sensors has no such column.",
        "イベントの表の場合に指定します。各行をメッセージとして読みます。センサーの表では「なし」にします。",
    ),
    "reading.none": ("no column", "なし"),
    "reading.ignore": ("Columns left out", "使わない列"),
    "reading.ignore_help": (
        "The model does not see these columns, nor the columns of time, label and sequence.",
        "モデルはこれらの列を見ません。時刻、ラベル、系列の列も同様です。",
    ),
    "column_role.time": ("Time", "日時"),
    "column_role.clock": ("Time of day", "時分秒"),
    "column_role.label": ("Label", "ラベル"),
    "column_role.sequence_id": ("Sequence", "系列"),
    "column_role.source": ("Station or machine", "設備"),
    "column_role.level": ("Level", "レベル"),
    "column_role.message": ("Message", "メッセージ"),
    "column_role.ignore": ("left out", "不使用"),
    "column_role.feature": ("feature", "特徴量"),
    "column_kind.number": ("numbers", "数値"),
    "column_kind.category": ("categories", "カテゴリ"),
    "column_kind.text": ("text", "文字列"),
    "column_kind.time": ("times", "時刻"),
    "column_kind.empty": ("empty", "空"),
    "reading.columns": ("The {n:,} columns", "列（{n:,} 列）"),
    "reading.some_columns": ("The first {shown:,} of {n:,} columns", "{n:,} 列のうち先頭の {shown:,} 列"),
    "reading.first_rows": ("The first rows, as they are read", "先頭の行（読み取り結果）"),
    "reading.column": ("Column", "列"),
    "reading.kind": ("Holds", "内容"),
    "reading.unit": ("Unit", "単位"),
    "reading.missing": ("Missing", "欠損"),
    "reading.distinct": ("Different values", "値の種類"),
    "reading.range": ("From – to", "範囲"),
    "reading.examples": ("For example", "例"),
    "reading.time": ("Time", "時刻"),
    "reading.level": ("Level", "レベル"),
    "reading.source": ("Station", "設備"),
    "reading.message": ("What the model reads", "モデルが読む内容"),
    "reading.step": ("A step every {time}, as a rule.", "通常の間隔は {time} です。"),
    "reading.irregular": ("The steps differ: sampling is irregular.", "間隔が一定ではありません。"),
    "reading.gaps": (
        "Gaps of more than five usual steps: {n:,}; the longest, {time}, ends at line {line:,}.",
        "通常の 5 倍を超える空白が {n:,} か所あります。最長は {time} で、{line:,} 行目で終わります。",
    ),
    "reading.backwards": ("Places where time goes backwards: {n:,}.", "時刻が {n:,} か所で逆戻りしています。"),
    "reading.untimed": ("{n:,} events have no time.", "{n:,} 件のイベントには時刻がありません。"),
    "reading.sequences": (
        "The column {column} holds {n:,} sequences. Here the whole file is one decision, in the order of its rows; the "
        "model does not see that column. To have each sequence judged separately, use Data & training or the command "
        "`python -m sparsemix predict`.",
        "列 {column} には {n:,} 個の系列があります。ここではファイル全体を行の順に 1 件として判定し、"
        "この列はモデルに渡しません。"
        "系列ごとに判定するには「データと学習」かコマンド `python -m sparsemix predict` を使ってください。",
    ),
    "reading.label_unread": (
        "The column {column} holds labels: the model does not see it.",
        "列 {column} はラベルのため、モデルには渡しません。",
    ),
    "reading.how": ("Read as {what}", "読み取り方：{what}"),
    "reading.how_zone": ("times without a zone as {zone}", "時差の指定がない時刻は {zone}"),
    "reading.origin": ("Source: line or machine", "ソース（ラインや設備）"),
    "reading.origin_help": (
        "Files of one source belong together: reading settings, drift and roll-out are kept by source. Guessed from the "
        "file name.",
        "同じソースのファイルは一続きとして扱います。読み取り設定、ドリフト、展開の状況はソースごとに保存します。"
        "ファイル名から推定しています。",
    ),
    "reading.remember": ("Use for this source from now on", "今後このソースで使う"),
    "reading.forget": ("Forget settings", "設定を解除"),
    "reading.remembered": (
        "Files of {source} are read with remembered settings (log entry {seq}, {time}).",
        "{source} のファイルは保存した設定で読み取ります（ログの第 {seq} 件、{time}）。",
    ),
    "reading.not_fitting": (
        "The settings remembered for this source do not fit this file. Correct them here, or forget them.",
        "このソースに保存した設定がこのファイルに合いません。ここで修正するか、設定を解除してください。",
    ),
    "reading.back": ("Back to the guess", "自動判断に戻す"),
    "reading.again": (
        "This file was already decided at {time}. Running it again adds another decision to the record.",
        "このファイルは {time} に判定済みです。もう一度実行すると、別の判定として記録されます。",
    ),
    "reading.open": ("Open it", "判定を開く"),
}
