"""Phrases of the simulated lines, in English and in Japanese: MES and PLCs of an assembly line, ERP and NC of a press line.

``ASSEMBLY_PHRASES[language][event]`` is a format string; ``plant`` fills in the fields. The words around the fields differ
between the languages, the field names do not: plants in Japan write ``recipe=R07`` too. The press line has the same events and
the same fields in braces; everything around them differs: words, keys and names.
"""

from __future__ import annotations

# MES (on a press line: ERP) writes about orders and people, PLCs (NC) about machines.
MES_EVENTS = frozenset({"changeover_planned", "setup", "run", "login", "shift", "material", "part_ok", "part_rework"})

ASSEMBLY_PHRASES: dict[str, dict[str, str]] = {
    "en": {
        "changeover_planned": "change-over planned order={order}",
        "setup": "change-over finished recipe={recipe} order={order} operator={operator}",
        "run": "run started recipe={recipe} lot={lot}",
        "calibration_done": "calibration finished gauge={gauge} residual={small} mm",
        "calibration_skipped": "calibration skipped gauge={gauge} approved_by={operator}",
        "drift": "torque check torque={reading} Nm target=12.00 Nm drift={drift} Nm",
        "maintenance_verified": "maintenance finished part={part} zero point verified",
        "maintenance_open": "maintenance finished part={part} zero point not verified",
        "offset": "SPC depth mean={reading} mm offset={offset} mm n=25",
        "valve_closed": "valve closed for cleaning supply={supply}",
        "valve_opened": "valve opened supply={supply}",
        "alarm": "alarm pressure low supply={supply} pressure={pressure} bar",
        "cycle": "cycle finished time={cycle} s count={count}",
        "temperature": "temperature spindle={temperature} C",
        "vibration": "vibration rms={vibration} mm/s",
        "heartbeat": "heartbeat latency={latency} ms",
        "part_ok": "part ok serial={serial}",
        "part_rework": "part to rework serial={serial} code=C{code}",
        "conveyor": "conveyor speed={speed} m/min",
        "door": "safety door opened by={operator}",
        "door_closed": "safety door closed",
        "login": "operator signed on name={operator}",
        "shift": "shift change shift={shift}",
        "material": "material refilled lot={lot} quantity={count}",
        "tool": "tool life tool=T{code} remaining={percent} %",
        "retry": "PLC connection retried attempt={code}",
    },
    "ja": {
        "changeover_planned": "段取り替え予定 order={order}",
        "setup": "段取り替え完了 recipe={recipe} order={order} operator={operator}",
        "run": "生産開始 recipe={recipe} lot={lot}",
        "calibration_done": "校正完了 gauge={gauge} residual={small} mm",
        "calibration_skipped": "校正省略 gauge={gauge} approved_by={operator}",
        "drift": "トルク確認 torque={reading} Nm target=12.00 Nm drift={drift} Nm",
        "maintenance_verified": "保全完了 part={part} 原点確認済み",
        "maintenance_open": "保全完了 part={part} 原点未確認",
        "offset": "SPC 深さ mean={reading} mm offset={offset} mm n=25",
        "valve_closed": "清掃のためバルブ閉 supply={supply}",
        "valve_opened": "バルブ開 supply={supply}",
        "alarm": "警報 圧力低下 supply={supply} pressure={pressure} bar",
        "cycle": "サイクル完了 time={cycle} s count={count}",
        "temperature": "主軸温度 spindle={temperature} C",
        "vibration": "振動 rms={vibration} mm/s",
        "heartbeat": "死活監視 latency={latency} ms",
        "part_ok": "良品 serial={serial}",
        "part_rework": "手直し品 serial={serial} code=C{code}",
        "conveyor": "コンベヤ速度 speed={speed} m/min",
        "door": "安全扉 開 by={operator}",
        "door_closed": "安全扉 閉",
        "login": "作業者サインオン name={operator}",
        "shift": "シフト交代 shift={shift}",
        "material": "材料補充 lot={lot} quantity={count}",
        "tool": "工具寿命 tool=T{code} remaining={percent} %",
        "retry": "PLC 再接続 attempt={code}",
    },
}

ASSEMBLY_OPERATORS = {
    "en": ("Sato", "Meyer", "Okafor", "Rossi", "Novak", "Tanaka", "Silva", "Larsen"),
    "ja": ("佐藤", "田中", "鈴木", "高橋", "渡辺", "伊藤", "中村", "小林"),
}
ASSEMBLY_SHIFTS = {"en": ("early", "late", "night"), "ja": ("早番", "遅番", "夜勤")}
ASSEMBLY_PARTS = ("spindle", "clamp", "sensor", "belt", "gripper")

ASSEMBLY_LEVELS = {
    "calibration_skipped": "WARN",
    "alarm": "ERROR",
    "part_rework": "WARN",
    "door": "WARN",
    "retry": "WARN",
    "tool": "NOTICE",
}
ASSEMBLY_FILLERS = (
    ("cycle", 24),
    ("temperature", 14),
    ("vibration", 10),
    ("heartbeat", 10),
    ("part_ok", 18),
    ("part_rework", 2),
    ("conveyor", 6),
    ("door", 1),
    ("door_closed", 1),
    ("login", 2),
    ("shift", 1),
    ("material", 3),
    ("tool", 3),
    ("retry", 2),
    ("changeover_planned", 2),
)

PRESS_PHRASES: dict[str, dict[str, str]] = {
    "en": {
        "changeover_planned": "die exchange scheduled job={order}",
        "setup": "new die clamped program={recipe} job={order} crew={operator}",
        "run": "stroking begins program={recipe} coil={lot}",
        "calibration_done": "load cells zeroed channel={gauge} rest={small} kN",
        "calibration_skipped": "load cells left unzeroed channel={gauge} waived_by={operator}",
        "drift": "tonnage verified force={reading} kN nominal=800.0 kN deviation={drift} kN",
        "maintenance_verified": "overhaul closed unit={part} home position confirmed",
        "maintenance_open": "overhaul closed unit={part} home position unconfirmed",
        "offset": "thickness sample average={reading} mm shift={offset} mm pieces=16",
        "valve_closed": "isolation cock shut to flush circuit={supply}",
        "valve_opened": "isolation cock released circuit={supply}",
        "alarm": "trip hydraulics weak circuit={supply} p={pressure} bar",
        "cycle": "stroke done duration={cycle} s total={count}",
        "temperature": "oil sump={temperature} C",
        "vibration": "frame shake level={vibration} mm/s",
        "heartbeat": "alive roundtrip={latency} ms",
        "part_ok": "blank accepted id={serial}",
        "part_rework": "blank set aside id={serial} reason=Q{code}",
        "conveyor": "feeder pitch={speed} m/min",
        "door": "light curtain interrupted who={operator}",
        "door_closed": "light curtain clear",
        "login": "crew badge read holder={operator}",
        "shift": "handover team={shift}",
        "material": "coil loaded coil={lot} metres={count}",
        "tool": "punch wear punch=D{code} left={percent} %",
        "retry": "fieldbus resync try={code}",
    },
    "ja": {
        "changeover_planned": "金型交換 予約 job={order}",
        "setup": "新金型クランプ program={recipe} job={order} crew={operator}",
        "run": "プレス開始 program={recipe} coil={lot}",
        "calibration_done": "ロードセル零調整済 channel={gauge} rest={small} kN",
        "calibration_skipped": "ロードセル零調整せず channel={gauge} waived_by={operator}",
        "drift": "加圧力検証 force={reading} kN nominal=800.0 kN deviation={drift} kN",
        "maintenance_verified": "分解整備終了 unit={part} 基準位置を検証",
        "maintenance_open": "分解整備終了 unit={part} 基準位置は未検証",
        "offset": "板厚抜取 average={reading} mm shift={offset} mm pieces=16",
        "valve_closed": "洗浄につきコック遮断 circuit={supply}",
        "valve_opened": "コック復帰 circuit={supply}",
        "alarm": "トリップ 油圧不足 circuit={supply} p={pressure} bar",
        "cycle": "ストローク終了 duration={cycle} s total={count}",
        "temperature": "油温 sump={temperature} C",
        "vibration": "フレーム揺れ level={vibration} mm/s",
        "heartbeat": "応答 roundtrip={latency} ms",
        "part_ok": "ブランク合格 id={serial}",
        "part_rework": "ブランク保留 id={serial} reason=Q{code}",
        "conveyor": "フィーダ送り pitch={speed} m/min",
        "door": "ライトカーテン遮光 who={operator}",
        "door_closed": "ライトカーテン通光",
        "login": "社員証読取 holder={operator}",
        "shift": "引き継ぎ team={shift}",
        "material": "コイル装着 coil={lot} metres={count}",
        "tool": "パンチ摩耗 punch=D{code} left={percent} %",
        "retry": "フィールドバス再同期 try={code}",
    },
}

PRESS_OPERATORS = {
    "en": ("Mori", "Kowalski", "Adeyemi", "Bianchi", "Dvorak", "Hansen"),
    "ja": ("森", "山本", "小川", "石井", "前田", "藤田"),
}
PRESS_SHIFTS = {"en": ("red", "blue", "green"), "ja": ("赤組", "青組", "緑組")}
PRESS_PARTS = ("ram", "cushion", "clutch", "gib", "decoiler")

PRESS_LEVELS = {
    "calibration_skipped": "NOTICE",
    "alarm": "ERROR",
    "part_rework": "NOTICE",
    "door": "WARN",
    "retry": "NOTICE",
    "tool": "WARN",
}
PRESS_FILLERS = (
    ("cycle", 34),
    ("temperature", 6),
    ("vibration", 16),
    ("heartbeat", 4),
    ("part_ok", 12),
    ("part_rework", 4),
    ("conveyor", 10),
    ("door", 2),
    ("door_closed", 2),
    ("login", 1),
    ("shift", 1),
    ("material", 2),
    ("tool", 5),
    ("retry", 1),
    ("changeover_planned", 1),
)
