"""Texts of the page Data & training: a data set, a training, registered weights."""

TEXTS: dict[str, tuple[str, str]] = {
    "data.page": ("Data & training", "データと学習"),
    "data.lead": (
        "Learn from your own logs and sensor data: what is normal there, or what your labels say. Nothing is used for "
        "analyses before a lead says so.",
        "自社のログやセンサーデータから、正常な挙動やラベルを学習します。リーダーが決めるまで、解析には使われません。",
    ),
    "data.section_learn": ("Learn", "学習"),
    "data.section_reviews": ("From reviews", "レビューから学習"),
    "data.section_weights": ("Weights", "重み"),
    "data.upload": ("Data to learn from", "学習データ"),
    "data.upload_help": (
        "JSON lines (one sequence per line, with id, events or text, and label where it is known), a table (CSV, Parquet, "
        "Excel; one row per step), or logs, one sequence per file; plain, .gz or .zip. Up to {files} files and {total} MB "
        "together.",
        "JSON Lines（1 行に 1 系列。id、events または text、分かれば label）、表（CSV、Parquet、Excel。"
        "1 行に 1 ステップ）、ログ（1 ファイルに 1 系列）に対応しています。.gz と .zip も可。"
        "合計 {files} ファイル、{total} MB まで。",
    ),
    "data.given": (
        "**{name}** comes from a decision and is learned from. Add more files of its kind below: with more of them, what is "
        "usual is learned better.",
        "**{name}** は判定から引き継いだファイルで、学習に使われます。同じ種類のファイルを下で追加してください。"
        "多いほど、通常の状態を正確に学習できます。",
    ),
    "data.give_back": ("Without this file", "このファイルを使わない"),
    "data.no_file": ("No data at hand?", "手元にデータがない場合："),
    "data.sample": ("Generated plant logs", "生成した工場ログ"),
    "data.nothing_read": (
        "Data are read completely or not at all: nothing was read, and nothing is learned from a part.",
        "データはすべて読めた場合にだけ使います。何も読み込まれておらず、一部だけから学習することはありません。",
    ),
    "data.length": ("Events per sequence", "1 系列のイベント数"),
    "data.labelled": ("Labelled sequences", "ラベル付きの系列"),
    "data.lengths_help": ("Shortest, median, longest.", "最短、中央値、最長です。"),
    "data.steps": (
        "{marked:,} of {steps:,} events are marked as faulty.",
        "{steps:,} 件中 {marked:,} 件のイベントに異常の印があります。",
    ),
    "data.label_file": ("Labels in a file of their own (optional)", "別ファイルのラベル（任意）"),
    "data.label_file_help": (
        "A table with a column id and a column label. The ids are of sequences or names of files; or words of the lines, such "
        "as lots, orders or blocks: then each line gets the label of the id in it.",
        "id の列と label の列を持つ表です。id は系列の ID またはファイル名です。"
        "または、ロットや注文など行の中の語です。この場合、その語を含む行にラベルを付けます。",
    ),
    "data.normal_words": ("Labels that mean normal", "正常を意味するラベル"),
    "data.normal_words_help": (
        "All labels that are not chosen mean faulty. The choice is kept in the card of the weights.",
        "選ばなかったラベルはすべて異常として扱います。選択は重みのカードに記録されます。",
    ),
    "data.normal_none": ("Choose one or more labels", "ラベルを 1 つ以上選択"),
    "data.label": ("Label", "ラベル"),
    "data.times": ("Sequences", "系列数"),
    "data.suits_labels": (
        "There are labels of both kinds ({faulty:,} faulty, {normal:,} normal sequences): the model can learn them. It can "
        "also learn only what is normal.",
        "両方のラベルがあり（異常な系列 {faulty:,} 件、正常な系列 {normal:,} 件）、ラベルから学習できます。"
        "正常な挙動だけを学ぶこともできます。",
    ),
    "data.suits_few": (
        "There are few labels ({faulty:,} faulty, {normal:,} normal sequences). Start from weights that know such data, or "
        "learn what is normal, and add labels as they come.",
        "ラベルが少数です（異常な系列 {faulty:,} 件、正常な系列 {normal:,} 件）。"
        "似たデータを学んだ重みから始めるか、まず正常な挙動を学び、ラベルが増えたら追加してください。",
    ),
    "data.suits_one_class": (
        "Labels of one kind are missing or too few ({faulty:,} faulty, {normal:,} normal sequences; four of each are "
        "needed): the model can learn what is normal.",
        "一方のラベルが足りません（異常な系列 {faulty:,} 件、正常な系列 {normal:,} 件。各 4 件が必要）。"
        "正常な挙動を学習できます。",
    ),
    "data.suits_nothing": (
        "All {faulty:,} sequences are labelled as faulty. Add normal ones; where single lines are labelled, the model for any "
        "log can learn from these alone.",
        "{faulty:,} 件の系列がすべて異常です。正常な系列を加えてください。"
        "行ごとのラベルがあれば、任意のログ用モデルはこれだけでも学習できます。",
    ),
    "data.suits_novelty": (
        "There are no labels: the model can learn what is normal, and will point out what is unusual.",
        "ラベルがありません。正常な挙動を学習し、通常と異なるものを示せます。",
    ),
    "training.title": ("Training on {data}", "{data} の学習"),
    "training.form": ("Learn from these data", "このデータから学習"),
    "training.task": ("What to learn", "学習する内容"),
    "training.task_auto": ("Automatic", "自動"),
    "training.task_label": ("Labels", "ラベル"),
    "training.task_novelty": ("What is normal", "正常な挙動"),
    "training.task_help": (
        "Labels: what tells faulty sequences from normal ones. What is normal: what usually comes next, so that what is "
        "unusual stands out; needs no labels. Automatic: labels where there are enough of both kinds.",
        "「ラベル」は異常な系列と正常な系列の違いを学びます。「正常な挙動」は次に何が来るかを学び、"
        "ラベルなしで通常と異なるものを見つけます。「自動」は、両方のラベルが十分ならラベルから学びます。",
    ),
    "training.auto_label": (
        "Automatic: the labels are learned, because {faulty:,} faulty and {normal:,} normal sequences have them; at least "
        "{needed} of each kind are needed.",
        "自動：ラベルから学習します。"
        "ラベル付きの系列は異常 {faulty:,} 件、正常 {normal:,} 件です（各 {needed} 件以上が必要）。",
    ),
    "training.auto_novelty": (
        "Automatic: what is normal is learned, because only {faulty:,} faulty and {normal:,} normal sequences have labels; "
        "to learn labels, at least {needed} of each kind are needed.",
        "自動：正常な挙動を学習します。"
        "ラベル付きの系列が異常 {faulty:,} 件、正常 {normal:,} 件だけのためです（ラベルから学習するには各 {needed} 件以上が"
        "必要）。",
    ),
    "training.auto_steps": (
        "Of {steps:,} single events with labels, {marked:,} are marked as faulty; they count as well.",
        "ラベル付きの個々のイベント {steps:,} 件のうち {marked:,} 件に異常の印があり、これも数に含みます。",
    ),
    "training.initial": ("Start from", "開始時の重み"),
    "training.fresh": ("Nothing (a new network)", "なし（新しいネットワーク）"),
    "training.any_log": ("The model for any log", "任意のログ用モデル"),
    "training.any_log_note": (
        "Reads no words, only what a log says about itself, so a few logs with labelled lines are enough. It learns for "
        "{steps:,} steps, a few minutes, unless more settings name another number.",
        "語は読まず、ログ自体の特徴だけを読むため、行にラベルの付いたログが数件あれば足ります。"
        "詳細設定で変えない限り {steps:,} ステップ（数分）学習します。",
    ),
    "training.initial_help": (
        "Fine-tuning: going on from weights that know similar data needs fewer labels. How events are read, and the shape "
        "of the network, stay theirs.",
        "ファインチューニング：似たデータを学んだ重みから始めると、必要なラベルが少なくて済みます。"
        "イベントの読み方とネットワークの形は元の重みのままです。",
    ),
    "training.few_labels": (
        "Fine-tuning keeps what the earlier weights know and fits it to these labels. With only a few labels the figures "
        "below rest on two or three held-out sequences: have a person check what the new weights find before they are used.",
        "ファインチューニングは、元の重みの知識を残しながらこのラベルに合わせます。"
        "ラベルが数件だけの場合、評価は 2～3 件の系列に基づくため、使用前に人が結果を確認してください。",
    ),
    "training.minutes": ("Minutes", "時間（分）"),
    "training.minutes_help": (
        "How long to learn; reading the data and measuring take extra time. Others can go on analysing meanwhile.",
        "学習の時間です。読み込みと評価の時間は別にかかります。その間も解析は続けられます。",
    ),
    "training.asked": ("False alarms (%)", "誤報の割合（%）"),
    "training.asked_help": (
        "Share of normal sequences that may be called unusual. The threshold comes from normal sequences that were not "
        "used for learning; for 1% at least 99 of them are needed.",
        "正常な系列のうち、「通常と異なる」とされてよい割合です。しきい値は学習に使わない正常な系列から決めます。"
        "1% には少なくとも 99 系列が必要です。",
    ),
    "training.more": ("More settings", "詳細設定"),
    "training.steps": ("Steps instead of minutes", "時間の代わりのステップ数"),
    "training.steps_help": (
        "0: by the clock. With a number of steps the same data and seed give the same weights again.",
        "0 は時間で区切ります。ステップ数を指定すると、同じデータとシードから同じ重みが得られます。",
    ),
    "training.seed": ("Seed", "シード"),
    "training.judge": ("A sequence is judged by", "系列を判定する基準"),
    "training.judge_max": ("its most surprising event", "最も意外なイベント"),
    "training.judge_typical": ("its typical event", "典型的なイベント"),
    "training.judge_help": (
        "For learning only what is normal: one surprise is enough, or the whole has to be strange.",
        "正常な挙動だけを学ぶ場合に使います。一つの意外なイベントで判断するか、全体の異様さで判断するかを選びます。",
    ),
    "training.start": ("Start training", "学習を開始"),
    "training.cancelled": (
        "Stopped. Nothing was stored; there are no half-trained weights.",
        "中止しました。何も保存されておらず、途中までの重みも残っていません。",
    ),
    "training.done": (
        "**Ready: {task}, weights {id}.** Keep them to have them in the record, or discard them.",
        "**完了：{task}、重み {id}。** 登録して記録に残すか、破棄してください。",
    ),
    "training.measured": (
        "Measured on {total:,} sequences that were not used for learning, {faulty:,} of them faulty.",
        "学習に使っていない {total:,} 系列（うち異常 {faulty:,} 件）で測定しました。",
    ),
    "training.measured_novelty": ("The labels were used only to measure.", "ラベルは測定にだけ使いました。"),
    "training.few": (
        "There are few sequences of one kind: take the figures as a hint.",
        "一方の系列が少ないため、目安とお考えください。",
    ),
    "training.no_faulty": (
        "None is known to be faulty, so it is not known yet how many faults would be found.",
        "異常と分かっている系列がないため、どれだけ見つけられるかはまだ分かりません。",
    ),
    "training.no_figures": ("No figures were measured.", "測定値はありません。"),
    "training.vouched": (
        "The held-out data support the requested false-alarm rate of {asked:.1%} (they support {smallest:.1%} and more), "
        "as long as future data are like them.",
        "指定した誤報率 {asked:.1%} は、学習に使わなかったデータで裏付けられます（{smallest:.1%} 以上を保証可能）。"
        "今後のデータが同様であることが前提です。",
    ),
    "training.matched": (
        "Lines that share an identifier ({names}) are read together; training matched them within {span:,} lines.",
        "同じ識別子（{names}）を持つ行はまとめて読まれます。学習では {span:,} 行以内で対応付けました。",
    ),
    "training.not_matched": (
        "Lines are not matched by identifiers, because {why}: training looked no further than {longest:,} lines.",
        "{why}ため、行を識別子で対応付けていません。学習で見たのは {longest:,} 行以内です。",
    ),
    "training.not_matched_mixed": ("some sequences have no labels of single lines", "行ごとのラベルのない系列がある"),
    "training.not_matched_table": ("the rows of a table are told apart by their numbers", "表の行は数値で区別する"),
    "training.not_matched_numbers": (
        "half of the lines or more hold numbers with names, as sensors write them",
        "半数以上の行に、センサーのような名前付きの数値がある",
    ),
    "training.not_matched_none": (
        "no kind of word was found whose words each occur in only a few lines, as the numbers of orders and sessions do",
        "注文やセッションのように、少数の行だけが共有する語が見つからない",
    ),
    "training.not_matched_few": (
        "only {shared:.0%} of them hold an identifier that others hold, and half must",
        "ほかの行と同じ識別子を持つ行が {shared:.0%} にとどまり、半数に満たない",
    ),
    "training.not_matched_weights": ("the weights to continue from match none", "引き継いだ重みが識別子を対応付けない"),
    "training.not_vouched": (
        "The held-out normal sequences are too few to support a false-alarm rate below {smallest:.1%}; the requested "
        "{asked:.1%} needs {needed:,} of them. The threshold lies above the highest value seen.",
        "学習に使わなかった正常な系列が少なく、{smallest:.1%} 未満の誤報率は保証できません。"
        "指定の {asked:.1%} には {needed:,} 系列が必要です。しきい値は、観測された最大値より上に置かれます。",
    ),
    "training.figures": ("New", "新しい重み"),
    "training.rival": ("In use at the time", "当時使用中の重み"),
    "training.of_events": ("single events", "イベント単位"),
    "training.auc": ("AUC", "AUC"),
    "training.auc_help": (
        "How often a faulty sequence is ranked above a normal one: 0.5 is guessing, 1 is always.",
        "異常な系列が正常な系列より上に並ぶ割合です。0.5 は偶然と同じ、1 は常に上です。",
    ),
    "training.average_precision": ("AP", "AP"),
    "training.average_precision_help": (
        "Average precision: how many of those ranked first are faulty, averaged from the top of the ranking down.",
        "平均適合率：上位から順に見たとき、どれだけが異常かを平均した値です。",
    ),
    "training.f1": ("F1", "F1"),
    "training.f1_help": (
        "Precision and recall at the threshold, as one number.",
        "しきい値での適合率と再現率を一つにまとめた値です。",
    ),
    "training.false_alarms": ("False alarms", "誤報率"),
    "training.false_alarms_help": (
        "Share of the normal sequences that are called faulty or unusual.",
        "正常な系列のうち、異常または「通常と異なる」とされた割合です。",
    ),
    "training.unfamiliar": ("Unfamiliar", "未知の系列"),
    "training.unfamiliar_help": (
        "Share of these sequences whose words the weights hardly know: they can say nothing about those.",
        "これらの系列のうち、重みが語をほとんど知らないものの割合です。それらについては何も言えません。",
    ),
    "training.rival_unfamiliar": (
        "The weights in use know the words of hardly any of these sequences: do not rely on their figures here.",
        "使用中の重みはこれらの系列の語をほとんど知らないため、ここでの測定値は信頼できません。",
    ),
    "training.thresholds_note": (
        "AUC and AP were not fitted to these sequences. F1 and false alarms use thresholds that were taken from them, and "
        "are a little too good for the new weights.",
        "AUC と AP はこれらの系列に合わせていません。F1 と誤報率は、これらの系列から決めたしきい値での値のため、"
        "新しい重みにやや有利です。",
    ),
    "training.curve": ("The loss over the steps", "損失の推移"),
    "training.step": ("Step", "ステップ"),
    "training.loss": ("Loss (moving average)", "損失（移動平均）"),
    "training.soft": ("soft attention", "ソフトなアテンション"),
    "training.sparse": ("sparse attention", "疎なアテンション"),
    "training.name_of": ("Learned from {data}", "{data} から学習"),
    "training.keep": ("Keep", "登録"),
    "training.undecided": ("Until then they are only in this app's memory.", "それまでは、このアプリのメモリにだけあります。"),
    "training.kept": (
        "Registered as entry {seq} of the log. A lead can put them to use.",
        "ログの第 {seq} 件として登録しました。リーダーが使用を決められます。",
    ),
    "model.now": ("New analyses are made with: **{name}**", "新しい解析に使う重み：**{name}**"),
    "model.program": ("the program's own weights", "付属の重み"),
    "model.any_log": ("the model for any log", "任意のログ用モデル"),
    "model.unregistered": ("unregistered {id}", "未登録 {id}"),
    "model.none": (
        "No weights have been registered yet. Learn from your data, then keep the result.",
        "登録された重みはまだありません。データから学習し、結果を登録してください。",
    ),
    "model.choose": ("Card of", "モデルカードを表示"),
    "model.lineage": ("Lineage: {line}", "系譜：{line}"),
    "model.data": ("From", "データ"),
    "model.started_from": ("Started from", "開始時の重み"),
    "model.at": ("Registered (UTC)", "登録日時（UTC）"),
    "model.by": ("By", "登録者"),
    "model.hash": ("SHA-256", "SHA-256"),
    "model.in_use": ("in use", "使用中"),
    "model.kept": ("kept", "登録済み"),
    "model.retired": ("retired", "使用停止"),
    "model.use": ("Use for analyses", "解析に使う"),
    "model.use_before": ("Back to the weights used before: {name}", "前に使っていた重みに戻す：{name}"),
    "model.use_program": ("Back to the program's own weights", "付属の重みに戻す"),
    "model.use_program_help": (
        "Earlier decisions keep the weights that they were made with.",
        "これまでの判定は、判定時の重みのままです。",
    ),
    "model.retire": ("Retire", "使用停止"),
    "model.bring_back": ("Bring back", "使用停止を解除"),
    "model.take_help": (
        "The download of weights is recorded: they contain words of the data that they learned from.",
        "重みのダウンロードは記録されます。重みには学習データの語が残っています。",
    ),
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
    "stage.judge": ("Measuring on held-out data", "学習に使わなかったデータで測定中"),
    "failure.training": (
        "**Training stopped.** Nothing was stored. Give it more data or other settings, then try again. Details: {text}",
        "**学習が止まりました。** 何も保存されていません。データか設定を変えて、もう一度お試しください。詳細：{text}",
    ),
}
