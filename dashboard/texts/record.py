"""Texts of the Record page, and of the panel of a decision."""

TEXTS: dict[str, tuple[str, str]] = {
    "record.page": ("Record", "記録"),
    "record.title": ("The record", "記録"),
    "record.lead": (
        "Every decision and review is an entry of a chained log. Verification recomputes all of it.",
        "判定とレビューはすべて、連鎖したログの項目です。検証ではすべてを計算し直します。",
    ),
    "record.root_help": ("SHA-256 root of the Merkle tree over all entries.", "全項目に対するマークル木の SHA-256 ルート。"),
    "record.last": ("Last entry's hash", "最後の項目のハッシュ"),
    "record.last_help": ("SHA-256 of the newest entry and the hash before it.", "最新の項目と直前のハッシュの SHA-256。"),
    "record.verify": ("Verify the record", "記録を検証"),
    "record.decision": ("Decision in view", "表示中の判定"),
    "record.entries": ("Entries", "ログの項目"),
    "record.empty": ("The log has no entries yet.", "ログにはまだ項目がありません。"),
    "undecided.title": ("Files without a decision", "判定のないファイル"),
    "undecided.lead": (
        "Files that could not be judged. Correct a file and judge it again, here or with `python -m dashboard audit-batch` "
        "(`--retry-failed`: the same content once more).",
        "判定できなかったファイルです。直して、"
        "画面か `python -m dashboard audit-batch` で判定し直してください（`--retry-failed`：同じ内容をもう一度）。",
    ),
    "undecided.windows": (
        "Windows not judged in the last seven days, with their lines. Lines of no later window are in no decision.",
        "過去 7 日間に判定できなかったウィンドウと行です。後のウィンドウに含まれない行は、どの判定にも含まれません。",
    ),
    "failed.crashed": (
        "Judging it crashed several times; it may need more memory.",
        "判定中に繰り返し異常終了しました。メモリ不足の可能性があります。",
    ),
    "failed.too_long": ("It was not judged in time.", "制限時間内に判定できませんでした。"),
    "failed.unreadable": ("The file cannot be read.", "ファイルを読めません。"),
    "failed.unexpected": (
        "Judging failed; the log of its process says more.",
        "判定中にエラーが発生しました。詳しくは判定プロセスのログにあります。",
    ),
    "failed.not_recorded": ("Judged, but the record cannot hold the decision.", "判定しましたが、記録に保存できませんでした。"),
    "failed.not_reached": (
        "The worker could not read it; the next run tries again.",
        "ワーカーから読めず、次回に再び試します。",
    ),
    "failed.closed_folder": ("The folder cannot be read; no file was checked.", "フォルダーを読めず、ファイルは未確認です。"),
    "undecided.newest": ("The newest {n:,}.", "新しい {n:,} 件。"),
    "entries.type": ("Kind", "種類"),
    "entries.subject": ("Subject", "対象"),
    "entry.decision": ("Decision", "判定"),
    "entry.review": ("Review", "レビュー"),
    "entry.export": ("Export", "書き出し"),
    "entry.skip": ("Skipped", "後回し"),
    "entry.claim_freed": ("Claim freed", "担当の解除"),
    "entry.review_requested": ("Review requested", "レビュー依頼"),
    "entry.control": ("Control item", "確認用の項目"),
    "entry.policy": ("Review policy", "レビュー方針"),
    "entry.reading": ("Reading settings of a source", "ソースの読み取り設定"),
    "entry.fine_lines": ("What was said about a source's lines and incidents", "ソースの行や出来事への判断"),
    "entry.reference": ("Reference of a source", "ソースの基準"),
    "entry.weights": ("Weights registered", "重みの登録"),
    "entry.weights_in_use": ("Weights in use", "使用する重み"),
    "entry.weights_retired": ("Weights retired", "重みの使用停止"),
    "entry.retention": ("Retention", "保存期間"),
    "entry.erasure": ("Erasure", "消去"),
    "entry.account": ("Account", "アカウント"),
    "entry.person": ("Names of an account", "アカウントの氏名"),
    "entry.restored": ("Restored from a backup", "バックアップからの復元"),
    "entry.set_up": ("Set-up", "初期設定"),
    "entry.sessions_ended": ("All sessions ended", "全セッションの終了"),
    "entry.signed_in": ("Signed in", "サインイン"),
    "entry.signed_out": ("Signed out", "サインアウト"),
    "entry.sign_in_failed": ("Sign-in failed", "サインイン失敗"),
    "entry.locked_out": ("Locked out", "ロック"),
    "entry.costs": ("Assumptions of the economics", "経済性の前提"),
    "entry.failed_input": ("Not judged", "判定不能"),
    "entry.submitted_as": ("Also submitted as another lot", "別のロット名でも提出"),
    "entry.feedback": ("Feedback exported", "フィードバックセットの取り出し"),
    "entry.rollout": ("Roll-out decision", "展開の判断"),
    "entry.key": ("Key of an account", "アカウントの鍵"),
    "entry.signature": ("Signature", "署名"),
    "entry.token": ("Token of a program", "プログラムのトークン"),
    "entry.denied": ("Denied", "拒否"),
    "entry.clock_anomaly": ("Clock step", "時計のずれ"),
    "verify.ok": (
        "Valid: {n:,} entries, {decisions:,} decisions, {reviews:,} reviews, {blobs:,} stored files.",
        "有効：項目 {n:,} 件、判定 {decisions:,} 件、レビュー {reviews:,} 件、保存ファイル {blobs:,} 個。",
    ),
    "verify.bad": (
        "**Tampered.** The first {n:,} entries hold, the next one does not.",
        "**改ざんあり。** 最初の {n:,} 件の項目は一致し、その後が一致しません。",
    ),
    "verify.at": ("First bad entry: {n:,}.", "一致しない最初の項目：第 {n:,} 件。"),
    "verify.whole": ("The log as a whole was changed.", "ログ全体が変更されています。"),
    "verify.warning": ("Warning: {text}", "警告：{text}"),
    "verify.against": (
        "It agrees with the signed checkpoint of {n:,} entries.",
        "署名付きチェックポイント（項目 {n:,} 件）とも一致。",
    ),
    "verify.alone": (
        "No checkpoint to compare with: a cut tail or a rewrite of the whole log would not show.",
        "比較できるチェックポイントがなく、末尾の切り捨てやログ全体の書き換えは分かりません。",
    ),
    "verify.unusable": (
        "The newest checkpoint could not be used: a cut tail or a rewrite would not show. Find out why, and compare with one "
        "kept elsewhere.",
        "最新のチェックポイントを使用できず、末尾の切り捨てや書き換えは分かりません。原因を調べ、"
        "別の場所のものと比較してください。",
    ),
    "verify.elsewhere": ("Compare with a checkpoint kept elsewhere", "別の場所に保管したチェックポイントと比較"),
    "verify.elsewhere_lead": (
        "Without one, the newest in this record's folder is used. One kept elsewhere proves more.",
        "指定しない場合は、この記録のフォルダーの最新のものを使います。別の場所のものなら、より確かです。",
    ),
    "verify.key_help": ("Without one, this record's key is used.", "指定しない場合は、この記録の鍵を使います。"),
    "verify.too_large": ("Too large for a checkpoint or a key.", "チェックポイントや鍵としては大きすぎます。"),
    "verify.show": ("Show entry {n:,}", "ログの第 {n:,} 件を表示"),
    "verify.detail": ("Details: {text}", "詳細：{text}"),
    "export.lead": ("Every export is itself an entry of the log.", "書き出し自体もログの項目として残ります。"),
    "export.not_allowed": ("Only auditors may export the record.", "書き出しは監査担当者のみ可能です。"),
    "export.bundle": ("Make a bundle", "バンドルを作成"),
    "export.bundle_help": (
        "One file with everything and verify.py: outsiders verify it without this software.",
        "すべてと verify.py を一つのファイルにまとめます。第三者はこのソフトウェアなしで検証できます。",
    ),
    "export.bundle_ready": ("The bundle of {n:,} entries is ready.", "項目 {n:,} 件のバンドルができました。"),
    "export.jsonl": ("Entries (JSONL)", "ログの項目（JSONL）"),
    "export.csv": ("Entries (CSV)", "ログの項目（CSV）"),
    "export.checkpoint": ("Sign a checkpoint", "チェックポイントに署名"),
    "export.checkpoint_help": (
        "Verifies the log, then signs its size and root. Kept away from the database, it shows a later rewrite.",
        "ログを検証し、項目数とルートに署名します。データベースとは別に保管すれば、後の書き換えが分かります。",
    ),
    "export.signed": ("Signed: {n:,} entries.", "署名しました：項目 {n:,} 件。"),
    "export.note": ("Checkpoint", "チェックポイント"),
    "export.public_key": ("Public key", "公開鍵"),
    "checkpoints.title": ("Checkpoints", "チェックポイント"),
    "checkpoints.lead": (
        "Signed into {folder} after every 256 entries or 10 minutes. Keep copies out of reach of people who can change the "
        "database.",
        "項目 256 件または 10 分ごとに署名し、{folder} に保存します。"
        "データベースを変更できる人の手が届かない場所にも写しを保管してください。",
    ),
    "checkpoints.none": ("None has been signed yet.", "まだ署名されたものはありません。"),
    "checkpoints.problem": ("No checkpoint can be signed. Details: {text}", "チェックポイントに署名できません。詳細：{text}"),
    "checkpoints.not_done": (
        "A witness, a time authority or the tiles could not be reached; tried again later. Details: {text}",
        "立会人、タイムスタンプ局、タイルのいずれかに到達できませんでした。後で再試行します。詳細：{text}",
    ),
    "checkpoints.passed_over": (
        "A checkpoint that this record's key did not sign does not count. Details: {text}",
        "この記録の鍵で署名されていないチェックポイントを無視しています。詳細：{text}",
    ),
    "checkpoints.size": ("Entries", "項目数"),
    "checkpoints.root": ("Root hash", "ルートハッシュ"),
    "keeping.title": ("Keeping and erasing", "保存と消去"),
    "keeping.lead": (
        "Standard: half a year at least, erased after two years. Extended: five at least, erased after ten. Legal hold: "
        "never. File, selection, decision and reviews go; the log's entries stay, and verification holds.",
        "標準：最低半年、2 年で消去。延長：最低 5 年、10 年で消去。法的保全：消去しません。"
        "ファイル・選択・判定・レビューは消え、ログの項目と検証は残ります。",
    ),
    "keeping.class": ("Keep as", "保存区分"),
    "keeping.set": ("Change", "変更"),
    "keeping.early": ("Even before the shortest retention period is over", "最短の保存期間の前でも消去する"),
    "keeping.sure": ("Erase it for good", "完全に消去する"),
    "keeping.erase": ("Erase the content", "内容を消去"),
    "retention.standard": ("Standard", "標準"),
    "retention.extended": ("Extended", "延長"),
    "retention.legal_hold": ("Legal hold", "法的保全"),
    "identity.sampling": ("Reason for review, probability", "レビュー対象の理由、確率"),
    "identity.reviews": ("Reviews asked for", "必要なレビュー数"),
    "identity.retention": ("Kept as", "保存区分"),
    "identity.weights_at": ("Weights file", "重みファイル"),
    "identity.in_record": ("in this record", "この記録に保存"),
    "identity.seq": ("Log entry", "ログの項目"),
    "identity.decision": ("Decision", "判定"),
    "identity.started": ("Started", "開始"),
    "identity.ended": ("Ended", "終了"),
    "identity.caller": ("Started by", "実行者"),
    "identity.model": ("Model", "モデル"),
    "identity.weights": ("Weights (SHA-256)", "重み（SHA-256）"),
    "identity.config": ("Configuration (SHA-256)", "設定（SHA-256）"),
    "identity.input": ("File as uploaded (SHA-256)", "アップロードしたファイル（SHA-256）"),
    "identity.sequence": ("Events (SHA-256)", "イベント（SHA-256）"),
    "identity.reading": ("How the file was read", "ファイルの読み取り方"),
    "identity.code": ("Code", "コード"),
    "identity.runtime": ("Libraries", "ライブラリ"),
    "identity.policy": ("Risk policy", "リスク方針"),
    # Recorded in English with every decision: what is changed here gets a new number.
    "identity.policy_9": (
        "risk-policy-9: held when the label is fault (probability from {threshold} on), when fewer than {floor} of the words "
        "are known or heads that match identifiers select far less or far more than in training, when a layer is not "
        "certified completely, when the probability lies within {close} of the threshold, when it rests on a kind of pair "
        "that a reviewer flagged, when selection, attribution and effect disagree about its most probable faulty event, when "
        "what is selected on its source has drifted from its reference, when nobody who may has put its weights to use, when "
        "too few normal sequences were held out to vouch for the rate of false alarms that was asked for, when at least half "
        "of its lines are known to be among those that its weights learned from, or when its source is not rolled out; "
        "{overlap} independent reviews; of the others {share} are reviewed as random control, drawn by the decision's id",
        "リスク方針 9：次の場合に保留します。異常と判定（確率 {threshold} 以上）。既知の語が {floor} 未満。識別子を照合するヘ"
        "ッドの選択が、学習時よりはるかに少ない、または多い。完全には証明されていない層がある。確率がしきい値から {close} 以内"
        "。レビュー担当者が指摘した種類の組に基づく。最も確率の高い異常イベントについて選択・帰属・影響が食い違う。ソースの選"
        "択が基準からずれている。権限のある人が重みの使用を決めていない。要求された誤報率を裏付けるには、取り置いた正常な系列"
        "が少なすぎる。半分以上の行が、重みの学習に使われた行と分かっている。ソースが本番運用になっていない。独立したレビュー "
        "{overlap} 件。ほかの判定のうち {share} は、判定 ID による抽選で無作為の確認としてレビューします。",
    ),
    "identity.intended": (
        "Advice on faults in production logs; a person decides on everything that is held.",
        "生産ログの異常についての助言。保留されたものはすべて人が決定します。",
    ),
    "identity.use": ("Intended use", "使用目的"),
    "identity.layer": ("Selection of layer {n} (SHA-256)", "第 {n} 層の選択（SHA-256）"),
    "identity.layer_value": (
        "{sha} · pairs: {pairs:,}, {certified:.1%} certified complete",
        "{sha} · {pairs:,} 組、{certified:.1%} が漏れなしと証明済み",
    ),
    "replay.button": ("Replay", "再実行"),
    "replay.help": (
        "Runs the model on the stored file and compares every bit with the record.",
        "保存されたファイルでモデルを再実行し、全ビットを記録と照合します。",
    ),
    "replay.same": ("Bit-identical: score and selection of all {n} layers.", "完全一致：スコアと全 {n} 層の選択。"),
    "replay.other_model": (
        "Not comparable: another model made this decision. Start the app with the weights named above.",
        "照合できません。この判定は別のモデルによるものです。上記の重みでアプリを起動してください。",
    ),
    "replay.differs": ("Not identical.", "一致しません。"),
    "replay.layer": (
        "Layer {n}: {recorded:,} pairs only in the record, {replayed:,} only now.",
        "第 {n} 層：記録のみの組 {recorded:,}、今回のみの組 {replayed:,}。",
    ),
    "replay.score": ("Score {score:.6f}, recorded {recorded:.6f}.", "スコア {score:.6f}、記録 {recorded:.6f}。"),
    "replay.surroundings": ("What has changed since then ({n:,})", "当時と異なる環境（{n:,} 件）"),
    "replay.then": ("Then", "当時"),
}
