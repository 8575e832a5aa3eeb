"""Texts of signing in, of one's own account, and of the accounts of a team."""

TEXTS: dict[str, tuple[str, str]] = {
    "sign_in.title": ("Sign in", "サインイン"),
    "sign_in.lead": (
        "What you do is recorded under your name.",
        "操作はあなたの名前で記録されます。",
    ),
    "sign_in.login": ("Login name", "ログイン名"),
    "sign_in.password": ("Password", "パスワード"),
    "sign_in.submit": ("Sign in", "サインイン"),
    "sign_in.wrong": (
        "The login name or the password is wrong, or the account is locked for some minutes after too many failures.",
        "ログイン名またはパスワードが正しくないか、失敗が続いたためアカウントが数分間ロックされています。",
    ),
    "sign_in.ended": (
        "Your session has ended. Sign in again, and the page that you asked for comes up.",
        "セッションが終了しました。もう一度サインインすると、元のページが表示されます。",
    ),
    "sign_in.left": ("You are signed out.", "サインアウトしました。"),
    "sign_in.forgotten": (
        "Forgotten your password? An administrator can give you a new one.",
        "パスワードを忘れた場合は、管理者が新しいものを発行できます。",
    ),
    "sign_in.provider": ("Sign in with your organisation", "組織のアカウントでサインイン"),
    "sign_in.provider_named": ("Sign in with {name}", "{name} でサインイン"),
    "sign_in.provider_missing": (
        "The identity provider is not configured: the file .streamlit/secrets.toml has no section [auth]. "
        "Whoever runs this server has to add it.",
        "ID プロバイダーが設定されていません。.streamlit/secrets.toml に [auth] の項目がありません。"
        "サーバーの管理者が追加する必要があります。",
    ),
    "sign_in.provider_refused": (
        "Your organisation's sign-in could not be used. Sign in there again. Details: {text}",
        "組織のサインインを利用できませんでした。もう一度サインインしてください。詳細: {text}",
    ),
    "sign_in.by_password": ("Sign in with a password instead", "代わりにパスワードでサインイン"),
    "sign_in.no_role": (
        "You are signed in as {name}, but you have no role yet. Ask an administrator to give you one.",
        "{name} としてサインインしていますが、まだ役割がありません。管理者に依頼してください。",
    ),
    "set_up.title": ("Set up the first administrator", "最初の管理者を設定"),
    "set_up.lead": (
        "This record has no accounts yet. The first administrator creates the others on the Team page.",
        "この記録にはまだアカウントがありません。最初の管理者が、チームのページで他のアカウントを作成します。",
    ),
    "set_up.code": ("Set-up code", "設定コード"),
    "set_up.code_help": (
        "The set-up code is printed where the server was started, so that only whoever runs it can do this.",
        "設定コードはサーバーを起動した画面に表示されます。サーバーを運用する人だけが設定できます。",
    ),
    "set_up.name": ("Your name", "お名前"),
    "set_up.name_help": (
        "Printed with everything that you do. It cannot be changed in what is recorded already.",
        "すべての操作とともに記録されます。すでに記録されたものは変更できません。",
    ),
    "set_up.password": ("Password, {n} characters or more", "パスワード({n} 文字以上)"),
    "set_up.repeat": ("Password again", "パスワード(確認)"),
    "set_up.submit": ("Create the administrator", "管理者を作成"),
    "set_up.wrong_code": (
        "This is not the set-up code. It stands where the server was started, and is new at every start.",
        "設定コードが正しくありません。サーバーを起動した画面に表示され、起動のたびに変わります。",
    ),
    "set_up.taken": (
        "There are accounts already. Sign in, or ask an administrator for an account.",
        "すでにアカウントがあります。サインインするか、管理者に依頼してください。",
    ),
    "set_up.provider_first": (
        "First sign in with your organisation, then enter the set-up code.",
        "まず組織のアカウントでサインインし、次に設定コードを入力してください。",
    ),
    "set_up.provider_known": (
        "Your organisation says that you are {name}. Enter the set-up code to become the first administrator.",
        "組織の情報では、あなたは {name} です。設定コードを入力すると、最初の管理者になります。",
    ),
    "password.missing": ("Fill in all fields.", "すべての欄に入力してください。"),
    "password.short": ("The password needs at least {n} characters.", "パスワードは {n} 文字以上にしてください。"),
    "password.has_login": (
        "The password must not contain the login name.",
        "パスワードにログイン名を含めることはできません。",
    ),
    "password.differs": ("The two passwords differ.", "二つのパスワードが一致しません。"),
    "account.name": ("**{name}**", "**{name}**"),
    "account.menu": ("{name}", "{name}"),
    "account.since": ("Signed in since {time} UTC", "{time} UTC からサインイン中"),
    "account.no_roles": ("No role", "役割なし"),
    "account.sign_out": ("Sign out", "サインアウト"),
    "account.change": ("Change password", "パスワードを変更"),
    "account.old": ("Present password", "現在のパスワード"),
    "account.new": ("New password, {n} characters or more", "新しいパスワード({n} 文字以上)"),
    "account.repeat": ("New password again", "新しいパスワード(確認)"),
    "account.old_wrong": ("The present password is wrong.", "現在のパスワードが正しくありません。"),
    "account.changed": (
        "Password changed. Your other sessions have ended.",
        "パスワードを変更しました。他のセッションは終了しました。",
    ),
    "role.viewer": ("Viewer", "閲覧者"),
    "role.reviewer": ("Reviewer", "レビュー担当"),
    "role.lead": ("Lead", "リーダー"),
    "role.auditor": ("Auditor", "監査担当"),
    "role.admin": ("Administrator", "管理者"),
    "role.service": ("Program", "プログラム"),
    "role_may.viewer": ("reads decisions and verifies the record", "判定の閲覧と記録の検証"),
    "role_may.reviewer": ("analyses logs, trains on data and reviews decisions", "ログの解析、データの学習、判定のレビュー"),
    "role_may.lead": (
        "also settles disputes, sees the team's progress, sets the review policy and says which weights are used",
        "加えて、意見の相違の裁定、チームの進捗の確認、レビュー方針の設定、使用する重みの決定",
    ),
    "role_may.auditor": (
        "sees everything, exports the record and signs checkpoints, but judges nothing",
        "すべての閲覧、記録の書き出し、チェックポイントへの署名(判定はしない)",
    ),
    "role_may.admin": (
        "manages accounts and erases content when its time is over, but judges nothing",
        "アカウントの管理と、保管期間を過ぎた内容の消去(判定はしない)",
    ),
    "role_may.service": (
        "submits logs and asks the gate by a token, and judges nothing; of another system, not of a person",
        "トークンによるログの提出とゲートの照会(判定はしない)。人ではなく他のシステムのための役割",
    ),
    "accounts.roles_title": ("What the roles may do", "役割ごとにできること"),
    "accounts.role_line": ("**{role}** {may}", "**{role}** {may}"),
    "accounts.name": ("Name", "名前"),
    "accounts.login": ("Login name", "ログイン名"),
    "accounts.roles": ("Roles", "役割"),
    "accounts.state": ("State", "状態"),
    "accounts.active": ("Active", "有効"),
    "accounts.inactive": ("Not active", "無効"),
    "accounts.by": ("Signs in by", "サインイン方法"),
    "accounts.by_password": ("Password", "パスワード"),
    "accounts.by_token": ("Token (a program)", "トークン(プログラム)"),
    "accounts.new": ("New account", "新しいアカウント"),
    "accounts.create": ("Create account", "アカウントを作成"),
    "accounts.created": ("Account of {name} created.", "{name} のアカウントを作成しました。"),
    "accounts.choose": ("Choose an account on the left to change it.", "左の一覧から変更するアカウントを選んでください。"),
    "accounts.save": ("Save changes", "変更を保存"),
    "accounts.saved": (
        "Account of {name} saved. Its sessions have ended.",
        "{name} のアカウントを保存し、セッションを終了しました。",
    ),
    "accounts.ends_sessions": (
        "A change ends this person's sessions: they sign in again.",
        "変更するとこの人のセッションは終了し、もう一度サインインが必要になります。",
    ),
    "accounts.is_you": (
        "This is your own account: after a change you sign in again.",
        "あなた自身のアカウントです。変更後はもう一度サインインが必要です。",
    ),
    "accounts.deactivate": ("Deactivate", "無効にする"),
    "accounts.activate": ("Activate", "有効にする"),
    "accounts.reset": ("New password", "新しいパスワードを発行"),
    "accounts.password_for": (
        "Password of {name}. It is shown only now: hand it over in person, and have it changed after the first sign-in.",
        "{name} のパスワード。表示されるのは今だけです。本人に直接渡し、最初のサインイン後に変更してもらってください。",
    ),
    "accounts.password_done": ("I have noted it", "控えました"),
    "accounts.erase": ("Erase", "消去"),
    "accounts.erase_lead": (
        "Removes name, login name and password from the record. What this person did stays, under the account's number. "
        "This cannot be undone.",
        "名前、ログイン名、パスワードを記録から消去します。この人の操作は、アカウント番号とともに残ります。元に戻せません。",
    ),
    "accounts.erase_why": ("Reason", "理由"),
    "accounts.erase_now": ("Erase for good", "完全に消去"),
    "accounts.erased": ("Account erased.", "アカウントを消去しました。"),
    "accounts.login_taken": ("This login name is taken.", "このログイン名は使われています。"),
    "accounts.last_admin": (
        "An active administrator has to remain. Give somebody else the role first.",
        "有効な管理者が一人は必要です。先に他の人に役割を与えてください。",
    ),
    "accounts.still_active": ("Deactivate the account before you erase it.", "消去する前にアカウントを無効にしてください。"),
    "accounts.gone": ("This account no longer exists.", "このアカウントはもうありません。"),
    "accounts.no_reason": ("Give a reason: it is recorded.", "理由を入力してください。記録されます。"),
    "accounts.invalid": ("This cannot be saved. Details: {text}", "保存できません。詳細: {text}"),
    "alone.title": ("Work as a team", "チームで使う"),
    "alone.lead": (
        "So far everybody at this machine has all rights, and nobody checks names. As soon as there is an administrator, "
        "everybody signs in; the administrator creates the other accounts here.",
        "現在は、この端末を使う人に全権限があり、名前は確認されません。管理者を作成すると全員にサインインが必要になり、"
        "他のアカウントは管理者がここで作成します。",
    ),
}
