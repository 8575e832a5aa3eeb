"""Texts of signing: what a signature means, asking for it, what stands against it, and keys. What is signed is the English."""

TEXTS: dict[str, tuple[str, str]] = {
    # The words that are signed: those of `audit.log.signatures.meaning_of`
    "meaning.review_approve": (
        "I have reviewed the evidence that I was shown, and I approve this decision.",
        "提示された根拠をレビューし、この判定を承認します。",
    ),
    "meaning.review_flag": (
        "I have reviewed the evidence that I was shown, and I flag this decision.",
        "提示された根拠をレビューし、この判定を指摘します。",
    ),
    "meaning.review_withdraw": ("I withdraw my review of this decision.", "この判定に対する自分のレビューを取り消します。"),
    "meaning.ruling_approve": (
        "I have reviewed the evidence that I was shown, and I settle the dispute: I approve this decision.",
        "提示された根拠をレビューし、意見の相違を裁定します。この判定を承認します。",
    ),
    "meaning.ruling_flag": (
        "I have reviewed the evidence that I was shown, and I settle the dispute: I flag this decision.",
        "提示された根拠をレビューし、意見の相違を裁定します。この判定を指摘します。",
    ),
    "meaning.ruling_withdraw": ("I withdraw my ruling on this decision.", "この判定に対する自分の裁定を取り消します。"),
    "meaning.account": ("I am responsible for this account and its roles.", "このアカウントとその役割に責任を負います。"),
    "meaning.control": (
        "I know the right verdict on this decision, and I make it a control item.",
        "この判定の正しい結論を知っており、この判定を確認用の項目にします。",
    ),
    "meaning.erasure": ("I am responsible for this erasure.", "この消去に責任を負います。"),
    "meaning.key": (
        "I am responsible for which keys of this account count.",
        "このアカウントのどの鍵を有効とするかに責任を負います。",
    ),
    "meaning.policy": ("I am responsible for this review policy.", "このレビュー方針に責任を負います。"),
    "meaning.retention": ("I am responsible for how long this decision is kept.", "この判定の保存期間に責任を負います。"),
    "meaning.rollout": ("I am responsible for this step of the roll-out.", "展開のこのステップに責任を負います。"),
    "meaning.token": ("I am responsible for this program's access.", "このプログラムのアクセスに責任を負います。"),
    "meaning.weights_in_use": ("I am responsible for the use of these weights.", "これらの重みの使用に責任を負います。"),
    "meaning.weights_retired": (
        "I am responsible for whether these weights may be used.",
        "これらの重みを使用してよいかどうかに責任を負います。",
    ),
    # While the model's verdict is hidden, the words that will be signed would tell it
    "meaning.blind": (
        "I have reviewed the evidence that I was shown. Where the model says what I say, I approve this decision; otherwise "
        "I flag it.",
        "提示された根拠をレビューしました。モデルの結論が自分の判断と同じならこの判定を承認し、異なれば指摘します。",
    ),
    # Asking for a signature
    "signature.password": ("Password, to sign", "署名用パスワード"),
    "signature.password_or_passkey": ("Password or passkey", "パスワードかパスキー"),
    "signature.means": ("Your signature means: “{meaning}”", "署名の意味：「{meaning}」"),
    "signature.given": (
        "Signed by {name} with key {fingerprint}, meaning: “{meaning}”",
        "署名：{name}、鍵：{fingerprint}、意味：「{meaning}」",
    ),
    "signature.none": ("Not signed", "署名なし"),
    # What stands against it
    "signature.failed_empty": ("Type your password beside the button.", "ボタンの横の欄にパスワードを入力してください。"),
    "signature.failed_wrong": (
        "The password is wrong, or the account is locked for some minutes.",
        "パスワードが正しくないか、アカウントが数分間ロックされています。",
    ),
    "signature.failed_waiting": (
        "Your key does not count yet: an administrator confirms it on Team. If you could sign before, tell the auditor.",
        "あなたの鍵はまだ有効ではありません。管理者に「チーム」での確認を依頼してください。以前は署名できた場合は、監査担当者に知らせてください。",
    ),
    "signature.failed_initial": (
        "Somebody else chose your password: choose your own under your name in the sidebar.",
        "現在のパスワードはほかの人が決めたものです。サイドバーのあなたの名前の下で、自分のパスワードを設定してください。",
    ),
    "signature.failed_no_key": (
        "You have no key: sign out and in again, or choose a password for signing under your name in the sidebar. Then have "
        "the key confirmed.",
        "署名用の鍵がありません。サインインし直すか、サイドバーのあなたの名前の下で署名用のパスワードを設定し、"
        "鍵の確認を依頼してください。",
    ),
    "signature.failed_unreadable": (
        "Your password does not open the stored key: tell an auditor, and ask an administrator for a new password.",
        "保存されている鍵をあなたのパスワードで開けません。監査担当者に知らせ、管理者に新しいパスワードの発行を依頼してください。",
    ),
    # One's own key
    "own_key.fingerprint": ("Your key: {fingerprint}", "あなたの鍵：{fingerprint}"),
    "own_key.counts": ("Confirmed: you can sign with it.", "確認済みです。この鍵で署名できます。"),
    "own_key.waits": (
        "Your key waits. Tell an administrator its fingerprint, which your password shows; they compare it on the Team page.",
        "あなたの鍵は確認待ちです。パスワードを入力すると出るフィンガープリントを管理者に伝え、"
        "「チーム」のページで照合してもらってください。",
    ),
    "own_key.password": ("Your password for signing", "署名に使うパスワード"),
    "own_key.show": ("Show the fingerprint", "フィンガープリントを表示"),
    "own_key.read_out": ("Read this out: {fingerprint}", "管理者に伝えてください：{fingerprint}"),
    "own_key.initial": (
        "An administrator chose your password. Change it before you sign.",
        "現在のパスワードは管理者が発行したものです。署名する前に変更してください。",
    ),
    "own_key.waits_short": ("Your key waits for confirmation.", "あなたの鍵は確認待ちです。"),
    "own_key.missing": ("You have no key yet: sign out and in again.", "鍵がまだありません。もう一度サインインしてください。"),
    "own_key.missing_provider": (
        "You have no key yet: choose a password for signing.",
        "鍵がまだありません。署名用のパスワードを設定してください。",
    ),
    "own_key.make": ("Choose a password for signing", "署名用のパスワードを設定"),
    "own_key.make_again": ("Choose a new password for signing", "署名用のパスワードを設定し直す"),
    "own_key.make_lead": (
        "Only for signing. It makes a new key, which an administrator has to confirm.",
        "署名にだけ使います。新しい鍵が作られ、管理者の確認が必要です。",
    ),
    "own_key.made": (
        "Tell an administrator the fingerprint of your new key: {fingerprint}",
        "新しい鍵のフィンガープリントを管理者に伝えてください：{fingerprint}",
    ),
    # Keys of a team
    "root_key.fresh": (
        "**Write down the fingerprint of the root key**, and keep it outside the database: another one later means another "
        "record.",
        "**ルート鍵のフィンガープリントを書き留め**、データベースとは別の場所に保管してください。後で異なれば、別の記録です。",
    ),
    "root_key.noted": ("I have written it down", "書き留めました"),
    "keys.root": ("Root key", "ルート鍵"),
    "keys.root_lead": (
        "Compare it with what was written down: another fingerprint means another record.",
        "書き留めたものと照合してください。異なる場合は、別の記録です。",
    ),
    "keys.alone": ("This needs an administrator: create one under Accounts.", "管理者を「アカウント」で作成してください。"),
    "keys.begin_lead": (
        "Nobody signs yet in this record. Your key becomes its root key, and nothing unsigned counts from then on. This "
        "cannot be undone:",
        "この記録では、まだ誰も署名していません。あなたの鍵がルート鍵になり、以後、署名のないものは無効です。元に戻せません。",
    ),
    "keys.begin_sign": (
        "Reviews, policy, accounts, tokens, weights in use, roll-out and erasures ask for a password each time.",
        "レビュー、方針、アカウント、トークン、使用する重み、展開、消去のたびにパスワードを入力します。",
    ),
    "keys.begin_confirm": (
        "An administrator has to confirm everybody's key here, once.",
        "全員の鍵を、管理者がここで一度ずつ確認する必要があります。",
    ),
    "keys.begin_write": ("Write down the fingerprint that is shown next.", "次に出るフィンガープリントを書き留めてください。"),
    "keys.begin": ("Begin signing", "署名を始める"),
    "keys.waiting": ("Keys that wait for confirmation", "確認待ちの鍵"),
    "keys.waiting_none": ("No key waits.", "確認待ちの鍵はありません。"),
    "keys.waiting_lead": (
        "Ask each person, face to face or by telephone, for the fingerprint under their name in the sidebar. Confirm only "
        "when both are the same.",
        "本人に、直接または電話で、サイドバーの名前の下のフィンガープリントを尋ね、一致する場合だけ確認してください。",
    ),
    "keys.fingerprint": ("Fingerprint", "フィンガープリント"),
    "keys.whose": ("Whose key", "鍵の所有者"),
    "keys.confirm": ("The fingerprints are the same: confirm", "一致したので確認する"),
    "keys.revoke_title": ("Revoke the keys of an account", "アカウントの鍵を失効させる"),
    "keys.revoke_lead": (
        "Nothing is signed with them any more; earlier signatures stay valid. The next sign-in makes a new key, which has to "
        "be confirmed. If others may know the password, give a new one under Accounts.",
        "以後、その鍵では署名できません。以前の署名は有効です。次のサインインで新しい鍵が作られ、確認が必要です。"
        "他人がパスワードを知る可能性があれば「アカウント」で新しく発行してください。",
    ),
    "keys.revoke": ("Revoke", "失効させる"),
    "keys.refused": ("Not possible. Details: {text}", "実行できません。詳細：{text}"),
    "signature.failed": ("**Not signed.** {why}", "**署名されていません。** {why}"),
}
