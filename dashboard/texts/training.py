"""Texts of the page Data & training: a data set, a training, registered weights."""

TEXTS: dict[str, tuple[str, str]] = {
    "data.page": ("Data & training", "データと学習"),
    "data.lead": (
        "Learn from your own logs and sensor data: what is normal, or what your labels say. Nothing is used before a lead "
        "says so.",
        "自社のログやセンサーデータから、正常な挙動やラベルを学習します。リーダーが決めるまで使われません。",
    ),
    "data.section_learn": ("Learn", "学習"),
    "data.section_reviews": ("From reviews", "レビューから学習"),
    "data.section_weights": ("Weights", "重み"),
    "data.upload": ("Data to learn from", "学習データ"),
    "data.upload_help": (
        "JSON lines (a sequence per line: id, events or text, label), a table (CSV, Parquet, Excel; a row per step), or "
        "logs, one per file; also .gz, .zip. Up to {files} files, {total} MB.",
        "JSON Lines（1 行に 1 系列：id、events または text、label）、表（CSV、Parquet、Excel。1 行に 1 ステップ）、"
        "ログ（1 ファイルに 1 系列）。.gz と .zip も可。合計 {files} ファイル、{total} MB まで。",
    ),
    "data.given": (
        "**{name}** comes from a decision and is learned from. Add more files of its kind: what is usual is learned better.",
        "**{name}** は判定から引き継いだファイルです。同じ種類のファイルを追加すると、通常の状態をより正確に学習できます。",
    ),
    "data.give_back": ("Without this file", "このファイルを使わない"),
    "data.no_file": ("No data at hand?", "手元にデータがない場合："),
    "data.sample": ("Generated plant logs", "生成した工場ログ"),
    "data.nothing_read": (
        "Nothing was read: data are read completely or not at all.",
        "何も読み込まれていません。データはすべて読めた場合にだけ使います。",
    ),
    "data.length": ("Events per sequence", "1 系列のイベント数"),
    "data.labelled": ("Labelled sequences", "ラベル付きの系列"),
    "data.lengths_help": ("Shortest, median, longest.", "最短、中央値、最長です。"),
    "data.steps": ("Events marked faulty: {marked:,} of {steps:,}.", "異常の印のあるイベント：{steps:,} 件中 {marked:,} 件。"),
    "data.label_file": ("Labels in a file of their own (optional)", "別ファイルのラベル（任意）"),
    "data.label_file_help": (
        "A table with the columns id and label. An id is that of a sequence, a file's name, or a word of the lines, such as "
        "a lot: each line gets the label of the id in it.",
        "id と label の列を持つ表です。id は系列の ID、ファイル名、またはロットなど行の中の語で、"
        "語の場合はそれを含む行にラベルを付けます。",
    ),
    "data.normal_words": ("Labels that mean normal", "正常を意味するラベル"),
    "data.normal_words_help": (
        "All other labels mean faulty. Kept in the card of the weights.",
        "ほかのラベルはすべて異常です。重みのカードに記録されます。",
    ),
    "data.normal_none": ("Choose one or more labels", "ラベルを 1 つ以上選択"),
    "data.label": ("Label", "ラベル"),
    "data.times": ("Sequences", "系列数"),
    "data.suits_labels": (
        "{faulty:,} faulty, {normal:,} normal sequences with labels: the model can learn these, or only what is normal.",
        "ラベル付きの系列は異常 {faulty:,} 件、正常 {normal:,} 件です。ラベルからも、正常な挙動だけも学習できます。",
    ),
    "data.suits_few": (
        "Few labels: {faulty:,} faulty, {normal:,} normal sequences. Start from weights that know such data, or learn what "
        "is normal.",
        "ラベルが少数です（異常な系列 {faulty:,} 件、正常な系列 {normal:,} 件）。似たデータを学んだ重みから始めるか、"
        "正常な挙動を学習してください。",
    ),
    "data.suits_one_class": (
        "Too few labels of one kind ({faulty:,} faulty, {normal:,} normal sequences; four of each are needed): the model can "
        "learn what is normal.",
        "一方のラベルが足りません（異常な系列 {faulty:,} 件、正常な系列 {normal:,} 件。各 4 件が必要）。"
        "正常な挙動を学習できます。",
    ),
    "data.suits_nothing": (
        "All {faulty:,} sequences are labelled as faulty. Add normal ones; with labels of single lines, the model for any "
        "log can learn.",
        "{faulty:,} 件の系列がすべて異常です。正常な系列を加えてください。行ごとのラベルがあれば、"
        "任意のログ用モデルは学習できます。",
    ),
    "data.suits_novelty": (
        "No labels: the model can learn what is normal, and point out what is unusual.",
        "ラベルがありません。正常な挙動を学習し、通常と異なるものを示せます。",
    ),
    "training.title": ("Training on {data}", "{data} の学習"),
    "training.form": ("Learn from these data", "このデータから学習"),
    "training.task": ("What to learn", "学習する内容"),
    "training.task_auto": ("Automatic", "自動"),
    "training.task_label": ("Labels", "ラベル"),
    "training.task_novelty": ("What is normal", "正常な挙動"),
    "training.task_help": (
        "Labels: what tells faulty sequences from normal ones. What is normal: what usually comes next; needs no labels. "
        "Automatic: labels where there are enough.",
        "「ラベル」は異常な系列と正常な系列の違いを、「正常な挙動」はラベルなしで次に何が来るかを学びます。「自動」は、"
        "ラベルが十分ならラベルから学びます。",
    ),
    "training.auto_label": (
        "Automatic: {task}, as {faulty:,} faulty and {normal:,} normal sequences have labels ({needed} of each are needed).",
        "自動：{task}。ラベル付きの系列は異常 {faulty:,} 件、正常 {normal:,} 件です（各 {needed} 件以上が必要）。",
    ),
    "training.auto_steps": (
        "Single events count too: {marked:,} of {steps:,} with labels are faulty.",
        "個々のイベントも数えます：ラベル付き {steps:,} 件のうち {marked:,} 件が異常。",
    ),
    "training.initial": ("Start from", "開始時の重み"),
    "training.fresh": ("Nothing (a new network)", "なし（新しいネットワーク）"),
    "training.any_log": ("The model for any log", "任意のログ用モデル"),
    "training.any_log_note": (
        "Reads no words, only what a log says about itself: a few logs with labelled lines are enough. {steps:,} steps, a "
        "few minutes.",
        "語は読まず、ログ自体の特徴だけを読むため、行にラベルの付いたログが数件あれば足ります。{steps:,} ステップ（数分）"
        "学習します。",
    ),
    "training.initial_help": (
        "Going on from weights that know similar data needs fewer labels; how events are read stays theirs.",
        "似たデータを学んだ重みから始めると、必要なラベルが少なくて済みます。イベントの読み方は元の重みのままです。",
    ),
    "training.few_labels": (
        "With a few labels the figures rest on two or three held-out sequences: have a person check what the weights find.",
        "ラベルが数件だけの場合、評価は 2～3 件の系列に基づきます。重みの結果を人が確認してください。",
    ),
    "training.minutes": ("Minutes", "時間（分）"),
    "training.minutes_help": ("Reading the data and measuring take extra time.", "読み込みと評価の時間は別にかかります。"),
    "training.asked": ("False alarms (%)", "誤報の割合（%）"),
    "training.asked_help": (
        "Share of normal sequences that may be called unusual; 1% needs at least 99 of them.",
        "「通常と異なる」とされてよい正常な系列の割合です。1% には 99 系列以上が必要です。",
    ),
    "training.more": ("More settings", "詳細設定"),
    "training.steps": ("Steps instead of minutes", "時間の代わりのステップ数"),
    "training.steps_help": (
        "0: by the clock. With steps, the same data give the same weights.",
        "0 は時間で区切ります。ステップ数なら、同じデータから同じ重みが得られます。",
    ),
    "training.start": ("Start training", "学習を開始"),
    "training.done": (
        "**Ready: {task}, weights {id}.** Keep them in the record, or discard them.",
        "**完了：{task}、重み {id}。** 登録して記録に残すか、破棄してください。",
    ),
    "training.measured": (
        "Measured on {total:,} sequences that were not used for learning, {faulty:,} of them faulty.",
        "学習に使っていない {total:,} 系列（うち異常 {faulty:,} 件）で測定しました。",
    ),
    "training.measured_novelty": ("The labels were used only to measure.", "ラベルは測定にだけ使いました。"),
    "training.few": ("Few sequences of one kind: a hint only.", "一方の系列が少ないため、目安とお考えください。"),
    "training.no_faulty": (
        "None is known to be faulty: how many faults would be found is not known.",
        "異常と分かっている系列がなく、どれだけ見つけられるかは分かりません。",
    ),
    "training.no_figures": ("No figures were measured.", "測定値はありません。"),
    "training.vouched": (
        "The normal data support the false-alarm rate of {asked:.1%} (and down to {smallest:.1%}), as long as future data "
        "are like them.",
        "指定した誤報率 {asked:.1%} は、正常なデータで裏付けられます（{smallest:.1%} まで）。"
        "今後のデータが同様であることが前提です。",
    ),
    "training.matched": (
        "Lines that share an identifier ({names}) are read together, within {span:,} lines in training.",
        "同じ識別子（{names}）を持つ行はまとめて読まれます（学習では {span:,} 行以内）。",
    ),
    "training.not_matched": (
        "Lines are not matched by identifiers (training looked {longest:,} lines far).",
        "行を識別子で対応付けていません（学習で見たのは {longest:,} 行以内）。",
    ),
    "training.not_vouched": (
        "Too few normal sequences: they support {smallest:.1%}, and {needed:,} are enough for {asked:.1%}. The "
        "threshold lies where {asked:.1%} most likely is.",
        "正常な系列が少なく、保証できるのは {smallest:.1%} です。"
        "{asked:.1%} には {needed:,} 系列あれば足ります。しきい値は {asked:.1%} と推定される位置です。",
    ),
    "training.figures": ("New", "新しい重み"),
    "training.rival": ("In use at the time", "当時使用中の重み"),
    "training.of_events": ("single events", "イベント単位"),
    "training.auc": ("AUC", "AUC"),
    "training.auc_help": (
        "How often a faulty sequence ranks above a normal one: 0.5 is guessing.",
        "異常な系列が正常な系列より上に並ぶ割合です。0.5 は偶然と同じです。",
    ),
    "training.average_precision": ("AP", "AP"),
    "training.average_precision_help": ("Average precision, from the top of the ranking.", "順位の上からの平均適合率です。"),
    "training.f1": ("F1", "F1"),
    "training.f1_help": ("Precision and recall at the threshold.", "しきい値での適合率と再現率です。"),
    "training.false_alarms": ("False alarms", "誤報率"),
    "training.false_alarms_help": ("Share of normal sequences called faulty or unusual.", "異常とされた正常な系列の割合です。"),
    "training.unfamiliar": ("Unfamiliar", "未知の系列"),
    "training.unfamiliar_help": ("Share of sequences of words the weights hardly know.", "重みが語をほぼ知らない系列の割合。"),
    "training.rival_unfamiliar": (
        "The weights in use hardly know these words: do not rely on their figures.",
        "使用中の重みはこれらの語をほとんど知らず、その測定値は信頼できません。",
    ),
    "training.thresholds_note": (
        "F1 and false alarms use thresholds taken from these sequences: a little too good for the new weights.",
        "F1 と誤報率は、これらの系列から決めたしきい値での値のため、新しい重みにやや有利です。",
    ),
    "training.curve": ("The loss over the steps", "損失の推移"),
    "training.step": ("Step", "ステップ"),
    "training.loss": ("Loss (moving average)", "損失（移動平均）"),
    "training.soft": ("soft attention", "ソフトなアテンション"),
    "training.sparse": ("sparse attention", "疎なアテンション"),
    "training.name_of": ("Learned from {data}", "{data} から学習"),
    "training.keep": ("Keep", "登録"),
    "training.undecided": ("Until then only in this app's memory.", "それまでは、このアプリのメモリにだけあります。"),
    "training.kept": (
        "Registered (entry {seq}). A lead can put them to use.",
        "ログの第 {seq} 件として登録しました。リーダーが使用を決められます。",
    ),
    "model.now": ("New analyses are made with: **{name}**", "新しい解析に使う重み：**{name}**"),
    "model.program": ("the program's own weights", "付属の重み"),
    "model.any_log": ("the model for any log", "任意のログ用モデル"),
    "model.unregistered": ("unregistered {id}", "未登録 {id}"),
    "model.none": (
        "No weights registered yet: learn from your data, then keep the result.",
        "登録された重みはまだありません。データから学習し、結果を登録してください。",
    ),
    "model.choose": ("Card of", "モデルカードを表示"),
    "model.lineage": ("Lineage: {line}", "系譜：{line}"),
    "model.data": ("From", "データ"),
    "model.started_from": ("Started from", "開始時の重み"),
    "model.in_use": ("in use", "使用中"),
    "model.kept": ("kept", "登録済み"),
    "model.retired": ("retired", "使用停止"),
    "model.use": ("Use for analyses", "解析に使う"),
    "model.use_before": ("Back to the weights used before: {name}", "前に使っていた重みに戻す：{name}"),
    "model.use_program": ("Back to the program's own weights", "付属の重みに戻す"),
    "model.use_program_help": ("Earlier decisions keep their weights.", "これまでの判定は、判定時の重みのままです。"),
    "model.retire": ("Retire", "使用停止"),
    "model.bring_back": ("Bring back", "使用停止を解除"),
    "model.take_help": ("Recorded: weights contain words of the data.", "記録されます。重みにはデータの語が残っています。"),
    "model.take_card": ("Card", "モデルカード"),
    "card.sha256": ("SHA-256 of the weights", "重みの SHA-256"),
    "card.data": ("Data", "データ"),
    "card.data_sha256": ("SHA-256 of the data", "データの SHA-256"),
    "card.trained_on": ("Learned from (sequences)", "学習した系列"),
    "card.held_out": ("Held out (sequences)", "学習に使わなかった系列"),
    "card.steps": ("Steps", "ステップ"),
    "card.code_revision": ("Code", "コード"),
    "card.smallest_false_alarm_rate": ("Smallest supported false-alarm rate", "保証できる最小の誤報率"),
    "card.sequence_threshold": ("Threshold of a sequence (probability)", "系列のしきい値（確率）"),
    "card.event_threshold": ("Threshold of an event (probability)", "イベントのしきい値（確率）"),
    "stage.learn_soft": ("Learning, attention still soft", "学習中（アテンションはまだソフト）"),
    "stage.learn_sparse": ("Learning, attention sparse", "学習中（疎なアテンション）"),
    "failure.training": (
        "**Training stopped.** Nothing was stored. Give it more data or other settings. Details: {text}",
        "**学習が止まりました。** 何も保存されていません。データか設定を変えてください。詳細：{text}",
    ),
}
