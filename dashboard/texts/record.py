"""Texts of the Record page, and of the panel of a decision."""

TEXTS: dict[str, tuple[str, str]] = {
    "record.page": ("Record", "記録"),
    "record.title": ("The record", "記録"),
    "record.lead": (
        "Every decision and every review is an entry of a chained log. Verification recomputes all of it and names the "
        "first entry that does not match.",
        "判定とレビューはすべて、連鎖したログの項目として残ります。"
        "検証ではすべてを計算し直し、一致しない最初の項目を示します。",
    ),
    "record.root_help": (
        "SHA-256 root of the Merkle tree over all entries: one number that stands for the whole log.",
        "すべての項目に対するマークル木の SHA-256 ルート。ログ全体を一つの値で表します。",
    ),
    "record.last": ("Last entry's hash", "最後の項目のハッシュ"),
    "record.last_help": (
        "SHA-256 of the newest entry, computed over the hash of the entry before, too.",
        "最新の項目の SHA-256。直前の項目のハッシュも含めて計算されます。",
    ),
    "record.verify": ("Verify the record", "記録を検証"),
    "record.decision": ("Decision in view", "表示中の判定"),
    "record.entries": ("Entries", "ログの項目"),
    "record.empty": (
        "The log has no entries yet. The first one is written with the first decision.",
        "ログにはまだ項目がありません。最初の判定とともに、最初の項目が記録されます。",
    ),
    "undecided.title": ("Files without a decision", "判定のないファイル"),
    "undecided.lead": (
        "These files could not be judged, and nobody has decided on the same content since. Correct a file and judge it "
        "again, here or with `python -m dashboard audit-batch`; with `--retry-failed` the same content is tried once more. "
        "A file that could not be read at all stays here: its content is not known.",
        "判定できず、その後も同じ内容に対する判定がないファイルです。"
        "ファイルを直し、画面または `python -m dashboard audit-batch` で判定し直してください。"
        "`--retry-failed` を付けると同じ内容をもう一度試します。まったく読めなかったファイルは内容が不明なため、"
        "この一覧に残ります。",
    ),
    "undecided.windows": (
        "Windows of watched logs that could not be judged in the last seven days, with the numbers of their lines. Lines "
        "that later windows cover are decided on there; other lines are in no decision.",
        "監視中のログのうち、過去 7 日間に判定できなかったウィンドウです（行番号付き）。"
        "後のウィンドウに含まれる行はそこで判定され、それ以外の行はどの判定にも含まれません。",
    ),
    "failed.crashed": (
        "The process that judged it crashed several times; it may need more memory.",
        "判定中のプロセスが繰り返し異常終了しました。メモリが不足している可能性があります。",
    ),
    "failed.too_long": ("It was not judged in time.", "制限時間内に判定できませんでした。"),
    "failed.unreadable": ("The file cannot be read.", "ファイルを読めません。"),
    "failed.unexpected": (
        "Judging failed; the log of the process that judged it says more.",
        "判定中に予期しないエラーが発生しました。詳しくは判定プロセスのログにあります。",
    ),
    "failed.not_recorded": (
        "It was judged, but the record cannot hold the decision.",
        "判定しましたが、その内容を記録に保存できませんでした。",
    ),
    "failed.not_reached": (
        "The file is there, but the worker that was to judge it could not read it; the next run tries it again.",
        "ファイルはありますが、判定を行うワーカーから読めませんでした。次の実行で再び試します。",
    ),
    "failed.closed_folder": (
        "The folder cannot be read; none of its files was checked.",
        "フォルダーを読めません。中のファイルは確認されていません。",
    ),
    "undecided.sha256": ("Content (SHA-256)", "内容（SHA-256）"),
    "undecided.newest": ("The newest {n:,} are shown.", "新しいものから {n:,} 件を表示しています。"),
    "entries.seq": ("Entry", "項目"),
    "entries.type": ("Kind", "種類"),
    "entries.actor": ("By", "実行者"),
    "entries.subject": ("Subject", "対象"),
    "entries.hash": ("Hash (SHA-256)", "ハッシュ（SHA-256）"),
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
    "entry.restored": ("Restored from a backup", "バックアップからの復元"),
    "entry.set_up": ("Set-up", "初期設定"),
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
        "Valid: all entries hold ({n:,} entries, {decisions:,} decisions, {reviews:,} reviews, {blobs:,} stored files).",
        "有効：{n:,} 件の項目すべてが一致しました（判定 {decisions:,} 件、レビュー {reviews:,} 件、"
        "保存ファイル {blobs:,} 個）。",
    ),
    "verify.bad": (
        "**Tampered.** The first {n:,} entries hold, the next one does not.",
        "**改ざんあり。** 最初の {n:,} 件の項目は一致しましたが、その後が一致しません。",
    ),
    "verify.at": ("First bad entry: {n:,}.", "一致しない最初の項目：第 {n:,} 件。"),
    "verify.whole": ("The log as a whole was changed.", "ログ全体が変更されています。"),
    "verify.warning": ("Warning: {text}", "警告：{text}"),
    "verify.against": (
        "The log also agrees with the signed checkpoint of {n:,} entries.",
        "署名付きチェックポイント（項目 {n:,} 件の時点）とも一致しました。",
    ),
    "verify.alone": (
        "There is no checkpoint yet to compare with: without one, a cut tail or a rewrite of the whole log would not show.",
        "比較できるチェックポイントがまだありません。ない間は、末尾の切り捨てやログ全体の書き換えは分かりません。",
    ),
    "verify.unusable": (
        "The newest checkpoint here could not be used, so the log was not compared with any: a cut tail or a rewrite of "
        "the whole log would not show. Find out what happened to it, and compare with one that was kept elsewhere.",
        "最新のチェックポイントを使用できなかったため、どのチェックポイントとも比較していません。"
        "末尾の切り捨てやログ全体の書き換えは分かりません。原因を調べ、別の場所に保管したものと比較してください。",
    ),
    "verify.elsewhere": ("Compare with a checkpoint kept elsewhere", "別の場所に保管したチェックポイントと比較"),
    "verify.elsewhere_lead": (
        "Without one, the newest checkpoint in this record's own folder is used. One that was kept where nobody here can "
        "change it proves more.",
        "指定しない場合は、この記録のフォルダーにある最新のチェックポイントを使います。"
        "ここにいる誰も変更できない場所に保管したものなら、より確かな証明になります。",
    ),
    "verify.key_help": ("Without one, the key of this record is used.", "指定しない場合は、この記録の鍵を使います。"),
    "verify.too_large": (
        "This file is too large for a checkpoint or a key. Choose a checkpoint or a key that was downloaded here.",
        "チェックポイントや鍵としては大きすぎるファイルです。ここでダウンロードしたものを選んでください。",
    ),
    "verify.show": ("Show entry {n:,}", "ログの第 {n:,} 件を表示"),
    "verify.detail": ("Details: {text}", "詳細：{text}"),
    "export.lead": (
        "Every export is itself an entry of the log: who, what, and how many entries it covers.",
        "書き出しは、実行者・内容・対象の項目数とともに、それ自体がログの項目として残ります。",
    ),
    "export.not_allowed": ("Only auditors may export the record.", "記録の書き出しは監査担当者のみ可能です。"),
    "export.bundle": ("Make a bundle", "バンドルを作成"),
    "export.bundle_help": (
        "Everything in one file: entries, decisions, reviews, stored files, a signed checkpoint, and verify.py, with which "
        "an outsider verifies it without this software.",
        "ログの項目、判定、レビュー、保存ファイル、署名付きチェックポイント、verify.py を一つのファイルにまとめます。"
        "第三者はこのソフトウェアなしで検証できます。",
    ),
    "export.bundle_ready": ("The bundle of {n:,} entries is ready.", "項目 {n:,} 件のバンドルができました。"),
    "export.bundle_take": ("Download the bundle", "バンドルをダウンロード"),
    "export.jsonl": ("Entries (JSONL)", "ログの項目（JSONL）"),
    "export.csv": ("Entries (CSV)", "ログの項目（CSV）"),
    "export.checkpoint": ("Sign a checkpoint", "チェックポイントに署名"),
    "export.checkpoint_help": (
        "Verifies the log, then signs its size and root. Keep the checkpoint away from the database: with it, a later "
        "rewrite of the whole log shows too.",
        "ログを検証し、項目数とルートに署名します。チェックポイントはデータベースとは別の場所に保管してください。"
        "後からログ全体が書き換えられても分かります。",
    ),
    "export.signed": ("Signed: {n:,} entries, all of which hold.", "署名しました：項目 {n:,} 件、すべて一致。"),
    "export.note": ("Checkpoint", "チェックポイント"),
    "export.public_key": ("Public key", "公開鍵"),
    "checkpoints.title": ("Checkpoints", "チェックポイント"),
    "checkpoints.lead": (
        "Signed into {folder} after every 256 entries or 10 minutes. Keep copies where nobody who can change the database "
        "can reach them: they show a cut tail and a rewrite of the whole log.",
        "項目 256 件または 10 分ごとに署名し、{folder} に保存します。"
        "データベースを変更できる人の手が届かない場所にも写しを保管してください。"
        "末尾の切り捨てやログ全体の書き換えが分かります。",
    ),
    "checkpoints.none": ("None has been signed yet.", "まだ署名されたものはありません。"),
    "checkpoints.problem": (
        "No checkpoint can be signed at present. Details: {text}",
        "現在、チェックポイントに署名できません。詳細：{text}",
    ),
    "checkpoints.not_done": (
        "A witness, a time authority or the tiles could not be reached; they are tried again. Details: {text}",
        "立会人、タイムスタンプ局、タイルのいずれかに到達できませんでした。後で再試行します。詳細：{text}",
    ),
    "checkpoints.passed_over": (
        "A file among the checkpoints does not count, because this record's key did not sign it. Details: {text}",
        "チェックポイントのフォルダに、この記録の鍵で署名されていないファイルがあり、無視しています。詳細：{text}",
    ),
    "checkpoints.size": ("Entries", "項目数"),
    "checkpoints.time": ("Written (UTC)", "作成（UTC）"),
    "checkpoints.root": ("Root hash", "ルートハッシュ"),
    "keeping.title": ("Keeping and erasing", "保存と消去"),
    "keeping.lead": (
        "Standard: kept at least half a year, erased after two. Extended: at least five, erased after ten. Legal hold: "
        "never erased. Erasing takes away the file, the selection, the decision and its reviews; the log's entries stay, "
        "and verification still holds.",
        "標準：最低半年、2 年で消去。延長：最低 5 年、10 年で消去。法的保全：消去しません。"
        "消去するとファイル・選択・判定・レビューの内容がなくなりますが、ログの項目は残り、検証は引き続き有効です。",
    ),
    "keeping.class": ("Keep as", "保存区分"),
    "keeping.set": ("Change", "変更"),
    "keeping.done": ("Recorded as entry {seq:,} of the log.", "ログの第 {seq:,} 件として記録しました。"),
    "keeping.early": ("Even before the shortest retention period is over", "最短の保存期間が終わる前でも消去する"),
    "keeping.sure": ("Erase it for good", "完全に消去する"),
    "keeping.erase": ("Erase the content", "内容を消去"),
    "keeping.erased": (
        "Erased; recorded as entry {seq:,} of the log.",
        "消去しました。ログの第 {seq:,} 件として記録しました。",
    ),
    "retention.standard": ("Standard", "標準"),
    "retention.extended": ("Extended", "延長"),
    "retention.legal_hold": ("Legal hold", "法的保全"),
    "identity.sampling": ("Reason for review, probability", "レビュー対象の理由、確率"),
    "identity.reviews": ("Reviews asked for", "必要なレビュー数"),
    "identity.retention": ("Kept as", "保存区分"),
    "identity.weights_at": ("Weights file", "重みファイル"),
    "identity.in_record": ("in this record", "この記録に保存"),
    "identity.name": ("Property", "項目"),
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
    "identity.use": ("Intended use", "使用目的"),
    "identity.layer": ("Selection of layer {n} (SHA-256)", "第 {n} 層の選択（SHA-256）"),
    "identity.layer_value": (
        "{sha} · pairs: {pairs:,}, {certified:.1%} certified complete",
        "{sha} · {pairs:,} 組、{certified:.1%} が漏れなしと証明済み",
    ),
    "replay.button": ("Replay", "再実行"),
    "replay.help": (
        "Runs the model again on the stored file and compares every bit of the selection with the record.",
        "保存されたファイルでモデルを再実行し、選択の全ビットを記録と照合します。",
    ),
    "replay.same": (
        "Bit-identical: the score and the selection of all {n} layers came out exactly as recorded.",
        "完全一致：スコアと全 {n} 層の選択が記録と一致しました。",
    ),
    "replay.other_model": (
        "Not comparable: the loaded model is not the one that made this decision. Start the app with the weights named above.",
        "照合できません。読み込まれているモデルはこの判定のものと異なります。上記の重みでアプリを起動してください。",
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
