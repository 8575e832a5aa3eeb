"""Texts of what the reader tells about a file: why lines are skipped, and notes; one text for every code."""

TEXTS: dict[str, tuple[str, str]] = {
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
        "{n:,} lines were longer than 10,000 characters: what comes after these was left out.",
        "{n:,} 行が 10,000 文字を超えていたため、そこで切りました。",
    ),
    "note.joined_lines": (
        "{n:,} lines continue the line before: each was joined to it.",
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
    "note.several_sources": (
        "The file holds several sources, each by its own clock: they begin at lines {what}.",
        "ファイルには、時計が別々の複数のソースが続けて入っています。始まりは {what} 行目です。",
    ),
    "note.relative_time": (
        "The times count from the start of a run, not from a date.",
        "時刻は日付ではなく、運転開始からの経過時間です。",
    ),
    "note.nested_values_cut": (
        "Objects that are nested too deeply, so that their innermost values were left out: {n:,}.",
        "{n:,} 件のオブジェクトは入れ子が深すぎるため、最も内側の値を省きました。",
    ),
    "note.unfamiliar_input": ("The input is unfamiliar to the model.", "モデルにとって未知の入力です。"),
    "note.skipped_lines": ("{n:,} lines became no event.", "{n:,} 行はイベントになりませんでした。"),
    "note.missing_cells": (
        "Empty cells of feature columns, which are not passed to the model: {n:,}.",
        "特徴量の {n:,} 個のセルが空です。空のセルはモデルに渡しません。",
    ),
    "note.empty_columns": (
        "Columns that are empty in every row and were left out: {n:,}.",
        "{n:,} 列はどの行も空のため、除きました。",
    ),
    "note.labelled_ids": (
        "The ids of the labels are words of the lines: {n:,} of them occur there.",
        "ラベルの ID は行の中の語です。{n:,} 個の ID が行の中に見つかりました。",
    ),
    "note.labelled_lines": (
        "{n:,} lines hold such an id and got its label.",
        "この ID を含む {n:,} 行に、その ID のラベルを付けました。",
    ),
    "note.lines_without_id": (
        "{n:,} lines beside them hold no such id and count as normal.",
        "同じ系列のほかの {n:,} 行はこの ID を含まないため、正常として扱います。",
    ),
    "note.ids_in_no_line": (
        "Ids of the labels that occur in no line: {n:,}.",
        "ラベルの ID のうち {n:,} 個は、どの行にもありません。",
    ),
    "note.ids_not_looked_for": (
        "Ids of the labels that were not looked for in lines: {n:,}. Any line may hold a number of fewer than four digits "
        "or a single character; ids of more than eight words were not looked for, either.",
        "ラベルの ID のうち {n:,} 個は、行から探しませんでした。3 桁以下の数と 1 文字の ID はどの行にもあり得るため、"
        "また 9 語以上の ID は長すぎるためです。",
    ),
    "note.unknown": ("Note: {code}", "備考：{code}"),
}
