"""What MES and PLCs of an assembly line write, in English and in Japanese.

``PHRASES[language][event]`` is a format string; the fields are filled in by ``plant``. The words around the fields differ
between the languages, the field names do not: plants in Japan write ``recipe=R07`` too.
"""

from __future__ import annotations

PHRASES: dict[str, dict[str, str]] = {
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

OPERATORS = {
    "en": ("Sato", "Meyer", "Okafor", "Rossi", "Novak", "Tanaka", "Silva", "Larsen"),
    "ja": ("佐藤", "田中", "鈴木", "高橋", "渡辺", "伊藤", "中村", "小林"),
}
SHIFTS = {"en": ("early", "late", "night"), "ja": ("早番", "遅番", "夜勤")}
PARTS = ("spindle", "clamp", "sensor", "belt", "gripper")

# Levels and writing systems are the plant's: MES speaks of orders and people, PLCs of machines.
LEVELS = {
    "calibration_skipped": "WARN",
    "alarm": "ERROR",
    "part_rework": "WARN",
    "door": "WARN",
    "retry": "WARN",
    "tool": "NOTICE",
}
MES_EVENTS = frozenset({"changeover_planned", "setup", "run", "login", "shift", "material", "part_ok", "part_rework"})
FILLERS = (
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
