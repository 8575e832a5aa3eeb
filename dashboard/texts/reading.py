"""Texts of how a file is read: settings, input errors, reasons why lines are skipped, and notes; one text for every code."""

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
    "reading.role": ("Read as", "扱い"),
    "reading.kind": ("Holds", "内容"),
    "reading.unit": ("Unit", "単位"),
    "reading.missing": ("Missing", "欠損"),
    "reading.distinct": ("Different values", "値の種類"),
    "reading.range": ("From – to", "範囲"),
    "reading.examples": ("For example", "例"),
    "reading.line": ("Line", "行"),
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
    "reading.backwards": ("Time goes backwards at {n:,} places.", "時刻が {n:,} か所で逆戻りしています。"),
    "reading.untimed": ("{n:,} events have no time.", "{n:,} 件のイベントには時刻がありません。"),
    "reading.missing_cells": (
        "{n:,} cells of feature columns are empty; they are not passed to the model.",
        "特徴量の {n:,} 個のセルが空です。空のセルはモデルに渡しません。",
    ),
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
    "reading.saved": ("Remembered for {source}: log entry {seq}.", "{source} の設定を保存しました（ログの第 {seq} 件）。"),
    "reading.forgotten": ("Forgotten for {source}: log entry {seq}.", "{source} の設定を解除しました（ログの第 {seq} 件）。"),
    "reading.back": ("Back to the guess", "自動判断に戻す"),
    "reading.again": (
        "This file was already decided at {time}. Running it again adds another decision to the record.",
        "このファイルは {time} に判定済みです。もう一度実行すると、別の判定として記録されます。",
    ),
    "reading.open": ("Open it", "判定を開く"),
    # Input errors, reasons why lines are skipped, and notes
    "input.empty": (
        "The file is empty. Choose a file with at least two events.",
        "ファイルが空です。2 件以上のイベントを含むファイルを選んでください。",
    ),
    "input.too_large": (
        "The file has more than {limit:,} bytes. Split it, for example by shift or by day, or compress it with gzip.",
        "ファイルが {limit:,} バイトを超えています。勤務や日ごとに分割するか、gzip で圧縮してください。",
    ),
    "input.unpacks_too_large": (
        "The gzip file unpacks to more than {limit:,} bytes. Split the log, for example by shift, then compress the parts.",
        "gzip を展開すると {limit:,} バイトを超えます。ログを勤務などごとに分割してから圧縮してください。",
    ),
    "input.gzip_ratio": (
        "The gzip file unpacks to more than {limit:,} times its size, unlike any log. Check the file, or unpack it first.",
        "gzip を展開すると {limit:,} 倍を超えます。ログでは起こらない比率です。確認するか、展開してからお試しください。",
    ),
    "input.gzip_truncated": (
        "The gzip file ends too early. Copy or download it again.",
        "gzip ファイルが途中で切れています。もう一度コピーまたはダウンロードしてください。",
    ),
    "input.gzip_damaged": (
        "The gzip file is damaged. Copy or download it again.",
        "gzip ファイルが壊れています。もう一度コピーまたはダウンロードしてください。",
    ),
    "input.gzip_parts": (
        "The gzip file is joined from more than {limit:,} parts. Check it, or unpack it first.",
        "gzip ファイルが {limit:,} 個を超える部分から成っています。確認するか、展開してからお試しください。",
    ),
    "input.binary": (
        "This is not a text file ({kind}). Export the events as a text log, CSV or JSON lines.",
        "テキストファイルではありません（{kind}）。イベントをテキストログ、CSV、JSON Lines のいずれかで書き出してください。",
    ),
    "input.encoding": (
        "Byte {position:,} ({value}), on line {line:,}, fits none of UTF-8, UTF-16, Shift-JIS and EUC-JP, or is in another "
        "encoding than the rest. Save the file as UTF-8.",
        "{line:,} 行目、{position:,} バイト目（{value}）が UTF-8、UTF-16、Shift-JIS、"
        "EUC-JP のどれでもないか、ほかの部分と異なる文字コードです。UTF-8 で保存してください。",
    ),
    "input.too_many_lines": (
        "The file has more than {limit:,} lines. Split it, or remove blank lines.",
        "ファイルが {limit:,} 行を超えています。分割するか、空行を取り除いてください。",
    ),
    "input.too_many_events": (
        "The file has more than {limit:,} events. Split it, for example by shift or by day.",
        "イベントが {limit:,} 件を超えています。勤務や日ごとに分割してください。",
    ),
    "input.too_few_events": (
        "Found {found} events and skipped {skipped} lines; at least {needed} events are needed. Choose a file with one "
        "event per line.",
        "見つかったイベントは {found} 件、読み飛ばした行は {skipped} 行です。{needed} 件以上が必要です。"
        "1 行に 1 イベントのファイルを選んでください。",
    ),
    "input.csv_no_header": (
        "The table has no header. Add a first row with a different name for every column.",
        "表に見出し行がありません。1 行目に、列ごとに異なる名前を入れてください。",
    ),
    "input.duplicate_columns": (
        "The column {column} occurs twice. Give every column its own name.",
        "列 {column} が重複しています。列ごとに異なる名前を付けてください。",
    ),
    "input.too_many_columns": (
        "The table has more than {limit:,} columns. One row is one step: check whether rows and columns are swapped.",
        "表の列が {limit:,} 列を超えています。1 行が 1 時点です。行と列が逆になっていないか確認してください。",
    ),
    "input.no_such_column": (
        "There is no column {column} here. Choose another column for this role.",
        "列 {column} がありません。その役割には別の列を選んでください。",
    ),
    "input.bad_columns": (
        "The roles of the columns contradict each other at {part}. Give every column one role.",
        "列の役割が矛盾しています（{part}）。1 つの列には 1 つの役割を選んでください。",
    ),
    "input.ragged": (
        "Line {line:,} does not have as many cells as the header. Correct it, or remove it.",
        "{line:,} 行目のセルの数が見出し行と違います。修正するか、取り除いてください。",
    ),
    "input.bad_table": (
        "{name} is damaged, or it is not the kind of table that its name says. Export it again.",
        "{name} は壊れているか、名前が示す形式の表ではありません。書き出し直してください。",
    ),
    "input.bad_event_xml": (
        "The XML of events is broken or no plain list of events at line {line:,}. Export it again, or save it as CSV.",
        "イベントの XML が {line:,} 行目で壊れているか、単純なイベントの一覧ではありません。"
        "書き出し直すか、CSV で保存してください。",
    ),
    "input.other_encoding": (
        "Byte {position:,} does not fit the encoding {encoding}. Choose another one.",
        "{position:,} バイト目が文字コード {encoding} に合いません。別の文字コードを選んでください。",
    ),
    "input.unknown_encoding": (
        "The encoding {encoding} is not supported. Choose another one.",
        "文字コード {encoding} には対応していません。別の文字コードを選んでください。",
    ),
    "input.unknown_time_zone": (
        "The time zone {zone} is not known. Choose another one.",
        "タイムゾーン {zone} は登録されていません。別のタイムゾーンを選んでください。",
    ),
    "input.unknown_rules": (
        "The file was read with rules that this version does not know. Use a newer version.",
        "このバージョンにない方法で読み取られたファイルです。新しいバージョンを使ってください。",
    ),
    "input.bad_reading": (
        "The remembered reading settings are damaged. Forget them, and set them again.",
        "保存された読み取り設定が壊れています。解除してから設定し直してください。",
    ),
    "input.several_sequences": (
        "This is a data set of {n:,} sequences; here one file is one sequence. Learn from it on Data & training, have it "
        "judged by `python -m sparsemix predict`, or give every sequence a file of its own.",
        "{n:,} 個の系列を含むデータセットです。ここでは 1 ファイルを 1 系列として扱います。"
        "「データと学習」で学習に使うか、`python -m sparsemix predict` で判定するか、系列ごとにファイルを分けてください。",
    ),
    "input.jsonl_no_objects": (
        "No line is a JSON object. Write one object per line, with fields such as time and message.",
        "JSON オブジェクトの行がありません。time や message などの項目を持つオブジェクトを 1 行に 1 つ書いてください。",
    ),
    "input.invalid_json": (
        "The JSON array is broken at line {line:,}. Export it again, or write one object per line.",
        "JSON 配列が {line:,} 行目で壊れています。書き出し直すか、1 行に 1 オブジェクトで書いてください。",
    ),
    "input.not_json": (
        '{where}: this is not a JSON object. Write one sequence per line, such as {{"id": "a", "events": ["..."]}}.',
        '{where}：JSON オブジェクトではありません。1 行に 1 系列を {{"id": "a", "events": ["..."]}} の形で書いてください。',
    ),
    "input.not_a_sequence": (
        '{where}: this is not a sequence. It needs "events", a list of texts, or "text"; "spans" must lie within it.',
        '{where}：系列として読めません。テキストのリスト "events" か "text" が必要で、"spans" はその範囲内に限ります。',
    ),
    "input.duplicate_id": (
        "The id {id} occurs twice. Give every sequence its own id, and every file its own name.",
        "ID {id} が 2 回現れます。系列ごとに異なる ID を、ファイルごとに異なる名前を付けてください。",
    ),
    "input.bad_label": (
        "{where}: this is not a label. A label is a text or a number of at most 200 characters.",
        "{where}：ラベルとして読めません。200 文字以内の文字列か数値にしてください。",
    ),
    "input.bad_row": (
        "A quotation mark in line {line:,} is never closed. Correct the line, or export the table again.",
        "{line:,} 行目の引用符が閉じていません。行を直すか、表を書き出し直してください。",
    ),
    "input.bad_time": (
        "The time in line {line:,} cannot be read. Choose another time column, or none.",
        "{line:,} 行目の時刻を読めません。時刻の列を選び直すか、「なし」にしてください。",
    ),
    "input.time_backwards": (
        "Time goes backwards in line {line:,}. Sort the rows of every sequence by time.",
        "{line:,} 行目で時刻が戻っています。系列ごとに行を時刻順に並べてください。",
    ),
    "input.no_features": (
        "No column is left to learn from. Leave at least one column without another role.",
        "学習に使える列が残っていません。ほかの役割のない列を一つ以上残してください。",
    ),
    "input.all_missing": (
        "Every cell to learn from is empty, in every row. Check the export.",
        "学習に使うセルがすべて空です。書き出し方を確認してください。",
    ),
    "input.one_class": (
        "There are {faulty:,} faulty and {normal:,} normal labelled sequences; learning from labels needs four of each. "
        "Label more, or learn what is normal.",
        "ラベル付きの系列は異常 {faulty:,} 件、正常 {normal:,} 件です。ラベルから学習するには各 4 件が必要です。"
        "ラベルを増やすか、正常な挙動を学習してください。",
    ),
    "input.all_faulty": (
        "All {faulty:,} sequences are labelled as faulty. Add normal ones: from them the model learns what is normal, and "
        "how faults differ from it.",
        "{faulty:,} 件の系列がすべて異常とラベル付けされています。正常な系列を加えてください。"
        "正常な挙動も、異常との違いも、正常な系列から学びます。",
    ),
    "input.labels_of_others": (
        "{count:,} of {total:,} labels belong to ids that the data do not have, such as {id}. Check that labels and data "
        "belong together.",
        "ラベル {total:,} 件のうち {count:,} 件は、データにない ID（{id} など）のものです。"
        "ラベルとデータの組み合わせを確認してください。",
    ),
    "input.labels_twice": (
        "The id {id} has two labels (line {line:,}). Keep one.",
        "ID {id} にラベルが 2 つあります（{line:,} 行目）。一つにしてください。",
    ),
    "input.no_label_table": (
        "{name} is not a table of labels. It needs a column id and a column label.",
        "{name} はラベルの表ではありません。id の列と label の列が必要です。",
    ),
    "input.labels_not_understood": (
        "No label of {name} is understood to mean normal, and these labels are not understood: {words}. Say which labels mean "
        "normal.",
        "{name} には正常を意味すると分かるラベルがなく、次のラベルの意味が分かりません：{words}。"
        "正常を意味するラベルを指定してください。",
    ),
    "input.unknown_labels": (
        "{name} has no label {words}. Its labels are {labels}. Choose among these.",
        "{name} に {words} というラベルはありません。ラベルは {labels} です。この中から選んでください。",
    ),
    "input.no_labels": ("{name} has no labels to compare with.", "{name} には比較できるラベルがありません。"),
    "input.too_many_files": (
        "There are more than {limit:,} files. Combine logs into JSON lines, one sequence per line, or choose fewer files.",
        "ファイルが {limit:,} 個を超えています。1 行に 1 系列の JSON Lines にまとめるか、減らしてください。",
    ),
    "input.zip_damaged": (
        "The archive is damaged. Copy or download it again.",
        "zip ファイルが壊れています。もう一度コピーまたはダウンロードしてください。",
    ),
    "input.zip_encrypted": (
        "The archive is encrypted. Unpack it first.",
        "zip ファイルが暗号化されています。先に展開してください。",
    ),
    "input.zip_ratio": (
        "The archive unpacks to more than {limit:,} times its size, unlike any log. Check it, or unpack it first.",
        "zip を展開すると {limit:,} 倍を超えます。ログでは起こらない比率です。確認するか、展開してからお試しください。",
    ),
    "input.not_readable": (
        "The file cannot be read. Check that it exists and that you may open it.",
        "ファイルを読めません。ファイルの有無とアクセス権を確認してください。",
    ),
    "input.other": (
        "The file cannot be used. Choose a text log, a table (CSV, Excel, Parquet) or JSON lines.",
        "このファイルは使用できません。テキストログ、表（CSV、Excel、Parquet）、JSON Lines のいずれかを選んでください。",
    ),
    "skip.blank": ("blank", "空行"),
    "skip.type_line": ("line in which PowerShell names the type", "PowerShell の型を示す行"),
    "skip.bad_row": ("row that cannot be split into cells", "セルに分割できない行"),
    "skip.unclosed_quote": ("quote that is never closed", "引用符が閉じていない"),
    "skip.ragged": ("other number of cells than the header", "見出し行とセルの数が違う"),
    "skip.not_an_object": ("not a JSON object", "JSON オブジェクトではない"),
    "skip.invalid_json": ("not valid JSON", "JSON として正しくない"),
    "skip.too_deep": ("nested too deeply", "入れ子が深すぎる"),
    "note.gzip": ("The file was unpacked from gzip.", "gzip を展開して読み込みました。"),
    "note.byte_order_mark": ("The file starts with a byte order mark.", "先頭にバイト順マーク（BOM）があります。"),
    "note.mixed_line_endings": (
        "The file mixes line endings; each of them was taken as the end of a line.",
        "改行コードが混在しています。いずれも行末として扱いました。",
    ),
    "note.truncated_lines": (
        "{n:,} lines were longer than 10,000 characters and were cut there.",
        "{n:,} 行が 10,000 文字を超えていたため、そこで切りました。",
    ),
    "note.joined_lines": (
        "{n:,} lines continue the line before and were joined to it.",
        "{n:,} 行は前の行の続きとして結合しました。",
    ),
    "note.year_unknown": (
        "The times have no year: the first of them was taken as in the year 2000. The time span is right, the year and the "
        "days of the week are not known.",
        "時刻に年がないため、最初の時刻を 2000 年として読みました。期間は正しいものの、年と曜日は不明です。",
    ),
    "note.month_first": (
        "Nothing in the file says whether its dates begin with the month or the day: they were read with the month first.",
        "日付が月から始まるか日から始まるかを、ファイルの内容から判断できません。月から始まるものとして読みました。",
    ),
    "note.day_first": (
        "Nothing in the file says whether its dates begin with the month or the day: they were read with the day first.",
        "日付が月から始まるか日から始まるかを、ファイルの内容から判断できません。日から始まるものとして読みました。",
    ),
    "note.year_first": (
        "Nothing in the file says whether its dates begin with the year or the day: they were read with the year first.",
        "日付が年から始まるか日から始まるかを、ファイルの内容から判断できません。年から始まるものとして読みました。",
    ),
    "note.pieces": (
        "These are few logs for learning: they were cut into {n:,} pieces of 50 to 200 lines, each of which counts as a "
        "sequence, so that some can be held out to compare with.",
        "学習に使うログの数が少ないため、50〜200 行の {n:,} 個の区間に分け、それぞれを 1 系列として扱います。"
        "一部を学習に使わず、比較のために残すためです。",
    ),
    "note.event_table": (
        "The column {what} holds messages: every row was read as an event, with the words of its message.",
        "列 {what} にメッセージがあるため、各行をイベントとして、メッセージの言葉も含めて読みました。",
    ),
    "note.turned_round": (
        "The events were written newest first: they were turned round.",
        "イベントが新しい順に並んでいたため、古い順に並べ替えました。",
    ),
    "note.sorted_by_time": (
        "The events were not written in the order of time: they were sorted by time.",
        "イベントが時刻順に並んでいなかったため、時刻順に並べ替えました。",
    ),
    "note.columns_left_out": (
        "These columns say nothing of what happened and were left out: {what}.",
        "出来事の内容を示さない次の列は除きました：{what}。",
    ),
    "note.event_xml": (
        "Level, time, source, ID, computer and message of every event were read, its data where it has no message; the other "
        "fields of the XML were left out.",
        "各イベントのレベル、時刻、ソース、ID、コンピューター、メッセージ（メッセージがない場合はデータ）を読みました。"
        "XML のほかの項目は除きました。",
    ),
    "note.words_not_judged": (
        "These columns hold words: {what}. The model reads them with each row, but learning what is normal judges the columns "
        "of numbers only.",
        "次の列には言葉が入っています：{what}。モデルは各行とともに読みますが、正常な挙動の学習で判定するのは数値の列だけです。",
    ),
    "note.relative_time": (
        "The times count from the start of a run, not from a date.",
        "時刻は日付ではなく、運転開始からの経過時間です。",
    ),
    "note.nested_values_cut": (
        "{n:,} objects are nested too deeply; their innermost values were left out.",
        "{n:,} 件のオブジェクトは入れ子が深すぎるため、最も内側の値を省きました。",
    ),
    "note.unfamiliar_input": ("The input is unfamiliar to the model.", "モデルにとって未知の入力です。"),
    "note.skipped_lines": ("{n:,} lines became no event.", "{n:,} 行はイベントになりませんでした。"),
    "note.missing_cells": (
        "{n:,} cells of feature columns are empty; they are not passed to the model.",
        "特徴量の {n:,} 個のセルが空です。空のセルはモデルに渡しません。",
    ),
    "note.empty_columns": (
        "{n:,} columns are empty in every row and were left out.",
        "{n:,} 列はどの行も空のため、除きました。",
    ),
    "note.unknown": ("Note: {code}", "備考：{code}"),
}
