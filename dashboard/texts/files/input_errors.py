"""Texts of errors for which a file is refused; one text for every code of `sparsemix.InputError`."""

TEXTS: dict[str, tuple[str, str]] = {
    "input.empty": (
        "The file is empty. Choose one with at least two events.",
        "ファイルが空です。2 件以上のイベントを含むファイルを選んでください。",
    ),
    "input.too_large": (
        "The file has more than {limit:,} bytes. Split it, for example by day, or compress it with gzip.",
        "ファイルが {limit:,} バイトを超えています。日ごとなどに分割するか、gzip で圧縮してください。",
    ),
    "input.unpacks_too_large": (
        "The gzip file unpacks to more than {limit:,} bytes. Split the log, for example by day.",
        "gzip を展開すると {limit:,} バイトを超えます。ログを日ごとなどに分割してください。",
    ),
    "input.gzip_ratio": (
        "The gzip file unpacks to more than {limit:,} times its size. Check it, or unpack it first.",
        "gzip を展開すると {limit:,} 倍を超えます。確認するか、先に展開してください。",
    ),
    "input.gzip_truncated": (
        "The gzip file ends too early. Copy it again.",
        "gzip が途中で切れています。再コピーしてください。",
    ),
    "input.gzip_damaged": ("The gzip file is damaged. Copy it again.", "gzip ファイルが壊れています。コピーし直してください。"),
    "input.gzip_parts": (
        "The gzip file has more than {limit:,} parts. Check it, or unpack it first.",
        "gzip ファイルの部分が {limit:,} 個を超えています。確認するか、先に展開してください。",
    ),
    "input.binary": (
        "This is not a text file. Export the events as a text log, CSV or JSON lines.",
        "テキストファイルではありません。イベントをテキストログ、CSV、JSON Lines のいずれかで書き出してください。",
    ),
    "input.encoding": (
        "Byte {position:,} ({value}), line {line:,}, fits neither the rest nor UTF-8, UTF-16, Shift-JIS or EUC-JP. Save the "
        "file as UTF-8, or choose its encoding under “How the file is read, and corrections”.",
        "{line:,} 行目、{position:,} バイト目（{value}）が、ほかの部分とも UTF-8、UTF-16、Shift-JIS、EUC-JP とも合いません。"
        "UTF-8 で保存するか、「読み取り方の確認と修正」で文字コードを選んでください。",
    ),
    "input.too_many_lines": (
        "The file has more than {limit:,} lines. Split it, or remove blank lines.",
        "ファイルが {limit:,} 行を超えています。分割するか、空行を取り除いてください。",
    ),
    "input.too_many_events": (
        "The file has more than {limit:,} events. Split it, for example by day.",
        "イベントが {limit:,} 件を超えています。日ごとなどに分割してください。",
    ),
    "input.no_rows": ("{name} has no rows below its header.", "{name} には見出しの下に行がありません。"),
    "input.too_few_events": (
        "Found {found} events and skipped {skipped} lines; {needed} events are needed. Choose a file with one event per line.",
        "見つかったイベントは {found} 件、読み飛ばした行は {skipped} 行です。{needed} 件以上が必要です。"
        "1 行に 1 イベントのファイルを選んでください。",
    ),
    "input.csv_no_header": (
        "The table has no header. Add a first row of different names.",
        "表に見出し行がありません。1 行目に、列ごとに異なる名前を入れてください。",
    ),
    "input.duplicate_columns": (
        "The column {column} occurs twice. Give every column its own name.",
        "列 {column} が重複しています。列ごとに異なる名前を付けてください。",
    ),
    "input.too_many_columns": (
        "The table has more than {limit:,} columns. One row is one step: check whether they are swapped.",
        "表の列が {limit:,} 列を超えています。1 行が 1 時点です。行と列が逆になっていないか確認してください。",
    ),
    "input.no_such_column": (
        "There is no column {column}. Choose another.",
        "列 {column} がありません。別の列を選んでください。",
    ),
    "input.bad_columns": (
        "The roles of the columns contradict each other at {part}. Give every column one role.",
        "列の役割が矛盾しています（{part}）。1 つの列には 1 つの役割を選んでください。",
    ),
    "input.ragged": (
        "Line {line:,} has another number of cells than the header. Correct it, or remove it.",
        "{line:,} 行目のセルの数が見出し行と違います。修正するか、取り除いてください。",
    ),
    "input.bad_table": (
        "{name} is damaged, or another kind of table than its name says. Export it again.",
        "{name} は壊れているか、名前と違う形式の表です。書き出し直してください。",
    ),
    "input.nested_column": (
        "The column {column} holds lists or columns. Export one value per cell.",
        "列 {column} がリストや列を値に持っています。1 つのセルに 1 つの値を書き出してください。",
    ),
    "input.undecodable": (
        "{name} holds values that cannot be read. Export it again, or save it as CSV.",
        "{name} に読み取れない値があります。書き出し直すか、CSV で保存してください。",
    ),
    "input.no_memory": (
        "The file needs more memory than there is for it now. Take a part, for example a day, or try again later.",
        "現在、このファイルに必要なメモリが足りません。1 日分など一部を取り出すか、後でもう一度試してください。",
    ),
    "input.too_slow": (
        "Reading took longer than {limit:,} seconds. Take a part of the file, for example a day.",
        "読み取りが {limit:,} 秒を超えました。1 日分など、一部を取り出してください。",
    ),
    "input.too_much_text": (
        "What was read takes more than {limit:,} MB. Take a part of the file, for example a day.",
        "読み取った内容が {limit:,} MB を超えています。1 日分など、一部を取り出してください。",
    ),
    "input.reader_failed": (
        "The file ended the program that reads it: damaged, or crafted. Export it again, or save it as CSV.",
        "読み取り用のプログラムが異常終了しました。壊れているか、不正に作られたファイルです。書き出し直すか、"
        "CSV で保存してください。",
    ),
    "input.too_many_values": (
        "A JSON object has more than {limit:,} values. Write one object per event and line.",
        "1 つの JSON オブジェクトの値が {limit:,} 個を超えています。1 行に 1 イベントのオブジェクトを書いてください。",
    ),
    "input.bad_event_xml": (
        "The XML is broken at line {line:,}, or no plain list of events. Export it again, or save it as CSV.",
        "イベントの XML が {line:,} 行目で壊れているか、単純なイベントの一覧ではありません。書き出し直すか、"
        "CSV で保存してください。",
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
        "The file was read by rules of a newer version. Use that version.",
        "新しいバージョンの方法で読み取られたファイルです。そのバージョンを使ってください。",
    ),
    "input.bad_reading": (
        "The remembered reading settings are damaged. Set them again.",
        "保存された読み取り設定が壊れています。設定し直してください。",
    ),
    "input.several_sequences": (
        "A data set of {n:,} sequences; here one file is one sequence. Learn from it on Data & training, use `python -m "
        "sparsemix predict`, or give every sequence a file.",
        "{n:,} 個の系列を含むデータセットです。ここでは 1 ファイルが 1 系列です。「データと学習」で学習に使うか、"
        "`python -m sparsemix predict` を使うか、系列ごとにファイルを分けてください。",
    ),
    "input.jsonl_no_objects": (
        "No line is a JSON object. Write one per line, with fields such as time and message.",
        "JSON オブジェクトの行がありません。time や message などの項目を持つオブジェクトを 1 行に 1 つ書いてください。",
    ),
    "input.invalid_json": (
        "The JSON array is broken at line {line:,}. Export it again, or write one object per line.",
        "JSON 配列が {line:,} 行目で壊れています。書き出し直すか、1 行に 1 オブジェクトで書いてください。",
    ),
    "input.not_json": (
        '{where}: no JSON object. Write one sequence per line, such as {{"id": "a", "events": ["..."]}}.',
        '{where}：JSON オブジェクトではありません。1 行に 1 系列を {{"id": "a", "events": ["..."]}} の形で書いてください。',
    ),
    "input.not_a_sequence": (
        '{where}: no sequence. It needs "events", a list of texts, or "text"; "spans" must lie within it.',
        '{where}：系列として読めません。テキストのリスト "events" か "text" が必要で、"spans" はその範囲内に限ります。',
    ),
    "input.duplicate_id": (
        "The id {id} occurs twice. Give every sequence its own id, every file its own name.",
        "ID {id} が 2 回現れます。系列ごとに異なる ID を、ファイルごとに異なる名前を付けてください。",
    ),
    "input.bad_label": (
        "{where}: no label, which is a text or number of at most 200 characters.",
        "{where}：ラベルとして読めません。200 文字以内の文字列か数値にしてください。",
    ),
    "input.bad_row": (
        "A quotation mark in line {line:,} is never closed. Correct the line.",
        "{line:,} 行目の引用符が閉じていません。行を直してください。",
    ),
    "input.bad_time": (
        "The time in line {line:,} cannot be read. Correct it, or choose another column of times, or none.",
        "{line:,} 行目の時刻を読めません。直すか、時刻の列を選び直すか「なし」にしてください。",
    ),
    "input.no_event_table": (
        "{name} is no event table: its header needs a time, a node and a value, such as time,node,value,type.",
        "{name} はイベント表ではありません。見出しの行に、時刻・変数・値の列が必要です。",
    ),
    "input.too_few_runs": (
        "{found} normal runs are too few: give at least {needed}.",
        "正常な運転が {found} 件では足りません。{needed} 件以上を指定してください。",
    ),
    "input.no_states": (
        "The normal runs lack two variables with few values to compare states by.",
        "正常な運転に、値の種類が少ない変数が二つ以上ないため、状態を比べられません。",
    ),
    "input.time_backwards": (
        "Time goes backwards in line {line:,}. Sort the rows of every sequence by time.",
        "{line:,} 行目で時刻が戻っています。系列ごとに行を時刻順に並べてください。",
    ),
    "input.no_features": (
        "No column is left to learn from. Leave one without another role.",
        "学習に使える列が残っていません。ほかの役割のない列を残してください。",
    ),
    "input.all_missing": (
        "Every cell to learn from is empty. Check the export.",
        "学習に使うセルがすべて空です。書き出し方を確認してください。",
    ),
    "input.one_class": (
        "Learning from labels needs four sequences of each kind ({faulty:,} faulty, {normal:,} normal). Label more, or learn "
        "what is normal.",
        "ラベルからの学習には各 4 件の系列が必要です（異常 {faulty:,} 件、正常 {normal:,} 件）。ラベルを増やすか、"
        "正常な挙動を学習してください。",
    ),
    "input.all_faulty": (
        "All {faulty:,} sequences are labelled as faulty. Add normal ones.",
        "{faulty:,} 件の系列がすべて異常です。正常な系列を加えてください。",
    ),
    "input.labels_of_others": (
        "{count:,} of {total:,} labels have ids that the data lack, such as {id}. Ids must all be of sequences, or else "
        "words of the lines as written; short ones only with a word beside them, such as wafer 7.",
        "ラベル {total:,} 件のうち {count:,} 件は、データにない ID（{id} など）のものです。ID は、すべて系列の ID であるか、"
        "行の中の同じ表記の語である必要があります。短い ID は「ウェハ 7」のように語を添えたものだけを探します。",
    ),
    "input.labels_by_accident": (
        "Only {found:,} of {total:,} ids in {name} are words of the lines ({lines:,} lines): maybe by accident. If labels "
        "and data belong together, leave out the other ids.",
        "{name} の ID のうち行の中の語は {total:,} 個中 {found:,} 個（{lines:,} 行）だけで、偶然の一致かもしれません。"
        "組み合わせが正しければ、ほかの ID を除いてください。",
    ),
    "input.labels_twice": (
        "The id {id} has two labels (line {line:,}). Keep one.",
        "ID {id} にラベルが 2 つあります（{line:,} 行目）。一つにしてください。",
    ),
    "input.no_label_table": (
        "{name} is no table of labels: it needs the columns id and label.",
        "{name} はラベルの表ではありません。id の列と label の列が必要です。",
    ),
    "input.labels_not_understood": (
        "It is not clear which labels of {name} mean normal: {words}. Say which.",
        "{name} のどのラベルが正常を意味するのか分かりません：{words}。正常を意味するラベルを指定してください。",
    ),
    "input.labels_only": (
        "The model for any log learns from labels only. Learn labels, or start from other weights.",
        "任意のログ用モデルはラベルから学習します。ラベルを学習するか、別の重みから始めてください。",
    ),
    "input.no_labelled_lines": (
        "{name} lacks labelled lines of both kinds, from which the model for any log learns. Label lines, or start from "
        "other weights.",
        "{name} には正常と異常の両方のラベルが付いた行がありません。行ごとにラベルを付けるか、別の重みから始めてください。",
    ),
    "input.too_short": (
        "{name} has fewer than {needed} events. Join short logs, or start from other weights.",
        "{name} のイベントは {needed} 件未満です。短いログをつなげるか、別の重みから始めてください。",
    ),
    "input.unknown_labels": (
        "{name} has no label {words}. Choose among {labels}.",
        "{name} に {words} というラベルはありません。{labels} から選んでください。",
    ),
    "input.no_labels": ("{name} has no labels to compare with.", "{name} には比較できるラベルがありません。"),
    "input.too_many_files": (
        "More than {limit:,} files. Combine logs into JSON lines, or choose fewer.",
        "ファイルが {limit:,} 個を超えています。JSON Lines にまとめるか、減らしてください。",
    ),
    "input.zip_damaged": ("{name} is damaged. Copy the archive again.", "{name} が壊れています。コピーし直してください。"),
    "input.zip_encrypted": ("{name} is encrypted. Unpack it first.", "{name} は暗号化されています。先に展開してください。"),
    "input.zip_ratio": (
        "The archive unpacks to more than {limit:,} times its size. Check it, or unpack it first.",
        "zip を展開すると {limit:,} 倍を超えます。確認するか、先に展開してください。",
    ),
    "input.not_readable": (
        "The file cannot be read. Check that it exists and that you may open it.",
        "ファイルを読めません。ファイルの有無とアクセス権を確認してください。",
    ),
    "input.other": (
        "The file cannot be used. Choose a text log, a table (CSV, Excel, Parquet) or JSON lines.",
        "このファイルは使用できません。テキストログ、表（CSV、Excel、Parquet）、JSON Lines のいずれかを選んでください。",
    ),
}
