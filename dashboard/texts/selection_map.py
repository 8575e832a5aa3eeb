"""Texts of the map's axes and cells, of the lines beside it, and of several lines taken together."""

TEXTS: dict[str, tuple[str, str]] = {
    "selection.axes": ("Axes", "軸"),
    "selection.axes_help": (
        "Lines: every line against every other. Distance: how far the cause lies from its effect. Kinds: lines that differ "
        "only in numbers are one kind.",
        "行：すべての行の組み合わせ。距離：原因が結果からどれだけ離れているか。"
        "種類：数字だけが違う行を 1 つの種類にまとめます。",
    ),
    "selection.axes.lines": ("Lines", "行"),
    "selection.axes.distance": ("Distance", "距離"),
    "selection.axes.templates": ("Kinds", "種類"),
    "selection.cells": ("Cells show", "セルの色"),
    "selection.cells_help": (
        "The largest weight of the pairs in a cell, or how many pairs lie in it; numbers are coloured by their logarithm.",
        "セルに含まれる組の最大の重み、または組の数です。組の数の色は対数です。",
    ),
    "selection.cells.weight": ("Largest weight", "最大の重み"),
    "selection.cells.count": ("Number of pairs", "組の数"),
    "selection.cells.single": (
        "There are few pairs here, so each one is shown; its colour is its weight.",
        "組が少ないため、1 組ずつ表示しています。色は重みです。",
    ),
    "selection.templates.other": ("all other kinds", "その他の種類"),
    # The lines beside the map
    "selection.lines.around": (
        "The chosen pair's two lines with {lines} lines around each. Choose lines to see their pairs on the map.",
        "選んだ組の 2 行と、その前後 {lines} 行。行を選ぶと、その組がマップに示されます。",
    ),
    "selection.lines.closer": (
        "Zoom in, or choose a pair, to read its lines beside the map.",
        "範囲を狭めるか組を選ぶと、その行がマップの横に表示されます。",
    ),
    "selection.lines.anyway": ("Show those of the strongest pairs", "重みの大きい組の行を表示"),
    "selection.lines.all": (
        "All {shown:,} lines in view. Choose one or several to see their pairs on the map and their sum.",
        "この範囲の全 {shown:,} 行。行を選ぶと（複数可）、その組がマップに示され、合計が表示されます。",
    ),
    "selection.lines.some": (
        "Of {lines:,} lines in view the {shown:,} with the strongest pairs. Choose one or several to see their pairs on "
        "the map and their sum.",
        "この範囲の {lines:,} 行のうち、重みの大きい組をもつ {shown:,} 行。"
        "行を選ぶと（複数可）、その組がマップに示され、合計が表示されます。",
    ),
    "selection.lines.in_view": ("All in view", "範囲の行を表示"),
    "selection.lines.none": ("Choose none", "選択を解除"),
    "selection.lines.effect": ("▶ Effect", "▶ 結果"),
    "selection.lines.cause": ("◆ Cause", "◆ 原因"),
    "selection.lines.mark": ("In the pair", "組での役割"),
    "selection.lines.as_effect_help": (
        "Pairs of this head in which the line is the effect: lines that it looked at.",
        "このヘッドで、この行が結果である組の数（この行が見た行の数）。",
    ),
    "selection.lines.as_cause_help": (
        "Pairs of this head in which the line is the cause: lines that looked at it.",
        "このヘッドで、この行が原因である組の数（この行を見た行の数）。",
    ),
    # Several lines taken together
    "selection.sum.title": (
        "Chosen lines: {lines:,} · all layers and heads",
        "選んだ {lines:,} 行の合計（すべての層とヘッド）",
    ),
    "selection.sum.help": (
        "Every selected pair that one of these lines takes part in, whatever part of the map or filter is shown.",
        "選んだ行が関わる、選択されたすべての組です。マップの範囲や絞り込みには関係しません。",
    ),
    "selection.sum.only": ("Show only their pairs", "この行の組だけ表示"),
    "selection.sum.among": ("Among them", "選んだ行どうし"),
    "selection.sum.among_help": (
        "Effect and cause are both among the chosen lines; a line's pair with itself too.",
        "結果も原因も選んだ行である組。自分自身との組も含みます。",
    ),
    "selection.sum.in": ("From others", "ほかの行から"),
    "selection.sum.in_help": (
        "The effect is a chosen line, the cause another one.",
        "結果が選んだ行で、原因がほかの行である組。",
    ),
    "selection.sum.out": ("To others", "ほかの行へ"),
    "selection.sum.out_help": (
        "The cause is a chosen line, the effect another one.",
        "原因が選んだ行で、結果がほかの行である組。",
    ),
    "selection.sum.weight_of": ("pairs · weight {weight}", "組 · 重み {weight}"),
    "selection.sum.weight_column": ("Weight: {way}", "重み：{way}"),
    "selection.sum.heads": ("Weight and pairs by head", "ヘッドごとの重みと組"),
    "selection.sum.partners": (
        "Strongest partners: {shown:,} of {lines:,} other lines",
        "重みの大きい相手：ほかの {lines:,} 行のうち {shown:,} 行",
    ),
    "selection.sum.as_cause": ("As cause", "原因として"),
    "selection.sum.as_effect": ("As effect", "結果として"),
}
