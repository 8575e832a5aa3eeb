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
    "meaning.review_withdraw": (
        "I withdraw my review of this decision.",
        "この判定に対する自分のレビューを取り消します。",
    ),
    "meaning.ruling_approve": (
        "I have reviewed the evidence that I was shown, and I settle the dispute: I approve this decision.",
        "提示された根拠をレビューし、意見の相違を裁定します。この判定を承認します。",
    ),
    "meaning.ruling_flag": (
        "I have reviewed the evidence that I was shown, and I settle the dispute: I flag this decision.",
        "提示された根拠をレビューし、意見の相違を裁定します。この判定を指摘します。",
    ),
    "meaning.ruling_withdraw": (
        "I withdraw my ruling on this decision.",
        "この判定に対する自分の裁定を取り消します。",
    ),
    "meaning.account": (
        "I am responsible for this account and its roles.",
        "このアカウントとその役割に責任を負います。",
    ),
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
    "meaning.retention": (
        "I am responsible for how long this decision is kept.",
        "この判定の保存期間に責任を負います。",
    ),
    "meaning.rollout": (
        "I am responsible for this step of the roll-out.",
        "展開のこのステップに責任を負います。",
    ),
    "meaning.token": (
        "I am responsible for this program's access.",
        "このプログラムのアクセスに責任を負います。",
    ),
    "meaning.weights_in_use": (
        "I am responsible for the use of these weights.",
        "これらの重みの使用に責任を負います。",
    ),
    "meaning.weights_retired": (
        "I am responsible for whether these weights may be used.",
        "これらの重みを使用してよいかどうかに責任を負います。",
    ),
    # While the model's verdict is hidden, the words that will be signed would tell it
    "meaning.blind": (
        "I have reviewed the evidence that I was shown. Where the model says what I say, I approve this decision; "
        "otherwise I flag it.",
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
    "signature.failed_empty": (
        "**Not signed.** Nothing was stored. Type your password in the field beside the button.",
        "**署名されていません。** 何も保存されていません。ボタンの横の欄にパスワードを入力してください。",
    ),
    "signature.failed_wrong": (
        "**Not signed.** Nothing was stored. The password is wrong, or the account is locked for some minutes after too "
        "many failures.",
        "**署名されていません。** 何も保存されていません。"
        "パスワードが正しくないか、失敗が続いたためアカウントが数分間ロックされています。",
    ),
    "signature.failed_waiting": (
        "**Your key does not count yet.** Nothing was stored. Ask an administrator to confirm it on the Team page; its "
        "fingerprint stands under your name in the sidebar.",
        "**あなたの鍵はまだ有効ではありません。** 何も保存されていません。"
        "管理者に、「チーム」のページでの確認を依頼してください。フィンガープリントはサイドバーのあなたの名前の下にあります。",
    ),
    "signature.failed_initial": (
        "**Change your password first.** Nothing was stored. Somebody else chose the one that you have: choose your own "
        "under your name in the sidebar, then sign.",
        "**先にパスワードを変更してください。** 何も保存されていません。現在のパスワードは管理者が発行したものです。"
        "サイドバーのあなたの名前の下で自分のパスワードを設定してから、署名してください。",
    ),
    "signature.failed_no_key": (
        "**You have no key to sign with.** Nothing was stored. Sign out and in again; if you sign in with your "
        "organisation, choose a password for signing under your name in the sidebar. Then have the key confirmed.",
        "**署名用の鍵がありません。** 何も保存されていません。一度サインアウトし、もう一度サインインしてください。"
        "組織のアカウントを使う場合は、サイドバーのあなたの名前の下で署名用のパスワードを設定してください。"
        "その後、鍵の確認を依頼してください。",
    ),
    "signature.failed_unreadable": (
        "**Your key cannot be read.** Nothing was stored. Ask an administrator for a new password.",
        "**あなたの鍵を読み取れません。** 何も保存されていません。管理者に新しいパスワードの発行を依頼してください。",
    ),
    # One's own key
    "own_key.fingerprint": ("Your key: {fingerprint}", "あなたの鍵：{fingerprint}"),
    "own_key.counts": ("It is confirmed: you can sign with it.", "確認済みです。この鍵で署名できます。"),
    "own_key.waits": (
        "Your key waits for an administrator. Your password shows its fingerprint: tell it to them, and have them compare it "
        "on the Team page.",
        "あなたの鍵は管理者の確認待ちです。パスワードを入力するとフィンガープリントが表示されます。"
        "それを管理者に伝え、「チーム」のページで照合してもらってください。",
    ),
    "own_key.password": ("Your password for signing", "署名に使うパスワード"),
    "own_key.show": ("Show the fingerprint", "フィンガープリントを表示"),
    "own_key.read_out": ("Read this out: {fingerprint}", "管理者に伝えてください：{fingerprint}"),
    "own_key.initial": (
        "An administrator chose your password. Change it before you sign.",
        "現在のパスワードは管理者が発行したものです。署名する前に変更してください。",
    ),
    "own_key.waits_short": ("Your key waits for confirmation.", "あなたの鍵は確認待ちです。"),
    "own_key.missing": (
        "You have no key yet. Sign out and in again to get one.",
        "鍵がまだありません。一度サインアウトし、もう一度サインインすると作られます。",
    ),
    "own_key.missing_provider": (
        "You have no key yet: choose a password for signing.",
        "鍵がまだありません。署名用のパスワードを設定してください。",
    ),
    "own_key.make": ("Choose a password for signing", "署名用のパスワードを設定"),
    "own_key.make_again": ("Choose a new password for signing", "署名用のパスワードを設定し直す"),
    "own_key.make_lead": (
        "You sign with it; you still sign in with your organisation. It makes a new key, which an administrator has to "
        "confirm.",
        "署名にだけ使います。サインインは引き続き組織のアカウントで行います。新しい鍵が作られ、管理者の確認が必要になります。",
    ),
    "own_key.new": ("Password for signing, {n} characters or more", "署名用のパスワード（{n} 文字以上）"),
    "own_key.repeat": ("Password for signing again", "署名用のパスワード（確認）"),
    "own_key.made": (
        "Your key is made. Tell an administrator its fingerprint: {fingerprint}",
        "鍵を作成しました。フィンガープリントを管理者に伝えてください：{fingerprint}",
    ),
    # Keys of a team
    "root_key.fresh": (
        "**Write down the fingerprint of the root key**, and keep it outside the database. Every other key is confirmed by "
        "it. Compare it later: another fingerprint means that another record was put in place of this one.",
        "**ルート鍵のフィンガープリントを書き留め**、データベースとは別の場所に保管してください。"
        "ほかの鍵はすべて、この鍵をもとに確認されます。後で照合すれば、別の記録に差し替えられていないか分かります。",
    ),
    "root_key.noted": ("I have written it down", "書き留めました"),
    "keys.root": ("Root key", "ルート鍵"),
    "keys.root_lead": (
        "Compare it with what was written down at the beginning: another fingerprint means another record.",
        "最初に書き留めたものと照合してください。異なる場合は、別の記録です。",
    ),
    "keys.alone": (
        "People sign once the record has an administrator: create one under Accounts.",
        "署名は管理者の作成後に始まります。「アカウント」で管理者を作成してください。",
    ),
    "keys.begin_lead": (
        "So far nobody signs in this record. Your key becomes its root key. From then on nothing unsigned counts, and this "
        "cannot be undone:",
        "この記録では、まだ誰も署名していません。あなたの鍵がルート鍵になります。以後、署名のないものは無効です。"
        "元に戻せません。",
    ),
    "keys.begin_sign": (
        "Reviews, the review policy, accounts, tokens, the weights in use, roll-out and erasures ask for a password each "
        "time. What was recorded before stays valid.",
        "レビュー、レビュー方針、アカウント、トークン、使用する重み、展開、消去のたびにパスワードを入力します。"
        "それ以前の記録は有効なままです。",
    ),
    "keys.begin_confirm": (
        "Everybody's key has to be confirmed once, here, by an administrator.",
        "全員の鍵を、管理者がここで一度ずつ確認する必要があります。",
    ),
    "keys.begin_write": (
        "Write down the fingerprint that is shown next, and keep it outside the database.",
        "次に表示されるフィンガープリントを書き留め、データベースとは別の場所に保管してください。",
    ),
    "keys.begin": ("Begin signing", "署名を始める"),
    "keys.begun": ("From now on people sign.", "これ以後は署名が必要です。"),
    "keys.waiting": ("Keys that wait for confirmation", "確認待ちの鍵"),
    "keys.waiting_none": ("No key waits.", "確認待ちの鍵はありません。"),
    "keys.waiting_lead": (
        "Ask each person, face to face or by telephone, for the fingerprint that stands under their name in the sidebar. "
        "Confirm the key only when both are the same.",
        "本人に、直接または電話で、サイドバーの自分の名前の下にあるフィンガープリントを尋ねてください。"
        "両方が一致する場合だけ、鍵を確認してください。",
    ),
    "keys.fingerprint": ("Fingerprint", "フィンガープリント"),
    "keys.made": ("Made (UTC)", "作成（UTC）"),
    "keys.whose": ("Whose key", "鍵の所有者"),
    "keys.confirm": ("The fingerprints are the same: confirm", "一致したので確認する"),
    "keys.confirmed": ("Key of {name} confirmed.", "{name} の鍵を確認しました。"),
    "keys.revoke_title": ("Revoke the keys of an account", "アカウントの鍵を失効させる"),
    "keys.revoke_lead": (
        "From then on nothing is signed with them; what was signed before stays valid. The person gets a new key with the "
        "next sign-in, or chooses a new password for signing; it has to be confirmed. Where somebody else may know the "
        "password, give the person a new one under Accounts.",
        "以後、その鍵では署名できません。それ以前の署名は有効なままです。"
        "次のサインイン時、または署名用のパスワードの再設定時に新しい鍵が作られ、確認が必要になります。"
        "パスワードを他人に知られた可能性がある場合は、「アカウント」で新しいパスワードを発行してください。",
    ),
    "keys.revoke": ("Revoke", "失効させる"),
    "keys.revoked": ("Keys of {name} revoked: {n}.", "{name} の鍵を失効させました：{n} 個。"),
    "keys.refused": ("This is not possible. Details: {text}", "実行できません。詳細：{text}"),
}
