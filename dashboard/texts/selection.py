"""Texts of the panel Selection."""

TEXTS: dict[str, tuple[str, str]] = {
    "selection.page": ("Selection", "選択"),
    "selection.decision_item": ("{name} · {label} · {score} · {when} UTC", "{name} · {label} · {score} · {when} UTC"),
    # Which lines and pairs are shown
    "filter.title": ("Lines and filter", "範囲と絞り込み"),
    "filter.effect_from": ("Effects from line", "結果：開始行"),
    "filter.effect_to": ("to line", "終了行"),
    "filter.cause_from": ("Causes from line", "原因：開始行"),
    "filter.cause_to": ("to line ", "終了行 "),
    "filter.effects": ("Level or station of the effect", "結果のレベル・設備"),
    "filter.causes": ("Level or station of the cause", "原因のレベル・設備"),
    "filter.routes": ("Found by", "経路"),
    "filter.margin": ("Least margin", "余裕の下限"),
    "filter.show": ("Show only these pairs", "この条件の組だけ表示"),
    "filter.clear": ("Show all pairs", "すべての組を表示"),
    "filter.chosen.templates": ("Only “{cause}” → “{effect}”", "「{cause}」→「{effect}」の組だけ"),
    "filter.chosen.distances": ("Only distance: {distances}", "この距離だけ：{distances}"),
    # All heads at a glance
    "overview.lead": ("All heads, and how far each looks.", "すべてのヘッドと、それぞれが見た距離。"),
    "overview.head": (
        "{layer}.{head} · pairs: {pairs:,} ({each:.1f} per line) · certified {certified:.1%} · none {anchor:.1%}",
        "{layer}.{head} · {pairs:,} 組（1 行あたり {each:.1f}）· 証明 {certified:.1%} · なし {anchor:.1%}",
    ),
    "overview.before": ("{lines} lines before", "{lines} 行前"),
    "overview.after": ("{lines} lines after", "{lines} 行後"),
    "overview.itself": ("The line itself", "その行自身"),
    "overview.alt": (
        "Small maps of the selected pairs of {heads} heads, {pairs:,} pairs together.",
        "{heads} 個のヘッドが選択した、合わせて {pairs:,} 組の小さなマップ。",
    ),
    # Controls
    "selection.head": ("Layer.head", "層.ヘッド"),
    "selection.heads_help": (
        "Certified: the share of lines for which the search missed no pair. None: the weight that went to no line.",
        "証明：探索が組を見落としていない行の割合。なし：どの行にも向けられなかった重み。",
    ),
    "selection.axes": ("Axes", "軸"),
    "selection.axes_help": ("Kinds: lines that differ only in numbers.", "種類：数字だけが違う行のまとまり。"),
    "selection.axes.lines": ("Lines", "行"),
    "selection.axes.distance": ("Distance", "距離"),
    "selection.axes.templates": ("Kinds", "種類"),
    "selection.cells": ("Cells show", "セルの色"),
    "selection.cells.weight": ("Largest weight", "最大の重み"),
    "selection.cells.count": ("Number of pairs", "組の数"),
    "selection.rings": ("Rings by", "輪の方法"),
    "selection.region.view": ("Effects {q0}–{q1}, causes {k0}–{k1}", "結果 {q0}–{q1}、原因 {k0}–{k1}"),
    "selection.region.back": ("Back", "戻る"),
    "selection.region.reset": ("Whole log", "ログ全体"),
    # Map
    "selection.map.hint_lines": (
        "Draw a box to zoom in; a click opens a cell, or chooses a pair here and in the log.",
        "枠を描くと拡大します。クリックするとセルが開くか、組がここと上のログで選択されます。",
    ),
    "selection.map.hint_distance": (
        "Left: causes before their effect. A box or a click keeps these effects and distances.",
        "左は結果より前の原因です。枠やクリックで、その結果と距離に絞ります。",
    ),
    "selection.map.hint_templates": (
        "Kinds of lines, the most frequent first. A click shows the pairs of a cell line by line.",
        "行の種類（多い順）。クリックすると、セルの組を行ごとに表示します。",
    ),
    "selection.map.alt": (
        "Map of the {pairs} pairs selected in this view: {axes}, effects downwards.",
        "この範囲で選択された組 {pairs} 件のマップ。軸：{axes}、縦は結果。",
    ),
    "selection.map.distance_axis": (
        "Lines between cause and effect, doubling: before ← itself → after",
        "原因と結果の間の行数（2 倍刻み）：前 ← その行自身 → 後",
    ),
    "selection.map.cause_template": ("Kind of cause (number as on the left)", "原因の種類（番号は左と同じ）"),
    "selection.map.effect_template": ("Kind of effect", "結果の種類"),
    "selection.map.cause_kind": ("Cause:", "原因："),
    "selection.map.effect_kind": ("Effect:", "結果："),
    "selection.templates.other": ("all other kinds", "その他の種類"),
    "selection.map.pairs": ("Pairs", "組"),
    "selection.map.key_axis": ("Cause (line)", "原因（行）"),
    "selection.map.query_axis": ("Effect (line)", "結果（行）"),
    "selection.map.effect": ("Effect: line", "結果：行"),
    "selection.map.cause": ("Cause: line", "原因：行"),
    "selection.map.cell": ("Largest weight {weight} · pairs: {count}", "最大の重み {weight} · 組 {count} 件"),
    "selection.map.rings": (
        "Rings: pairs through which line {line:,} was reached.",
        "輪：{line:,} 行目に影響が届いた組。",
    ),
    "selection.map.none": ("This head selected no pair in this view.", "この範囲で、このヘッドが選択した組はありません。"),
    # Pairs as rows
    "selection.table.some": (
        "The strongest {shown:,} of {count:,} pairs. Choose a row to see its pair in the log.",
        "{count:,} 組のうち、重みの大きい {shown:,} 組。行を選ぶと、その組が上のログで選択されます。",
    ),
    "selection.table.own": (
        "Of all {all:,} pairs, those of a line with itself are on the map only: {own:,}.",
        "全 {all:,} 組のうち {own:,} 組は行とその行自身の組で、マップにだけ表示されます。",
    ),
    "selection.table.query_line": ("Line", "行"),
    "selection.table.query_text": ("Its text", "行の本文"),
    "selection.table.key_line": ("Read with", "参照先"),
    "selection.table.key_text": ("Text of that line", "参照先の本文"),
    "selection.table.distance": ("Distance", "距離"),
    "selection.table.route": ("Found by", "経路"),
    "selection.route.content": ("content", "内容"),
    "selection.route.local": ("nearness", "近さ"),
    "selection.route.anchor": ("no pair", "組なし"),
    "selection.pair.unknown": (
        "The address names a pair that this decision did not select.",
        "アドレスの組は、この判定では選択されていません。",
    ),
    # Text coloured by an attribution, in a report
    "selection.text.value": ("Contribution", "寄与"),
    "selection.text.event": ("Text", "本文"),
}
