"""Texts of what the reader tells about a file. What the shell says too is said in the shell's words."""

from __future__ import annotations

from sparsemix.readers.collect import SENTENCES

# The Japanese of what is told of reading a file.
NOTES = {
    "gzip": "gzip を展開して読み込みました。",
    "byte_order_mark": "先頭にバイト順マーク（BOM）があります。",
    "mixed_line_endings": "改行コードが混在しています。いずれも行末として扱いました。",
    "truncated_lines": "{n:,} 行を 10,000 文字で切りました。",
    "joined_lines": "{n:,} 行は前の行の続きとして結合しました。",
    "year_unknown": "時刻に年がないため、2000 年からとして読みました。曜日は不明です。",
    "month_first": "日付が月と日のどちらから始まるか判断できず、月からとして読みました。",
    "day_first": "日付が月と日のどちらから始まるか判断できず、日からとして読みました。",
    "year_first": "日付が年と日のどちらから始まるか判断できず、年からとして読みました。",
    "event_table": "列 {what} にメッセージがあるため、各行をイベントとして読みました。",
    "turned_round": "イベントが新しい順に並んでいたため、古い順に並べ替えました。",
    "sorted_by_time": "イベントが時刻順に並んでいなかったため、時刻順に並べ替えました。",
    "columns_left_out": "出来事の内容を示さない次の列は除きました：{what}。",
    "event_xml": "各イベントのレベル、時刻、ソース、ID、コンピューター、メッセージ（ない場合はデータ）を読みました。",
    "words_not_judged": "言葉の列：{what}。モデルは読みますが、正常な挙動の学習で判定するのは数値だけです。",
    "several_sources": "ファイルには、時計が別々の複数のソースが続けて入っています。始まりは {what} 行目です。",
    "relative_time": "時刻は日付ではなく、運転開始からの経過時間です。",
    "nested_values_cut": "{n:,} 件のオブジェクトは入れ子が深すぎるため、最も内側の値を省きました。",
    "missing_cells": "特徴量の {n:,} 個のセルが空です。空のセルはモデルに渡しません。",
    "empty_columns": "{n:,} 列はどの行も空のため、除きました。",
    "labelled_ids": "ラベルの ID は行の中の語です。{n:,} 個の ID が行の中に見つかりました。",
    "labelled_lines": "この ID を含む {n:,} 行に、その ID のラベルを付けました。",
    "lines_without_id": "同じ系列のほかの {n:,} 行はこの ID を含まないため、正常として扱います。",
    "ids_in_no_line": "ラベルの ID のうち {n:,} 個は、どの行にもありません。",
    "ids_not_looked_for": "行から探さなかったラベルの ID：{n:,} 個（3 桁以下、1 文字、9 語以上）。",
}
TEXTS: dict[str, tuple[str, str]] = {
    **{f"note.{code}": (SENTENCES[code], japanese) for code, japanese in NOTES.items()},
    "skip.blank": ("blank", "空行"),
    "skip.type_line": ("line in which PowerShell names the type", "PowerShell の型を示す行"),
    "skip.bad_row": ("row that cannot be split into cells", "セルに分割できない行"),
    "skip.unclosed_quote": ("quote that is never closed", "引用符が閉じていない"),
    "skip.ragged": ("other number of cells than the header", "見出し行とセルの数が違う"),
    "skip.not_an_object": ("not a JSON object", "JSON オブジェクトではない"),
    "skip.invalid_json": ("not valid JSON", "JSON として正しくない"),
    "skip.too_deep": ("nested too deeply", "入れ子が深すぎる"),
    "note.pieces": (
        "Few logs for learning: they were cut into {n:,} pieces, each a sequence, so that some can be held out.",
        "ログの数が少ないため、{n:,} 個の区間に分け、それぞれを 1 系列として、一部を学習に使わずに残します。",
    ),
    "note.skipped_lines": ("{n:,} lines became no event.", "{n:,} 行はイベントになりませんでした。"),
    "note.unknown": ("Note: {code}", "備考：{code}"),
}
