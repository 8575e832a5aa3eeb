"""Texts of what stands behind a verdict: how sure it is, what carried it, what would change it."""

TEXTS: dict[str, tuple[str, str]] = {
    "confidence.title": ("How sure", "確からしさ"),
    "confidence.fault": (
        "Of {count:,} generated logs with a fault probability like this one ({low:.0%} to {high:.0%}), {faulty:,} really held "
        "a fault.",
        "異常の確率がこれと同程度({low:.0%}~{high:.0%})だった生成ログ {count:,} 件のうち、"
        "{faulty:,} 件に実際に異常がありました。",
    ),
    "confidence.normal": (
        "Of {count:,} generated logs with a fault probability like this one ({low:.0%} to {high:.0%}), {faulty:,} held a fault "
        "after all.",
        "異常の確率がこれと同程度({low:.0%}~{high:.0%})だった生成ログ {count:,} 件のうち、"
        "{faulty:,} 件には実際には異常がありました。",
    ),
    "confidence.rare": (
        "Probabilities like this one ({low:.0%} to {high:.0%}) are rare: {count:,} of {total:,} generated logs had one, and "
        "{faulty:,} of these held a fault. That is too few to say how often it is right.",
        "このような確率({low:.0%}~{high:.0%})はまれです。生成ログ {total:,} 件のうち {count:,} 件で、"
        "そのうち異常があったのは {faulty:,} 件でした。どの程度当たるかを言うには少なすぎます。",
    ),
    "confidence.other_length": (
        " They had {counted:,} events each, this log has {events:,}: take it as a rough guide.",
        "生成ログは各 {counted:,} 件、このログは {events:,} 件のため、目安とお考えください。",
    ),
    "confidence.unfamiliar": (
        "The probability was calibrated on logs whose words the model knew. For this log the calibration does not hold.",
        "確率は、モデルが語を知っているログで校正されたものです。このログには当てはまりません。",
    ),
    "confidence.not_counted": (
        "Nobody has counted yet how often the probabilities of these weights are right.",
        "この重みの確率がどの程度当たるかは、まだ数えられていません。",
    ),
    "confidence.counting": (
        "Counted on {logs:,} generated logs of {events:,} events that training and calibration had not seen, every other one "
        "healthy: the probability was off by {error:.1f} points of a hundred on average. Where faults are rarer, a fault "
        "probability is right less often.",
        "学習にも校正にも使っていない生成ログ {logs:,} 件(各 {events:,} 件、半数は正常)で数えました。"
        "確率と実際の割合のずれは平均 {error:.1f} ポイントでした。異常がもっと少ない現場では、当たる割合は下がります。",
    ),
    "confidence.events": (
        "Of {count:,} generated events with a probability like that of the first line ({low:.0%} to {high:.0%}), {faulty:,} "
        "were really faulty.",
        "確率が先頭の行と同程度({low:.0%}~{high:.0%})だった生成イベント {count:,} 件のうち、{faulty:,} 件が実際に異常でした。",
    ),
    "carried.title": ("What carried it", "判定の根拠"),
    "carried.none": ("Every line was judged by itself.", "どの行も、その行だけで判定されました。"),
    "carried.earlier": (
        "Line {query:,} “{query_text}” was judged from line {key:,} “{key_text}”, {gap} earlier (weight {weight:.2f})",
        "{query:,} 行目「{query_text}」は、{gap}前の {key:,} 行目「{key_text}」を根拠に判定されました(重み {weight:.2f})",
    ),
    "carried.later": (
        "Line {query:,} “{query_text}” was judged from line {key:,} “{key_text}”, {gap} later (weight {weight:.2f})",
        "{query:,} 行目「{query_text}」は、{gap}後の {key:,} 行目「{key_text}」を根拠に判定されました(重み {weight:.2f})",
    ),
    "carried.lines": ("{n:,} lines", "{n:,} 行"),
    "carried.lines_one": ("{n} line", "{n} 行"),
    "carried.gap": ("{lines} ({time})", "{lines}({time})"),
    "carried.open": ("Show pair", "組を表示"),
    "evidence.said": (
        "What follows what in the log, line after line, gives it {alone:+.1f} by itself; selected pairs add {attended:+.1f} "
        "(logits: above 0 speaks for a fault).",
        "行の並びだけで {alone:+.1f}、選択された組がさらに {attended:+.1f} を加えます(ロジット: 0 より大きいと異常寄り)。",
    ),
    "evidence.most": ("Most of it comes from {lines}.", "主な根拠: {lines}。"),
    "evidence.line": ("line {line:,} “{text}” ({added:+.2f})", "{line:,} 行目「{text}」({added:+.2f})"),
    "evidence.help": (
        "These weights learned from labels of whole logs. One, two or three lines in a row that came in faulty logs or in "
        "normal ones only were learned first, by a linear model; attention learned the rest. What a line adds is what "
        "the runs of lines that end with it add.",
        "この重みは、ログ全体に付けたラベルから学びました。異常なログまたは正常なログにだけ現れた 1~3 行の並びを、"
        "まず線形モデルが学び、"
        "残りをアテンションが学んでいます。行ごとの値は、その行で終わる並びが加えた量です。",
    ),
    "evidence.table_said": (
        "What the columns did over all rows gives it {alone:+.1f} by itself; selected pairs add {attended:+.1f} (logits: above "
        "0 speaks for a fault).",
        "全行を通した各列の動きだけで {alone:+.1f}、選択された組がさらに {attended:+.1f} を加えます"
        "(ロジット: 0 より大きいと異常寄り)。",
    ),
    "evidence.level": ("where “{column}” lies on average ({added:+.2f})", "「{column}」の平均の位置({added:+.2f})"),
    "evidence.size": (
        "how far “{column}” is off its usual value ({added:+.2f})",
        "「{column}」の通常値からの離れ具合({added:+.2f})",
    ),
    "evidence.change": (
        "how much “{column}” changes from row to row ({added:+.2f})",
        "「{column}」の行ごとの変化の大きさ({added:+.2f})",
    ),
    "evidence.apart": (
        "how far “{column}” is off what the other columns say ({added:+.2f})",
        "他の列から見込まれる値に対する「{column}」のずれ({added:+.2f})",
    ),
    "evidence.rows": ("Of all rows, these bring in most: {rows}.", "行ごとに見ると、寄与が大きいのは {rows} です。"),
    "evidence.row": ("line {line:,} ({added:+.2f})", "{line:,} 行目({added:+.2f})"),
    "evidence.table_help": (
        "These weights learned from labels of whole tables. Where each column lies, how far it is off its usual value, how "
        "much it changes from row to row, and how far it is off what the other columns say was learned first, by a linear "
        "model; attention learned the rest. The values of all columns, and those of all rows, add up to the same sum.",
        "この重みは、表全体に付けたラベルから学びました。各列の平均の位置、通常値からの離れ具合、行ごとの変化の大きさ、"
        "他の列から見込まれる値とのずれを、まず線形モデルが学び、残りをアテンションが学んでいます。"
        "値は、列ごとに足しても行ごとに足しても同じ合計になります。",
    ),
    "change.title": ("What would change it", "何があれば変わるか"),
    "change.none": (
        "No single pair of lines: whichever is left out, at least {left:,} lines still look faulty.",
        "行の組を一つ除いても判定は変わりません。どの組を除いても、少なくとも {left:,} 行に異常の疑いが残ります。",
    ),
    "change.none_whole": (
        "No single pair of lines: whichever is left out, at least {left:,} lines still speak for a fault.",
        "行の組を一つ除いても判定は変わりません。どの組を除いても、少なくとも {left:,} 行が異常を示します。",
    ),
    "change.none_score": (
        "No single pair of lines: the log would still count as faulty.",
        "行の組を一つ除いても判定は変わりません。ログは異常のままです。",
    ),
    "change.single": (
        "One pair is enough: without the pair of lines {query:,} and {key:,} the log would count as normal "
        "(fault probability {score}).",
        "一つの組で変わります。{query:,} 行目と {key:,} 行目の組がなければ、ログは正常と判定されます(異常の確率 {score})。",
    ),
    "change.together": (
        "No single pair of lines, but without these {n} pairs together the log would count as normal (fault probability "
        "{score}).",
        "一つの組では変わりませんが、次の {n} 組がすべてなければ、ログは正常と判定されます(異常の確率 {score})。",
    ),
    "change.line_below": (
        "Without the pair of lines {query:,} and {key:,}, line {line:,} would go from {before} to {after}, below the threshold "
        "of {threshold:.0%}.",
        "{query:,} 行目と {key:,} 行目の組がなければ、{line:,} 行目は {before} から {after} になり、"
        "しきい値 {threshold:.0%} を下回ります。",
    ),
    "change.line_still": (
        "Without the pair of lines {query:,} and {key:,}, line {line:,} would go from {before} to {after} (faulty from "
        "{threshold:.0%} on).",
        "{query:,} 行目と {key:,} 行目の組がなければ、{line:,} 行目は {before} から {after} になります"
        "({threshold:.0%} 以上で異常)。",
    ),
    "change.line_same": (
        "Line {line:,} does not hang on one pair: without the one that matters most (lines {query:,} and {key:,}) it stays at "
        "{before}.",
        "{line:,} 行目は一つの組に左右されません。最も重要な組({query:,} 行目と {key:,} 行目)がなくても {before} のままです。",
    ),
    "change.line_stays": (
        "Line {line:,} does not hang on one pair: without the one that matters most (lines {query:,} and {key:,}) it goes from "
        "{before} to {after}.",
        "{line:,} 行目は一つの組に左右されません。最も重要な組({query:,} 行目と {key:,} 行目)がなくても、"
        "{before} から {after} になるだけです。",
    ),
    "change.nearest": (
        "The nearest to the threshold is line {line:,} with {probability}; a line counts as faulty from "
        "{threshold:.0%} on, the log from a fault probability of {from_score:.0%} on, and it has {score}.",
        "最も疑わしい行は {line:,} 行目({probability})です。行は {threshold:.0%} 以上、"
        "ログは異常の確率 {from_score:.0%} 以上で異常とされ、このログは {score} です。",
    ),
    "change.nearest_flagged": (
        "Line {line:,} counts as faulty with {probability} (from {threshold:.0%} on), yet the log's fault probability of "
        "{score} stays below {from_score:.0%}.",
        "{line:,} 行目は {probability} で異常とされます({threshold:.0%} 以上)。"
        "ただしログの異常の確率は {score} で、{from_score:.0%} を下回っています。",
    ),
    "change.nothing": ("No line was near the threshold.", "しきい値に近い行はありません。"),
    "change.no_line": (
        "No single line reaches the threshold; the log as a whole does.",
        "しきい値に達する行はありませんが、ログ全体としては達しています。",
    ),
    "change.not_measured": (
        "What single pairs change was not measured when this decision was made; Explain measures it.",
        "この判定の時点では、組ごとの影響は測定されていません。「説明」で測定できます。",
    ),
}
