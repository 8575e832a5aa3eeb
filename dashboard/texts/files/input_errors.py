"""Texts of errors for which a file is refused; one text for every code of `sparsemix.InputError`."""

TEXTS: dict[str, tuple[str, str]] = {
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
        "encoding than the rest. Save the file as UTF-8, or choose its encoding under “How the file is read, and corrections”.",
        "{line:,} 行目、{position:,} バイト目（{value}）が UTF-8、UTF-16、Shift-JIS、"
        "EUC-JP のどれでもないか、ほかの部分と異なる文字コードです。"
        "UTF-8 で保存するか、「読み取り方の確認と修正」で文字コードを選んでください。",
    ),
    "input.too_many_lines": (
        "The file has more than {limit:,} lines. Split it, or remove blank lines.",
        "ファイルが {limit:,} 行を超えています。分割するか、空行を取り除いてください。",
    ),
    "input.too_many_events": (
        "The file has more than {limit:,} events. Split it, for example by shift or by day.",
        "イベントが {limit:,} 件を超えています。勤務や日ごとに分割してください。",
    ),
    "input.no_rows": (
        "{name} has no rows. Choose a table with rows below its header.",
        "{name} には行がありません。見出しの下に行のある表を選んでください。",
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
    "input.nested_column": (
        "The column {column} holds lists or columns of its own. Export a table with one value per cell.",
        "列 {column} がリストや列を値に持っています。1 つのセルに 1 つの値が入る表として書き出してください。",
    ),
    "input.undecodable": (
        "{name} holds values that cannot be read. Export it again, or save it as CSV.",
        "{name} に読み取れない値があります。書き出し直すか、CSV で保存してください。",
    ),
    "input.no_memory": (
        "Reading the file needs more memory than is allowed. Take a part of it, for example a shift or a day.",
        "ファイルの読み取りに必要なメモリが上限を超えています。勤務や日ごとなど、一部を取り出してください。",
    ),
    "input.too_slow": (
        "Reading took longer than {limit:,} seconds and was stopped. Take a part of the file, for example a shift or a day.",
        "読み取りが {limit:,} 秒を超えたため中止しました。勤務や日ごとなど、一部を取り出してください。",
    ),
    "input.too_much_text": (
        "What was read takes more than {limit:,} MB of memory. Take a part of the file, for example a shift or a day.",
        "読み取った内容が {limit:,} MB のメモリを超えています。勤務や日ごとなど、一部を取り出してください。",
    ),
    "input.reader_failed": (
        "The file ended the program that reads it: it is damaged, or crafted. Export it again, or save it as CSV.",
        "読み取り用のプログラムがこのファイルで異常終了しました。"
        "壊れているか、不正に作られたファイルです。書き出し直すか、CSV で保存してください。",
    ),
    "input.too_many_values": (
        "A JSON object has more than {limit:,} values. Write one object per event and line.",
        "1 つの JSON オブジェクトの値が {limit:,} 個を超えています。1 行に 1 イベントのオブジェクトを書いてください。",
    ),
    "input.bad_event_xml": (
        "The XML is broken at line {line:,}, or what stands there is not a plain list of events. Export it again, or save "
        "it as CSV.",
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
        "The time in line {line:,} cannot be read. Correct it, or, where the column of times can be chosen, choose another "
        "one or none.",
        "{line:,} 行目の時刻を読めません。直してください。時刻の列を選べる場合は、選び直すか「なし」にしてください。",
    ),
    "input.no_event_table": (
        "{name} is not an event table. It needs a header with a time, a node and a value, such as time,node,value,type.",
        "{name} はイベント表ではありません。見出しの行に、時刻・変数・値の列が必要です。",
    ),
    "input.too_few_runs": (
        "{found} normal runs are too few to know what is usual: give at least {needed}.",
        "正常な運転が {found} 件では、普段の状態が分かりません。{needed} 件以上を指定してください。",
    ),
    "input.no_states": (
        "The normal runs have no two variables with few values, by which states could be compared.",
        "正常な運転に、値の種類が少ない変数が二つ以上ないため、状態を比べられません。",
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
        "belong together. The ids must all be of sequences, or else be words of the lines, as they are written. Numbers of "
        "fewer than four digits and single characters are found in lines only with a word beside them, such as wafer 7.",
        "ラベル {total:,} 件のうち {count:,} 件は、データにない ID（{id} など）のものです。"
        "ラベルとデータの組み合わせを確認してください。"
        "ID は、すべて系列の ID であるか、行の中に同じ表記の語としてある必要があります。"
        "3 桁以下の数と 1 文字の ID は、「ウェハ 7」のように語を添えたものだけを行から探します。",
    ),
    "input.labels_by_accident": (
        "The ids in {name} are of no sequence, and only {found:,} of {total:,} are words of the lines, in {lines:,} lines. "
        "That may be by accident. Check that labels and data belong together; if they do, leave out the ids that do not occur.",
        "{name} の ID は系列の ID ではありません。"
        "行の中の語として見つかったのは {total:,} 個のうち {found:,} 個（{lines:,} 行）だけです。"
        "偶然の一致かもしれません。ラベルとデータの組み合わせを確認し、正しければ、行にない ID を除いてください。",
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
    "input.labels_only": (
        "The model for any log can be trained further with labels only, not with normal data alone. Learn labels, or "
        "start from other weights.",
        "任意のログ用モデルは、正常な挙動ではなくラベルから学習します。ラベルを学習するか、別の重みから始めてください。",
    ),
    "input.no_labelled_lines": (
        "{name} has no labelled lines of both kinds. The model for any log learns from lines: label single lines, or start "
        "from other weights.",
        "{name} には正常と異常の両方のラベルが付いた行がありません。任意のログ用モデルは行から学習します。"
        "行ごとにラベルを付けるか、別の重みから始めてください。",
    ),
    "input.too_short": (
        "{name} has fewer than {needed} events to judge a line by. Join short logs, or start from other weights.",
        "{name} のイベントは {needed} 件未満で、行を判定できません。短いログをつなげるか、別の重みから始めてください。",
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
        "{name} is damaged. Copy or download the archive again.",
        "{name} が壊れています。zip ファイルをもう一度コピーまたはダウンロードしてください。",
    ),
    "input.zip_encrypted": (
        "{name} is encrypted. Unpack the archive first.",
        "{name} は暗号化されています。zip ファイルを先に展開してください。",
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
}
