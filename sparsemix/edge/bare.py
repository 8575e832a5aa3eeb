"""An interpreter as on a device, for measurements and tests: heavy libraries cannot be imported, whatever is installed here."""

ABSENT = (
    *("torch", "streamlit", "pandas", "sklearn", "scipy", "pyarrow", "numba", "llvmlite"),
    *("safetensors", "openpyxl", "drain3", "audit", "dashboard"),
)
"""What a runtime does without."""

BARE = f"""
import json, runpy, sys, time

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {ABSENT!r}:
            raise ModuleNotFoundError(f"{{name}} is not on this device")

sys.meta_path.insert(0, Absent())
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
"""Program for ``python -c``: runs the script that its first argument names."""
